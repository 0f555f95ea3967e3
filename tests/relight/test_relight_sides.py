"""Relighting: to the right side, within limits, undone exactly, and nothing where nothing is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from relight_pictures import H, W, light_from, pillar

from scenechange.errors import InputError
from scenechange.relight import sides
from scenechange.relight.inflated import inflated_normals
from scenechange.relight.none import Untouched
from scenechange.relight.sides import MOST, Sides
from scenechange.types import Layers


@pytest.fixture(autouse=True)
def _no_face(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillars have no faces, and no network is needed to say so."""
    monkeypatch.setattr(sides, "face_points", lambda foreground, alpha: None)


def sides_of(layers: Layers) -> float:
    """Mean of the right part of the pillar over that of the left part."""
    return float(layers.foreground[1, 20:100, 36:44].mean() / layers.foreground[1, 20:100, 16:24].mean())


@pytest.mark.parametrize("x", [0.8, -0.8])
def test_side_that_faces_the_light_becomes_brighter(x: float) -> None:
    ratio = sides_of(Sides()(pillar(), light_from(x)))
    assert (ratio > 1.05) if x > 0 else (ratio < 0.95)


def test_light_on_a_mirrored_person_is_mirrored() -> None:
    right, left = (Sides()(pillar(), light_from(x)).foreground for x in (0.8, -0.8))
    torch.testing.assert_close(right, left.flip(2), atol=2e-3, rtol=0)


def test_more_strength_changes_more_and_none_changes_nothing() -> None:
    layers = pillar()
    ratios = [sides_of(Sides(strength=s)(layers, light_from(0.8))) for s in (0.0, 0.3, 0.6, 1.0)]
    assert ratios[0] == 1.0
    assert ratios == sorted(ratios)
    assert ratios[3] > ratios[1] + 0.1


def test_person_who_is_lit_from_the_right_side_already_is_changed_less() -> None:
    lit, plain = pillar(0.8), pillar()
    change_lit = sides_of(Sides()(lit, light_from(0.8))) / sides_of(lit)
    change_plain = sides_of(Sides()(plain, light_from(0.8))) / sides_of(plain)
    assert change_lit < change_plain - 0.03


def test_unknown_direction_changes_nothing() -> None:
    layers = pillar()
    assert Sides()(layers, light_from(0.8, sd_deg=60.0)) is layers
    assert Untouched()(layers, light_from(0.8)) is layers


def test_gain_is_within_its_limit_and_keeps_order_and_white() -> None:
    layers = pillar()
    foreground = torch.rand(3, H, W, generator=torch.Generator().manual_seed(1))
    foreground[:, 50] = 1.0
    foreground[:, 51] = 0.0
    out = Sides(strength=1.0)(replace(layers, foreground=foreground), light_from(0.9)).foreground
    assert bool((out[:, 50] == 1).all())
    assert bool((out[:, 51] == 0).all())
    odds = (out / (1 - out)) / (foreground / (1 - foreground))
    inside = torch.isfinite(odds) & (foreground > 0.01) & (foreground < 0.99)
    gains = odds[inside]
    assert float(gains.max()) <= np.exp(MOST) + 1e-2
    assert float(gains.min()) >= np.exp(-MOST) - 1e-2


def test_person_lit_from_the_wrong_side_brings_a_remark() -> None:
    assert any("mirror" in note for note in Sides()(pillar(1.0), light_from(-0.8)).notes)
    assert not Sides()(pillar(1.0), light_from(0.8)).notes


def test_normals_of_a_strip_are_those_of_a_half_cylinder() -> None:
    alpha = np.zeros((200, 81), np.float32)
    alpha[:, 20:61] = 1
    row = inflated_normals(alpha)[64]
    np.testing.assert_allclose(np.linalg.norm(row, axis=-1), 1, atol=1e-6)
    assert row[len(row) // 2, 2] < -0.99
    half = 20.5 * 128 / 200
    at = (np.arange(len(row)) - (len(row) - 1) / 2) / half
    inner = np.abs(at) < 0.75
    np.testing.assert_allclose(row[inner, 0], at[inner], atol=0.12)  # the outline is smoothed by a cell


def test_inputs_stay_untouched_and_the_result_repeats() -> None:
    layers = pillar(0.3)
    before = layers.foreground.clone()
    first, second = (Sides()(layers, light_from(0.5)).foreground for _ in range(2))
    assert torch.equal(layers.foreground, before)
    assert torch.equal(first, second)


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_strength_out_of_range_is_refused(strength: float) -> None:
    with pytest.raises(InputError, match="wanted 0 to 1"):
        Sides(strength)
