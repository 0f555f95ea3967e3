"""How far raters agree: Krippendorff's alpha, intraclass correlations, and the spread of opinions (SOS)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scenechange.errors import InputError
from scenechange.ratings.analysis.opinion import check_level, mean_opinion_scores
from scenechange.ratings.analysis.optional import need
from scenechange.ratings.analysis.votes import Votes, number

DISTANCES = ("nominal", "ordinal", "interval", "ratio")


@dataclass(frozen=True, slots=True)
class Icc:
    """One intraclass correlation with its F test.

    Parameters
    ----------
    form : str
        ``"ICC(1,1)"``, ``"ICC(A,1)"``, ``"ICC(C,1)"``, or with k: of the mean of k raters.
    icc, ci_low, ci_high : float
        Estimate and interval.
    f, df1, df2, p : float
        F test of no differences between stimuli.
    """

    form: str
    icc: float
    ci_low: float
    ci_high: float
    f: float
    df1: float
    df2: float
    p: float


def krippendorff_alpha(votes: Votes, distance: str = "interval") -> float:
    """Krippendorff's alpha: 1 for perfect agreement, 0 for chance, below 0 for less than chance.

    Parameters
    ----------
    votes : Votes
        Any design; stimuli with one vote do not count.
    distance : str
        ``"nominal"``, ``"ordinal"``, ``"interval"`` or ``"ratio"``.

    Returns
    -------
    float
        NaN if no stimulus has two votes or all votes are the same.

    Raises
    ------
    InputError
        For another distance.
    MissingExtraError
        Without the package evalica.

    References
    ----------
    Krippendorff, Computing Krippendorff's alpha-reliability, 2011; computed by evalica.
    """
    if distance not in DISTANCES:
        raise InputError(f"distance: wanted one of {', '.join(DISTANCES)}, got {distance!r}")
    data = number(votes)
    n = data.sum_by_stimulus(np.ones_like(data.score)).astype(int)
    paired = n[data.stimulus_of] > 1
    if not paired.any() or np.ptp(data.score[paired]) == 0:
        return float("nan")
    # alpha asks only which votes fell on one unit, not whose they were: pack each unit's votes from the top
    order = np.argsort(data.stimulus_of, kind="stable")
    starts = np.append(0, np.cumsum(n))[:-1]
    place = np.arange(len(order)) - np.repeat(starts, n)
    packed = np.full((n.max(), len(n)), np.nan)
    packed[place, data.stimulus_of[order]] = data.score[order]
    table = need("pandas").DataFrame(packed[:, n > 1])
    return float(need("evalica").alpha(table, distance).alpha)


def intraclass_correlations(votes: Votes, level: float = 0.95) -> tuple[Icc, ...]:
    """The six intraclass correlations of Shrout and Fleiss.

    Parameters
    ----------
    votes : Votes
        The four two-way forms use the stimuli that every rater judged; where these are fewer than two, as in sparse
        designs, only the one-way form ICC(1,1) is given, from all stimuli, for unequal numbers of votes.
    level : float
        Of the intervals.

    Returns
    -------
    tuple of Icc
        Empty where nothing can be computed.

    References
    ----------
    Shrout and Fleiss, Intraclass correlations, Psychological Bulletin 86, 1979; names and intervals of McGraw and Wong
    1996. Unequal numbers: Donner, A review of inference procedures for the ICC, 1986.
    """
    check_level(level)
    data = number(votes)
    single = one_way(votes, level)
    alone = () if single is None else (single,)
    full = data.sum_by_stimulus(np.ones_like(data.score)) >= len(data.raters)  # others cannot have a vote of everybody
    if full.sum() < 2 or len(data.raters) < 2:
        return alone
    row, kept = np.cumsum(full) - 1, full[data.stimulus_of]
    cell = (row[data.stimulus_of[kept]], data.rater_of[kept])
    total = np.zeros((int(full.sum()), len(data.raters)))
    count = np.zeros_like(total)
    np.add.at(total, cell, data.score[kept])
    np.add.at(count, cell, 1)
    complete = (count > 0).all(axis=1)
    if complete.sum() < 2:
        return alone
    return shrout_fleiss(total[complete] / count[complete], level)


def shrout_fleiss(scores: ArrayLike, level: float = 0.95) -> tuple[Icc, ...]:
    """The six intraclass correlations of a complete table.

    Parameters
    ----------
    scores : (stimuli, raters) array of float
        No gaps, at least 2 x 2.
    level : float
        Of the intervals.

    Raises
    ------
    InputError
        If the table has gaps or is too small.

    References
    ----------
    Shrout and Fleiss 1979, table 3 and page 424; McGraw and Wong 1996, tables 4 and 7.
    """
    x = np.asarray(scores, float)
    if x.ndim != 2 or min(x.shape) < 2 or not np.isfinite(x).all():
        raise InputError(f"scores: wanted a table without gaps of at least 2 x 2, got shape {x.shape}")
    n, k = x.shape
    rows, columns, whole = x.mean(1, keepdims=True), x.mean(0, keepdims=True), x.mean()
    msr = k * ((rows - whole) ** 2).sum() / (n - 1)
    msc = n * ((columns - whole) ** 2).sum() / (k - 1)
    mse = ((x - rows - columns + whole) ** 2).sum() / ((n - 1) * (k - 1))
    msw = ((x - rows) ** 2).sum() / (n * (k - 1))
    if min(msw, msr + msw) <= 1e-12 or (mse <= 1e-12 and msr <= 1e-12):
        return ()
    oneway = _from_f(msr / msw, n - 1, n * (k - 1), k, level, "ICC(1,1)", "ICC(1,k)")
    if mse <= 1e-12:
        return oneway
    consistent = _from_f(msr / mse, n - 1, (n - 1) * (k - 1), k, level, "ICC(C,1)", "ICC(C,k)")
    absolute = _absolute(msr, msc, mse, n, k, level)
    return oneway[0], absolute[0], consistent[0], oneway[1], absolute[1], consistent[1]


def one_way(votes: Votes, level: float = 0.95) -> Icc | None:
    """ICC(1,1), raters as interchangeable, for any design and unequal numbers of votes.

    Parameters
    ----------
    votes : Votes
        Any design.
    level : float
        Of the interval; approximate where numbers of votes differ.

    Returns
    -------
    Icc or None
        None where it cannot be computed: one stimulus, no stimulus with two votes, or no spread.

    References
    ----------
    Shrout and Fleiss 1979, case 1; unequal numbers: Donner, International Statistical Review 54, 1986.
    """
    data = number(votes)
    n = data.sum_by_stimulus(np.ones_like(data.score))
    if len(n) < 2 or n.sum() <= len(n):
        return None
    mean = data.mean_by_stimulus(data.score)
    between = (n * (mean - data.score.mean()) ** 2).sum() / (len(n) - 1)
    within = ((data.score - mean[data.stimulus_of]) ** 2).sum() / (n.sum() - len(n))
    if within <= 1e-12:
        return None
    k = (n.sum() - (n**2).sum() / n.sum()) / (len(n) - 1)
    return _from_f(between / within, len(n) - 1, float(n.sum() - len(n)), float(k), level, "ICC(1,1)", "ICC(1,k)")[0]


def sos_parameter(votes: Votes, scale: tuple[float, float], ddof: int = 0) -> float:
    """How much opinions spread at a given mean: a of the SOS hypothesis, from 0 (all agree) to 1 (ends only).

    Parameters
    ----------
    votes : Votes
        Stimuli with one vote do not count.
    scale : (low, high)
        Ends of the scale.
    ddof : int
        0 divides the squares by n, 1 by n - 1.

    Returns
    -------
    float
        NaN if no stimulus between the ends has two votes.

    Notes
    -----
    Least squares of var_j = a (high - mos_j)(mos_j - low).

    References
    ----------
    Hossfeld, Schatz, Egger, "SOS: the MOS is not enough!", QoMEX 2011.
    """
    low, high = scale
    if not low < high:
        raise InputError(f"scale: wanted low < high, got {scale}")
    scores = mean_opinion_scores(votes)
    variance = scores.sd**2 * (1 if ddof else (scores.n - 1) / scores.n)
    widest = (high - scores.mos) * (scores.mos - low)
    known = np.isfinite(variance) & (widest > 0)
    return float((variance * widest)[known].sum() / (widest[known] ** 2).sum()) if known.any() else float("nan")


def repeatability(votes: Votes) -> float:
    """Standard deviation within raters who voted on a stimulus more than once, points; NaN if nobody did.

    References
    ----------
    Bland and Altman, Measurement error, BMJ 313, 1996: within-subject standard deviation.
    """
    data = number(votes)
    cell = data.stimulus_of * max(len(data.raters), 1) + data.rater_of
    _, inverse, count = np.unique(cell, return_inverse=True, return_counts=True)
    mean = np.bincount(inverse, weights=data.score) / count if len(count) else np.empty(0)
    degrees = int((count - 1).sum())
    return float(np.sqrt(((data.score - mean[inverse]) ** 2).sum() / degrees)) if degrees else float("nan")


def _from_f(f: float, df1: float, df2: float, k: float, level: float, single: str, mean: str) -> tuple[Icc, Icc]:
    """Forms that follow from one F ratio (Shrout and Fleiss 1979, page 424)."""
    distribution = need("scipy.stats").f
    tail = (1 - level) / 2
    low, high = f / distribution.isf(tail, df1, df2), f * distribution.isf(tail, df2, df1)
    p = float(distribution.sf(f, df1, df2))
    ends = [(r - 1) / (r + k - 1) for r in (f, low, high)]
    tops = [1 - 1 / r if r > 0 else float("nan") for r in (f, low, high)]
    test = (float(f), float(df1), float(df2), p)
    return _icc(single, ends, test), _icc(mean, tops, test)


def _absolute(msr: float, msc: float, mse: float, n: int, k: int, level: float) -> tuple[Icc, Icc]:
    """ICC(A,1) and ICC(A,k) with Satterthwaite's degrees of freedom (McGraw and Wong 1996, table 7)."""
    distribution = need("scipy.stats").f
    single = (msr - mse) / (msr + (k - 1) * mse + k * (msc - mse) / n)
    a, b = k * single / (n * (1 - single)), 1 + k * single * (n - 1) / (n * (1 - single))
    v = (a * msc + b * mse) ** 2 / ((a * msc) ** 2 / (k - 1) + (b * mse) ** 2 / ((n - 1) * (k - 1)))
    tail = (1 - level) / 2
    fl, fu = distribution.isf(tail, n - 1, v), distribution.isf(tail, v, n - 1)
    low = n * (msr - fl * mse) / (fl * (k * msc + (k * n - k - n) * mse) + n * msr)
    high = n * (fu * msr - mse) / (k * msc + (k * n - k - n) * mse + n * fu * msr)
    mean = (msr - mse) / (msr + (msc - mse) / n)
    test = (float(msr / mse), n - 1.0, (n - 1.0) * (k - 1), float(distribution.sf(msr / mse, n - 1, (n - 1) * (k - 1))))
    ends = [k * r / (1 + (k - 1) * r) if 1 + (k - 1) * r > 0 else float("nan") for r in (low, high)]
    return _icc("ICC(A,1)", [single, low, high], test), _icc("ICC(A,k)", [mean, *ends], test)


def _icc(form: str, estimate: list[float], test: tuple[float, float, float, float]) -> Icc:
    icc, low, high = (float(value) for value in estimate)
    f, df1, df2, p = test
    return Icc(form, icc, low, high, f, df1, df2, p)
