"""Active sampling of pairs: ask for the comparison whose answer is expected to tell the most about the items.

Method: each item of a source has an unknown appeal with a Gaussian prior. Votes follow the Bradley-Terry model. The
posterior of a source's appeals is approximated by a Gaussian at its mode (Laplace). The information that a vote on
items i and j is expected to give is the mutual information between its outcome and the appeals, which depends on the
difference of the two appeals only, a Gaussian in one dimension:

    I = H(E[p]) - E[H(p)],  p = logistic(d),  d ~ N(m_i - m_j, S_ii + S_jj - 2 S_ij)

with H the entropy of a coin; expectations by Gauss-Hermite quadrature. It equals the expected Kullback-Leibler
divergence of the posterior after the vote from the one before. A session's pairs are chosen one after the other; each
choice, and each lease that is still open, shrinks the covariance as its expected (Fisher) information would, so that a
session and the sessions beside it do not all ask the same.

References
----------
A. Mikhailiuk, C. Wilmot, M. Perez-Ortiz, D. Yue, R. Mantiuk, "Active sampling for pairwise comparisons via approximate
message passing and information gain maximization", ICPR 2020 (the criterion; message passing there, Laplace here).
D. MacKay, "Information-based objective functions for active data selection", Neural Computation 4 (1992).
R. Bradley, M. Terry, "Rank analysis of incomplete block designs: I", Biometrika 39 (1952).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

PRIOR_SD = 2.0  # of an item's appeal in logits: two items differ by more than 1:16 odds in a third of all pairs
_STEPS = 30
_TOLERANCE = 1e-4  # of the gradient, in votes
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(9)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


@dataclass(frozen=True)
class Pairs:
    """The pairs that may be asked for.

    Attributes
    ----------
    members : ndarray of int, (pairs, 2)
        Numbers of the two items, 0 to items-1.
    sources : ndarray of int, (pairs,)
        Number of the source that both belong to; items of different sources are never compared.
    items : int
        How many items there are.
    """

    members: np.ndarray
    sources: np.ndarray
    items: int


@dataclass
class _Posterior:
    """Gaussian posteriors of all sources, padded to the largest: mean (sources, n), covariance (sources, n, n)."""

    source: np.ndarray  # (pairs,)
    first: np.ndarray  # (pairs,) place of the first item within its source
    second: np.ndarray
    mean: np.ndarray
    covariance: np.ndarray


def choose_pairs(
    pairs: Pairs, wins: np.ndarray, pending: np.ndarray, allowed: np.ndarray, count: int, rng: np.random.Generator
) -> list[int]:
    """The pairs to ask for next.

    Parameters
    ----------
    pairs : Pairs
        All pairs.
    wins : ndarray of float, (pairs, 2)
        Votes for the first and for the second item; a tie is half a vote for each.
    pending : ndarray of int, (pairs,)
        Votes that are asked for but not in yet.
    allowed : ndarray of bool, (pairs,)
        Which may be chosen.
    count : int
        How many; fewer come back where fewer are allowed. None comes twice.
    rng : numpy.random.Generator
        Decides between equals.

    Returns
    -------
    list of int
        Places in `pairs`, the most telling first.
    """
    posterior = _fit(pairs, wins, pending)
    open_ = allowed.copy()
    gain = _gain(posterior, np.arange(len(open_)))
    of_source = _by_source(pairs.sources)
    ties = rng.random(len(open_))
    chosen: list[int] = []
    for _ in range(min(count, int(open_.sum()))):
        best = np.where(open_, gain, -1.0)
        near = np.flatnonzero(best >= best.max() * (1 - 1e-9))
        place = int(near[np.argmax(ties[near])])
        open_[place] = False
        chosen.append(place)
        _shrink(posterior, place)
        same = of_source[int(pairs.sources[place])]
        gain[same] = _gain(posterior, same)
    return chosen


def posterior_of(pairs: Pairs, wins: np.ndarray, pending: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Appeals as far as the votes tell: a Gaussian for each source.

    Parameters
    ----------
    pairs, wins, pending
        As for `choose_pairs`.

    Returns
    -------
    mean : ndarray, (sources, n)
        Appeals in logits around 0; n is the number of items of the largest source, of smaller ones the rest is prior.
        Sources in the order of their numbers, items in the order of theirs.
    covariance : ndarray, (sources, n, n)
        Of the appeals; votes that are not in yet narrow it as they would on average.
    """
    posterior = _fit(pairs, wins, pending)
    return posterior.mean, posterior.covariance


