"""Stairs: level edges one above the other at even distances, over a part of the ground."""

from __future__ import annotations

import math

import numpy as np

BANDS = 24  # columns into which the picture is cut
FEWEST_EDGES = 5  # one above the other
FEWEST_BANDS = 5  # side by side
CLOSEST, FARTHEST = 0.008, 0.09  # of the picture's height; between two edges
UNEVEN = math.log(1.6)  # of neighbouring distances: they shrink slowly towards the top
LONGEST_TILT = math.tan(math.radians(12))
SHORTEST = 0.04  # of the longer side


def find_steps(grey: np.ndarray, fall: np.ndarray, horizon_tilt_rad: float) -> bool:
    """Whether the ground shows stairs (or what looks like them: a row of benches, a crossing seen from the side).

    Parameters
    ----------
    grey : ndarray
        ``(h, w)`` uint8.
    fall : ndarray
        ``(h, w)`` angle in radians by which each cell lies below the horizon.
    horizon_tilt_rad : float
        Slope of the horizon in the picture, positive where it falls to the right.
    """
    import cv2

    if min(grey.shape) < 32:
        return False
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(np.ascontiguousarray(grey))[0]
    if found is None:
        return False
    segments = found.reshape(-1, 4).astype(np.float64)
    step = segments[:, 2:] - segments[:, :2]
    slope = np.abs(step[:, 1] - math.tan(horizon_tilt_rad) * step[:, 0])
    middle = (segments[:, :2] + segments[:, 2:]) / 2
    rows = middle[:, 1].round().astype(int).clip(0, len(grey) - 1)
    columns = middle[:, 0].round().astype(int).clip(0, grey.shape[1] - 1)
    level = (slope < LONGEST_TILT * np.abs(step[:, 0])) & (np.hypot(*step.T) > SHORTEST * max(grey.shape))
    level &= fall[rows, columns] > 0
    # LSD runs with the brighter side to one hand, so its direction tells edges into shadow from edges out of it.
    return any(_stacked(segments[level & (step[:, 0] * side > 0)], grey.shape) for side in (1, -1))


def _stacked(segments: np.ndarray, size_hw: tuple[int, ...]) -> bool:
    height, width = size_hw
    in_a_row = best = 0
    for x in (np.arange(BANDS) + 0.5) * width / BANDS:
        low, high = np.minimum(segments[:, 0], segments[:, 2]), np.maximum(segments[:, 0], segments[:, 2])
        crossing = segments[(low <= x) & (high >= x)]
        slope = (crossing[:, 3] - crossing[:, 1]) / (crossing[:, 2] - crossing[:, 0])
        ys = np.sort(crossing[:, 1] + slope * (x - crossing[:, 0])) / height
        in_a_row = in_a_row + 1 if _longest_run(ys) >= FEWEST_EDGES else 0
        best = max(best, in_a_row)
    return best >= FEWEST_BANDS


def _longest_run(ys: np.ndarray) -> int:
    """Number of edges in the longest run of nearly even distances; rows ``(N,)`` sorted, in heights."""
    apart = np.diff(ys)
    apart = apart[apart > CLOSEST / 2]  # one edge found twice
    longest = run = 0
    for i, distance in enumerate(apart):
        fits = CLOSEST < distance < FARTHEST
        even = run > 0 and abs(math.log(distance / apart[i - 1])) < UNEVEN
        run = (run + 1 if even else 1) if fits else 0
        longest = max(longest, run)
    return longest + 1 if longest else 0
