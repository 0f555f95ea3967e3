"""Normals of a silhouette blown up like a balloon: round at its rim, facing the camera in its middle.

References: S. Johnston, Lumo: illumination for cel animation, NPAR 2002 (normals from outlines); L. Williams, Shading
in two dimensions, Graphics Interface 1991 (inflation).
"""

from __future__ import annotations

import numpy as np

ROWS = 128
"""Height of the map: shading is smooth."""
ROUNDS = 400
"""Jacobi steps: enough for half a trunk's width of 25 cells."""


def inflated_normals(alpha: np.ndarray) -> np.ndarray:
    """Unit normals ``(rows, columns, 3)`` in the camera's frame (x right, y down, z forward: facing us is -1).

    The height is the root of the solution of ``laplace(u) = -4`` inside the outline and 0 on it, which is a half
    cylinder on a strip and a sphere on a disc.

    Parameters
    ----------
    alpha : ndarray
        ``(h, w)`` opacity. The map is at most `ROWS` high, of the same shape.
    """
    import cv2

    h, w = alpha.shape
    scale = min(1.0, ROWS / h)
    size = max(1, round(w * scale)), max(1, round(h * scale))
    solid = cv2.resize(alpha.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    solid = np.pad(solid, 1)
    kernel = np.array([[0, 0.25, 0], [0.25, 0, 0.25], [0, 0.25, 0]], np.float32)
    u = np.zeros_like(solid)
    for _ in range(ROUNDS):
        u = (cv2.filter2D(u, -1, kernel) + 1) * solid
    height = np.sqrt(cv2.GaussianBlur(u, (0, 0), 1.0) + 0.25)
    slope_y, slope_x = np.gradient(height)
    normals = np.stack([-slope_x, -slope_y, -np.ones_like(height)], axis=-1)[1:-1, 1:-1]
    unit: np.ndarray = normals / np.linalg.norm(normals, axis=-1, keepdims=True)
    return unit
