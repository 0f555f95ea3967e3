"""Tables, beds and ledges that reach below the frame: who is cut off is set behind their far edge.

The network for surfaces (`scenechange.surfaces`) knows them. Only those that the frame's lower edge cuts are taken:
they are nearer than all ground that is seen, so they hide whoever stands on it, and nobody can stand before them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenechange.math.image import fit_within
from scenechange.occlude.things import CUT_OFF, Thing
from scenechange.surfaces.find import TOP, surfaces_of

if TYPE_CHECKING:
    from scenechange.types import Photo

MAP_PX = 384
"""Longer edge of the map."""
NOT_TOP, TOP_FOR_SURE = 0.3, 0.6
"""Chances from which a cell begins to hide and hides wholly: the far edge lies at about a half."""
LEAST_WIDE = 0.3
"""Of the picture's width; less hides nobody's cut."""
LEAST_AT_EDGE = 0.2
"""Share of the lower edge of the picture that belongs to it."""


def find_top(photo: Photo) -> Thing | None:
    """The largest top that the frame's lower edge cuts; None where there is none."""
    return top_in(surfaces_of(photo)[TOP], photo.size_hw)


def top_in(chance: np.ndarray, size_hw: tuple[int, int]) -> Thing | None:
    """The top in a map ``(rows, columns)`` of the chance of one, which spans a picture of `size_hw`."""
    import cv2

    rows, columns = fit_within(size_hw, MAP_PX)
    fine = cv2.resize(chance, (columns, rows), interpolation=cv2.INTER_LINEAR)
    hides = ((fine - NOT_TOP) / (TOP_FOR_SURE - NOT_TOP)).clip(0, 1).astype(np.float32)
    count, parts = cv2.connectedComponents((hides > 0.5).astype(np.uint8), connectivity=4)
    if count < 2:
        return None
    largest = 1 + int(np.argmax(np.bincount(parts.ravel(), minlength=count)[1:]))
    inside = parts == largest
    if inside.any(0).mean() < LEAST_WIDE or inside[-max(1, rows // 50) :].any(0).mean() < LEAST_AT_EDGE:
        return None
    # What lies below the far edge is hidden too: plates and vases on the table are no holes in it.
    solid = np.where(inside, hides, 0)
    solid = np.maximum.accumulate(solid, axis=0)
    ys, xs = np.nonzero(solid > 0)
    top, left, right = int(ys.min()), int(xs.min()), int(xs.max()) + 1
    scale = size_hw[1] / columns, size_hw[0] / rows
    base_y = CUT_OFF * size_hw[0]
    base = left * scale[0], base_y, right * scale[0], base_y
    return Thing(solid[top:, left:right], (left, top), scale, base)