def expected_gain(mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Mutual information of a vote and the appeals it compares.

    Parameters
    ----------
    mean, variance : ndarray, (n,)
        Of the difference of two appeals, in logits.

    Returns
    -------
    ndarray, (n,)
        In nats, 0 to log 2.
    """
    logits = mean[:, None] + np.sqrt(np.maximum(variance, 0.0))[:, None] * _NODES
    odds = np.exp(-np.abs(logits))
    rarer = odds / (1.0 + odds)  # probability of the less likely answer
    entropy = (np.log1p(odds) + np.abs(logits) * rarer) @ _WEIGHTS
    share = np.clip(np.where(logits < 0, rarer, 1.0 - rarer) @ _WEIGHTS, 1e-12, 1 - 1e-12)
    return np.maximum(-share * np.log(share) - (1 - share) * np.log1p(-share) - entropy, 0.0)


def _by_source(sources: np.ndarray) -> dict[int, np.ndarray]:
    order = np.argsort(sources, kind="stable")
    found, starts = np.unique(sources[order], return_index=True)
    return {int(source): part for source, part in zip(found, np.split(order, starts[1:]), strict=True)}


def _fit(pairs: Pairs, wins: np.ndarray, pending: np.ndarray) -> _Posterior:
    """Mode and curvature of every source at once, by Newton's method on the log posterior, which is concave.

    Pending votes have no say in the mode, but count in the curvature as votes that will be in.
    """
    source, first, second, size = _within_sources(pairs)
    sources = int(source.max(initial=-1)) + 1
    total, mean = wins.sum(axis=1), np.zeros((sources, size))

    def curvature(votes: np.ndarray) -> np.ndarray:
        weight = votes * share * (1 - share)
        matrix = np.zeros((sources, size, size))
        np.add.at(matrix, (source, first, second), -weight)  # a pair may be listed more than once
        matrix += matrix.transpose(0, 2, 1)
        matrix[:, range(size), range(size)] = PRIOR_SD**-2 - matrix.sum(axis=2)
        return matrix

    for _ in range(_STEPS):
        share = 1.0 / (1.0 + np.exp(mean[source, second] - mean[source, first]))
        slope = wins[:, 0] - total * share
        gradient = -mean / PRIOR_SD**2
        np.add.at(gradient, (source, first), slope)
        np.add.at(gradient, (source, second), -slope)
        if np.abs(gradient).max(initial=0.0) < _TOLERANCE:
            break
        step = np.linalg.solve(curvature(total), gradient[..., None])[..., 0]
        mean = mean + np.clip(step, -2.0, 2.0)
    return _Posterior(source, first, second, mean, np.linalg.inv(curvature(total + pending)))


def _within_sources(pairs: Pairs) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Source, and places of both items within it, of each pair; and the number of items of the largest source."""
    source = np.unique(pairs.sources, return_inverse=True)[1]
    of_item = np.zeros(pairs.items, int)
    of_item[pairs.members[:, 0]] = source
    of_item[pairs.members[:, 1]] = source
    order = np.argsort(of_item, kind="stable")
    starts = np.searchsorted(of_item[order], of_item[order])
    within = np.empty(pairs.items, int)
    within[order] = np.arange(pairs.items) - starts
    return source, within[pairs.members[:, 0]], within[pairs.members[:, 1]], int(within.max(initial=-1)) + 1


def _difference(posterior: _Posterior, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    s, i, j = posterior.source[places], posterior.first[places], posterior.second[places]
    cov = posterior.covariance
    return posterior.mean[s, i] - posterior.mean[s, j], cov[s, i, i] + cov[s, j, j] - 2 * cov[s, i, j]


def _gain(posterior: _Posterior, places: np.ndarray) -> np.ndarray:
    return expected_gain(*_difference(posterior, places))


def _shrink(posterior: _Posterior, place: int) -> None:
    """Lessen the covariance as a vote on a pair would on average (rank-one update, Sherman-Morrison)."""
    mean, variance = (float(x[0]) for x in _difference(posterior, np.array([place])))
    share = 1.0 / (1.0 + np.exp(-(mean + np.sqrt(max(variance, 0.0)) * _NODES)))
    weight = float((share * (1 - share)) @ _WEIGHTS)
    s, i, j = posterior.source[place], posterior.first[place], posterior.second[place]
    column = posterior.covariance[s, :, i] - posterior.covariance[s, :, j]
    posterior.covariance[s] -= np.outer(column, column) * (weight / (1.0 + weight * variance))
