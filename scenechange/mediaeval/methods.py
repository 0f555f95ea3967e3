"""A paragraph for the working notes in which every number says where it comes from."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from scenechange.mediaeval.results import escape
from scenechange.mediaeval.submissions import Counted, Missing


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the paragraph: as printed, and the command and place in its JSON that give it."""

    text: str
    command: str
    where: str


def methods_paragraph(
    analysis: dict[str, Any], counted: Counted, missing: Missing, command: str
) -> tuple[str, tuple[Figure, ...]]:
    """The paragraph as LaTeX, with one comment line a number, and the figures themselves.

    Parameters
    ----------
    analysis : dict
        From `scenechange.ratings.analysis.analyse`.
    counted : Counted
        What was done about missing pictures.
    missing : Missing
        The rule for them.
    command : str
        The command line that made `analysis`, without names of private folders.
    """
    figures: list[Figure] = []

    def cite(value: Any, where: str, form: str = "{}") -> str:
        figures.append(Figure(form.format(value), command, where))
        return figures[-1].text

    def many(key: str, what: str) -> str:
        return _many(cite(analysis["counts"][key], f".counts.{key}"), analysis["counts"][key], what)

    options = analysis["options"]
    alpha = analysis["agreement"]["alpha"]
    sentences = [
        f"{many('raters', 'rater')} gave {many('votes', 'vote')} on {many('items', 'picture')} of "
        f"{many('systems', 'run')}.",
        "We report mean opinion scores with "
        f"{cite(100 * options['level'], '.options.level (in percent)', '{:g}')} % intervals from "
        f"{cite(options['bootstrap'], '.options.bootstrap')} bootstrap samples over raters and images; runs that are "
        "not told apart after Holm's correction share a rank.",
    ]
    if alpha is not None:
        sentences.append(f"Krippendorff's alpha (interval) is {cite(alpha, '.agreement.alpha', '{:.2f}')}.")
    rejected = analysis["rejected"].get("bt500_sparse", ())
    without = options["without"]
    if without:
        names = analysis["rejected"][without]
        left_out = _many(cite(len(names), f".rejected.{without} (count)"), len(names), "rater")
        was = "was" if len(names) == 1 else "were"
        sentences.append(f"{left_out} {was} left out by the screening {without.replace('_', ' ')}.")
    else:
        share = _many(cite(len(rejected), ".rejected.bt500_sparse (count)"), len(rejected), "rater")
        sentences.append(
            f"Screening after BT.500 with a denominator for each rater points at {share}; nobody was left out."
        )
    if counted.added:
        added = cite(counted.added, ".missing.added")
        sentences.append(f"Pictures that a run lacks count as the lowest score ({added} votes put in).")
    elif counted.excluded:
        count = cite(len(counted.excluded), ".missing.excluded (count)")
        sentences.append(f"{count} images that some run lacks are left out for all runs.")
    elif missing is Missing.FAIL:
        sentences.append("Every run has a picture for every image.")
    comments = [f"% {f.text}: {f.command} -> {f.where}" for f in figures]
    return "\n".join([*(escape(s) for s in sentences), *comments]) + "\n", tuple(figures)


def _many(text: str, number: int, what: str) -> str:
    return f"{text} {what}" if number == 1 else f"{text} {what}s"


def figures_json(figures: tuple[Figure, ...]) -> str:
    """The figures as JSON, one object a number."""
    return json.dumps([asdict(f) for f in figures], indent=2) + "\n"
