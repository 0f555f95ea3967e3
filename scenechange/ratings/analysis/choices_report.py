"""All figures of a study "who was really there?" as one value that can be written as JSON."""

from __future__ import annotations

from typing import Any

from scenechange.ratings.analysis.detection import Choices, timed_untimed
from scenechange.ratings.analysis.plain import plain


def analyse_choices(
    choices: Choices, system: Any, *, level: float = 0.95, resamples: int = 2000, seed: int = 0
) -> dict[str, Any]:
    """How often raters err with and without a time limit, over all systems and for each.

    Parameters
    ----------
    choices : Choices
        Also empty.
    system : (N,) array of str
        Whose composite was shown in each trial.
    level, resamples, seed
        See `timed_untimed`.

    Returns
    -------
    dict
        ``choices``: ``system`` (None for all), errors, their difference with interval, d' of each, and counts; the
        systems that fooled most often first. ``notes``.
    """
    if not len(choices.rater):
        return {"choices": [], "notes": ["There are no choices."]}
    rows = [{"system": None, **plain(timed_untimed(choices, level, resamples, seed))}]
    for name in sorted(set(system.tolist())):
        own = system == name
        part = Choices(choices.rater[own], choices.timed[own], choices.correct[own])
        rows.append({"system": name, **plain(timed_untimed(part, level, resamples, seed))})
    notes = []
    if rows[0]["difference"] is None:
        notes.append("All trials have a time limit, or none has: there is no difference between the two to report.")

    def fooled(row: dict[str, Any]) -> float:
        errors = row["timed_error"] or 0, row["untimed_error"] or 0
        return float(errors[0] * row["n_timed"] + errors[1] * row["n_untimed"]) / (row["n_timed"] + row["n_untimed"])

    return {"choices": [rows[0], *sorted(rows[1:], key=lambda row: -fooled(row))], "notes": notes}
