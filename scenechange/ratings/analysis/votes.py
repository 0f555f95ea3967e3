"""Votes on single pictures as one frozen value, and the numbering of raters and pictures that the figures share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scenechange.errors import InputError

Words = NDArray[np.str_]
Floats = NDArray[Any]  # of float64
Ints = NDArray[Any]  # of int64
Known = Mapping[str, tuple[int, int]]  # rater -> how many known answers he was asked for, and how many he met
LARGEST_SCORE = 1e9  # no scale of opinion is longer; beyond it fourth powers lose their digits


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """Scores that raters gave to pictures, one entry per vote, in the order of arrival.

    Parameters
    ----------
    rater, item, system : (N,) array of str
        Who voted, on which picture, made by which system. The thing that is judged, the *stimulus*, is the pair of item
        and system, so systems may use the same item names. An empty system keeps the picture out of the leaderboard.
    score : (N,) array of float
        The opinion, finite.
    source : (N,) array of str, optional
        The content that pictures of several systems share (one person and place). Default: the item's name.
    repetition : (N,) array of int, optional
        Tells votes of one rater on one picture apart.
    response_ms : (N,) array of float, optional
        Milliseconds from the picture shown to the vote; NaN where unknown.
    missing : int
        Rows of the file that carried no score.
    unused : tuple of str
        Columns of the file that no figure uses; their values are not kept.
    known : mapping of rater to (asked, right), optional
        Trials with a known answer, and how many of them the rater met.

    Raises
    ------
    InputError
        If lengths differ or a score is not finite.
    """

    rater: Words
    item: Words
    system: Words
    score: Floats
    source: Words | None = None
    repetition: Ints | None = None
    response_ms: Floats | None = None
    missing: int = 0
    unused: tuple[str, ...] = ()
    known: Known | None = None

    def __post_init__(self) -> None:
        kinds = {"score": float, "repetition": np.int64, "response_ms": float}
        for name in ("rater", "item", "system", "score", "source", "repetition", "response_ms"):
            value = getattr(self, name)
            if value is None:
                continue
            column = np.array(value, dtype=kinds.get(name, str))
            column.flags.writeable = False
            object.__setattr__(self, name, column)
            if column.shape != self.rater.shape or column.ndim != 1:
                raise InputError(f"{name}: wanted one value for each of {len(self.rater)} votes, got {column.shape}")
        if not (np.abs(self.score) <= LARGEST_SCORE).all():
            raise InputError(f"score: wanted finite numbers within +-{LARGEST_SCORE:g}; leave missing votes out")

    def __len__(self) -> int:
        return len(self.score)

    def keep(self, kept: NDArray[np.bool_] | Ints) -> Votes:
        """The chosen votes.

        Parameters
        ----------
        kept : (N,) array of bool, or array of int
            Which votes to keep, as a mask or as positions.
        """
        return Votes(
            self.rater[kept],
            self.item[kept],
            self.system[kept],
            self.score[kept],
            source=None if self.source is None else self.source[kept],
            repetition=None if self.repetition is None else self.repetition[kept],
            response_ms=None if self.response_ms is None else self.response_ms[kept],
            missing=self.missing,
            unused=self.unused,
            known=self.known,
        )

    def without_raters(self, names: tuple[str, ...]) -> Votes:
        """The votes of everyone else."""
        return self.keep(~np.isin(self.rater, np.array(names, dtype=str)))


def votes_from_matrix(scores: ArrayLike, system: str = "") -> Votes:
    """Votes of a table of pictures by raters.

    Parameters
    ----------
    scores : (items, raters) or (items, raters, repetitions) array of float
        NaN where there is no vote. Items are named ``"0"``, ``"1"``, ..., and raters likewise.
    system : str
        System of every item.
    """
    cube = np.asarray(scores, dtype=float)
    cube = cube[..., None] if cube.ndim == 2 else cube
    if cube.ndim != 3:
        raise InputError(f"scores: wanted items x raters (x repetitions), got shape {cube.shape}")
    item, rater, repetition = np.nonzero(np.isfinite(cube))
    return Votes(
        rater.astype(str),
        item.astype(str),
        np.full(len(item), system),
        cube[item, rater, repetition],
        repetition=repetition if cube.shape[2] > 1 else None,
        missing=int((~np.isfinite(cube)).sum()),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Numbered:
    """Votes with raters, stimuli, systems and sources as numbers, in the order of their first vote.

    Parameters
    ----------
    raters, items, systems, sources : tuple of str
        Names. `items` holds one name per stimulus; a name comes twice where two systems share it.
    rater_of, stimulus_of : (N,) array of int
        Of each vote.
    system_of, source_of : (J,) array of int
        Of each stimulus; system -1 where it has none.
    score : (N,) array of float
        The votes.
    """

    raters: tuple[str, ...]
    items: tuple[str, ...]
    systems: tuple[str, ...]
    sources: tuple[str, ...]
    rater_of: Ints
    stimulus_of: Ints
    system_of: Ints
    source_of: Ints
    score: Floats

    def mean_by_stimulus(self, value: Floats) -> Floats:
        """Mean of a per-vote value for each stimulus, (J,)."""
        return self.sum_by_stimulus(value) / self.sum_by_stimulus(np.ones_like(value))

    def sum_by_stimulus(self, value: Floats) -> Floats:
        """Sum of a per-vote value for each stimulus, (J,)."""
        return np.bincount(self.stimulus_of, weights=value, minlength=len(self.items))

    def mean_by_rater(self, value: Floats) -> Floats:
        """Mean of a per-vote value for each rater, (R,)."""
        return self.sum_by_rater(value) / self.sum_by_rater(np.ones_like(value))

    def sum_by_rater(self, value: Floats) -> Floats:
        """Sum of a per-vote value for each rater, (R,)."""
        return np.bincount(self.rater_of, weights=value, minlength=len(self.raters))


def number(votes: Votes) -> Numbered:
    """The votes with names replaced by numbers."""
    raters, rater_of = _numbered(votes.rater)
    items, item_of = _numbered(votes.item)
    systems, system_of = _numbered(votes.system)
    sources, source_of = _numbered(votes.item if votes.source is None else votes.source)
    pair = item_of * max(len(systems), 1) + system_of
    stimuli, stimulus_of = _numbered(pair)
    first = np.zeros(len(stimuli), np.int64)
    first[stimulus_of[::-1]] = np.arange(len(pair))[::-1]
    named = np.array([name != "" for name in systems], dtype=bool)
    renumbered = np.where(named, np.cumsum(named) - 1, -1) if len(systems) else np.empty(0, np.int64)
    return Numbered(
        tuple(raters.tolist()),
        tuple(items[item_of[first]].tolist()),
        tuple(name for name in systems.tolist() if name),
        tuple(sources.tolist()),
        rater_of,
        stimulus_of,
        renumbered[system_of[first]].astype(np.int64),
        source_of[first],
        votes.score,
    )


def _numbered(names: NDArray[np.generic]) -> tuple[NDArray[np.generic], Ints]:
    """Distinct names in the order of first appearance, and the number of each entry."""
    distinct, first, inverse = np.unique(names, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return distinct[order], rank[inverse.reshape(-1)]


def connected_groups(data: Numbered) -> Ints:
    """Which island each rater lives on: raters of one island are linked by pictures in common.

    Returns
    -------
    (R,) array of int
        0 for the island of the first rater, then 1, 2, ... .

    Notes
    -----
    Between islands a bias cannot be told from a difference of the pictures.
    """
    label = np.arange(len(data.raters))
    while True:
        of_stimulus = np.full(len(data.items), len(label))
        np.minimum.at(of_stimulus, data.stimulus_of, label[data.rater_of])
        lowered = label.copy()
        np.minimum.at(lowered, data.rater_of, of_stimulus[data.stimulus_of])
        if (lowered == label).all():
            return _numbered(label)[1]
        label = lowered
