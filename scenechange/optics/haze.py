"""Haze: how much light the scene's air scatters into the view, by distance, and the same air before the person.

What is seen through air at distance d is ``t J + (1 - t) A`` with ``t = exp(-b d)``: J is the thing's own light, A the
air's, b its scattering per metre. No pixel at distance d can therefore be darker than ``(1 - t) A``. In clear air
some pixel is nearly black at every distance: in a doorway, under a car, in a hedge. In haze the darkest ones rise
with distance as that bound does, and by nothing else. Bright floors have bright darkest pixels too, but not fewer
of them nearby; a shaded foreground before a sunny field has a step, not this curve.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenechange.math.geometry import falls

if TYPE_CHECKING:
    from torch import Tensor

    from scenechange.types import Camera

LONG_SIDE = 512
"""Longer side in pixels of the sample that is looked at; pixels are picked, not averaged, or no dark one was left."""
GROUND = 0.5
"""Chance of ground from which a pixel counts as ground."""
UPRIGHT_M, FARTHEST_FOOT_M = 2.0, 30.0
"""What is seen this far up above the far end of the ground stands there; no end is seen beyond that distance."""
BANDS_M = np.geomspace(3.0, 42.0, 9)
"""Limits of the bands of distance: nearer there is no haze, farther the horizon's error is as large as the distance."""
DARK, BLACK = 0.03, 0.01
"""Quantile of a band's pixels that is its darkest, and how dark those are in clear air, as a share of the air's light.
In 364 photos of clear air most bands are darker than that."""
LEAST_PIXELS, LEAST_BANDS, LEAST_SPAN = 60, 3, 2.2
"""Pixels of a band; bands that must follow the curve, and the least ratio of the farthest of them to the nearest."""
NEAR_CURVE, SLOPE = 0.1, (0.7, 1.5)
"""How far above the curve a band's darkest pixels may lie, in shares of the air's light, and how steeply those of all
bands that do not must rise, by the curve's own rise."""
LEAST_HAZE, LEAST_AIR = 0.05, 0.3
"""Share of air in the farthest of those bands, and the air's own light, at least."""
FAR_M, FAR_FALL_DEG, FAR_BRIGHTEST = 20.0, (-8.0, -0.3), 0.5
"""The air's light is the brighter half of what is seen just above the horizon where the ground reaches that far."""


@dataclass(frozen=True, slots=True, eq=False)
class Haze:
    """The scene's air: scattering `per_m` and its own light ``(3,)``, linear."""

    per_m: float
    air_rgb: np.ndarray

    def left(self, distance_m: float) -> float:
        """Share of a thing's own light that comes through."""
        return float(np.exp(-self.per_m * distance_m))


def measure_haze(rgb: Tensor, camera: Camera, standable: Tensor) -> Haze | None:
    """The haze of a linear scene ``(3, H, W)``; None where it is not clearly seen.

    Parameters
    ----------
    rgb : Tensor
        The scene.
    camera : Camera
        Its camera, from which the ground has its distances. A wrong height of the camera drops out: it scales the
        distance of the person alike.
    standable : Tensor
        ``(h, w)`` chance of ground over the whole scene.

    References
    ----------
    H. Koschmieder, Theorie der horizontalen Sichtweite, 1924 (the model); K. He, J. Sun, X. Tang, Single image haze
    removal using dark channel prior, CVPR 2009 (dark pixels tell the air's light; theirs are of a patch, ours of all
    that is equally far away).
    """
    step = max(1, round(max(rgb.shape[1:]) / LONG_SIDE))
    sample = np.ascontiguousarray(rgb[:, ::step, ::step].numpy().transpose(1, 2, 0))
    fall = falls(camera, (sample.shape[0], sample.shape[1]))
    distance = _distances(camera, fall, standable.numpy())
    air = _air(sample, fall, distance)
    if air is None or air.min() < LEAST_AIR:
        return None
    metres, darkest = _bands((sample / air).min(2), distance)
    if len(metres) < LEAST_BANDS:
        return None
    says = -np.log(1 - np.clip(darkest - BLACK, 0, 0.98)) / metres
    on_curve = darkest < 1 - np.exp(-says.min() * metres) + NEAR_CURVE
    metres, darkest = metres[on_curve], darkest[on_curve]
    if len(metres) < LEAST_BANDS or metres.max() < LEAST_SPAN * metres.min():
        return None
    per_m = float(np.median(says[on_curve]))
    curve = 1 - np.exp(-per_m * metres)
    if 1 - np.exp(-says.min() * metres.max()) < LEAST_HAZE:
        return None
    slope = np.polyfit(curve, darkest, 1)[0]
    return Haze(per_m, air) if SLOPE[0] < slope < SLOPE[1] else None


def _distances(camera: Camera, fall: np.ndarray, standable: np.ndarray) -> np.ndarray:
    """``(h, w)`` metres along the ground to what is seen: ground, or what stands where it ends; NaN for the rest.

    `fall` ``(h, w)`` are the angles below the horizon, radians.
    """
    import cv2

    h, w = fall.shape
    is_ground = cv2.resize(standable, (w, h), interpolation=cv2.INTER_LINEAR) > GROUND
    on_plane = camera.height_m / np.tan(np.where(fall > 1e-3, fall, np.nan))
    first = is_ground.argmax(0)  # the far end of the ground in each column
    foot = np.where(is_ground.any(0), on_plane[first, np.arange(w)], np.nan)
    beyond = np.arange(h)[:, None] < first
    stands = beyond & (camera.height_m - foot * np.tan(fall) < UPRIGHT_M) & (foot < FARTHEST_FOOT_M)
    return np.where(is_ground, on_plane, np.where(stands, foot, np.nan))


def _air(sample: np.ndarray, fall: np.ndarray, distance: np.ndarray) -> np.ndarray | None:
    """``(3,)`` light of the air; None where nothing is seen far away."""
    far = (np.nan_to_num(distance) >= FAR_M).any(0)
    low, high = np.radians(FAR_FALL_DEG)
    seen = sample[(fall > low) & (fall < high) & far]
    if len(seen) < LEAST_PIXELS:
        return None
    dimmest = seen.min(1)
    air: np.ndarray = np.median(seen[dimmest >= np.quantile(dimmest, FAR_BRIGHTEST)], axis=0)
    return air


def _bands(dark: np.ndarray, distance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``(n,)`` median distance and darkest pixels of each band of distance that has enough of them."""
    found = []
    for near, far in itertools.pairwise(BANDS_M):
        here = (distance >= near) & (distance < far)
        if here.sum() >= LEAST_PIXELS:
            found.append((np.median(distance[here]), np.quantile(dark[here], DARK)))
    metres, darkest = np.array(found).reshape(-1, 2).T
    return metres, darkest
