"""A height read under the camera that others of the photo tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenechange.math.geometry import foot_at, stature_px
from scenechange.person.by_camera import height_by_camera, with_camera
from scenechange.types import Body, Camera

CAMERA = Camera((600, 800), 700.0, -3.0, 0.0, 1.6, 10.0, 1.0, 0.5, 0.1, horizon_sd_px=8.0, rulers=3)


def someone(height_m: float, distance_m: float = 5.0) -> Body:
    """An adult by proportions, seen with a true height of `height_m`."""
    foot = foot_at(CAMERA, distance_m)
    tall = stature_px(CAMERA, foot, height_m)
    feet = np.array([[foot[0] - 10, foot[1]], [foot[0] + 10, foot[1]]])
    return Body(np.zeros((0, 3)), 1.68, 0.10, tall, 0.02 * tall, feet, (foot[0], foot[1] - tall))


@pytest.mark.parametrize("height_m", [1.1, 1.68, 1.9])
def test_the_camera_reads_the_true_height(height_m):
    read, sd = height_by_camera(someone(height_m), CAMERA)
    assert read == pytest.approx(height_m, rel=0.01)
    assert 0.06 * height_m < sd < 0.15 * height_m


def test_a_child_beside_others_is_small_and_the_contradiction_widens_the_spread():
    body = with_camera(someone(1.1), CAMERA)
    assert 1.2 < body.height_m < 1.5
    assert body.height_sd_m > 0.1


def test_an_adult_beside_others_is_known_better():
    body = with_camera(someone(1.70), CAMERA)
    assert body.height_m == pytest.approx(1.69, abs=0.02)
    assert body.height_sd_m < 0.09


@pytest.mark.parametrize(
    "change",
    [{"posture": "seated"}, {"feet_xy": np.zeros((0, 2))}, {"feet_xy": np.array([[400.0, 275.0]])}],
    ids=["seated", "no feet", "at the horizon"],
)
def test_who_cannot_be_read_keeps_the_height(change):
    body = replace(someone(1.1), **change)
    assert with_camera(body, CAMERA) is body


def test_one_ruler_is_the_person_and_tells_nothing():
    body = someone(1.1)
    assert with_camera(body, replace(CAMERA, rulers=1)) is body
