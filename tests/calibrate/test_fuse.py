"""Lines, people and sky made one camera, on worlds that are drawn by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenechange.calibrate.clues import Clues, GroundEdge, SkyEdge, Standing, is_portrait, statures, ups
from scenechange.calibrate.fuse import Estimate, Explanation, fuse
from scenechange.calibrate.priors import HeightPrior
from scenechange.math.geometry import foot_at, ground_point, project, up_vector
from scenechange.types import Camera

SIZE_HW = (768, 1024)
NOTHING_KNOWN = Explanation(np.array([0, 0, math.log(0.9)]), np.diag([0.14, 0.035, 0.3]) ** 2, 0.0)
CROWD = ((4, -18), (6, 12), (9, -8), (14, 5), (20, -15))


def person(camera: Camera, distance_m: float, azimuth_deg: float, height_m: float = 1.70) -> Standing:
    foot = foot_at(camera, distance_m, azimuth_deg)
    head = project(camera, ground_point(camera, foot) + height_m * up_vector(camera.pitch_deg, camera.roll_deg))
    cx, cy = camera.centre_xy
    return Standing(
        ((foot[0] - cx) / 1024, (foot[1] - cy) / 1024), ((head[0] - cx) / 1024, (head[1] - cy) / 1024), 0.02
    )


def camera(pitch_deg: float = 6.0, height_m: float = 1.6, roll_deg: float = 0.0, f_px: float = 922.0) -> Camera:
    return Camera(SIZE_HW, f_px, pitch_deg, roll_deg, height_m, 0, 0, 0, 0)


def horizon_px(found: Estimate) -> float:
    """Row of the horizon below the centre."""
    return 1024 * math.exp(found.mean[2]) * math.tan(found.mean[0])


@settings(max_examples=40, deadline=None)
@given(st.floats(-15, 15), st.floats(-8, 8), st.floats(0.5, 8), st.floats(600, 2000), st.floats(0.8, 2.2))
def test_statures_of_drawn_people_are_exact(pitch, roll, height, f_px, stature):
    seen_by = camera(pitch, height, roll, f_px)
    people = (person(seen_by, 25.0, 3.0, stature),)
    up = ups(np.array([math.radians(pitch)]), np.array([math.radians(roll)]))
    seen = statures(people, up, np.array([f_px / 1024]))
    assert seen[0, 0] * height == pytest.approx(stature, rel=1e-6)


def test_without_clues_one_explanation_is_the_answer():
    found = fuse([NOTHING_KNOWN], Clues(), HeightPrior(1.6))
    assert found.mean == pytest.approx([0, 0, math.log(0.9)], abs=1e-6)
    assert found.sd == pytest.approx([0.14, 0.035, 0.3], rel=0.03)
    assert (found.height_m, found.people, found.explained) == (pytest.approx(1.6, rel=0.01), 0, 0)


@pytest.mark.parametrize(("pitch", "height"), [(9.0, 1.6), (-7.0, 1.4), (-10.0, 3.2), (4.0, 0.8)])
def test_people_alone_tell_horizon_and_height(pitch, height):
    seen_by = camera(pitch, height)
    found = fuse([NOTHING_KNOWN], Clues(tuple(person(seen_by, *at) for at in CROWD)), HeightPrior(1.6))
    assert found.height_m == pytest.approx(height, rel=0.08)
    assert horizon_px(found) == pytest.approx(922 * math.tan(math.radians(pitch)), abs=15)
    assert found.people > 4


def test_a_full_length_portrait_tells_a_camera_at_the_waist():
    """One person, no lines: the horizon cuts them where the camera is likely to have been."""
    someone = person(camera(0.0, 1.1), 3.0, 0.0)
    crossed = []
    for prior in (HeightPrior(1.6, is_portrait=True), HeightPrior(1.6)):
        found = fuse([NOTHING_KNOWN], Clues((someone,)), prior)
        tall = someone.foot_xy[1] - someone.head_xy[1]
        crossed.append((someone.foot_xy[1] - horizon_px(found) / 1024) / tall)
        assert crossed[-1] == pytest.approx(found.height_m / 1.7, rel=0.1)
    assert crossed[0] < crossed[1] - 0.1


def test_who_fills_the_picture_is_whom_it_was_taken_of():
    tall, small = (Standing((0.0, 0.4), (0.0, 0.4 - tall), 0.05) for tall in (0.62, 0.40))
    assert is_portrait((small, tall), (1024, 700))
    assert not is_portrait((small,), (1024, 700))
    assert is_portrait((small,), (600, 1024))


def test_people_overrule_lines_that_only_seem_to_meet():
    """Lines say 12 degrees down to half a degree; five people say 6 degrees up."""
    lines = Explanation(np.array([-0.21, 0, math.log(0.9)]), np.diag([0.01, 0.01, 0.05]) ** 2, 2.0, 80)
    seen_by = camera(6.0)
    found = fuse([lines, NOTHING_KNOWN], Clues(tuple(person(seen_by, *at) for at in CROWD)), HeightPrior(1.6))
    assert math.degrees(found.mean[0]) == pytest.approx(6, abs=2)
    assert found.explained < 8


def test_one_odd_person_does_not_overrule_lines():
    lines = Explanation(np.array([0.1, 0, math.log(0.9)]), np.diag([0.01, 0.01, 0.05]) ** 2, 2.0, 80)
    child = person(camera(math.degrees(0.1)), 6.0, 0.0, 1.0)
    found = fuse([lines, NOTHING_KNOWN], Clues((child,)), HeightPrior(1.6))
    assert found.mean[0] == pytest.approx(0.1, abs=0.01)
    assert found.height_m == pytest.approx(1.6, rel=0.15)


def test_children_in_a_crowd_do_not_shrink_the_others():
    seen_by = camera(3.0, 1.5)
    people = [person(seen_by, *at) for at in CROWD] + [person(seen_by, 5.0, 4.0, 1.05), person(seen_by, 8.0, 0.0, 1.2)]
    found = fuse([NOTHING_KNOWN], Clues(tuple(people)), HeightPrior(1.6))
    assert found.height_m == pytest.approx(1.5, rel=0.08)
    assert found.people == pytest.approx(5, abs=0.9)


def test_sky_rules_out_a_horizon_above_it():
    """Lines say the camera looks 20 degrees down, yet there is sky down to the picture's middle."""
    lines = Explanation(np.array([-0.35, 0, math.log(0.9)]), np.diag([0.02, 0.01, 0.05]) ** 2, 2.0, 60)
    assert math.degrees(fuse([lines, NOTHING_KNOWN], Clues(), HeightPrior(1.6)).mean[0]) < -15
    found = fuse([lines, NOTHING_KNOWN], Clues(sky=SkyEdge(((-0.2, -0.02), (0.3, -0.02)))), HeightPrior(1.6))
    assert -2 < math.degrees(found.mean[0]) < 10
    assert math.degrees(found.sd[0]) > 3


