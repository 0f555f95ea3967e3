"""JPEG's 8 x 8 blocks: how coarsely the scene was compressed, measured on its pixels, and the same for the person.

The tables are read off the pixels rather than the file's header: what counts is the last compression at the scene's
own size, and a header says nothing of it once the photo was enlarged, or saved again as PNG.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from scenechange.math.colour import linear_from_srgb, srgb_from_linear, srgb_of
from scenechange.types import size_hw

if TYPE_CHECKING:
    from torch import Tensor

    from scenechange.math.image import Box
    from scenechange.types import Layers

SIDE = 8
LUMA_TABLE = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ],
    np.float32,
)
CHROMA_TABLE = np.full((SIDE, SIDE), 99, np.float32)
CHROMA_TABLE[:4, :4] = [[17, 18, 24, 47], [18, 21, 26, 66], [24, 26, 56, 99], [47, 66, 99, 99]]
YCC_FROM_RGB = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]], np.float32)
RGB_FROM_YCC = np.linalg.inv(YCC_FROM_RGB).astype(np.float32)
_K = np.arange(SIDE)
DCT = (np.sqrt(np.where(_K == 0, 1, 2) / SIDE)[:, None] * np.cos((2 * _K + 1) * _K[:, None] * math.pi / 16)).astype(
    np.float32
)
LOW = [(u, v) for u in range(4) for v in range(4) if 0 < u + v < 5]
"""Coefficients whose steps are measured: the coarser ones are mostly 0."""
TILES_ACROSS, TILE = 4, 160
LEAST_COUNT, LEAST_KNOWN = 25, 4
"""Values that are not 0 from which a step is told, and coefficients whose step must be told."""
NARROW, LEAST_FIT = 0.18, 0.85
"""Values within this share of a step from one of its multiples, and how many must be; of any values 36 % are."""
LEAST_STEP_SIZE = 3
"""Finer steps drown in the rounding of the decoded pixels."""


@dataclass(frozen=True, slots=True)
class Compression:
    """How a scene was compressed.

    Attributes
    ----------
    scale : float
        Factor on the tables of ITU-T T.81, annex K: 1 is quality 50 of the common encoders, 0.5 quality 75.
    corner_xy : (int, int)
        Where the grid of blocks begins, in pixels, 0 to 7.
    """

    scale: float
    corner_xy: tuple[int, int]

    @property
    def quality(self) -> float:
        """Quality from 1 to 100 as the encoder of the Independent JPEG Group counts it."""
        return 100 - 50 * self.scale if self.scale <= 1 else 50 / self.scale


def measure_compression(rgb: Tensor) -> Compression | None:
    """How the linear picture ``(3, H, W)`` was last compressed; None where that left no trace or is too fine to tell.

    The discrete cosine transform of a decompressed block has its values near multiples of the step of its quantiser.
    Each step is taken as the largest that nearly all values are multiples of; the table is the standard's, scaled by
    the median of the steps found. Tried for the grid from each corner of the picture: a turned photo keeps its blocks.

    References
    ----------
    Z. Fan, R. de Queiroz, Identification of bitmap compression history, IEEE TIP 12 (2003).
    """
    h, w = rgb.shape[1:]
    corners = sorted({(x, y) for x in (0, w % SIDE) for y in (0, h % SIDE)})
    for corner in corners:
        values = _coefficients(rgb, corner)
        if values is None:
            continue
        steps = {uv: _step(values[:, uv[0], uv[1]]) for uv in LOW}
        known = [step / LUMA_TABLE[uv] for uv, step in steps.items() if step is not None]
        if len(known) >= LEAST_KNOWN:
            return Compression(float(np.median(known)), corner)
    return None


def _coefficients(rgb: Tensor, corner: tuple[int, int]) -> np.ndarray | None:
    """``(N, 8, 8)`` transforms of the luma of blocks, spread over the picture; clipped blocks are left out."""
    h, w = rgb.shape[1:]
    found = []
    columns, rows = (max(1, min(TILES_ACROSS, (n - c) // TILE)) for n, c in ((w, corner[0]), (h, corner[1])))
    for j in range(rows):
        for i in range(columns):
            x, y = (
                c + (max(0, n - c - TILE) * k // max(1, m - 1)) // SIDE * SIDE
                for n, c, k, m in ((w, corner[0], i, columns), (h, corner[1], j, rows))
            )
            part = rgb[:, y : min(y + TILE, h), x : min(x + TILE, w)].numpy()
            levels = 255 * srgb_of(part[:, : part.shape[1] // SIDE * SIDE, : part.shape[2] // SIDE * SIDE])
            blocks = _blocked(np.tensordot(YCC_FROM_RGB[0], levels, 1) - 128)
            inside = _blocked(np.asarray(((levels > 1) & (levels < 254)).all(0))).all((1, 2))
            found.append(DCT @ blocks[inside] @ DCT.T)
    values = np.concatenate(found) if found else np.zeros((0, SIDE, SIDE))
    return values if len(values) >= 4 * LEAST_COUNT else None


def _blocked(plane: np.ndarray) -> np.ndarray:
    """``(N, 8, 8)`` blocks of a plane whose sides are multiples of 8."""
    rows, columns = plane.shape[0] // SIDE, plane.shape[1] // SIDE
    return plane.reshape(rows, SIDE, columns, SIDE).swapaxes(1, 2).reshape(-1, SIDE, SIDE)


def _step(values: np.ndarray) -> int | None:
    """Largest step of which nearly all values are multiples; None where too few are not 0, or none is found."""
    sizes = np.abs(values)
    best: tuple[float, int] | None = None
    for step in range(min(120, int(sizes.max(initial=0.0) / 0.8)), LEAST_STEP_SIZE - 1, -1):
        away = np.abs(sizes / step - np.rint(sizes / step))
        filled = sizes > (1 - NARROW) * step
        # A step too large has its values between 0 and 1: those must be rare, and enough must lie at 1 and beyond.
        between = (sizes > NARROW * step) & (away > NARROW)
        fits = filled.sum() >= LEAST_COUNT and between.sum() < (1 - LEAST_FIT) * (filled | between).sum()
        if not fits and best is not None:
            break
        if fits:  # its neighbours fit nearly as well
            residue = float(away[filled].mean()) * step
            best = min(best, (residue, step)) if best is not None else (residue, step)
    return None if best is None else best[1]


def compressed(rgb: Tensor, compression: Compression) -> Tensor:
    """Linear ``(3, h, w)``, its top left pixel on the corner of a block, as that compression leaves it.

    Colour is kept at half resolution, as most encoders do; nothing is rounded to 8 bits.
    """
    import cv2
    import torch

    _, h, w = rgb.shape
    pad_h, pad_w = -h % (2 * SIDE), -w % (2 * SIDE)
    levels = 255 * srgb_from_linear(torch.nn.functional.pad(rgb[None], (0, pad_w, 0, pad_h), mode="replicate")[0])
    planes = np.tensordot(YCC_FROM_RGB, levels.numpy(), 1)
    planes[0] -= 128
    size = (planes.shape[2], planes.shape[1])
    luma = _quantised(planes[0], np.maximum(np.rint(LUMA_TABLE * compression.scale), 1))
    table = np.maximum(np.rint(CHROMA_TABLE * compression.scale), 1)
    half = (size[0] // 2, size[1] // 2)
    colour = [_quantised(cv2.resize(p, half, interpolation=cv2.INTER_AREA), table) for p in planes[1:]]
    planes = np.stack([luma + 128, *(cv2.resize(p, size, interpolation=cv2.INTER_LINEAR) for p in colour)])
    out = torch.from_numpy(np.tensordot(RGB_FROM_YCC, planes, 1)[:, :h, :w]).div(255).clamp_(0, 1)
    return linear_from_srgb(out)


def _quantised(plane: np.ndarray, table: np.ndarray) -> np.ndarray:
    """A plane whose sides are multiples of 8 after its blocks' transforms were rounded to steps of a table."""
    h, w = plane.shape
    rows = (DCT @ plane.reshape(h // SIDE, SIDE, w)).reshape(h, w // SIDE, SIDE) @ DCT.T
    steps = np.tile(table, (h // SIDE, 1))[:, None]
    rows = (np.rint(rows / steps) * steps) @ DCT
    return (DCT.T @ rows.reshape(h // SIDE, SIDE, w)).reshape(h, w).astype(np.float32)


def with_blocks(layers: Layers, box_xyxy: Box, compression: Compression) -> Layers:
    """The person, within a box of the window, as in a picture that was compressed after they came in.

    Person and scene are compressed together on the scene's grid, and the person takes over the difference that this
    makes: with their opacity it fades out at their edge.
    """
    left, top = layers.window_xyxy[:2]
    inside = box_xyxy[0] + left, box_xyxy[1] + top, box_xyxy[2] + left, box_xyxy[3] + top
    x0, y0, x1, y1 = _on_grid(inside, compression, size_hw(layers.background))
    picture = layers.background[:, y0:y1, x0:x1].clone()
    # Blocks may begin before the picture's corner does, and a window may begin before the first block.
    a, b, c, d = max(x0, inside[0]), max(y0, inside[1]), min(x1, inside[2]), min(y1, inside[3])
    theirs = (slice(None), slice(b - top, d - top), slice(a - left, c - left))
    part = (slice(None), slice(b - y0, d - y0), slice(a - x0, c - x0))
    alpha = layers.alpha[theirs]
    picture[part] = alpha * layers.foreground[theirs] + (1 - alpha) * picture[part]
    change = compressed(picture, compression) - picture
    foreground = layers.foreground.clone()
    foreground[theirs] = (foreground[theirs] + change[part] * (alpha > 0)).clamp_(0, 1)
    return replace(layers, foreground=foreground)


def _on_grid(box_xyxy: Box, compression: Compression, size_hw: tuple[int, int]) -> Box:
    """The smallest box of whole pairs of blocks about a box of the scene, cut at the picture's right and lower edge."""
    x0, y0, x1, y1 = box_xyxy
    cx, cy = compression.corner_xy
    side = 2 * SIDE
    left, top = max(cx, cx + (x0 - cx) // side * side), max(cy, cy + (y0 - cy) // side * side)
    right, bottom = cx - (cx - x1) // side * side, cy - (cy - y1) // side * side
    return left, top, min(right, size_hw[1]), min(bottom, size_hw[0])
