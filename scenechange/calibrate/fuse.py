"""One camera from several explanations of the lines and from everything else that was found.

Each explanation is a Gaussian over pitch, roll and log focal length; "the lines tell nothing" is one of them. On a grid
over the row of the horizon and the height of the camera each is judged by the other clues; the answer is the median of
all that remains, and the spread reaches from the 16th to the 84th percentile. No gradient, no start, several peaks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from scenechange.calibrate import clues as cl
from scenechange.calibrate.priors import HeightPrior

CELLS = 81
REACH_SD = 4.0
HEIGHTS_M = np.geomspace(0.3, 60.0, 160)
GIANT_M = 2.15  # who would be taller on the common ground does not stand on it
NODES = np.linspace(-3.2, 3.2, 33)  # of a standard normal, to spread what a row of the horizon leaves open
SHARES = np.exp(-0.5 * NODES**2) / np.exp(-0.5 * NODES**2).sum()


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """One way to read the lines.

    Attributes
    ----------
    mean, covariance : ndarray
        ``(3,)`` and ``(3, 3)`` of pitch, roll (radians) and log of focal length / longer side.
    log_evidence : float
        Against "the lines tell nothing".
    explained : float
        Number of lines behind it.
    directions : ndarray
        ``(2 K,)`` azimuth and climb of the level directions in radians, as in `atlanta.Fit`.
    """

    mean: np.ndarray
    covariance: np.ndarray
    log_evidence: float
    explained: float = 0.0
    directions: np.ndarray = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """Medians and half-widths of the central 68 %.

    Attributes
    ----------
    mean, sd : ndarray
        ``(3,)`` pitch, roll (radians), log of focal length / longer side.
    horizon_sd : float
        Of the horizon's row at the middle column, in longer sides.
    height_m, height_sd_m : float
        Of the camera above the ground.
    explained : float
        Number of upright and level lines behind it, each read by its probability.
    people : float
        Number of people who fit in, each by their probability.
    likeliest : int
        Which explanation weighs most.
    raised : float
        Probability that somebody's feet are higher than the ground that the others and the lines tell.
    """

    mean: np.ndarray
    sd: np.ndarray
    horizon_sd: float
    height_m: float
    height_sd_m: float
    explained: float
    people: float
    likeliest: int
    raised: float


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Cameras along the horizon's row, under one explanation; ``(G,)`` each, spreads given the row."""

    log_weight: np.ndarray
    rho: np.ndarray
    roll: np.ndarray
    log_f: np.ndarray
    roll_sd: float
    log_f_sd: float

    @property
    def pitch(self) -> np.ndarray:
        return np.arctan(self.rho * np.exp(-self.log_f))


def fuse(explanations: Sequence[Explanation], clues: cl.Clues, height: HeightPrior) -> Estimate:
    """The camera under all `explanations`, weighed by their evidence and by `clues`."""
    heights = np.log(HEIGHTS_M)
    log_height_prior = height.log_density(heights)
    parts, weights, inliers = [], [], []
    for explanation in explanations:
        cells = _cells_of(explanation)
        weight = cells.log_weight + explanation.log_evidence
        if clues.sky is not None:
            weight = weight + cl.sky_log_likelihood(clues.sky, cells.rho, cells.roll)
        if clues.ground is not None:
            weight = weight + cl.ground_log_likelihood(clues.ground, cells.rho, cells.roll)
        if clues.far is not None:
            weight = weight + cl.far_log_likelihood(clues.far, cells.rho, cells.roll)
        joint = weight[:, None] + log_height_prior
        if clues.people:
            up = cl.ups(cells.pitch, cells.roll)
            seen = cl.statures(clues.people, up, np.exp(cells.log_f))
            joint = joint + cl.people_log_likelihood(clues.people, seen, heights)
            inliers.append(seen)
        parts.append(cells)
        weights.append(joint)
    top = max(float(joint.max()) for joint in weights)
    weights = [np.exp(joint - top) for joint in weights]
    total = sum(float(joint.sum()) for joint in weights)
    weights = [joint / total for joint in weights]
    explained = sum(float(w.sum()) * e.explained for w, e in zip(weights, explanations, strict=True))
    people = _fitting(clues, parts, weights, inliers)
    return _summary(parts, weights, explained, people, _raised(weights, inliers))


