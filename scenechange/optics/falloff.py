"""Vignetting: how the scene's lens darkens towards the corners, where that can be measured, and the same on the person.

Smooth surfaces (sky, walls, roads) have brightness gradients of their own, in any direction. A lens adds one that
points to the middle of the picture from everywhere, so it is believed only where all sides of the picture show it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from scenechange.math.colour import LUMA

if TYPE_CHECKING:
    from torch import Tensor

    from scenechange.math.image import Box

SMALL = 160
"""Longer side of the copy that is looked at, pixels."""
SECTORS, LEAST_PIXELS = 8, 60
"""Parts of the picture round its middle, each of which must tell something, and from how many pixels."""
SMOOTHEST = 0.25
"""Share of a sector's pixels, those with the least gradients, that is taken."""
MOST_SLOPE = 0.03
"""Greatest gradient of smooth ground, natural logarithm per pixel of the copy."""
INNER = 0.35
"""Nearer to the middle than this (half diagonals) a lens hardly darkens."""
LEAST, MOST = 0.25, 1.5
"""Fall-off in natural logarithms at the corner: 22 % of the light at least; more than the most is no lens's."""
AGREE = 0.5
"""The weakest sector's fall-off over the median of all."""


def measure_falloff(rgb: Tensor) -> float | None:
    """Natural logarithm of the light at the middle over that in the corners; None where that is not clearly seen.

    The light at a distance rho from the middle, in half diagonals, is ``exp(-c rho^2)``; each smooth pixel with a
    slope g of the logarithm of its luminance towards the outside says ``c = -g / (2 rho)``.

    References
    ----------
    Y. Zheng et al., Single-image vignetting correction using radial gradient symmetry, CVPR 2008.
    """
    logs = _small_logs(rgb)
    h, w = logs.shape
    dy, dx = np.gradient(logs)
    y, x = np.mgrid[:h, :w]
    half = math.hypot(h, w) / 2
    rx, ry = (x - (w - 1) / 2) / half, (y - (h - 1) / 2) / half
    rho = np.hypot(rx, ry)
    says = -(dx * rx + dy * ry) / np.maximum(rho, 1e-6) * half / (2 * np.maximum(rho, 1e-6))
    slope = np.hypot(dx, dy)
    usable = (rho > INNER) & (logs > math.log(0.01)) & (logs < math.log(0.97))
    sector = ((np.arctan2(ry, rx) + math.pi) / (2 * math.pi) * SECTORS).astype(int) % SECTORS
    found = []
    for k in range(SECTORS):
        here = usable & (sector == k)
        if here.sum() < LEAST_PIXELS:
            return None
        smooth = here & (slope <= min(float(np.quantile(slope[here], SMOOTHEST)), MOST_SLOPE))
        if smooth.sum() < LEAST_PIXELS / 4:
            return None
        found.append(float(np.median(says[smooth])))
    middle = float(np.median(found))
    return middle if LEAST <= middle <= MOST and min(found) >= AGREE * middle else None


def _small_logs(rgb: Tensor) -> np.ndarray:
    """``(h, w)`` natural logarithm of the luminance of a small copy."""
    import cv2
    import torch

    h, w = rgb.shape[1:]
    scale = min(1.0, SMALL / max(h, w))
    size = max(8, round(h * scale)), max(8, round(w * scale))
    small = torch.nn.functional.adaptive_avg_pool2d(rgb[None], size)[0].numpy()
    logs = np.log(np.maximum(np.tensordot(LUMA, small, 1), 1e-4)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(logs, (0, 0), 1.0))


def light_left(falloff: float, box_xyxy: Box, size_hw: tuple[int, int]) -> np.ndarray:
    """``(h, w)`` float32 share of the light that the lens leaves in a box of a picture."""
    h, w = size_hw
    x0, y0, x1, y1 = box_xyxy
    half_squared = (h * h + w * w) / 4
    x, y = np.arange(x0, x1) - (w - 1) / 2, np.arange(y0, y1) - (h - 1) / 2
    across, down = np.exp(-falloff * x**2 / half_squared), np.exp(-falloff * y**2 / half_squared)
    return (down[:, None] * across[None]).astype(np.float32)
