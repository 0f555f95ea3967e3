"""Where people and faces are in a photo: MediaPipe's pose and face detectors, decoded from their published format.

Both detectors are single-shot networks (Liu et al., SSD, ECCV 2016) with square anchors of fixed size on a grid:
per anchor they give a score and the offset of a box and of a few keypoints from the anchor's centre, in pixels of the
network's input. Overlapping answers are blended, weighted by score (Bazarevsky et al., BlazeFace, 2019). The pose
detector finds the head and, from it, the middle of the hips and of the shoulders and a circle round the whole body
(Bazarevsky et al., BlazePose, 2020). It sees people that fill at least about a tenth of the picture's height, so
`find_people` looks at the whole photo and, where `tiles` is above 1, also at overlapping parts of it.

Same floor as `scenechange.networks`: any stage may use it.

Examples
--------
>>> from scenechange.detectors import Person
>>> someone = Person((40, 10, 60, 34), (50, 100), (50, 5), (50, 45), (50, 20), 0.9)
>>> someone.radius_px
95.0
>>> someone.box_xyxy
(-45.0, 5.0, 145.0, 195.0)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from scenechange import networks
from scenechange.errors import InputError
from scenechange.math.colour import srgb_of
from scenechange.math.image import fit_within, resize_planes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scenechange.types import Photo

Point = tuple[float, float]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Face:
    """A face, in pixels of the photo.

    Attributes
    ----------
    box_xyxy : (x0, y0, x1, y1)
        From the eyebrows to the chin; may reach outside the photo.
    keypoints_xy : tuple of (x, y)
        Right eye, left eye (the person's own right and left), tip of the nose, mouth, right ear, left ear.
    score : float
        0 to 1.
    """

    box_xyxy: Box
    keypoints_xy: tuple[Point, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Person:
    """A person, in pixels of the photo; everything may lie outside the photo where the frame cuts the person.

    Attributes
    ----------
    about_head_xyxy : (x0, y0, x1, y1)
        Box about the head and more: 0.7 of the radius high, two to three heads. Its middle lies in the head or neck.
    hips_xy : (x, y)
        Middle of the hips.
    circle_xy : (x, y)
        A point on the circle round the whole body, centred at `hips_xy`, above the head along the body's axis.
    shoulders_xy : (x, y)
        Middle of the shoulders.
    upper_circle_xy : (x, y)
        The like of `circle_xy` for the upper body, centred at `shoulders_xy`.
    score : float
        0 to 1.
    """

    about_head_xyxy: Box
    hips_xy: Point
    circle_xy: Point
    shoulders_xy: Point
    upper_circle_xy: Point
    score: float

    @property
    def radius_px(self) -> float:
        """Radius in pixels of the circle round the whole body."""
        return math.dist(self.hips_xy, self.circle_xy)

    @property
    def turned_deg(self) -> float:
        """How far the body's axis (hips to head) is turned clockwise from upright."""
        return math.degrees(math.atan2(self.circle_xy[0] - self.hips_xy[0], self.hips_xy[1] - self.circle_xy[1]))

    @property
    def box_xyxy(self) -> Box:
        """The square round the whole-body circle."""
        (x, y), r = self.hips_xy, self.radius_px
        return x - r, y - r, x + r, y + r

    def enlarged(self, factor: float) -> Person:
        """The same person in pixels of a picture that is larger by `factor`."""
        x0, y0, x1, y1 = (factor * (n + 0.5) - 0.5 for n in self.about_head_xyxy)
        points = (self.hips_xy, self.circle_xy, self.shoulders_xy, self.upper_circle_xy)
        hips, circle, shoulders, upper = ((factor * (x + 0.5) - 0.5, factor * (y + 0.5) - 0.5) for x, y in points)
        return Person((x0, y0, x1, y1), hips, circle, shoulders, upper, self.score)


@cache
def _anchors(size: int, strides: tuple[tuple[int, int], ...]) -> np.ndarray:
    """Centres ``(N, 2)`` in input pixels of a grid per (stride, anchors in each cell), row by row."""
    grids = []
    for stride, count in strides:
        along = (np.arange(-(-size // stride), dtype=np.float32) + 0.5) * stride
        grids.append(np.stack(np.meshgrid(along, along), -1).reshape(-1, 1, 2).repeat(count, 1).reshape(-1, 2))
    return np.concatenate(grids)


@dataclass(frozen=True, slots=True)
class _Detector:
    """What the model's description says: input size, grid, and the least score that counts."""

    name: str
    size: int
    strides: tuple[tuple[int, int], ...]
    keypoints: int


POSE = _Detector("pose-detection", 224, ((8, 2), (16, 2), (32, 6)), 4)
FACE_FULL_RANGE = _Detector("face-full-range", 192, ((4, 1),), 6)
FACE_SHORT_RANGE = _Detector("face-short-range", 128, ((8, 2), (16, 6)), 6)


def _decode(detector: _Detector, outputs: Sequence[np.ndarray], least: float) -> np.ndarray:
    """``(N, 1 + 4 + 2K)`` score, box xyxy and keypoints in input pixels of every anchor that scores `least`."""
    regressors = next(o for o in outputs if o.shape[-1] > 1).reshape(-1, 4 + 2 * detector.keypoints)
    scores = 1 / (1 + np.exp(-next(o for o in outputs if o.shape[-1] == 1).reshape(-1).clip(-80, 80)))
    keep = np.flatnonzero(scores >= least)
    raw, centre = regressors[keep], _anchors(detector.size, detector.strides)[keep]
    middle, half = raw[:, :2] + centre, np.abs(raw[:, 2:4]) / 2
    points = raw[:, 4:].reshape(len(keep), detector.keypoints, 2) + centre[:, None]
    return np.concatenate(
        [scores[keep, None], middle - half, middle + half, points.reshape(len(keep), 2 * detector.keypoints)], 1
    )


def overlap(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Intersection over union ``(N,)`` of a box ``(4,)`` and boxes ``(N, 4)``, xyxy."""
    size = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    shared = size.clip(0).prod(1)
    union = (box[2:] - box[:2]).prod() + (boxes[:, 2:] - boxes[:, :2]).prod(1) - shared
    return shared / np.maximum(union, 1e-9)


def blend_overlapping(found: np.ndarray, least_overlap: float = 0.3) -> np.ndarray:
    """Non-maximum suppression that averages what it suppresses, weighted by score; best first.

    `found` is ``(N, 1 + 4 + ...)``: score, box xyxy, anything else that may be averaged.
    """
    left = found[np.argsort(-found[:, 0], kind="stable")]
    kept = []
    while len(left):
        same = overlap(left[0, 1:5], left[:, 1:5]) >= least_overlap
        same[0] = True
        weight = left[same, :1]
        kept.append(np.r_[left[0, 0], (left[same, 1:] * weight).sum(0) / weight.sum()])
        left = left[~same]
    return np.array(kept).reshape(-1, found.shape[1])


def picture(photo: Photo, box_xyxy: tuple[int, int, int, int], size_hw: tuple[int, int]) -> np.ndarray:
    """A part of a photo as networks want it: ``(h, w, 3)`` float32 sRGB in [0, 1], black outside the photo.

    Shrinks in linear light with the pixels' area, enlarges bilinearly.
    """
    x0, y0, x1, y1 = box_xyxy
    height, width = photo.size_hw
    sx, sy = size_hw[1] / (x1 - x0), size_hw[0] / (y1 - y0)
    inside = max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)
    out = np.zeros((*size_hw, 3), np.float32)
    if inside[0] >= inside[2] or inside[1] >= inside[3]:
        return out
    u0, u1 = round((inside[0] - x0) * sx), max(round((inside[2] - x0) * sx), round((inside[0] - x0) * sx) + 1)
    v0, v1 = round((inside[1] - y0) * sy), max(round((inside[3] - y0) * sy), round((inside[1] - y0) * sy) + 1)
    u0, v0 = min(u0, size_hw[1] - 1), min(v0, size_hw[0] - 1)
    u1, v1 = min(u1, size_hw[1]), min(v1, size_hw[0])
    planes = photo.rgb[:, inside[1] : inside[3], inside[0] : inside[2]].detach().cpu().numpy()
    part = srgb_of(np.clip(resize_planes(planes, (v1 - v0, u1 - u0)), 0, 1))
    out[v0:v1, u0:u1] = part.transpose(1, 2, 0)
    return out


def _windows(size_hw: tuple[int, int], tiles: int) -> list[tuple[int, int, int, int]]:
    """Square windows xyxy over a picture: all of it, and for `tiles` > 1 squares of side longer edge / `tiles`."""
    height, width = size_hw
    longer = max(height, width)
    left, top = (width - longer) // 2, (height - longer) // 2
    windows = [(left, top, left + longer, top + longer)]
    side = math.ceil(longer / tiles)
    if tiles > 1:
        for y in _starts(height, side):
            windows.extend((x, y, x + side, y + side) for x in _starts(width, side))
    return windows


def _starts(length: int, side: int) -> list[int]:
    """Where windows of `side` begin so that they cover `length` and lie at least half over each other."""
    if length <= side:
        return [(length - side) // 2]
    count = math.ceil((length - side) / (side / 2)) + 1
    return [round(i * (length - side) / (count - 1)) for i in range(count)]


def _window_of(image: np.ndarray, box_xyxy: tuple[int, int, int, int], size: int) -> np.ndarray:
    """``(size, size, 3)`` of a square window, black outside the image."""
    import cv2

    x0, y0, x1, y1 = box_xyxy
    height, width = image.shape[:2]
    part = image[max(y0, 0) : y1, max(x0, 0) : x1]
    margins = max(-y0, 0), max(y1 - height, 0), max(-x0, 0), max(x1 - width, 0)
    square = cv2.copyMakeBorder(part, *margins, cv2.BORDER_CONSTANT, value=(0, 0, 0))
    how = cv2.INTER_AREA if square.shape[0] > size else cv2.INTER_LINEAR
    return cv2.resize(square, (size, size), interpolation=how)


def _detect(photo: Photo, detector: _Detector, least: float, tiles: int) -> np.ndarray:
    """Detections as of `blend_overlapping` in pixels of the photo, from all windows."""
    if tiles < 1:
        raise InputError(f"tiles: wanted 1 or more, got {tiles}")
    run: Callable[[np.ndarray], list[np.ndarray]] = networks.tflite(detector.name)
    height, width = photo.size_hw
    small = picture(photo, (0, 0, width, height), fit_within(photo.size_hw, detector.size * tiles))
    shrunk = np.array([width / small.shape[1], height / small.shape[0]])
    found = []
    for window in _windows(small.shape[:2], tiles):
        seen = _window_of(small, window, detector.size)
        rows = _decode(detector, run((seen * 2 - 1)[None].astype(np.float32)), least)
        pairs = (rows.shape[1] - 1) // 2
        in_small = rows[:, 1:] * ((window[2] - window[0]) / detector.size) + np.tile(window[:2], pairs)
        rows[:, 1:] = in_small * np.tile(shrunk, pairs) - 0.5
        found.append(blend_overlapping(rows))
    return blend_overlapping(np.concatenate(found))


def _points(row: np.ndarray) -> tuple[Point, ...]:
    return tuple((float(x), float(y)) for x, y in row.reshape(-1, 2))


def _box(row: np.ndarray) -> Box:
    x0, y0, x1, y1 = (float(n) for n in row)
    return x0, y0, x1, y1


def find_faces(photo: Photo, least_score: float = 0.6, tiles: int = 1) -> tuple[Face, ...]:
    """Faces in a photo, best first: the full-range detector, for faces from about 4 % of the longer edge upward.

    Parameters
    ----------
    photo : Photo
        Any size.
    least_score : float
        Faces below are left out. 0.6 is the model's own limit.
    tiles : int
        Look also at overlapping squares of 1 / `tiles` of the longer edge, for smaller faces. Costs about 5 ms a
        square.
    """
    rows = _detect(photo, FACE_FULL_RANGE, least_score, tiles)
    return tuple(Face(_box(r[1:5]), _points(r[5:]), float(r[0])) for r in rows)


def find_people(photo: Photo, least_score: float = 0.5, tiles: int = 1) -> tuple[Person, ...]:
    """People in a photo, best first; see `Person`.

    Parameters
    ----------
    photo : Photo
        Any size.
    least_score : float
        People below are left out. 0.5 is the model's own limit.
    tiles : int
        Look also at overlapping squares of 1 / `tiles` of the longer edge, for people small in the picture. Costs about
        20 ms a square.
    """
    rows = _detect(photo, POSE, least_score, tiles)
    people = []
    for row in rows:
        hips, circle, shoulders, upper_circle = _points(row[5:])
        people.append(Person(_box(row[1:5]), hips, circle, shoulders, upper_circle, float(row[0])))
    return tuple(people)