def _cells_of(explanation: Explanation) -> _Cells:
    pitch, _, log_f = explanation.mean
    f = math.exp(log_f)
    change = np.array([[f / math.cos(pitch) ** 2, 0, f * math.tan(pitch)], [0, 1, 0], [0, 0, 1]])  # to rho, roll, log f
    covariance = change @ explanation.covariance @ change.T
    centre, sd = f * math.tan(pitch), math.sqrt(covariance[0, 0])
    z = np.linspace(-REACH_SD, REACH_SD, CELLS)
    follow = covariance[0, 1:] / sd  # what roll and log f do while rho moves by one sd
    left = np.sqrt(np.maximum(np.diag(covariance)[1:] - follow**2, 1e-12))
    log_weight = -0.5 * z**2 - math.log(np.exp(-0.5 * z**2).sum())
    mean = explanation.mean[1:, None] + follow[:, None] * z
    return _Cells(log_weight, centre + sd * z, mean[0], mean[1], float(left[0]), float(left[1]))


def _summary(
    parts: list[_Cells], weights: list[np.ndarray], explained: float, people: float, raised: float
) -> Estimate:
    row = np.concatenate([joint.sum(1) for joint in weights])
    rho, roll, log_f = (np.concatenate([getattr(p, name) for p in parts]) for name in ("rho", "roll", "log_f"))
    roll_sd = np.concatenate([np.full(CELLS, p.roll_sd) for p in parts])
    log_f_sd = np.concatenate([np.full(CELLS, p.log_f_sd) for p in parts])
    spread = row[:, None] * SHARES
    log_fs = log_f[:, None] + log_f_sd[:, None] * NODES
    pitches = np.arctan(rho[:, None] * np.exp(-log_fs))
    found = [_quantiles(v, spread) for v in (pitches, roll[:, None] + roll_sd[:, None] * NODES, log_fs)]
    height = _quantiles(np.log(HEIGHTS_M), sum(joint.sum(0) for joint in weights))
    return Estimate(
        mean=np.array([middle for middle, _ in found]),
        sd=np.array([sd for _, sd in found]),
        horizon_sd=_quantiles(rho, row)[1],
        height_m=math.exp(height[0]),
        height_sd_m=math.exp(height[0]) * height[1],
        explained=explained,
        people=people,
        likeliest=int(np.argmax([joint.sum() for joint in weights])),
        raised=raised,
    )


def _quantiles(values: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Median, and half the width of the central 68.3 %."""
    flat, weight = values.ravel(), weights.ravel()
    order = np.argsort(flat, kind="stable")
    reached = np.cumsum(weight[order])
    reached = (reached - 0.5 * weight[order]) / reached[-1]
    low, middle, high = np.interp([0.1587, 0.5, 0.8413], reached, flat[order])
    return float(middle), float(high - low) / 2


def _fitting(clues: cl.Clues, parts: list[_Cells], weights: list[np.ndarray], seen: list[np.ndarray]) -> float:
    """Expected number of people who are adults on the same ground as the others."""
    if not clues.people:
        return 0.0
    sd = np.hypot(cl.STATURE_LOG_SD, np.array([p.log_sd for p in clues.people]))
    expected = 0.0
    for statures, joint in zip(seen, weights, strict=True):
        off = np.log(statures)[:, None] + np.log(HEIGHTS_M)[None, :, None] - math.log(cl.STATURE_M)
        adult = (1 - cl.ODD) * np.exp(-0.5 * (off / sd) ** 2) / (sd * math.sqrt(2 * math.pi))
        adult = np.where(np.isfinite(off), adult, 0.0)
        expected += float((joint[..., None] * adult / (adult + cl.ODD * cl.ODD_DENSITY)).sum())
    return expected


def _raised(weights: list[np.ndarray], seen: list[np.ndarray]) -> float:
    """Probability that somebody would be a giant on the common ground, or has the feet above its horizon."""
    chance = 0.0
    for statures, joint in zip(seen, weights, strict=False):  # nobody was found: nothing was seen
        tallest = np.where(np.isfinite(statures), statures, np.inf).max(1)
        chance += float(joint[tallest[:, None] * HEIGHTS_M > GIANT_M].sum())
    return chance
