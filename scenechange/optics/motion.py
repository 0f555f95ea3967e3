"""Blur by a moving camera: edges across one direction wider than all others, everywhere alike."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenechange.math.image import channels_rows_cols, rows_cols_channels
from scenechange.optics.sharpness import straight
from scenechange.optics.tiles import Tile

if TYPE_CHECKING:
    from torch import Tensor

BINS = 8
"""Directions of gradients, 22.5 degrees each."""
RE_BLUR, FAR_RE_BLUR = 2.0, 4.0
"""Second blur whose effect tells the first, pixels: to find a streak, and to measure its length."""
LEAST_EDGES, LEAST_TILES = 40, 4
LEAST_RATIO, LEAST_EXCESS_PX = 1.8, 1.3
"""Widest edges over narrowest, and the difference of their widths in quadrature; below, buildings do the same."""
KNOWN_PX, MEASURED_PX, PER_PX, SHORTEST_PX = 6.0, 5.7, 2.0, 3.0
"""Streaks of 6 pixels are measured as 5.7, and longer ones too short, because the edges that they leave strong enough
to be measured are the narrow ones. From made streaks of 6 to 24 pixels in 8 photos; the true slope, 3, is not taken
whole, since the measure scatters by 1.5 pixels."""
LEAST_AGREE = 0.75
"""Share of the tiles whose widest edges lie within 34 degrees of the picture's."""
PRE_BLUR, LEAST_STEP = 0.7, 0.008


@dataclass(frozen=True, slots=True)
class Streak:
    """A straight streak: `length_px`, and its direction, 0 to the right, 90 down, modulo 180."""

    length_px: float
    angle_deg: float


def measure_streak(tiles: list[Tile]) -> Streak | None:
    """The streak into which a moving camera drew every point; None where that is not clear.

    A streak of length L widens edges across it by a variance of ``L^2 / 12`` and leaves those along it as they are.
    """
    edges = [_edges(tile, RE_BLUR) for tile in tiles]
    if not edges:
        return None
    whole = _by_direction(np.concatenate(edges))
    if np.isnan(whole).any():
        return None
    widest, narrowest = int(whole.argmax()), int(whole.argmin())
    excess = math.sqrt(max(float(whole[widest] ** 2 - whole[narrowest] ** 2), 0.0))
    if whole[widest] < LEAST_RATIO * whole[narrowest] or excess < LEAST_EXCESS_PX:
        return None
    if _apart(widest, narrowest) < BINS // 2 - 1:
        return None
    own = [_by_direction(e) for e in edges if len(e) >= LEAST_EDGES]
    told = [w for w in own if not np.isnan(w[[widest, narrowest]]).any()]
    agree = [np.nanargmax(w) for w in told]
    near = sum(_apart(int(k), widest) <= 1 for k in agree)
    if len(told) < LEAST_TILES or near < LEAST_AGREE * len(told):
        return None
    far = _by_direction(np.concatenate([_edges(tile, FAR_RE_BLUR) for tile in tiles]))
    if not np.isnan(far[[widest, narrowest]]).any():
        excess = math.sqrt(max(float(far[widest] ** 2 - far[narrowest] ** 2), 0.0))
    length_px = KNOWN_PX + PER_PX * (excess * math.sqrt(12) - MEASURED_PX)
    return Streak(max(length_px, SHORTEST_PX), _middle(whole, widest) * 180 / BINS)


def _apart(a: int, b: int) -> int:
    return min((a - b) % BINS, (b - a) % BINS)


def _middle(widths: np.ndarray, at: int) -> float:
    """Bin of the maximum of a parabola through a bin and its neighbours."""
    left, top, right = (float(widths[(at + d) % BINS]) for d in (-1, 0, 1))
    bend = left - 2 * top + right
    return (at + (0.5 * (left - right) / bend if bend < 0 else 0.0)) % BINS