def test_ground_rules_out_a_horizon_below_it():
    """Lines say the camera looks 20 degrees up, yet there is ground up to the picture's middle."""
    lines = Explanation(np.array([0.35, 0, math.log(0.9)]), np.diag([0.02, 0.01, 0.05]) ** 2, 2.0, 60)
    assert math.degrees(fuse([lines, NOTHING_KNOWN], Clues(), HeightPrior(1.6)).mean[0]) > 15
    found = fuse([lines, NOTHING_KNOWN], Clues(ground=GroundEdge(((-0.2, 0.02), (0.3, 0.02)))), HeightPrior(1.6))
    assert -10 < math.degrees(found.mean[0]) < 2
    assert math.degrees(found.sd[0]) > 3


def test_two_readings_that_contradict_make_a_wide_spread():
    up, down = (Explanation(np.array([p, 0, -0.1]), np.diag([0.01, 0.01, 0.05]) ** 2, 3.0, 40) for p in (0.15, -0.15))
    assert fuse([up, down, NOTHING_KNOWN], Clues(), HeightPrior(1.6)).sd[0] > 0.1


SURE = Explanation(np.array([math.radians(3.0), 0, math.log(0.9)]), np.diag([0.004, 0.004, 0.02]) ** 2, 3.0, 150)


def moved_up(one: Standing, by: float) -> Standing:
    """As seen when whoever stands there climbs; `by` in longer sides."""
    (foot_x, foot_y), (head_x, head_y) = one.foot_xy, one.head_xy
    return Standing((foot_x, foot_y - by), (head_x, head_y - by), one.log_sd)


def test_who_stands_on_top_of_stairs_is_told():
    seen_by = camera(3.0, 1.5)
    low, far = person(seen_by, 4.0, -8.0), person(seen_by, 12.0, 6.0)
    assert fuse([SURE, NOTHING_KNOWN], Clues((low, far)), HeightPrior(1.6)).raised < 0.02
    assert fuse([SURE, NOTHING_KNOWN], Clues((low, moved_up(far, 0.14))), HeightPrior(1.6)).raised > 0.9


def test_children_and_the_only_one_stand_on_the_ground():
    seen_by = camera(3.0, 1.5)
    alone, child = person(seen_by, 4.0, 0.0), person(seen_by, 6.0, 5.0, 1.0)
    for people in ((), (alone,), (alone, child)):
        assert fuse([SURE, NOTHING_KNOWN], Clues(people), HeightPrior(1.6)).raised < 0.1
