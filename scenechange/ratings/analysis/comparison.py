"""Strengths of items from paired comparisons: Bradley-Terry and Thurstone, with intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scenechange.errors import InputError
from scenechange.ratings.analysis.opinion import check_level
from scenechange.ratings.analysis.optional import need
from scenechange.ratings.analysis.pairs import Pairs, Tournament, tournament
from scenechange.ratings.analysis.screening import MIN_VOTES_TO_JUDGE, Screening
from scenechange.ratings.analysis.votes import Floats, Ints

PENALTY_WHERE_NEEDED = 0.1  # a normal prior of standard deviation 2.2: odds of 9 to 1 are common, 80 to 1 are rare
Slopes = Callable[[Floats, Floats, Floats], tuple[Floats, Floats, Floats]]


@dataclass(frozen=True, slots=True, eq=False)
class Strengths:
    """Strength of each item with mean zero.

    Parameters
    ----------
    items : tuple of str
        In the order of first appearance.
    strength : (K,) array of float
        Log-odds (Bradley-Terry) or standard deviations of a difference (Thurstone).
    se, ci_low, ci_high : (K,) array of float
        From the Fisher information, all comparisons independent.
    robust_se, robust_low, robust_high : (K,) array of float
        Comparisons of one rater may go together (sandwich); NaN for one rater.
    penalty : float
        Weight of the squared strengths that was taken off the log-likelihood; 0 is maximum likelihood.
    islands : (K,) array of int
        Items of different islands were never compared, not even through others: their strengths do not compare.
    bounded : bool
        Whether maximum likelihood alone has a finite solution.
    covariance : (K, K) array of float
        Of the strengths, all comparisons independent.
    """

    items: tuple[str, ...]
    strength: Floats
    se: Floats
    ci_low: Floats
    ci_high: Floats
    robust_se: Floats
    robust_low: Floats
    robust_high: Floats
    penalty: float
    islands: Ints
    bounded: bool
    covariance: Floats


def bradley_terry(pairs: Pairs, level: float = 0.95, penalty: float | None = None) -> Strengths:
    """Bradley-Terry strengths: log-odds of a over b = strength of a - strength of b.

    Parameters
    ----------
    pairs : Pairs
        A tie counts half a win for each.
    level : float
        Of the intervals.
    penalty : float, optional
        penalty * sum(strength^2) is taken off the log-likelihood. Default: 0 where the maximum is finite; 0.1
        where it is not, because some items never lost, never won or were never compared with others (see `bounded`).

    Raises
    ------
    InputError
        If there are no comparisons, or the penalty is negative, or 0 where the maximum is not finite.

    References
    ----------
    Bradley and Terry, Biometrika 39, 1952; existence: Ford, Am. Math. Monthly 64, 1957. Intervals: inverse of the
    Fisher information on strengths that sum to zero; sandwich by rater after White 1982 and Liang and Zeger 1986.
    """
    return _fit(pairs, _logistic, level, penalty)


def thurstone(pairs: Pairs, level: float = 0.95, penalty: float | None = None) -> Strengths:
    """Thurstone's case V strengths: P(a over b) = Phi(strength of a - strength of b).

    Parameters
    ----------
    pairs, level, penalty
        As for `bradley_terry`.

    Notes
    -----
    One just-objectionable difference (JOD, 75 % of the votes) is 0.6745 of this unit; see `jod`.

    References
    ----------
    Thurstone, Psychological Review 34, 1927, case V, by maximum likelihood; Perez-Ortiz and Mantiuk 2017 for JOD.
    """
    return _fit(pairs, _probit, level, penalty)


def jod(strength: Floats) -> Floats:
    """Thurstone strengths in just-objectionable differences: 1 JOD = 75 % of the votes.

    References
    ----------
    Perez-Ortiz and Mantiuk, A practical guide and software for analysing pairwise comparison experiments, 2017.
    """
    return strength / need("scipy.special").ndtri(0.75)


def _logistic(d: Floats, won: Floats, n: Floats) -> tuple[Floats, Floats, Floats]:
    p = need("scipy.special").expit(d)
    return won * np.logaddexp(0, -d) + (n - won) * np.logaddexp(0, d), won - n * p, n * p * (1 - p)


def _probit(d: Floats, won: Floats, n: Floats) -> tuple[Floats, Floats, Floats]:
    log_ndtr = need("scipy.special").log_ndtr
    up, down = log_ndtr(d), log_ndtr(-d)
    log_density = -0.5 * d**2 - 0.5 * np.log(2 * np.pi)
    h, g = np.exp(log_density - up), np.exp(log_density - down)
    lost = n - won
    return -(won * up + lost * down), won * h - lost * g, won * h * (h + d) + lost * g * (g - d)


def _fit(pairs: Pairs, slopes: Slopes, level: float, penalty: float | None) -> Strengths:
    check_level(level)
    if not len(pairs):
        raise InputError("pairs: wanted at least one comparison, got none")
    games = tournament(pairs)
    islands, bounded = _islands(games)
    if penalty is None:
        penalty = 0.0 if bounded else PENALTY_WHERE_NEEDED
    if penalty < 0 or (penalty == 0 and not bounded):
        raise InputError(
            f"penalty: wanted above 0, got {penalty}: some items never lost, never won or were never compared with the "
            "others, so maximum likelihood has no finite solution"
        )
    strength, covariance = _newton(games, slopes, penalty)
    se = np.sqrt(np.clip(np.diag(covariance), 0, None))
    robust = _robust_se(games, slopes, strength, covariance)
    quantile = need("scipy.stats").norm.ppf((1 + level) / 2)
    return Strengths(
        games.items,
        strength,
        se,
        strength - quantile * se,
        strength + quantile * se,
        robust,
        strength - quantile * robust,
        strength + quantile * robust,
        penalty,
        islands,
        bounded,
        covariance,
    )


def influence(pairs: Pairs, penalty: float = 0.0) -> Floats:
    """How much each comparison moved each Bradley-Terry strength: its score times the covariance.

    Parameters
    ----------
    pairs : Pairs
        At least one comparison.
    penalty : float
        Of the fit, see `Strengths.penalty`.

    Returns
    -------
    (N, K) array of float
        Log-odds; columns as `Strengths.items`. The sum of squares over clusters is the sandwich variance.

    References
    ----------
    White, Econometrica 50, 1982; Liang and Zeger, Biometrika 73, 1986.
    """
    games = tournament(pairs)
    strength, covariance = _newton(games, _logistic, penalty)
    slope = _logistic(strength[games.first] - strength[games.second], games.won, np.ones_like(games.won))[1]
    return slope[:, None] * (covariance[games.first] - covariance[games.second])


def likelihood_screening(pairs: Pairs) -> Screening:
    """Raters whose choices are unlikely under the strengths that everyone else's choices give.

    Parameters
    ----------
    pairs : Pairs
        A tie counts half a win for each.

    Returns
    -------
    Screening
        `statistic` is how far the rater's mean log-likelihood lies below the lower quartile, in interquartile ranges;
        rejected above 1.5. Raters with fewer than 8 comparisons are undecided.

    Notes
    -----
    Bradley-Terry strengths without a rater are those with, less one Newton step. Fitted again for each rater, or with
    Thurstone's model, the same raters are found in the published example.

    References
    ----------
    Perez-Ortiz and Mantiuk 2017, section on outlier analysis; Tukey 1977 for the fence.
    """
    if not len(pairs):
        return Screening((), np.empty(0), ())
    games = tournament(pairs)
    strength, covariance = _newton(games, _logistic, PENALTY_WHERE_NEEDED)
    without = strength - _rater_slopes(games, _logistic, strength) @ covariance
    gap = without[games.rater_of, games.first] - without[games.rater_of, games.second]
    n = np.bincount(games.rater_of)
    likelihood = np.bincount(games.rater_of, -_logistic(gap, games.won, np.ones_like(gap))[0]) / n
    enough = n >= MIN_VOTES_TO_JUDGE
    distance = np.full(len(n), np.nan)
    if enough.sum() > 3:
        low, high = np.quantile(likelihood[enough], [0.25, 0.75])
        distance[enough] = (low - likelihood[enough]) / max(high - low, 1e-12)
    names = np.array(games.raters, dtype=object)
    return Screening(games.raters, distance, tuple(names[distance > 1.5]), tuple(names[~np.isfinite(distance)]))


def _newton(games: Tournament, slopes: Slopes, penalty: float) -> tuple[Floats, Floats]:
    """Strengths of the highest penalised likelihood, and their covariance."""
    k = len(games.items)
    low, high = np.minimum(games.first, games.second), np.maximum(games.first, games.second)
    flipped = games.first != low
    pair, inverse = np.unique(low * k + high, return_inverse=True)
    won = np.bincount(inverse, weights=np.where(flipped, 1 - games.won, games.won))
    n = np.bincount(inverse).astype(float)
    a, b = pair // k, pair % k
    strength = np.zeros(k)
    for _ in range(200):
        loss, slope, curve = slopes(strength[a] - strength[b], won, n)
        before = loss.sum() + penalty * (strength**2).sum()
        gradient = np.bincount(a, slope, k) - np.bincount(b, slope, k) - 2 * penalty * strength
        information = np.zeros((k, k))
        information[a, b] = information[b, a] = -curve
        np.fill_diagonal(information, np.bincount(a, curve, k) + np.bincount(b, curve, k) + 2 * penalty)
        step = np.linalg.solve(information + 1 / k, gradient)
        if np.abs(step).max() < 1e-12:
            break
        size = 1.0
        while size > 1e-6:
            tried = strength + size * step
            if slopes(tried[a] - tried[b], won, n)[0].sum() + penalty * (tried**2).sum() <= before + 1e-12:
                break
            size /= 2
        strength = strength + size * step
        strength -= strength.mean()
    # strengths sum to zero: their common level is no parameter
    return strength, np.linalg.inv(information + 1 / k) - 1 / (k * (1 + 2 * penalty))


def _rater_slopes(games: Tournament, slopes: Slopes, strength: Floats) -> Floats:
    """Gradient of each rater's log-likelihood, (R, K)."""
    slope = slopes(strength[games.first] - strength[games.second], games.won, np.ones_like(games.won))[1]
    scores = np.zeros((len(games.raters), len(strength)))
    np.add.at(scores, (games.rater_of, games.first), slope)
    np.add.at(scores, (games.rater_of, games.second), -slope)
    return scores


def _robust_se(games: Tournament, slopes: Slopes, strength: Floats, covariance: Floats) -> Floats:
    """Standard errors that let the comparisons of one rater go together."""
    raters = len(games.raters)
    if raters < 2:
        return np.full(len(strength), np.nan)
    spread = _rater_slopes(games, slopes, strength) @ covariance
    return np.sqrt((spread**2).sum(0) * raters / (raters - 1))


def _islands(games: Tournament) -> tuple[Ints, bool]:
    """Which items are linked by comparisons, and whether every item has both beaten and lost to the rest."""
    sparse = need("scipy.sparse")
    components = need("scipy.sparse.csgraph").connected_components
    k = len(games.items)
    winner = np.concatenate([games.first[games.won > 0], games.second[games.won < 1]])
    loser = np.concatenate([games.second[games.won > 0], games.first[games.won < 1]])
    graph = sparse.coo_matrix((np.ones(len(winner)), (winner, loser)), shape=(k, k)).tocsr()
    islands = components(graph, directed=True, connection="weak")[1].astype(np.int64)
    return islands, bool(components(graph, directed=True, connection="strong")[0] == 1)
