"""Samples of a layer to measure sharpness and grain on: a few square tiles, so that any size of picture costs the same.

Values are square roots of linear luminance. In this scale photon noise has the same spread at all levels (Anscombe,
Biometrika 35 (1948)), and it is close to what the eye and the files' sRGB curve see.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenechange.math.colour import LUMA

if TYPE_CHECKING:
    from torch import Tensor

    from scenechange.math.image import Box
    from scenechange.types import Layers

SIDE = 160
"""Side of a tile in pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """Square root of luminance ``(h, w)`` and where it may be measured ``(h, w)`` bool."""

    root: np.ndarray
    usable: np.ndarray


def scene_tiles(layers: Layers, box_xyxy: Box, count: int) -> list[Tile]:
    """At most `count` tiles of the scene, spread over a box that lies inside it."""
    return picture_tiles(layers.background, box_xyxy, count)


def picture_tiles(rgb: Tensor, box_xyxy: Box, count: int) -> list[Tile]:
    """The same of a picture ``(3, H, W)``."""
    tiles = []
    for x0, y0, x1, y1 in spread_boxes(box_xyxy, count):
        root = _root(rgb[:, y0:y1, x0:x1])
        tiles.append(Tile(root, np.ones(root.shape, bool)))
    return tiles


def beside_tiles(layers: Layers, box_xyxy: Box, count: int) -> list[Tile]:
    """At most `count` tiles of a finished picture, spread over a box inside it; usable clear of the person."""
    import cv2
    import torch

    left, top, right, bottom = layers.window_xyxy
    tiles = []
    for x0, y0, x1, y1 in spread_boxes(box_xyxy, count):
        clear = np.ones((y1 - y0, x1 - x0), np.uint8)
        a0, b0, a1, b1 = max(x0, left), max(y0, top), min(x1, right), min(y1, bottom)
        if a0 < a1 and b0 < b1:
            outside = layers.alpha[0, b0 - top : b1 - top, a0 - left : a1 - left] < 0.005
            clear[b0 - y0 : b1 - y0, a0 - x0 : a1 - x0] = outside.to(torch.uint8).numpy()
        usable = cv2.erode(clear, np.ones((9, 9), np.uint8), borderType=cv2.BORDER_REPLICATE) > 0
        if usable.any():
            tiles.append(Tile(_root(layers.background[:, y0:y1, x0:x1]), usable))
    return tiles


def person_tiles(layers: Layers, box_xyxy: Box, count: int) -> list[Tile]:
    """At most `count` tiles of the person, spread over a box of the window; usable well inside the silhouette."""
    tiles = []
    for x0, y0, x1, y1 in spread_boxes(box_xyxy, count):
        usable = _inside(layers.alpha[0, y0:y1, x0:x1])
        if usable.any():
            tiles.append(Tile(_root(layers.foreground[:, y0:y1, x0:x1]), usable))
    return tiles


def solid(layers: Layers) -> np.ndarray:
    """``(h, w)`` bool over the window: well inside the silhouette."""
    return _inside(layers.alpha[0])


def _inside(alpha: Tensor) -> np.ndarray:
    import cv2

    opaque = (alpha.numpy() > 0.995).astype(np.uint8)
    # The frame of the window is no edge of the person; the soft outline and what it was mixed from are.
    return np.asarray(cv2.erode(opaque, np.ones((9, 9), np.uint8), borderType=cv2.BORDER_REPLICATE) > 0)


def _root(rgb: Tensor) -> np.ndarray:
    luminance = np.tensordot(np.array(LUMA, np.float32), rgb.numpy(), 1)
    return np.sqrt(np.maximum(luminance, 0), dtype=np.float32)


def spread_boxes(box_xyxy: Box, count: int) -> list[Box]:
    """Boxes of at most `SIDE` pixels, evenly over a box: all of it where it is small."""
    x0, y0, x1, y1 = box_xyxy
    columns, rows = -(-(x1 - x0) // SIDE), -(-(y1 - y0) // SIDE)
    if columns * rows > count:
        shrink = (count / (columns * rows)) ** 0.5
        columns = min(max(1, round(columns * shrink)), count)
        rows = max(1, min(rows, count // columns))
    lefts, tops = _starts(x0, x1, columns), _starts(y0, y1, rows)
    return [(x, y, min(x + SIDE, x1), min(y + SIDE, y1)) for y in tops for x in lefts]


def _starts(low: int, high: int, count: int) -> list[int]:
    """Where `count` tiles begin; a single one lies in the middle."""
    last = max(high - SIDE, low)
    if count == 1:
        return [(low + last) // 2]
    return [low + (last - low) * i // (count - 1) for i in range(count)]
