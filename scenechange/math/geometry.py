"""Geometry of a pinhole camera over level ground, and 3x3 maps between pictures. Pure functions, float64.

Camera frame: x right, y down, z forward. Maps read right to left: ``scene_from_subject @ p_subject = p_scene``.
References: Hartley & Zisserman, Multiple View Geometry (2004); Criminisi, Reid, Zisserman, Single View Metrology,
IJCV 40 (2000).
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scenechange.types import Camera

LEAST_BELOW_SD = 2.5
"""Standard deviations of the horizon's row by which a foot must lie below it for a height to be read: there one such
deviation changes the height by about 40 %."""
SURELY_RAISED = 0.9
"""`Camera.raised` from which it is told that somebody stands higher; seen in 3 of 902 photos, rightly in all three."""


def up_vector(pitch_deg: float, roll_deg: float) -> np.ndarray:
    """Unit vector ``(3,)`` against gravity in the camera frame."""
    pitch, roll = math.radians(pitch_deg), math.radians(roll_deg)
    return np.array([-math.sin(roll) * math.cos(pitch), -math.cos(roll) * math.cos(pitch), math.sin(pitch)])


def pitch_roll_from_up(up: np.ndarray) -> tuple[float, float]:
    """Pitch and roll in degrees of a unit up vector ``(3,)``; the inverse of `up_vector`."""
    return math.degrees(math.asin(float(np.clip(up[2], -1, 1)))), math.degrees(math.atan2(-up[0], -up[1]))


def ray(camera: Camera, xy: tuple[float, float]) -> np.ndarray:
    """Direction ``(3,)`` with z = 1 of the ray through pixel `xy`."""
    cx, cy = camera.centre_xy
    return np.array([(xy[0] - cx) / camera.f_px, (xy[1] - cy) / camera.f_px, 1.0])


def project(camera: Camera, point: np.ndarray) -> tuple[float, float]:
    """Pixel of a point ``(3,)`` in metres in the camera frame; the point must lie in front of the camera."""
    cx, cy = camera.centre_xy
    return float(cx + camera.f_px * point[0] / point[2]), float(cy + camera.f_px * point[1] / point[2])


def ground_point(camera: Camera, foot_xy: tuple[float, float]) -> np.ndarray | None:
    """Point ``(3,)`` in metres where the ground is seen at pixel `foot_xy`; None at or above the horizon."""
    direction = ray(camera, foot_xy)
    fall = -float(direction @ up_vector(camera.pitch_deg, camera.roll_deg))
    if fall <= 1e-6:
        return None
    return direction * (camera.height_m / fall)


def stature_px(camera: Camera, foot_xy: tuple[float, float], height_m: float) -> float | None:
    """How many pixels tall an upright person of `height_m` is who stands at `foot_xy`; None above the horizon.

    Exact for any pitch and roll: foot and head are both projected. None also where the head is behind the camera.
    """
    foot = ground_point(camera, foot_xy)
    if foot is None:
        return None
    head = foot + height_m * up_vector(camera.pitch_deg, camera.roll_deg)
    if head[2] <= 1e-6:
        return None
    head_xy = project(camera, head)
    return math.hypot(head_xy[0] - foot_xy[0], head_xy[1] - foot_xy[1])


def statures_px(camera: Camera, feet_xy: np.ndarray, height_m: float) -> np.ndarray:
    """`stature_px` of many foot points ``(N, 2)`` at once: ``(N,)``, nan where it is None."""
    up = up_vector(camera.pitch_deg, camera.roll_deg)
    cx, cy = camera.centre_xy
    rays = np.column_stack([(feet_xy - (cx, cy)) / camera.f_px, np.ones(len(feet_xy))])
    fall = -rays @ up
    depth = camera.height_m / np.where(fall > 1e-6, fall, np.nan)  # of the foot along the optical axis: rays have z = 1
    head = rays * depth[:, None] + height_m * up
    head[~(head[:, 2] > 1e-6)] = np.nan
    return np.asarray(np.hypot(*(camera.f_px * (head[:, :2] / head[:, 2:] - rays[:, :2])).T))


def height_above_ground_m(camera: Camera, foot_xy: tuple[float, float], top_xy: tuple[float, float]) -> float | None:
    """Height in metres of something upright that stands at `foot_xy` and ends at `top_xy`; the inverse of `stature_px`.

    Exact for any pitch and roll where `top_xy` lies on the plumb line through `foot_xy`; else the point of the plumb
    line that is nearest to the ray through `top_xy`. None where the foot is not on the ground, or the top not in front.
    """
    foot, up = ground_point(camera, foot_xy), up_vector(camera.pitch_deg, camera.roll_deg)
    if foot is None:
        return None
    direction = ray(camera, top_xy)
    off, turn = np.cross(direction, foot), np.cross(direction, up)  # |off + height * turn| is the distance to the ray
    size = float(turn @ turn)
    if size <= 1e-18:
        return None
    height_m = -float(off @ turn) / size
    return height_m if float((foot + height_m * up)[2]) > 1e-6 else None


def height_reading_m(
    camera: Camera, foot_xy: tuple[float, float], top_xy: tuple[float, float]
) -> tuple[float, float] | None:
    """`height_above_ground_m` with its standard deviation, from those of the horizon's row and of the camera's height.

    None also where the foot is seen less than `LEAST_BELOW_SD` standard deviations below the horizon: far away any
    height fits, and a horizon wrong by a few pixels makes a car as high as a house.
    """
    below_px = foot_xy[1] - camera.horizon_y(foot_xy[0])
    if below_px <= LEAST_BELOW_SD * camera.horizon_spread_px:
        return None
    shift = camera.horizon_spread_px * math.cos(math.radians(camera.roll_deg)) / camera.f_px
    tilt = math.tan(math.radians(camera.pitch_deg))
    moved = [
        height_above_ground_m(replace(camera, pitch_deg=math.degrees(math.atan(tilt + by))), foot_xy, top_xy)
        for by in (-shift, 0.0, shift)
    ]
    low, middle, high = moved
    if low is None or middle is None or high is None or middle <= 0:
        return None
    return middle, math.hypot((high - low) / 2, middle * camera.height_sd_m / camera.height_m)


def camera_height_from(
    camera: Camera, foot_xy: tuple[float, float], top_xy: tuple[float, float], height_m: float
) -> float | None:
    """Height in metres of the camera above the ground, from one upright thing of known `height_m`.

    Everything seen is as large as the camera is high, so only the direction of `camera` counts, not its own height.
    None where `height_above_ground_m` is None or not positive.
    """
    seen_m = height_above_ground_m(camera, foot_xy, top_xy)
    return camera.height_m * height_m / seen_m if seen_m is not None and seen_m > 1e-9 else None


def ground_distance_m(camera: Camera, foot_xy: tuple[float, float]) -> float | None:
    """Distance in metres along the ground from below the camera to `foot_xy`; None above the horizon."""
    foot = ground_point(camera, foot_xy)
    if foot is None:
        return None
    return math.sqrt(max(float(foot @ foot) - camera.height_m**2, 0.0))


def foot_at(camera: Camera, distance_m: float, azimuth_deg: float = 0.0) -> tuple[float, float] | None:
    """Pixel of the ground `distance_m` away in the direction `azimuth_deg` (0 ahead, 90 to the right); None if behind.

    The inverse of `ground_distance_m` together with a direction.
    """
    up = up_vector(camera.pitch_deg, camera.roll_deg)
    ahead = np.array([0.0, 0.0, 1.0]) - up * up[2]
    ahead /= np.linalg.norm(ahead)
    azimuth = math.radians(azimuth_deg)
    point = distance_m * (math.cos(azimuth) * ahead + math.sin(azimuth) * np.cross(ahead, up)) - camera.height_m * up
    return project(camera, point) if point[2] > 1e-6 else None


def falls(camera: Camera, size_hw: tuple[int, int]) -> np.ndarray:
    """Angle ``(h, w)`` in radians by which the ray through each cell of the map points below the horizon."""
    (height, width), (cx, cy) = camera.size_hw, camera.centre_xy
    ys = ((np.arange(size_hw[0]) + 0.5) * height / size_hw[0] - 0.5 - cy) / camera.f_px
    xs = ((np.arange(size_hw[1]) + 0.5) * width / size_hw[1] - 0.5 - cx) / camera.f_px
    up = up_vector(camera.pitch_deg, camera.roll_deg)
    climb = up[0] * xs[None] + up[1] * ys[:, None] + up[2]
    return -np.arcsin(climb / np.sqrt(1 + xs[None] ** 2 + ys[:, None] ** 2))


def similarity(
    scale: float, rotate_deg: float, from_xy: tuple[float, float], to_xy: tuple[float, float], flip: bool = False
) -> np.ndarray:
    """3x3 map that takes `from_xy` to `to_xy`, scaled, turned clockwise about that point, mirrored first if `flip`."""
    angle = math.radians(rotate_deg)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    linear = scale * turn @ np.diag([-1.0 if flip else 1.0, 1.0])
    out = np.eye(3)
    out[:2, :2] = linear
    out[:2, 2] = np.asarray(to_xy) - linear @ np.asarray(from_xy)
    return out


def transform(homography: np.ndarray, points_xy: np.ndarray) -> np.ndarray:
    """``(N, 2)`` points mapped by a 3x3 homography."""
    points = np.asarray(points_xy, dtype=np.float64).reshape(-1, 2)
    mapped = np.c_[points, np.ones(len(points))] @ homography.T
    return mapped[:, :2] / mapped[:, 2:]
