"""Raters to set aside: the screening of BT.500, of P.913, by correlation, and by time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenechange.errors import InputError
from scenechange.ratings.analysis.votes import Floats, Numbered, Votes, number

MIN_VOTES_TO_JUDGE = 8  # fewer say nothing of a rater's correlation: r of 8 random pairs exceeds 0.7 in 1 of 40


@dataclass(frozen=True, slots=True, eq=False)
class Screening:
    """What one method says of each rater.

    Parameters
    ----------
    raters : tuple of str
        All raters.
    statistic : (R,) array of float
        What was compared with the threshold; NaN where the method cannot say anything.
    rejected : tuple of str
        Raters to set aside.
    undecided : tuple of str
        Raters the method cannot judge: too few votes, or votes that never vary.
    """

    raters: tuple[str, ...]
    statistic: Floats
    rejected: tuple[str, ...]
    undecided: tuple[str, ...] = ()


def bt500_screening(votes: Votes) -> Screening:
    """Raters rejected by BT.500, with the number of all stimuli as denominator.

    Parameters
    ----------
    votes : Votes
        A full design: every rater judged (nearly) every stimulus. Use `bt500_sparse_screening` elsewhere.

    Returns
    -------
    Screening
        `statistic` is the share of stimuli on which the rater is far from the others.

    Notes
    -----
    A vote is far above (P) or below (Q) its stimulus if it is at least 2 standard deviations (sqrt(20) where the
    kurtosis of the votes is not within 2 to 4) from the mean. Rejected: (P + Q) / stimuli > 0.05 and
    |P - Q| / (P + Q) < 0.3. The standard deviation is that of the votes themselves (n below, not n - 1), as in the
    reference program that made the published rejections; with n - 1 two of its fourteen rejections would differ. That
    program also counts every vote on a stimulus on which all agree as far above and far below at once; we do not.

    References
    ----------
    ITU-R BT.500-15, A1-2.3.1. Published rejections: sureal 0.9.0 (Netflix) on the NFLX and VQEG HD3 data.
    """
    data = number(votes)
    above, below = _far_votes(data, data.score)
    return _bt500_verdict(data, above, below, np.full(len(data.raters), float(len(data.items))))


def bt500_sparse_screening(votes: Votes) -> Screening:
    """Raters rejected by BT.500 with the rater's own number of votes as denominator.

    Notes
    -----
    As `bt500_screening`, but P + Q is divided by the votes of the rater, so that somebody who saw 40 of 2,000 pictures
    can be found. The same on a full design. A vote can be 2 standard deviations from a mean it is part of only if the
    stimulus has 6 votes or more; raters with fewer than 8 votes on such stimuli are undecided.

    References
    ----------
    ITU-R BT.500-15, A1-2.3.1, with per-rater denominators for sparse designs.
    """
    data = number(votes)
    above, below = _far_votes(data, data.score)
    telling = (data.sum_by_stimulus(np.ones_like(data.score)) >= 6)[data.stimulus_of]
    enough = data.sum_by_rater(telling.astype(float)) >= MIN_VOTES_TO_JUDGE
    own = data.sum_by_rater(np.ones_like(data.score))
    return _bt500_verdict(data, above, below, own, enough)


def rater_bias(votes: Votes) -> tuple[tuple[str, ...], Floats]:
    """Mean difference of each rater's votes from the mean opinion scores.

    Returns
    -------
    raters : tuple of str
        Names.
    bias : (R,) array of float
        In points of the scale; positive for a generous rater.

    References
    ----------
    ITU-T P.913 (06/2021), 12.4: subject bias removal.
    """
    data = number(votes)
    return data.raters, data.mean_by_rater(data.score - data.mean_by_stimulus(data.score)[data.stimulus_of])


def without_bias(votes: Votes) -> Votes:
    """The votes with each rater's bias taken off, no longer whole numbers.

    References
    ----------
    ITU-T P.913 (06/2021), 12.4.
    """
    data, bias = number(votes), rater_bias(votes)[1]
    return Votes(
        votes.rater,
        votes.item,
        votes.system,
        votes.score - bias[data.rater_of],
        votes.source,
        votes.repetition,
        votes.response_ms,
        votes.missing,
        votes.unused,
        votes.known,
    )


def p913_screening(votes: Votes) -> Screening:
    """Raters rejected by BT.500 after their bias was taken off, with the rater's own votes as denominator.

    References
    ----------
    ITU-T P.913 (06/2021), 12.4, then ITU-R BT.500-15, A1-2.3.1.
    """
    return bt500_sparse_screening(without_bias(votes))


def correlation_screening(votes: Votes, highest_threshold: float = 0.7) -> Screening:
    """Raters whose votes hardly go with the mean opinion scores.

    Parameters
    ----------
    votes : Votes
        A full design. Use `correlation_sparse_screening` where stimuli have few votes.
    highest_threshold : float
        A correlation above this always suffices; 0.7 for category scales.

    Returns
    -------
    Screening
        `statistic` is Pearson's r. Rejected below min(mean r - sd r, `highest_threshold`).

    References
    ----------
    ITU-T P.913 (06/2021), post-experiment screening by Pearson correlation; ITU-R BT.1788 (the threshold).
    """
    data = number(votes)
    return _correlation_verdict(data, data.mean_by_stimulus(data.score)[data.stimulus_of], highest_threshold)


def correlation_sparse_screening(votes: Votes, highest_threshold: float = 0.7) -> Screening:
    """Raters whose votes hardly go with the mean of the votes of everyone else.

    Notes
    -----
    As `correlation_screening`, but a rater's own vote is left out of the mean it is compared with: with six votes a
    stimulus a rater who answers at random would else reach r = 0.4. The fence is the median of r minus 3 robust
    standard deviations (1.4826 times the median absolute deviation), since spammers move mean and standard deviation
    themselves; never above `highest_threshold`, and never below 0.1, which no attentive rater falls under.
    """
    data = number(votes)
    n = data.sum_by_stimulus(np.ones_like(data.score))[data.stimulus_of]
    total = data.sum_by_stimulus(data.score)[data.stimulus_of]
    with np.errstate(divide="ignore", invalid="ignore"):
        others = np.where(n > 1, (total - data.score) / (n - 1), np.nan)
    return _correlation_verdict(data, others, highest_threshold, robust=True)


def time_screening(votes: Votes, floor_ratio: float = 1 / 3) -> Screening:
    """Raters who answer far faster than the others.

    Parameters
    ----------
    votes : Votes
        With `response_ms`.
    floor_ratio : float
        Rejected if the median response time is below this part of the median over raters.

    Returns
    -------
    Screening
        `statistic` is the rater's median response time in ms.

    Raises
    ------
    InputError
        If there are no response times.

    References
    ----------
    Hossfeld et al., Best practices for QoE crowdtesting, IEEE Trans. Multimedia 16, 2014, asks for a check of time; the
    ratio is ours.
    """
    if votes.response_ms is None:
        raise InputError("response_ms: wanted a column of milliseconds to screen by time, got none")
    data = number(votes)
    known = np.isfinite(votes.response_ms)
    median = np.full(len(data.raters), np.nan)
    for rater in range(len(data.raters)):
        times = votes.response_ms[known & (data.rater_of == rater)]
        if len(times) >= MIN_VOTES_TO_JUDGE:
            median[rater] = np.median(times)
    floor = floor_ratio * np.nanmedian(median) if np.isfinite(median).any() else np.nan
    return _named(data, median, median < floor)


def _far_votes(data: Numbered, score: Floats) -> tuple[Floats, Floats]:
    """For each rater, votes far above and far below their stimulus."""
    mean = data.mean_by_stimulus(score)
    deviation = score - mean[data.stimulus_of]
    n = data.sum_by_stimulus(np.ones_like(score))
    second, fourth = data.sum_by_stimulus(deviation**2) / n, data.sum_by_stimulus(deviation**4) / n
    with np.errstate(divide="ignore", invalid="ignore"):
        kurtosis = fourth / second**2
    limit = np.where((kurtosis >= 2) & (kurtosis <= 4), 2.0, np.sqrt(20.0)) * np.sqrt(second)
    limit = np.where(second > 1e-12, limit, np.inf)[data.stimulus_of]
    slack = 1e-9
    above = data.sum_by_rater((deviation >= limit - slack).astype(float))
    return above, data.sum_by_rater((deviation <= -limit + slack).astype(float))


def _bt500_verdict(
    data: Numbered, above: Floats, below: Floats, denominator: Floats, enough: np.ndarray | None = None
) -> Screening:
    far = above + below
    with np.errstate(divide="ignore", invalid="ignore"):
        share = far / denominator
        balance = np.abs(above - below) / far
    if enough is not None:
        share = np.where(enough, share, np.nan)
    return _named(data, share, (share > 0.05) & (balance < 0.3))


def _correlation_verdict(data: Numbered, reference: Floats, highest: float, robust: bool = False) -> Screening:
    known = np.isfinite(reference)
    weight = known.astype(float)
    count = data.sum_by_rater(weight)
    x, y = np.where(known, reference, 0.0), data.score
    with np.errstate(divide="ignore", invalid="ignore"):
        x = x - (data.sum_by_rater(weight * x) / count)[data.rater_of]
        y = y - (data.sum_by_rater(weight * y) / count)[data.rater_of]
        xx, yy = data.sum_by_rater(weight * x * x), data.sum_by_rater(weight * y * y)
        r = data.sum_by_rater(weight * x * y) / np.sqrt(xx * yy)
    r = np.where((count >= MIN_VOTES_TO_JUDGE) & (xx > 1e-12) & (yy > 1e-12), r, np.nan)
    judged = r[np.isfinite(r)]
    if not len(judged):
        return _named(data, r, np.zeros(len(r), bool))
    if robust:
        middle = np.median(judged)
        fence = max(middle - 3 * 1.4826 * np.median(np.abs(judged - middle)), 0.1)
    else:
        fence = judged.mean() - judged.std()
    return _named(data, r, r < min(fence, highest))


def _named(data: Numbered, statistic: Floats, rejected: np.ndarray) -> Screening:
    names = np.array(data.raters, dtype=object)
    return Screening(data.raters, statistic, tuple(names[rejected]), tuple(names[~np.isfinite(statistic)]))
