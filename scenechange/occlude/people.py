"""The people of a scene: where they are, roughly which pixels they are, and where they stand.

The pose detector proposes; BlazePose looks at each proposal twice, the second time where its own first answer says the
body is (Bazarevsky et al., BlazePose, 2020).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenechange.detectors import Person, find_people
from scenechange.poses import ROI_PX, Look, look

if TYPE_CHECKING:
    from scenechange.types import Photo

LEAST_PRESENCE = 0.6
LEAST_DECIDED = 0.6
"""Share of sure pixels among those that may be the person: people reach 0.75 and more, bushes and statues less."""
MOST_SHARED = 0.5
"""Share of the smaller of two masks that may lie in the other; beyond, both are the same person."""
FOOT_DEPTH = 0.06
"""How far above the mask's lowest row the middle of both feet may lie, as a share of the mask's height."""
HEELS_AND_TOES = (29, 30, 31, 32)


@dataclass(frozen=True, slots=True, eq=False)
class Bystander:
    """Somebody in the scene.

    Attributes
    ----------
    inside : ndarray
        ``(h, w)`` probability in [0, 1], cropped, at the scene's scale.
    offset_xy : (int, int)
        Where the crop lies in the scene.
    foot_y : float
        Row on which they stand, also below the picture.
    """

    inside: np.ndarray
    offset_xy: tuple[int, int]
    foot_y: float


def find_bystanders(photo: Photo, least_share: float, most: int) -> tuple[Bystander, ...]:
    """People at least `least_share` of the picture's height tall, at most `most`, the tallest first."""
    least_px = least_share * photo.size_hw[0]
    proposals = [p for p in find_people(photo, tiles=2) if 1.8 * p.radius_px >= least_px]
    found: list[Bystander] = []
    for person in sorted(proposals, key=lambda p: -p.radius_px)[: 2 * most]:
        bystander = _look_twice(photo, person)
        if bystander is not None and all(_shared(bystander, other) <= MOST_SHARED for other in found):
            found.append(bystander)
        if len(found) == most:
            break
    return tuple(found)


def _look_twice(photo: Photo, person: Person) -> Bystander | None:
    first = look(photo, person)
    if first.presence < LEAST_PRESENCE / 2:
        return None
    second = look(photo, first.again)
    sure, touched = second.inside > 0.9, second.inside > 0.1
    if second.presence < LEAST_PRESENCE or sure.sum() < LEAST_DECIDED * max(touched.sum(), 1):
        return None
    return _in_scene(photo, second)


def _in_scene(photo: Photo, view: Look) -> Bystander | None:
    """The mask at the scene's scale, cropped to the picture; None where nothing of it is inside."""
    import cv2

    height, width = photo.size_hw
    corners = np.array([[x, y, 1] for x in (0, ROI_PX - 1) for y in (0, ROI_PX - 1)]) @ view.photo_from_roi.T
    x0, y0 = (max(math.floor(v), 0) for v in corners.min(0))
    x1, y1 = min(math.ceil(corners[:, 0].max()) + 1, width), min(math.ceil(corners[:, 1].max()) + 1, height)
    if x0 >= x1 or y0 >= y1:
        return None
    part_from_roi = view.photo_from_roi - np.array([[0, 0, x0], [0, 0, y0]])
    inside = cv2.warpAffine(view.inside, part_from_roi, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR)
    rows, columns = np.flatnonzero((inside > 0.5).any(1)), np.flatnonzero((inside > 0.5).any(0))
    if not len(rows):
        return None
    top, left, bottom, right = rows[0], columns[0], rows[-1] + 1, columns[-1] + 1
    lowest = float(y0 + bottom)
    # Where the picture cuts the legs the feet are the network's guess; else the mask must agree with them.
    highest = lowest - FOOT_DEPTH * (bottom - top)
    guess = float(view.points_xy[list(HEELS_AND_TOES), 1].mean())
    foot_y = max(guess, lowest) if lowest >= height - 1 else min(max(guess, highest), lowest)
    return Bystander(inside[top:bottom, left:right].copy(), (x0 + int(left), y0 + int(top)), foot_y)


def _shared(a: Bystander, b: Bystander) -> float:
    """Share of the smaller mask's pixels that lie in the other."""
    (ax, ay), (bx, by) = a.offset_xy, b.offset_xy
    (ah, aw), (bh, bw) = a.inside.shape, b.inside.shape
    x0, y0, x1, y1 = max(ax, bx), max(ay, by), min(ax + aw, bx + bw), min(ay + ah, by + bh)
    if x0 >= x1 or y0 >= y1:
        return 0.0
    one = a.inside[y0 - ay : y1 - ay, x0 - ax : x1 - ax] > 0.5
    other = b.inside[y0 - by : y1 - by, x0 - bx : x1 - bx] > 0.5
    return float((one & other).sum() / max(min((a.inside > 0.5).sum(), (b.inside > 0.5).sum()), 1))
