"""The ways to read the lines of a picture, "they tell nothing" among them, and the camera that follows."""

from __future__ import annotations

import math

import numpy as np

from scenechange.calibrate.atlanta import Fit, fit_camera
from scenechange.calibrate.clues import NOTHING, Clues
from scenechange.calibrate.fuse import Estimate, Explanation, fuse
from scenechange.calibrate.lines import Lines
from scenechange.calibrate.priors import HeightPrior, Prior
from scenechange.calibrate.search import find_starts

FEWEST_LINES = 3
SAME_ANGLE = math.radians(0.5)
SAME_LOG_F = 0.03
SURE_PER_NAT, SUREST = 0.25, 2.0
"""Log odds that the best reading of the lines tells the horizon at all, per nat of its evidence, and at most. Boats,
roofs and roads that climb also line up: of 96 views of panoramas 15 % were misread by more than 10 degrees, half of
those below 5 nats and the others evenly above. So however many lines agree, people and sky may overrule them."""


def estimate_camera(
    lines: Lines, prior: Prior, clues: Clues = NOTHING, height: HeightPrior = HeightPrior(1.6)
) -> Estimate:
    """The camera under all readings of `lines`, weighed by their evidence and by the other `clues`."""
    return fuse(explain(lines, prior), clues, height)


def explain(lines: Lines, prior: Prior) -> list[Explanation]:
    """Readings of `lines`, best first; the last is "they tell nothing", which is the prior."""
    nothing = Explanation(
        np.array([0.0, 0.0, prior.log_f]), np.diag([prior.pitch_sd, prior.roll_sd, prior.log_f_sd]) ** 2, 0.0
    )
    if len(lines) < FEWEST_LINES:
        return [nothing]
    fits = _distinct([fit_camera(lines, start, prior) for start in find_starts(lines, prior)])
    too_sure = fits[0].log_evidence - min(SURE_PER_NAT * fits[0].log_evidence, SUREST)
    readings = [
        Explanation(f.values[:3], f.covariance[:3, :3], f.log_evidence - too_sure, f.explained, f.values[3:])
        for f in fits
    ]
    return [*readings, nothing]


def _distinct(fits: list[Fit]) -> list[Fit]:
    """The fits, best first, without those that ended where a better one did."""
    kept: list[Fit] = []
    for fit in sorted(fits, key=lambda fit: -fit.log_evidence):
        near = np.array([SAME_ANGLE, SAME_ANGLE, SAME_LOG_F])
        if not any((np.abs(fit.values[:3] - other.values[:3]) < near).all() for other in kept):
            kept.append(fit)
    return kept
