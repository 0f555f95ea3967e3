"""Mean opinion scores of pictures, with t and bootstrap intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenechange.errors import InputError
from scenechange.ratings.analysis.optional import need
from scenechange.ratings.analysis.votes import Floats, Ints, Numbered, Votes, number


@dataclass(frozen=True, slots=True, eq=False)
class OpinionScores:
    """One mean opinion score per stimulus.

    Parameters
    ----------
    items, systems : tuple of str
        Name and system of each stimulus.
    n : (J,) array of int
        Votes.
    mos : (J,) array of float
        Mean of the votes.
    sd : (J,) array of float
        Standard deviation of the votes, n - 1 below; NaN for one vote.
    se : (J,) array of float
        Standard error of `mos`, votes of one rater taken together; NaN for one rater.
    ci_low, ci_high : (J,) array of float
        Interval; NaN where it cannot be computed.
    """

    items: tuple[str, ...]
    systems: tuple[str, ...]
    n: Ints
    mos: Floats
    sd: Floats
    se: Floats
    ci_low: Floats
    ci_high: Floats


def check_level(level: float) -> float:
    """The level of confidence, if it is one.

    Raises
    ------
    InputError
        If it is not above 0.5 and below 1.
    """
    if not 0.5 < level < 1:
        raise InputError(f"level: wanted a level of confidence above 0.5 and below 1, e.g. 0.95, got {level}")
    return level


def mean_opinion_scores(votes: Votes, level: float = 0.95) -> OpinionScores:
    """Mean opinion score of each stimulus with a t interval.

    Parameters
    ----------
    votes : Votes
        Any design; missing votes are simply absent.
    level : float
        Of the intervals.

    Notes
    -----
    mean +- t(1 - (1 - level) / 2, raters - 1) * se. With one vote a rater, se = sd / sqrt(n), the interval of the
    sources; repeated votes of one rater are summed first, since they are not independent (cluster-robust mean, Liang
    and Zeger 1986). The t interval is not bounded by the scale.

    References
    ----------
    ITU-T P.910 (10/2023) and ITU-R BT.500-15, A1-2.2.1 (which takes 1.96 for t).
    """
    check_level(level)
    data = number(votes)
    n, mos, sd, se, raters = _moments(data)
    quantile = np.full(len(n), np.nan)
    if len(n):
        quantile = need("scipy.stats").t.ppf((1 + level) / 2, np.maximum(raters - 1, 1))
    half = quantile * se
    return OpinionScores(data.items, stimulus_systems(data), n, mos, sd, se, mos - half, mos + half)


def bootstrap_opinion_scores(votes: Votes, level: float = 0.95, resamples: int = 1000, seed: int = 0) -> OpinionScores:
    """Mean opinion score of each stimulus with a percentile bootstrap interval over the raters who saw it.

    Parameters
    ----------
    votes : Votes
        Any design.
    level : float
        Of the intervals.
    resamples : int
        Bootstrap samples; 1000 gives ends within about a tenth of their standard error.
    seed : int
        Same seed, same interval.

    Notes
    -----
    The interval stays on the scale. Below about ten raters it is too short (see docs/rating-statistics.md).

    References
    ----------
    Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.
    """
    check_level(level)
    data = number(votes)
    n, mos, sd, se, raters = _moments(data)
    low, high = np.full(len(n), np.nan), np.full(len(n), np.nan)
    rng = np.random.default_rng(seed)
    total, count, starts = _rater_blocks(data)
    for size in np.unique(raters[raters > 1]):
        chosen = np.flatnonzero(raters == size)
        for part in np.array_split(chosen, max(1, len(chosen) * size * resamples // 4_000_000)):
            blocks = starts[part][:, None] + np.arange(size)
            weights = rng.multinomial(size, np.full(size, 1 / size), resamples).astype(float)  # (resamples, size)
            means = (total[blocks] @ weights.T) / (count[blocks] @ weights.T)
            low[part], high[part] = np.quantile(means, [(1 - level) / 2, (1 + level) / 2], axis=1)
    return OpinionScores(data.items, stimulus_systems(data), n, mos, sd, se, low, high)


def stimulus_systems(data: Numbered) -> tuple[str, ...]:
    """Name of the system of each stimulus; empty for none."""
    return tuple(data.systems[k] if k >= 0 else "" for k in data.system_of.tolist())


def _rater_blocks(data: Numbered) -> tuple[Floats, Floats, Ints]:
    """Sum and number of votes of each rater on each stimulus, stimulus by stimulus, and where each begins."""
    pair = data.stimulus_of * max(len(data.raters), 1) + data.rater_of
    pairs, inverse = np.unique(pair, return_inverse=True)
    total = np.bincount(inverse, weights=data.score, minlength=len(pairs))
    count = np.bincount(inverse, minlength=len(pairs)).astype(float)
    starts = np.searchsorted(pairs, np.arange(len(data.items)) * max(len(data.raters), 1))
    return total, count, starts


def _moments(data: Numbered) -> tuple[Ints, Floats, Floats, Floats, Ints]:
    """Votes, mean, standard deviation, standard error and raters of each stimulus."""
    n = data.sum_by_stimulus(np.ones_like(data.score))
    mos = data.mean_by_stimulus(data.score)
    squares = data.sum_by_stimulus((data.score - mos[data.stimulus_of]) ** 2)
    total, count, starts = _rater_blocks(data)
    raters = np.diff(np.append(starts, len(total)))
    stimulus = np.repeat(np.arange(len(n)), raters)
    clustered = np.bincount(stimulus, weights=(total - count * mos[stimulus]) ** 2, minlength=len(n))
    with np.errstate(divide="ignore", invalid="ignore"):
        sd = np.where(n > 1, np.sqrt(squares / (n - 1)), np.nan)
        se = np.where(raters > 1, np.sqrt(clustered * raters / (raters - 1)) / n, np.nan)
    return n.astype(np.int64), mos, sd, se, raters
