"""The ground at the feet: consistent with the camera, and bounded where the camera cannot be right."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenechange.math.geometry import stature_px, transform
from scenechange.shadow.frame import LEAST_GRAZING_DEG, foot_frame
from scenechange.types import Camera


def camera_of(pitch_deg: float, roll_deg: float = 0.0) -> Camera:
    return Camera((480, 640), 600.0, pitch_deg, roll_deg, 1.6, 10.0, 1.0, 1.0, 0.2)


@given(pitch=st.floats(-25, 10), roll=st.floats(-10, 10), x=st.floats(50, 600), y=st.floats(400, 479))
def test_frame_agrees_with_the_ground_plane_of_the_camera(pitch: float, roll: float, x: float, y: float) -> None:
    camera = camera_of(pitch, roll)
    tall = stature_px(camera, (x, y), 1.7)
    if tall is None or tall > 5000:
        return
    frame = foot_frame(camera, (x, y), tall, 1.7)
    assert -frame.origin @ frame.up == pytest.approx(camera.height_m, rel=0.01) or frame.grazing_sin <= 0.053
    head_xy = transform(frame.image_from_wall(np.zeros(2), np.array([1.0, 0.0])), np.array([[0.0, 1.7]]))[0]
    assert math.hypot(head_xy[0] - x, head_xy[1] - y) == pytest.approx(tall, rel=0.02)


def test_axes_are_a_right_handed_orthonormal_frame() -> None:
    frame = foot_frame(camera_of(-7, 4), (200.0, 400.0), 180.0, 1.7)
    axes = np.stack([frame.right, frame.away, frame.up])
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-9)
    np.testing.assert_allclose(np.cross(frame.away, frame.up), frame.right, atol=1e-9)
    assert frame.right[0] > 0.9


def test_pixels_and_ground_metres_are_inverse() -> None:
    frame = foot_frame(camera_of(-5), (320.0, 400.0), 200.0, 1.7)
    ground = np.array([[0.0, 0.0], [1.0, 2.0], [-0.5, -1.0]])
    pixels = transform(frame.image_from_ground, ground)
    np.testing.assert_allclose(np.stack(frame.ground_of_pixels(pixels[:, 0], pixels[:, 1]), 1), ground, atol=1e-9)
    np.testing.assert_allclose(pixels[0], (320, 400), atol=1e-9)


def test_pixels_above_the_horizon_are_very_far() -> None:
    frame = foot_frame(camera_of(0), (320.0, 400.0), 200.0, 1.7)
    assert min(frame.ground_of_pixels(np.array([320.0]), np.array([100.0]))[1]) > 1e5


@pytest.mark.parametrize("foot_y", [60.0, 239.5, 241.0])
def test_feet_at_or_above_the_horizon_still_get_ground_seen_at_a_grazing_angle(foot_y: float) -> None:
    frame = foot_frame(camera_of(0), (320.0, foot_y), 150.0, 1.7)
    assert frame.grazing_sin == pytest.approx(math.sin(math.radians(LEAST_GRAZING_DEG)))
    assert np.isfinite(frame.image_from_ground).all()
