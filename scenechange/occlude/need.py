"""Whether anything of a scene could stand in front of somebody: then ground is seen above it, or on both its sides."""

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

    What hides feet stands nearer, so it lies below them in the picture: in its columns ground is seen above it, or it
    covers that ground and stands between ground to its left and its right. Where neither is so, nothing stands in
    front: what is beside a street hides nobody on it. Where no ground is found at all, people are set at the lower
    edge, and anything may be before them.
    """
    free = ground.standable.numpy() > STANDABLE
    if free.mean() < LEAST_AREA:
        return True
    ground_above = np.logical_or.accumulate(free, axis=0)
    ground_left = np.logical_or.accumulate(free, axis=1)
    ground_right = np.logical_or.accumulate(free[:, ::-1], axis=1)[:, ::-1]
    return bool(((ground_above | (ground_left & ground_right)) & ~free).mean() > LEAST_AREA)
