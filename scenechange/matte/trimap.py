"""Where the opacity of a pixel is known and where it has to be solved for.

A network's probability is sure deep inside and far outside the person, grey at the outline, and sometimes grey by
mistake in the middle of a plain coat. `settle` makes the deep inside solid and the far outside empty; `unknown_band`
is what lies between, wider where the network is less sure. `edge_width` tells hair from a sleeve.
"""

from __future__ import annotations

import numpy as np

SURE_INSIDE, SURE_OUTSIDE = 0.95, 0.03  # levels of the probability that count as 1 and 0


def settle(probability: np.ndarray, band_px: float) -> np.ndarray:
    """Probability ``(h, w)`` with a solid inside and an empty outside.

    Within `band_px` pixels of the outline (probability 0.5) only the levels are stretched; from there to twice as far
    the value goes over to 1 inside and 0 outside. Holes keep an outline of their own, so they stay holes.
    """
    import cv2

    inside = (probability > 0.5).astype(np.uint8)
    if not inside.any() or inside.all():
        return inside.astype(np.float32)
    stretched = np.clip((probability - SURE_OUTSIDE) / (SURE_INSIDE - SURE_OUTSIDE), 0, 1)
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, 5)
    distance = cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5)
    solid = np.clip(depth / band_px - 1, 0, 1)
    empty = np.clip(distance / band_px - 1, 0, 1)
    return ((stretched + (1 - stretched) * solid) * (1 - empty)).astype(np.float32)


def unknown_band(settled: np.ndarray, least_px: int) -> np.ndarray:
    """``(h, w)`` bool: pixels to solve for, those that are not settled and `least_px` pixels round them."""
    import cv2

    unsettled = ((settled > 0.02) & (settled < 0.98)).astype(np.uint8)
    inside = (settled >= 0.5).astype(np.uint8)
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    outline = cv2.morphologyEx(inside, cv2.MORPH_GRADIENT, cross)  # a hard outline is unknown too
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * least_px + 1, 2 * least_px + 1))
    return cv2.dilate(np.maximum(unsettled, outline), disc) > 0


def edge_width(probability: np.ndarray, reach_px: float) -> np.ndarray:
    """``(h, w)`` pixels that the probability takes to go over from 1 to 0, the mean over edges within `reach_px`.

    An edge's rise is 1 whatever its width, so along any edge the sum of 4 p (1 - p) over that of the slope is two
    thirds of the width of a straight ramp; that is what is given. A network marks hair by wide edges and sleeves by
    sharp ones.
    """
    import cv2

    rise = np.hypot(*(cv2.Sobel(probability, -1, *axes, scale=1 / 8) for axes in ((1, 0), (0, 1))))
    grey, rise = (cv2.GaussianBlur(x, (0, 0), max(reach_px, 0.5)) for x in (4 * probability * (1 - probability), rise))
    return np.asarray(grey / np.maximum(rise, 1e-4))


def without_specks(alpha: np.ndarray, least_share: float) -> np.ndarray:
    """Alpha ``(h, w)`` without parts whose area (alpha above 0.05) is less than `least_share` of the largest's."""
    import cv2

    count, parts = cv2.connectedComponents((alpha > 0).astype(np.uint8), connectivity=8)
    if count <= 2:
        return alpha
    areas = np.bincount(parts[alpha > 0.05], minlength=count).astype(np.float64)
    areas[0] = 0
    keep = areas >= max(least_share * areas.max(), 1)
    return np.where(keep[parts], alpha, np.float32(0))
