"""Where to start: all cameras on a coarse grid, judged by how well upright and level edges explain the lines."""

from __future__ import annotations

import math

import numpy as np

from scenechange.calibrate.atlanta import CLUTTER, LEVEL_DIRECTIONS, ONE_LINE_SAYS, level_axes
from scenechange.calibrate.lines import Lines, angles_to
from scenechange.calibrate.priors import Prior
from scenechange.math.geometry import up_vector

PITCHES_DEG = np.arange(-60, 61, 2.0)
ROLLS_DEG = np.arange(-12, 13, 2.0)
F_STEPS = (-1.5, -0.75, 0.0, 0.75, 1.5, 2.25)  # standard deviations; long lenses are the commoner surprise
BINS = 90  # of the half circle of level directions
SMOOTH = ((-2, 0.1), (-1, 0.2), (0, 0.4), (1, 0.2), (2, 0.1))
GRID_SD = math.radians(1.2)  # how far the truth can lie from a grid point
SHARE_UPRIGHT, SHARE_LEVEL, SHARE_CLUTTER = 0.3, 0.45, 0.25
MOST_LINES = 120  # to judge the grid; the fits use all
TURN = 0.004  # radians; to see how an azimuth moves with the angle of a line


def find_starts(lines: Lines, prior: Prior, count: int = 5) -> list[np.ndarray]:
    """The `count` best, mutually distant starts ``(3 + K,)`` for `fit_camera`, best first."""
    lines = lines.heaviest(MOST_LINES)
    log_fs = [prior.log_f] if prior.f_is_known else [prior.log_f + s * prior.log_f_sd for s in F_STEPS]
    pitch, roll = (g.ravel() for g in np.meshgrid(PITCHES_DEG, ROLLS_DEG, indexing="ij"))
    ups = np.stack([up_vector(p, r) for p, r in zip(pitch, roll, strict=True)])
    tilt = -0.5 * ((np.radians(pitch) / prior.pitch_sd) ** 2 + (np.radians(roll) / prior.roll_sd) ** 2)
    scores, directions = [], []
    for log_f in log_fs:
        score, histogram = _score(lines, ups, math.exp(log_f))
        scores.append(score + tilt - 0.5 * ((log_f - prior.log_f) / prior.log_f_sd) ** 2)
        directions.append(histogram)
    grid = np.stack(scores).reshape(len(log_fs), len(PITCHES_DEG), len(ROLLS_DEG))
    starts = []
    for i, j, k in _peaks(grid, count):
        azimuths = _main_directions(directions[i][j * len(ROLLS_DEG) + k])
        starts.append(np.array([math.radians(PITCHES_DEG[j]), math.radians(ROLLS_DEG[k]), log_fs[i], *azimuths]))
    return starts


def _score(lines: Lines, ups: np.ndarray, f: float) -> tuple[np.ndarray, np.ndarray]:
    """Log likelihood ``(G,)`` of each up vector ``(G, 3)``, and its histogram ``(G, BINS)`` of level directions."""
    angle, sd = angles_to(lines, ups * np.array([f, f, 1.0]))
    sd = np.hypot(sd, GRID_SD)
    upright = np.exp(-0.5 * (angle / sd) ** 2) / (sd * math.sqrt(2 * math.pi))
    azimuth = _azimuths(lines, ups, f, 0.0)
    moved = (_azimuths(lines, ups, f, TURN) - azimuth + math.pi / 2) % math.pi - math.pi / 2
    stretch = np.abs(moved) / TURN  # density over the angle in the picture = density over azimuth * stretch
    cell = np.minimum((azimuth * (BINS / math.pi)).astype(np.int64), BINS - 1)
    votes = lines.weight * (np.abs(angle) > 2.5 * sd) / np.maximum(stretch, 1)
    index = (np.arange(len(ups))[:, None] * BINS + cell).ravel()
    full = np.bincount(index, votes.ravel(), len(ups) * BINS).reshape(-1, BINS)
    histogram = np.stack([share * np.roll(full, shift, 1) for shift, share in SMOOTH]).sum(0)
    histogram *= BINS / math.pi / (histogram.sum(1, keepdims=True) + 1e-9)
    sharpest = 1 / (2.5 * lines.sd + GRID_SD)
    level = np.take_along_axis(histogram, cell, 1) * np.minimum(stretch, sharpest / 4)
    level = np.minimum(level, 1 / (2.5 * GRID_SD))
    density = SHARE_CLUTTER * CLUTTER + SHARE_UPRIGHT * upright + SHARE_LEVEL * level
    return ONE_LINE_SAYS * (np.log(density / CLUTTER) @ lines.weight), histogram


def _azimuths(lines: Lines, ups: np.ndarray, f: float, turn: float) -> np.ndarray:
    """``(G, N)`` azimuth in [0, pi) of the level edge each line would be, were it turned by `turn` radians."""
    along = lines.along * math.cos(turn) + lines.across * math.sin(turn)
    torque = lines.middle[:, 0] * along[:, 1] - lines.middle[:, 1] * along[:, 0]
    plane = np.stack([-f * along[:, 1], f * along[:, 0], torque], 1)  # normal of the plane through line and camera
    forward, right = level_axes(ups)
    return np.arctan2(np.cross(ups, right) @ plane.T, np.cross(ups, forward) @ plane.T) % math.pi


def _peaks(grid: np.ndarray, count: int) -> list[tuple[int, ...]]:
    """Indices of the highest cells, each well away from those before."""
    left = grid.copy()
    found: list[tuple[int, ...]] = []
    for _ in range(count):
        cell = tuple(int(i) for i in np.unravel_index(np.argmax(left), left.shape))
        if not np.isfinite(left[cell]):
            break
        found.append(cell)
        left[tuple(slice(max(0, i - r), i + r + 1) for i, r in zip(cell, (1, 3, 2), strict=True))] = -np.inf
    return found


def _main_directions(histogram: np.ndarray) -> list[float]:
    """Azimuths of the fullest bins, at least 10 degrees apart."""
    left = histogram.copy()
    azimuths = []
    for _ in range(LEVEL_DIRECTIONS):
        peak = int(np.argmax(left))
        azimuths.append((peak + 0.5) / BINS * math.pi)
        left[np.arange(peak - 5, peak + 6) % BINS] = -1
    return azimuths
