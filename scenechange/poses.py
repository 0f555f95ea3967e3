"""What BlazePose sees of one person: which pixels they are, where their joints are, and how sure it is.

The pose detector (`scenechange.detectors`) proposes where somebody is; the network looks at the square round them,
turned upright and a quarter larger than the circle round the body (Bazarevsky et al., BlazePose, 2020). Same floor as
the detectors, one step up: any stage may use it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from scenechange import networks
from scenechange.detectors import Person, picture

if TYPE_CHECKING:
    from scenechange.types import Photo

ROI_PX = 256
"""Side of the square that the network sees."""
ROI_PER_CIRCLE = 1.25
LANDMARKS = 39
"""33 joints and points of the face; the middle of the hips, a point on the circle round the body, and four more."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """The answer for one square.

    Attributes
    ----------
    inside : ndarray
        ``(256, 256)`` probability that a pixel of the square is the person.
    photo_from_roi : ndarray
        ``(2, 3)`` map from pixels of the square to pixels of the photo.
    presence : float
        0 to 1, that there is a person.
    points_xy : ndarray
        ``(39, 2)`` landmarks in pixels of the photo.
    visibility : ndarray
        ``(39,)`` logits that a landmark is seen.
    again : Person
        The same person with hips and circle where the network puts them: for a second look.
    """

    inside: np.ndarray
    photo_from_roi: np.ndarray
    presence: float
    points_xy: np.ndarray
    visibility: np.ndarray
    again: Person


def look(photo: Photo, person: Person) -> Look:
    """What the pose network sees in the square round a person.

    Raises
    ------
    WeightsError
        The network ``blazepose-heavy`` is missing; the message names the command that fetches it.
    """
    import cv2

    turn, half = math.radians(person.turned_deg), max(person.radius_px * ROI_PER_CIRCLE, 2.0)
    reach = math.ceil(half * (abs(math.cos(turn)) + abs(math.sin(turn))))
    x0, y0 = round(person.hips_xy[0]) - reach, round(person.hips_xy[1]) - reach
    side = max(8, round(ROI_PX * reach / half))
    seen = picture(photo, (x0, y0, x0 + 2 * reach, y0 + 2 * reach), (side, side))
    linear = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]]) * (2 * half / ROI_PX)
    photo_from_roi = np.c_[linear, np.array(person.hips_xy) - linear @ np.full(2, (ROI_PX - 1) / 2)]
    scale = side / (2 * reach)
    seen_from_roi = photo_from_roi * scale
    seen_from_roi[:, 2] += (0.5 - np.array([x0, y0])) * scale - 0.5
    roi = cv2.warpAffine(seen, seen_from_roi, (ROI_PX, ROI_PX), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    outputs = networks.tflite("blazepose-heavy")(roi[None].astype(np.float32))
    presence = float(next(o for o in outputs if o.size == 1).item())
    logits = next(o for o in outputs if o.size == ROI_PX * ROI_PX).reshape(ROI_PX, ROI_PX)
    landmarks = next(o for o in outputs if o.size == LANDMARKS * 5).reshape(LANDMARKS, 5)
    points = landmarks[:, :2] @ photo_from_roi[:, :2].T + photo_from_roi[:, 2]
    hips, circle = ((float(x), float(y)) for x, y in points[33:35])
    inside = (1 / (1 + np.exp(-logits.clip(-30, 30)))).astype(np.float32)
    again = replace(person, hips_xy=hips, circle_xy=circle)
    return Look(inside, photo_from_roi, presence, points, landmarks[:, 3], again)
