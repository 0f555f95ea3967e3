"""Light from cues: finite for any picture, right on drawn ones."""

import math
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scenechange.errors import InputError
from scenechange.light.colour import illuminant, level
from scenechange.light.cues import Cues, shrink
from scenechange.light.frame import azimuth_elevation
from scenechange.light.sky import glow as sky_glow
from scenechange.light.sky import sky_mask
from scenechange.math import irradiance
from scenechange.math.colour import cct_from_rgb, rgb_from_cct
from scenechange.types import Camera, Capture, Photo


def camera_of(size_hw: tuple[int, int]) -> Camera:
    return Camera(size_hw, 1.2 * max(size_hw), 0.0, 0.0, 1.6, 10.0, 1.0, 1.0, 0.2)


def photo_of(rgb: np.ndarray) -> Photo:
    return Photo(torch.from_numpy(rgb.astype(np.float32).clip(0, 1).transpose(2, 0, 1).copy()))


def street(rng: np.random.Generator, glow_x: int | None = None) -> np.ndarray:
    """Blue sky over grey ground, 160 x 240; pale sky, ever brighter towards the sun, where `glow_x` is given."""
    rgb = np.empty((160, 240, 3))
    rgb[:80], rgb[80:] = (0.2, 0.3, 0.5), (0.12, 0.12, 0.12)
    if glow_x is not None:
        rgb[:80] = (0.32, 0.3, 0.32)
        rgb[:80] *= (1 + 3 * np.exp(-(((np.arange(240) - glow_x) / 40) ** 2)))[None, :, None]
    return rgb * rng.uniform(0.97, 1.03, (160, 240, 1))


def found_azimuth(rgb: np.ndarray) -> float:
    camera = camera_of(rgb.shape[:2])
    return azimuth_elevation(camera, np.array(Cues()(photo_of(rgb), camera).toward))[0]


@settings(max_examples=25, deadline=None)
@given(st.integers(16, 90), st.integers(16, 90), st.sampled_from([0.0, 1.0, 0.3]), st.integers(0, 9))
def test_light_of_any_picture_is_finite_and_lawful(height: int, width: int, value: float, seed: int) -> None:
    rgb = np.full((height, width, 3), value)
    if value == 0.3:
        rgb = np.random.default_rng(seed).uniform(0, 1, rgb.shape)
    light = Cues()(photo_of(rgb), camera_of((height, width)))
    assert np.isfinite(light.sh).all()
    assert math.isclose(float(np.linalg.norm(light.toward)), 1, abs_tol=1e-5)
    assert 0 <= light.ambient_ratio <= 1
    assert light.level > 0
    assert light.level_sd > 0
    assert 1700 <= light.cct_k <= 25000
    assert 5 < light.toward_sd_deg <= 104


def test_direction_is_unknown_where_nothing_is_seen() -> None:
    assert Cues()(photo_of(np.full((64, 64, 3), 0.2)), camera_of((64, 64))).toward_sd_deg >= 60


def test_glow_in_the_sky_pulls_the_light_to_its_side(rng: np.random.Generator) -> None:
    assert 0 < found_azimuth(street(rng, 200)) < 120
    assert -120 < found_azimuth(street(rng, 40)) < 0


def test_white_clouds_in_a_deep_blue_sky_are_no_glow(rng: np.random.Generator) -> None:
    rgb = street(rng)
    rgb[:80] = (0.06, 0.2, 0.6)
    rgb[40:60, 150:190] = 0.9
    camera = camera_of((160, 240))
    assert sky_glow(rgb, sky_mask(rgb, camera), camera) is None


def test_mirrored_picture_has_mirrored_light(rng: np.random.Generator) -> None:
    rgb = street(rng, 190)
    assert found_azimuth(rgb) == pytest.approx(-found_azimuth(rgb[:, ::-1]), abs=2)


def test_twice_the_light_is_twice_the_level(rng: np.random.Generator) -> None:
    rgb, camera = street(rng), camera_of((160, 240))
    ratio = Cues()(photo_of(rgb), camera).level / Cues()(photo_of(rgb / 2), camera).level
    assert ratio == pytest.approx(2, rel=0.05)


def test_lamplight_is_found_warmer_than_blue_shade(rng: np.random.Generator) -> None:
    rgb, camera = street(rng) * 0.5, camera_of((160, 240))
    warm, cool = (Cues()(photo_of(rgb * np.array(rgb_from_cct(k))), camera).cct_k for k in (2200, 25000))
    assert warm < cool - 500


