"""Vignetting: measured where all sides of a picture show it, and given to the person at their place."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from scenechange.errors import InputError
from scenechange.optics.falloff import light_left, measure_falloff
from scenechange.optics.match import Match
from scenechange.types import Layers

SIZE = (240, 320)


def wall(falloff: float) -> torch.Tensor:
    """A wall lit a little from the left, through a lens that darkens the corners."""
    slope = np.linspace(0.45, 0.4, SIZE[1])[None].repeat(SIZE[0], 0)
    noise = np.random.default_rng(0).normal(0, 0.004, SIZE)
    seen = (slope + noise) * light_left(falloff, (0, 0, SIZE[1], SIZE[0]), SIZE)
    return torch.from_numpy(seen.astype(np.float32))[None].expand(3, -1, -1).contiguous()


def person_at(x0: int, scene: torch.Tensor) -> Layers:
    alpha = torch.ones(1, 100, 30)
    return Layers(
        scene,
        torch.full((3, 100, 30), 0.3),
        alpha,
        alpha,
        alpha,
        (x0, 130, x0 + 30, 230),
        np.eye(3),
        (x0 + 15.0, 229.0),
        100.0,
    )


@pytest.mark.parametrize("falloff", [0.4, 0.9])
def test_made_falloff_is_measured(falloff: float) -> None:
    assert measure_falloff(wall(falloff)) == pytest.approx(falloff, rel=0.25)


def test_even_wall_and_sky_gradient_have_no_falloff() -> None:
    down = np.linspace(0.2, 0.8, SIZE[0])[:, None].repeat(SIZE[1], 1)
    sky = torch.from_numpy(down.astype(np.float32))[None].expand(3, -1, -1)
    assert measure_falloff(wall(0.0)) is None
    assert measure_falloff(sky) is None
    assert measure_falloff(torch.zeros(3, *SIZE)) is None


def test_light_is_all_left_in_the_middle_and_least_in_the_corner() -> None:
    left = light_left(0.7, (0, 0, 321, 241), (241, 321))
    assert left[120, 160] == pytest.approx(1)
    assert left[0, 0] == pytest.approx(np.exp(-0.7), rel=0.01) == left.min()


def test_person_in_the_corner_is_darkened_and_it_is_said() -> None:
    layers = person_at(280, wall(0.9))
    out = Match(grain=0, sharpen=0)(layers, 0)
    expected = 0.3 * light_left(0.9, layers.window_xyxy, SIZE)
    assert out.foreground[1].numpy() == pytest.approx(expected, rel=0.08)
    assert [note for note in out.notes if "lens" in note]


def test_person_is_left_without_falloff_and_with_the_option_off() -> None:
    for layers, method in (
        (person_at(280, wall(0.0)), Match(grain=0)),
        (person_at(280, wall(0.9)), Match(grain=0, vignette=0)),
    ):
        assert torch.equal(method(layers, 0).foreground, layers.foreground)
    with pytest.raises(InputError, match="vignette"):
        Match(vignette=-1)
