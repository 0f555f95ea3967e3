"""Light that the person keeps from the ground around the feet: ambient occlusion, from the sole outwards."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from scenechange.shadow.standing import Standing

SOLE_M, SOLE_HALF_WIDTH_M, SOLE_LENGTH_M = 0.05, 0.16, 0.26
"""Height of the rim of a shoe that counts as sole, half the widest a shoe is seen, and its length."""
TIGHT_M, NEAR_M = 0.02, 0.1
"""Spread of the dark line under the sole and of the soft blob about the shoe (standard deviations on the ground)."""
TIGHT, NEAR = 0.8, 0.65
"""How much of the light they take at the shoe's edge."""
BODY_HALF_WIDTH = 0.15
"""Half the mean width of a standing body, in statures."""
BROAD_REACH = 0.75
"""Where the shading by the whole body has died away, in statures."""

POOL, POOL_SPREAD = 0.75, 0.15
"""What a person takes of the light of a wide lamp overhead, and how far it reaches (standard deviation, statures)."""
FAINTEST = 0.002
"""Shading below this is not seen."""
MAP_SIDE, BROAD_SIDE = 400, 160
"""Longest side of the maps of the sole's and the body's shade: a blob needs no more at any size of picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """Visibility ``(h, w)`` in [0, 1], 1 = unshaded, in a box of the scene."""

    box_xyxy: tuple[int, int, int, int]
    visible: np.ndarray


def sole_shade(person: Standing, size_hw: tuple[int, int], factor: float) -> tuple[Patch | None, Patch | None]:
    """The dark line under the soles, and the soft blob about the shoes; None where out of the picture.

    `size_hw` is the scene's size in pixels; `factor` scales what they take.
    """
    import cv2

    scale, squeeze, feet = person.frame.px_per_m, person.frame.grazing_sin, person.feet_xy
    beside = (SOLE_HALF_WIDTH_M + 4 * NEAR_M) * scale
    above, below = (SOLE_M + (SOLE_LENGTH_M + 4 * NEAR_M) * squeeze) * scale, 4 * NEAR_M * squeeze * scale + 2
    (left, top), (right, bottom) = feet.min(0), feet.max(0)
    box = _clipped((left - beside, top - above, right + beside, bottom + below), size_hw)
    if box is None:
        return None, None
    w, h = box[2] - box[0], box[3] - box[1]
    shrink = max(1.0, max(w, h) / MAP_SIDE)
    sole = person.alpha_in(box) * _near_feet(box, person)
    sole = cv2.resize(sole, (max(1, round(w / shrink)), max(1, round(h / shrink))), interpolation=cv2.INTER_AREA)
    patches = []
    for spread, share in ((TIGHT_M, TIGHT), (NEAR_M, NEAR)):
        sigma = max(spread * scale / shrink, 0.3)
        blurred = cv2.GaussianBlur(sole, (0, 0), sigma, sigmaY=max(sigma * squeeze, 0.5 / shrink, 0.3))
        # At a straight edge the blurred silhouette has half its value inside.
        shade = 1 - np.minimum(2 * share * factor * blurred, 0.9)
        patches.append(Patch(box, cv2.resize(shade, (w, h), interpolation=cv2.INTER_LINEAR)))
    return patches[0], patches[1]


def _near_feet(box: tuple[int, int, int, int], person: Standing) -> np.ndarray:
    """``(h, w)`` weight: 1 at the pixels of a shoe's rim, 0 further up the leg and beside the foot."""
    x0, y0, x1, y1 = box
    scale = person.frame.px_per_m
    weight = np.zeros((y1 - y0, x1 - x0), np.float32)
    band = max((SOLE_M + SOLE_LENGTH_M * person.frame.grazing_sin) * scale, 1.0)
    for x, y in person.feet_xy:
        across = np.exp(-(((np.arange(x0, x1) - x) / (SOLE_HALF_WIDTH_M * scale)) ** 4))
        above = np.clip(1.5 - (y - np.arange(y0, y1)) / band, 0, 1)
        np.maximum(weight, (above[:, None] * across[None]).astype(np.float32), out=weight)
    return weight


