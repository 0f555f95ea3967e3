"""People who are cut off, set behind a table or ledge of the scene: its far edge hides the cut."""

from __future__ import annotations

import numpy as np

from scenechange.place.cut import Cut, size_at
from scenechange.place.spot import Spot, Wish
from scenechange.types import Occluder, Scene, Subject

TOP_M = 0.8
"""Height of tables, worktops and ledges above the ground, as near as it matters: who sits or stands behind one is as
large as at the distance of its far edge."""
DEEPER = 0.02
"""How far below the far edge the cut goes, in statures: the edge is found to about that."""
LEAST_SHOWN, MOST_SHOWN = 0.35, 0.75
"""Limits on the visible part as a share of the picture's height; smaller, as behind a bed at the wall, people look like
dolls."""
LEAST_ROOM = 0.02
"""Of the picture's height, above the head."""
STEEPEST = 0.15
"""Of the cut's width: an edge that falls more across it would hide the cut at one end only."""
FEET_ABOVE = 1.09
"""Row, in heights of the picture, above which the feet are taken to be: what the frame cuts off stands before them."""
ABOVE = 0.02
"""Of the picture's height: a click that far above the far edge still means it."""
COLUMNS = (0.5, 0.4, 0.6, 0.3, 0.7)
"""Shares of the picture's width at which the middle of the cut may lie."""


def spots_behind_tops(subject: Subject, scene: Scene, wish: Wish, cut: Cut) -> list[Spot]:
    """Spots behind tops of the scene, those nearest to the middle of the picture first; mostly none."""
    tops = [occluder for occluder in scene.ground.occluders if occluder.what == "top"]
    width = scene.photo.size_hw[1]
    found = (_spot_behind(subject, scene, wish, cut, top, share * width) for top in tops for share in COLUMNS)
    return [spot for spot in found if spot is not None]


def spot_behind_top(subject: Subject, scene: Scene, wish: Wish, cut: Cut, at_xy: tuple[float, float]) -> Spot | None:
    """The spot behind a top on which `at_xy` lies, or just above whose far edge; None elsewhere."""
    height = scene.photo.size_hw[0]
    for top in (occluder for occluder in scene.ground.occluders if occluder.what == "top"):
        spot = _spot_behind(subject, scene, wish, cut, top, at_xy[0])
        if spot is not None and spot.scene_xy[1] - ABOVE * height <= at_xy[1] < height - 1:
            return spot
    return None


def _spot_behind(subject: Subject, scene: Scene, wish: Wish, cut: Cut, top: Occluder, x: float) -> Spot | None:
    """The spot at column `x`, where the far edge is whole and nearly level over the width of the cut."""
    height, width = scene.photo.size_hw
    row, size, half = _far_edge(top, x, x), 0.0, 0.0
    for _ in range(3):  # the cut is as wide as the size at its row says
        if row is None:
            return None
        there = size_at(scene.camera, (x, row[1]), TOP_M, wish.height_m)
        if there is None:
            return None
        size = there
        half = cut.width_px * size * wish.scale / subject.body.stature_px / 2
        row = _far_edge(top, x - half, x + half)
    if row is None or row[1] - row[0] > STEEPEST * 2 * half or not half <= x <= width - 1 - half:
        return None
    shown = cut.shown(subject) * size * wish.scale
    if not LEAST_SHOWN * height <= shown <= min(MOST_SHOWN * height, row[1] - LEAST_ROOM * height):
        return None
    note = "the cut edge is hidden behind a table or ledge of the scene"
    own = (cut.x, cut.y - DEEPER * subject.body.stature_px)
    below = min(TOP_M / wish.height_m, (FEET_ABOVE * height - row[1]) / (size * wish.scale))
    return Spot(own, (x, row[1]), size, False, (*cut.notes, note), cut=True, below=max(below, 0.0))


def _far_edge(top: Occluder, left: float, right: float) -> tuple[float, float] | None:
    """Highest and lowest row of the far edge between two columns; None where the top is not there throughout."""
    x0, x1 = round(left) - top.offset_xy[0], round(right) - top.offset_xy[0] + 1
    if x0 < 0 or x1 > top.mask.shape[1]:
        return None
    hides = top.mask[:, x0:x1].numpy() > 0.5
    if not hides.any(0).all():
        return None
    rows = hides.argmax(0) + top.offset_xy[1]
    return float(np.percentile(rows, 2)), float(np.percentile(rows, 98))
