"""All figures of a table of comparisons as one value that can be written as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from scenechange.ratings.analysis.comparison import Strengths, bradley_terry, jod, likelihood_screening, thurstone
from scenechange.ratings.analysis.exclusion import PAIR_SCREENINGS, check_screening, excluded
from scenechange.ratings.analysis.gold import gold_screening
from scenechange.ratings.analysis.opinion import check_level
from scenechange.ratings.analysis.pairs import Pairs
from scenechange.ratings.analysis.plain import plain
from scenechange.ratings.analysis.system_board import SystemRow, board_of_pairs, board_of_scores
from scenechange.ratings.analysis.votes import Votes

Json = dict[str, Any]


def analyse_pairs(
    pairs: Pairs,
    scores: Votes | None = None,
    *,
    level: float = 0.95,
    bootstrap: int = 1000,
    seed: int = 0,
    without: str | None = None,
) -> Json:
    """Strengths of a table of comparisons, and the leaderboard of the systems that made the pictures.

    Parameters
    ----------
    pairs : Pairs
        Also empty.
    scores : Votes, optional
        Where the comparisons are those that best-worst answers stand for: the scores of pictures, see
        `read_best_less_worst`; the leaderboard then is of these.
    level : float
        Of the intervals.
    bootstrap, seed : int
        Of the leaderboard of scores.
    without : str, optional
        ``gold`` or ``likelihood``; the raters it rejects are left out. Default: nobody is.

    Returns
    -------
    dict
        ``pairs`` (the strongest first), ``pairs_systems`` (the leaderboard; empty without systems), ``pairs_rejected``
        (raters by screening), ``pairs_excluded``, ``pairs_options`` and ``notes``.

    Raises
    ------
    InputError
        A screening that there is none of, or without its columns; options that cannot be used.
    """
    check_level(level)
    found = {"likelihood": likelihood_screening(pairs)}
    if pairs.known is not None:
        found["gold"] = gold_screening(pairs.rater, pairs.known)
    check_screening(without, PAIR_SCREENINGS, found)
    removed = found[without].rejected if without else ()
    kept = pairs.without_raters(removed) if removed else pairs
    notes = [f"{len(removed)} raters rejected by {without} are left out of all figures on comparisons."] * bool(removed)
    options: Json = {"level": level, "comparisons": len(kept), "without": without, "measure": "strength"}
    result: Json = {"pairs": [], "pairs_systems": []}
    if not len(kept):
        notes.append("There are no comparisons.")
    else:
        logistic = bradley_terry(kept, level)
        notes += _notes(kept, logistic)
        result["pairs"] = _rows(kept, logistic, thurstone(kept, level))
        options["penalty"] = logistic.penalty
        if scores is not None:
            options["measure"] = "best-worst"
            board = board_of_scores(scores.without_raters(removed), level, bootstrap, seed)
        else:
            board = board_of_pairs(kept, level)
            notes += _notes_on_systems(kept, board)
        result["pairs_systems"] = list(board)
    result["pairs_rejected"] = {name: list(one.rejected) for name, one in found.items()}
    result["pairs_excluded"] = excluded(without, found, pairs.known)
    return dict(plain(result | {"pairs_options": options, "notes": notes}))


def _notes(pairs: Pairs, fit: Strengths) -> list[str]:
    notes = []
    islands = int(fit.islands.max()) + 1
    if islands > 1:
        notes.append(f"The items fall into {islands} islands that were never compared: strengths compare only within.")
    if not fit.bounded:
        notes.append(
            "Some items only won, only lost or were never compared with the others, so maximum likelihood has no "
            f"finite solution: strengths are held together by a weak prior (penalty {fit.penalty:g})."
        )
    if len(set(pairs.rater.tolist())) < 20:
        notes.append("There are fewer than 20 raters: the robust intervals are unsure.")
    if ties := int((pairs.winner == "").sum()):
        notes.append(f"{ties} of {len(pairs)} comparisons are ties; each counts as half a win for both.")
    return notes


def _notes_on_systems(pairs: Pairs, board: Sequence[SystemRow]) -> list[str]:
    if pairs.system_a is None:
        return []
    if not board:
        return ["No comparison is between two systems: there is no leaderboard of systems."]
    if pairs.source is None:
        return ["Without a column source, the intervals of systems speak of other raters, not of other pictures."]
    return []


def _rows(pairs: Pairs, logistic: Strengths, probit: Strengths) -> list[Json]:
    """One row an item, the strongest first."""
    jods = jod(probit.strength)
    rows = []
    for k in np.argsort(-logistic.strength, kind="stable").tolist():
        name = logistic.items[k]
        own = (pairs.a == name) | (pairs.b == name)
        won, tied = own & (pairs.winner == name), own & (pairs.winner == "")
        rows.append(
            {
                "item": name,
                "n": int(own.sum()),
                "wins": int(won.sum()),
                "ties": int(tied.sum()),
                "losses": int(own.sum() - won.sum() - tied.sum()),
                "strength": logistic.strength[k],
                "se": logistic.se[k],
                "ci_low": logistic.ci_low[k],
                "ci_high": logistic.ci_high[k],
                "robust_low": logistic.robust_low[k],
                "robust_high": logistic.robust_high[k],
                "thurstone": probit.strength[k],
                "thurstone_low": probit.ci_low[k],
                "thurstone_high": probit.ci_high[k],
                "jod": jods[k],
                "island": int(logistic.islands[k]),
            }
        )
    return rows
