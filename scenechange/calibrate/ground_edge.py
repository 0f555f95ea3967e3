"""The upper edge of ground that is seen for sure: the horizon is not below it."""

from __future__ import annotations

import numpy as np

from scenechange.calibrate.clues import GroundEdge
from scenechange.surfaces.find import GROUND

SURE = 0.9
"""Probability from which a cell counts. Lower, walls and hills come in."""
FROM_BELOW = 0.25
"""Share of the picture's lower edge that the ground must meet: what hangs in the picture is a wall."""
LEAST_AREA, LEAST_COLUMNS = 0.08, 0.15
"""Shares of the picture and of its columns."""
HIGHEST_SHARE = 0.1
"""Of the columns with ground: one that is seen too high does not decide."""


def find_ground_edge(chances: np.ndarray, size_hw: tuple[int, int]) -> GroundEdge | None:
    """Where sure ground ends above; None where there is none, or too little.

    Parameters
    ----------
    chances : ndarray
        ``(4, rows, columns)`` probabilities as `surfaces.find_surfaces` gives them.
    size_hw : (int, int)
        Size of the photo that they span.
    """
    sure = _rising_from_below(chances[GROUND] > SURE)
    columns = np.flatnonzero(sure.any(0))
    rows_columns, unit = sure.shape, max(size_hw)
    if sure.mean() < LEAST_AREA or len(columns) < LEAST_COLUMNS * rows_columns[1]:
        return None
    first = sure.argmax(0)[columns]
    highest = float(np.quantile(first, HIGHEST_SHARE)) + 0.5  # the middle of a cell, in cells from the edge

    def placed(cells: float, axis: int) -> float:
        return (cells / rows_columns[axis] - 0.5) * size_hw[axis] / unit

    at = np.quantile(columns[first <= highest], [0.1, 0.5, 0.9])
    return GroundEdge(tuple((placed(float(x) + 0.5, 1), placed(highest, 0)) for x in at))


def _rising_from_below(sure: np.ndarray) -> np.ndarray:
    """The connected parts of a mask that meet enough of the lower edge."""
    import cv2

    count, parts = cv2.connectedComponents(sure.astype(np.uint8), connectivity=4)
    kept = [part for part in range(1, count) if (parts[-1] == part).mean() >= FROM_BELOW]
    return np.isin(parts, kept)
