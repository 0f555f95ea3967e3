"""When a study may stop: a rule that stays right however often one looks."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from scenechange.errors import InputError
from scenechange.ratings.analysis.pairs import Pairs
from scenechange.ratings.analysis.votes import Floats, Votes, number

LARGEST_BET = 0.9  # below 1, so that no single rater can ruin the bet


@dataclass(frozen=True, slots=True)
class StopRule:
    """``top K separated``: the best K systems are told from all others.

    Parameters
    ----------
    k : int
        How many systems, at least 1.
    alpha : float
        Chance of a wrong stop, ever, above 0 and below 0.5.
    """

    k: int
    alpha: float = 0.05


@dataclass(frozen=True, slots=True)
class Decision:
    """What a rule says now.

    Parameters
    ----------
    separated : bool
        Stop?
    top : tuple of str
        The K systems that lead now, the best first; proven only if `separated`.
    weakest : tuple of str
        The pair (leader, follower) that is hardest to tell apart; empty if nothing was compared.
    evidence, needed : float
        Evidence (e-value) for that pair, and what is needed of every pair.
    raters : int
        Raters whose votes counted.
    k, alpha : int, float
        Of the rule.
    note : str
        One plain sentence.
    """

    separated: bool
    top: tuple[str, ...]
    weakest: tuple[str, ...]
    evidence: float
    needed: float
    raters: int
    k: int
    alpha: float
    note: str


def parse_stop_rule(text: str) -> StopRule:
    """The rule in words, as ``rate serve --stop-when`` takes it.

    Parameters
    ----------
    text : str
        ``top 3 separated`` or ``top 3 separated at 0.01``; 0.05 if not told.

    Raises
    ------
    InputError
        For anything else.

    Examples
    --------
    >>> parse_stop_rule("top 3 separated")
    StopRule(k=3, alpha=0.05)
    """
    found = re.fullmatch(r"\s*top\s+(\d+)\s+separated(?:\s+at\s+(\d*\.\d+))?\s*", text.lower())
    rule = StopRule(int(found[1]), float(found[2] or 0.05)) if found else None
    if rule is None or rule.k < 1 or not 0 < rule.alpha < 0.5:
        raise InputError(
            f"stop rule: wanted 'top K separated' or 'top K separated at 0.01', K from 1, chance of error below 0.5, "
            f"got {text!r}"
        )
    return rule


def is_separated(
    votes: Votes,
    k: int,
    alpha: float = 0.05,
    scale: tuple[float, float] | None = None,
    finished: Collection[str] | None = None,
) -> Decision:
    """Whether the best `k` systems are told from all others, at any time and however often this is asked.

    Parameters
    ----------
    votes : Votes
        In the order of arrival.
    k : int
        At least 1 and less than the number of systems.
    alpha : float
        Chance that the rule ever stops with a wrong top `k`, over the whole study.
    scale : (low, high)
        Ends of the scale; must be told before the votes come. Default: the lowest and highest vote, which is only
        right if both ends were used by the first rater.
    finished : collection of str, optional
        Raters whose session is over. A rater must count once, when done, since half a session peeked at is another
        look. Default: everybody in the table.

    Raises
    ------
    InputError
        If k, alpha or scale cannot be used, or a vote is off the scale.

    Notes
    -----
    The independent unit is the rater: all votes of a rater on a system are averaged, and D = mean on a - mean on b, as
    a part of the scale's length, lies in [-1, 1]. Raters who saw only one of the two do not count for that pair. If
    raters come one by one from a population in which the mean of D is 0 or less, the product of 1 + bet * D, with bets
    within [0, 0.9] chosen from earlier raters only, is a nonnegative supermartingale, and by Ville's inequality it
    ever reaches 1/a with a chance of at most a. Each ordered pair of systems gets a = alpha / (S (S - 1)) (union
    bound). A wrong top k would need one such pair to fail, so the chance of ever stopping wrongly is at most alpha.

    What must hold: raters arrive in an order that does not depend on what they will answer; which pictures a rater gets
    does not depend on votes on systems (least-rated first does not look at scores); the claim is about these
    pictures, weighted as the assignment shows them, not about new pictures.

    References
    ----------
    Waudby-Smith and Ramdas, Estimating means of bounded random variables by betting, JRSS B 86, 2024, section 4;
    Ville 1939; Howard et al., Time-uniform, nonparametric, nonasymptotic confidence sequences, Annals of
    Statistics 49, 2021.
    """
    chosen = votes if finished is None else votes.keep(np.isin(votes.rater, np.array(sorted(finished), dtype=str)))
    chosen = chosen.keep(chosen.system != "")
    data = number(chosen)
    _check_rule(k, alpha)
    if len(data.systems) <= k:
        return _too_few(data.systems, len(data.raters), k, alpha)
    means = _means_in_order(chosen, _checked_scale(chosen, scale))
    size = range(len(data.systems))
    evidence = {(a, b): _evidence(means[:, a] - means[:, b]) for a, b in permutations(size, 2)}
    return _decided(data.systems, np.nanmean(means, axis=0), evidence, len(data.raters), k, alpha)


def are_pairs_separated(pairs: Pairs, k: int, alpha: float = 0.05, finished: Collection[str] | None = None) -> Decision:
    """Whether each of the best `k` systems beats each other one head to head, however often this is asked.

    Parameters
    ----------
    pairs : Pairs
        With `system_a` and `system_b`, in the order of arrival. Comparisons within a system do not count.
    k, alpha, finished
        As for `is_separated`.

    Raises
    ------
    InputError
        If k or alpha cannot be used.

    Notes
    -----
    As `is_separated`, with D = share of a rater's comparisons of a with b that a won, minus those that b won; ties are
    0. The best are those that won the largest share of all their comparisons. What must hold besides: which pairs a
    rater gets does not depend on earlier answers. So there is no such rule for active sampling, which looks for pairs
    that are close: it would pick pictures, and the claim is about all of them alike.

    References
    ----------
    As `is_separated`.
    """
    _check_rule(k, alpha)
    a, b, kept = pairs.system_a, pairs.system_b, np.ones(len(pairs), bool)
    if finished is not None:
        kept &= np.isin(pairs.rater, np.array(sorted(finished), dtype=str))
    if a is None or b is None:
        return _too_few((), 0, k, alpha)
    kept &= (a != "") & (b != "") & (a != b)
    names = tuple(dict.fromkeys([*a[kept].tolist(), *b[kept].tolist()]))
    raters = list(dict.fromkeys(pairs.rater[kept][::-1].tolist()))[::-1]  # in the order of their last comparison
    if len(names) <= k:
        return _too_few(names, len(raters), k, alpha)
    place, row = {name: n for n, name in enumerate(names)}, {name: n for n, name in enumerate(raters)}
    first, second = (np.array([place[name] for name in side[kept].tolist()]) for side in (a, b))
    of = np.array([row[name] for name in pairs.rater[kept].tolist()])
    won = np.where(pairs.winner[kept] == "", 0.0, np.where(pairs.winner[kept] == pairs.a[kept], 1.0, -1.0))
    total, count = (np.zeros((len(raters), len(names), len(names))) for _ in range(2))
    for x, y, sign in ((first, second, 1.0), (second, first, -1.0)):
        np.add.at(total, (of, x, y), sign * won)
        np.add.at(count, (of, x, y), 1.0)
    with np.errstate(invalid="ignore"):
        difference = total / count
    evidence = {(i, j): _evidence(difference[:, i, j]) for i, j in permutations(range(len(names)), 2)}
    return _decided(names, total.sum((0, 2)) / count.sum((0, 2)), evidence, len(raters), k, alpha)


def _check_rule(k: int, alpha: float) -> None:
    if k < 1 or not 0 < alpha < 0.5:
        raise InputError(f"stop rule: wanted k from 1 and alpha above 0 and below 0.5, got k {k}, alpha {alpha}")


def _needed(size: int, alpha: float) -> float:
    """Evidence that each ordered pair of systems must bring (union bound)."""
    return size * (size - 1) / alpha if size > 1 else float("inf")


def _too_few(names: tuple[str, ...], raters: int, k: int, alpha: float) -> Decision:
    note = f"{len(names)} systems have votes so far; the top {k} can be separated only from others."
    return Decision(False, names, (), 0.0, _needed(len(names), alpha), raters, k, alpha, note)


def _decided(
    systems: tuple[str, ...], level: Floats, evidence: dict[tuple[int, int], float], raters: int, k: int, alpha: float
) -> Decision:
    """The verdict, from a score of each system and the evidence that one is better than another."""
    order = np.argsort(-level, kind="stable").tolist()
    leaders, followers = order[:k], order[k:]
    weakest = min(((a, b) for a in leaders for b in followers), key=lambda pair: evidence[pair])
    names = tuple(systems[a] for a in weakest)
    needed = _needed(len(systems), alpha)
    separated = evidence[weakest] >= needed
    state = (
        "are told from the rest"
        if separated
        else f"are not yet told from the rest: {names[0]} and {names[1]} are closest"
    )
    return Decision(
        separated,
        tuple(systems[a] for a in leaders),
        names,
        evidence[weakest],
        needed,
        raters,
        k,
        alpha,
        f"After {raters} raters the top {k} {state}.",
    )


def _checked_scale(votes: Votes, scale: tuple[float, float] | None) -> tuple[float, float]:
    low, high = scale or (float(votes.score.min()), float(votes.score.max()))
    if scale is not None and not low < high:
        raise InputError(f"scale: wanted low < high, got {scale}")
    if votes.score.min() < low or votes.score.max() > high:
        raise InputError(
            f"scale: wanted all votes within {low} to {high}, got {votes.score.min()} to {votes.score.max()}"
        )
    return low, high


def _means_in_order(votes: Votes, scale: tuple[float, float]) -> Floats:
    """Mean of each rater on each system as a part of the scale, (R, S), in the order of the raters' last votes."""
    data = number(votes)
    shape = (len(data.raters), len(data.systems))
    total, count = np.zeros(shape), np.zeros(shape)
    system = data.system_of[data.stimulus_of]
    length = max(scale[1] - scale[0], 1e-12)
    np.add.at(total, (data.rater_of, system), (data.score - scale[0]) / length)
    np.add.at(count, (data.rater_of, system), 1)
    last = np.zeros(shape[0], np.int64)
    np.maximum.at(last, data.rater_of, np.arange(len(data.score)))
    with np.errstate(invalid="ignore"):
        return (total / count)[np.argsort(last, kind="stable")]


def _evidence(differences: Floats) -> float:
    """Largest value so far of the betting process against a mean of 0 or less."""
    seen = differences[np.isfinite(differences)]
    if not len(seen):
        return 1.0
    before = np.arange(len(seen))
    mean = np.append(0.0, np.cumsum(seen)[:-1]) / (before + 1)  # one vote of 0 to begin with
    square = np.append(0.0, np.cumsum(seen**2)[:-1])
    second = (square + 0.25) / (before + 1)  # and a cautious spread of half the scale
    bet = np.clip(mean / second, 0.0, LARGEST_BET)
    return float(np.exp(min(np.cumsum(np.log1p(bet * seen)).max(), 700.0)))
