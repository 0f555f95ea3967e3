"""Where a standing person looks sensible: on the ground, large enough, inside the frame, beside the middle."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from scenechange.math.geometry import stature_px
from scenechange.types import Camera, Scene, Subject, size_hw

COLUMNS, ROWS = 33, 40
LEAST_SHARE = 0.4
"""A standing person smaller than this part of the wanted size is no picture of them any more."""
MOST_SIZE_SPREAD = 0.25
"""Relative standard deviation of the size beyond which people look like giants too often; a portrait always fits."""
TOES_SHARE = 0.975
"""The lowest that toes may reach, as a share of the picture's height: feet at the very edge look cut."""
LEAST_STANDABLE = 0.3
"""Below this probability a spot does not count as ground."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A decided place: `subject_xy` of the subject's photo comes to `scene_xy`, the whole person `stature_px` tall.

    `stands` says whether the feet touch ground in the picture, `cut` whether the frame's lower edge cuts the person.
    """

    subject_xy: tuple[float, float]
    scene_xy: tuple[float, float]
    stature_px: float
    stands: bool
    notes: tuple[str, ...] = ()
    cut: bool = False


def find_spot(
    subject: Subject, scene: Scene, height_m: float, share: float, enlarge_limit: float, scale: float
) -> tuple[float, float] | None:
    """Foot point in pixels with the best score on a grid below the horizon; None where nobody can stand.

    The score adds the logarithm of the chance to stand there and Gaussian penalties (in natural units of a factor)
    for a size far from `share` of the picture, for enlarged pixels, for leaving the frame and for hiding the middle.
    """
    scene_h, scene_w = scene.photo.size_hw
    left, right, above, below = _extent(subject)
    best, best_score = None, -math.inf
    for y in np.linspace(0.3 * scene_h, 0.975 * scene_h, ROWS):
        for x in np.linspace(0.08 * scene_w, 0.92 * scene_w, COLUMNS):
            size = stature_px(scene.camera, (float(x), float(y)), height_m)
            if size is None or not LEAST_SHARE * share * scene_h <= size * scale <= 3 * scene_h:
                continue
            size *= scale
            if y + below * size > TOES_SHARE * scene_h:
                continue
            if _size_spread(scene.camera, float(x), float(y)) > MOST_SIZE_SPREAD:
                continue
            ground = _standable(scene, float(x), float(y), size)
            if ground < LEAST_STANDABLE:
                continue
            outside = max(0.0, left * size - x, x + right * size - scene_w) / (0.05 * scene_w)
            outside += max(0.0, above * size - y + 0.02 * scene_h) / (0.05 * scene_h)
            third = min(abs(x / scene_w - 0.34), abs(x / scene_w - 0.66)) / 0.12
            factor = size / subject.body.stature_px
            soft = max(0.0, math.log(factor / enlarge_limit)) / 0.3
            wanted = math.log(size / (share * scene_h)) / 0.3
            score = 2 * math.log(ground) - 0.5 * (wanted**2 + soft**2 + outside**2 + 0.5 * third**2)
            if score > best_score:
                best, best_score = (float(x), float(y)), score
    return best


def _extent(subject: Subject) -> tuple[float, float, float, float]:
    """How far the person reaches left of, right of, above and below the middle of the feet, in statures."""
    x, y = subject.cutout.offset_xy
    h, w = size_hw(subject.cutout.alpha)
    foot_x, foot_y = subject.body.feet_xy.mean(0)
    stature = subject.body.stature_px
    sides = (foot_x - x) / stature, (x + w - foot_x) / stature
    return *sides, (foot_y - y) / stature, max(0.0, y + h - foot_y) / stature


def _size_spread(camera: Camera, x: float, y: float) -> float:
    """Relative standard deviation of a size at a foot point: the horizon's row over how deep the feet lie below it."""
    horizon_sd_px = camera.f_px * math.tan(math.radians(min(camera.pitch_sd_deg, 60.0)))
    return horizon_sd_px / max(y - camera.horizon_y(x), 1.0)


def _standable(scene: Scene, x: float, y: float, size: float) -> float:
    """Mean chance to stand on the footprint: a quarter of a stature wide, about the foot point."""
    ground = scene.ground.standable
    rows, cols = size_hw(ground)
    scene_h, scene_w = scene.photo.size_hw
    half = 0.12 * size
    x0, x1 = (int(np.clip((x + d) / scene_w * cols, 0, cols - 1)) for d in (-half, half))
    y0, y1 = (int(np.clip((y + d) / scene_h * rows, 0, rows - 1)) for d in (-0.02 * size, 0.01 * size))
    return float(ground[y0 : y1 + 1, x0 : x1 + 1].mean())
