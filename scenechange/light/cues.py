"""Light of a photo from simple cues: colour, level, hardness and direction, each with a spread."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenechange.errors import InputError
from scenechange.light import azimuth, colour, sky
from scenechange.light import sunlit as hardness
from scenechange.light.frame import axes, azimuth_elevation, direction
from scenechange.light.measures import Measures, measure
from scenechange.light.sun import sun_from_capture
from scenechange.math import irradiance
from scenechange.math.colour import LUMA
from scenechange.types import Camera, Light, Photo

if TYPE_CHECKING:
    from torch import Tensor

LEAST_SEEN = 60
"""Pixels of shadow boundaries (in the small copy) from which the scene's own shadows are measured."""


@dataclass(frozen=True, slots=True)
class Cues:
    """Estimates light from what is cheap to see in a small copy of the photo; a `LightEstimator`.

    Attributes
    ----------
    working_px : int
        Longer side of the small copy for colours and sky; shadow boundaries are looked for at twice that size. 256:
        light is a matter of large areas, and small copies are quick.
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
        rgb, in_sky, found = look(photo, camera, self.working_px)
        luma = rgb @ np.array(LUMA)
        usable = ~in_sky & (rgb.max(axis=-1) < sky.CLIPPED) & (luma > 0.002)
        lamp, lamp_sd = colour.illuminant(rgb, usable)
        cct_k, cct_sd_k = colour.cct_with_spread(lamp, lamp_sd)
        level, level_sd = colour.level(rgb, ~in_sky)
        sunlit = hardness.sunlit(found, photo.taken.ev100 if photo.taken else None)
        shade = hardness.shade_rgb(found)
        ambient, ambient_sd = hardness.ambient_ratio(sunlit, shade)
        toward, toward_sd_deg, evidence = self._direction(photo, camera, found)
        seen = len(found.edges.steps)
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
            evidence=(f"{100 * in_sky.mean():.0f} % sky", f"sunlit with {100 * sunlit:.0f} %", *evidence)
            + ((f"{seen} pixels of shadow boundaries on the ground",) if seen >= LEAST_SEEN else ()),
            sunlit=sunlit,
            shade_rgb=shade if seen >= LEAST_SEEN else None,
        )

    def _direction(self, photo: Photo, camera: Camera, found: Measures) -> tuple[np.ndarray, float, tuple[str, ...]]:
        """Unit vector to the light, its spread in degrees, and the cues that spoke."""
        sun = sun_from_capture(photo.taken, camera) if photo.taken else None
        if sun is not None and sun[2] > 0:
            return sun[0], max(sun[1], 10.0), ("sun from time, place and compass",)
        azimuth_deg, sd_deg = azimuth.estimate(found)
        if found.glow is None:
            return direction(camera, azimuth_deg, self.elevation_deg), sd_deg, ()
        rise = min(max(azimuth_elevation(camera, found.glow.toward)[1], 5.0), 80.0)
        return direction(camera, azimuth_deg, (self.elevation_deg + rise) / 2), sd_deg, ("glow in the sky",)


def look(photo: Photo, camera: Camera, working_px: int) -> tuple[np.ndarray, np.ndarray, Measures]:
    """A copy ``(h, w, 3)`` of longer side `working_px`, its sky ``(h, w)``, and measures of one twice that size."""
    import cv2

    fine = shrink(photo.rgb, 2 * working_px)
    h, w = fine.shape[:2]
    rgb = cv2.resize(fine, (max(1, w // 2), max(1, h // 2)), interpolation=cv2.INTER_AREA)
    in_sky = sky.sky_mask(rgb, camera)
    large = cv2.resize(in_sky.astype(np.uint8), (w, h), interpolation=cv2.INTER_NEAREST) > 0
    return rgb, in_sky, measure(fine, large, camera)


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
