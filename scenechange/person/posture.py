"""How the person holds themselves and is seen: standing, seated or lying, which foot is nearer, from how high."""

from __future__ import annotations

import math

import numpy as np

from scenechange.person.landmarks import ANKLES, HIPS, KNEES, SHOULDERS, Landmarks

LYING_DEG = 50.0
"""A trunk further from upright than that belongs to someone who does not stand on their feet."""
SEATED_DEG = 50.0
"""Thighs bent forward from the trunk by more, both of them, with bent knees, belong to someone who sits or squats."""
# Street photos of standing people (Clothing Co-Parsing, every eighth of 200), seen at -2 degrees on average: shoulders
# lean 10 +- 3 degrees before the ankles, 6 +- 6 before the hips. Twice that is stated: how the network answers to
# other views than these could not be measured.
WHOLE_LEAN_DEG, WHOLE_SD_DEG = 8.0, 6.0
TRUNK_LEAN_DEG, TRUNK_SD_DEG = 4.5, 12.0
LEAST_STEP_M = 0.08
"""Ankles at more different depths tell which foot is in front."""


def posture(landmarks: Landmarks) -> str:
    """ "standing", "seated" or "lying"."""
    dx, dy = landmarks.mean_xy(SHOULDERS) - landmarks.mean_xy(HIPS)
    if abs(math.degrees(math.atan2(dx, -dy))) > LYING_DEG:
        return "lying"
    world = landmarks.world_m
    shoulders, hips, knees, ankles = (world[list(pair)] for pair in (SHOULDERS, HIPS, KNEES, ANKLES))
    thighs = _angles_deg(hips - shoulders, knees - hips)
    shins = _angles_deg(knees - hips, ankles - knees)
    return "seated" if thighs.min() > SEATED_DEG and shins.min() > SEATED_DEG / 2 else "standing"


def front_foot(landmarks: Landmarks) -> str | None:
    """ "left" or "right", the person's own: the foot nearer to the camera; None where both stand beside each other."""
    left, right = landmarks.world_m[list(ANKLES), 2]
    if abs(left - right) < LEAST_STEP_M:
        return None
    return "left" if left < right else "right"


def view_rise(landmarks: Landmarks, on_person: np.ndarray) -> tuple[float, float]:
    """Angle in degrees at which the camera looks up (+) or down (-) at the body, and its standard deviation.

    People stand upright on average, so the lean of the body in depth is the tilt of the view. Whole bodies tell more
    than heads and trunks: these lean by themselves.
    """
    world = landmarks.world_m
    whole = bool(on_person[list(ANKLES)].all()) and posture(landmarks) == "standing"
    low, lean, sd = (ANKLES, WHOLE_LEAN_DEG, WHOLE_SD_DEG) if whole else (HIPS, TRUNK_LEAN_DEG, TRUNK_SD_DEG)
    _, down, away = world[list(low)].mean(0) - world[list(SHOULDERS)].mean(0)
    return lean - math.degrees(math.atan2(away, max(down, 1e-6))), sd


def _angles_deg(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """``(N,)`` angles between vectors ``(N, 3)``."""
    cosine = (a * b).sum(1) / np.maximum(np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1), 1e-9)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))
