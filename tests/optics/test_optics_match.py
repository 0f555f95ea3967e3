"""Sharpness and grain: what is measured is what was put in, and what is changed is only the person."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scenechange.errors import InputError
from scenechange.optics.grain import LEVELS, Noise, add_grain, measure_noise, missing_noise
from scenechange.optics.match import Match
from scenechange.optics.none import Untouched
from scenechange.optics.sharpness import blurred, edge_blur_px, sharpened
from scenechange.optics.tiles import SIDE, Tile, scene_tiles
from scenechange.types import Layers


def drawn(size_hw: tuple[int, int], seed: int) -> np.ndarray:
    """A picture of overlapping rectangles with hard edges, linear grey ``(h, w)``."""
    rng = np.random.default_rng(seed)
    h, w = size_hw
    out = np.full(size_hw, 0.3, np.float32)
    for _ in range(h * w // 1500):
        y, x = int(rng.integers(h)), int(rng.integers(w))
        out[y : y + int(rng.integers(8, 50)), x : x + int(rng.integers(8, 50))] = rng.uniform(0.05, 0.8)
    return cv2.GaussianBlur(out, (0, 0), 0.6)  # what a lens and a sensor do at best


def noisy(rgb: np.ndarray, spread: float, seed: int) -> np.ndarray:
    """Linear values with the same noise in all channels, of the given spread in roots."""
    grain = np.random.default_rng(seed).normal(0, spread, rgb.shape[-2:]).astype(np.float32)
    return np.square(np.clip(np.sqrt(rgb) + grain, 0, 1))


def layers_of(scene: np.ndarray, person: np.ndarray, stature_px: float = 400.0) -> Layers:
    """A rectangle of `person` with soft sides in the middle of `scene`; both linear grey."""
    h, w = person.shape
    scene_h, scene_w = scene.shape
    x0, y0 = (scene_w - w) // 2, scene_h - h - scene_h // 10
    alpha = np.zeros((h, w), np.float32)
    alpha[5:-5, 5:-5] = 1
    alpha = cv2.GaussianBlur(alpha, (0, 0), 0.8)
    return Layers(
        torch.from_numpy(scene).expand(3, -1, -1).contiguous(),
        torch.from_numpy(person).expand(3, -1, -1).contiguous(),
        torch.from_numpy(alpha)[None],
        torch.ones(1, h, w),
        torch.ones(1, h, w),
        (x0, y0, x0 + w, y0 + h),
        np.eye(3),
        (scene_w / 2, float(y0 + h - 6)),
        stature_px,
    )


def tile(linear: np.ndarray) -> Tile:
    return Tile(np.sqrt(linear).astype(np.float32), np.ones(linear.shape, bool))


@pytest.mark.parametrize("sigma", [0.8, 1.5, 2.5])
def test_edge_widths_of_two_pictures_differ_by_the_blur_between_them(sigma: float) -> None:
    sharp = drawn((300, 300), 1)
    soft = cv2.GaussianBlur(sharp, (0, 0), sigma)
    narrow, wide = edge_blur_px([tile(sharp)], 0.0), edge_blur_px([tile(soft)], 0.0)
    assert narrow is not None
    assert wide is not None
    # 20 %: corners and neighbouring edges break the model of one straight step.
    assert math.sqrt(wide**2 - narrow**2) == pytest.approx(sigma, rel=0.2)


def test_a_smooth_picture_has_no_edges_to_measure() -> None:
    ramp = np.tile(np.linspace(0.2, 0.4, 200, dtype=np.float32), (200, 1))
    assert edge_blur_px([tile(ramp)], 0.0) is None


@pytest.mark.parametrize("spread", [0.004, 0.01, 0.02])
def test_noise_on_a_smooth_picture_is_measured(spread: float) -> None:
    ramp = np.tile(np.linspace(0.1, 0.8, 300, dtype=np.float32), (300, 1))
    measured = measure_noise([tile(noisy(ramp, spread, 2))])
    assert measured is not None
    assert measured.typical == pytest.approx(spread, rel=0.1)
    assert float(np.median(measured.coarse)) == pytest.approx(spread / 2, rel=0.2)  # means of four


def test_texture_is_not_taken_for_noise() -> None:
    quiet = measure_noise([tile(drawn((300, 300), 3))])
    assert quiet is not None
    assert quiet.typical < 0.001


def test_missing_noise_completes_the_persons_in_quadrature() -> None:
    scene, person = (Noise(np.full(5, f), np.full(5, f / 2)) for f in (0.005, 0.003))
    np.testing.assert_allclose(missing_noise(scene, person, 1.0).fine, 0.004)
    assert missing_noise(person, scene, 1.0).fine.max() == 0


def test_added_grain_has_the_spread_that_was_asked_for() -> None:
    grey = torch.full((3, 200, 200), 0.25)
    grainy = add_grain(grey, Noise(np.full(5, 0.01), np.zeros(5)), seed=4)
    assert float(grainy.sqrt().std()) == pytest.approx(0.01, rel=0.05)
    assert float(grainy.sqrt().mean()) == pytest.approx(0.5, abs=1e-3)


def test_grain_follows_brightness() -> None:
    fine = np.interp(LEVELS, [0, 1], [0.0, 0.02])
    dark, bright = (
        float(add_grain(torch.full((3, 100, 100), v**2), Noise(fine, np.zeros(5)), 5).sqrt().std()) for v in (0.2, 0.8)
    )
    assert bright == pytest.approx(4 * dark, rel=0.1)


def test_sharp_person_in_a_soft_scene_is_blurred_up_to_the_limit() -> None:
    scene = cv2.GaussianBlur(drawn((600, 500), 6), (0, 0), 1.2)
    layers = layers_of(scene, drawn((400, 160), 7), stature_px=1000.0)
    out = Match(grain=0.0)(layers, 0)
    inside = (slice(None), slice(20, -20), slice(20, -20))
    wanted = cv2.GaussianBlur(layers.foreground[0].numpy(), (0, 0), 1.2)[20:-20, 20:-20]
    before, after = (np.abs(la.foreground[inside][0].numpy() - wanted).mean() for la in (layers, out))
    assert after < 0.4 * before
    limited = Match(grain=0.0, blur_limit=0.0002)(layers, 0)
    assert torch.equal(limited.foreground, layers.foreground)


def test_equally_sharp_person_stays_untouched() -> None:
    layers = layers_of(drawn((600, 500), 8), drawn((400, 160), 9))
    out = Match()(layers, 0)
    assert torch.equal(out.foreground, layers.foreground)
    assert torch.equal(out.alpha, layers.alpha)


def test_soft_person_in_a_sharp_scene_is_sharpened_within_bounds() -> None:
    soft = cv2.GaussianBlur(drawn((400, 160), 10), (0, 0), 1.5)
    layers = layers_of(drawn((600, 500), 11), soft)
    out = Match(grain=0.0)(layers, 0)
    change = (out.foreground.sqrt() - layers.foreground.sqrt()).abs()
    assert 0.01 < float(change.max()) <= 0.0501
    kept = Match(grain=0.0, sharpen=0.0)(layers, 0)
    assert torch.equal(kept.foreground, layers.foreground)
    assert torch.equal(out.alpha, layers.alpha)


def test_smooth_scene_says_nothing_about_sharpness() -> None:
    layers = layers_of(np.full((600, 500), 0.3, np.float32), drawn((400, 160), 12))
    assert torch.equal(Match(grain=0.0)(layers, 0).foreground, layers.foreground)


def test_clean_person_in_a_noisy_scene_gets_the_scenes_grain() -> None:
    flat = np.full((600, 500), 0.25, np.float32)
    layers = layers_of(noisy(flat, 0.012, 13), np.full((400, 160), 0.3, np.float32))
    out = Match()(layers, 0)
    spread = float(out.foreground[0, 20:-20, 20:-20].sqrt().std())
    assert spread == pytest.approx(0.012, rel=0.15)


def test_noisy_person_in_a_clean_scene_stays_untouched() -> None:
    person = noisy(np.full((400, 160), 0.3, np.float32), 0.012, 14)
    layers = layers_of(np.full((600, 500), 0.25, np.float32), person)
    assert torch.equal(Match()(layers, 0).foreground, layers.foreground)


def test_seed_draws_the_grain() -> None:
    flat = np.full((300, 300), 0.25, np.float32)
    layers = layers_of(noisy(flat, 0.012, 15), np.full((200, 120), 0.3, np.float32))
    first, again, other = (Match()(layers, seed).foreground for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_inputs_and_everything_but_the_person_stay_untouched() -> None:
    scene = noisy(cv2.GaussianBlur(drawn((600, 500), 16), (0, 0), 2.0), 0.01, 17)
    layers = layers_of(scene, drawn((400, 160), 18))
    before = [t.clone() for t in (layers.background, layers.foreground, layers.alpha)]
    out = Match()(layers, 0)
    assert not torch.equal(out.foreground, layers.foreground)
    assert all(
        torch.equal(a, b) for a, b in zip(before, (layers.background, layers.foreground, layers.alpha), strict=True)
    )
    assert out.background is layers.background
    assert out.shadow is layers.shadow
    assert out.window_xyxy == layers.window_xyxy


def test_blur_keeps_a_person_solid_up_to_the_edge_of_the_scene() -> None:
    foreground, alpha = torch.full((3, 40, 40), 0.5), torch.ones(1, 40, 40)
    _, open_alpha = blurred(foreground, alpha, 2.0, (True, True, True, True))
    colour, closed_alpha = blurred(foreground, alpha, 2.0, (False, False, False, False))
    assert bool((open_alpha == 1).all())
    assert float(closed_alpha[0, 0, 20]) == pytest.approx(0.6, abs=0.05)  # half, and the middle of a pixel
    assert float((colour - 0.5).abs().max()) < 1e-4  # colour does not darken towards the edge


def test_sharpening_ignores_what_lies_outside_the_silhouette() -> None:
    alpha = torch.zeros(1, 40, 40)
    alpha[:, :, :20] = 1
    foreground = torch.where(alpha > 0, 0.3, 0.0).expand(3, -1, -1).contiguous()
    assert float((sharpened(foreground, alpha, 1.5, 1.0)[:, :, :20] - 0.3).abs().max()) < 1e-4


@settings(max_examples=15, deadline=None)
@given(
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    corner=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    stature=st.floats(1, 3000),
    stands=st.booleans(),
)
def test_any_window_in_any_corner_keeps_colours_and_opacity_in_range(
    size: tuple[int, int], corner: tuple[float, float], stature: float, stands: bool
) -> None:
    scene = noisy(cv2.GaussianBlur(drawn((64, 64), 19), (0, 0), 1.5), 0.01, 20)
    layers = layers_of(scene, np.full((40, 40), 0.4, np.float32), stature)
    (h, w), x0, y0 = size, int(corner[0] * (64 - size[1])), int(corner[1] * (64 - size[0]))
    ones = torch.ones(1, h, w)
    layers = replace(
        layers,
        foreground=torch.from_numpy(drawn((h, w), 21)).expand(3, -1, -1).contiguous(),
        alpha=ones,
        shadow=ones,
        occlusion=ones,
        window_xyxy=(x0, y0, x0 + w, y0 + h),
        anchor_xy=(x0 + w / 2, float(y0 + h)),
        stands=stands,
    )
    out = Match()(layers, 0)
    for tensor in (out.foreground, out.alpha):
        assert bool(torch.isfinite(tensor).all())
        assert 0 <= float(tensor.min()) <= float(tensor.max()) <= 1


def test_an_empty_layer_is_returned_as_it_came() -> None:
    layers = layers_of(drawn((100, 100), 22), drawn((60, 40), 23))
    empty = replace(layers, alpha=torch.zeros_like(layers.alpha))
    assert Match()(empty, 0) is empty
    assert Untouched()(layers, 0) is layers


@pytest.mark.parametrize("option", ["blur_limit", "sharpen", "grain", "grain_limit"])
@pytest.mark.parametrize("number", [-0.1, 100.0, math.nan])
def test_options_out_of_range_are_refused(option: str, number: float) -> None:
    with pytest.raises(InputError, match=f"{option}: wanted 0 to"):
        Match(**{option: number})


@given(st.integers(1, 1000), st.integers(1, 1000), st.integers(1, 30))
@settings(max_examples=30, deadline=None)
def test_tiles_are_few_and_lie_inside_the_box(w: int, h: int, count: int) -> None:
    ramp = np.tile(np.linspace(0.0, 1.0, w, dtype=np.float32), (h, 1))
    layers = layers_of(np.full((1000, 1000), 0.1, np.float32), np.full((20, 20), 0.1, np.float32))
    layers = replace(
        layers,
        background=torch.from_numpy(ramp).expand(3, -1, -1),
        window_xyxy=(0, 0, 1, 1),
        foreground=torch.zeros(3, 1, 1),
        alpha=torch.ones(1, 1, 1),
        shadow=torch.ones(1, 1, 1),
        occlusion=torch.ones(1, 1, 1),
    )
    tiles = scene_tiles(layers, (0, 0, w, h), count)
    assert 1 <= len(tiles) <= max(count, 1)
    assert all(t.root.size > 0 and max(t.root.shape) <= SIDE for t in tiles)
