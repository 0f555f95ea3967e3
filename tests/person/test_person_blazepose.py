"""The body of a drawn person of known size, with a network that recognises the drawing; and of real ones."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mannequin import Recognizer, draw, photo_and_cutout, skeleton

from scenechange import networks
from scenechange.errors import InputError
from scenechange.person.blazepose import BlazePose
from scenechange.types import Body, Cutout, Photo


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Recognizer:
    """Takes the place of BlazePose."""
    fake = Recognizer()
    monkeypatch.setattr(networks, "tflite", lambda name: fake)
    return fake


def test_someone_seen_whole_is_as_tall_as_from_crown_to_soles(network: Recognizer) -> None:
    body = BlazePose()(*draw(300, (400, 300), (150, 40)))
    assert body.stature_px == pytest.approx(300, rel=0.02)
    assert body.stature_sd_px < 0.03 * 300
    assert body.head_xy == pytest.approx((150, 40), abs=3)
    assert body.cropped_at == frozenset()


def test_keypoints_lie_on_the_joints_of_the_photo(network: Recognizer) -> None:
    body = BlazePose()(*draw(300, (400, 300), (150, 40)))
    wanted = np.array([150, 40]) + 300 * skeleton()
    assert body.keypoints.shape == (33, 3)
    np.testing.assert_allclose(body.keypoints[:, :2], wanted, atol=6)
    assert (body.keypoints[:, 2] > 0.9).all()


def test_feet_are_the_lowest_points_of_both_legs_left_foot_first(network: Recognizer) -> None:
    body = BlazePose()(*draw(300, (400, 300), (150, 40)))
    np.testing.assert_allclose(body.feet_xy, [[150 + 18, 340], [150 - 18, 340]], atol=2)


@pytest.mark.parametrize("share", [0.3, 0.45, 0.6, 0.8])
def test_the_whole_stature_is_found_where_the_frame_cuts_the_legs_off(network: Recognizer, share: float) -> None:
    body = BlazePose()(*draw(400, (20 + round(400 * share), 300), (150, 20)))
    assert body.stature_px == pytest.approx(400, rel=0.07)
    assert 0.02 * 400 < body.stature_sd_px < 0.12 * 400
    assert body.feet_xy.shape == (0, 2)
    assert body.cropped_at == {"bottom"}


def test_less_of_the_body_means_a_wider_spread(network: Recognizer) -> None:
    spreads = [BlazePose()(*draw(400, (20 + round(400 * s), 300), (150, 20))).stature_sd_px for s in (0.3, 0.6, 1.2)]
    assert spreads == sorted(spreads, reverse=True)


@pytest.mark.parametrize(
    ("crown_xy", "edges"),
    [
        ((150, 40), set()),
        ((20, 40), {"left"}),
        ((280, 40), {"right"}),
        ((150, -15), {"top"}),
        ((20, 200), {"left", "bottom"}),
    ],
)
def test_the_edges_that_cut_the_person_are_named(
    network: Recognizer, crown_xy: tuple[int, int], edges: set[str]
) -> None:
    assert BlazePose()(*draw(300, (400, 300), crown_xy)).cropped_at == edges


def test_a_crumb_of_the_mask_at_the_frame_is_neither_cut_nor_foot(network: Recognizer) -> None:
    photo, cutout = draw(300, (400, 300), (150, 40))
    alpha = np.zeros((400, 300), np.float32)
    x, y = cutout.offset_xy
    alpha[y : y + cutout.alpha.shape[1], x : x + cutout.alpha.shape[2]] = cutout.alpha[0].numpy()
    alpha[-4:, 155:175] = 1
    body = BlazePose()(*photo_and_cutout(photo.rgb.numpy().copy(), alpha))
    assert body.cropped_at == frozenset()
    assert body.feet_xy[:, 1].max() < 345


def test_measures_grow_with_the_photo(network: Recognizer) -> None:
    small, large = BlazePose()(*draw(300, (400, 300), (150, 40))), BlazePose()(*draw(1500, (2000, 1500), (752, 202)))
    assert large.stature_px / small.stature_px == pytest.approx(5, rel=0.02)
    np.testing.assert_allclose(large.keypoints[:, :2] / 5, small.keypoints[:, :2], atol=3)
    np.testing.assert_allclose(large.feet_xy / 5, small.feet_xy, atol=3)


def test_no_pose_falls_back_on_the_outline_with_a_wide_spread(network: Recognizer) -> None:
    network.score = 0.1
    body = BlazePose()(*draw(300, (400, 300), (150, 40)))
    assert body.keypoints.shape == (0, 3)
    assert body.stature_px == pytest.approx(300, rel=0.01)
    assert body.stature_sd_px > 0.2 * 300
    assert body.height_sd_m >= 0.3
    np.testing.assert_allclose(body.feet_xy, [[150, 340]], atol=2)


def test_no_pose_and_no_feet_gives_no_feet(network: Recognizer) -> None:
    network.score = 0.1
    body = BlazePose()(*draw(400, (200, 300), (150, 20)))
    assert body.feet_xy.shape == (0, 2)
    assert body.stature_px > 250


def test_the_photo_and_the_cutout_stay_as_they_are(network: Recognizer) -> None:
    photo, cutout = draw(300, (400, 300), (150, 40))
    before = photo.rgb.clone(), cutout.foreground.clone(), cutout.alpha.clone()
    BlazePose()(photo, cutout)
    assert all(torch.equal(a, b) for a, b in zip(before, (photo.rgb, cutout.foreground, cutout.alpha), strict=True))


def test_the_same_photo_gives_the_same_numbers(network: Recognizer) -> None:
    first, second = (BlazePose()(*draw(300, (300, 300), (150, 40))) for _ in range(2))
    assert first.stature_px == second.stature_px
    np.testing.assert_array_equal(first.keypoints, second.keypoints)


@settings(max_examples=25, deadline=None)
@given(
    size_hw=st.tuples(st.integers(1, 300), st.integers(1, 300)),
    kind=st.sampled_from(["full", "empty", "half", "noise"]),
    score=st.sampled_from([0.0, 1.0]),
)
def test_any_size_and_any_mask_give_a_body(size_hw: tuple[int, int], kind: str, score: float) -> None:
    alpha = np.zeros(size_hw, np.float32)
    if kind == "noise":
        alpha = np.random.default_rng(0).uniform(0, 1, size_hw).astype(np.float32)
    elif kind != "empty":
        alpha[: max(1, size_hw[0] // (2 if kind == "half" else 1))] = 1
    rgb = np.full((3, *size_hw), 0.3, np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(networks, "tflite", lambda name: Recognizer(score))
        _assert_sound(BlazePose()(*photo_and_cutout(rgb, alpha)), size_hw)


def _assert_sound(body: Body, size_hw: tuple[int, int]) -> None:
    numbers = [body.height_m, body.height_sd_m, body.stature_px, body.stature_sd_px, *body.head_xy, body.head_yaw_deg]
    assert np.isfinite(numbers).all()
    assert np.isfinite(body.feet_xy).all()
    assert body.stature_px > 0
    assert body.stature_sd_px > 0
    assert body.keypoints.shape in ((0, 3), (33, 3))


def test_a_very_wide_strip_is_measured_without_a_full_copy(network: Recognizer) -> None:
    rgb = torch.full((1, 1, 1), 0.3).expand(3, 40, 200_000)
    alpha = torch.ones(1, 40, 30)
    cutout = Cutout(torch.full((3, 40, 30), 0.3), alpha, (100_000, 0), (40, 200_000))
    _assert_sound(BlazePose()(Photo(rgb), cutout), (40, 200_000))


@pytest.mark.parametrize(
    "options",
    [{"adult_height_m": 0.1}, {"adult_height_m": float("nan")}, {"adult_height_sd_m": 0.0}, {"least_score": 1.5}],
)
def test_impossible_options_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(InputError, match="BlazePose"):
        BlazePose(**options)


def test_a_cutout_of_another_photo_is_refused(network: Recognizer) -> None:
    _, cutout = draw(300, (400, 300), (150, 40))
    other, _ = draw(100, (200, 300), (150, 40))
    with pytest.raises(InputError, match="photo of the cut-out"):
        BlazePose()(other, cutout)


def test_the_adult_height_option_is_what_people_seen_in_part_get(network: Recognizer) -> None:
    body = BlazePose(adult_height_m=1.8, adult_height_sd_m=0.07)(*draw(400, (200, 300), (150, 20)))
    assert (body.height_m, body.height_sd_m) == (1.8, 0.07)
