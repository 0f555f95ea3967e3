"""How likely the level ground plane is seen at a pixel, at a distance at which a person can be set."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from scenechange.math.geometry import falls

if TYPE_CHECKING:
    from scenechange.types import Camera

FARTHEST_M = 40.0  # beyond, a person is a few pixels and the horizon's error exceeds her height
NEAREST_M = 0.8  # nearer, only her shoes would be in the picture
SOFTNESS = 0.2  # of the logarithm of both distances


def reach(camera: Camera, size_hw: tuple[int, int]) -> np.ndarray:
    """Probability ``(h, w)`` that level ground between the nearest and the farthest distance is seen.

    The spread of the horizon's row softens the edge at the horizon.

    Parameters
    ----------
    camera : Camera
        Camera of the whole picture.
    size_hw : tuple of int
        Size of the map; it spans the whole picture.
    """
    fall = falls(camera, size_hw)
    unsure = max(math.atan(camera.horizon_spread_px / camera.f_px), math.radians(0.3))
    below = 0.5 * (1 + np.tanh(fall / unsure - 1))
    distance = camera.height_m / np.maximum(np.tan(np.maximum(fall, 1e-4)), 1e-6)
    not_far = _step(np.log(FARTHEST_M / distance))
    not_near = _step(np.log(distance / NEAREST_M))
    return (below * not_far * not_near).astype(np.float32)


def _step(log_ratio: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(log_ratio / SOFTNESS))
