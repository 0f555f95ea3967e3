"""How much of the light is diffuse, from the land's contrast and the sky's colour."""

from __future__ import annotations

import math

import numpy as np

from scenechange.math.colour import LUMA

PRIOR = 0.68  # street photos are more often taken under clouds or in open shade than in hard sun


def ambient_ratio(rgb: np.ndarray, sky: np.ndarray, usable: np.ndarray) -> tuple[float, float]:
    """Share of diffuse light on the ground, 0 to 1, and its standard deviation.

    In hard sun the land splits into a lit and a shaded part and a clear sky is blue; under clouds the land is even
    and the sky is grey or blown out. Each cue moves the prior on the logistic scale.

    Parameters
    ----------
    rgb : ndarray
        ``(h, w, 3)`` linear light.
    sky, usable : ndarray
        ``(h, w)`` bool: sky; land that is neither clipped nor black.
    """
    score, heard = math.log(PRIOR / (1 - PRIOR)), 0.0
    luma = rgb @ np.array(LUMA)
    lower = usable.copy()
    lower[: rgb.shape[0] // 2] = False
    if lower.sum() >= 100:
        tone = np.log(luma[lower] + 0.003)
        score -= 1.2 * math.tanh((two_classes(tone) - 1.1) / 0.4)
        heard += 1.0
    if sky.sum() >= 50:
        blue = _blueness(rgb[sky])
        if usable.sum() >= 100:  # a picture that is blue all over is dusk or a grading, not a clear sky
            blue -= max(0.0, _blueness(rgb[usable]))
        score -= 1.0 * math.tanh((blue - 0.3) / 0.15)
        heard += 1.0
    return 1 / (1 + math.exp(-score)), 0.28 - 0.05 * heard


def _blueness(colours: np.ndarray) -> float:
    """Blue less red of the median colour, over its greatest channel; -1 to 1."""
    colour = np.median(colours, axis=0)
    return (float(colour[2]) - float(colour[0])) / max(float(colour.max()), 1e-3)


def two_classes(tone: np.ndarray) -> float:
    """Distance between the means of the two classes of log luminance that Otsu's threshold separates."""
    values = np.sort(tone)
    n = np.arange(1, len(values))
    total = np.cumsum(values)
    low, high = total[:-1] / n, (total[-1] - total[:-1]) / (len(values) - n)
    between = n * (len(values) - n) * (high - low) ** 2
    best = int(np.argmax(between))
    return float(high[best] - low[best])
