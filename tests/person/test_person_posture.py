"""Posture, the foot in front, and the angle of view, from drawn skeletons."""

from __future__ import annotations

import math

import numpy as np
import pytest

from scenechange.person.landmarks import Landmarks
from scenechange.person.posture import WHOLE_LEAN_DEG, front_foot, posture, view_rise

HEIGHTS = {7: -0.75, 8: -0.75, 11: -0.55, 12: -0.55, 23: 0.0, 24: 0.0, 25: 0.42, 26: 0.42, 27: 0.84, 28: 0.84}
ALL = np.ones(33, bool)


def standing() -> np.ndarray:
    """``(33, 3)`` metres of somebody who stands upright before a level camera."""
    world = np.zeros((33, 3))
    for joint, y in HEIGHTS.items():
        world[joint] = (0.1 if joint % 2 else -0.1), y, 0.0
    return world


def landmarks(world: np.ndarray, turn_deg: float = 0.0) -> Landmarks:
    c, s = math.cos(math.radians(turn_deg)), math.sin(math.radians(turn_deg))
    xy = 200 + 100 * world[:, :2] @ np.array([[c, s], [-s, c]])
    return Landmarks(xy, np.ones(33), np.ones(33), world, np.zeros((2, 2)), 1.0)


def test_somebody_upright_stands():
    assert posture(landmarks(standing())) == "standing"


def test_somebody_turned_on_their_side_lies():
    assert posture(landmarks(standing(), turn_deg=80)) == "lying"


def test_thighs_forward_and_shins_down_are_a_seat():
    world = standing()
    world[[25, 26], 1:] = 0.02, -0.42
    world[[27, 28], 1:] = 0.44, -0.42
    assert posture(landmarks(world)) == "seated"


def test_one_leg_up_is_no_seat():
    world = standing()
    world[25, 1:] = 0.02, -0.42
    world[27, 1:] = 0.44, -0.42
    assert posture(landmarks(world)) == "standing"


@pytest.mark.parametrize(("depth", "foot"), [(-0.2, "left"), (0.2, "right"), (0.02, None)])
def test_the_nearer_ankle_is_the_foot_in_front(depth, foot):
    world = standing()
    world[27, 2] = depth
    assert front_foot(landmarks(world)) == foot


def test_a_head_that_is_nearer_than_the_feet_is_seen_from_above():
    level, _ = view_rise(landmarks(standing()), ALL)
    world = standing()
    world[:, 2] = np.tan(np.radians(20)) * world[:, 1]
    from_above, sd = view_rise(landmarks(world), ALL)
    assert level == pytest.approx(WHOLE_LEAN_DEG)
    assert from_above == pytest.approx(level - 20, abs=0.1)
    half = ALL.copy()
    half[[27, 28]] = False
    assert view_rise(landmarks(world), half)[1] > sd, "trunks lean by themselves"
