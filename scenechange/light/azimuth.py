"""Where the sun stands to the side: many weak cues, added up as a probability over the directions of the compass.

The idea that sky, ground shadows and upright surfaces each say something weak about the sun and are worth combining is
of Lalonde, Efros & Narasimhan, Estimating the natural illumination conditions from a single outdoor image, IJCV 2012.
The cues here are simpler ones of our own; their weights were fitted by `weights/fit_light.py`.
"""

from __future__ import annotations

import math

import numpy as np

from scenechange.light.coefficients import AZIMUTH_WEIGHTS
from scenechange.light.measures import Measures
from scenechange.light.shadow_edges import BINS

STEPS = 72
"""Directions, 5 degrees each, from straight ahead to the right."""
ANGLES = np.arange(STEPS) * 2 * np.pi / STEPS
LEAST_SD_DEG, MOST_SD_DEG = 25.0, 180 / math.sqrt(3)  # at most what is stated of a direction of which nothing is known
WIDER = 1.16
"""On labelled photos of no series, left out of the fit, errors are by this much larger than the probability says (25
photos, root mean square; `weights/fit_light.py`)."""


def terms(measures: Measures) -> np.ndarray:
    """``(STEPS, K)`` what each cue says of each direction; the log probability is linear in them."""
    cosine, sine = np.cos(ANGLES), np.sin(ANGLES)
    seen = measures.edges.directions
    lines = np.interp(ANGLES % np.pi, np.arange(BINS + 1) * np.pi / BINS, np.r_[seen, seen[:1]])
    heard = math.tanh(measures.edges.density)
    columns = [cosine, *(value * cosine for value in np.clip(measures.ahead, -3, 3))]
    columns += [value * sine for value in np.tanh(2 * measures.aside)]
    columns.append(heard * (BINS * lines - 1) if lines.any() else np.zeros(STEPS))
    glow = measures.glow
    columns.append(glow.weight * np.cos(ANGLES - math.radians(glow.azimuth_deg)) if glow else np.zeros(STEPS))
    return np.stack(columns, axis=1)


def estimate(measures: Measures) -> tuple[float, float]:
    """Azimuth in degrees (0 where the camera looks, right positive) and its circular standard deviation in degrees.

    The mean direction of the probability, with ``sqrt(-2 ln R)`` of its length R (Mardia & Jupp, Directional
    Statistics, 2000), made wider by what was seen on labelled photos, at most `MOST_SD_DEG`.
    """
    logs = terms(measures) @ AZIMUTH_WEIGHTS
    probability = np.exp(logs - logs.max())
    mean = complex((probability * np.exp(1j * ANGLES)).sum() / probability.sum())
    return math.degrees(math.atan2(mean.imag, mean.real)), float(spread_deg(np.abs(mean)))


def spread_deg(length: np.ndarray) -> np.ndarray:
    """Stated standard deviation in degrees of a direction, from the length of its probability's mean, 0 to 1."""
    sd_deg = WIDER * np.degrees(np.sqrt(-2 * np.log(np.clip(length, 1e-6, 1.0))))
    return np.asarray(np.clip(sd_deg, LEAST_SD_DEG, MOST_SD_DEG))
