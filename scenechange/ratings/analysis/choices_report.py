"""All figures of a study "who was really there?" as one value that can be written as JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from scenechange.ratings.analysis.detection import Choices, timed_untimed
from scenechange.ratings.analysis.exclusion import CHOICE_SCREENINGS, check_screening, excluded
from scenechange.ratings.analysis.gold import gold_screening
from scenechange.ratings.analysis.plain import plain
from scenechange.ratings.analysis.system_board import board_of_scores
from scenechange.ratings.analysis.votes import Votes

Json = dict[str, Any]


def analyse_choices(
    choices: Choices,
    system: Any,
    fooled: Votes | None = None,
    *,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
    without: str | None = None,
) -> Json:
    """How often raters err with and without a time limit, over all systems and for each, and who fools most.

    Parameters
    ----------
    choices : Choices
        Also empty.
    system : (N,) array of str
        Whose composite was shown in each trial.
    fooled : Votes, optional
        The same as scores of pictures, for the leaderboard; see `read_fooled`.
    level, resamples, seed
        See `timed_untimed`.
    without : str, optional
        ``gold``: raters who miss known answers are left out.

    Returns
    -------
    dict
        ``choices``: ``system`` (None for all), errors, their difference with interval, d' of each, and counts; the
        systems that fooled most often first. ``choices_systems``: the leaderboard, value = share of trials in which
        the composite was taken for the real picture. ``choices_rejected``, ``choices_excluded``,
        ``choices_options``, ``notes``.

    Raises
    ------
    InputError
        A screening that there is none of, or without its columns.
    """
    found = {} if choices.known is None else {"gold": gold_screening(choices.rater, choices.known)}
    check_screening(without, CHOICE_SCREENINGS, found)
    removed = found[without].rejected if without else ()
    kept = ~np.isin(choices.rater, np.array(removed, dtype=str))
    choices, system = choices.keep(kept), system[kept]
    board = () if fooled is None else board_of_scores(fooled.without_raters(removed), level, resamples, seed)
    result: Json = {
        "choices": _rows(choices, system, level, resamples, seed),
        "choices_systems": list(board),
        "choices_rejected": {name: list(one.rejected) for name, one in found.items()},
        "choices_excluded": excluded(without, found, choices.known),
        "choices_options": {"level": level, "resamples": resamples, "without": without},
        "notes": _notes(choices, removed, without),
    }
    return dict(plain(result))


def _notes(choices: Choices, removed: tuple[str, ...], without: str | None) -> list[str]:
    notes = [f"{len(removed)} raters rejected by {without} are left out of all figures on choices."] if removed else []
    if not len(choices.rater):
        return [*notes, "There are no choices."]
    if not 0 < choices.timed.sum() < len(choices.timed):
        notes.append("All trials have a time limit, or none has: there is no difference between the two to report.")
    return notes


def _rows(choices: Choices, system: Any, level: float, resamples: int, seed: int) -> list[Json]:
    """All systems together, then each, those that fooled most often first."""
    if not len(choices.rater):
        return []
    rows = [{"system": None, **plain(timed_untimed(choices, level, resamples, seed))}]
    for name in sorted(set(system.tolist())):
        rows.append({"system": name, **plain(timed_untimed(choices.keep(system == name), level, resamples, seed))})

    def fooled(row: Json) -> float:
        errors = row["timed_error"] or 0, row["untimed_error"] or 0
        return float(errors[0] * row["n_timed"] + errors[1] * row["n_untimed"]) / (row["n_timed"] + row["n_untimed"])

    return [rows[0], *sorted(rows[1:], key=lambda row: -fooled(row))]
