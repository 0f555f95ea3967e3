"""Stature, height, head and feet from landmarks that are written down, not seen."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mannequin import skeleton

from scenechange.person import height, silhouette, stature
from scenechange.person.head import head_yaw_deg
from scenechange.person.landmarks import ANKLES, HEAD, HIPS, KNEES, SHOULDERS, Landmarks, Roi, find_landmarks, look_at
from scenechange.person.picture import Picture


def standing(px: float = 500.0, depth: np.ndarray | None = None) -> Landmarks:
    """Landmarks of someone who stands upright, `px` tall, the crown at (200, 50)."""
    joints = skeleton()
    world = np.column_stack([(joints - joints[list(HIPS)].mean(0)) * 1.62, np.zeros(33) if depth is None else depth])
    ones = np.ones(33)
    return Landmarks(joints * px + [200, 50], ones, ones, world, np.zeros((2, 2)), 1.0)


def turned_about_the_plumb_line(pose: Landmarks, degrees: float) -> Landmarks:
    """The same person turned to the right of the picture, as a distant camera sees it."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    world = pose.world_m @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    px = stature.pixels_per_metre(pose)
    return Landmarks(world[:, :2] * px + [200, 290], pose.presence, pose.visibility, world, pose.circle_xy, 1.0)


def picture_of(inside: np.ndarray) -> Picture:
    rgb = np.full((*inside.shape, 3), 0.5, np.float32)
    return Picture(rgb, inside, (1.0, 1.0), (0, 0), frozenset(), frozenset())


@given(st.floats(20, 5000))
def test_stature_is_proportional_to_the_picture(px: float) -> None:
    level = stature.LEVELS[0]
    one, other = stature.from_joints(standing(px), level), stature.from_joints(standing(500), level)
    assert one.px / other.px == pytest.approx(px / 500, rel=1e-6)


@pytest.mark.parametrize("degrees", [-80, -30, 45, 90, 180])
def test_turning_round_does_not_change_the_stature(degrees: float) -> None:
    pose = standing()
    turned = turned_about_the_plumb_line(pose, degrees)
    level = stature.LEVELS[0]
    assert stature.from_joints(turned, level).px == pytest.approx(stature.from_joints(pose, level).px, rel=1e-6)


def test_sitting_does_not_shrink_the_stature() -> None:
    pose = standing(500)
    world = pose.world_m.copy()
    knees, feet = list(KNEES), [*ANKLES, 29, 30, 31, 32]
    thigh, shin = np.array([0.0, 0.05, -0.386]), np.array([0.0, 0.36, 0.0])  # thighs towards the camera
    world[knees] = world[list(HIPS)] + thigh
    world[feet] = world[[25, 26] * 3] + shin
    px = stature.pixels_per_metre(pose)
    seated = Landmarks(world[:, :2] * px, pose.presence, pose.visibility, world, pose.circle_xy, 1.0)
    level = stature.LEVELS[0]
    assert stature.from_joints(seated, level).px == pytest.approx(stature.from_joints(pose, level).px, rel=1e-6)
    crown = np.array([0.0, seated.xy[list(HEAD), 1].min() - 30])
    feet_xy = seated.xy[list(ANKLES)]
    direct = stature.from_crown_to_soles(seated, crown, feet_xy)
    assert direct.px > 1.1 * np.hypot(*(crown - feet_xy.mean(0)))
    assert direct.sd_px > 0.05 * direct.px


def test_standing_people_are_not_called_bent() -> None:
    assert stature.bend_of(standing()) < 1.5 * stature.CHAIN_SD


def test_the_lowest_joints_on_the_person_set_the_level() -> None:
    seen = np.zeros(33, bool)
    assert stature.level_of(seen) is None
    seen[list(SHOULDERS)] = True
    assert stature.level_of(seen).joints == SHOULDERS
    seen[KNEES[0]] = True
    assert stature.level_of(seen).joints == KNEES


@given(st.floats(100, 1000), st.floats(0.01, 0.2), st.floats(100, 1000), st.floats(0.01, 0.2))
def test_two_statements_join_between_them_and_never_hide_a_conflict(a: float, p: float, b: float, q: float) -> None:
    first, second = stature.Stature(a, p * a), stature.Stature(b, q * b)
    both = stature.joined(first, second)
    assert min(a, b) * 0.999 <= both.px <= max(a, b) * 1.001
    if abs(a - b) > 4 * math.hypot(p * a, q * b):
        assert both.sd_px > min(first.sd_px, second.sd_px)


def test_agreeing_statements_are_surer_together() -> None:
    both = stature.joined(stature.Stature(100, 3), stature.Stature(101, 4))
    assert both.sd_px == pytest.approx(2.4)


@pytest.mark.parametrize("degrees", [-150, -90, -35, 0, 20, 60, 90, 170])
def test_yaw_is_positive_where_the_face_points_to_the_right_of_the_picture(degrees: float) -> None:
    depth = np.zeros(33)
    depth[0] = -0.1
    pose = standing(depth=depth)
    assert head_yaw_deg(turned_about_the_plumb_line(pose, degrees)) == pytest.approx(degrees, abs=1e-6)


def test_an_adults_head_leaves_the_expected_height_nearly_alone() -> None:
    mean, sd = height.height_of(1.68, 0.10, height.HEAD_LOG_SHARE)
    assert mean == pytest.approx(1.68, abs=0.02)
    assert 0.09 < sd < 0.14


