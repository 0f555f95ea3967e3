"""The far edge of a sea, a lake or a plain: one straight, nearly level line from side to side of the picture."""

from __future__ import annotations

import math

import numpy as np

from scenechange.calibrate.clues import FarLine
from scenechange.calibrate.segments import lengths

STEEPEST = math.tan(math.radians(6))
TRIED = 16  # longest segments, each as a guess at the line
STRAIGHT = 0.004  # of the longer side; how far pieces of one edge stray from their line
SPANS = 0.6  # of the width
RIVAL = 0.4  # facades have several lines that long: then none is the horizon
OUTERMOST = 0.22  # of the longer side, from the centre: further out it is a wall or a cloud
APART = 0.03  # of the longer side
ABOVE = 0.01  # a shore lies a little below the horizon
Y_SD, TILT_SD = 0.02, math.radians(0.7)


def find_far_line(segments_xyxy: np.ndarray, size_hw: tuple[int, int]) -> FarLine | None:
    """The far edge among ``(N, 4)`` pixel segments of a picture of `size_hw`; None where none or several span it."""
    height, width = size_hw
    unit, centre = max(size_hw), np.array([(width - 1) / 2, (height - 1) / 2] * 2)
    step = segments_xyxy[:, 2:] - segments_xyxy[:, :2]
    level = (np.abs(step[:, 1]) < STEEPEST * np.abs(step[:, 0])) & (lengths(segments_xyxy) > 0.02 * unit)
    pieces = (segments_xyxy[level] - centre) / unit
    if not len(pieces):
        return None
    found = []
    for i in np.argsort(-lengths(pieces), kind="stable")[:TRIED]:
        slope, row = _line_through(pieces[i : i + 1])
        for _ in range(2):
            on_it = _on_line(pieces, slope, row)
            if on_it.any():
                slope, row = _line_through(pieces[on_it])
        found.append((_coverage(pieces[_on_line(pieces, slope, row)], width / unit), row, slope))
    found.sort(reverse=True)
    span, row, slope = found[0]
    rivals = [other for other, y, _ in found if abs(y - row) > APART]
    if span < SPANS or abs(row) > OUTERMOST or (rivals and rivals[0] > RIVAL):
        return None
    return FarLine(row - ABOVE, math.atan(slope), Y_SD, TILT_SD)


def _line_through(pieces: np.ndarray) -> tuple[float, float]:
    """Slope and row at the middle column of the line through the ends of pieces ``(M, 4)``, long ones counting more."""
    xs, ys = pieces[:, ::2].ravel(), pieces[:, 1::2].ravel()
    weight = np.repeat(lengths(pieces), 2)
    mean_x, mean_y = np.average(xs, weights=weight), np.average(ys, weights=weight)
    slope = float((weight * (xs - mean_x) * (ys - mean_y)).sum() / max((weight * (xs - mean_x) ** 2).sum(), 1e-12))
    return slope, float(mean_y - slope * mean_x)


def _on_line(pieces: np.ndarray, slope: float, row: float) -> np.ndarray:
    off = np.abs(pieces[:, 1::2] - slope * pieces[:, ::2] - row)
    return np.asarray((off < STRAIGHT).all(1))


def _coverage(pieces: np.ndarray, wide: float) -> float:
    """Share of the picture's width that pieces ``(M, 4)`` cover together."""
    cells = np.zeros(200, bool)
    for x0, _, x1, _ in pieces:
        low, high = sorted(((x0 / wide + 0.5) * 200, (x1 / wide + 0.5) * 200))
        cells[max(int(low), 0) : max(math.ceil(high), 0)] = True
    return float(cells.mean())
