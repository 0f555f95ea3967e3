"""Composing: the scene comes through untouched, the person untouched, everything between is the equation."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scenechange.compose.over import Over
from scenechange.types import Layers


def make_layers(scene_hw, window, alpha, shadow, seed=0):
    generator = torch.Generator().manual_seed(seed)
    x0, y0, x1, y1 = window
    h, w = y1 - y0, x1 - x0
    return Layers(
        torch.rand(3, *scene_hw, generator=generator),
        torch.rand(3, h, w, generator=generator),
        torch.full((1, h, w), alpha),
        torch.full((1, h, w), shadow),
        torch.ones(1, h, w),
        window,
        np.eye(3),
        (0.0, 0.0),
        10.0,
    )


def test_half_opacity_mixes_in_linear_light():
    layers = make_layers((8, 8), (2, 2, 6, 6), 0.5, 1.0)
    expected = 0.5 * layers.foreground + 0.5 * layers.background[:, 2:6, 2:6]
    assert torch.allclose(Over()(layers)[:, 2:6, 2:6], expected)


def test_shadow_darkens_the_scene_only():
    layers = make_layers((8, 8), (0, 0, 8, 8), 0.25, 0.5)
    expected = 0.25 * layers.foreground + 0.75 * 0.5 * layers.background
    assert torch.allclose(Over()(layers), expected)


def test_full_opacity_gives_the_person_bit_for_bit():
    layers = make_layers((8, 8), (1, 1, 7, 7), 1.0, 0.3)
    assert torch.equal(Over()(layers)[:, 1:7, 1:7], layers.foreground)


@settings(max_examples=30, deadline=None)
@given(h=st.integers(1, 40), w=st.integers(1, 40), data=st.data())
def test_no_opacity_and_no_shadow_give_the_scene_bit_for_bit(h, w, data):
    x0, y0 = data.draw(st.integers(0, w - 1)), data.draw(st.integers(0, h - 1))
    x1, y1 = data.draw(st.integers(x0 + 1, w)), data.draw(st.integers(y0 + 1, h))
    layers = make_layers((h, w), (x0, y0, x1, y1), 0.0, 1.0)
    before = layers.background.clone()
    rgb = Over()(layers)
    assert torch.equal(rgb, before)
    rgb.zero_()
    assert torch.equal(layers.background, before), "the result must not share memory with the scene"


def test_something_in_front_hides_the_person():
    layers = make_layers((4, 4), (0, 0, 4, 4), 1.0, 1.0)
    hidden = Layers(
        **{name: getattr(layers, name) for name in Layers.__dataclass_fields__ if name not in ("occlusion",)},
        occlusion=torch.zeros(1, 4, 4),
    )
    assert torch.equal(Over()(hidden), layers.background)
    assert pytest.approx(1.0) == float(layers.occlusion.mean())
