"""Shadow boundaries on the ground: found where they are, with their depth, colour and direction; nothing else."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from scenechange.light.cues import Cues, look
from scenechange.light.frame import axes
from scenechange.light.shadow_edges import BINS, ShadowEdges, ground_mask, shadow_edges
from scenechange.light.sunlit import SHADE_RGB, ambient_ratio, shade_rgb, sunlit
from scenechange.types import Camera, Photo

SIZE = (256, 384)
KEPT = np.array([0.25, 0.3, 0.4])


def camera() -> Camera:
    return Camera(SIZE, 380.0, -8.0, 0.0, 1.6, 5.0, 1.0, 1.0, 0.1)


def ground_xy() -> tuple[np.ndarray, np.ndarray]:
    """Metres to the right and ahead of the ground that each pixel shows; far away above the horizon."""
    c = camera()
    right, up, ahead = axes(c)
    x, y = np.meshgrid(np.arange(SIZE[1]), np.arange(SIZE[0]))
    rays = np.stack([(x - c.centre_xy[0]) / c.f_px, (y - c.centre_xy[1]) / c.f_px, np.ones(SIZE)], axis=-1)
    points = rays / np.maximum(-(rays @ up), 1e-4)[..., None] * c.height_m
    return points @ right, points @ ahead


def pavement(azimuth_deg: float | None, kept: np.ndarray = KEPT) -> np.ndarray:
    """Grey ground with bars of shadow, 0.5 m wide and 2 m apart, that run towards an azimuth."""
    rgb = np.full((*SIZE, 3), 0.4) * np.random.default_rng(0).uniform(0.98, 1.02, (*SIZE, 1))
    if azimuth_deg is not None:
        right, ahead = ground_xy()
        a = math.radians(azimuth_deg)
        across = math.cos(a) * right - math.sin(a) * ahead
        shaded = (across % 2.0 < 0.6) & (ahead < 12)
        rgb = np.where(shaded[..., None], rgb * kept, rgb)
    return rgb


def found(rgb: np.ndarray) -> ShadowEdges:
    return shadow_edges(rgb, ground_mask(camera(), SIZE), camera())


@pytest.mark.parametrize("azimuth_deg", [0, 30, 60, 120, 150])
def test_bars_of_shadow_give_their_direction_on_the_ground(azimuth_deg: int) -> None:
    edges = found(pavement(azimuth_deg))
    assert edges.directions.sum() == pytest.approx(1)
    doubled = np.exp(2j * np.arange(BINS) * np.pi / BINS)
    mean_deg = math.degrees(np.angle((edges.directions * doubled).sum())) / 2
    assert abs((mean_deg - azimuth_deg + 90) % 180 - 90) < 8


def test_what_a_shadow_leaves_is_measured_per_channel() -> None:
    kept = found(pavement(40)).kept_rgb()
    assert kept == pytest.approx(KEPT, rel=0.12)


def test_even_ground_and_painted_ground_have_no_shadow_boundaries() -> None:
    assert len(found(pavement(None)).steps) == 0
    assert found(pavement(None)).kept_rgb() is None
    green = found(pavement(40, np.array([0.4, 0.9, 0.4])))  # grass beside a path
    assert len(green.steps) < 0.02 * len(found(pavement(40)).steps)


def test_warm_stripes_are_no_shadows() -> None:
    assert len(found(pavement(40, np.array([0.6, 0.45, 0.3]))).steps) == 0


def photo(rgb: np.ndarray) -> Photo:
    return Photo(torch.from_numpy(rgb.astype(np.float32).transpose(2, 0, 1).copy()))


def test_shadow_of_the_scene_is_passed_on_and_a_usual_one_where_there_is_none() -> None:
    big = np.repeat(np.repeat(pavement(40), 2, 0), 2, 1)
    c = Camera((512, 768), 760.0, -8.0, 0.0, 1.6, 5.0, 1.0, 1.0, 0.1)
    light = Cues()(photo(big), c)
    assert light.shade_rgb is not None
    assert np.abs(np.log(np.array(light.shade_rgb) / KEPT)).max() < np.abs(np.log(SHADE_RGB / KEPT)).max()
    plain = look(photo(pavement(None)), camera(), 256)[2]
    assert shade_rgb(plain) == pytest.approx(tuple(SHADE_RGB))
    assert Cues()(photo(pavement(None)), camera()).shade_rgb is None


def test_blue_sky_over_bright_ground_is_likelier_sunlit_than_grey_sky() -> None:
    scene = pavement(40)
    horizon = ~ground_mask(camera(), SIZE)
    blue, grey = scene.copy(), pavement(None) * 0.5
    blue[horizon] = (0.12, 0.25, 0.6)
    grey[horizon] = (0.8, 0.82, 0.85)
    p_blue, p_grey = (sunlit(look(photo(rgb), camera(), 256)[2]) for rgb in (blue, grey))
    assert p_blue > 0.7
    assert p_grey < 0.4


def test_ambient_ratio_goes_from_the_shadow_s_to_diffuse() -> None:
    ratios = [ambient_ratio(p, (0.3, 0.3, 0.3))[0] for p in (0.0, 0.5, 1.0)]
    assert ratios == sorted(ratios, reverse=True)
    assert ratios[2] == pytest.approx(0.3)
    assert ambient_ratio(0.5, (0.3, 0.3, 0.3))[1] > ambient_ratio(0.99, (0.3, 0.3, 0.3))[1]


def test_exposure_of_the_camera_tells_sun_from_clouds() -> None:
    scene = pavement(40)
    scene[~ground_mask(camera(), SIZE)] = (0.35, 0.45, 0.6)
    measures = look(photo(scene), camera(), 256)[2]
    cloudy, unknown, sunny = (sunlit(measures, ev) for ev in (11.0, None, 15.0))
    assert cloudy < unknown < sunny
    assert sunny - cloudy > 0.3
