"""How far up the picture ground or water is seen for sure."""

from __future__ import annotations

import numpy as np

from scenechange.calibrate.clues import GroundEdge
from scenechange.surfaces.find import GROUND, WATER, find_surfaces

SURE = 0.9  # chance of ground or water
LEAST = 0.02  # of the picture; less is a patch
FARTHEST = 0.05  # share of the sure cells that are the far edge


def find_ground_edge(rgb: np.ndarray) -> GroundEdge | None:
    """The far edge in ``(h, w, 3)`` uint8 sRGB; None where hardly any ground is sure."""
    if min(rgb.shape[:2]) < 32 or rgb.std() < 1:
        return None
    return far_edge(find_surfaces(rgb, looks=1), rgb.shape[:2])


def far_edge(chances: np.ndarray, size_hw: tuple[int, ...]) -> GroundEdge | None:
    """The far edge in chances ``(4, rows, columns)`` of surfaces that span a picture of `size_hw`."""
    sure = chances[GROUND] + chances[WATER] > SURE
    ys, xs = np.nonzero(sure)  # from the top downward
    if len(ys) < LEAST * sure.size:
        return None
    edge = ys <= ys[max(1, round(FARTHEST * len(ys))) - 1]
    (rows, columns), (height, width), unit = sure.shape, size_hw, max(size_hw)
    x, y = (float(xs[edge].mean()) + 0.5) / columns - 0.5, (float(ys[edge].mean()) + 0.5) / rows - 0.5
    return GroundEdge((x * width / unit, y * height / unit))
