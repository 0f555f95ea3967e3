"""Streaks of a moving camera: found, not imagined, and drawn on the person."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from scenechange.optics.match import Match
from scenechange.optics.motion import Streak, measure_streak, streaked
from scenechange.optics.tiles import Tile
from scenechange.types import Layers


def discs(seed: int = 0, size: tuple[int, int] = (320, 480)) -> np.ndarray:
    """Root luminance of overlapping discs: edges of every direction."""
    rng = np.random.default_rng(seed)
    picture = np.full(size, 0.5, np.float32)
    for _ in range(150):
        centre = int(rng.integers(size[1])), int(rng.integers(size[0]))
        cv2.circle(picture, centre, int(rng.integers(8, 30)), float(rng.uniform(0.2, 0.9)), -1, cv2.LINE_AA)
    return cv2.GaussianBlur(picture, (0, 0), 0.6)


def drawn(picture: np.ndarray, streak: Streak) -> np.ndarray:
    linear = torch.from_numpy(picture**2)[None].expand(3, -1, -1).contiguous()
    out, _ = streaked(linear, torch.ones(1, *picture.shape), streak, (True, True, True, True))
    return np.sqrt(out[0].numpy())


def tiles(picture: np.ndarray) -> list[Tile]:
    parts = [picture[y : y + 160, x : x + 160] for y in (0, 160) for x in (0, 160, 320)]
    return [Tile(np.ascontiguousarray(part), np.ones(part.shape, bool)) for part in parts]


@pytest.mark.parametrize(("length_px", "angle_deg"), [(7, 0), (9, 45), (12, 100)])
def test_made_streak_is_found_with_its_direction_and_about_its_length(length_px: float, angle_deg: float) -> None:
    found = measure_streak(tiles(drawn(discs(), Streak(length_px, angle_deg))))
    assert found is not None
    assert abs((found.angle_deg - angle_deg + 90) % 180 - 90) < 12
    assert 0.5 * length_px < found.length_px < 1.6 * length_px


def test_sharp_and_evenly_blurred_pictures_have_none() -> None:
    assert measure_streak(tiles(discs())) is None
    assert measure_streak(tiles(cv2.GaussianBlur(discs(), (0, 0), 2.5))) is None
    assert measure_streak([]) is None


def test_streak_in_one_corner_is_none_of_the_cameras() -> None:
    picture = discs()
    picture[:160, :160] = drawn(picture, Streak(12, 0))[:160, :160]
    assert measure_streak(tiles(picture)) is None


def test_streak_spreads_a_point_along_its_direction_and_keeps_its_light() -> None:
    alpha = torch.zeros(1, 41, 41)
    alpha[0, 20, 20] = 1
    colour, opacity = streaked(torch.full((3, 41, 41), 0.5), alpha, Streak(9, 0), (False,) * 4)
    assert opacity.sum() == pytest.approx(1, abs=0.02)
    assert (opacity[0].sum(0) > 0.01).sum() in (9, 10, 11)
    assert opacity[0, 20].sum() == pytest.approx(1, abs=0.02)
    assert colour[:, 20, 20].numpy() == pytest.approx(0.5)


def test_person_is_drawn_out_with_the_scene_and_it_is_said() -> None:
    picture = drawn(discs(), Streak(9, 0))
    scene = torch.from_numpy(picture**2)[None].expand(3, -1, -1).contiguous()
    alpha = torch.zeros(1, 240, 120)
    alpha[:, 20:, 40:80] = 1
    window = (100, 60, 220, 300)
    ones = torch.ones_like(alpha)
    layers = Layers(scene, torch.full((3, 240, 120), 0.3), alpha, ones, ones, window, np.eye(3), (160.0, 299.0), 220.0)
    limited, wide, off = (Match(grain=0, streak_limit=limit)(layers, 0) for limit in (0.015, 0.1, 0))
    reach = [int(((out.alpha[0, 100] > 0) & (out.alpha[0, 100] < 1)).sum()) for out in (limited, wide, off)]
    assert reach[0] < reach[1]
    assert [note for note in wide.notes if "moving camera" in note]
    assert not off.notes
