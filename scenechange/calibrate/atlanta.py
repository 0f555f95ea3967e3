"""A world of upright and level edges: from rough guesses to the camera that explains the lines best.

Each line is an edge that points straight up, or runs about level in one of a few directions, or is clutter. The camera
(pitch, roll, focal length) and the directions are found by expectation maximisation with Gauss-Newton steps under the
prior; the curvature at the end gives the spread (Laplace approximation). Streets climb: each level direction may rise
or fall a little, so that upright edges rule where there are enough of them, and the spread is honest where not.

References: Schindler & Dellaert, Atlanta World, CVPR 2004; Coughlan & Yuille, Manhattan World, ICCV 1999;
Antunes & Barreto, CVPR 2013 (joint treatment of vanishing points).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from scenechange.calibrate.clues import ups
from scenechange.calibrate.lines import Lines, angles_to
from scenechange.calibrate.priors import Prior

LEVEL_DIRECTIONS = 3
ONE_LINE_SAYS = 0.3  # share of a line's likelihood that counts: neighbouring edges repeat each other
AZIMUTH_PRECISION = 1 / 0.9**2  # of a direction anywhere on the half circle
SLOPE_SD = math.radians(0.3)  # of level edges against level; 1.2 made Lund a third worse and panoramas no better
LARGEST_STEP = np.array([0.035, 0.035, 0.15] + [0.07] * LEVEL_DIRECTIONS + [0.035] * LEVEL_DIRECTIONS)
STEEPEST = math.radians(75)
STEPS = 20
WIDE = math.radians(1.5)  # the first steps look this far round, narrowing to nothing at step 10
CLUTTER = 1 / math.pi  # density of the angle of a line that belongs to nothing


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A camera that explains the lines, locally best.

    Attributes
    ----------
    values : ndarray
        ``(3 + 2 K,)`` pitch, roll (radians), log of focal length / longer side, azimuths of the level directions, and
        how far each climbs (radians).
    covariance : ndarray
        ``(3 + 2 K, 3 + 2 K)``.
    log_evidence : float
        Of this explanation, against all lines being clutter and the camera as the prior says.
    explained : float
        Number of lines that are upright or level, each counted by its probability.
    """

    values: np.ndarray
    covariance: np.ndarray
    log_evidence: float
    explained: float


def level_axes(up: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Level unit vectors forward and to the right of a camera with unit up vectors ``(..., 3)``."""
    forward = np.array([0, 0, 1.0]) - up * up[..., 2:]
    forward = forward / np.linalg.norm(forward, axis=-1, keepdims=True)
    return forward, np.cross(forward, up)


def vanishing_points(values: np.ndarray) -> np.ndarray:
    """``(..., 1 + K, 3)`` points of straight up and of each level direction, in longer sides, for `Fit.values`.

    `values` is ``(..., 3 + 2 K)``.
    """
    up = ups(values[..., 0], values[..., 1])[..., None, :]
    forward, right = level_axes(up)
    azimuth, climb = np.split(values[..., 3:, None], 2, axis=-2)
    level = np.cos(climb) * (np.cos(azimuth) * forward + np.sin(azimuth) * right) + np.sin(climb) * up
    points = np.concatenate([up, level], axis=-2)
    points[..., :2] *= np.exp(values[..., 2, None, None])
    return points


def fit_camera(lines: Lines, start: np.ndarray, prior: Prior) -> Fit:
    """The locally best explanation near `start` ``(3 + K,)``: pitch, roll, log focal length, azimuths."""
    k = len(start) - 3
    values = np.concatenate([start, np.zeros(k)])
    shares = np.array([0.3] + [0.45 / k] * k + [0.25])
    known = [prior.pitch_sd, prior.roll_sd, prior.log_f_sd]
    precision = np.array(known + [1e2] * k + [SLOPE_SD] * k) ** -2.0
    largest = np.concatenate([LARGEST_STEP[: 3 + k], LARGEST_STEP[-k:]])
    for step in range(STEPS):
        angle, sd, member, clutter, _ = _explain(lines, values, shares, WIDE * max(0.0, 1 - step / 10))
        curvature, slope = _normal_equations(lines, values, angle, ONE_LINE_SAYS * lines.weight * member / sd**2)
        centre = np.concatenate([[0, 0, prior.log_f], values[3 : 3 + k], np.zeros(k)])
        change = np.linalg.solve(curvature + np.diag(precision + 1e-9), slope - precision * (values - centre))
        change *= min(1.0, float((largest / np.maximum(np.abs(change), 1e-12)).min()))
        values = values + change
        values[:2] = values[:2].clip(-STEEPEST, STEEPEST)
        if step > 3:
            shares = np.append(member @ lines.weight, clutter @ lines.weight) + np.array([3] + [1.5] * k + [3])
            shares /= shares.sum()
        if step > 10 and np.abs(change).max() < 1e-5:
            break
    _, _, member, _, total = _explain(lines, values, shares, 0.0)
    log_evidence = ONE_LINE_SAYS * float(lines.weight @ np.log(total / CLUTTER)) + _log_prior(values, prior)
    occam = np.concatenate([precision[:3], np.full(k, AZIMUTH_PRECISION), precision[3 + k :]])
    log_evidence += 0.5 * float(np.log(occam).sum() - np.linalg.slogdet(curvature + np.diag(occam))[1])
    covariance = np.linalg.inv(curvature + np.diag(occam))
    return Fit(values, covariance, log_evidence, float(member.sum()))


def _explain(lines: Lines, values: np.ndarray, shares: np.ndarray, wide: float) -> tuple[np.ndarray, ...]:
    """Angle, its sd, membership ``(1 + K, N)``, clutter probability and density ``(N,)`` of each line."""
    angle, sd = angles_to(lines, vanishing_points(values))
    sd = np.hypot(sd, wide)
    density = shares[:-1, None] * np.exp(-0.5 * (angle / sd) ** 2) / (sd * math.sqrt(2 * math.pi))
    total = density.sum(0) + shares[-1] * CLUTTER
    return angle, sd, density / total, shares[-1] * CLUTTER / total, total


def _normal_equations(
    lines: Lines, values: np.ndarray, angle: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Newton curvature and downhill slope of the weighted squared angles."""
    step = 1e-5
    moved = vanishing_points(values + step * np.eye(len(values)))
    change = angles_to(lines, moved)[0] - angle
    jacobian = ((change + math.pi / 2) % math.pi - math.pi / 2) / step
    flat = jacobian.reshape(len(values), -1)
    weighted = flat * weight.ravel()
    return weighted @ flat.T, -(weighted @ angle.ravel())


def _log_prior(values: np.ndarray, prior: Prior) -> float:
    climb = values[3 + (len(values) - 3) // 2 :] / SLOPE_SD
    off = [values[0] / prior.pitch_sd, values[1] / prior.roll_sd, (values[2] - prior.log_f) / prior.log_f_sd, *climb]
    return -0.5 * sum(float(z) ** 2 for z in off)
