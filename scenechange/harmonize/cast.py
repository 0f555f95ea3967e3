"""The tint of plainly coloured light (dusk, lamps, deep shade), which street photos by day do not teach.

A scene whose colour lies outside what streets by day show is taken to be lit by coloured light, and a person who
lacks that colour is given some of it, as von Kries gains: grey world with a wide dead zone. Light colours everything, a
red lorry only its part of the picture: the mean and the median pixel must agree, and the lesser of them counts. Means
and deviations of the log ratios were measured on 200 real photos of people/ccp_train.

Reference: Buchsbaum, A spatial processor model for object colour perception, J. Franklin Institute 310 (1980).
"""

from __future__ import annotations

import numpy as np

from scenechange.harmonize.samples import Samples
from scenechange.math.colour import linear_of

SCENE_MEAN, SCENE_SD = np.array([0.04, -0.02]), np.array([0.12, 0.08])  # log red/green, log blue/green of streets
GAP_MEAN, GAP_SD = np.array([0.23, 0.0]), np.array([0.33, 0.26])  # the same of a person less that of the street
GREATEST = 0.5  # no more than a factor of 1.65 between channels


def missing_cast(samples: Samples, amount: float) -> np.ndarray:
    """Log gains ``(3,)`` of red, green, blue that give the person part of a coloured light; zeros by plain daylight.

    Parameters
    ----------
    samples : Samples
        Person (as corrected so far) and scene.
    amount : float
        Part of the missing cast that is given, 0 to 1.
    """
    scene = log_ratios(samples.scene)
    gap = log_ratios(samples.person) - scene - GAP_MEAN
    strange = _outside(_lesser(scene - SCENE_MEAN, median_log_ratios(samples.scene) - SCENE_MEAN), 2.5 * SCENE_SD)
    lacking = -_outside(gap, 0.5 * GAP_SD)
    same_way = strange * lacking > 0
    ratio = np.where(same_way, np.sign(strange) * np.minimum(np.abs(strange), np.abs(lacking)), 0.0)
    red, blue = np.clip(amount * ratio, -GREATEST, GREATEST)
    gains = np.array([red, 0.0, blue])
    return gains - np.log(np.exp(gains) @ [0.2126, 0.7152, 0.0722])


def log_ratios(colours: np.ndarray) -> np.ndarray:
    """Log red/green and log blue/green of the mean linear light of sRGB ``(n, 3)``."""
    red, green, blue = np.log(linear_of(colours).mean(axis=0) + 0.005)
    return np.array([red - green, blue - green])


def median_log_ratios(colours: np.ndarray) -> np.ndarray:
    """The same of the median over pixels."""
    logs = np.log(linear_of(colours) + 0.005)
    return np.asarray(np.median(logs[:, [0, 2]] - logs[:, 1:2], axis=0))


def _lesser(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The value nearer to 0 where both have the same sign, else 0."""
    return np.where(one * other > 0, np.sign(one) * np.minimum(np.abs(one), np.abs(other)), 0.0)


def _outside(value: np.ndarray, zone: np.ndarray) -> np.ndarray:
    """What of `value` lies beyond a dead zone of half width `zone`."""
    return np.sign(value) * np.maximum(np.abs(value) - zone, 0.0)
