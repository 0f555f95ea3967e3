"""Upright lines of the person made to converge like those of the scene: the homography of a vertical plane.

A person seen whole is nearly a vertical plane that faces the camera. Between two pictures of such a plane lies a
homography (Hartley & Zisserman, Multiple View Geometry, 2004, chapter 13): it takes away the convergence that the
person's own camera made by its pitch, and gives that of the scene's.
"""

from __future__ import annotations

import math

import numpy as np

from scenechange.math.geometry import ray, transform, up_vector
from scenechange.types import Camera, Scene, Subject, size_hw

MOST_STRETCH = 0.03
"""How much longer than wide a round face may become, and the reverse: less than people see on a face."""
MOST_TAPER = 0.08
"""How much larger the head may become against the feet, and the reverse."""
LEAST_TAPER = 0.01
"""What changes less is left to the similarity."""
MOST_PITCH_SD_DEG = 4.0
"""With a pitch less sure than that, of either photo, a correction would be a guess."""


def with_keystone(subject: Subject, scene: Scene, scene_from_subject: np.ndarray) -> np.ndarray:
    """The similarity ``(3, 3)``, with as much of the change of convergence as leaves the face undistorted.

    The middle of the feet stays where the similarity takes it, and so does the size from feet to head.
    """
    if max(subject.camera.pitch_sd_deg, scene.camera.pitch_sd_deg) > MOST_PITCH_SD_DEG:
        return scene_from_subject
    x, y = subject.cutout.offset_xy
    h, w = size_hw(subject.cutout.alpha)
    middle = np.array([x + (w - 1) / 2, y + (h - 1) / 2])
    change = _change(subject.camera, scene.camera, middle, scene_from_subject)
    feet, head = subject.body.feet_xy.mean(0), np.array(subject.body.head_xy)
    for share in (1.0, 0.75, 0.5, 0.25):
        warp = scene_from_subject @ _shift(middle) @ (np.eye(3) + share * (change - np.eye(3))) @ _shift(-middle)
        stretch, taper = _distortion(np.linalg.inv(scene_from_subject) @ warp, feet, head)
        if taper < LEAST_TAPER and stretch < LEAST_TAPER:
            break
        if taper <= MOST_TAPER and stretch <= MOST_STRETCH:
            return _as_tall(warp, scene_from_subject, feet, head)
    return scene_from_subject


def _change(own: Camera, there: Camera, middle: np.ndarray, similarity: np.ndarray) -> np.ndarray:
    """What the homography of the plane does beyond the similarity, in the subject's pixels from `middle`."""
    in_scene = transform(similarity, middle[None])[0]
    determinant = float(np.linalg.det(similarity[:2, :2]))
    nearer = math.sqrt(abs(determinant)) * own.f_px / there.f_px  # distance to the own camera over that to the scene's
    planes = np.diag([math.copysign(nearer, determinant), nearer, 1.0])
    whole = _picture_from_plane(there, in_scene) @ planes @ np.linalg.inv(_picture_from_plane(own, middle))
    local = _shift(-in_scene) @ whole @ _shift(middle)
    local /= local[2, 2]
    beyond = np.linalg.inv(similarity[:2, :2]) @ local[:2, :2]
    u, _, vt = np.linalg.svd(beyond)
    out = np.eye(3)
    out[:2, :2] = (u @ vt).T @ beyond / math.sqrt(abs(float(np.linalg.det(beyond))))  # neither turned nor resized
    out[2, :2] = local[2, :2]
    return out


def _picture_from_plane(camera: Camera, xy: np.ndarray) -> np.ndarray:
    """Map ``(3, 3)`` from the vertical plane that faces the camera at a pixel, origin there, in depths of the pixel."""
    towards = ray(camera, (float(xy[0]), float(xy[1])))
    up = up_vector(camera.pitch_deg, camera.roll_deg)
    level = towards - float(towards @ up) * up
    right = np.cross(level, up) / np.linalg.norm(level)
    cx, cy = camera.centre_xy
    to_pixels = np.array([[camera.f_px, 0, cx], [0, camera.f_px, cy], [0, 0, 1.0]])
    return np.asarray(to_pixels @ np.column_stack([right, -up, towards]))


def _shift(xy: np.ndarray) -> np.ndarray:
    out = np.eye(3)
    out[:2, 2] = xy
    return out


def _distortion(change: np.ndarray, feet: np.ndarray, head: np.ndarray) -> tuple[float, float]:
    """Stretch of a circle at the head, and growth of the head against the feet, both 0 for none."""
    at_head, at_feet = _derivative(change, head), _derivative(change, feet)
    longest, shortest = np.linalg.svd(at_head, compute_uv=False)
    growth = 0.5 * math.log(abs(float(np.linalg.det(at_head)) / float(np.linalg.det(at_feet))))
    return float(longest / shortest) - 1, abs(growth)


def _derivative(homography: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """``(2, 2)`` derivative of a homography at a point."""
    mapped = homography @ np.array([xy[0], xy[1], 1.0])
    return np.asarray((homography[:2, :2] - np.outer(mapped[:2] / mapped[2], homography[2, :2])) / mapped[2])


def _as_tall(warp: np.ndarray, similarity: np.ndarray, feet: np.ndarray, head: np.ndarray) -> np.ndarray:
    """The warp with feet and size as of the similarity."""
    points = np.array([feet, head])
    (foot_is, head_is), (foot, top) = transform(warp, points), transform(similarity, points)
    grow = np.diag([1.0, 1.0, np.linalg.norm(head_is - foot_is) / np.linalg.norm(top - foot)])
    return np.asarray(_shift(foot) @ grow @ _shift(-foot_is) @ warp)
