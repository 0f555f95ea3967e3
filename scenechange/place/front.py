"""What of the scene stands in front of the person: whatever meets the ground nearer to the camera than the feet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from scenechange.place.surroundings import is_nearer
from scenechange.types import Occluder, size_hw

if TYPE_CHECKING:
    from torch import Tensor

    from scenechange.math.image import Box

SHADOW_REACH = 1.0
"""How far beside the person the window covers things in front, in statures, so that no shadow falls on them."""
HIDES = 0.95
"""Share of a cut edge that must be hidden: the rest are soft pixels."""


def in_front(occluders: Sequence[Occluder], foot_xy: tuple[float, float]) -> tuple[Occluder, ...]:
    """Those that stand in front of somebody whose feet are at `foot_xy` (also below the picture)."""
    foot = np.array([foot_xy])
    return tuple(occluder for occluder in occluders if bool(is_nearer(occluder, foot)[0]))


def visible(occluders: Sequence[Occluder], window: Box) -> Tensor:
    """``(1, h, w)`` 1 where nothing of `occluders` hides the window, 0 where something does."""
    import torch

    x0, y0, x1, y1 = window
    out = torch.ones(1, y1 - y0, x1 - x0)
    for occluder in occluders:
        (ox, oy), (h, w) = occluder.offset_xy, size_hw(occluder.mask)
        left, top, right, bottom = max(x0, ox), max(y0, oy), min(x1, ox + w), min(y1, oy + h)
        if left < right and top < bottom:
            part = occluder.mask[top - oy : bottom - oy, left - ox : right - ox]
            out[0, top - y0 : bottom - y0, left - x0 : right - x0] *= 1 - part
    return out


def with_things(window: Box, occluders: Sequence[Occluder], stature_px: float, scene_hw: tuple[int, int]) -> Box:
    """The window, larger where things in front lie beside the person, where a shadow could fall."""
    reach = SHADOW_REACH * stature_px
    x0, y0, x1, y1 = window
    near = x0 - reach, y0, x1 + reach, y1 + reach / 2
    for occluder in occluders:
        (ox, oy), (h, w) = occluder.offset_xy, size_hw(occluder.mask)
        part = max(near[0], ox), max(near[1], oy), min(near[2], ox + w), min(near[3], oy + h)
        if part[0] < part[2] and part[1] < part[3]:
            x0, y0 = min(x0, int(part[0])), min(y0, int(part[1]))
            x1, y1 = max(x1, int(part[2]) + 1), max(y1, int(part[3]) + 1)
    return max(x0, 0), max(y0, 0), min(x1, scene_hw[1]), min(y1, scene_hw[0])


def covers(
    occluders: Sequence[Occluder], columns: tuple[float, float], row: float, foot_xy: tuple[float, float]
) -> bool:
    """Whether things in front of `foot_xy` hide the pixels of a row between two columns."""
    window = round(columns[0]), round(row), max(round(columns[1]), round(columns[0]) + 1), round(row) + 1
    seen = visible(in_front(occluders, foot_xy), window)
    return float((seen < 0.5).float().mean()) >= HIDES
