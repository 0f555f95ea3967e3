"""Shadow boundaries on the ground: where they run, how dark and how blue the shaded side is.

A boundary between sunlit and shaded ground is sharp, both sides are even, all channels fall, and what is left in the
shade is the sky's light: its colour moves from yellow to blue, hardly from green to magenta.

References: G. Finlayson, S. Hordley, C. Lu, M. Drew, On the removal of shadows from images, IEEE TPAMI 28 (2006) (the
colour of shadows moves along the daylight locus); J.-F. Lalonde, A. Efros, S. Narasimhan, Detecting ground shadows in
outdoor consumer photographs, ECCV 2010 (shadow boundaries on the ground). The measures here are
simpler ones of our own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from scenechange.light.frame import axes, pixel_directions
from scenechange.types import Camera

LEAST_FALL_DEG = 3.0
"""Ground is looked for this far below the horizon: nearer to it a pixel spans many metres."""
REACH_PX = 4
"""Distance from the boundary at which its sides are compared."""
LEAST_STEP, MOST_STEP = 0.45, 2.6
"""Natural logarithm of lit over shaded: a shadow keeps between 7 and 64 % of the light."""
BLUE_SHIFT = (-0.06, 0.8)
"""Range of the step of red minus that of blue."""
GREEN_SHIFT = 0.16
"""Largest step from green to magenta."""
BINS = 36
"""Directions of a line on the ground, 5 degrees each."""


@dataclass(frozen=True, slots=True, eq=False)
class ShadowEdges:
    """Boundaries on the ground that look like shadows'.

    Attributes
    ----------
    xy : ndarray
        ``(N, 2)`` pixels of the small picture.
    steps : ndarray
        ``(N, 3)`` natural logarithm of lit over shaded, linear R, G, B.
    density : float
        Boundary pixels per square root of the ground's pixels: 0 none, about 1 one long line.
    blue_shift : float
        Median step of red minus that of blue at all boundaries with even sides, whether a shadow's or not.
    directions : ndarray
        ``(BINS,)`` how much boundary runs in each direction on the ground; bin k is ``5 k`` degrees from straight
        ahead to the right, modulo 180. Adds up to 1, or is 0 throughout.
    """

    xy: np.ndarray
    steps: np.ndarray
    density: float
    blue_shift: float
    directions: np.ndarray

    def kept_rgb(self) -> np.ndarray | None:
        """``(3,)`` share of the light that shaded ground keeps per channel; None with hardly any boundary.

        Seen from a few pixels to either side a boundary is shallower than the shadow is deep: the deeper third counts.
        """
        if len(self.steps) < 40:
            return None
        kept: np.ndarray = np.exp(-np.quantile(self.steps, 0.67, axis=0))
        return kept


def ground_mask(camera: Camera, size_hw: tuple[int, int]) -> np.ndarray:
    """``(h, w)`` bool: pixels of a small picture in which level ground would be seen, not too near the horizon."""
    return pixel_directions(camera, size_hw) @ axes(camera)[1] < -math.sin(math.radians(LEAST_FALL_DEG))


def shadow_edges(rgb: np.ndarray, ground: np.ndarray, camera: Camera) -> ShadowEdges:
    """Boundaries in a small linear picture ``(h, w, 3)`` within the pixels `ground` ``(h, w)``."""
    import cv2

    logs = np.log(rgb + 0.004).astype(np.float32)
    even = cv2.blur(logs, (3, 3))
    green = cv2.GaussianBlur(logs[..., 1], (0, 0), 1.5)
    dx, dy = cv2.Sobel(green, cv2.CV_32F, 1, 0, ksize=3), cv2.Sobel(green, cv2.CV_32F, 0, 1, ksize=3)
    slope = np.hypot(dx, dy)
    thick = slope > 0.25
    thick[[0, -1]] = thick[:, [0, -1]] = False
    thick &= ground
    y, x = np.nonzero(thick)
    nx, ny = dx[y, x] / slope[y, x], dy[y, x] / slope[y, x]  # towards the brighter side

    def at(image: np.ndarray, offset: float) -> np.ndarray:
        return image[
            np.clip(np.rint(y + offset * ny).astype(int), 0, image.shape[0] - 1),
            np.clip(np.rint(x + offset * nx).astype(int), 0, image.shape[1] - 1),
        ]

    crest = (slope[y, x] >= at(slope, 1.2)) & (slope[y, x] >= at(slope, -1.2))
    steps = at(even, REACH_PX) - at(even, -REACH_PX)
    inner = at(green, 1.5) - at(green, -1.5)
    roughness = np.sqrt(np.maximum(cv2.blur(logs[..., 1] ** 2, (5, 5)) - cv2.blur(logs[..., 1], (5, 5)) ** 2, 0))
    rough = np.maximum(at(roughness, REACH_PX + 1), at(roughness, -REACH_PX - 1))
    fall, blue = steps[:, 1], steps[:, 0] - steps[:, 2]
    even_sides = crest & (fall > 0.3) & (rough < 0.3 * fall)
    blue_shift = float(np.median(blue[even_sides])) if even_sides.sum() > 20 else 0.0
    shadow = crest & (fall > LEAST_STEP) & (fall < MOST_STEP) & (steps.min(axis=1) > 0.25)
    shadow &= (blue > BLUE_SHIFT[0]) & (blue < BLUE_SHIFT[1])
    shadow &= np.abs(fall - (steps[:, 0] + steps[:, 2]) / 2) < GREEN_SHIFT
    shadow &= (inner > 0.35 * fall) & (rough < 0.35 * fall)
    shadow &= at(ground.astype(np.uint8), REACH_PX).astype(bool) & at(ground.astype(np.uint8), -REACH_PX).astype(bool)
    xy = np.stack([x[shadow], y[shadow]], axis=1).astype(float)
    density = len(xy) / math.sqrt(max(int(ground.sum()), 1))
    tangents = np.stack([-ny[shadow], nx[shadow]], axis=1).astype(float)
    directions = _directions(xy, tangents, camera, rgb.shape[:2])
    return ShadowEdges(xy, steps[shadow].astype(float), density, blue_shift, directions)


def _directions(xy: np.ndarray, tangents: np.ndarray, camera: Camera, size_hw: tuple[int, int]) -> np.ndarray:
    """``(BINS,)`` histogram of the directions on the ground of boundaries with image tangents ``(N, 2)``.

    A boundary whose direction on the ground is poorly determined (far away, where the picture is foreshortened) counts
    less and is spread over more bins.
    """
    out = np.zeros(BINS)
    if len(xy) == 0:
        return out
    tilt = math.radians(8)  # error of a tangent in the picture
    angles = [
        _ground_angle(
            xy, tangents @ np.array([[math.cos(t), math.sin(t)], [-math.sin(t), math.cos(t)]]), camera, size_hw
        )
        for t in (0.0, tilt, -tilt)
    ]
    wrong = [np.abs((a - angles[0] + np.pi / 2) % np.pi - np.pi / 2) for a in angles[1:]]
    sd = np.hypot((wrong[0] + wrong[1]) / 2, math.radians(6))
    centres = np.arange(BINS) * np.pi / BINS
    away = np.abs((centres[None] - angles[0][:, None] + np.pi / 2) % np.pi - np.pi / 2)
    kernels = np.exp(-0.5 * (away / sd[:, None]) ** 2)
    kernels /= kernels.sum(axis=1, keepdims=True)
    weight = 1 / (1 + (sd / math.radians(15)) ** 2)
    out = (kernels * weight[:, None]).sum(axis=0)
    return out / max(float(out.sum()), 1e-9)


def _ground_angle(xy: np.ndarray, tangents: np.ndarray, camera: Camera, size_hw: tuple[int, int]) -> np.ndarray:
    """Azimuth in radians (0 ahead, right positive, modulo pi) on the ground of directions in the picture."""
    right, up, ahead = axes(camera)
    scale = camera.size_hw[1] / size_hw[1]
    centre = np.array([size_hw[1] - 1, size_hw[0] - 1]) / 2
    feet = []
    for points in (xy, xy + tangents):
        rays = np.c_[(points - centre) * scale / camera.f_px, np.ones(len(points))]
        feet.append(rays / np.maximum(-(rays @ up), 1e-4)[:, None])
    move = feet[1] - feet[0]
    return np.arctan2(move @ right, move @ ahead)
