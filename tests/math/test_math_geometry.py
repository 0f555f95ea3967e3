"""Geometry against a little world that is projected by hand, camera axes and all."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scenechange.math import geometry
from scenechange.types import Camera

cameras = st.builds(
    lambda f, pitch, roll, height: Camera((1200, 1600), f, pitch, roll, height, 0, 0, 0, 0),
    st.floats(600, 4000),
    st.floats(-40, 40),
    st.floats(-30, 30),
    st.floats(0.3, 12),
)
spots = st.tuples(st.floats(-4, 4), st.floats(3, 60))
points = st.tuples(st.floats(-2000, 2000), st.floats(-2000, 2000))
SETTINGS = settings(max_examples=60, deadline=None)


def axes(camera: Camera) -> np.ndarray:
    """Rows: the camera's right, down and forward in a world of X right, Y up, Z ahead."""
    pitch, roll = np.radians([camera.pitch_deg, camera.roll_deg])
    forward = np.array([0, np.sin(pitch), np.cos(pitch)])
    level_right, level_down = np.array([1.0, 0, 0]), np.array([0, -np.cos(pitch), np.sin(pitch)])
    right = np.cos(roll) * level_right + np.sin(roll) * level_down
    return np.stack([right, np.cos(roll) * level_down - np.sin(roll) * level_right, forward])


def seen_at(camera: Camera, world: tuple[float, float, float], at_infinity: bool = False) -> tuple[float, float] | None:
    """Pixel of a world point, the camera standing at (0, height, 0); None behind the camera."""
    centre = np.zeros(3) if at_infinity else np.array([0, camera.height_m, 0])
    x, y, z = axes(camera) @ (np.array(world) - centre)
    if z < 0.05:
        return None
    return (1600 - 1) / 2 + camera.f_px * x / z, (1200 - 1) / 2 + camera.f_px * y / z


@given(cameras, st.floats(-30, 30))
@SETTINGS
def test_horizon_is_where_level_directions_at_infinity_are_seen(camera: Camera, heading_deg: float) -> None:
    heading = math.radians(heading_deg)
    seen = seen_at(camera, (math.sin(heading), 0, math.cos(heading)), at_infinity=True)
    assume(seen is not None)
    assert camera.horizon_y(seen[0]) == pytest.approx(seen[1], rel=1e-9, abs=1e-6)


@given(cameras, spots)
@SETTINGS
def test_ground_point_is_the_point_that_was_drawn(camera: Camera, spot: tuple[float, float]) -> None:
    world = (spot[0], 0.0, spot[1])
    seen = seen_at(camera, world)
    assume(seen is not None)
    found = geometry.ground_point(camera, seen)
    assert found == pytest.approx(axes(camera) @ (np.array(world) - [0, camera.height_m, 0]), rel=1e-6, abs=1e-6)
    assert geometry.project(camera, found) == pytest.approx(seen, rel=1e-9, abs=1e-6)


@given(cameras, spots, st.floats(0.4, 2.3))
@SETTINGS
def test_stature_is_that_of_a_drawn_person(camera: Camera, spot: tuple[float, float], height_m: float) -> None:
    foot, head = seen_at(camera, (spot[0], 0, spot[1])), seen_at(camera, (spot[0], height_m, spot[1]))
    assume(foot is not None and head is not None)
    assert geometry.stature_px(camera, foot, height_m) == pytest.approx(math.dist(foot, head), rel=1e-6, abs=1e-6)


@given(cameras, spots, st.floats(0.4, 2.3))
@SETTINGS
def test_height_is_read_back_from_the_pixels_of_foot_and_head(camera: Camera, spot, height_m: float) -> None:
    foot, head = seen_at(camera, (spot[0], 0, spot[1])), seen_at(camera, (spot[0], height_m, spot[1]))
    assume(foot is not None and head is not None and math.dist(foot, head) > 1)
    assert geometry.height_above_ground_m(camera, foot, head) == pytest.approx(height_m, rel=1e-6)


