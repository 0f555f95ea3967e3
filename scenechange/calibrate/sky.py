"""The sky of a picture: what reaches the upper edge without a strong edge in between, and looks unlike the rest.

Reference: Shen & Wang, Sky region detection in a single image for autonomous ground robot navigation, IJARS 10 (2013):
the border of the sky is, in each column, the first row whose gradient exceeds one threshold; the threshold is chosen
so that sky and rest are each as uniform as can be.
"""

from __future__ import annotations

import numpy as np

from scenechange.calibrate.clues import SkyEdge

THRESHOLDS = np.geomspace(4.0, 120.0, 18)  # grey levels, of the Sobel gradient
WITHOUT = 0.06  # of the height; columns with less sky than this show none
FEWEST_COLUMNS = 0.15
LOWEST_SHARE = 0.1  # of the columns with sky; a single branch or reflection does not decide
DISTINCT = 1.2  # Fisher ratio of the colours above and below the border from which it is believed


def find_sky(rgb: np.ndarray) -> SkyEdge | None:
    """Where the sky ends in ``(h, w, 3)`` uint8 sRGB of about 256 pixels; None where no sky was found for sure."""
    border = sky_border(rgb)
    if border is None:
        return None
    height, width = rgb.shape[:2]
    unit, cx, cy = max(height, width), (width - 1) / 2, (height - 1) / 2
    columns = np.flatnonzero(border > WITHOUT * height)
    # Sky that reaches the lower edge of the picture would say that there is no ground at all.
    columns = columns[border[columns] < 0.97 * height]
    if len(columns) < FEWEST_COLUMNS * width:
        return None
    lowest = np.quantile(border[columns], 1 - LOWEST_SHARE)
    at = columns[border[columns] >= lowest - 1]
    places = tuple(((float(x) - cx) / unit, (float(lowest) - cy) / unit) for x in np.quantile(at, [0.1, 0.5, 0.9]))
    return SkyEdge(places)


def sky_border(rgb: np.ndarray) -> np.ndarray | None:
    """``(w,)`` first row below the sky in each column, 0 without sky; None where no border separates two regions."""
    import cv2

    if min(rgb.shape[:2]) < 32:
        return None
    grey = cv2.GaussianBlur(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), (0, 0), 1.0).astype(np.float32)
    gradient = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB).reshape(-1, 3).astype(np.float64)
    rows = np.arange(len(grey))[:, None]
    best, best_score, best_border = None, -np.inf, None
    for threshold in THRESHOLDS:
        strong = gradient > threshold
        border = np.where(strong.any(0), strong.argmax(0), len(grey))
        sky = (rows < border).ravel()
        if not 0.03 < sky.mean() < 0.97:
            continue
        score = _uniformity(lab, sky)
        if score > best_score:
            best, best_score, best_border = sky, score, border
    if best is None or _separation(lab, best) < DISTINCT:
        return None
    return best_border


def _uniformity(lab: np.ndarray, sky: np.ndarray) -> float:
    """The larger, the more uniform both regions are; the sky counts twice."""
    spread = [np.linalg.eigvalsh(np.cov(lab[part].T) + np.eye(3)) for part in (sky, ~sky)]
    return 1 / (2 * (np.prod(spread[0]) ** (1 / 3) + spread[0][2]) + np.prod(spread[1]) ** (1 / 3) + spread[1][2])


def _separation(lab: np.ndarray, sky: np.ndarray) -> float:
    """Distance of the mean colours in units of their spread."""
    above, below = lab[sky], lab[~sky]
    return float(np.linalg.norm(above.mean(0) - below.mean(0)) / np.sqrt(above.var(0).sum() + below.var(0).sum() + 1))
