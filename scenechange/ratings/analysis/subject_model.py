"""Quality of pictures, bias and inconsistency of raters, estimated together by maximum likelihood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenechange.errors import InputError
from scenechange.ratings.analysis.opinion import check_level, stimulus_systems
from scenechange.ratings.analysis.optional import need
from scenechange.ratings.analysis.votes import Floats, Numbered, Votes, number

COLLAPSED = 0.05  # inconsistency below this part of the typical one: the likelihood has run away


@dataclass(frozen=True, slots=True, eq=False)
class SubjectModel:
    """What the model says of each stimulus and each rater.

    Parameters
    ----------
    items, systems : tuple of str
        Name and system of each stimulus.
    mos, sos : (J,) array of float
        Recovered quality and its standard deviation.
    ci_low, ci_high : (J,) array of float
        Interval of the quality.
    raters : tuple of str
        Names.
    bias : (R,) array of float
        Points of the scale a rater is above the others.
    inconsistency : (R,) array of float
        Standard deviation of the rater's noise, points.
    bias_sd, inconsistency_sd : (R,) array of float
        Standard deviations of the two.
    prior_votes : float
        Weight of the pooled inconsistency, in votes; 0 is plain maximum likelihood.
    collapsed : tuple of str
        Raters whose inconsistency went to (nearly) zero: their weight is held at a bound and must not be believed.
    converged : bool
        Whether the steps became small in time.
    """

    items: tuple[str, ...]
    systems: tuple[str, ...]
    mos: Floats
    sos: Floats
    ci_low: Floats
    ci_high: Floats
    raters: tuple[str, ...]
    bias: Floats
    inconsistency: Floats
    bias_sd: Floats
    inconsistency_sd: Floats
    prior_votes: float
    collapsed: tuple[str, ...]
    converged: bool


def subject_model(votes: Votes, level: float = 0.95, prior_votes: float = 0.0) -> SubjectModel:
    """Maximum-likelihood quality, bias and inconsistency by alternating projection.

    Parameters
    ----------
    votes : Votes
        Any design in which raters are linked by stimuli in common.
    level : float
        Of the intervals of quality.
    prior_votes : float
        0 gives the published estimate. Where a rater has few votes, or stimuli have few, the likelihood is unbounded
        (one rater's inconsistency goes to 0 and his votes become the truth); `prior_votes` > 0 adds that many votes
        with the pooled inconsistency to each rater and keeps it bounded. In simulations of sparse designs 2 votes give
        the smallest errors of quality, and intervals that hold the truth (benchmarks/ratings_statistics.py).

    Raises
    ------
    InputError
        If there are no votes, or `prior_votes` is negative.

    Notes
    -----
    u_ij = quality_j + bias_i + inconsistency_i * noise. Repeat until quality moves by less than 1e-8: inconsistency
    from the residuals of each rater, bias as the mean of vote minus quality, quality as the mean of vote minus bias
    weighted by 1 / inconsistency^2. Biases are given with mean zero, as the published ones.

    sos_j is the published one: standard deviation of the residuals of stimulus j / sqrt(votes). It is noisy where a
    stimulus has few votes and 0 for one, so the interval has its own: the variance of the weighted mean, 1 / sum of
    weights, made larger because the weights are estimated (Meier 1953), plus that of the biases in it, times votes over
    degrees of freedom, since maximum likelihood finds residuals too small.

    References
    ----------
    ITU-T P.910 (10/2023), annex E; Li, Bampis, Krasula, Janowski, Katsavounidis, "A simple model for subject behavior
    in subjective experiments", HVEI 2020. Meier, Variance of a weighted mean, Biometrics 9, 1953.
    """
    check_level(level)
    if not len(votes):
        raise InputError("votes: wanted at least one vote, got none")
    if prior_votes < 0:
        raise InputError(f"prior_votes: wanted 0 or more, got {prior_votes}")
    data = number(votes)
    quality, bias, inconsistency, collapsed, converged = _alternate(data, prior_votes)
    sos, half = _spread(data, quality, bias, inconsistency, prior_votes, level)
    n = data.sum_by_rater(np.ones_like(data.score))
    names = np.array(data.raters, dtype=object)
    return SubjectModel(
        data.items,
        stimulus_systems(data),
        quality,
        sos,
        quality - half,
        quality + half,
        data.raters,
        bias,
        inconsistency,
        inconsistency / np.sqrt(n),
        inconsistency / np.sqrt(2 * n),
        prior_votes,
        tuple(names[collapsed]),
        converged,
    )


def _spread(
    data: Numbered, quality: Floats, bias: Floats, inconsistency: Floats, prior_votes: float, level: float
) -> tuple[Floats, Floats]:
    """Published standard deviation of each quality, and half the width of our interval."""
    residual = data.score - quality[data.stimulus_of] - bias[data.rater_of]
    n = data.sum_by_stimulus(np.ones_like(residual))
    centred = residual - data.mean_by_stimulus(residual)[data.stimulus_of]
    sos = np.sqrt(data.sum_by_stimulus(centred**2) / n) / np.sqrt(n)
    weight = 1 / inconsistency[data.rater_of] ** 2
    freedom = len(residual) - len(data.items) - len(data.raters) + 1
    known = 1 / data.sum_by_stimulus(weight)
    votes = data.sum_by_rater(np.ones_like(residual))
    bias_variance = inconsistency**2 / votes
    share = weight * known[data.stimulus_of]
    guessed = 1 + data.sum_by_stimulus(4 * share * (1 - share) / (votes + prior_votes)[data.rater_of])
    of_bias = data.sum_by_stimulus(weight**2 * bias_variance[data.rater_of])
    lost = len(residual) / freedom if freedom > 0 else np.nan
    quantile = need("scipy.stats").t.ppf((1 + level) / 2, max(freedom, 1))
    return sos, quantile * np.sqrt(lost * (guessed * known + of_bias * known**2))


def _alternate(data: Numbered, prior_votes: float) -> tuple[Floats, Floats, Floats, np.ndarray, bool]:
    quality = data.mean_by_stimulus(data.score)
    bias = data.mean_by_rater(data.score - quality[data.stimulus_of])
    n = data.sum_by_rater(np.ones_like(data.score))
    converged = False
    for _ in range(5000):
        residual = data.score - quality[data.stimulus_of] - bias[data.rater_of]
        centred = residual - data.mean_by_rater(residual)[data.rater_of]
        squares = data.sum_by_rater(centred**2)
        pooled = squares.sum() / len(data.score)
        variance = (squares + prior_votes * pooled) / (n + prior_votes)
        collapsed = variance <= COLLAPSED**2 * pooled
        variance = np.maximum(variance, max(COLLAPSED**2 * pooled, 1e-12))
        bias = data.mean_by_rater(data.score - quality[data.stimulus_of])
        weight = 1 / variance[data.rater_of]
        moved = quality
        quality = data.sum_by_stimulus(weight * (data.score - bias[data.rater_of])) / data.sum_by_stimulus(weight)
        converged = bool(np.sqrt(np.sum((quality - moved) ** 2)) < 1e-8)
        if converged:
            break
    shift = bias.mean()
    return quality + shift, bias - shift, np.sqrt(variance), collapsed, converged
