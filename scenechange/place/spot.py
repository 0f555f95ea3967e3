"""Where a standing person looks sensible: on free ground, large enough, inside the frame, beside the middle."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from scenechange.math.geometry import statures_px
from scenechange.place.surroundings import Boxes, Surroundings
from scenechange.types import Camera, Scene, Subject, size_hw

COLUMNS, ROWS = 41, 48
LEAST_SHARE = 0.4
"""A standing person smaller than this part of the wanted size is no picture of them any more."""
MOST_SIZE_SPREAD = 0.25
"""Relative standard deviation of the size beyond which people look like giants too often; a portrait always fits."""
TOES_SHARE = 0.975
"""The lowest that toes may reach, as a share of the picture's height: feet at the very edge look cut."""
LEAST_STANDABLE = 0.3
"""Below this probability a spot does not count as ground."""
MOST_TAKEN, MOST_HIDDEN = 0.2, 0.12
"""Shares of a footprint on somebody or something, and of the person behind something: more is no place to choose."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A decided place: `subject_xy` of the subject's photo comes to `scene_xy`, the whole person `stature_px` tall.

    `stands` says whether the feet touch ground in the picture, `cut` whether the person is cut off at `scene_xy`, and
    `below` how many statures below that the unseen feet are.
    """

    subject_xy: tuple[float, float]
    scene_xy: tuple[float, float]
    stature_px: float
    stands: bool
    notes: tuple[str, ...] = ()
    cut: bool = False
    below: float = 0.0

    def foot_xy(self, scale: float) -> tuple[float, float]:
        """Where the feet are or would be, in scene pixels; `scale` is the user's factor on the size."""
        return self.scene_xy[0], self.scene_xy[1] + self.below * self.stature_px * scale


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of a place.

    Attributes
    ----------
    height_m : float
        Real height of the person in metres.
    share : float
        Wanted stature as a share of the picture's height.
    enlarge_limit : float
        Scene pixels per pixel of the subject's photo from which softness counts against a place.
    scale : float
        The user's factor on the size.
    """

    height_m: float
    share: float
    enlarge_limit: float
    scale: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Foot points that are possible, and what was measured at each; all arrays are N long.

    Attributes
    ----------
    xy : ndarray
        ``(N, 2)`` scene pixels.
    size_px : ndarray
        Stature there in scene pixels.
    free : ndarray
        Chance to stand on the footprint, 0 to 1.
    outside : ndarray
        How far the person leaves the frame, in twentieths of it.
    off_third : ndarray
        Distance from the nearer vertical third line as a share of the picture's width.
    hidden, covered : ndarray
        Share of the person's box behind what stands in front, and before people and things farther away.
    view : ndarray
        Detail behind the person over that of a mean part of the picture: a landmark has more of it than its sky.
    lit : ndarray
        Stops by which the ground at the feet is brighter than most ground.
    score : ndarray
        Sum of logarithmic terms; larger is better.
    """

    xy: np.ndarray
    size_px: np.ndarray
    free: np.ndarray
    outside: np.ndarray
    off_third: np.ndarray
    hidden: np.ndarray
    covered: np.ndarray
    view: np.ndarray
    lit: np.ndarray
    score: np.ndarray


def standing_places(subject: Subject, scene: Scene, around: Surroundings, wish: Wish) -> Places | None:
    """The places of a grid on which the person can stand, with their scores; None where there is none."""
    scene_h, scene_w = scene.photo.size_hw
    left, right, above, below = _extent(subject)
    rows, columns = np.linspace(0.3, 0.975, ROWS) * scene_h, np.linspace(0.08, 0.92, COLUMNS) * scene_w
    xy = np.stack(np.meshgrid(columns, rows), -1).reshape(-1, 2)
    size = statures_px(scene.camera, xy, wish.height_m) * wish.scale
    with np.errstate(invalid="ignore"):
        good = (size >= LEAST_SHARE * wish.share * scene_h) & (size <= 3 * scene_h)
        good &= xy[:, 1] + below * size <= TOES_SHARE * scene_h
    good &= _size_spread(scene.camera, xy) <= MOST_SIZE_SPREAD
    xy, size = xy[good], size[good]
    feet = Boxes(xy[:, 0] - 0.12 * size, xy[:, 1] - 0.02 * size, xy[:, 0] + 0.12 * size, xy[:, 1] + 0.01 * size)
    body = Boxes(xy[:, 0] - left * size, xy[:, 1] - above * size, xy[:, 0] + right * size, xy[:, 1])
    free, taken = around.ground.mean(feet), around.taken(feet)
    outside = np.maximum.reduce([np.zeros(len(xy)), -body.x0, body.x1 - scene_w]) / (0.05 * scene_w)
    outside += np.maximum(0.0, 0.02 * scene_h - body.y0) / (0.05 * scene_h)
    off_third = np.minimum(abs(xy[:, 0] / scene_w - 0.34), abs(xy[:, 0] / scene_w - 0.66))
    hidden, covered = around.in_front(body, xy), around.covered(body, xy)
    places = Places(
        xy, size, free, outside, off_third, hidden, covered, around.view.mean(body), around.stops.mean(feet), free
    )
    keep = (free >= LEAST_STANDABLE) & (taken <= MOST_TAKEN) & (hidden <= MOST_HIDDEN)
    if not keep.any():
        return None
    return _scored(places, keep, scene_h, subject.body.stature_px, wish)


def _scored(places: Places, keep: np.ndarray, scene_h: int, stature_px: float, wish: Wish) -> Places:
    """Those places that are kept, with their scores.

    The logarithm of the chance to stand there, and Gaussian penalties in natural units of a factor for a size far
    from the wished one and for enlarged pixels; then for leaving the frame, for the middle and the rim, for hiding
    people or a landmark, for being hidden, and for ground that is lit unlike the rest.
    """
    p = Places(*(getattr(places, name)[keep] for name in Places.__dataclass_fields__))
    wanted = np.log(p.size_px / (wish.share * scene_h)) / 0.3
    soft = np.maximum(0.0, np.log(p.size_px / stature_px / wish.enlarge_limit)) / 0.3
    score = 2 * np.log(p.free) - 0.5 * (wanted**2 + soft**2 + p.outside**2 + 0.5 * (p.off_third / 0.12) ** 2)
    score -= 0.3 * np.maximum(0.0, p.view - 1) + 2.0 * p.covered + 6.0 * p.hidden + 0.25 * (p.lit / 1.5) ** 2
    return replace(p, score=score)


def _extent(subject: Subject) -> tuple[float, float, float, float]:
    """How far the person reaches left of, right of, above and below the middle of the feet, in statures."""
    x, y = subject.cutout.offset_xy
    h, w = size_hw(subject.cutout.alpha)
    foot_x, foot_y = subject.body.feet_xy.mean(0)
    stature = subject.body.stature_px
    sides = (foot_x - x) / stature, (x + w - foot_x) / stature
    return *sides, (foot_y - y) / stature, max(0.0, y + h - foot_y) / stature


def _size_spread(camera: Camera, xy: np.ndarray) -> np.ndarray:
    """``(N,)`` relative standard deviation of sizes: the horizon's row over how deep the feet lie below it."""
    roll, (cx, _) = math.radians(camera.roll_deg), camera.centre_xy
    horizon_y = camera.horizon_y(cx) - (xy[:, 0] - cx) * math.tan(roll)
    return np.asarray(camera.horizon_spread_px / np.maximum(xy[:, 1] - horizon_y, 1.0))