@given(cameras, spots, st.floats(0.4, 2.3), st.floats(0.3, 12))
@SETTINGS
def test_camera_height_comes_from_one_thing_of_known_height(
    camera: Camera, spot, height_m: float, guess: float
) -> None:
    """Whatever height the camera was given before: only its direction and focal length count."""
    foot, head = seen_at(camera, (spot[0], 0, spot[1])), seen_at(camera, (spot[0], height_m, spot[1]))
    assume(foot is not None and head is not None and math.dist(foot, head) > 1)
    found = geometry.camera_height_from(replace(camera, height_m=guess), foot, head, height_m)
    assert found == pytest.approx(camera.height_m, rel=1e-6)


@given(cameras, spots)
@SETTINGS
def test_distance_along_the_ground_and_its_inverse(camera: Camera, spot: tuple[float, float]) -> None:
    foot = seen_at(camera, (spot[0], 0, spot[1]))
    assume(foot is not None)
    distance = math.hypot(*spot)
    assert geometry.ground_distance_m(camera, foot) == pytest.approx(distance, rel=1e-6)
    azimuth = math.degrees(math.atan2(*spot))
    assert geometry.foot_at(camera, distance, azimuth) == pytest.approx(foot, rel=1e-6, abs=1e-4)


@given(cameras, spots, st.floats(0.4, 2.3))
@SETTINGS
def test_a_height_with_spread_is_the_exact_one_where_it_is_given(camera: Camera, spot, height_m: float) -> None:
    foot, head = seen_at(camera, (spot[0], 0, spot[1])), seen_at(camera, (spot[0], height_m, spot[1]))
    assume(foot is not None and head is not None and math.dist(foot, head) > 1)
    sure = replace(camera, pitch_sd_deg=0.001, horizon_sd_px=None, height_sd_m=0.1 * camera.height_m)
    found = geometry.height_reading_m(sure, foot, head)
    assume(foot[1] - camera.horizon_y(foot[0]) > 1)
    assert found == pytest.approx((height_m, 0.1 * height_m), rel=0.01)


def test_a_height_is_refused_where_the_horizon_may_run_through_the_feet() -> None:
    """A level camera 1.6 m up whose horizon is known to 10 pixels: read 40 pixels below it, not 20."""
    camera = Camera((1200, 1600), 1000, 0, 0, 1.6, 0, 0, 0, 0, horizon_sd_px=10.0)
    y = camera.horizon_y(800.0)
    assert geometry.height_reading_m(camera, (800.0, y + 20), (800.0, y - 20)) is None
    metres, sd = geometry.height_reading_m(camera, (800.0, y + 40), (800.0, y))
    assert metres == pytest.approx(1.6, abs=0.01)
    # The top is on the horizon: 30 or 50 pixels of 30 or 50 below it would be read as 1.6 * 40 / 30 and 1.6 * 40 / 50.
    assert sd == pytest.approx(1.6 * (40 / 30 - 40 / 50) / 2, rel=0.02)


def test_the_simple_formula_is_off_by_a_tenth_from_three_metres_up() -> None:
    """Foot to horizon as camera height is exact only for a level camera: 3 m up, 20 degrees down, 5 m away."""
    camera = Camera((1200, 1600), 1000, -20, 0, 3.0, 0, 0, 0, 0)
    foot = geometry.foot_at(camera, 5.0)
    simple = (foot[1] - camera.horizon_y(foot[0])) * 1.75 / camera.height_m
    exact = geometry.stature_px(camera, foot, 1.75)
    assert simple / exact == pytest.approx(1.09, abs=0.005)


def test_above_the_horizon_nothing_stands() -> None:
    camera = Camera((1200, 1600), 1000, 0, 0, 1.6, 0, 0, 0, 0)
    above = (800.0, 500.0)
    assert geometry.height_above_ground_m(camera, above, (800.0, 300.0)) is None
    assert geometry.camera_height_from(camera, above, (800.0, 300.0), 1.7) is None
    assert geometry.ground_distance_m(camera, above) is None
    assert geometry.foot_at(camera, 5.0, 180.0) is None


