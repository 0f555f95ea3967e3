"""Comparisons of two pictures as one frozen value, and as counts of wins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenechange.errors import InputError
from scenechange.ratings.analysis.votes import Floats, Ints, Known, Words


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Which of two items raters preferred, one entry per comparison.

    Parameters
    ----------
    rater, a, b : (N,) array of str
        Who compared which two items.
    winner : (N,) array of str
        The preferred one of the two; empty for a tie.
    system_a, system_b : (N,) array of str, optional
        Who made the two; empty keeps a comparison out of the leaderboard of systems.
    source : (N,) array of str, optional
        What both were made from.
    known : mapping of rater to (asked, right), optional
        Trials with a known answer, and how many of them the rater met.

    Raises
    ------
    InputError
        If lengths differ, an item meets itself, or a winner was not compared.
    """

    rater: Words
    a: Words
    b: Words
    winner: Words
    system_a: Words | None = None
    system_b: Words | None = None
    source: Words | None = None
    known: Known | None = None

    def __post_init__(self) -> None:
        for name in ("rater", "a", "b", "winner", "system_a", "system_b", "source"):
            if getattr(self, name) is None:
                continue
            column = np.array(getattr(self, name), dtype=str)
            column.flags.writeable = False
            object.__setattr__(self, name, column)
            if column.shape != self.rater.shape or column.ndim != 1:
                raise InputError(f"{name}: wanted one name for each of {len(self.rater)} pairs, got {column.shape}")
        if (self.a == self.b).any():
            raise InputError(f"{self.a[self.a == self.b][0]!r} is compared with itself; wanted two items")
        strange = (self.winner != self.a) & (self.winner != self.b) & (self.winner != "")
        if strange.any():
            raise InputError(f"winner {self.winner[strange][0]!r} is neither a nor b; wanted one of them, '' for a tie")

    def __len__(self) -> int:
        return len(self.rater)

    def keep(self, kept: NDArray[np.bool_] | Ints) -> Pairs:
        """The chosen comparisons, by mask or positions."""
        return Pairs(
            self.rater[kept],
            self.a[kept],
            self.b[kept],
            self.winner[kept],
            system_a=None if self.system_a is None else self.system_a[kept],
            system_b=None if self.system_b is None else self.system_b[kept],
            source=None if self.source is None else self.source[kept],
            known=self.known,
        )

    def without_raters(self, names: tuple[str, ...]) -> Pairs:
        """The comparisons of everyone else."""
        return self.keep(~np.isin(self.rater, np.array(names, dtype=str)))


@dataclass(frozen=True, slots=True, eq=False)
class Tournament:
    """Comparisons with items and raters as numbers.

    Parameters
    ----------
    items, raters : tuple of str
        Names in the order of first appearance.
    first, second, rater_of : (N,) array of int
        The two items and the rater of each comparison.
    won : (N,) array of float
        1 if the first was preferred, 0 if the second, 0.5 for a tie.
    """

    items: tuple[str, ...]
    raters: tuple[str, ...]
    first: Ints
    second: Ints
    rater_of: Ints
    won: Floats

    def wins(self) -> Floats:
        """How often row beat column, (K, K), ties as half a win for each."""
        counts = np.zeros((len(self.items), len(self.items)))
        np.add.at(counts, (self.first, self.second), self.won)
        np.add.at(counts, (self.second, self.first), 1 - self.won)
        return counts


def tournament(pairs: Pairs) -> Tournament:
    """The comparisons with names replaced by numbers."""
    places: dict[str, int] = {}
    both = np.stack([pairs.a, pairs.b], axis=1).ravel().tolist() if len(pairs) else []
    for name in both:
        places.setdefault(name, len(places))
    raters: dict[str, int] = {}
    for name in pairs.rater.tolist():
        raters.setdefault(name, len(raters))
    return Tournament(
        tuple(places),
        tuple(raters),
        np.array([places[name] for name in pairs.a.tolist()], np.int64),
        np.array([places[name] for name in pairs.b.tolist()], np.int64),
        np.array([raters[name] for name in pairs.rater.tolist()], np.int64),
        np.where(pairs.winner == "", 0.5, (pairs.winner == pairs.a).astype(float)),
    )


def pairs_from_wins(wins: NDArray[np.float64]) -> Pairs:
    """Comparisons of one nameless rater from a table of whole numbers of wins of row over column."""
    counts = np.asarray(wins)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or (counts < 0).any() or (counts % 1 != 0).any():
        raise InputError(f"wins: wanted a square table of whole counts, got shape {counts.shape}")
    winner, loser = np.nonzero(counts)
    repeats = counts[winner, loser].astype(int)
    a, b = np.repeat(winner, repeats).astype(str), np.repeat(loser, repeats).astype(str)
    return Pairs(np.full(len(a), "0"), a, b, a)