def body_shade(person: Standing, size_hw: tuple[int, int], factor: float, overhead: float) -> Patch | None:
    """Ground about a standing person, who hides part of the sky: broad and faint.

    `overhead` is a share of light to be treated like that of a wide lamp above the person: a pool about the feet.

    Notes
    -----
    An upright strip of width 2b and height H at distance r hides the azimuth ``2 atan(b / r)`` up to the elevation
    ``atan(H / r)``; weighted with the cosine of incidence its share of the half space is
    ``atan(b / r) / pi * H^2 / (H^2 + r^2)``. It is faded to nothing at `BROAD_REACH`.
    """
    import cv2

    frame, height, feet = person.frame, person.height_m, person.feet_xy
    reach = BROAD_REACH * height
    box = _clipped(_ground_box(person, reach), size_hw)
    if box is None:
        return None
    x0, y0, x1, y1 = box
    small_w, small_h = min(x1 - x0, BROAD_SIDE), min(y1 - y0, BROAD_SIDE)
    columns = x0 + (np.arange(small_w) + 0.5) * (x1 - x0) / small_w - 0.5
    rows = y0 + (np.arange(small_h) + 0.5) * (y1 - y0) / small_h - 0.5
    x, y = frame.ground_of_pixels(columns[None], rows[:, None])
    ends = np.stack(frame.ground_of_pixels(feet[:, 0], feet[:, 1]), axis=1)
    distance = _distance_to_segment(x, y, ends[ends[:, 0].argmin()], ends[ends[:, 0].argmax()])
    hidden = np.arctan2(BODY_HALF_WIDTH * height, distance) / math.pi * height**2 / (height**2 + distance**2)
    visible = 1 - factor * hidden * np.clip(1 - (distance / reach) ** 2, 0, 1) ** 2
    visible *= 1 - overhead * POOL * np.exp(-0.5 * (distance / (POOL_SPREAD * height)) ** 2)
    large = cv2.resize(visible.astype(np.float32), (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR)
    return _trimmed(Patch(box, large))


def _trimmed(patch: Patch) -> Patch | None:
    """The part of a patch that one can see; None where that is nothing."""
    dark = patch.visible < 1 - FAINTEST
    rows, columns = np.flatnonzero(dark.any(1)), np.flatnonzero(dark.any(0))
    if len(rows) == 0:
        return None
    x0, y0 = patch.box_xyxy[0] + int(columns[0]), patch.box_xyxy[1] + int(rows[0])
    part = np.ascontiguousarray(patch.visible[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    return Patch((x0, y0, x0 + part.shape[1], y0 + part.shape[0]), part)


def _ground_box(person: Standing, reach: float) -> tuple[float, float, float, float]:
    """Box in pixels of the ground within `reach` metres of the feet."""
    frame, depth = person.frame, float(person.frame.origin[2])
    far, near = depth / (depth + reach), depth / max(depth - reach, 0.2 * depth)
    side = reach * frame.px_per_m
    (left, top), (right, bottom) = person.feet_xy.min(0), person.feet_xy.max(0)
    lift = frame.grazing_sin * side
    return left - side * near, top - lift * far - 2, right + side * near, bottom + lift * near + 2


def _distance_to_segment(x: np.ndarray, y: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    step = end - start
    along = ((x - start[0]) * step[0] + (y - start[1]) * step[1]) / max(float(step @ step), 1e-9)
    along = np.clip(along, 0, 1)
    return np.hypot(x - start[0] - along * step[0], y - start[1] - along * step[1])


def _clipped(box: tuple[float, float, float, float], size_hw: tuple[int, int]) -> tuple[int, int, int, int] | None:
    x0, y0 = max(0, math.floor(box[0])), max(0, math.floor(box[1]))
    x1, y1 = min(size_hw[1], math.ceil(box[2]) + 1), min(size_hw[0], math.ceil(box[3]) + 1)
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None
