"""Hard sun or diffuse light: a logistic regression on measures of a small picture.

Fitted by `weights/fit_light.py` to labels that were set by looking at the photos (``weights/light_labels.csv``).
"""

from __future__ import annotations

import math

import numpy as np

from scenechange.light.coefficients import SUNLIT_BIAS, SUNLIT_MEAN, SUNLIT_SCALE, SUNLIT_WEIGHTS
from scenechange.light.measures import Measures
from scenechange.math.colour import LUMA

SHADE_RGB = np.array([0.24, 0.28, 0.34])
"""What a hard shadow usually leaves of the light under a clear sky, in photos as they are shown."""
DIFFUSE = 0.85
"""Share of diffuse light on the ground where the sun throws no hard shadows."""
SUN_EV = 13.2
"""Exposure value at which sun and no sun are equally likely."""
TRUSTED = 150
"""Boundary pixels with which the scene's own shadows count as much as the usual shadow."""


def sunlit(measures: Measures, ev100: float | None = None) -> float:
    """Probability that the sun (or another small source) throws hard shadows in the picture.

    Parameters
    ----------
    measures : Measures
        What was measured.
    ev100 : float or None
        The camera's exposure value at ISO 100, where it is known: the sun gives 14 to 15.5, clouds 11 to 13, rooms 4
        to 9 (exposure tables after ISO 2720). Set by those tables, not fitted: the labelled photos lack it.
    """
    z = (measures.sunlit - SUNLIT_MEAN) / SUNLIT_SCALE
    score = SUNLIT_BIAS + float(np.clip(z, -3, 3) @ SUNLIT_WEIGHTS)
    if ev100 is not None:
        score += float(np.clip(1.3 * (ev100 - SUN_EV), -4, 2.5))
    return 1 / (1 + math.exp(-float(np.clip(score, -6, 6))))


def shade_rgb(measures: Measures) -> tuple[float, float, float]:
    """Share of the light per channel that a hard shadow leaves here: the scene's own, as far as it is seen."""
    kept = measures.edges.kept_rgb()
    if kept is None:
        return float(SHADE_RGB[0]), float(SHADE_RGB[1]), float(SHADE_RGB[2])
    trust = len(measures.edges.steps) / (len(measures.edges.steps) + TRUSTED)
    mixed = np.exp(trust * np.log(kept) + (1 - trust) * np.log(SHADE_RGB)).clip(0.1, 0.7)
    return float(mixed[0]), float(mixed[1]), float(mixed[2])


def ambient_ratio(probability: float, shade: tuple[float, float, float]) -> tuple[float, float]:
    """Expected share of diffuse light on the ground, and its standard deviation."""
    hard = float(np.array(LUMA) @ np.array(shade))
    spread = abs(DIFFUSE - hard) * math.sqrt(probability * (1 - probability))
    return probability * hard + (1 - probability) * DIFFUSE, math.hypot(spread, 0.1)
