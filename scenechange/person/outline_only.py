"""What can be said of a person in whom no pose was found: the outline's box, with a wide spread."""

from __future__ import annotations

import numpy as np

from scenechange.person.picture import Picture
from scenechange.person.stature import Stature

WHOLE_SD_SHARE = 0.25  # standing, sitting or crouching: between all and half of the stature
CUT_STATURE_PER_WIDTH = 3.5  # shoulders and arms are about a third of the stature wide
CUT_SD_SHARE = 0.4
BAND = 0.01  # of the box's height: rows whose middle is the point of contact


def stature_of_box(picture: Picture) -> Stature:
    """Stature in picture pixels from the box round the outline."""
    x0, y0, x1, y1 = picture.box_xyxy
    if "bottom" not in picture.cropped_at:
        return Stature(y1 - y0, WHOLE_SD_SHARE * (y1 - y0))
    px = max(y1 - y0, float(np.sqrt((y1 - y0) * CUT_STATURE_PER_WIDTH * (x1 - x0))))
    return Stature(px, CUT_SD_SHARE * px)


def top_of_outline(picture: Picture) -> np.ndarray:
    """``(2,)`` middle of the outline's highest rows."""
    return _middle_of_end(picture, top=True)


def foot_of_outline(picture: Picture) -> np.ndarray:
    """``(1, 2)`` middle of the outline's lowest rows; ``(0, 2)`` where the frame cuts the person there."""
    if "bottom" in picture.cropped_at:
        return np.zeros((0, 2))
    return _middle_of_end(picture, top=False)[None]


def _middle_of_end(picture: Picture, top: bool) -> np.ndarray:
    x0, y0, x1, y1 = picture.box_xyxy
    rows = max(1, round(BAND * (y1 - y0)))
    first = int(y0) if top else int(y1) - rows
    columns = np.nonzero(picture.inside[first : first + rows])[1]
    x = float(columns.mean()) if len(columns) else (x0 + x1 - 1) / 2
    return np.array([x, y0 - 0.5 if top else y1 - 0.5])
