"""Recolouring the person: only the person, only documented operations, and only where there is reason to."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scenechange.errors import InputError, NobodyFoundError
from scenechange.harmonize import predictor, statistics
from scenechange.harmonize.cast import missing_cast
from scenechange.harmonize.composite import layers_of_composite
from scenechange.harmonize.correction import Correction
from scenechange.harmonize.dim import missing_dimness
from scenechange.harmonize.none import Untouched
from scenechange.harmonize.reinhard import Reinhard
from scenechange.harmonize.samples import Samples, gather, scene_frame
from scenechange.harmonize.statistics import Statistics, recoloured
from scenechange.math.colour import lab_from_linear, linear_from_srgb, srgb_from_linear
from scenechange.types import Layers, Light, Photo

LIGHT = Light((0.0, -1.0, 0.0), 75.0, 6504.0, 500.0, 0.8, 0.3, 0.6, 0.2, np.zeros((9, 3)))


def drawn(height: int = 120, width: int = 90, brightness: float = 0.2, seed: int = 0) -> Layers:
    """A person of noise in front of a street of noise; the box of the person spans the middle of the window."""
    rng = np.random.default_rng(seed)
    scene = torch.from_numpy((brightness * rng.uniform(0.5, 1.5, (3, height, width))).clip(0, 1).astype(np.float32))
    h, w = max(4, height // 2), max(4, width // 2)
    person = torch.from_numpy(rng.uniform(0, 0.9, (3, h, w)).astype(np.float32))
    alpha = torch.zeros(1, h, w)
    alpha[:, h // 8 : h - h // 8, w // 6 : w - w // 6] = 1
    x0, y0 = (width - w) // 2, (height - h) // 2
    ones = torch.ones_like(alpha)
    window = (x0, y0, x0 + w, y0 + h)
    return Layers(scene, person, alpha, ones, ones, window, np.eye(3), (width / 2, y0 + h - 1.0), h * 0.75)


numbers = st.floats(-1, 1, allow_nan=False)
corrections = st.builds(Correction, st.tuples(numbers, numbers, numbers), st.floats(-0.6, 0.6), st.floats(-0.7, 0.0))


@pytest.mark.parametrize("method", [Statistics(), Reinhard(), Untouched()])
def test_only_the_foreground_changes_and_inputs_stay(method: object) -> None:
    layers = drawn()
    before = [layers.foreground.clone(), layers.background.clone(), layers.alpha.clone()]
    out = method(layers, LIGHT)  # type: ignore[operator]
    assert out.background is layers.background
    assert out.alpha is layers.alpha
    assert out.shadow is layers.shadow
    assert out.window_xyxy == layers.window_xyxy
    assert out.foreground.shape == layers.foreground.shape
    for kept, now in zip(before, (layers.foreground, layers.background, layers.alpha), strict=True):
        assert torch.equal(kept, now)


@settings(max_examples=25, deadline=None)
@given(st.integers(16, 80), st.integers(16, 80), st.sampled_from([0.0, 0.2, 1.0]), st.sampled_from([0.0, 0.5, 1.0]))
def test_any_size_and_any_flat_colour_give_values_in_range(h: int, w: int, scene: float, person: float) -> None:
    layers = drawn(h, w)
    layers = replace(
        layers,
        background=torch.full_like(layers.background, scene),
        foreground=torch.full_like(layers.foreground, person),
    )
    for method in (Statistics(), Reinhard()):
        out = method(layers, LIGHT).foreground
        assert torch.isfinite(out).all()
        assert out.min() >= 0
        assert out.max() <= 1


def test_all_pixels_of_one_colour_stay_one_colour() -> None:
    layers = drawn(200, 150)
    layers.foreground[:, 30:40, 30:50] = torch.tensor([0.3, 0.2, 0.15])[:, None, None]
    patch = Statistics()(layers, LIGHT).foreground[:, 30:40, 30:50]
    assert torch.allclose(patch, patch[:, :1, :1].expand_as(patch))


def test_same_layers_give_the_same_bytes() -> None:
    first, second = (Statistics()(drawn(), LIGHT).foreground for _ in range(2))
    assert torch.equal(first, second)


@pytest.mark.parametrize("method", [Statistics(strength=0.0), Untouched()])
def test_no_strength_returns_the_layers_themselves(method: object) -> None:
    layers = drawn()
    assert method(layers, LIGHT) is layers  # type: ignore[operator]


def test_empty_alpha_returns_the_layers_themselves() -> None:
    layers = drawn()
    layers = replace(layers, alpha=torch.zeros_like(layers.alpha))
    assert Statistics()(layers, LIGHT) is layers
    assert Reinhard()(layers, LIGHT) is layers


def test_half_the_strength_moves_less_than_all_of_it() -> None:
    layers = drawn(brightness=0.03)
    moved = [float((Statistics(s)(layers, LIGHT).foreground - layers.foreground).abs().mean()) for s in (0.5, 1.0)]
    assert 0 < moved[0] < moved[1]


def test_more_reluctance_moves_less() -> None:
    layers = drawn(brightness=0.03)
    wanted = [Statistics(leave_levels=levels, cast=0.0) for levels in (0.0, 12.0, 255.0)]
    moved = [float((m(layers, LIGHT).foreground - layers.foreground).abs().mean()) for m in wanted]
    assert moved[0] > moved[1] > moved[2]


def test_a_day_lit_person_grows_darker_in_the_dark() -> None:
    layers = drawn(brightness=0.01)
    layers = replace(layers, foreground=layers.foreground * 0.5 + 0.4)
    assert Statistics()(layers, LIGHT).foreground.mean() < 0.8 * layers.foreground.mean()


def test_a_change_that_nobody_would_see_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = drawn(brightness=0.5)
    monkeypatch.setattr(predictor, "votes", lambda _: np.array([[-0.05, -0.05, -0.05, 0.0, 0.0]] * 2))
    assert Statistics()(layers, LIGHT) is layers


def test_voters_that_disagree_shrink_the_correction(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = gather(drawn())
    assert samples is not None
    agreed = np.array([[-0.4, -0.4, -0.4, 0.0, 0.0]] * 2)
    torn = agreed + np.array([[0.15], [-0.15]]) * np.array([1, 1, 1, 0, 0])
    gains = []
    for ballots in (agreed, torn):
        monkeypatch.setattr(predictor, "votes", lambda _, ballots=ballots: ballots)
        gains.append(Statistics(cast=0.0).correction(samples).log_gain[1])
    assert gains[0] < gains[1] < 0


@settings(max_examples=40, deadline=None)
@given(corrections)
def test_a_correction_can_be_undone(correction: Correction) -> None:
    rgb = torch.rand(3, 200, generator=torch.Generator().manual_seed(1)) * 0.2
    out = correction(rgb)
    unclipped = (out < 1).all(0) & (out > 0).all(0)
    assert torch.allclose(correction.undo(out)[:, unclipped], rgb[:, unclipped], atol=2e-4, rtol=2e-3)


@settings(max_examples=40, deadline=None)
@given(corrections)
def test_more_light_stays_more_light(correction: Correction) -> None:
    ramp = torch.linspace(0, 1, 400).expand(3, -1)
    plain = replace(correction, log_saturation=0.0)
    assert (plain(ramp).diff() >= -1e-6).all()


def test_black_stays_black_and_identity_changes_nothing() -> None:
    rgb = torch.rand(3, 50, generator=torch.Generator().manual_seed(2))
    assert torch.allclose(Correction()(rgb), rgb, atol=1e-6)
    assert Correction((0.5, 0.4, 0.3), -0.3, 0.2)(torch.zeros(3, 5)).max() == 0


def test_a_gain_of_one_stop_doubles_the_light() -> None:
    rgb = torch.full((3, 4), 0.2)
    assert torch.allclose(Correction((math.log(2),) * 3)(rgb), torch.full((3, 4), 0.4), atol=1e-6)


def test_pixels_away_from_the_person_are_copied() -> None:
    layers = drawn()
    out = recoloured(layers.foreground, layers.alpha, Correction((0.3, 0.3, 0.3)))
    away = layers.alpha[0] == 0
    rows = away.all(1)
    assert torch.equal(out[:, rows], layers.foreground[:, rows])
    assert not torch.equal(out[:, ~rows], layers.foreground[:, ~rows])


def test_person_is_left_out_of_the_scene_samples() -> None:
    layers = drawn(200, 150)
    composite = layers.background.clone()
    x0, y0, x1, y1 = layers.window_xyxy
    composite[:, y0:y1, x0:x1] = torch.where(layers.alpha > 0, torch.tensor(1.0), composite[:, y0:y1, x0:x1])
    plain, pasted = gather(layers), gather(replace(layers, background=composite))
    assert plain is not None
    assert pasted is not None
    assert np.array_equal(plain.scene, pasted.scene)


def test_places_of_samples_are_relative_to_the_person() -> None:
    samples = gather(drawn(400, 300))
    assert samples is not None
    assert samples.person_xy.min() >= 0
    assert samples.person_xy.max() <= 1
    assert samples.scene_xy[:, 0].min() >= 0
    assert samples.scene_xy[:, 1].min() == pytest.approx(-0.08, abs=0.03)
    assert samples.scene_xy[:, 1].max() == pytest.approx(1.06, abs=0.03)


@pytest.mark.parametrize("corner", [(0, 0), (45, 0), (0, 60), (45, 60)])
def test_frame_round_a_person_at_the_border_stays_inside(corner: tuple[int, int]) -> None:
    layers = drawn()
    h, w = layers.alpha.shape[1:]
    layers = replace(layers, window_xyxy=(corner[0], corner[1], corner[0] + w, corner[1] + h))
    x0, y0, x1, y1 = scene_frame(layers, (7, 7, 38, 53))
    assert 0 <= x0 < x1 <= 90
    assert 0 <= y0 < y1 <= 120
    assert gather(layers) is not None


def lit(person: tuple[float, float, float], scene: tuple[float, float, float]) -> Samples:
    xy = np.zeros((50, 2))
    return Samples(np.tile(person, (50, 1)), xy, np.tile(scene, (50, 1)), xy)


def test_plain_daylight_has_no_missing_cast() -> None:
    assert missing_cast(lit((0.4, 0.5, 0.2), (0.5, 0.5, 0.5)), 1.0) == pytest.approx(np.zeros(3), abs=1e-9)


def test_violet_dusk_gives_a_grey_person_violet_and_keeps_the_luminance() -> None:
    gains = missing_cast(lit((0.5, 0.5, 0.5), (0.6, 0.45, 0.75)), 0.7)
    assert gains[2] > gains[1] + 0.1
    assert np.exp(gains) @ [0.2126, 0.7152, 0.0722] == pytest.approx(1)
    assert missing_cast(lit((0.6, 0.45, 0.75), (0.6, 0.45, 0.75)), 0.7)[2] == pytest.approx(0, abs=0.03)


def test_a_red_lorry_in_a_grey_street_is_no_red_light() -> None:
    samples = lit((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    street = samples.scene.copy()
    street[:20] = (0.9, 0.1, 0.1)
    assert missing_cast(replace(samples, scene=street), 0.7) == pytest.approx(np.zeros(3), abs=1e-9)
    assert missing_cast(lit((0.5, 0.5, 0.5), tuple(street.mean(0))), 0.7)[0] > 0.05


def test_a_bright_person_in_a_dim_place_is_darkened_by_part_of_what_is_too_bright() -> None:
    night = replace(lit((0.7, 0.7, 0.7), (0.12, 0.12, 0.15)), bright_ev=-4.0)
    assert 1 < missing_dimness(night, 1.0) < 2
    assert missing_dimness(night, 0.5) == pytest.approx(missing_dimness(night, 1.0) / 2)
    assert missing_dimness(replace(night, person=night.scene), 1.0) == 0


def test_a_dark_hedge_by_day_and_a_dark_picture_with_a_lit_street_are_not_dim() -> None:
    night = replace(lit((0.7, 0.7, 0.7), (0.12, 0.12, 0.15)), bright_ev=-4.0)
    assert missing_dimness(replace(night, bright_ev=-0.4), 1.0) == 0
    assert missing_dimness(replace(night, scene=lit((0, 0, 0), (0.8, 0.8, 0.8)).scene), 1.0) == 0


def test_the_whole_picture_tells_how_bright_it_is() -> None:
    layers = drawn()
    dark, bright = (replace(layers, background=torch.full_like(layers.background, level)) for level in (0.02, 0.8))
    assert gather(dark).bright_ev == pytest.approx(np.log2(0.025), abs=0.02)
    assert gather(bright).bright_ev == pytest.approx(np.log2(0.805), abs=0.02)


def test_composing_layers_of_a_composite_gives_the_composite() -> None:
    photo = Photo(torch.rand(3, 40, 30, generator=torch.Generator().manual_seed(3)))
    mask = torch.zeros(40, 30)
    mask[5:30, 8:20], mask[30, 8:20] = 1.0, 0.4
    layers = layers_of_composite(photo, mask)
    assert layers.window_xyxy == (8, 5, 20, 31)
    mixed = layers.alpha * layers.foreground + (1 - layers.alpha) * layers.background_window
    assert torch.allclose(mixed, photo.rgb[:, 5:31, 8:20], atol=1e-6)
    assert layers.foreground.data_ptr() != photo.rgb.data_ptr()


def test_black_mask_is_nobody_and_wrong_size_is_refused() -> None:
    photo = Photo(torch.rand(3, 40, 30))
    with pytest.raises(NobodyFoundError, match="white where the person is"):
        layers_of_composite(photo, torch.zeros(40, 30))
    with pytest.raises(InputError, match="size of the composite"):
        layers_of_composite(photo, torch.ones(40, 31))


@pytest.mark.parametrize(
    ("kind", "options"),
    [(Statistics, {"strength": 2.0}), (Statistics, {"leave_levels": -1.0}), (Statistics, {"cast": 1.5}),
     (Reinhard, {"strength": -0.1})],
)  # fmt: skip
def test_unusable_options_are_refused(kind: type, options: dict) -> None:
    with pytest.raises(InputError, match="wanted"):
        kind(**options)


def test_reinhard_gives_the_person_the_scenes_mean() -> None:
    layers = drawn(200, 150, brightness=0.3)
    out = Reinhard()(layers, LIGHT)
    person = lab_from_linear(out.foreground)[:, layers.alpha[0] == 1].mean(1)
    outside = torch.ones(200, 150, dtype=torch.bool)
    x0, y0, x1, y1 = layers.window_xyxy
    outside[y0:y1, x0:x1] = layers.alpha[0] == 0
    scene = lab_from_linear(layers.background)[:, outside].mean(1)
    assert torch.allclose(person, scene, atol=4)  # colours outside the gamut are clipped


def test_weights_are_small_and_read_only() -> None:
    for voter in predictor.weights():
        assert sum(array.size for array in voter.values()) < 40_000
        assert not any(array.flags.writeable for array in voter.values())


@pytest.mark.data
def test_never_worse_than_untouched_on_average_on_recoloured_people(data_dir) -> None:
    import cv2

    rng = np.random.default_rng(4)
    left, before = [], []
    for path in sorted((data_dir / "people" / "ccp" / "photos").glob("*.jpg"))[100:110]:
        srgb = torch.from_numpy(cv2.imread(str(path))[..., ::-1].transpose(2, 0, 1).copy()).float() / 255
        mask = cv2.imread(str(data_dir / "people" / "ccp" / "masks" / f"{path.stem}.png"), cv2.IMREAD_GRAYSCALE)
        inside = torch.from_numpy((mask > 0).astype(np.float32))
        real = linear_from_srgb(srgb)
        warm = rng.choice([-0.4, 0.4])
        change = Correction((rng.choice([-0.8, 0.8]) + warm, 0.0, -warm))
        composite = torch.where(inside > 0, change(real), real)
        layers = layers_of_composite(Photo(composite), inside)
        x0, y0, x1, y1 = layers.window_xyxy
        person = inside[y0:y1, x0:x1] > 0
        wanted = srgb_from_linear(real[:, y0:y1, x0:x1])[:, person]
        for errors, rgb in ((left, Statistics()(layers, LIGHT).foreground), (before, layers.foreground)):
            errors.append(float((srgb_from_linear(rgb)[:, person] - wanted).square().mean()))
    assert np.mean(left) < 0.7 * np.mean(before)


def test_changes_are_measured_in_levels() -> None:
    colours = np.full((10, 3), 0.5)
    assert statistics.change_levels(colours, np.zeros(5)) == pytest.approx(0, abs=1e-3)
    brighter = statistics.change_levels(colours, np.array([0.1, 0.1, 0.1, 0, 0]))
    wanted = 255 * float(srgb_from_linear(linear_from_srgb(torch.tensor(0.5)) * math.exp(0.1)) - 0.5)
    assert brighter == pytest.approx(wanted, rel=1e-3)


def person_of(layers: Layers) -> torch.Tensor:
    return layers.foreground[:, layers.alpha[0] > 0]


def test_wished_brightness_and_warmth_are_given_whatever_is_found() -> None:
    layers = drawn()
    for strength in (0.0, 1.0):
        grey, bright, warm = (
            person_of(Statistics(strength=strength, brightness_ev=ev, warmth=warmth)(layers, LIGHT))
            for ev, warmth in ((0.0, 0.0), (-1.0, 0.0), (-1.0, 1.0))
        )
        assert bright.mean() < 0.7 * grey.mean()
        assert warm[0].mean() / warm[2].mean() > 1.5 * bright[0].mean() / bright[2].mean()


def test_wishes_equal_to_the_estimate_change_nothing() -> None:
    layers = drawn()
    found = Statistics().estimated(layers)
    wished = Statistics(brightness_ev=found.brightness_ev, warmth=found.warmth)(layers, LIGHT)
    assert torch.allclose(wished.foreground, Statistics()(layers, LIGHT).foreground, atol=1e-5)


@pytest.mark.parametrize("options", [{"brightness_ev": 9.0}, {"warmth": -9.0}, {"warmth": math.nan}])
def test_wishes_out_of_range_are_refused(options: dict) -> None:
    with pytest.raises(InputError):
        Statistics(**options)


def test_pixels_that_lie_in_memory_as_rows_of_colours_are_corrected_alike() -> None:
    rgb = torch.rand(3, 40, 30, generator=torch.Generator().manual_seed(5))
    turned = rgb.permute(1, 2, 0).contiguous().permute(2, 0, 1)
    correction = Correction((0.3, 0.1, -0.2), 0.1, -0.1)
    assert torch.equal(correction(rgb), correction(turned))
