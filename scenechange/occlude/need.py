"""Whether anything of a scene could stand in front of somebody: then ground is seen above something that is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scenechange.types import Ground

STANDABLE = 0.3
"""Probability from which somebody might be set on a cell; the placing method asks for as much."""
LEAST_AREA = 0.002
"""Share of the picture; less of something below the ground hides nobody that counts."""


def could_hide(ground: Ground) -> bool:
    """Whether a thing could hide a part of somebody.

    What hides feet stands nearer, so it lies below them in the picture: in its columns ground is seen above it. Where
    the ground reaches down to the picture's lower edge in every column, nothing stands in front. Where no ground is
    found at all, people are set at the lower edge, and anything may be before them.
    """
    free = ground.standable.numpy() > STANDABLE
    if free.mean() < LEAST_AREA:
        return True
    below_free = np.logical_or.accumulate(free, axis=0)
    return bool((below_free & ~free).mean() > LEAST_AREA)
