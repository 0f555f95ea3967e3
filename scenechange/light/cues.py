"""Light of a photo from simple cues: colour, level, hardness and direction, each with a spread."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenechange.errors import InputError
from scenechange.light import colour, irradiance, sky, softness
from scenechange.light.frame import axes, azimuth_elevation, direction
from scenechange.light.sun import sun_from_capture
from scenechange.math.colour import LUMA
from scenechange.types import Camera, Light, Photo

if TYPE_CHECKING:
    from torch import Tensor

UNKNOWN_SD_DEG = 75.0
SEEN_SD_DEG = 30.0  # a glow in the picture is wide, and clouds glow too


@dataclass(frozen=True, slots=True)
class Cues:
    """Estimates light from what is cheap to see in a small copy of the photo; a `LightEstimator`.

    Attributes
    ----------
    working_px : int
        Longer side of the small copy. 256: light is a matter of large areas, and small copies are quick.
    elevation_deg : float
        Height of the light above the horizon where nothing tells it. 45: the middle of a summer's day in the middle
        latitudes is higher, morning, evening and winter are lower.
    """

    working_px: int = 256
    elevation_deg: float = 45.0

    def __post_init__(self) -> None:
        if self.working_px < 16:
            raise InputError(f"light working_px: wanted 16 or more, got {self.working_px}")
        if not 0 < self.elevation_deg < 90:
            raise InputError(f"light elevation_deg: wanted more than 0 and less than 90, got {self.elevation_deg}")

    def __call__(self, photo: Photo, camera: Camera) -> Light:
        """Light of `photo`, taken with `camera`; finite for any picture, with a wide spread where nothing is seen."""
        if photo.size_hw != camera.size_hw:
            raise InputError(f"light: wanted the camera of this photo of size {photo.size_hw}, got {camera.size_hw}")
        rgb = shrink(photo.rgb, self.working_px)
        luma = rgb @ np.array(LUMA)
        in_sky = sky.sky_mask(rgb, camera)
        usable = ~in_sky & (rgb.max(axis=-1) < sky.CLIPPED) & (luma > 0.002)
        lamp, lamp_sd = colour.illuminant(rgb, usable)
        cct_k, cct_sd_k = colour.cct_with_spread(lamp, lamp_sd)
        level, level_sd = colour.level(rgb, ~in_sky)
        ambient, ambient_sd = softness.ambient_ratio(rgb, in_sky, usable)
        toward, toward_sd_deg, evidence = self._direction(photo, camera, rgb, in_sky, ambient)
        return Light(
            toward=(float(toward[0]), float(toward[1]), float(toward[2])),
            toward_sd_deg=toward_sd_deg,
            cct_k=cct_k,
            cct_sd_k=cct_sd_k,
            level=level,
            level_sd=level_sd,
            ambient_ratio=ambient,
            ambient_sd=ambient_sd,
            sh=_harmonics(toward, axes(camera)[1], level * np.array(lamp), ambient),
            evidence=(f"{100 * in_sky.mean():.0f} % sky", *evidence),
        )

    def _direction(
        self, photo: Photo, camera: Camera, rgb: np.ndarray, in_sky: np.ndarray, ambient: float
    ) -> tuple[np.ndarray, float, tuple[str, ...]]:
        """Unit vector to the light, its spread in degrees, and the cues that spoke."""
        sun = sun_from_capture(photo.taken, camera) if photo.taken else None
        if sun is not None and sun[2] > 0:
            return sun[0], max(sun[1], 10.0), ("sun from time, place and compass",)
        hints = sky.sky_hints(rgb, in_sky, camera) + sky.back_light(rgb, in_sky, camera)
        return combine(hints, camera, self.elevation_deg, ambient)


def combine(
    hints: list[sky.Hint], camera: Camera, elevation_deg: float, ambient: float
) -> tuple[np.ndarray, float, tuple[str, ...]]:
    """One direction from hints: their horizontal parts add up; long sums are sure, short ones are not.

    Under a diffuse sky the hints count less: clouds are not brightest where the sun is.
    """
    east, north, trust = 0.0, 0.0, 1.0 - 0.6 * ambient
    elevations = []
    for hint in hints:
        azimuth, elevation = azimuth_elevation(camera, hint.toward)
        east += trust * hint.weight * math.sin(math.radians(azimuth))
        north += trust * hint.weight * math.cos(math.radians(azimuth))
        if hint.name.startswith("glow"):
            elevations.append(min(max(elevation, 5.0), 80.0))
    length = math.hypot(east, north)
    height = (sum(elevations) + elevation_deg) / (len(elevations) + 1)
    # With no hint the light is taken to stand high and a little behind the photographer, where most people put it.
    blend = math.tanh(length / 0.5)
    vague = direction(camera, 180.0, 70.0)
    sure = direction(camera, math.degrees(math.atan2(east, north)), height)
    toward = (1 - blend) * vague + blend * sure
    toward = toward / max(float(np.linalg.norm(toward)), 1e-9)
    return (
        toward,
        SEEN_SD_DEG + (UNKNOWN_SD_DEG - SEEN_SD_DEG) * math.exp(-length),
        tuple(h.name for h in hints if h.weight > 0.1),
    )


def shrink(rgb: Tensor, longest_px: int) -> np.ndarray:
    """Small copy ``(h, w, 3)`` float64 of linear ``(3, H, W)``: area means, longer side at most `longest_px`."""
    import torch

    height, width = rgb.shape[-2:]
    scale = min(1.0, longest_px / max(height, width))
    size = max(1, round(height * scale)), max(1, round(width * scale))
    small = torch.nn.functional.adaptive_avg_pool2d(rgb[None], size)[0] if scale < 1 else rgb
    return np.nan_to_num(small.permute(1, 2, 0).double().numpy(), nan=0.0).clip(0.0, 1.0)


def _harmonics(toward: np.ndarray, up: np.ndarray, white_rgb: np.ndarray, ambient: float) -> np.ndarray:
    """Coefficients ``(9, 3)`` with which a white matt surface lying on the ground shows about `white_rgb`.

    The diffuse part comes from an even sky and from ground that reflects a fifth of all light, the rest from
    `toward`. A low light is not made stronger than on a surface that stands 15 degrees towards it.
    """
    slant = max(float(toward @ up), math.sin(math.radians(15)))
    diffuse = irradiance.from_hemispheres(up, ambient * white_rgb, 0.2 * white_rgb)
    return diffuse + irradiance.from_directional(toward, math.pi * (1 - ambient) * white_rgb / slant)
