"""468 points of the face of a person, in depth, as MediaPipe's face mesh sees them.

Reference: Kartynnik, Ablavatski, Grishchenko & Grundmann, Real-time facial surface geometry from monocular video on
mobile GPUs, CVPR workshop 2019.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

    from scenechange.detectors import Face

INPUT_PX, COUNT = 192, 468
ROI_PER_BOX = 1.5  # the square the network was trained on is this much larger than the detector's box
LEAST_LOGIT = 12.0
"""Of the network's answer whether this is a face: 12 to 30 for nearly all. Below are profiles and covered faces, where
the points are wrong."""
GREY = 0.2  # linear, behind the person


def face_points(foreground: Tensor, alpha: Tensor) -> np.ndarray | None:
    """Points ``(468, 3)`` x px, y px, depth in px (away from the camera, 0 at the middle of the head).

    None where the person shows no face.

    Parameters
    ----------
    foreground, alpha : Tensor
        ``(3, h, w)`` linear colour and ``(1, h, w)`` opacity of the person.

    Raises
    ------
    WeightsError
        A network, ``face-full-range`` or ``face-landmark``, is missing; the message names the command that fetches it.
    """
    from scenechange.detectors import find_faces
    from scenechange.types import Photo

    person = foreground * alpha + GREY * (1 - alpha)
    for face in find_faces(Photo(person)):
        x, y = (round(sum(axis) / 2) for axis in (face.box_xyxy[::2], face.box_xyxy[1::2]))
        if 0 <= y < alpha.shape[1] and 0 <= x < alpha.shape[2] and float(alpha[0, y, x]) > 0.5:
            return _points(person.numpy(), face)
    return None


def _points(rgb: np.ndarray, face: Face) -> np.ndarray | None:
    from scenechange import networks

    picture_from_input, scale = _square(face)
    answers = networks.tflite("face-landmark")(_seen(rgb, picture_from_input, scale)[None])
    points = next(a for a in answers if a.size == 3 * COUNT).reshape(COUNT, 3).astype(np.float64)
    if float(next(a for a in answers if a.size == 1).ravel()[0]) < LEAST_LOGIT:
        return None
    xy = points[:, :2] @ picture_from_input[:, :2].T + picture_from_input[:, 2]
    return np.column_stack([xy, points[:, 2] * scale])


def _square(face: Face) -> tuple[np.ndarray, float]:
    """``(2, 3)`` map from the network's input to the picture, turned so that the eyes lie level, and its scale."""
    (right_x, right_y), (left_x, left_y) = face.keypoints_xy[:2]
    turn = math.atan2(left_y - right_y, left_x - right_x)
    x0, y0, x1, y1 = face.box_xyxy
    scale = ROI_PER_BOX * max(x1 - x0, y1 - y0) / INPUT_PX
    c, s = scale * math.cos(turn), scale * math.sin(turn)
    linear = np.array([[c, -s], [s, c]])
    middle = np.full(2, (INPUT_PX - 1) / 2)
    return np.column_stack([linear, np.array([(x0 + x1) / 2, (y0 + y1) / 2]) - linear @ middle]), scale


def _seen(rgb: np.ndarray, picture_from_input: np.ndarray, scale: float) -> np.ndarray:
    """``(192, 192, 3)`` sRGB in [0, 1]: the square of a linear picture ``(3, h, w)``."""
    import cv2

    from scenechange.math.colour import srgb_of

    corners = picture_from_input[:, :2] @ np.array([[0, 1, 0, 1], [0, 0, 1, 1]]) * (INPUT_PX - 1)
    corners += picture_from_input[:, 2:]
    h, w = rgb.shape[1:]
    left, top = (int(np.clip(corners[k].min() - scale, 0, (w, h)[k] - 1)) for k in (0, 1))
    right, bottom = (int(np.clip(corners[k].max() + scale + 2, 1, (w, h)[k])) for k in (0, 1))
    part = np.ascontiguousarray(rgb[:, top:bottom, left:right].transpose(1, 2, 0))
    if scale > 1:
        part = cv2.GaussianBlur(part, (0, 0), 0.5 * scale)
    shifted = picture_from_input - np.array([[0, 0, left], [0, 0, top]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    square = cv2.warpAffine(part, shifted, (INPUT_PX,) * 2, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    seen: np.ndarray = srgb_of(np.clip(square, 0, 1)).astype(np.float32)
    return seen