def test_sky_is_found_above_the_horizon_and_nowhere_else(rng: np.random.Generator) -> None:
    sky = sky_mask(street(rng), camera_of((160, 240)))
    assert sky[5:70].mean() > 0.95
    assert not sky[85:].any()


def test_time_place_and_compass_give_the_sun() -> None:
    taken = Capture(datetime(2014, 6, 7, 10, 24, 5, tzinfo=UTC), 55.698167, 13.195389, 162.5)
    camera = camera_of((64, 64))
    light = Cues()(replace(photo_of(np.full((64, 64, 3), 0.2)), taken=taken), camera)
    azimuth, elevation = azimuth_elevation(camera, np.array(light.toward))
    assert azimuth == pytest.approx(0, abs=0.3)
    assert elevation == pytest.approx(56.2, abs=0.3)
    assert light.toward_sd_deg < 20


def test_sun_below_the_horizon_is_not_used() -> None:
    taken = Capture(datetime(2014, 6, 7, 23, 0, tzinfo=UTC), 55.7, 13.2, 180.0)
    light = Cues()(replace(photo_of(np.full((64, 64, 3), 0.2)), taken=taken), camera_of((64, 64)))
    assert light.toward[1] < 0
    assert light.toward_sd_deg >= 60


def test_a_white_ground_shows_the_level_under_the_found_light(rng: np.random.Generator) -> None:
    camera = camera_of((160, 240))
    light = Cues()(photo_of(street(rng)), camera)
    shown = irradiance.irradiance(light.sh, np.array([0.0, -1.0, 0.0])) / math.pi
    # nine terms carry a clamped cosine to a few percent of the lamp's strength (Ramamoorthi & Hanrahan 2001)
    assert shown[1] == pytest.approx(light.level, rel=0.1)


def test_a_lamp_shines_fully_on_what_faces_it_and_not_on_its_back() -> None:
    toward = np.array([0.6, -0.64, 0.48])
    sh = irradiance.from_directional(toward, np.ones(3))
    # the clamped cosine cut at the second band is 17/16 in front and 1/16 behind
    assert irradiance.irradiance(sh, toward) == pytest.approx(np.full(3, 17 / 16), abs=2e-3)
    assert irradiance.irradiance(sh, -toward) == pytest.approx(np.full(3, 1 / 16), abs=2e-3)


def test_even_surroundings_give_pi_times_their_radiance_everywhere() -> None:
    sh = irradiance.from_hemispheres(np.array([0, -1.0, 0]), np.full(3, 0.5), np.full(3, 0.5))
    for normal in np.eye(3):
        assert irradiance.irradiance(sh, normal) == pytest.approx(np.full(3, 0.5 * math.pi), rel=1e-4)


def test_neutral_picture_has_the_colour_of_daylight(rng: np.random.Generator) -> None:
    grey = np.repeat(rng.uniform(0.1, 0.6, (40, 40, 1)), 3, axis=2)
    colour, _ = illuminant(grey, np.ones((40, 40), bool))
    assert cct_from_rgb(colour) == pytest.approx(6504, abs=60)


def test_level_is_positive_on_black() -> None:
    assert level(np.zeros((20, 20, 3)), np.ones((20, 20), bool))[0] > 0


def test_shrinking_keeps_the_mean_light(rng: np.random.Generator) -> None:
    rgb = torch.from_numpy(rng.uniform(0, 1, (3, 512, 256)).astype(np.float32))
    small = shrink(rgb, 128)
    assert small.shape == (128, 64, 3)
    assert small.mean() == pytest.approx(float(rgb.mean()), abs=1e-4)


def test_photo_is_untouched(scene_photo: Photo, level_camera: Camera) -> None:
    before = scene_photo.rgb.clone()
    Cues()(scene_photo, level_camera)
    assert torch.equal(scene_photo.rgb, before)


def test_camera_of_another_size_is_refused(scene_photo: Photo) -> None:
    with pytest.raises(InputError, match="camera of this photo"):
        Cues()(scene_photo, camera_of((10, 10)))


@pytest.mark.parametrize("options", [{"working_px": 4}, {"elevation_deg": 0.0}, {"elevation_deg": 95.0}])
def test_unusable_options_are_refused(options: dict) -> None:
    with pytest.raises(InputError, match="wanted"):
        Cues(**options)
