"""A shadow that meets a wall goes up it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from scenechange.math.geometry import stature_px
from scenechange.shadow.contact_and_cast import ContactAndCast
from scenechange.shadow.frame import foot_frame
from scenechange.shadow.standing import standing
from scenechange.shadow.strength import sun_of
from scenechange.shadow.wall import wall_behind
from scenechange.types import Body, Camera, Layers, Light

HEIGHT_M = 1.7
CAMERA = Camera((480, 640), 600.0, 0.0, 0.0, 1.6, 10.0, 1.0, 1.0, 0.2)
FOOT_XY = (320.0, 400.0)
BEHIND_US = Light((0.5, -0.6, -0.6245), 5.0, 5500.0, 300.0, 1.0, 0.1, 0.2, 0.1, np.zeros((9, 3)), (), 0.95)


def street(wall_m: float | None, chance: float = 1.0) -> tuple[Layers, Body]:
    """A person on level ground, which ends `wall_m` metres behind them, parallel to the picture."""
    tall = stature_px(CAMERA, FOOT_XY, HEIGHT_M) or 0.0
    frame = foot_frame(CAMERA, FOOT_XY, tall, HEIGHT_M)
    _, y = frame.ground_of_pixels(*np.meshgrid(np.arange(640), np.arange(480)))
    ground = (y < (wall_m if wall_m is not None else 1e5)).astype(np.float32) * chance
    standable = torch.nn.functional.avg_pool2d(torch.from_numpy(ground)[None], 2)[0]
    background = torch.full((3, 480, 640), 0.4)
    background[:, :20] = 0.001
    h, w = int(tall), int(0.2 * tall)
    alpha = torch.ones(1, h, w)
    left, bottom = int(FOOT_XY[0]) - w // 2, int(FOOT_XY[1]) + 1
    window = (left, bottom - h, left + w, bottom)
    layers = Layers(background, alpha.expand(3, -1, -1) * 0.3, alpha, alpha, alpha, window, np.eye(3), FOOT_XY, tall)
    feet = np.array([[FOOT_XY[0] - 0.05 * tall, FOOT_XY[1]], [FOOT_XY[0] + 0.05 * tall, FOOT_XY[1]]])
    body = Body(np.zeros((0, 3)), HEIGHT_M, 0.07, tall, 5.0, feet, (FOOT_XY[0], FOOT_XY[1] - tall))
    return replace(layers, standable=standable), body


def highest_row(layers: Layers, body: Body) -> int:
    """First row of the scene with a cast shadow beside the person."""
    out = ContactAndCast(contact=0)(layers, body, CAMERA, BEHIND_US)
    rows = np.flatnonzero((out.shadow[1].numpy() < 0.6).any(1))
    return int(rows[0]) + out.window_xyxy[1]


def test_base_line_is_found_where_the_ground_ends() -> None:
    layers, body = street(1.0)
    person = standing(layers, body, CAMERA)
    assert person is not None
    wall = wall_behind(layers.standable, person, sun_of(BEHIND_US, person.frame), (480, 640))
    assert wall is not None
    assert wall.base_xy[1] == pytest.approx(1.0, abs=0.12)
    assert abs(wall.along_xy[1]) < 0.1


def test_shadow_on_a_wall_reaches_as_high_as_the_ray_through_the_head() -> None:
    layers, body = street(0.8)
    # The shadow runs 0.8 m back over 0.6 m up per 0.8 m along; of its length at 45 degrees to the side little is left.
    toward = np.array(BEHIND_US.toward)
    height = HEIGHT_M - 0.8 / -toward[2] * -toward[1]
    frame = foot_frame(CAMERA, FOOT_XY, layers.stature_px, HEIGHT_M)
    top = frame.image_from_wall(np.array([0.0, 0.8]), np.array([1.0, 0.0])) @ np.array([0.0, height, 1.0])
    assert highest_row(layers, body) == pytest.approx(top[1] / top[2], abs=0.06 * layers.stature_px)
    assert highest_row(layers, body) < highest_row(replace(layers, standable=None), body) - 20


@pytest.mark.parametrize(("wall_m", "chance"), [(None, 1.0), (8.0, 1.0), (1.0, 0.4)])
def test_shadow_lies_flat_where_no_wall_is_in_its_way_or_nothing_is_sure(wall_m: float | None, chance: float) -> None:
    layers, body = street(wall_m, chance)
    flat = ContactAndCast()(replace(layers, standable=None), body, CAMERA, BEHIND_US)
    assert torch.equal(ContactAndCast()(layers, body, CAMERA, BEHIND_US).shadow, flat.shadow)


def test_ragged_end_of_the_ground_is_no_wall() -> None:
    layers, body = street(1.0)
    rng = np.random.default_rng(0)
    for column in range(0, 320, 6):  # bushes
        down = int(rng.integers(0, 40))
        layers.standable[: 165 + down, column : column + 6] = 0
    flat = ContactAndCast()(replace(layers, standable=None), body, CAMERA, BEHIND_US)
    assert torch.equal(ContactAndCast()(layers, body, CAMERA, BEHIND_US).shadow, flat.shadow)
