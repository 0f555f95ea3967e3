"""Which pixels of a small picture are sky, and what the sky says about the sun.

Reference for the idea that sky, ground and shadows each say something weak about the sun and are worth combining:
Lalonde, Efros & Narasimhan, Estimating the natural illumination conditions from a single outdoor image, IJCV 2012.
The measures here are simpler ones of our own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from scenechange.light.frame import axes, azimuth_elevation, direction, pixel_directions
from scenechange.math.colour import LUMA
from scenechange.types import Camera

CLIPPED = 0.97


@dataclass(frozen=True, slots=True)
class Glow:
    """A bright patch of sky: unit vector ``(3,)`` towards it, its azimuth in degrees, how distinct it is (0 to 1.5)."""

    toward: np.ndarray
    azimuth_deg: float
    weight: float


def sky_mask(rgb: np.ndarray, camera: Camera) -> np.ndarray:
    """Sky pixels ``(h, w)`` bool of a small linear picture ``(h, w, 3)``.

    Smooth, above the horizon, and either blue or brighter than the land and not warmer than white. Grown from the
    upper edge: a region that does not touch it is no sky. May be empty (indoors, narrow streets).
    """
    import cv2

    h, w = rgb.shape[:2]
    luma = rgb @ np.array(LUMA)
    tone = np.log(luma + 0.02).astype(np.float32)
    smooth = cv2.blur(np.abs(cv2.Laplacian(tone, cv2.CV_32F, ksize=3)), (5, 5)) < 0.25
    up = axes(camera)[1]
    above = pixel_directions(camera, (h, w)) @ up > -math.sin(math.radians(camera.pitch_sd_deg))
    below = luma[~above] if (~above).any() else luma
    bright = luma > max(1.1 * float(np.median(below)), 0.03)
    cool = rgb[..., 2] > 0.9 * rgb[..., 0]
    glow = luma > 2.5 * float(np.median(below))
    blue = (rgb[..., 2] > 1.3 * rgb[..., 0]) & (rgb[..., 2] > rgb[..., 1]) & (luma > 0.02)  # a clear sky may be darker
    candidate = (smooth & above & (blue | (bright & (cool | glow)))).astype(np.uint8)
    _, labels = cv2.connectedComponents(candidate, connectivity=4)
    touching = [k for k in np.unique(labels[: max(1, h // 40)]) if k > 0]
    if not touching:
        return np.zeros((h, w), dtype=bool)
    # A facade may be smooth and cool, but it is darker than the sky above it.
    areas = {k: int((labels == k).sum()) for k in touching}
    medians = {k: float(np.median(luma[labels == k])) for k in touching}
    brightest = max(medians[k] for k in touching if areas[k] >= 0.2 * max(areas.values()))
    sky: np.ndarray = np.isin(labels, [k for k in touching if medians[k] > 0.5 * brightest])
    return sky if sky.mean() > 0.01 else np.zeros_like(sky)


def glow(rgb: np.ndarray, sky: np.ndarray, camera: Camera) -> Glow | None:
    """A bright patch in a sky that is darker elsewhere: the sun, or next to it. None where there is none.

    A clear sky is brightest round the sun and darkest at about a right angle to it.
    """
    import cv2

    if sky.sum() < 30:
        return None
    luma = rgb @ np.array(LUMA)
    rays = pixel_directions(camera, rgb.shape[:2])
    closed = cv2.morphologyEx(sky.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)) > 0  # takes in the disc
    patch = closed & (luma >= 0.9 * np.percentile(luma[closed], 99))
    share = float(patch.sum() / closed.sum())
    contrast = math.log((float(np.percentile(luma[closed], 99)) + 0.02) / (float(np.median(luma[closed])) + 0.02))
    if share >= 0.3 or contrast <= 0.25:
        return None
    # White clouds in a deep blue sky are bright too; next to the sun the sky is clipped or warm, never deep blue.
    warm = float(np.median(rgb[patch][:, 0] / (rgb[patch][:, 2] + 1e-3)))
    blown = float((luma[patch] > CLIPPED).mean())
    deep = float(np.median((rgb[closed][:, 2] - rgb[closed][:, 0]) / (rgb[closed].max(axis=-1) + 1e-3)))
    near = max(blown, min(max((warm - 1.0) / 0.3, 0.0), 1.0)) * (1 - min(max(deep, 0.0), 1.0))
    strength = math.tanh(contrast / 0.7) * (1 - 2 * share) * near
    if strength < 0.05:
        return None
    toward = _beyond(_unit(rays[patch].mean(axis=0)), patch, camera)
    return Glow(toward, azimuth_elevation(camera, toward)[0], 1.5 * strength)


def _beyond(toward: np.ndarray, patch: np.ndarray, camera: Camera) -> np.ndarray:
    """`toward` turned outwards by half its azimuth where the frame cuts the glow: its middle lies outside."""
    azimuth, elevation = azimuth_elevation(camera, toward)
    cut = (patch[:, 0].any() and azimuth < 0) or (patch[:, -1].any() and azimuth > 0)
    return direction(camera, 1.5 * azimuth, elevation) if cut else toward


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / max(float(np.linalg.norm(vector)), 1e-9)
