"""People in a scene as rulers: where they stand, and how tall they are in pixels.

A detector finds people (`scenechange.detectors.find_people`), a small network their joints. Who sits, leans, is cut off
or shows no feet is left out. The soles follow from heels and toes, the top of the head from eyes, nose and ears.

Reference: Bazarevsky et al., BlazePose, CVPR workshop 2020.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenechange.calibrate.clues import Standing
from scenechange.detectors import Person, find_people, picture

if TYPE_CHECKING:
    from scenechange.types import Photo

    Network = Callable[[np.ndarray], list[np.ndarray]]

JOINT_NETWORK = "blazepose-lite"
TILES = 3  # finds people down to about a twentieth of the longer side
LEAST_DETECTED, LEAST_SCORE = 0.2, 0.7  # of the detector; of the joints, which are the stricter judge
SEEN_PX = 256  # side of what the network sees
SIDE_PER_RADIUS = 2.5  # the square that the network was trained on, in radii of the circle round the body
HOPELESS = 0.2  # score of the joints at the first look below which there is no second
MOST = 12  # looked at; further people add cost, no precision
SMALLEST_PX = 32.0
FACE, SHOULDERS, HIPS = (0, 2, 5, 7, 8), (11, 12), (23, 24)
CIRCLE = (33, 34)  # round the whole body: its centre, and a point on it
LEGS = ((25, 27, 29, 31), (26, 28, 30, 32))  # knee, ankle, heel, toe of either side
LEAST_VISIBLE = 0.5
FACE_DOWN, SOLES_DOWN = 0.082, 0.029
"""Mean of eyes, nose and ears below the top, soles below the lowest joint of the foot, as shares of the height."""
LEG_PER_TRUNK, THIGH_PER_TRUNK = 0.78, 0.33
"""Lower ankle, and mean knee, below the hips as shares of how far the face is above them, at least: 1.3 and 0.6 of who
stands, 0.9 and 0.5 of who strides, 0.7 and 0.1 of who sits."""
MOST_LEAN = math.tan(math.radians(15))
ENDS_AGREE = 0.07  # of the height: how far the outline may end from where the joints put top and soles
SHARED = 0.5  # of the joints seen: on the outline of somebody found before they are of the same body
LOG_SD = 0.05  # of a height in pixels, against true outlines


@dataclass(frozen=True, slots=True, eq=False)
class Joints:
    """What the network says of one person.

    Attributes
    ----------
    xy, visible : ndarray
        ``(33, 2)`` pixels, and ``(33,)`` probability that a joint is seen.
    score : float
        Probability that there is a person.
    inside : ndarray
        ``(256, 256)`` bool, which parts of the square it looked at are the person.
    square : (float, float, float)
        Left and upper edge, and side of that square in pixels.
    """

    xy: np.ndarray
    visible: np.ndarray
    score: float
    inside: np.ndarray
    square: tuple[float, float, float]

    def covers(self, points_xy: np.ndarray) -> np.ndarray:
        """``(N,)`` which of the points ``(N, 2)`` in pixels lie on the person."""
        x0, y0, side = self.square
        column, row = np.floor((points_xy - (x0, y0)) * (SEEN_PX / side)).astype(int).T
        looked_at = (column >= 0) & (row >= 0) & (column < SEEN_PX) & (row < SEEN_PX)
        return looked_at & self.inside[row.clip(0, SEEN_PX - 1), column.clip(0, SEEN_PX - 1)]


def find_standing(photo: Photo, small: Photo, network: Network) -> tuple[Standing, ...]:
    """People who stand with their feet in the picture, most certain first; units as in `clues`.

    They are looked for in `small`, the photo at work size; their joints are found in the photo itself. Who was seen
    counts once, also where a window of the detector shows a part of a body as somebody smaller.
    """
    height, width = photo.size_hw
    unit, centre = max(height, width), np.array([(width - 1) / 2, (height - 1) / 2])
    bodies: list[Joints] = []
    kept: list[Standing] = []
    larger = width / small.size_hw[1]
    for person in _apart(find_people(small, LEAST_DETECTED, TILES), larger, bodies):
        joints = find_joints(photo, person, network)
        if joints.score < LEAST_SCORE or any(_are_one(joints, other) for other in bodies):
            continue
        bodies.append(joints)
        ends = soles_and_top(joints, photo.size_hw)
        if ends is not None:
            foot, top = ((point - centre) / unit for point in ends)
            kept.append(Standing((float(foot[0]), float(foot[1])), (float(top[0]), float(top[1])), LOG_SD))
    return tuple(kept)


def find_joints(photo: Photo, person: Person, network: Network) -> Joints:
    """Joints of one person, seen first in the square round the detector's circle, then round what was found in it."""
    centre, radius = np.array(person.hips_xy), person.radius_px
    for _ in range(2):
        side = max(round(SIDE_PER_RADIUS * radius), 8)
        x0, y0 = (round(float(c) - side / 2) for c in centre)
        seen = picture(photo, (x0, y0, x0 + side, y0 + side), (SEEN_PX, SEEN_PX))
        raw, score, mask, *_ = (np.asarray(out)[0] for out in network(seen[None]))
        points = raw.reshape(-1, 5).astype(np.float64)
        xy = points[:, :2] * (side / SEEN_PX) + (x0, y0)
        if np.ravel(score)[0] < HOPELESS:
            break
        centre, radius = xy[CIRCLE[0]], math.dist(*xy[list(CIRCLE)])
    visible = 1 / (1 + np.exp(-points[:33, 3].clip(-50, 50)))
    return Joints(xy[:33], visible, float(np.ravel(score)[0]), mask[..., 0] > 0, (x0, y0, side))


