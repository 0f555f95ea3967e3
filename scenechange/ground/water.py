"""Water: what reaches the far horizon over a good part of the picture and mirrors the colour of the sky above it.

Still or rippled, open water seen at a low angle reflects the sky near the horizon (Fresnel), so it has its hue and, but
for ripples, no upright detail. Wet sand and ice look the same: nobody should be set there either without a thought.
"""

from __future__ import annotations

import math

import numpy as np

HUE_APART = 14.0  # CIELAB a, b; between water and the sky mirrored in it
DARKER, LIGHTER = 45.0, 12.0  # CIELAB L, of water against that sky
UPRIGHT_DETAIL = 10.0  # grey levels of horizontal gradient; ripples are level, grass and crowds are not
AT_HORIZON = math.radians(2.5)  # of fall; water has to begin within this below the horizon
WIDE = 0.3  # of the columns
SMALLEST = 0.02  # of the picture


def find_water(rgb: np.ndarray, fall: np.ndarray) -> np.ndarray | None:
    """Where open water is, ``(h, w)`` bool; None where there is none.

    Parameters
    ----------
    rgb : ndarray
        ``(h, w, 3)`` uint8 sRGB.
    fall : ndarray
        ``(h, w)`` angle in radians by which each cell lies below the horizon.
    """
    import cv2

    below = fall > 0
    if not below.any() or not (~below).any() or rgb.std() < 1:
        return None
    lab = cv2.cvtColor(cv2.GaussianBlur(rgb, (0, 0), 1.0), cv2.COLOR_RGB2LAB).astype(np.float32)
    lab[..., 0] *= 100 / 255
    mirrored, is_sky = _mirror(lab, below)
    hue = np.hypot(lab[..., 1] - mirrored[..., 1], lab[..., 2] - mirrored[..., 2])
    lightness = lab[..., 0] - mirrored[..., 0]
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    detail = cv2.blur(np.abs(cv2.Sobel(grey, cv2.CV_32F, 1, 0)), (9, 3)) / 4
    alike = (hue < HUE_APART) & (lightness < LIGHTER) & (lightness > -DARKER)
    like = below & is_sky & alike & (detail < UPRIGHT_DETAIL)
    like = cv2.morphologyEx(like.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 5), np.uint8))
    _, parts = cv2.connectedComponents(like, connectivity=4)
    found = np.zeros(like.shape, bool)
    for part in np.unique(parts[(like > 0) & (fall < AT_HORIZON)]):
        region = parts == part
        if (region & (fall < AT_HORIZON)).any(0).mean() > WIDE:
            found |= region
    return found if found.mean() > SMALLEST else None


def _mirror(lab: np.ndarray, below: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Colours mirrored at the horizon, and where the mirrored place lies inside the picture's upper part."""
    rows = np.arange(len(lab))[:, None]
    horizon = below.argmax(0)[None]
    source = (2 * horizon - 1 - rows).clip(0, len(lab) - 1)
    # A hill at the horizon hides the sky that the water mirrors: look a little higher as well.
    higher = (source - round(0.12 * len(lab))).clip(0)
    columns = np.arange(lab.shape[1])[None]
    return (lab[source, columns] + lab[higher, columns]) / 2, (horizon > 0) & (rows >= horizon)
