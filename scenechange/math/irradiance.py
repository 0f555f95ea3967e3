"""Irradiance on a matt surface as nine spherical-harmonics coefficients.

Reference: Ramamoorthi & Hanrahan, An Efficient Representation for Irradiance Environment Maps, SIGGRAPH 2001,
equations 3, 8 and 12.
"""

from __future__ import annotations

import math

import numpy as np

BAND = (math.pi, *(2 * math.pi / 3,) * 3, *(math.pi / 4,) * 5)  # A_l of the clamped cosine for the nine terms


def basis(direction: np.ndarray) -> np.ndarray:
    """The nine real spherical harmonics ``(..., 9)`` of unit vectors ``(..., 3)``.

    Order: 1; y, z, x; xy, yz, 3z^2 - 1, xz, x^2 - y^2, in whatever frame the vectors are in.
    """
    x, y, z = np.moveaxis(np.asarray(direction, dtype=np.float64), -1, 0)
    return np.stack(
        [
            np.full_like(x, 0.282095),
            0.488603 * y,
            0.488603 * z,
            0.488603 * x,
            1.092548 * x * y,
            1.092548 * y * z,
            0.315392 * (3 * z * z - 1),
            1.092548 * x * z,
            0.546274 * (x * x - y * y),
        ],
        axis=-1,
    )


def from_directional(toward: np.ndarray, irradiance_rgb: np.ndarray) -> np.ndarray:
    """Coefficients ``(9, 3)`` of a distant lamp: `irradiance_rgb` falls on a surface that faces it."""
    return np.outer(np.array(BAND) * basis(toward), irradiance_rgb)


def from_hemispheres(up: np.ndarray, sky_rgb: np.ndarray, ground_rgb: np.ndarray) -> np.ndarray:
    """Coefficients ``(9, 3)`` of an even sky of radiance `sky_rgb` above even ground of radiance `ground_rgb`.

    A surface that faces up receives pi times the sky's radiance, one that faces down pi times the ground's. A step
    between two half spheres has only the constant and the linear term among the nine.
    """
    mean, half = (sky_rgb + ground_rgb) / 2, (sky_rgb - ground_rgb) / 2
    linear = np.array([0.0, up[1], up[2], up[0], 0, 0, 0, 0, 0]) / 0.488603
    constant = np.array([1 / 0.282095, *[0.0] * 8])
    return math.pi * (np.outer(constant, mean) + np.outer(linear, half))


def irradiance(sh: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Irradiance ``(..., 3)`` on surfaces with unit normals ``(..., 3)``; a white matt surface shows it over pi."""
    return np.maximum(basis(normal) @ sh, 0.0)
