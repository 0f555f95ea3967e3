"""Where the face points."""

from __future__ import annotations

import math

import numpy as np

from scenechange.person.landmarks import EARS, NOSE, Landmarks


def head_yaw_deg(landmarks: Landmarks) -> float:
    """Turn of the face in degrees: 0 into the camera, positive to the right of the picture, 180 away from it.

    From the nose before the middle of the ears and from the line between the ears, both in the network's metres; the
    two vectors are added, so the longer and therefore surer one counts more.
    """
    left, right = (landmarks.world_m[ear] for ear in EARS)
    nose = landmarks.world_m[NOSE] - (left + right) / 2
    across = left - right  # points to the right of the picture for a face that looks into the camera
    toward = np.array([nose[0] + across[2], -nose[2] + across[0]])
    return math.degrees(math.atan2(toward[0], toward[1]))
