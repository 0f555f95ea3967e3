"""How figures settle as votes come in: the learning curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenechange.errors import InputError
from scenechange.ratings.analysis.agreement import one_way
from scenechange.ratings.analysis.opinion import check_level
from scenechange.ratings.analysis.optional import need
from scenechange.ratings.analysis.votes import Floats, Ints, Numbered, Votes, number


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What so many votes per picture give; NaN where it cannot be computed.

    Parameters
    ----------
    votes_per_item : int
        Votes kept of each stimulus, at random; stimuli with fewer keep what they have.
    rank_correlation : float
        Spearman, mean opinion scores of the stimuli against those of all votes. Flattering: the kept votes are in both.
    rank_correlation_rest : float
        Spearman, against the mean of the votes that were not kept, over stimuli that have both.
    system_rank_correlation : float
        Spearman, systems against those of all votes.
    interval_width : float
        Mean width of the t intervals of the stimuli, points.
    """

    votes_per_item: int
    rank_correlation: float
    rank_correlation_rest: float
    system_rank_correlation: float
    interval_width: float


def learning_curve(votes: Votes, level: float = 0.95, repeats: int = 20, seed: int = 0) -> tuple[CurvePoint, ...]:
    """Rank correlation and width of intervals against votes per picture.

    Parameters
    ----------
    votes : Votes
        At least one.
    level : float
        Of the intervals.
    repeats : int
        Random draws that each point is the mean of.
    seed : int
        Same seed, same curve.

    References
    ----------
    Larson et al.: collect the minimal necessary data.
    """
    check_level(level)
    data = number(votes)
    if not len(data.score):
        return ()
    n = data.sum_by_stimulus(np.ones_like(data.score)).astype(int)
    most = int(n.max())
    steps = sorted({k for k in (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 60, 80, 100) if k < most} | {most})
    rng = np.random.default_rng(seed)
    found = np.full((repeats, len(steps), 4), np.nan)
    full = data.mean_by_stimulus(data.score)
    for repeat in range(repeats):
        place = _random_places(data, n, rng)
        for step, votes_per_item in enumerate(steps):
            found[repeat, step] = _point(data, full, place < votes_per_item, level)
    means = [_mean_known(found[:, step]) for step in range(len(steps))]
    return tuple(CurvePoint(k, *row) for k, row in zip(steps, means, strict=True))


def votes_for(curve: tuple[CurvePoint, ...], correlation: float = 0.95) -> int | None:
    """Fewest votes per picture from which on the rank correlation with all data stays at `correlation` or above."""
    enough = None
    for point in reversed(curve):
        if not point.rank_correlation >= correlation:
            break
        enough = point.votes_per_item
    return enough


def votes_for_reliability(votes: Votes, reliability: float = 0.9) -> int | None:
    """Votes per picture at which the mean opinion scores would reach a reliability.

    Parameters
    ----------
    votes : Votes
        At least two stimuli, some with two votes.
    reliability : float
        Squared correlation of the scores with those of endlessly many raters, above 0 and below 1.

    Returns
    -------
    int or None
        None if the votes show no agreement at all.

    Notes
    -----
    Unlike the learning curve this does not compare votes with themselves: from the one-way ICC r of single votes,
    k votes have the reliability k r / (1 + (k - 1) r).

    References
    ----------
    Spearman 1910 and Brown 1910, British Journal of Psychology 3; Shrout and Fleiss 1979.
    """
    if not 0 < reliability < 1:
        raise InputError(f"reliability: wanted above 0 and below 1, got {reliability}")
    single = one_way(votes)
    if single is None or not single.icc > 0:
        return None
    return max(1, int(np.ceil(reliability / (1 - reliability) * (1 - single.icc) / single.icc - 1e-9)))


def spearman(a: Floats, b: Floats) -> float:
    """Spearman's rank correlation; NaN below two values or without variation.

    References
    ----------
    Spearman, American Journal of Psychology 15, 1904; ties get mean ranks.
    """
    if len(a) < 2:
        return float("nan")
    rank = need("scipy.stats").rankdata
    x, y = rank(a) - (len(a) + 1) / 2, rank(b) - (len(b) + 1) / 2
    norm = np.sqrt((x @ x) * (y @ y))
    return float(x @ y / norm) if norm > 0 else float("nan")


def _point(data: Numbered, full: Floats, kept: np.ndarray, level: float) -> tuple[float, float, float, float]:
    weight = kept.astype(float)
    n = data.sum_by_stimulus(weight)
    mean = data.sum_by_stimulus(weight * data.score) / n
    squares = data.sum_by_stimulus(weight * (data.score - mean[data.stimulus_of]) ** 2)
    rest_n = data.sum_by_stimulus(1 - weight)
    both = rest_n > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        rest = data.sum_by_stimulus((1 - weight) * data.score) / rest_n
        width = 2 * need("scipy.stats").t.ppf((1 + level) / 2, np.maximum(n - 1, 1)) * np.sqrt(squares / (n - 1) / n)
    width = width[n > 1]
    systems = [np.bincount(data.system_of[data.system_of >= 0], v[data.system_of >= 0]) for v in (full, mean)]
    count = np.bincount(data.system_of[data.system_of >= 0])
    return (
        spearman(full, mean),
        spearman(mean[both], rest[both]),
        spearman(systems[0] / count, systems[1] / count),
        float(width.mean()) if len(width) else float("nan"),
    )


def _random_places(data: Numbered, n: Ints, rng: np.random.Generator) -> Ints:
    """For each vote, its place in a random order of the votes of its stimulus."""
    order = np.lexsort((rng.random(len(data.score)), data.stimulus_of))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order)) - np.repeat(np.append(0, np.cumsum(n))[:-1], n)
    return place


def _mean_known(rows: Floats) -> list[float]:
    known = np.isfinite(rows)
    return [float(rows[known[:, k], k].mean()) if known[:, k].any() else float("nan") for k in range(rows.shape[1])]
