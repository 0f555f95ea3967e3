"""Where the face points."""

from __future__ import annotations

import math

import numpy as np

from scenechange.person.landmarks import EARS, EYES, MOUTH, NOSE, Landmarks


def head_yaw_deg(landmarks: Landmarks) -> float:
    """Turn of the face in degrees: 0 into the camera, positive to the right of the picture, 180 away from it.

    From the nose before the middle of the ears, and from the plane through ears, eyes and mouth, both in the network's
    metres; the mean of the two directions holds for heads that are tilted or lie, too.
    """
    world = landmarks.world_m
    ears, eyes, mouth = (world[list(pair)] for pair in (EARS, EYES, MOUTH))
    nose = world[NOSE] - ears.mean(0)
    normal = np.cross(ears[0] - ears[1], eyes.mean(0) - mouth.mean(0))  # left to right ear, and up: towards the front
    forward = _unit(nose) + _unit(normal)
    return math.degrees(math.atan2(forward[0], -forward[2]))


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / max(float(np.linalg.norm(vector)), 1e-9)
