"""The ground at the person's feet in metres, and the maps between it, the upright person and the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from scenechange.math.geometry import ray, up_vector
from scenechange.types import Camera

LEAST_GRAZING_DEG = 3.0
"""The ground is seen at this angle at least; flatter, the calibration is wrong or the shadow would be a hairline."""


@dataclass(frozen=True, slots=True, eq=False)
class FootFrame:
    """A frame on the ground below the person: x to the right, y away from the camera, z up, in metres.

    Attributes
    ----------
    intrinsics : ndarray
        ``(3, 3)`` pixels from camera coordinates.
    origin, right, away, up : ndarray
        ``(3,)`` point between the feet in metres, and unit vectors, all in the camera's frame.
    grazing_sin : float
        Sine of the angle at which the ground is seen there: how much it is foreshortened.
    px_per_m : float
        Pixels per metre at the feet, across the line of sight.
    """

    intrinsics: np.ndarray
    origin: np.ndarray
    right: np.ndarray
    away: np.ndarray
    up: np.ndarray
    grazing_sin: float
    px_per_m: float

    @property
    def image_from_ground(self) -> np.ndarray:
        """``(3, 3)`` homography: ground metres (x, y) to pixels of the scene."""
        return self.intrinsics @ np.stack([self.right, self.away, self.origin], axis=1)

    def image_from_wall(self, base_xy: np.ndarray, along_xy: np.ndarray) -> np.ndarray:
        """``(3, 3)`` homography: metres (along the ground direction, up) of an upright plane at `base_xy` to pixels."""
        base = self.origin + base_xy[0] * self.right + base_xy[1] * self.away
        along = along_xy[0] * self.right + along_xy[1] * self.away
        return self.intrinsics @ np.stack([along, self.up, base], axis=1)

    def ground_of_pixels(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Ground metres (x, y) seen at pixels; very far where a pixel lies at or above the horizon."""
        inverse = np.linalg.inv(self.image_from_ground)
        inverse = inverse * np.sign(inverse[2] @ self.image_from_ground[:, 2])  # positive in front of the camera
        below = inverse[2, 0] * x + inverse[2, 1] * y + inverse[2, 2]
        nearness = np.maximum(below, 1e-9)
        ground_x = (inverse[0, 0] * x + inverse[0, 1] * y + inverse[0, 2]) / nearness
        ground_y = (inverse[1, 0] * x + inverse[1, 1] * y + inverse[1, 2]) / nearness
        return np.where(below > 0, ground_x, 1e6), np.where(below > 0, ground_y, 1e6)


def foot_frame(camera: Camera, anchor_xy: tuple[float, float], stature_px: float, height_m: float) -> FootFrame:
    """Ground frame at `anchor_xy` in which the person, `stature_px` tall in the picture, measures `height_m`.

    The distance follows from the person's size, not from the camera's height: a shadow must fit the person even
    where the user has scaled them. The foreshortening follows from the line of sight and the vertical alone.

    Notes
    -----
    A head at height H above a foot at depth z, seen along a ray r, lies ``f H |u_xy - u_z r_xy| / (z + H u_z)``
    pixels from the foot (u the unit vertical); solved for z.
    """
    line = ray(camera, anchor_xy)
    up = up_vector(camera.pitch_deg, camera.roll_deg)
    sight = line / np.linalg.norm(line)
    grazing = max(math.asin(float(np.clip(-sight @ up, -1, 1))), math.radians(LEAST_GRAZING_DEG))
    across = up - (up @ sight) * sight
    if np.linalg.norm(across) < 1e-3:  # straight down: any direction of the picture is as good as another
        across = np.array([0.0, -1.0, 0.0]) - (-sight[1]) * sight
        grazing = math.radians(89)
    across = across / np.linalg.norm(across)
    up = math.cos(grazing) * across - math.sin(grazing) * sight
    away = math.sin(grazing) * across + math.cos(grazing) * sight
    motion = float(np.hypot(*(up[:2] - up[2] * line[:2])))
    depth = camera.f_px * height_m * motion / stature_px - height_m * up[2]
    if depth < 0.2 * height_m:
        depth = camera.f_px * height_m / stature_px
    cx, cy = camera.centre_xy
    intrinsics = np.array([[camera.f_px, 0, cx], [0, camera.f_px, cy], [0, 0, 1.0]])
    right = np.cross(away, up)
    return FootFrame(intrinsics, depth * line, right, away, up, math.sin(grazing), camera.f_px / depth)
