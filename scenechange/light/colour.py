"""Colour and level of the light from the colours of a small picture.

References: Finlayson & Trezzi, Shades of gray and colour constancy, CIC 2004; van de Weijer, Gevers & Gijsenij,
Edge-based color constancy, IEEE TIP 16 (2007).
"""

from __future__ import annotations

import math

import numpy as np

from scenechange.math.colour import LUMA, cct_from_rgb

PRIOR_SD = 0.22  # of log red/green and log blue/green after a camera's own white balance
ESTIMATE_SD = 0.4  # spread of such estimates on scenes with few colours


def illuminant(rgb: np.ndarray, usable: np.ndarray) -> tuple[tuple[float, float, float], float]:
    """Colour of the light, green = 1, and the spread of the logarithms of its ratios.

    Mean of three estimates in log chromaticity (shades of grey with p = 6, grey edge, average of the least coloured
    pixels), drawn towards white as far as cameras' white balance makes white likely.

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
    variance = ESTIMATE_SD**2 + float(logs.var(axis=0).mean())
    keep = PRIOR_SD**2 / (PRIOR_SD**2 + variance)
    red, blue = keep * logs.mean(axis=0)
    return (math.exp(red), 1.0, math.exp(blue)), PRIOR_SD * math.sqrt(1 - keep)


def cct_with_spread(colour: tuple[float, float, float], log_sd: float) -> tuple[float, float]:
    """Colour temperature in kelvin and its standard deviation, from a colour whose log ratios spread by `log_sd`."""
    warmer = cct_from_rgb((colour[0] * math.exp(log_sd), 1.0, colour[2] * math.exp(-log_sd)))
    cooler = cct_from_rgb((colour[0] * math.exp(-log_sd), 1.0, colour[2] * math.exp(log_sd)))
    return cct_from_rgb(colour), max((cooler - warmer) / 2, 100.0)


def level(rgb: np.ndarray, usable: np.ndarray) -> tuple[float, float]:
    """Linear value of a white matt surface lit by everything, and its standard deviation.

    Two estimates are averaged as logarithms: the whitest of the land is white or nearly so (98th percentile), and
    the middle of the land shows about an eighth of it: it reflects a fifth and partly stands in its own shade.
    """
    luma = (rgb @ np.array(LUMA))[usable]
    if len(luma) < 30:
        luma = (rgb @ np.array(LUMA)).reshape(-1)
    whitest = math.log(float(np.percentile(luma, 98)) + 1e-4)
    average = math.log(float(np.median(luma)) / 0.13 + 1e-4)
    value = min(max(math.exp((whitest + average) / 2), 1e-4), 4.0)
    return value, value * math.hypot(0.35, (whitest - average) / 2)


def _log_ratios(colour: np.ndarray) -> np.ndarray:
    red, green, blue = np.log(np.maximum(colour, 1e-5))
    return np.clip(np.array([red - green, blue - green]), -1.5, 1.5)
