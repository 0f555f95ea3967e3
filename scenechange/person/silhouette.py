"""What the outline says: the top of the head, the soles, and which joints lie on the person."""

from __future__ import annotations

import math

import numpy as np

from scenechange.person.landmarks import ANKLES, EARS, HEELS, HIPS, SHOULDERS, TOES, Landmarks
from scenechange.person.picture import Picture

EAR_TO_TOP = 0.088  # of stature: ear openings to the crown with hair, median of 180 street photos
EAR_TO_TOP_RANGE = (0.06, 0.125)  # less is a hole in the mask; more is a tall hat or a hand above the head
HEAD_HALF_WIDTH = 0.045  # of stature
FOOT_REACH = 0.05  # of stature: how far from the line heel - toe a shoe reaches
CONTACT_BAND = 0.008  # of stature: the lowest rows whose middle is the point of contact
LIFTED = 0.09  # of stature: a foot that much higher than the other is in the air, not further away
UPRIGHT_DEG = 30.0  # a trunk that leans less is upright
NEAR = 0.02  # of stature: joints this close to the outline still count as on the person


def joints_on_person(picture: Picture, landmarks: Landmarks, stature: float) -> np.ndarray:
    """``(33,)`` bool: joints that the network sees in the frame and the outline contains (or nearly so)."""
    import cv2

    h, w = picture.size_hw
    reach = max(1, round(NEAR * stature))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)
    near = cv2.dilate(picture.inside.astype(np.uint8), disc).astype(bool)
    column, row = np.round(landmarks.xy).astype(np.int64).T
    framed = (column >= -reach) & (column < w + reach) & (row >= -reach) & (row < h + reach)
    for edge, beyond in _beyond(picture, landmarks.xy).items():
        framed &= ~beyond if edge in picture.cropped_at else True
    on = near[row.clip(0, h - 1), column.clip(0, w - 1)]
    return framed & on & (landmarks.presence > 0.5)


def _beyond(picture: Picture, xy: np.ndarray) -> dict[str, np.ndarray]:
    h, w = picture.size_hw
    return {"left": xy[:, 0] < 0, "top": xy[:, 1] < 0, "right": xy[:, 0] > w - 1, "bottom": xy[:, 1] > h - 1}


def top_of_head(picture: Picture, landmarks: Landmarks, stature: float) -> np.ndarray:
    """``(2,)`` highest point of the head along the neck's direction, hair and hat included up to a limit.

    Where the frame cuts the head off, or a hand is above it, the point comes from the ears and the stature.
    """
    ears = landmarks.mean_xy(EARS)
    up = head_direction(landmarks)
    y, x = np.nonzero(picture.inside)
    dx, dy = x - ears[0], y - ears[1]
    along, across = dx * up[0] + dy * up[1], np.abs(dx * up[1] - dy * up[0])
    least, most = (share * stature for share in EAR_TO_TOP_RANGE)
    over = along[(across < HEAD_HALF_WIDTH * stature) & (along > 0) & (along < 2 * most)]
    reach = float(over.max()) + 0.5 if len(over) else 0.0
    if not least <= reach <= most:
        reach = EAR_TO_TOP * stature
    return ears + reach * up


def shown_px(picture: Picture, landmarks: Landmarks, stature: float) -> float:
    """Picture pixels from the crown to the lower end of the outline for someone upright, who must be taller than that.

    Zero for people whose trunk leans: their outline's length says nothing of the stature.
    """
    trunk = landmarks.mean_xy(SHOULDERS) - landmarks.mean_xy(HIPS)
    if -trunk[1] < math.cos(math.radians(UPRIGHT_DEG)) * float(np.hypot(*trunk)):
        return 0.0
    return max(0.0, picture.box_xyxy[3] - float(top_of_head(picture, landmarks, stature)[1]))


def head_direction(landmarks: Landmarks) -> np.ndarray:
    """``(2,)`` unit vector from the shoulders to the ears."""
    neck = landmarks.mean_xy(EARS) - landmarks.mean_xy(SHOULDERS)
    length = float(np.hypot(*neck))
    return neck / length if length > 1e-6 else np.array([0.0, -1.0])


def feet(picture: Picture, landmarks: Landmarks, on_person: np.ndarray, stature: float) -> np.ndarray:
    """``(N, 2)`` lowest point of each foot on the ground, left foot first; N = 0 where none is in the picture."""
    sides = [side for side in (0, 1) if _foot_is_seen(picture, landmarks, on_person, side, stature)]
    if not sides:
        return np.zeros((0, 2))
    y, x = np.nonzero(picture.inside)
    points = np.column_stack([x, y]).astype(np.float64)
    points = points[points[:, 1] > min(landmarks.xy[ANKLES[side], 1] for side in sides) - FOOT_REACH * stature]
    distance = np.stack([_distance_to_foot(points, landmarks, side) for side in (0, 1)])
    soles = []
    for side in sides:
        own = points[(distance[side] < FOOT_REACH * stature) & (distance[side] <= distance[1 - side])]
        sole = _lowest(own, CONTACT_BAND * stature) if len(own) else landmarks.xy[TOES[side]]
        if not _goes_on_below(picture, sole, stature):
            soles.append(sole)
    if not soles:
        return np.zeros((0, 2))
    ground = max(sole[1] for sole in soles)
    return np.array([sole for sole in soles if ground - sole[1] < LIFTED * stature])


def _foot_is_seen(picture: Picture, landmarks: Landmarks, on_person: np.ndarray, side: int, stature: float) -> bool:
    """Whether the ankle is on the person and the frame cuts no more than the edge of the shoe."""
    tips = landmarks.xy[[HEELS[side], TOES[side]]]
    beyond = _beyond(picture, tips)["bottom"] & (tips[:, 1] > picture.size_hw[0] - 1 + NEAR * stature)
    cut_off = "bottom" in picture.cropped_at and bool(beyond.any())
    return bool(on_person[ANKLES[side]]) and not cut_off


def _goes_on_below(picture: Picture, sole: np.ndarray, stature: float) -> bool:
    """Whether the frame cuts the person right below `sole`, which then is a leg and no sole."""
    if "bottom" not in picture.cropped_at:
        return False
    reach = CONTACT_BAND * stature
    columns = slice(max(0, round(sole[0] - reach)), max(1, round(sole[0] + reach) + 1))
    return bool(picture.inside[-2:, columns].any())


def _distance_to_foot(points: np.ndarray, landmarks: Landmarks, side: int) -> np.ndarray:
    """``(N,)`` distance of points from the triangle's sides ankle - heel - toe of one foot."""
    ankle, heel, toe = landmarks.xy[[ANKLES[side], HEELS[side], TOES[side]]]
    pieces = ((heel, toe), (ankle, heel), (ankle, toe))
    return np.min([_distance_to_segment(points, a, b) for a, b in pieces], axis=0)


def _distance_to_segment(points: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    d = b - a
    t = ((points - a) @ d / max(float(d @ d), 1e-9)).clip(0, 1)
    return np.hypot(*(points - a - t[:, None] * d).T)


def _lowest(points: np.ndarray, band: float) -> np.ndarray:
    """``(2,)`` the lowest row of some points, at the mean column of the rows just above it."""
    bottom = points[:, 1].max()
    return np.array([points[points[:, 1] >= bottom - math.ceil(band), 0].mean(), bottom + 0.5])
