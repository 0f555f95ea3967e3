"""Sets for best-worst trials: every item equally often, and every two items as equally often together as can be."""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations, permutations
from math import comb

import numpy as np

_LOOKED_AT = 3000  # initial blocks tried; all of them up to 27 items in sets of four
_PASSES = 2  # times each block is chosen; more changed nothing in eight designs of 9 to 120 items


@lru_cache(maxsize=256)
def balanced_sets(items: int, size: int) -> tuple[tuple[int, ...], ...]:
    """A cyclic incomplete block design.

    Initial blocks are turned through all items, so that each item comes equally often. They are chosen one after the
    other so that the differences within them, and with them the meetings of two items, are as even as can be; there
    are as many as it takes to let every two items meet, if the differences allow. Where a perfect difference set
    exists, as for 7 items in sets of 3 or 13 in sets of 4, every two items meet exactly once.

    Parameters
    ----------
    items : int
        Items of one source, at least `size`.
    size : int
        Items in a set, at least 2.

    Returns
    -------
    tuple of tuple of int
        Sets of places 0 to items-1, each ascending; all sets differ.

    References
    ----------
    J. A. John and E. R. Williams, "Cyclic and Computer Generated Designs", Chapman and Hall 1995, chapter 3.
    """
    if items == size:
        return (tuple(range(size)),)
    candidates = _initial_blocks(items, size)
    differences = _differences(candidates, items)
    wanted = min(-(-(items - 1) // (size * (size - 1))), len(candidates))
    chosen: list[int] = []
    for _ in range(wanted * _PASSES):
        if len(chosen) == wanted:
            del chosen[0]  # the oldest is chosen anew, given the others
        chosen.append(_evenest(differences, chosen))
    turned = (candidates[chosen][:, None, :] + np.arange(items)[:, None]) % items
    return tuple(sorted(tuple(block) for block in np.sort(turned.reshape(-1, size)).tolist()))


def _evenest(differences: np.ndarray, chosen: list[int]) -> int:
    """The initial block that, added to those chosen, makes meetings most even: the least sum of squares."""
    cost = ((differences + differences[chosen].sum(axis=0))[:, 1:] ** 2).sum(axis=1)
    cost[chosen] = np.iinfo(cost.dtype).max
    return int(np.argmin(cost))


def _initial_blocks(items: int, size: int) -> np.ndarray:
    """Sets (n, size) that contain 0, of which no two turn into each other and none into itself."""
    if comb(items - 1, size - 1) <= _LOOKED_AT:
        rest = np.array(list(combinations(range(1, items), size - 1)))
    else:
        rest = 1 + np.argsort(np.random.default_rng(0).random((_LOOKED_AT, items - 1)), axis=1)[:, : size - 1]
    blocks = np.hstack([np.zeros((len(rest), 1), int), rest])
    base = items ** np.arange(size)
    turns = np.sort((blocks[:, None, :] - blocks[:, :, None]) % items, axis=2) @ base  # each member turned to 0
    repeats = (np.diff(np.sort(turns, axis=1), axis=1) == 0).any(axis=1)
    first = np.unique(turns.min(axis=1), return_index=True)[1]
    return blocks[np.sort(first[~repeats[first]])]


def _differences(blocks: np.ndarray, items: int) -> np.ndarray:
    """How often each difference 0 to items-1 comes between two members of each block, both ways round: (n, items)."""
    count = np.zeros((len(blocks), items), int)
    for one, other in permutations(range(blocks.shape[1]), 2):
        count[np.arange(len(blocks)), (blocks[:, one] - blocks[:, other]) % items] += 1
    return count
