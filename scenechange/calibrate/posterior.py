"""From several explanations of a picture to one camera with an honest spread."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from scenechange.calibrate.atlanta import Fit, fit_camera
from scenechange.calibrate.lines import Lines
from scenechange.calibrate.priors import Prior
from scenechange.calibrate.search import find_starts

FEWEST_LINES = 3
SAME_ANGLE = math.radians(0.5)
SAME_LOG_F = 0.03


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """Means and standard deviations of pitch, roll (radians) and log focal length; the number of lines behind them."""

    mean: np.ndarray
    sd: np.ndarray
    explained: float


def estimate_camera(lines: Lines, prior: Prior) -> Estimate:
    """Average over the explanations of `lines`, each by its evidence, one being "all is clutter": then the prior rules.

    Taking the best explanation alone would follow chance alignments in pictures without buildings.
    """
    mean, sd = np.array([0.0, 0.0, prior.log_f]), np.array([prior.pitch_sd, prior.roll_sd, prior.log_f_sd])
    if len(lines) < FEWEST_LINES:
        return Estimate(mean, sd, 0.0)
    fits = _distinct([fit_camera(lines, start, prior) for start in find_starts(lines, prior)])
    evidence = np.array([0.0] + [fit.log_evidence for fit in fits])
    share = np.exp(evidence - evidence.max())
    share /= share.sum()
    means = np.stack([mean] + [fit.values[:3] for fit in fits])
    variances = np.stack([sd**2] + [np.diag(fit.covariance)[:3] for fit in fits])
    centre = share @ means
    spread = np.sqrt(share @ (variances + (means - centre) ** 2))
    return Estimate(centre, spread, float(share[1:] @ np.array([fit.explained for fit in fits])))


def _distinct(fits: list[Fit]) -> list[Fit]:
    """The fits, best first, without those that ended where a better one did."""
    kept: list[Fit] = []
    for fit in sorted(fits, key=lambda fit: -fit.log_evidence):
        near = np.array([SAME_ANGLE, SAME_ANGLE, SAME_LOG_F])
        if not any((np.abs(fit.values[:3] - other.values[:3]) < near).all() for other in kept):
            kept.append(fit)
    return kept
