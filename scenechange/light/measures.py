"""Measures of a small picture that say something about sun and shade."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenechange.light import sky as sky_of
from scenechange.light.shadow_edges import ShadowEdges, ground_mask, shadow_edges
from scenechange.math.colour import LUMA
from scenechange.types import Camera


@dataclass(frozen=True, slots=True, eq=False)
class Measures:
    """What `measure` found.

    Attributes
    ----------
    sunlit : ndarray
        Numbers that tell hard sun from diffuse light, in the order of `SUNLIT_NAMES`.
    ahead : ndarray
        Numbers that do not change when the picture is mirrored, in the order of `AHEAD_NAMES`.
    aside : ndarray
        Numbers that change their sign when the picture is mirrored, in the order of `ASIDE_NAMES`.
    edges : ShadowEdges
        Shadow boundaries on the ground.
    glow : Glow or None
        The sun, or the sky next to it, where it shows.
    """

    sunlit: np.ndarray
    ahead: np.ndarray
    aside: np.ndarray
    edges: ShadowEdges
    glow: sky_of.Glow | None


SUNLIT_NAMES = (
    "sky blueness",
    "blue shift at even boundaries of the ground",
    "white share of the land",
    "colour of the bright land",
    "blue shift at shadow boundaries",
    "sharpness of steps on the ground",
    "contrast of large patches of the land",
    "land bluer in the dark",
)
AHEAD_NAMES = (
    "sky over land",
    "sky blueness",
    "sky white",
    "upright over ground",
    "dark share of the ground",
    "no sky",
)
ASIDE_NAMES = ("sky", "uprights", "ground", "dark uprights", "dark ground")
LEAST_PX = 50
"""Areas smaller than this say nothing."""


def measure(rgb: np.ndarray, in_sky: np.ndarray, camera: Camera) -> Measures:
    """Measures of a small linear picture ``(h, w, 3)`` whose sky ``(h, w)`` is known."""
    luma = rgb @ np.array(LUMA)
    tone = np.log(luma + 0.004)
    land = ~in_sky
    ground = ground_mask(camera, luma.shape) & land
    upright = land & ~ground_mask(camera, luma.shape)
    edges = shadow_edges(rgb, ground, camera)
    has_sky = bool(in_sky.sum() > LEAST_PX)
    blueness = _blueness(rgb[in_sky]) if has_sky else 0.0
    sunlit = np.array([blueness, edges.blue_shift, *_land(rgb, luma, tone, land, ground, edges)])
    dark = (tone < _otsu(tone[land])) if land.sum() > LEAST_PX else np.zeros_like(land)
    ahead = np.array(
        [
            _median(tone, in_sky) - _median(tone, land) if has_sky else 0.0,
            blueness,
            float((luma[in_sky] > 0.9 * sky_of.CLIPPED).mean()) if has_sky else 0.0,
            _median(tone, upright) - _median(tone, ground) if min(upright.sum(), ground.sum()) > LEAST_PX else 0.0,
            float(dark[ground].mean()) if ground.sum() > LEAST_PX else 0.0,
            0.0 if has_sky else 1.0,
        ]
    )
    pairs = (
        (tone, in_sky),
        (tone, upright),
        (tone, ground),
        (-dark.astype(float), upright),
        (-dark.astype(float), ground),
    )
    aside = np.array([_right_less_left(image, mask) for image, mask in pairs])
    return Measures(sunlit, ahead, aside, edges, sky_of.glow(rgb, in_sky, camera))


def _land(
    rgb: np.ndarray, luma: np.ndarray, tone: np.ndarray, land: np.ndarray, ground: np.ndarray, edges: ShadowEdges
) -> tuple[float, ...]:
    """The last six of `SUNLIT_NAMES`."""
    import cv2

    if land.sum() <= LEAST_PX:
        return (0.0,) * 6
    bright = land & (luma > np.median(luma[land]))
    chroma = rgb.max(axis=-1) - rgb.min(axis=-1)
    warm = np.log(rgb[..., 0] + 0.004) - np.log(rgb[..., 2] + 0.004)
    patches = cv2.GaussianBlur(tone, (0, 0), max(tone.shape) / 64)
    shift = float(np.median(edges.steps[:, 0] - edges.steps[:, 2])) if len(edges.steps) > 20 else 0.0
    return (
        float((luma[land] > 0.9).mean()),
        float(chroma[bright].mean()) if bright.any() else 0.0,
        shift,
        _sharpness(tone, ground),
        float(patches[land].std()),
        _slope(tone[land], warm[land]),
    )


def _median(values: np.ndarray, mask: np.ndarray) -> float:
    return float(np.median(values[mask])) if mask.any() else 0.0


def _blueness(colours: np.ndarray) -> float:
    """Blue less red of the median colour, over its greatest channel; -1 to 1."""
    colour = np.median(colours, axis=0)
    return (float(colour[2]) - float(colour[0])) / max(float(colour.max()), 1e-3)


def _otsu(values: np.ndarray) -> float:
    """Otsu's threshold between two classes of `values`."""
    ordered = np.sort(values)[:: max(1, len(values) // 20000)]
    n = np.arange(1, len(ordered))
    total = np.cumsum(ordered)
    low, high = total[:-1] / n, (total[-1] - total[:-1]) / (len(ordered) - n)
    best = int(np.argmax(n * (len(ordered) - n) * (high - low) ** 2))
    return float((ordered[best] + ordered[best + 1]) / 2)


def _slope(tone: np.ndarray, warm: np.ndarray) -> float:
    """How much warmer brighter pixels are: slope of log red/blue over log luminance."""
    if len(tone) < 100 or float(tone.var()) < 1e-4:
        return 0.0
    return float(np.clip(np.mean((tone - tone.mean()) * (warm - warm.mean())) / tone.var(), -1, 1))


def _sharpness(tone: np.ndarray, ground: np.ndarray) -> float:
    """97th percentile of steps of log luminance across three pixels of the smoothed ground."""
    import cv2

    both = ground[:, 3:] & ground[:, :-3]
    if both.sum() < 100:
        return 0.0
    smooth = cv2.GaussianBlur(tone.astype(np.float32), (0, 0), 1.5)
    return float(np.percentile(np.abs(smooth[:, 3:] - smooth[:, :-3])[both], 97))


def _right_less_left(values: np.ndarray, mask: np.ndarray) -> float:
    """Mean over the right half less mean over the left half, within `mask`; 0 where a half is empty."""
    half = values.shape[1] // 2
    left, right = mask[:, :half], mask[:, -half:]
    if left.sum() < 30 or right.sum() < 30:
        return 0.0
    return float(values[:, -half:][right].mean() - values[:, :half][left].mean())
