"""Lettering behind a person that stands out as they do: signs, banners, a title over the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenechange.segment.apart import apart_from

if TYPE_CHECKING:
    from scenechange.segment.views import Window
    from scenechange.types import Photo

# As a share of the root of the body's area: how near to a hand something is held. As a share of the body's area: what
# must stand out apart from the body before letters are looked for. Of such a part: letters that make it a sign.
HELD, WORTH, LETTERED = 0.2, 0.05, 0.15
SURE = 0.4


def signs(photo: Photo, window_xyxy: Window, salient: np.ndarray, body: np.ndarray, held_at: np.ndarray) -> np.ndarray:
    """``(h, w)`` bool: parts apart from the person that stand out, carry letters, and are not held in a hand.

    Parameters
    ----------
    photo, window_xyxy : Photo, Window
        The view.
    salient, body : ndarray
        ``(h, w)`` bool of the view: what stands out and is nobody else, and the person by the pose network.
    held_at : ndarray
        ``(N, 2)`` hands, other joints, and clicks on what is to be kept, in pixels of the view.

    Raises
    ------
    WeightsError
        Much stands out beside the person, and the network that looks for letters is missing.
    """
    import cv2

    from scenechange.lettering import probability

    none = np.zeros(salient.shape, bool)
    edge = float(np.sqrt(body.sum()))
    if edge < 8:
        return none
    apart = apart_from(body, salient)
    if apart.sum() < WORTH * edge**2:
        return none
    x0, y0, x1, y1 = window_xyxy
    found = probability(photo.rgb[:, y0:y1, x0:x1])
    found = cv2.resize(found, salient.shape[::-1], interpolation=cv2.INTER_AREA)
    letters = cv2.morphologyEx((found > SURE).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    count, parts, stats, _ = cv2.connectedComponentsWithStats(apart.astype(np.uint8))
    held = np.zeros(salient.shape, np.uint8)
    for x, y in held_at:
        cv2.circle(held, (round(x), round(y)), round(HELD * edge), 1, -1)
    signed = np.bincount(parts.ravel(), (letters > 0).ravel(), count) > LETTERED * stats[:, cv2.CC_STAT_AREA]
    signed &= np.bincount(parts.ravel(), held.ravel(), count) == 0
    signed[0] = False
    return np.asarray(signed[parts])
