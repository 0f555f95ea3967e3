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
class Hint:
    """One cue for the light's direction: a unit vector ``(3,)``, how much it counts, and its name."""

    toward: np.ndarray
    weight: float
    name: str


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


def sky_hints(rgb: np.ndarray, sky: np.ndarray, camera: Camera) -> list[Hint]:
    """Cues for the sun's direction: a glow inside the picture, and the side on which the sky is brighter.

    A clear sky is brightest round the sun and darkest at about a right angle to it. A bright patch in a sky that is
    darker elsewhere is therefore the sun or next to it, and a slope across the picture points to the sun's side.
    """
    import cv2

    if sky.sum() < 30:
        return []
    luma = rgb @ np.array(LUMA)
    rays = pixel_directions(camera, rgb.shape[:2])
    closed = cv2.morphologyEx(sky.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)) > 0  # takes in the disc
    hints = []
    patch = closed & (luma >= 0.9 * np.percentile(luma[closed], 99))
    share = float(patch.sum() / closed.sum())
    contrast = math.log((float(np.percentile(luma[closed], 99)) + 0.02) / (float(np.median(luma[closed])) + 0.02))
    if share < 0.3 and contrast > 0.25:
        strength = math.tanh(contrast / 0.7) * (1 - 2 * share)
        hints.append(Hint(_beyond(_unit(rays[patch].mean(axis=0)), patch, camera), 1.5 * strength, "glow in the sky"))
    inside, values = rays[sky], luma[sky]
    right, up, ahead = axes(camera)
    azimuth = np.arctan2(inside @ right, inside @ ahead)
    rise = np.arcsin(np.clip(inside @ up, -1, 1))
    design = np.stack([np.ones_like(azimuth), azimuth, rise], axis=1)
    fit, *_ = np.linalg.lstsq(design.T @ design + 1e-3 * np.eye(3), design.T @ np.log(values + 0.01), rcond=None)
    width = float(np.percentile(azimuth, 95) - np.percentile(azimuth, 5))
    if width > 0.3 and (values > CLIPPED).mean() < 0.8:
        side = math.tanh(1.5 * float(fit[1]) * min(width, 1.2) / 2)
        hints.append(Hint(_unit(right * side + ahead * 0.3 * abs(side)), 0.8 * abs(side), "brighter side of the sky"))
    return hints


def back_light(rgb: np.ndarray, sky: np.ndarray, camera: Camera) -> list[Hint]:
    """Whether the sun stands ahead or behind: a sky far brighter than the land is seen against the light."""
    land = ~sky
    if sky.sum() < 30 or land.sum() < 30:
        return []
    luma = rgb @ np.array(LUMA)
    ratio = math.log(float(np.median(luma[sky])) + 0.01) - math.log(float(np.median(luma[land])) + 0.01)
    ahead = axes(camera)[2]
    lean = math.tanh((ratio - 1.5) / 0.8)
    return [Hint(ahead * math.copysign(1.0, lean), 0.5 * abs(lean), "sky against land")]


def _beyond(toward: np.ndarray, patch: np.ndarray, camera: Camera) -> np.ndarray:
    """`toward` turned outwards by half its azimuth where the frame cuts the glow: its middle lies outside."""
    azimuth, elevation = azimuth_elevation(camera, toward)
    cut = (patch[:, 0].any() and azimuth < 0) or (patch[:, -1].any() and azimuth > 0)
    return direction(camera, 1.5 * azimuth, elevation) if cut else toward


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / max(float(np.linalg.norm(vector)), 1e-9)
