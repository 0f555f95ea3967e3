"""Directions over level ground, seen from a camera: azimuth to the right, elevation up, in degrees."""

from __future__ import annotations

import math

import numpy as np

from scenechange.math.geometry import up_vector
from scenechange.types import Camera


def axes(camera: Camera) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unit vectors right, up and ahead ``(3,)`` of the level world, in the camera's frame."""
    up = up_vector(camera.pitch_deg, camera.roll_deg)
    ahead = np.array([0.0, 0.0, 1.0]) - up[2] * up
    ahead /= max(float(np.linalg.norm(ahead)), 1e-9)
    return np.cross(ahead, up), up, ahead


def direction(camera: Camera, azimuth_deg: float, elevation_deg: float) -> np.ndarray:
    """Unit vector ``(3,)`` in the camera's frame; azimuth 0 is where the camera looks, positive to the right."""
    right, up, ahead = axes(camera)
    a, e = math.radians(azimuth_deg), math.radians(elevation_deg)
    return math.cos(e) * (math.cos(a) * ahead + math.sin(a) * right) + math.sin(e) * up


def azimuth_elevation(camera: Camera, toward: np.ndarray) -> tuple[float, float]:
    """Azimuth (-180..180, right positive) and elevation in degrees of a unit vector; the inverse of `direction`."""
    right, up, ahead = axes(camera)
    elevation = math.asin(float(np.clip(toward @ up, -1, 1)))
    return math.degrees(math.atan2(float(toward @ right), float(toward @ ahead))), math.degrees(elevation)


def pixel_directions(camera: Camera, size_hw: tuple[int, int]) -> np.ndarray:
    """Unit vectors ``(h, w, 3)`` through the pixels of the camera's picture, shrunk to `size_hw`."""
    h, w = size_hw
    x = (np.arange(w) + 0.5) * camera.size_hw[1] / w - camera.size_hw[1] / 2
    y = (np.arange(h) + 0.5) * camera.size_hw[0] / h - camera.size_hw[0] / 2
    rays = np.stack(np.broadcast_arrays(x[None, :] / camera.f_px, y[:, None] / camera.f_px, 1.0), axis=-1)
    return rays / np.linalg.norm(rays, axis=-1, keepdims=True)
