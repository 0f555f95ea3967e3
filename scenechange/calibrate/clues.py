"""What besides lines tells where the horizon is: people on the ground, where sky and ground end, a far flat horizon.

All places are in units of the picture's longer side, the origin at its centre, y down, as in `lines`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

STATURE_M = 1.70  # of adults of both sexes with shoes; the middle of the world's populations
STATURE_LOG_SD = 0.055  # 9 cm
ODD = 0.2  # share of people found who are children, sit, stand on something else, or are no people
ODD_DENSITY = 0.35  # of the logarithm of their height: anything from a third to twice an adult's
SKY_TRUST = 0.97  # share of found skies that are sky
SKY_SLACK, SKY_SD = 0.03, 0.012  # of the longer side; haze over the horizon, and a lake below it, are found as sky
GROUND_TRUST, GROUND_SD = 0.95, 0.012  # of 82 edges in views of panoramas one lay above the true horizon: a bright wall
FAR_TRUST = 0.97
FAR_RANGE = 0.5 * math.radians(6)  # longer sides times radians in which a line that is no horizon may lie
PORTRAIT = 0.6  # of the picture's height: who stands taller is what the photo was taken of
NEAREST_M = 0.02  # of fall per unit of depth: a foot nearer to the horizon than this tells nothing


@dataclass(frozen=True, slots=True)
class Standing:
    """Someone who stands on the ground: soles, top of the head, and the sd of the log of the height in between."""

    foot_xy: tuple[float, float]
    head_xy: tuple[float, float]
    log_sd: float


@dataclass(frozen=True, slots=True)
class SkyEdge:
    """Lowest places at which sky was seen: the horizon lies below them (or at them, where land is flat)."""

    lowest_xy: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class GroundEdge:
    """Highest places at which ground was seen: the horizon lies above them (or at them, where land is flat)."""

    highest_xy: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class FarLine:
    """A straight far edge of sea or plain: its row at the picture's middle column, its tilt in radians, and spreads."""

    y: float
    tilt_rad: float
    y_sd: float
    tilt_sd_rad: float


@dataclass(frozen=True, slots=True)
class Clues:
    """Everything found in a picture besides lines."""

    people: tuple[Standing, ...] = ()
    sky: SkyEdge | None = None
    far: FarLine | None = None
    ground: GroundEdge | None = None


NOTHING = Clues()


def ups(pitch: np.ndarray, roll: np.ndarray) -> np.ndarray:
    """Unit vectors ``(G, 3)`` against gravity of cameras with pitch and roll ``(G,)`` in radians."""
    return np.stack([-np.sin(roll) * np.cos(pitch), -np.cos(roll) * np.cos(pitch), np.sin(pitch)], -1)


def statures(people: tuple[Standing, ...], up: np.ndarray, f: np.ndarray) -> np.ndarray:
    """Height of each person per height of the camera, ``(G, P)``; NaN where the feet are not on the ground.

    `up` is ``(G, 3)``, `f` ``(G,)`` focal lengths in longer sides. Exact for any pitch and roll (Criminisi et al.,
    IJCV 40, 2000): the head is the point of the plumb line through the feet that is nearest to the ray of its pixel.
    """
    foot = _rays(np.array([p.foot_xy for p in people]), f)
    head = _rays(np.array([p.head_xy for p in people]), f)
    fall = -(foot * up[:, None]).sum(-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ground = foot / np.where(fall > NEAREST_M, fall, np.nan)[..., None]
        turn = np.cross(head, up[:, None])
        seen = -(np.cross(head, ground) * turn).sum(-1) / (turn**2).sum(-1)
    return np.where(seen > 0, seen, np.nan)


def is_portrait(people: tuple[Standing, ...], size_hw: tuple[int, int]) -> bool:
    """Whether one of those who stand in a picture of `size_hw` (any unit) fills it from head to feet."""
    high = PORTRAIT * size_hw[0] / max(size_hw)
    return any(one.foot_xy[1] - one.head_xy[1] > high for one in people)


def people_log_likelihood(people: tuple[Standing, ...], seen: np.ndarray, log_heights: np.ndarray) -> np.ndarray:
    """Log likelihood ``(G, H)`` of cameras with `statures` `seen` ``(G, P)`` at logarithms of heights ``(H,)``."""
    sd = np.hypot(STATURE_LOG_SD, np.array([p.log_sd for p in people]))
    off = np.log(seen)[:, None] + log_heights[None, :, None] - math.log(STATURE_M)
    adult = np.exp(-0.5 * (off / sd) ** 2) / (sd * math.sqrt(2 * math.pi))
    return np.log((1 - ODD) * np.where(np.isfinite(off), adult, 0.0) + ODD * ODD_DENSITY).sum(-1)


def sky_log_likelihood(sky: SkyEdge, rho: np.ndarray, roll: np.ndarray) -> np.ndarray:
    """Log likelihood ``(G,)`` of horizons `rho` ``(G,)`` (row below the centre) tilted by `roll` radians."""
    room = np.min([rho / np.cos(roll) - x * np.tan(roll) - y for x, y in sky.lowest_xy], 0)
    return _soft_limit(room + SKY_SLACK, SKY_SD, SKY_TRUST)


def ground_log_likelihood(ground: GroundEdge, rho: np.ndarray, roll: np.ndarray) -> np.ndarray:
    """Log likelihood ``(G,)`` of horizons as in `sky_log_likelihood` above ground that was seen."""
    room = np.min([y - rho / np.cos(roll) + x * np.tan(roll) for x, y in ground.highest_xy], 0)
    return _soft_limit(room, GROUND_SD, GROUND_TRUST)


def _soft_limit(room: np.ndarray, sd: float, trust: float) -> np.ndarray:
    """Log likelihood of being `room` on the right side of an edge that is off by `sd`, and right with `trust`."""
    return np.asarray(np.log(trust * (0.5 * (1 + np.tanh(0.8 * room / sd))) + 1 - trust))


def far_log_likelihood(far: FarLine, rho: np.ndarray, roll: np.ndarray) -> np.ndarray:
    """Log likelihood ``(G,)`` of horizons as in `sky_log_likelihood` beside a far straight edge."""
    off = ((rho / np.cos(roll) - far.y) / far.y_sd) ** 2 + ((roll + far.tilt_rad) / far.tilt_sd_rad) ** 2
    anywhere = 2 * math.pi * far.y_sd * far.tilt_sd_rad / FAR_RANGE
    return np.log(FAR_TRUST * np.exp(-0.5 * off) + (1 - FAR_TRUST) * anywhere)


def _rays(points_xy: np.ndarray, f: np.ndarray) -> np.ndarray:
    """``(G, P, 3)`` directions with z = 1."""
    flat = points_xy[None] / f[:, None, None]
    return np.concatenate([flat, np.ones((*flat.shape[:2], 1))], -1)
