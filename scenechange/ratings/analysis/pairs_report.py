"""All figures of a table of comparisons as one value that can be written as JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from scenechange.ratings.analysis.comparison import bradley_terry, jod, likelihood_screening, thurstone
from scenechange.ratings.analysis.opinion import check_level
from scenechange.ratings.analysis.pairs import Pairs
from scenechange.ratings.analysis.plain import plain

Json = dict[str, Any]


def analyse_pairs(pairs: Pairs, *, level: float = 0.95) -> Json:
    """Strengths of a table of comparisons.

    Parameters
    ----------
    pairs : Pairs
        Also empty.
    level : float
        Of the intervals.

    Returns
    -------
    dict
        ``pairs`` (the strongest first), ``pairs_rejected`` (raters by screening), ``pairs_options`` and ``notes``.
    """
    check_level(level)
    if not len(pairs):
        return {
            "pairs": [],
            "pairs_rejected": {"likelihood": []},
            "pairs_options": {"level": level},
            "notes": ["There are no comparisons."],
        }
    logistic, probit = bradley_terry(pairs, level), thurstone(pairs, level)
    notes = []
    islands = int(logistic.islands.max()) + 1
    if islands > 1:
        notes.append(f"The items fall into {islands} islands that were never compared: strengths compare only within.")
    if not logistic.bounded:
        notes.append(
            "Some items only won, only lost or were never compared with the others, so maximum likelihood has no "
            f"finite solution: strengths are held together by a weak prior (penalty {logistic.penalty:g})."
        )
    if len(set(pairs.rater.tolist())) < 20:
        notes.append("There are fewer than 20 raters: the robust intervals are unsure.")
    ties = int((pairs.winner == "").sum())
    if ties:
        notes.append(f"{ties} of {len(pairs)} comparisons are ties; each counts as half a win for both.")
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
    options = {"level": level, "penalty": logistic.penalty, "comparisons": len(pairs)}
    rejected = {"likelihood": list(likelihood_screening(pairs).rejected)}
    return dict(plain({"pairs": rows, "pairs_rejected": rejected, "pairs_options": options, "notes": notes}))
