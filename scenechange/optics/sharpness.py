"""How sharp a layer is, from the width of its edges, and a blur or a mild sharpening of the person to match."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from scenechange.math.image import channels_rows_cols, rows_cols_channels
from scenechange.optics.tiles import Tile

if TYPE_CHECKING:
    from torch import Tensor

PRE_BLUR, RE_BLUR = 0.7, 1.2
"""Blur against noise before gradients are taken, and the second blur whose effect tells the first; pixels."""
LEAST_EDGES = 60
"""Fewer edge pixels than this say nothing."""
OVERSHOOT = 0.05
"""Most a sharpening may change a root value: halos stay invisible."""
LEAST_STEP = 0.012
"""Gradients below this (root luminance per pixel) are shading or texture."""


def edge_blur_px(tiles: list[Tile], noise: float) -> float | None:
    """Blur at the strong edges: standard deviation in pixels; None where edges are too few.

    Blurring an edge of width s once more with s0 lowers its gradient to ``s / sqrt(s^2 + s0^2)`` of the former, so the
    ratio R of the two gradients gives ``s = s0 / sqrt(R^2 - 1)``. The 40th percentile over edges, because soft shading
    looks like a wide edge in perfect focus too. The measurement's own blur is left in: it drops out of the difference
    in quadrature of two such numbers, which is what they are for.

    Parameters
    ----------
    tiles : list of Tile
        Where to measure.
    noise : float
        Standard deviation of the noise in root luminance; edges must stand out of it.

    References
    ----------
    S. Zhuo, T. Sim, Defocus map estimation from a single image, Pattern Recognition 44 (2011), eq. 4-6.
    """
    widths = [_widths(tile, max(LEAST_STEP, 4 * noise)) for tile in tiles]
    all_widths = np.concatenate(widths) if widths else np.zeros(0)
    if len(all_widths) < LEAST_EDGES:
        return None
    return float(np.quantile(all_widths, 0.4))


def _widths(tile: Tile, least_step: float) -> np.ndarray:
    """``(N,)`` blur in pixels at the crests of the strongest edges of a tile."""
    import cv2

    once = cv2.GaussianBlur(tile.root, (0, 0), PRE_BLUR, borderType=cv2.BORDER_REPLICATE)
    twice = cv2.GaussianBlur(once, (0, 0), RE_BLUR, borderType=cv2.BORDER_REPLICATE)
    (gx, gy), (fx, fy) = _gradient(once), _gradient(twice)
    strength, after = cv2.magnitude(gx, gy), cv2.magnitude(fx, fy)
    crest = _crests(strength, np.abs(gx) >= np.abs(gy)) & (strength > least_step)
    crest &= tile.usable
    crest[:3], crest[-3:], crest[:, :3], crest[:, -3:] = False, False, False, False
    ratio = strength[crest] / np.maximum(after[crest], 1e-6)
    strong = (ratio > 1.01) & (strength[crest] >= np.quantile(strength[crest], 0.5) if crest.any() else False)
    squared = RE_BLUR**2 / (ratio[strong] ** 2 - 1)
    return np.sqrt(squared)


def _gradient(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Central differences along x and y, per pixel; 0 at the frame."""
    gx, gy = np.zeros_like(image), np.zeros_like(image)
    gx[:, 1:-1] = (image[:, 2:] - image[:, :-2]) / 2
    gy[1:-1] = (image[2:] - image[:-2]) / 2
    return gx, gy


def _crests(strength: np.ndarray, across_x: np.ndarray) -> np.ndarray:
    """Where the gradient is largest across the edge, along x where `across_x`, else along y."""
    crest = np.zeros(strength.shape, bool)
    inner = strength[1:-1, 1:-1]
    along_x = (inner >= strength[1:-1, :-2]) & (inner > strength[1:-1, 2:])
    along_y = (inner >= strength[:-2, 1:-1]) & (inner > strength[2:, 1:-1])
    crest[1:-1, 1:-1] = np.where(across_x[1:-1, 1:-1], along_x, along_y)
    return crest


def blurred(foreground: Tensor, alpha: Tensor, sigma: float, open_sides: tuple[bool, ...]) -> tuple[Tensor, Tensor]:
    """Straight colour and alpha after a Gaussian blur of the premultiplied layer in linear light.

    `open_sides` (left, top, right, bottom) are edges of the scene, beyond which the person goes on.
    """
    import cv2

    radius = math.ceil(3 * sigma)
    pixels = np.concatenate([rows_cols_channels(foreground * alpha), rows_cols_channels(alpha)], axis=2)
    left, top, right, bottom = (radius * is_open for is_open in open_sides)
    pixels = cv2.copyMakeBorder(pixels, top, bottom, left, right, cv2.BORDER_REPLICATE)
    size = 2 * radius + 1
    pixels = cv2.GaussianBlur(pixels, (size, size), sigma, borderType=cv2.BORDER_CONSTANT)
    h, w = pixels.shape[:2]
    return straight(channels_rows_cols(pixels[top : h - bottom, left : w - right]))


def straight(premultiplied: Tensor) -> tuple[Tensor, Tensor]:
    """Straight colour ``(3, h, w)`` and alpha of blurred premultiplied ``(4, h, w)``; alpha near 0 and 1 is snapped."""
    alpha = premultiplied[3:4].clamp(0, 1)
    alpha[alpha < 1 / 512] = 0
    alpha[alpha > 1 - 1 / 512] = 1
    return (premultiplied[:3] / premultiplied[3:4].clamp_min(1e-4)).clamp_(0, 1), alpha


def sharpened(foreground: Tensor, alpha: Tensor, sigma: float, amount: float) -> Tensor:
    """Straight colour after unsharp masking in roots of linear values; no pixel moves by more than `OVERSHOOT`.

    What lies outside the silhouette has no part in it. `amount` times the difference to a blur of `sigma` pixels is
    added.
    """
    import cv2

    root = rows_cols_channels(foreground.clamp_min(0).sqrt())
    weight = rows_cols_channels(alpha)
    soft = cv2.GaussianBlur(np.concatenate([root * weight, weight], axis=2), (0, 0), sigma)
    detail = root - soft[..., :3] / np.maximum(soft[..., 3:], 1e-3)
    root += np.clip(amount * detail, -OVERSHOOT, OVERSHOOT) * (weight > 1e-3)
    return channels_rows_cols(np.square(np.clip(root, 0, 1)))