def test_a_head_five_times_in_the_body_speaks_for_a_small_child() -> None:
    mean, _ = height.height_of(1.68, 0.10, height.HEAD_LOG_SHARE + math.log(7.5 / 5))
    assert mean < 1.05


@given(st.floats(-5, -2), st.floats(0, 0.5))
def test_a_larger_head_never_makes_a_taller_person(share: float, more: float) -> None:
    assert height.height_of(1.68, 0.1, share + more)[0] <= height.height_of(1.68, 0.1, share)[0] + 1e-9


def test_the_crown_is_the_top_of_the_hair() -> None:
    inside = np.zeros((600, 400), bool)
    inside[45:550, 170:230] = True
    x, y = silhouette.top_of_head(picture_of(inside), standing(500), 500)
    assert (x, y) == pytest.approx((200, 45), abs=1.5)


def test_a_hand_above_the_head_is_not_its_top() -> None:
    inside = np.zeros((600, 400), bool)
    inside[0:550, 170:230] = True
    pose = standing(500)
    pose.xy[:, 1] += 60  # the crown belongs at row 110
    _, y = silhouette.top_of_head(picture_of(inside), pose, 500)
    assert 90 < y < 130


def test_a_foot_in_the_air_is_no_point_of_contact() -> None:
    pose = standing(500)
    pose.xy[[28, 30, 32], 1] -= 90
    inside = np.zeros((600, 400), bool)
    inside[50:550, 215:245] = True
    inside[50:460, 155:185] = True
    feet = silhouette.feet(picture_of(inside), pose, np.ones(33, bool), 500)
    np.testing.assert_allclose(feet, [[229.5, 549.5]], atol=1.5)


def test_feet_at_different_depths_are_both_kept() -> None:
    pose = standing(500)
    pose.xy[[28, 30, 32], 1] -= 20
    inside = np.zeros((600, 400), bool)
    inside[50:550, 215:245] = True
    inside[50:530, 155:185] = True
    feet = silhouette.feet(picture_of(inside), pose, np.ones(33, bool), 500)
    np.testing.assert_allclose(feet, [[229.5, 549.5], [169.5, 529.5]], atol=1.5)


def test_a_leg_that_the_frame_cuts_at_the_ankle_has_no_sole() -> None:
    inside = np.zeros((540, 400), bool)
    inside[50:530, 215:245] = True
    inside[50:540, 155:185] = True
    picture = dataclasses.replace(picture_of(inside), cropped_at=frozenset({"bottom"}))
    feet = silhouette.feet(picture, standing(500), np.ones(33, bool), 500)
    np.testing.assert_allclose(feet, [[229.5, 529.5]], atol=1.5)


def test_the_stature_is_no_less_than_what_is_seen() -> None:
    raised = stature.at_least(stature.Stature(300, 10), 400)
    assert raised.px == 400
    assert raised.sd_px > 50
    assert stature.at_least(stature.Stature(300, 10), 200) == stature.Stature(300, 10)


def test_the_shown_part_of_someone_lying_bounds_nothing() -> None:
    inside = np.zeros((600, 400), bool)
    inside[50:500, 170:230] = True
    assert silhouette.shown_px(picture_of(inside), standing(500), 500) == pytest.approx(450, abs=2)
    lying = standing(500)
    lying.xy[:] = lying.xy[:, ::-1].copy()
    assert silhouette.shown_px(picture_of(inside), lying, 500) == 0


@given(st.floats(20, 2000), st.floats(-math.pi, math.pi))
def test_a_square_and_its_map_agree(side: float, turn: float) -> None:
    roi = Roi((100.0, 50.0), side, turn)
    middle = roi.picture_from_input @ np.array([127.5, 127.5, 1])
    np.testing.assert_allclose(middle, [100, 50], atol=1e-6)
    up = roi.picture_from_input[:, :2] @ np.array([0, -1.0])
    np.testing.assert_allclose(up, side / 256 * np.array([math.sin(turn), -math.cos(turn)]), atol=1e-6)


def test_only_the_photos_own_edge_is_drawn_out() -> None:
    rgb = np.full((100, 100, 3), 0.9, np.float32)
    picture = Picture(rgb, np.ones((100, 100), bool), (1.0, 1.0), (0, 0), frozenset({"bottom"}), frozenset({"bottom"}))
    seen = look_at(picture, Roi((49.5, 49.5), 256.0))
    assert seen[255, 128, 0] == pytest.approx(0.9)
    assert seen[0, 128, 0] == pytest.approx(0.5)
    assert seen[128, 0, 0] == pytest.approx(0.5)


@pytest.mark.parametrize("turn", [0.0, 0.7, math.pi / 2])
def test_landmarks_come_back_to_the_picture_from_any_square(turn: float) -> None:
    roi = Roi((60.0, 40.0), 128.0, turn)
    points, world = np.zeros((39, 5), np.float32), np.zeros((39, 3), np.float32)
    points[0, :2], world[0] = (127.5, 27.5), (0.0, -1.0, 0.0)  # straight up in the square
    heat = np.full((1, 64, 64, 39), -20, np.float32)
    outputs = [points.reshape(1, 195), np.ones((1, 1)), np.zeros((1, 256, 256, 1)), heat, world.reshape(1, 117)]
    found = find_landmarks(picture_of(np.ones((80, 120), bool)), roi, lambda values: outputs)
    up = np.array([math.sin(turn), -math.cos(turn)])
    np.testing.assert_allclose(found.xy[0], np.array([60, 40]) + 50 * up, atol=1e-4)
    np.testing.assert_allclose(found.world_m[0, :2], up, atol=1e-6)
