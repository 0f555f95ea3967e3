"""Haze: measured where the darkest things rise with distance as its curve does, and laid before the person."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from scenechange.errors import InputError
from scenechange.math.geometry import falls, foot_at, ground_distance_m
from scenechange.optics.haze import Haze, measure_haze
from scenechange.optics.match import Match
from scenechange.types import Camera, Layers

SIZE = (384, 512)
CAMERA = Camera(SIZE, 420.0, 0.0, 0.0, 1.6, 10, 0.5, 0.5, 0.1)
AIR = np.array([0.6, 0.62, 0.66], np.float32)


def field(per_m: float, darkest: float = 0.0) -> tuple[torch.Tensor, torch.Tensor]:
    """A pebbled field up to the horizon through air, and its chance of ground; its darkest pebbles are so dark."""
    fall = falls(CAMERA, SIZE)
    distance = CAMERA.height_m / np.tan(np.maximum(fall, 1e-6))
    pebbles = np.random.default_rng(0).uniform(darkest, 0.5, SIZE)
    left = np.exp(-per_m * distance)[..., None]
    seen = np.where(fall[..., None] > 0, pebbles[..., None] * left + AIR * (1 - left), AIR)
    standable = ((fall > 0) & (distance < 40)).astype(np.float32)
    return torch.from_numpy(seen.astype(np.float32).transpose(2, 0, 1).copy()), torch.from_numpy(standable)


def person_in(scene: torch.Tensor, standable: torch.Tensor | None, distance_m: float) -> Layers:
    """Somebody of two greys who stands in the middle."""
    foot_xy = foot_at(CAMERA, distance_m)
    assert foot_xy is not None
    window = (240, int(foot_xy[1]) - 60, 270, int(foot_xy[1]) + 1)
    h, w = window[3] - window[1], window[2] - window[0]
    ones = torch.ones(1, h, w)
    greys = torch.full((3, h, w), 0.05)
    greys[:, : h // 2] = 0.4
    layers = Layers(scene, greys, ones, ones, ones, window, np.eye(3), foot_xy, 60.0)
    return replace(layers, standable=standable, camera=CAMERA, distance_m=distance_m)


@pytest.mark.parametrize("per_m", [0.005, 0.02, 0.05])
def test_made_haze_is_measured(per_m: float) -> None:
    scene, standable = field(per_m)
    haze = measure_haze(scene, CAMERA, standable)
    assert haze is not None
    for distance_m in (10.0, 30.0):
        assert haze.left(distance_m) == pytest.approx(math.exp(-per_m * distance_m), abs=0.05)
    assert haze.air_rgb == pytest.approx(AIR, abs=0.05)


@pytest.mark.parametrize("darkest", [0.0, 0.1, 0.3])
def test_clear_field_has_no_haze_however_bright_its_ground(darkest: float) -> None:
    scene, standable = field(0.0, darkest)
    assert measure_haze(scene, CAMERA, standable) is None


def test_shaded_foreground_before_a_sunny_field_is_no_haze() -> None:
    scene, standable = field(0.0, 0.3)
    near = torch.from_numpy(falls(CAMERA, SIZE) > math.atan(CAMERA.height_m / 12))
    assert measure_haze(torch.where(near, 0.02 * scene, scene), CAMERA, standable) is None


def test_without_ground_far_away_nothing_is_measured() -> None:
    scene, standable = field(0.02)
    near = torch.from_numpy(falls(CAMERA, SIZE) > math.atan(CAMERA.height_m / 8)).float()
    assert measure_haze(scene, CAMERA, standable * near) is None


def test_person_far_away_fades_into_the_air_and_it_is_said() -> None:
    scene, standable = field(0.02)
    layers = person_in(scene, standable, 20.0)
    out = Match(grain=0, sharpen=0, blur_limit=0)(layers, 0)
    left = math.exp(-0.02 * 20)
    truth = left * layers.foreground + (1 - left) * torch.from_numpy(AIR)[:, None, None]
    assert (out.foreground - truth).abs().max() < 0.03
    assert any("hazy like the scene 20 m away" in note for note in out.notes)


@pytest.mark.parametrize(
    "changes", [{"camera": None}, {"standable": None}, {"distance_m": None}, {"distance_m": 0.1}], ids=str
)
def test_without_camera_ground_or_distance_the_person_stays_clear(changes: dict) -> None:
    scene, standable = field(0.02)
    layers = replace(person_in(scene, standable, 20.0), **changes)
    out = Match(grain=0, sharpen=0, blur_limit=0)(layers, 0)
    assert torch.equal(out.foreground, layers.foreground)
    assert out.notes == ()


def test_no_haze_is_drawn_with_a_factor_of_0_and_less_with_a_half() -> None:
    layers = person_in(*field(0.02), 20.0)
    none, half, whole = (
        Match(haze=factor, grain=0, sharpen=0, blur_limit=0)(layers, 0).foreground for factor in (0.0, 0.5, 1.0)
    )
    assert torch.equal(none, layers.foreground)
    assert float(none.std()) > float(half.std()) > float(whole.std())
    with pytest.raises(InputError, match="haze"):
        Match(haze=-1)


def test_another_camera_of_the_same_scene_is_measured_anew() -> None:
    layers = person_in(*field(0.02), 20.0)
    Match()(layers, 0)
    without_ground = replace(layers, standable=torch.zeros(4, 4))
    assert torch.equal(Match(haze=1, grain=0, sharpen=0, blur_limit=0)(without_ground, 0).foreground, layers.foreground)


def test_light_left_falls_with_distance() -> None:
    haze = Haze(0.01, AIR)
    assert haze.left(0.0) == 1
    assert haze.left(100.0) == pytest.approx(math.exp(-1))


def test_ground_distance_is_that_of_the_bands() -> None:
    foot_xy = foot_at(CAMERA, 10.0)
    assert foot_xy is not None
    fall = falls(CAMERA, SIZE)[round(foot_xy[1]), round(foot_xy[0])]
    assert CAMERA.height_m / math.tan(fall) == pytest.approx(ground_distance_m(CAMERA, foot_xy), rel=0.05)
