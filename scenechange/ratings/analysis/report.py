"""All figures of a study as one value that can be written as JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from scenechange.errors import InputError
from scenechange.ratings.analysis.agreement import (
    intraclass_correlations,
    krippendorff_alpha,
    repeatability,
    sos_parameter,
)
from scenechange.ratings.analysis.exclusion import SCREENINGS, check_screening, excluded, screened
from scenechange.ratings.analysis.leaderboard import leaderboard
from scenechange.ratings.analysis.learning import learning_curve, votes_for, votes_for_reliability
from scenechange.ratings.analysis.left_out import leave_out_fields, leave_out_votes
from scenechange.ratings.analysis.notes import guess_scale, notes_on_votes
from scenechange.ratings.analysis.opinion import bootstrap_opinion_scores, check_level, mean_opinion_scores
from scenechange.ratings.analysis.plain import plain
from scenechange.ratings.analysis.subject_model import SubjectModel, subject_model
from scenechange.ratings.analysis.votes import Votes, number

PRIOR_WHERE_NEEDED = 2.0
FULL = 0.5  # share of all rater-picture cells with a vote, above which the published likelihood is used as it is
STEPS = 6  # how often `analyse` calls `started`
Json = dict[str, Any]


def analyse(
    votes: Votes,
    *,
    level: float = 0.95,
    bootstrap: int = 1000,
    seed: int = 0,
    scale: tuple[float, float] | None = None,
    without: str | None = None,
    needed: bool = False,
    started: Callable[[str], None] = lambda step: None,
) -> Json:
    """Every figure of a table of votes.

    Parameters
    ----------
    votes : Votes
        Any design, also empty.
    level : float
        Of all intervals.
    bootstrap : int
        Bootstrap samples, at least 20.
    seed : int
        Same seed, same figures.
    scale : (low, high), optional
        Ends of the scale, for the spread of opinions. Default: the shortest usual scale that holds all votes.
    without : str, optional
        Name of a screening; the raters it rejects are left out of all other figures. Default: nobody is left out.
    needed : bool
        Also find how much data was needed.
    started : callable
        Told the name of each step as it begins.

    Returns
    -------
    dict
        JSON values only; None for what cannot be computed. See docs/rating-statistics.md.

    Raises
    ------
    InputError
        For options that cannot be used.
    MissingExtraError
        Without the packages of the extra ``analysis``.
    """
    check_level(level)
    if bootstrap < 20:
        raise InputError(f"bootstrap: wanted at least 20 samples, got {bootstrap}")
    if scale is not None and len(votes) and not scale[0] <= votes.score.min() <= votes.score.max() <= scale[1]:
        raise InputError(
            f"scale: wanted one that holds all votes, got {scale[0]:g} to {scale[1]:g} for votes from "
            f"{votes.score.min():g} to {votes.score.max():g}"
        )
    started("screening")
    found = screened(votes)
    check_screening(without, SCREENINGS, found)
    removed = found[without].rejected if without else ()
    kept = votes.without_raters(removed) if removed else votes
    data = number(kept)
    notes = notes_on_votes(kept, data)
    if removed:
        notes.insert(0, f"{len(removed)} raters rejected by {without} are left out of all figures but `rejected`.")
    elif any(s.rejected for s in found.values()):
        notes.append("Nobody was left out: the lists of rejected raters are advice.")
    ends = scale or guess_scale(kept.score)
    if scale is None and len(kept):
        notes.append(f"The scale is taken to go from {ends[0]:g} to {ends[1]:g}.")
    result: Json = {
        "counts": {
            "votes": len(kept),
            "missing": votes.missing,
            "raters": len(data.raters),
            "items": len(data.items),
            "systems": len(data.systems),
        },
        "options": {"level": level, "bootstrap": bootstrap, "seed": seed, "scale": list(ends), "without": without},
    }
    started("scores of pictures")
    result["items"] = _items(kept, level, bootstrap, seed)
    started("leaderboard")
    result |= _systems(kept, level, bootstrap, seed, notes)
    result["rejected"] = {name: list(one.rejected) for name, one in found.items()}
    result["excluded"] = excluded(without, found, votes.known)
    result["undecided"] = {name: list(one.undecided) for name, one in found.items()}
    started("subject model")
    result["subject_model"] = _model(kept, level, notes)
    started("agreement")
    result["agreement"] = _agreement(kept, level)
    result["sos_a"] = sos_parameter(kept, ends) if len(kept) else None
    result["sos_a_unbiased"] = sos_parameter(kept, ends, ddof=1) if len(kept) else None
    result["pairs"] = []
    started("how much was needed")
    result["needed"] = _needed(kept, level, seed) if needed else None
    result["notes"] = notes
    return dict(plain(result))


def _items(votes: Votes, level: float, bootstrap: int, seed: int) -> list[Json]:
    scores = mean_opinion_scores(votes, level)
    drawn = bootstrap_opinion_scores(votes, level, bootstrap, seed)
    return [
        {
            "item": item,
            "system": scores.systems[k],
            "n": scores.n[k],
            "mos": scores.mos[k],
            "sd": scores.sd[k],
            "ci_low": scores.ci_low[k],
            "ci_high": scores.ci_high[k],
            "bootstrap_low": drawn.ci_low[k],
            "bootstrap_high": drawn.ci_high[k],
        }
        for k, item in enumerate(scores.items)
    ]


def _systems(votes: Votes, level: float, bootstrap: int, seed: int, notes: list[str]) -> Json:
    board = leaderboard(votes, level, bootstrap, seed)
    if len(board.systems) > 1 and not np.isfinite(board.se).any():
        notes.append("One rater and one picture: systems have scores but no intervals, so all share rank 1.")
    rows = [
        {
            "system": name,
            "n": board.n[k],
            "pictures": board.pictures[k],
            "mos": board.mos[k],
            "se": board.se[k],
            "ci_low": board.ci_low[k],
            "ci_high": board.ci_high[k],
            "rank": board.rank[k],
            "tied_group": board.group[k],
        }
        for k, name in enumerate(board.systems)
    ]
    return {"systems": rows, "differences": list(board.differences)}


def _model(votes: Votes, level: float, notes: list[str]) -> Json | None:
    if not len(votes):
        return None
    data = number(votes)
    sparse = len(votes) < FULL * len(data.raters) * len(data.items)
    model = subject_model(votes, level, PRIOR_WHERE_NEEDED if sparse else 0.0)
    if sparse:
        notes.append(
            f"Subject model: raters saw few of the pictures, so each was given {PRIOR_WHERE_NEEDED:g} votes of the "
            "pooled inconsistency (plain maximum likelihood would trust single raters too much)."
        )
    elif model.collapsed:
        notes.append(
            f"The likelihood of the subject model is unbounded on these votes ({len(model.collapsed)} raters with "
            f"hardly any inconsistency): each rater was given {PRIOR_WHERE_NEEDED:g} votes of the pooled inconsistency."
        )
        model = subject_model(votes, level, PRIOR_WHERE_NEEDED)
    if not model.converged:
        notes.append("The subject model did not settle in 5000 steps: its numbers are approximate.")
    return _model_rows(model)


def _model_rows(model: SubjectModel) -> Json:
    items = [
        {
            "item": item,
            "system": model.systems[k],
            "mos": model.mos[k],
            "sos": model.sos[k],
            "ci_low": model.ci_low[k],
            "ci_high": model.ci_high[k],
        }
        for k, item in enumerate(model.items)
    ]
    raters = [
        {
            "rater": rater,
            "bias": model.bias[k],
            "bias_sd": model.bias_sd[k],
            "inconsistency": model.inconsistency[k],
            "inconsistency_sd": model.inconsistency_sd[k],
        }
        for k, rater in enumerate(model.raters)
    ]
    return {"items": items, "raters": raters, "prior_votes": model.prior_votes, "converged": model.converged}


def _agreement(votes: Votes, level: float) -> Json:
    forms = {one.form: plain(one) for one in intraclass_correlations(votes, level)} if len(votes) else {}
    return {
        "alpha": krippendorff_alpha(votes, "interval"),
        "alpha_ordinal": krippendorff_alpha(votes, "ordinal"),
        "alpha_nominal": krippendorff_alpha(votes, "nominal"),
        "icc": forms or None,
        "repeatability_sd": repeatability(votes) if len(votes) else None,
    }


def _needed(votes: Votes, level: float, seed: int) -> Json:
    curve = learning_curve(votes, level, seed=seed)
    return {
        "learning_curve": list(curve),
        "votes_for_rank_correlation_095": votes_for(curve),
        "votes_for_reliability_090": votes_for_reliability(votes),
        "without_votes": list(leave_out_votes(votes, seed)),
        "without_field": list(leave_out_fields(votes, seed)),
    }
