"""Things of a scene that stand out and stand on the ground: a car, a bench, a boat, by a cut-out network.

IS-Net (Qin et al., Highly Accurate Dichotomous Image Segmentation, ECCV 2022) marks what stands out; each connected
part with a foot on the ground is a thing. A wrong answer hides a part of the person behind nothing, so what covers much
of the picture (a landmark, a square) and what is not clearly set apart is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenechange.math.image import fit_within
from scenechange.salience import salience

if TYPE_CHECKING:
    from scenechange.types import Camera, Photo

MAP_PX = 512
"""Longer edge of the map on which parts are told from each other."""
SMALLEST, LARGEST, WIDEST = 0.002, 0.25, 0.6
"""Limits on a thing's area, and on its width, as shares of the picture's."""
LEAST_SURE = 0.85
"""Mean probability inside a thing."""
FOOT = 0.25
"""Pixels within this share of a thing's height above its lowest one belong to its foot."""
CUT_OFF = 1.1
"""Row, in heights of the picture, of the foot of a thing that the frame cuts off: in front of whoever shows their feet,
behind most people whom the frame cuts off too."""
OPEN = 3
"""Map cells: bridges as thin as that do not make two things one."""


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """Something that stands out: ``inside (h, w)`` probability at the map's scale, cropped, and its base line.

    `scale` is scene pixels per cell of the map; the base line is in scene pixels.
    """

    inside: np.ndarray
    offset_xy: tuple[int, int]
    scale: tuple[float, float]
    base_xyxy: tuple[float, float, float, float]


def find_things(photo: Photo, camera: Camera, most: int) -> tuple[Thing, ...]:
    """At most `most` things, the largest first."""
    return things_in(_look(photo), camera, most)


def things_in(probability: np.ndarray, camera: Camera, most: int) -> tuple[Thing, ...]:
    """The things in a map ``(rows, columns)`` of what stands out, which spans the whole picture."""
    import cv2

    rows, columns = probability.shape
    scale = camera.size_hw[1] / columns, camera.size_hw[0] / rows
    raw = (probability > 0.5).astype(np.uint8)
    solid = cv2.morphologyEx(raw, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (OPEN, OPEN)))
    count, parts, stats, _ = cv2.connectedComponentsWithStats(solid, connectivity=4)
    found = []
    for part in sorted(range(1, count), key=lambda n: -stats[n, cv2.CC_STAT_AREA]):
        x, y, width, height, area = (int(v) for v in stats[part])
        inside = parts == part
        fits = SMALLEST * rows * columns <= area <= LARGEST * rows * columns and width <= WIDEST * columns
        if not fits or probability[inside].mean() < LEAST_SURE:
            continue
        base = _base(inside[y : y + height, x : x + width], (x, y), scale, camera)
        if base is None:
            continue
        near = cv2.dilate(inside.astype(np.uint8), np.ones((5, 5), np.uint8))
        soft = (probability * near)[max(y - 2, 0) : y + height + 2, max(x - 2, 0) : x + width + 2]
        found.append(Thing(soft.astype(np.float32), (max(x - 2, 0), max(y - 2, 0)), scale, base))
        if len(found) == most:
            break
    return tuple(found)


def _base(
    inside: np.ndarray, offset_xy: tuple[int, int], scale: tuple[float, float], camera: Camera
) -> tuple[float, float, float, float] | None:
    """Line through the foot of a part in scene pixels; below the picture where that cuts it; None above the horizon."""
    height, width = inside.shape
    lowest = height - 1 - inside[::-1].argmax(0)
    foot = np.flatnonzero(inside.any(0) & (lowest >= (1 - FOOT) * height))
    ys = (offset_xy[1] + lowest[foot] + 1.0) * scale[1]
    if ys.max() >= camera.size_hw[0] - scale[1]:  # cut off below: nearer than all that is seen of the ground
        ys = np.full(len(foot), CUT_OFF * camera.size_hw[0])
    xs = (offset_xy[0] + foot + 0.5) * scale[0]
    slope, start = np.polyfit(xs, ys, 1) if len(foot) > 4 else (0.0, float(ys.mean()))
    left, right = float(offset_xy[0] * scale[0]), float((offset_xy[0] + width) * scale[0])
    base = left, float(start + slope * left), right, float(start + slope * right)
    is_below = min(base[1] - camera.horizon_y(left), base[3] - camera.horizon_y(right)) > 0.02 * camera.size_hw[0]
    return base if is_below else None


def _look(photo: Photo) -> np.ndarray:
    """Probability ``(rows, columns)`` that a part of the photo stands out."""
    import cv2

    height, width = photo.size_hw
    rows, columns = fit_within(photo.size_hw, MAP_PX)
    probability = salience(photo, (0, 0, width, height))
    return np.asarray(cv2.resize(probability, (columns, rows), interpolation=cv2.INTER_AREA))
