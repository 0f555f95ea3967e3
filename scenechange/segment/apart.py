"""What stands out beside a body and does not touch it."""

from __future__ import annotations

import numpy as np

APART = 0.06
"""How far from the body, as a share of the root of its area."""


def apart_from(body: np.ndarray, salient: np.ndarray) -> np.ndarray:
    """``(h, w)`` bool: what of the salient part lies apart from the body; both are ``(h, w)`` bool."""
    import cv2

    return np.asarray(salient & (cv2.dilate(body.astype(np.uint8), disc_about(body)) == 0))


def disc_about(body: np.ndarray) -> np.ndarray:
    """The disc that is as wide as that distance."""
    import cv2

    size = 2 * round(APART * float(np.sqrt(body.sum()))) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
