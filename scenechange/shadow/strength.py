"""How dark a shadow is in this scene: the sun's share of the light on the ground, its colour, and where it shines."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from scenechange.math.colour import LUMA, rgb_from_cct
from scenechange.shadow.cast import Sun

if TYPE_CHECKING:
    from torch import Tensor

    from scenechange.shadow.frame import FootFrame
    from scenechange.types import Light

LONGEST = 4.0
"""Longest shadow in statures: a sun below 14 degrees is drawn at 14."""
SKY_K = 12000.0
"""Colour temperature of the sky that lights a shadow outdoors."""
DISC_RAD = 0.0023
"""Standard deviation of a uniform disc of the sun's 0.53 degrees."""


def step(x: float | np.ndarray, low: float, high: float) -> np.ndarray:
    """Smooth step: 0 below `low`, 1 above `high`, a cubic between (either order of limits)."""
    t = np.clip((np.asarray(x, float) - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def sun_of(light: Light, frame: FootFrame) -> Sun:
    """Direction, length and softness of shadows on the ground of `frame`.

    Haze widens the disc; so does half-knowledge of the direction, because the mean over the possible shadows is soft.
    Both hardly count where the scene is clearly sunlit: a soft shadow beside hard ones gives a picture away.
    """
    toward = np.asarray(light.toward, float)
    sine = float(toward @ frame.up)
    along = -np.array([toward @ frame.right, toward @ frame.away])
    flat = float(np.linalg.norm(along))
    along = along / flat if flat > 1e-6 else np.array([0.0, 1.0])
    length = min(flat / max(sine, 1e-3), LONGEST)
    hard = sure_of_sun(light)
    haze = 0.12 * (1 - hard) * max(0.0, light.ambient_ratio - 0.4) ** 2 / 0.36
    doubt = (0.15 - 0.14 * hard) * math.radians(min(light.toward_sd_deg, 60.0))
    return Sun((float(along[0]), float(along[1])), length, math.hypot(DISC_RAD, haze, doubt))


def light_towards(light: Light, frame: FootFrame, direction_deg: float) -> Light:
    """The light turned about the plumb line until shadows point to `direction_deg`, its direction taken as known.

    0 is away from the camera, 90 to the right. A light near the horizon or overhead is moved to where its shadow has
    between a quarter of a stature and `LONGEST` statures.
    """
    sine = float(np.clip(np.asarray(light.toward) @ frame.up, 1 / math.hypot(1, LONGEST), 0.97))
    angle = math.radians(direction_deg)
    along = math.sin(angle) * frame.right + math.cos(angle) * frame.away
    toward = sine * frame.up - math.sqrt(1 - sine**2) * along
    return replace(
        light,
        toward=(float(toward[0]), float(toward[1]), float(toward[2])),
        toward_sd_deg=min(light.toward_sd_deg, 20.0),
    )


def sun_share(light: Light, frame: FootFrame) -> float:
    """Share of the light on the ground that a cast shadow takes away, 0 to 1.

    Less where neither the light's direction is known nor the scene clearly sunlit, and where the light stands at the
    horizon.
    """
    risen = float(step(float(np.asarray(light.toward) @ frame.up), 0.02, 0.14))  # sine of 1 and 8 degrees
    return (1 - light.ambient_ratio) * _castable(light) * risen


def undirected_share(light: Light) -> float:
    """Share of the light on the ground that comes from a main light of unknown direction, 0 to 1."""
    return (1 - light.ambient_ratio) * (1 - _castable(light))


def sure_of_sun(light: Light) -> float:
    """1 where the scene is clearly sunlit, 0 where that is as likely as not."""
    return float(step(light.sunlit, 0.5, 0.85))


def _castable(light: Light) -> float:
    """1 where a cast shadow is better than a pool: the direction is known, or a missing shadow would be noticed."""
    return max(float(step(light.toward_sd_deg, 60.0, 20.0)), sure_of_sun(light))


def depth_rgb(light: Light, share: float) -> np.ndarray:
    """``(3,)`` share of the light that a full shadow takes from each channel; `share` is that of luminance.

    The colour is that of the scene's own shadows where one was measured, else that of a blue sky: ground in shadow
    keeps ``1 - D`` of its light in the sky's colour t (luminance 1), so a channel loses ``1 - (1 - D) t``. Where the
    main light is below 4,000 K (lamps, sunset) no blue sky is assumed.
    """
    if light.shade_rgb is not None:
        kept = np.array(light.shade_rgb)
        tint = kept / float(np.array(LUMA) @ kept)
    elif light.cct_k < 4000:
        tint = np.ones(3)
    else:
        tint = np.array(rgb_from_cct(SKY_K)) / np.array(rgb_from_cct(min(light.cct_k, SKY_K)))
        tint = 1 + (tint / float(np.array(LUMA) @ tint) - 1) * share
    return np.clip(1 - (1 - share) * tint, 0, 1)


def least_transmittance(background: Tensor, feet_luminance: float) -> float:
    """Darkest a shadow may make the ground: the scene's own black over the ground's luminance.

    In haze and fog nothing is black, and neither is a shadow.
    """
    stride = max(1, int(math.sqrt(background.shape[1] * background.shape[2] / 40000)))
    sample = background[:, ::stride, ::stride].numpy()
    dark = float(np.quantile(np.tensordot(LUMA, sample, 1), 0.01))
    return min(0.7 * dark / max(feet_luminance, 1e-3), 0.6)


@dataclass(frozen=True, slots=True, eq=False)
class GroundLuminance:
    """Luminance of the scene's ground about the feet, seen from above.

    Attributes
    ----------
    values : ndarray
        ``(n, n)`` luminance in cells of `cell_m` metres, smoothed; NaN where no ground is in the picture.
    image_from_map : ndarray
        ``(3, 3)`` homography from cells to pixels of the scene.
    """

    values: np.ndarray
    image_from_map: np.ndarray

    @property
    def at_feet(self) -> float:
        """Median luminance within a metre; of all the ground where that is out of the picture."""
        n = self.values.shape[0]
        near = self.values[n // 2 - n // 8 : n // 2 + n // 8, n // 2 - n // 8 : n // 2 + n // 8]
        for part in (near, self.values):
            if np.isfinite(part).any():
                return float(np.nanmedian(part))
        return 0.2

    def lit(self, transmittance: float) -> np.ndarray:
        """``(n, n)`` where the main light reaches the ground: 1 in the sun, 0 in the scene's own shadows.

        Ground that is darker than the sunlit ground by about what a shadow takes counts as shaded already; a second
        shadow must not fall on it. With no brighter ground in sight, everything counts as lit.
        """
        if not np.isfinite(self.values).any():
            return np.ones_like(self.values, dtype=np.float32)
        bright = float(np.nanquantile(self.values, 0.85))
        shaded = 1.25 * transmittance + 0.03
        if bright <= 1e-4 or shaded > 0.7:
            return np.ones_like(self.values, dtype=np.float32)
        relative = np.nan_to_num(self.values / bright, nan=1.0)
        return step(relative, shaded, shaded + 0.35 * (1 - shaded)).astype(np.float32)


def ground_luminance(background: Tensor, frame: FootFrame, height_m: float, cells: int = 96) -> GroundLuminance:
    """The ground within two statures of the feet; `frame` in pixels of the scene."""
    import cv2

    rgb, inside, image_from_map = ground_from_above(background, frame, 2.0 * height_m, cells)
    luminance = np.tensordot(LUMA, rgb, 1)
    weight = inside.astype(np.float32)
    total = cv2.GaussianBlur((luminance * weight).astype(np.float32), (0, 0), 1.5)
    amount = cv2.GaussianBlur(weight, (0, 0), 1.5)
    values = np.where(weight > 0, total / np.maximum(amount, 1e-3), np.nan)
    return GroundLuminance(values, image_from_map)


def ground_from_above(
    background: Tensor, frame: FootFrame, half_m: float, cells: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What a square of ground, `half_m` metres to either side of the feet, looks like in the scene.

    Returns linear colour ``(3, n, n)``, where it is in the picture ``(n, n)`` bool, and the ``(3, 3)`` homography from
    cells to pixels of the scene. Rows go away from the camera, columns to the right.
    """
    cell = 2 * half_m / cells
    ground_from_map = np.array([[cell, 0, -half_m + cell / 2], [0, cell, -half_m + cell / 2], [0, 0, 1.0]])
    image_from_map = frame.image_from_ground @ ground_from_map
    column, row = np.meshgrid(np.arange(cells), np.arange(cells))
    pixels = image_from_map @ np.stack([column.ravel(), row.ravel(), np.ones(cells * cells)])
    before = pixels[2] > 0.05
    xy = np.rint(np.clip(pixels[:2] / np.where(before, pixels[2], 1.0), -1e6, 1e6)).astype(int)
    h, w = background.shape[1:]
    inside = before & (xy[0] >= 0) & (xy[0] < w) & (xy[1] >= 0) & (xy[1] < h)
    rgb = background[:, np.clip(xy[1], 0, h - 1), np.clip(xy[0], 0, w - 1)].numpy()
    return rgb.reshape(3, cells, cells), inside.reshape(cells, cells), image_from_map
