"""Which segment belongs to which vanishing point, for people who want to see it."""

from __future__ import annotations

import numpy as np

from scenechange.calibrate.atlanta import vanishing_points
from scenechange.calibrate.fuse import Explanation
from scenechange.calibrate.lines import Lines, angles_to

WITHIN_SD = 2.5


def sort_lines(lines: Lines, explanation: Explanation, size_hw: tuple[int, int]) -> tuple[np.ndarray, ...]:
    """``(N, 4)`` segments in pixels of a picture of `size_hw`: upright ones, then those of each level direction.

    Each segment goes to the point it misses least, in standard deviations; those that miss all by more than 2.5 are
    left out. Empty where the lines tell nothing.
    """
    if not len(explanation.directions) or not len(lines):
        return ()
    points = vanishing_points(np.concatenate([explanation.mean, explanation.directions]))
    angle, sd = angles_to(lines, points)
    off = np.abs(angle) / sd
    nearest = np.where(off.min(0) < WITHIN_SD, off.argmin(0), -1)
    return tuple(lines.chosen(nearest == k).ends_xyxy(size_hw) for k in range(len(points)))
