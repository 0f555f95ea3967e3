"""Where one can stand, in drawn and real pictures."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scenechange.errors import InputError
from scenechange.ground import plane
from scenechange.ground.plane import Plane
from scenechange.ground.reach import reach
from scenechange.math.colour import linear_from_srgb
from scenechange.math.geometry import falls, ground_point
from scenechange.surfaces.find import GROUND, TOP, WATER, find_surfaces
from scenechange.types import Camera, Photo


def street(rng, wall_from=0.7):
    """Sky, a grey road, and a red wall on the right that reaches down to the lower edge."""
    rgb = np.empty((3, 240, 320), np.float32)
    rgb[:, :120] = np.array([0.25, 0.4, 0.7], np.float32)[:, None, None]
    rgb[:, 120:] = np.array([0.3, 0.3, 0.3], np.float32)[:, None, None]
    rgb[:, 60:, int(320 * wall_from) :] = np.array([0.5, 0.1, 0.08], np.float32)[:, None, None]
    return Photo(torch.from_numpy((rgb * rng.uniform(0.9, 1.1, (1, 240, 320)).astype(np.float32)).clip(0, 1)), 300.0)


def test_one_stands_where_the_network_sees_ground_within_reach(rng, level_camera, monkeypatch):
    def left_half(rgb):
        chance = np.zeros((4, 30, 40), np.float32)
        chance[GROUND, :, :20] = 1
        chance[TOP, :, 20:] = 1
        return chance

    monkeypatch.setattr(plane, "find_surfaces", left_half)
    standable = Plane()(street(rng), level_camera).standable.numpy()
    rows, cols = standable.shape
    assert standable[int(rows * 0.7) : int(rows * 0.9), : int(cols * 0.45)].min() > 0.9
    assert standable[int(rows * 0.7) : int(rows * 0.9), int(cols * 0.55) :].max() < 0.05
    assert standable[: int(rows * 0.45)].max() < 0.05


def test_plane_of_a_level_camera_is_straight_up_at_its_height(rng, level_camera):
    ground = Plane()(street(rng), level_camera)
    assert ground.normal == pytest.approx((0, -1, 0))
    assert ground.distance_m == pytest.approx(1.6)


@settings(max_examples=10, deadline=None)
@given(pitch=st.floats(-30, 30), roll=st.floats(-8, 8), height=st.floats(0.5, 5))
def test_ground_points_lie_on_the_plane(pitch, roll, height):
    camera = Camera((240, 320), 300.0, pitch, roll, height, 10.0, 1.0, 1.0, 0.2)
    ground = Plane()(Photo(torch.full((3, 240, 320), 0.3)), camera)
    point = ground_point(camera, (160.0, 239.0))
    if point is not None:
        assert point @ np.array(ground.normal) == pytest.approx(-ground.distance_m)


def test_rays_fall_as_much_as_hand_calculation_says(level_camera):
    """f = 300 px: 100 rows below the centre is atan(1/3)."""
    angles = falls(level_camera, level_camera.size_hw)
    camera = replace(level_camera, size_hw=(241, 321))
    angles = falls(camera, (241, 321))
    assert angles[220, 160] == pytest.approx(math.atan(1 / 3))
    assert angles[120, 160] == pytest.approx(0, abs=1e-12)


def test_nobody_stands_where_the_ground_is_out_of_reach(level_camera):
    chance = reach(level_camera, (240, 320))
    assert chance[:118].max() < 0.15
    assert chance[127].max() < 0.5  # 64 m away
    assert chance[180].min() > 0.9  # 8 m away


def test_a_vague_horizon_makes_a_soft_edge(level_camera):
    sure, vague = reach(level_camera, (240, 320)), reach(replace(level_camera, pitch_sd_deg=8.0), (240, 320))
    assert vague[150].mean() < sure[150].mean()


def test_looking_at_the_sky_nobody_stands_anywhere(rng, level_camera):
    ground = Plane()(street(rng), replace(level_camera, pitch_deg=45.0))
    assert ground.standable.max() < 0.05


def test_a_picture_without_looks_falls_back_on_geometry(level_camera):
    blank = Photo(torch.full((3, 240, 320), 0.3), 300.0)
    standable = Plane(long_side=320)(blank, level_camera).standable.numpy()
    np.testing.assert_array_equal(standable, reach(level_camera, (240, 320)))


@pytest.mark.parametrize("size_hw", [(16, 16), (1, 1), (3, 900), (900, 3), (257, 411)])
def test_any_size_gives_probabilities(size_hw, rng):
    camera = Camera(size_hw, float(max(size_hw)), 2.0, 1.0, 1.6, 10.0, 1.0, 1.0, 0.2)
    photo = Photo(torch.from_numpy(rng.uniform(0, 1, (3, *size_hw)).astype(np.float32)))
    standable = Plane()(photo, camera).standable
    assert max(standable.shape) <= 256
    assert 0 <= float(standable.min()) <= float(standable.max()) <= 1


def test_the_same_picture_gives_the_same_map(rng, level_camera):
    photo = street(rng)
    assert torch.equal(Plane()(photo, level_camera).standable, Plane()(photo, level_camera).standable)


def test_inputs_stay_untouched(rng, level_camera):
    photo = street(rng)
    before = photo.rgb.clone()
    Plane()(photo, level_camera)
    assert torch.equal(photo.rgb, before)


def test_a_camera_of_another_photo_is_refused(rng, level_camera):
    with pytest.raises(InputError, match="wanted one of a photo of size"):
        Plane()(street(rng), replace(level_camera, size_hw=(100, 100)))


def test_a_map_of_impossible_size_is_refused():
    with pytest.raises(InputError, match="16 to 2048"):
        Plane(long_side=4)


@pytest.mark.data
def test_the_cobbles_of_lund_can_be_stood_on_and_its_houses_cannot(data_dir):
    import cv2

    pixels = cv2.imread(str(data_dir / "camera/OpenSfM_lund/images/05.jpg"))[..., ::-1].transpose(2, 0, 1)
    photo = Photo(linear_from_srgb(torch.from_numpy(pixels / np.float32(255))), 995.6)
    camera = Camera((768, 1024), 995.6, 1.4, 0.0, 1.6, 50.0, 1.0, 1.0, 0.25)
    standable = Plane(long_side=256)(photo, camera).standable.numpy()
    assert standable[120:185, 80:170].mean() > 0.8
    assert standable[:100].max() < 0.3
    assert standable[115:135, 225:250].mean() < 0.4  # the plants and the wall on the right


@pytest.mark.data
@pytest.mark.parametrize(
    ("pattern", "not_ground_xyxy"),
    [
        ("scene/sun/kitchen/sun_accpaomy*.jpg", (0.15, 0.72, 0.9, 0.9)),  # the counter in front
        ("backgrounds/hloc_sacre_coeur/mapping/17295*.jpg", (0.4, 0.8, 1.0, 1.0)),  # the balustrade
    ],
)
def test_counters_and_parapets_are_no_ground(data_dir, pattern, not_ground_xyxy):
    import cv2

    (path,) = data_dir.glob(pattern)
    chance = find_surfaces(cv2.imread(str(path))[..., ::-1])
    rows, cols = chance.shape[1:]
    x0, y0, x1, y1 = (round(v * n) for v, n in zip(not_ground_xyxy, (cols, rows, cols, rows), strict=True))
    assert chance[GROUND, y0:y1, x0:x1].mean() < 0.1


def lake(rng, water_rgb=(0.24, 0.38, 0.66)):
    """Sky, a lake that mirrors it, and a pebble beach in front."""
    rgb = np.empty((3, 240, 320), np.float32)
    rgb[:, :120] = np.array([0.25, 0.4, 0.7], np.float32)[:, None, None]
    rgb[:, 120:180] = np.array(water_rgb, np.float32)[:, None, None]
    rgb[:, 180:] = np.array([0.3, 0.27, 0.2], np.float32)[:, None, None] * rng.uniform(0.6, 1.4, (1, 60, 320))
    return Photo(torch.from_numpy(rgb.clip(0, 1).astype(np.float32)), 300.0)


def unsure(rgb):
    """A network that takes everything for ground, and thinks a little of water."""
    return np.stack([np.full((30, 40), share, np.float32) for share in (0, 0.8, 0, 0.2)])


def test_nobody_stands_on_the_lake_but_on_its_beach(rng, level_camera, monkeypatch):
    monkeypatch.setattr(plane, "find_surfaces", unsure)
    ground = Plane()(lake(rng), level_camera)
    assert any("water" in note for note in ground.notes)
    rows, cols = ground.standable.shape
    assert ground.standable[int(rows * 0.6) : int(rows * 0.72)].max() < 0.1
    assert ground.standable[int(rows * 0.8) : int(rows * 0.95), cols // 4 : -cols // 4].mean() > 0.5


def test_sand_like_the_hazy_sky_is_no_water_where_the_network_thinks_of_none(rng, level_camera, monkeypatch):
    def sure(rgb):
        return np.stack([np.full((30, 40), share, np.float32) for share in (0.1, 0.9, 0, 0)])

    monkeypatch.setattr(plane, "find_surfaces", sure)
    ground = Plane()(lake(rng), level_camera)
    assert ground.notes == ()
    rows, cols = ground.standable.shape
    assert ground.standable[int(rows * 0.65) : int(rows * 0.72), cols // 4 : -cols // 4].min() > 0.8


def test_water_that_only_the_network_knows_is_told(rng, level_camera, monkeypatch):
    def pool(rgb):
        chance = np.zeros((4, 30, 40), np.float32)
        chance[WATER] = 1
        return chance

    monkeypatch.setattr(plane, "find_surfaces", pool)
    ground = Plane()(street(rng), level_camera)
    assert any("water" in note for note in ground.notes)
    assert ground.standable.max() < 0.05


def test_a_meadow_under_the_sky_is_no_water(rng, level_camera, monkeypatch):
    monkeypatch.setattr(plane, "find_surfaces", unsure)
    ground = Plane()(lake(rng, (0.1, 0.3, 0.05)), level_camera)
    assert ground.notes == ()


@pytest.mark.parametrize(("raised", "told"), [(0.95, True), (0.8, False), (0.0, False)])
def test_who_stands_higher_is_told(raised, told, rng, level_camera):
    camera = replace(level_camera, raised=raised)
    notes = Plane()(lake(rng, (0.1, 0.3, 0.05)), camera).notes
    assert any("stands higher" in note for note in notes) == told
