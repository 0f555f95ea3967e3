"""Colour and level of the light from the colours of a small picture.

References: Finlayson & Trezzi, Shades of gray and colour constancy, CIC 2004; van de Weijer, Gevers & Gijsenij,
Edge-based color constancy, IEEE TIP 16 (2007).
"""

from __future__ import annotations

import math

import numpy as np

from scenechange.math.colour import LUMA, cct_from_rgb

PRIOR_SD = 0.22  # of log red/green and log blue/green after a camera's own white balance
PLAIN = 0.5
"""Log ratios up to which a colour is that of things rather than of light. On 72 crops of 9 panoramas estimates within
this said nothing about the light (taking them at their word was worse than D65), and the rest does no harm there."""
QUARTER = 0.165
"""What the brightest quarter of the land begins at, over a white matt surface in the same light: median of 72 crops."""


def illuminant(rgb: np.ndarray, usable: np.ndarray) -> tuple[tuple[float, float, float], float]:
    """Colour of the light, green = 1, and the spread of the logarithms of its ratios.

    Shades of grey (p = 6), the average of the least coloured pixels and the grey edge must agree; what the least of
    them has beyond `PLAIN` is taken for light. Otherwise white: cameras have balanced it already.

    Parameters
    ----------
    rgb : ndarray
        ``(h, w, 3)`` linear light.
    usable : ndarray
        ``(h, w)`` bool: neither clipped nor black, and not sky.
    """
    colours = rgb[usable]
    if len(colours) < 30:
        return (1.0, 1.0, 1.0), PRIOR_SD
    edges = np.abs(np.diff(rgb, axis=1))[usable[:, 1:] & usable[:, :-1]]
    spread = colours.max(axis=1) - colours.min(axis=1)
    grey = np.exp(-spread / (0.25 * colours.mean(axis=1) + 1e-3))[:, None]
    estimates = [(colours**6).mean(axis=0) ** (1 / 6), (colours * grey).sum(axis=0) / grey.sum()]
    if len(edges) > 30:
        estimates.append(edges.mean(axis=0))
    logs = np.array([_log_ratios(estimate) for estimate in estimates])
    agreed = np.where((np.sign(logs) == np.sign(logs[0])).all(axis=0), np.abs(logs).min(axis=0), 0.0)
    red, blue = np.sign(logs[0]) * np.maximum(agreed - PLAIN, 0.0)
    return (math.exp(red), 1.0, math.exp(blue)), PRIOR_SD


def cct_with_spread(colour: tuple[float, float, float], log_sd: float) -> tuple[float, float]:
    """Colour temperature in kelvin and its standard deviation, from a colour whose log ratios spread by `log_sd`."""
    warmer = cct_from_rgb((colour[0] * math.exp(log_sd), 1.0, colour[2] * math.exp(-log_sd)))
    cooler = cct_from_rgb((colour[0] * math.exp(-log_sd), 1.0, colour[2] * math.exp(log_sd)))
    return cct_from_rgb(colour), max((cooler - warmer) / 2, 100.0)


def level(rgb: np.ndarray, usable: np.ndarray) -> tuple[float, float]:
    """Linear value of a white matt surface lit by everything, and its standard deviation.

    The brightest quarter of the land begins at a sixth of it: things reflect a fifth and partly stand in their own
    shade. Two further estimates, from the whitest of the land and from its middle, tell the spread.
    """
    luma = (rgb @ np.array(LUMA))[usable]
    if len(luma) < 30:
        luma = (rgb @ np.array(LUMA)).reshape(-1)
    middle, quarter, whitest = np.percentile(luma, (50, 75, 98))
    value = min(max(float(quarter) / QUARTER, 1e-4), 4.0)
    apart = math.log(float(whitest) + 1e-4) - math.log(float(middle) / 0.13 + 1e-4)
    return value, value * math.hypot(0.35, apart / 2)


def _log_ratios(colour: np.ndarray) -> np.ndarray:
    red, green, blue = np.log(np.maximum(colour, 1e-5))
    return np.clip(np.array([red - green, blue - green]), -1.5, 1.5)