def _edges(tile: Tile, re_blur: float) -> np.ndarray:
    """``(N, 2)`` direction of the gradient in bins and width in pixels at the crests of a tile."""
    import cv2

    once = cv2.GaussianBlur(tile.root, (0, 0), PRE_BLUR, borderType=cv2.BORDER_REPLICATE)
    twice = cv2.GaussianBlur(once, (0, 0), re_blur, borderType=cv2.BORDER_REPLICATE)
    (gy, gx), (fy, fx) = np.gradient(once), np.gradient(twice)
    strength, after = np.hypot(gx, gy), np.hypot(fx, fy)
    smooth = cv2.GaussianBlur(strength.astype(np.float32), (0, 0), 0.7)
    ux, uy = gx / np.maximum(strength, 1e-6), gy / np.maximum(strength, 1e-6)
    h, w = strength.shape
    y, x = np.nonzero((strength > LEAST_STEP) & tile.usable)
    inside = (x > 4) & (y > 4) & (x < w - 5) & (y < h - 5)
    y, x = y[inside], x[inside]
    ahead = smooth[np.rint(y + uy[y, x]).astype(int), np.rint(x + ux[y, x]).astype(int)]
    behind = smooth[np.rint(y - uy[y, x]).astype(int), np.rint(x - ux[y, x]).astype(int)]
    crest = (smooth[y, x] >= ahead) & (smooth[y, x] >= behind)
    y, x = y[crest], x[crest]
    ratio = strength[y, x] / np.maximum(after[y, x], 1e-6)
    good = ratio > 1.005
    width = np.sqrt(re_blur**2 / (ratio[good] ** 2 - 1))
    angle = np.arctan2(gy[y, x], gx[y, x])[good] % math.pi
    return np.stack([np.rint(angle / math.pi * BINS) % BINS, width], axis=1)


def _by_direction(edges: np.ndarray) -> np.ndarray:
    """``(BINS,)`` width of edges by direction of their gradient; NaN where there are too few."""
    out = np.full(BINS, np.nan)
    for k in range(BINS):
        own = edges[edges[:, 0] == k, 1]
        if len(own) >= LEAST_EDGES // 4:
            out[k] = np.quantile(own, 0.3)
    return out


def streaked(foreground: Tensor, alpha: Tensor, streak: Streak, open_sides: tuple[bool, ...]) -> tuple[Tensor, Tensor]:
    """Straight colour and alpha after the premultiplied layer was drawn along a streak, in linear light.

    `open_sides` (left, top, right, bottom) are edges of the scene, beyond which the person goes on.
    """
    import cv2

    kernel = _line(streak)
    radius = kernel.shape[0] // 2
    pixels = np.concatenate([rows_cols_channels(foreground * alpha), rows_cols_channels(alpha)], axis=2)
    left, top, right, bottom = (radius * is_open for is_open in open_sides)
    pixels = cv2.copyMakeBorder(pixels, top, bottom, left, right, cv2.BORDER_REPLICATE)
    pixels = cv2.filter2D(pixels, -1, kernel, borderType=cv2.BORDER_CONSTANT)
    h, w = pixels.shape[:2]
    out = channels_rows_cols(pixels[top : h - bottom, left : w - right])
    return straight(out)


def _line(streak: Streak) -> np.ndarray:
    """``(n, n)`` kernel of a streak, n odd; adds up to 1."""
    radius = math.ceil(streak.length_px / 2) + 1
    kernel = np.zeros((2 * radius + 1, 2 * radius + 1), np.float32)
    angle = math.radians(streak.angle_deg)
    along = np.linspace(-streak.length_px / 2, streak.length_px / 2, 16 * radius)
    x, y = radius + along * math.cos(angle), radius + along * math.sin(angle)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    for dy in (0, 1):
        for dx in (0, 1):
            np.add.at(kernel, (top + dy, left + dx), (1 - abs(x - left - dx)) * (1 - abs(y - top - dy)))
    return kernel / kernel.sum()
