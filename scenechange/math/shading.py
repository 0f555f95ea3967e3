"""Shading of a person without a model of the body: which side of the silhouette is brighter. Pure functions.

References: Johnson & Farid, Exposing digital forgeries by detecting inconsistencies in lighting, ACM MM&Sec 2005 (the
light's direction from the brightness along a silhouette, whose normals are known).
"""

from __future__ import annotations

import math

import numpy as np

LEAST_WIDTH = 6
"""Runs of a row narrower than this many pixels say nothing."""
ROWS = 192
"""Rows a silhouette is looked at in."""


def side_light(luminance: np.ndarray, alpha: np.ndarray) -> tuple[float, float]:
    """How much brighter a person's right side is than their left, as seen: natural logarithm, and its deviation.

    In each row each unbroken run of the silhouette is one limb or the trunk; its outer quarters are compared. Clothes
    differ between the runs but seldom between the sides of one, and the median over runs bears those that do.

    Parameters
    ----------
    luminance, alpha : ndarray
        ``(h, w)`` linear luminance and opacity of the person.

    Returns
    -------
    float, float
        Median of log right over left, and its standard deviation (infinite with fewer than 8 runs).
    """
    import cv2

    h, w = alpha.shape
    scale = min(1.0, ROWS / h)
    size = max(1, round(w * scale)), max(1, round(h * scale))
    solid = cv2.resize(alpha.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.95
    tone = np.log(cv2.resize(luminance.astype(np.float32), size, interpolation=cv2.INTER_AREA) + 0.01)
    gaps = []
    for row_solid, row in zip(solid, tone, strict=True):
        ends = np.flatnonzero(np.diff(np.r_[0, row_solid.astype(np.int8), 0]))
        for start, stop in zip(ends[::2], ends[1::2], strict=True):
            if stop - start >= LEAST_WIDTH:
                quarter = max(2, (stop - start) // 4)
                gaps.append(float(np.median(row[stop - quarter : stop]) - np.median(row[start : start + quarter])))
    if len(gaps) < 8:
        return 0.0, math.inf
    values = np.array(gaps)
    middle = float(np.median(values))
    spread = 1.4826 * float(np.median(np.abs(values - middle)))
    # Neighbouring rows show the same cloth: about one run in eight is news.
    return middle, max(spread, 0.05) / math.sqrt(len(values) / 8)