def soles_and_top(joints: Joints, size_hw: tuple[int, int]) -> tuple[np.ndarray, np.ndarray] | None:
    """Pixel ``(2,)`` between the soles and of the top of the head; None of who does not stand in full view."""
    feet = [list(leg) for leg in LEGS if joints.visible[list(leg)].min() > LEAST_VISIBLE]
    if joints.score < LEAST_SCORE or not feet or joints.visible[0] < LEAST_VISIBLE:
        return None
    face, hips = joints.xy[list(FACE)].mean(0), joints.xy[list(HIPS)].mean(0)
    soles = np.array([joints.xy[leg[2:]][joints.xy[leg[2:], 1].argmax()] for leg in feet]).mean(0)
    knees, ankles = joints.xy[[leg[0] for leg in feet], 1].mean(), joints.xy[[leg[1] for leg in feet], 1].max()
    trunk = hips[1] - face[1]
    stands = trunk > 0 and ankles - hips[1] > LEG_PER_TRUNK * trunk and knees - hips[1] > THIGH_PER_TRUNK * trunk
    upright = abs(face[0] - soles[0]) < MOST_LEAN * (soles[1] - face[1])
    if not (stands and upright):
        return None
    tall = (soles[1] - face[1]) / (1 - FACE_DOWN - SOLES_DOWN)
    foot, top = np.array([hips[0], soles[1] + SOLES_DOWN * tall]), np.array([hips[0], face[1] - FACE_DOWN * tall])
    inside = 0 <= foot[0] < size_hw[1] and foot[1] < size_hw[0] - 1
    return (foot, top) if inside and tall >= SMALLEST_PX and _outline_agrees(joints, foot, top) else None


def _outline_agrees(joints: Joints, foot: np.ndarray, top: np.ndarray) -> bool:
    """Whether what the network marks as the person ends where the joints say that head and soles are.

    It does not for who is hidden in part, wears a long skirt, or was put together from parts of several people.
    """
    rows = np.flatnonzero(joints.inside.any(1))
    if not len(rows):
        return False
    _, y0, side = joints.square
    ends = y0 + np.array([rows[0], rows[-1] + 1]) * (side / SEEN_PX)
    return bool((np.abs(ends - (top[1], foot[1])) < ENDS_AGREE * (foot[1] - top[1])).all())


def _apart(people: tuple[Person, ...], larger: float, bodies: list[Joints]) -> Iterator[Person]:
    """At most `MOST` to look at, in pixels of the photo: no two with the same hips, none on one of `bodies`.

    `bodies` may grow while these are asked for.
    """
    tried: list[Person] = []
    for found in people:
        person = found.enlarged(larger)
        middle = np.array([person.hips_xy, person.shoulders_xy])
        if any(body.covers(middle).all() for body in bodies):
            continue
        if not any(math.dist(person.hips_xy, other.hips_xy) < 0.3 * other.radius_px for other in tried):
            tried.append(person)
            yield person
        if len(tried) == MOST:
            return


def _are_one(one: Joints, other: Joints) -> bool:
    """Whether most joints of either lie on the outline of the other."""
    return any(
        float(b.covers(a.xy[a.visible > LEAST_VISIBLE]).mean() if (a.visible > LEAST_VISIBLE).any() else 0.0) > SHARED
        for a, b in ((one, other), (other, one))
    )