@given(st.floats(0.5, 5), st.floats(10, 600), st.floats(0.4, 2.3))
@SETTINGS
def test_level_camera_sees_heights_as_shares_of_its_own(camera_m: float, below_px: float, height_m: float) -> None:
    """Criminisi 2000: feet to horizon spans the camera's height, so a person of that height ends at the horizon."""
    camera = Camera((1200, 1600), 1000, 0, 0, camera_m, 0, 0, 0, 0)
    foot = (700.0, camera.horizon_y(700) + below_px)
    assert geometry.stature_px(camera, foot, height_m) == pytest.approx(below_px * height_m / camera_m, rel=1e-9)


@given(cameras, points)
@SETTINGS
def test_there_is_no_ground_at_or_above_the_horizon(camera: Camera, xy: tuple[float, float]) -> None:
    above = (xy[0], camera.horizon_y(xy[0]) - abs(xy[1]))
    assert geometry.ground_point(camera, above) is None
    assert geometry.stature_px(camera, above, 1.7) is None


def test_a_head_behind_the_camera_has_no_stature() -> None:
    looking_down = Camera((1200, 1600), 1000, -80, 0, 1.0, 0, 0, 0, 0)
    foot = seen_at(looking_down, (0, 0, 0.05))
    assert geometry.ground_point(looking_down, foot) is not None
    assert geometry.stature_px(looking_down, foot, 2.0) is None


@given(st.floats(-89, 89), st.floats(-179, 179))
@SETTINGS
def test_up_vector_has_length_one_and_an_inverse(pitch_deg: float, roll_deg: float) -> None:
    up = geometry.up_vector(pitch_deg, roll_deg)
    assert np.linalg.norm(up) == pytest.approx(1)
    assert geometry.pitch_roll_from_up(up) == pytest.approx((pitch_deg, roll_deg), abs=1e-6)


def test_signs_of_pitch_and_roll_are_as_documented() -> None:
    looks_up = Camera((1200, 1600), 1000, 10, 0, 1.6, 0, 0, 0, 0)
    assert looks_up.horizon_y(800) > looks_up.centre_xy[1]
    clockwise = Camera((1200, 1600), 1000, 0, 10, 1.6, 0, 0, 0, 0)
    assert clockwise.horizon_y(1599) < clockwise.horizon_y(0)


@given(cameras, points)
@SETTINGS
def test_ray_and_project_are_inverse(camera: Camera, xy: tuple[float, float]) -> None:
    assert geometry.project(camera, 3.0 * geometry.ray(camera, xy)) == pytest.approx(xy, abs=1e-6)


@given(st.floats(0.05, 20), st.floats(-180, 180), points, points, st.booleans(), points, points)
@SETTINGS
def test_similarity_moves_the_anchor_and_scales_all_lengths(scale, turn_deg, from_xy, to_xy, flip, a, b) -> None:
    out = geometry.similarity(scale, turn_deg, from_xy, to_xy, flip)
    anchor, new_a, new_b = geometry.transform(out, np.array([from_xy, a, b]))
    assert anchor == pytest.approx(to_xy, abs=1e-6)
    assert math.dist(new_a, new_b) == pytest.approx(scale * math.dist(a, b), rel=1e-6, abs=1e-6)
    assert np.linalg.det(out[:2, :2]) == pytest.approx(scale**2 * (-1 if flip else 1))


def test_a_quarter_turn_is_clockwise_and_flip_comes_first() -> None:
    turned = geometry.transform(geometry.similarity(2, 90, (10, 10), (0, 0)), np.array([[11, 10]]))
    assert turned[0] == pytest.approx((0, 2))
    flipped = geometry.transform(geometry.similarity(2, 90, (10, 10), (0, 0), flip=True), np.array([[11, 10]]))
    assert flipped[0] == pytest.approx((0, -2))


def test_transform_divides_by_the_third_coordinate() -> None:
    homography = np.array([[2.0, 0, 0], [0, 2, 0], [0, 0.5, 1]])
    assert geometry.transform(homography, np.array([[3.0, 2.0]]))[0] == pytest.approx((3, 2))


def test_a_field_of_view_of_ninety_degrees() -> None:
    assert Camera((480, 640), 240, 0, 0, 1.6, 0, 0, 0, 0).vfov_deg == pytest.approx(90)
