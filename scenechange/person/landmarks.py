"""BlazePose: 33 body landmarks of one person inside a turned square.

Reference: V. Bazarevsky et al., BlazePose: On-device Real-time Body Pose Tracking, CVPR workshop 2020; the lengths in
metres come from the GHUM model of I. Grishchenko et al., BlazePose GHUM Holistic, 2022.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scenechange.person.picture import GREY_SRGB, Picture

INPUT_PX = 256
HEAT_PX = 64
COUNT = 33
ROI_PER_CIRCLE = 1.25  # the square the network was trained on is this much larger than the circle round the person

NOSE = 0
EYES = (2, 5)
EARS = (7, 8)
MOUTH = (9, 10)
HEAD = tuple(range(11))
SHOULDERS = (11, 12)
ELBOWS = (13, 14)
WRISTS = (15, 16)
HIPS = (23, 24)
KNEES = (25, 26)
ANKLES = (27, 28)
HEELS = (29, 30)
TOES = (31, 32)

Network = Callable[[np.ndarray], list[np.ndarray]]


@dataclass(frozen=True, slots=True)
class Roi:
    """A square of the picture: its centre, its side in pixels, and how far it is turned clockwise."""

    centre_xy: tuple[float, float]
    side_px: float
    turn_rad: float = 0.0

    @property
    def picture_from_input(self) -> np.ndarray:
        """``(2, 3)`` map from network input pixels to picture pixels."""
        k, c, s = self.side_px / INPUT_PX, math.cos(self.turn_rad), math.sin(self.turn_rad)
        linear = k * np.array([[c, -s], [s, c]])
        middle = np.full(2, (INPUT_PX - 1) / 2)
        return np.column_stack([linear, np.asarray(self.centre_xy) - linear @ middle])


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """What the network sees.

    Attributes
    ----------
    xy : ndarray
        ``(33, 2)`` picture pixels; joints outside the frame are guesses.
    presence, visibility : ndarray
        ``(33,)`` probability that the joint lies in the frame, and that nothing hides it there.
    world_m : ndarray
        ``(33, 3)`` metres in the camera's directions (x right, y down, z away), origin between the hips.
    circle_xy : ndarray
        ``(2, 2)`` centre of the circle round the whole person, and its point above the head.
    score : float
        Probability that there is a person.
    """

    xy: np.ndarray
    presence: np.ndarray
    visibility: np.ndarray
    world_m: np.ndarray
    circle_xy: np.ndarray
    score: float

    def mean_xy(self, joints: tuple[int, ...]) -> np.ndarray:
        """``(2,)`` mean place of some joints."""
        return self.xy[list(joints)].mean(0)

    def circle_roi(self) -> Roi:
        """The square in which the network would look at the same person again."""
        centre, rim = self.circle_xy
        dx, dy = rim - centre
        side = 2 * ROI_PER_CIRCLE * max(math.hypot(dx, dy), 1.0)
        return Roi((float(centre[0]), float(centre[1])), side, math.atan2(dx, -dy))


def find_landmarks(picture: Picture, roi: Roi, network: Network) -> Landmarks:
    """The landmarks of the person inside `roi`, in picture pixels."""
    raw, score, _, heat, world = (np.asarray(out)[0] for out in network(look_at(picture, roi)[None]))
    points = raw.reshape(-1, 5).astype(np.float64)
    points[:, :2] = _settle(points[:, :2], heat)
    to_picture = roi.picture_from_input
    xy = points[:, :2] @ to_picture[:, :2].T + to_picture[:, 2]
    visibility, presence = _sigmoid(points[:COUNT, 3]), _sigmoid(points[:COUNT, 4])
    world_m = world.reshape(-1, 3)[:COUNT].astype(np.float64)
    c, s = math.cos(roi.turn_rad), math.sin(roi.turn_rad)
    world_m = np.column_stack([world_m[:, :2] @ np.array([[c, s], [-s, c]]), world_m[:, 2]])
    circle_xy = xy[COUNT : COUNT + 2]
    return Landmarks(xy[:COUNT], presence, visibility, world_m, circle_xy, float(np.ravel(score)[0]))


def look_at(picture: Picture, roi: Roi) -> np.ndarray:
    """``(256, 256, 3)`` network input: the square `roi` of the picture.

    Where the photo's own edge cuts the person its last pixels are drawn out: so the network places the joints beyond
    the frame best (hips cut off at the chest: 3 % of stature off instead of 9 % over black). Elsewhere it is grey.
    """
    import cv2

    h, w = picture.size_hw
    k = min(1.0, INPUT_PX / roi.side_px)
    size = max(1, round(w * k)), max(1, round(h * k))
    small = cv2.resize(picture.rgb, size, interpolation=cv2.INTER_AREA) if k < 1 else picture.rgb
    top, bottom, left, right = (int(edge not in picture.open_at) for edge in ("top", "bottom", "left", "right"))
    small = cv2.copyMakeBorder(small, top, bottom, left, right, cv2.BORDER_CONSTANT, value=(GREY_SRGB,) * 3)
    kx, ky = size[0] / w, size[1] / h
    shift = np.array([0.5 * kx - 0.5 + left, 0.5 * ky - 0.5 + top])
    small_from_input = np.diag([kx, ky]) @ roi.picture_from_input
    small_from_input[:, 2] += shift
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(small, small_from_input, (INPUT_PX,) * 2, flags=flags, borderMode=cv2.BORDER_REPLICATE)


def _settle(xy: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """Points moved to the centre of mass of their heat map's 7 x 7 surroundings, where that is hot enough."""
    out, step, reach = xy.copy(), INPUT_PX // HEAT_PX, 3
    for i, (x, y) in enumerate(xy):
        column, row = math.floor(x / step), math.floor(y / step)
        if not (0 <= column < HEAT_PX and 0 <= row < HEAT_PX):
            continue
        x0, y0 = max(0, column - reach), max(0, row - reach)
        patch = _sigmoid(heat[y0 : row + reach + 1, x0 : column + reach + 1, i])
        if patch.max() < 0.5:
            continue
        total = patch.sum()
        out[i, 0] = step * (x0 + (patch.sum(0) @ np.arange(patch.shape[1])) / total)
        out[i, 1] = step * (y0 + (patch.sum(1) @ np.arange(patch.shape[0])) / total)
    return out


def _sigmoid(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(values, -50, 50)))
