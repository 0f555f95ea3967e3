"""Systems in order from comparisons of their pictures, with intervals for other raters and other pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenechange.ratings.analysis.comparison import Strengths, bradley_terry, influence
from scenechange.ratings.analysis.optional import need
from scenechange.ratings.analysis.pairs import Pairs
from scenechange.ratings.analysis.ranking import holm, ranks
from scenechange.ratings.analysis.votes import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class PairBoard:
    """Systems, the strongest first.

    Parameters
    ----------
    systems : tuple of str
        Names.
    n : (S,) array of int
        Comparisons with another system.
    strength, se, ci_low, ci_high : (S,) array of float
        Bradley-Terry strength (log-odds, mean 0), its standard error and interval; NaN where one rater alone or one
        picture alone says nothing of others.
    rank : (S,) array of int
        1 + number of systems that are significantly stronger.
    group : tuple of str
        Letters. Systems that share a letter cannot be told apart; systems that share none can.
    fit : Strengths or None
        The fit itself; None where nothing was compared.
    """

    systems: tuple[str, ...]
    n: Ints
    strength: Floats
    se: Floats
    ci_low: Floats
    ci_high: Floats
    rank: Ints
    group: tuple[str, ...]
    fit: Strengths | None


def pair_board(pairs: Pairs, level: float = 0.95) -> PairBoard:
    """Systems ranked by Bradley-Terry strength.

    Parameters
    ----------
    pairs : Pairs
        With `system_a` and `system_b`. Comparisons within a system, or without one, are left out.
    level : float
        Of the intervals; systems differ at 1 - level after Holm's correction.

    Notes
    -----
    Comparisons of one rater go together, and so do those of one source (system a may simply be better at this scene):
    the variance is V(raters) + V(sources) - V(both at once), each a sum of squared scores of the likelihood within
    clusters, times G / (G - 1) for G clusters. It is never taken below that of independent comparisons or of one kind
    of cluster alone, since sandwiches of few clusters are too short. Intervals use t of min(raters, sources) - 1
    degrees of freedom. Without a column source, or with one source, they speak of other raters only.

    References
    ----------
    Bradley and Terry, Biometrika 39, 1952; Liang and Zeger, Biometrika 73, 1986; Cameron, Gelbach and Miller, Robust
    inference with multiway clustering, J. Business and Economic Statistics 29, 2011, section 2; Holm 1979; Piepho 2004.
    """
    duels = _of_systems(pairs)
    if not len(duels):
        none, empty = np.empty(0, np.int64), np.empty(0)
        return PairBoard((), none, empty, empty, empty, empty, none, (), None)
    fit = bradley_terry(duels, level)
    clusters, freedom = _clusters(duels)
    order = np.argsort(-fit.strength, kind="stable")
    scores = influence(duels, fit.penalty)[:, order]
    strength, islands = fit.strength[order], fit.islands[order]
    quantile = float(need("scipy.stats").t.ppf((1 + level) / 2, freedom)) if freedom else float("nan")
    se = np.sqrt(np.maximum(fit.se[order] ** 2, _variance(scores, clusters)))
    worse = _worse(strength, islands, scores, clusters, fit.covariance[np.ix_(order, order)], freedom, level)
    names = tuple(fit.items[k] for k in order.tolist())
    count = np.array([int(((duels.a == name) | (duels.b == name)).sum()) for name in names])
    return PairBoard(names, count, strength, se, strength - quantile * se, strength + quantile * se, *ranks(worse), fit)


def _of_systems(pairs: Pairs) -> Pairs:
    """The comparisons as ones of systems."""
    a, b = pairs.system_a, pairs.system_b
    if a is None or b is None:
        return pairs.keep(np.zeros(len(pairs), bool))
    kept = (a != "") & (b != "") & (a != b)
    winner = np.where(pairs.winner == pairs.a, a, np.where(pairs.winner == "", "", b))
    source = None if pairs.source is None else pairs.source[kept]
    return Pairs(pairs.rater[kept], a[kept], b[kept], winner[kept], source=source)


def _clusters(duels: Pairs) -> tuple[list[Ints], int]:
    """Which rater and which source each comparison is of, where there are two or more; degrees of freedom."""
    columns = [duels.rater] if duels.source is None else [duels.rater, duels.source]
    numbered = [np.unique(column, return_inverse=True)[1] for column in columns]
    several = [cluster for cluster in numbered if cluster.max() > 0]
    return several, min((int(cluster.max()) for cluster in several), default=0)


def _variance(scores: Floats, clusters: list[Ints]) -> Floats:
    """Variance of sums of scores, of the clusters together or of the worst alone: (N, M) -> (M,); 0 without any."""
    alone = [_clustered(scores, cluster) for cluster in clusters]
    if len(alone) == 2:
        both = np.unique(clusters[0] * (clusters[1].max() + 1) + clusters[1], return_inverse=True)[1]
        alone.append(alone[0] + alone[1] - _clustered(scores, both))
    return np.max([np.zeros(scores.shape[1]), *alone], axis=0)


def _clustered(scores: Floats, cluster: Ints) -> Floats:
    size = int(cluster.max()) + 1
    summed = np.zeros((size, scores.shape[1]))
    np.add.at(summed, cluster, scores)
    return (summed**2).sum(0) * (size / (size - 1) if size > 1 else 1.0)


def _worse(
    strength: Floats,
    islands: Ints,
    scores: Floats,
    clusters: list[Ints],
    covariance: Floats,
    freedom: int,
    level: float,
) -> np.ndarray:
    """Which system is significantly weaker than which: row than column."""
    worse = np.zeros((len(strength), len(strength)), bool)
    first, second = np.triu_indices(len(strength), 1)
    if not len(first) or not freedom:
        return worse
    independent = covariance[first, first] + covariance[second, second] - 2 * covariance[first, second]
    se = np.sqrt(np.maximum(independent, _variance(scores[:, first] - scores[:, second], clusters)))
    p = 2 * need("scipy.stats").t.sf((strength[first] - strength[second]) / se, freedom)
    told = holm(np.where(islands[first] == islands[second], p, 1.0)) < 1 - level
    worse[second[told], first[told]] = True
    return worse
