"""The scene's shade on a person who stands in it: when, how much, and what is left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from scenechange.errors import InputError
from scenechange.math.geometry import stature_px
from scenechange.shadow.contact_and_cast import ContactAndCast
from scenechange.shadow.frame import foot_frame
from scenechange.shadow.received import NOTE_PART
from scenechange.types import Body, Camera, Layers, Light

HEIGHT_M = 1.7
FOOT_XY = (320.0, 400.0)
CAMERA = Camera((480, 640), 600.0, 0.0, 0.0, 1.6, 10.0, 1.0, 1.0, 0.2)
SUN = Light((0.5, -0.7, -0.51), 80.0, 5500.0, 300.0, 1.0, 0.1, 0.3, 0.1, np.zeros((9, 3)), (), 0.95)
KEPT = np.array([0.24, 0.28, 0.34])


def street(kept: np.ndarray, boundary_m: float) -> tuple[Layers, Body]:
    """A person on grey ground that keeps `kept` of its light as far as `boundary_m` metres to the right of them."""
    tall = stature_px(CAMERA, FOOT_XY, HEIGHT_M) or 0.0
    frame = foot_frame(CAMERA, FOOT_XY, tall, HEIGHT_M)
    x, _ = frame.ground_of_pixels(*np.meshgrid(np.arange(640), np.arange(480)))
    rgb = np.where((x < boundary_m)[None], 0.5 * kept[:, None, None], 0.5)
    rgb[:, :240] = 0.6  # above the horizon
    background = torch.from_numpy(rgb.astype(np.float32))
    h, w = int(tall), int(0.2 * tall)
    alpha = torch.ones(1, h, w)
    window = (int(FOOT_XY[0]) - w // 2, int(FOOT_XY[1]) + 1 - h, int(FOOT_XY[0]) - w // 2 + w, int(FOOT_XY[1]) + 1)
    layers = Layers(background, torch.full((3, h, w), 0.4), alpha, alpha, alpha, window, np.eye(3), FOOT_XY, tall)
    feet = np.array([[FOOT_XY[0] - 0.06 * tall, FOOT_XY[1]], [FOOT_XY[0] + 0.06 * tall, FOOT_XY[1]]])
    return layers, Body(np.zeros((0, 3)), HEIGHT_M, 0.07, tall, 5.0, feet, (FOOT_XY[0], FOOT_XY[1] - tall))


def light_kept(layers: Layers, body: Body, light: Light = SUN, method: ContactAndCast | None = None) -> np.ndarray:
    before = layers.foreground.clone()
    out = (method or ContactAndCast())(layers, body, CAMERA, light)
    assert torch.equal(layers.foreground, before)
    x, y = (layers.window_xyxy[i] - out.window_xyxy[i] for i in (0, 1))
    return (out.foreground[:, y + 2, x + 2] / 0.4).numpy()


def test_person_in_shade_keeps_what_the_ground_keeps() -> None:
    layers, body = street(KEPT, 1.5)
    assert light_kept(layers, body) == pytest.approx(KEPT, rel=0.05)


def test_person_in_shade_throws_no_shadow_and_it_is_said() -> None:
    layers, body = street(KEPT, 1.5)
    out = ContactAndCast()(layers, body, CAMERA, SUN)
    assert out.shadow.shape[0] == 1  # the contact shadow alone, alike in all channels
    assert [note for note in out.notes if "stops less light" in note]


@pytest.mark.parametrize("boundary_m", [-1.5, 50.0])
def test_person_in_the_sun_and_with_no_boundary_in_sight_is_left(boundary_m: float) -> None:
    layers, body = street(KEPT, boundary_m)
    assert light_kept(layers, body) == pytest.approx([1, 1, 1])


def test_dark_paving_is_no_shade() -> None:
    layers, body = street(np.array([0.3, 0.3, 0.3]), 1.5)
    assert light_kept(layers, body) == pytest.approx([1, 1, 1])


def test_shade_without_a_sun_is_none() -> None:
    layers, body = street(KEPT, 1.5)
    assert light_kept(layers, body, replace(SUN, sunlit=0.5)) == pytest.approx([1, 1, 1])


def test_person_at_the_edge_of_shade_is_left_and_it_is_said() -> None:
    layers, body = street(KEPT, 0.25)
    out = ContactAndCast()(layers, body, CAMERA, SUN)
    assert NOTE_PART in out.notes
    assert light_kept(layers, body) == pytest.approx([1, 1, 1])


def test_known_sun_tells_whether_the_shade_reaches_the_head() -> None:
    layers, body = street(KEPT, 1.0)
    from_left, from_right = (replace(SUN, toward=(x, -0.6, 0.0), toward_sd_deg=10.0) for x in (-0.8, 0.8))
    assert light_kept(layers, body, from_left) == pytest.approx([1, 1, 1])  # the sun passes over the shade to the head
    assert light_kept(layers, body, from_right) == pytest.approx(KEPT, rel=0.05)


def test_power_scales_the_shade() -> None:
    layers, body = street(KEPT, 1.5)
    assert light_kept(layers, body, method=ContactAndCast(shade=0.5)) == pytest.approx(KEPT**0.5, rel=0.05)
    assert light_kept(layers, body, method=ContactAndCast(shade=0.0)) == pytest.approx([1, 1, 1])
    with pytest.raises(InputError, match="shade"):
        ContactAndCast(shade=3.0)


@pytest.mark.parametrize(
    ("matched", "left"),
    [
        ((0.5, 0.5, 0.5), KEPT / 0.5),  # the harmonizer took a stop already: only the rest is missing
        ((0.1, 0.1, 0.1), np.ones(3)),  # it took more than shade takes
        ((1.6, 1.6, 1.6), KEPT),  # it made a dark person brighter: that is no shade
        ((1.0, 0.28, 1.0), KEPT * [1, 1 / 0.28, 1]),
    ],
)
def test_person_whom_harmonizing_darkened_is_not_darkened_twice(
    matched: tuple[float, float, float], left: np.ndarray
) -> None:
    layers, body = street(KEPT, 1.5)
    assert light_kept(replace(layers, matched_rgb=matched), body) == pytest.approx(left, rel=0.06)
