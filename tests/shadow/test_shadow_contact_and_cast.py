"""Contact and cast shadow: where it falls, how dark it is, and what it leaves alone."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scenechange.errors import InputError
from scenechange.math.geometry import ground_point, project, stature_px, up_vector
from scenechange.shadow.contact_and_cast import ContactAndCast
from scenechange.shadow.none import NoShadow
from scenechange.types import Body, Camera, Layers, Light

HEIGHT_M = 1.7


def street_camera(pitch_deg: float = 0.0, size_hw: tuple[int, int] = (480, 640)) -> Camera:
    return Camera(size_hw, 600.0, pitch_deg, 0.0, 1.6, 10.0, 1.0, 1.0, 0.2)


def light_from(azimuth_deg: float, elevation_deg: float, ambient: float = 0.2, sd_deg: float = 5.0) -> Light:
    """Azimuth 0 straight ahead of a level camera, 90 to the right, 180 behind it."""
    a, e = math.radians(azimuth_deg), math.radians(elevation_deg)
    toward = (math.sin(a) * math.cos(e), -math.sin(e), math.cos(a) * math.cos(e))
    return Light(toward, sd_deg, 5500.0, 300.0, 1.0, 0.1, ambient, 0.1, np.zeros((9, 3)))


def standing_at(
    foot_xy: tuple[float, float], camera: Camera | None = None, ground: float = 0.4
) -> tuple[Layers, Body, Camera]:
    """A post with two legs, 1.7 m tall, at a pixel of a street; window as tight as the placing stage makes it."""
    camera = camera or street_camera()
    h, w = camera.size_hw
    background = torch.full((3, h, w), ground)
    background[:, : max(1, h // 8)] = 0.001  # something black, as in most photos
    tall = stature_px(camera, foot_xy, HEIGHT_M) or 100.0
    wide = 0.12 * tall
    x, y = foot_xy
    x0, x1 = int(np.clip(x - wide - 2, 0, w - 1)), int(np.clip(x + wide + 3, 1, w))
    y0, y1 = int(np.clip(y - tall - 2, 0, h - 1)), int(np.clip(y + 3, 1, h))
    cols, rows = np.meshgrid(np.arange(x0, x1), np.arange(y0, y1))
    solid = (abs(cols - x) <= wide) & (rows <= y) & (rows >= y - tall)
    solid &= (rows < y - 0.45 * tall) | (abs(cols - x) >= 0.4 * wide)  # the gap between the legs
    alpha = torch.from_numpy(solid.astype(np.float32))[None]
    ones = torch.ones_like(alpha)
    layers = Layers(
        background,
        torch.full((3, *alpha.shape[1:]), 0.5),
        alpha,
        ones,
        ones,
        (x0, y0, x1, y1),
        np.eye(3),
        foot_xy,
        tall,
    )
    feet = np.array([[x - 0.7 * wide, y], [x + 0.7 * wide, y]])
    return layers, Body(np.zeros((0, 3)), HEIGHT_M, 0.07, tall, 5.0, feet, (x, y - tall)), camera


def loss_in_scene(layers: Layers) -> np.ndarray:
    """``(H, W)`` luminance that the shadow takes, in the whole scene, where the person does not hide it."""
    x0, y0, x1, y1 = layers.window_xyxy
    loss = np.zeros(layers.background.shape[1:], np.float32)
    loss[y0:y1, x0:x1] = ((1 - layers.shadow.mean(0)) * (1 - layers.alpha[0])).numpy()
    return loss


def cast_part(foot_xy: tuple[float, float], light: Light, camera: Camera | None = None) -> np.ndarray:
    layers, body, camera = standing_at(foot_xy, camera)
    both = loss_in_scene(ContactAndCast()(layers, body, camera, light))
    return both - loss_in_scene(ContactAndCast(strength=0.0)(layers, body, camera, light))


@pytest.mark.parametrize(
    ("azimuth", "dx", "dy"), [(90, -1, 0), (-90, 1, 0), (180, 0, -1), (0, 0, 1), (135, -1, -1), (-135, 1, -1)]
)
def test_shadow_points_away_from_the_light(azimuth: float, dx: int, dy: int) -> None:
    foot = (320.0, 380.0)
    part = cast_part(foot, light_from(azimuth, 40))
    rows, cols = np.nonzero(part > 0.2)
    assert len(rows) > 50
    offset = np.array([cols.mean() - foot[0], (rows.mean() - foot[1])])
    for moved, expected in zip(offset, (dx, dy), strict=True):
        assert np.sign(moved) == expected if expected else abs(moved) < 12


@pytest.mark.parametrize(("azimuth", "elevation", "pitch"), [(90, 45, 0), (-90, 30, 0), (180, 35, 0), (120, 50, -4)])
def test_head_of_the_shadow_lies_where_the_ray_through_the_head_meets_the_ground(
    azimuth: float, elevation: float, pitch: float
) -> None:
    camera, foot_xy = street_camera(pitch), (320.0, 400.0)
    light = light_from(azimuth, elevation, sd_deg=0.0)
    up = up_vector(camera.pitch_deg, camera.roll_deg)
    toward = np.array(light.toward)
    foot = ground_point(camera, foot_xy)
    assert foot is not None
    head = foot + HEIGHT_M * up
    tip = head - toward * (HEIGHT_M / float(toward @ up))
    tip_xy = np.array(project(camera, tip))
    part = cast_part(foot_xy, light, camera)
    rows, cols = np.nonzero(part > 0.25)
    direction = (tip_xy - foot_xy) / np.linalg.norm(tip_xy - foot_xy)
    reached = ((cols - foot_xy[0]) * direction[0] + (rows - foot_xy[1]) * direction[1]).max()
    # The post has a depth of 0.12 statures, which lengthens the shadow on either side by half of that, foreshortened.
    assert reached == pytest.approx(np.linalg.norm(tip_xy - foot_xy), rel=0.16)


def test_higher_sun_throws_a_shorter_shadow() -> None:
    reach = [np.ptp(np.nonzero(cast_part((320.0, 380.0), light_from(90, e)) > 0.2)[1]) for e in (25, 45, 65)]
    assert reach[0] > 1.5 * reach[1] > 2 * reach[2]


def test_transmittance_in_full_shadow_is_the_share_of_diffuse_light() -> None:
    light = light_from(90, 40, ambient=0.35, sd_deg=5.0)
    layers, body, camera = standing_at((320.0, 380.0))
    shadow = ContactAndCast(contact=0.0)(layers, body, camera, light).shadow
    luminance = 0.2126 * shadow[0] + 0.7152 * shadow[1] + 0.0722 * shadow[2]
    assert float(luminance.min()) == pytest.approx(0.35, abs=0.02)


def test_shadow_under_a_blue_sky_keeps_more_blue_than_red() -> None:
    layers, body, camera = standing_at((320.0, 380.0))
    red, _, blue = ContactAndCast(contact=0.0)(layers, body, camera, light_from(90, 40)).shadow
    dark = red < 0.4
    assert dark.any()
    assert bool((blue[dark] > red[dark]).all())


def test_lamp_light_leaves_the_shadow_without_tint() -> None:
    layers, body, camera = standing_at((320.0, 380.0))
    lamp = replace(light_from(90, 40), cct_k=2900.0)
    red, _, blue = ContactAndCast()(layers, body, camera, lamp).shadow
    assert torch.equal(red, blue)


def test_unknown_direction_throws_the_same_soft_pool_from_any_side() -> None:
    layers, body, camera = standing_at((320.0, 380.0))
    left, right = (ContactAndCast()(layers, body, camera, light_from(a, 40, sd_deg=60.0)) for a in (-90, 90))
    assert torch.equal(left.shadow, right.shadow)
    contact = loss_in_scene(ContactAndCast(strength=0.0)(layers, body, camera, light_from(90, 40)))
    pool = loss_in_scene(left) - contact
    cols = np.nonzero(pool > 0.05)[1]
    assert abs(cols.mean() - 320) < 2
    assert np.ptp(cols) < 0.9 * layers.stature_px
    assert 0.1 < pool.max() < 0.6


def test_light_below_the_horizon_casts_nothing() -> None:
    assert not cast_part((320.0, 380.0), light_from(90, -10)).any()


def test_contact_shadow_is_darkest_at_the_soles_and_gone_a_stature_away() -> None:
    layers, body, camera = standing_at((320.0, 380.0))
    loss = loss_in_scene(ContactAndCast(strength=0.0)(layers, body, camera, light_from(90, 40)))
    left_foot = round(float(body.feet_xy[0, 0]))
    assert loss[382, left_foot] > 0.4
    assert 0 < loss[382 + 12, left_foot] < 0.5 * loss[382, left_foot]
    beside = loss[381, : left_foot - 5]
    assert np.all(np.diff(beside) > -1e-3)  # it only ever grows towards the foot
    assert not loss[:, : round(320 - layers.stature_px)].any()


def test_contact_shadow_is_as_foreshortened_as_the_ground() -> None:
    def spread(foot_y: float) -> float:
        layers, body, camera = standing_at((320.0, foot_y))
        out = ContactAndCast(strength=0.0)(layers, body, camera, light_from(90, 40))
        rows, cols = np.nonzero(loss_in_scene(out) > 0.06)
        below = rows > foot_y
        return float((rows[below].max() - foot_y) / np.ptp(cols))

    assert spread(460.0) > 1.5 * spread(320.0)


def test_person_cut_off_below_gets_no_shadow() -> None:
    layers, body, camera = standing_at((320.0, 380.0))
    layers = replace(layers, stands=False)
    assert ContactAndCast()(layers, body, camera, light_from(90, 40)) is layers


def test_feet_are_found_on_the_silhouette_where_none_were_measured() -> None:
    layers, body, camera = standing_at((320.0, 380.0))
    blind = replace(body, feet_xy=np.zeros((0, 2)))
    light = light_from(90, 40)
    seen, guessed = (loss_in_scene(ContactAndCast()(layers, b, camera, light)) for b in (body, blind))
    assert np.abs(seen - guessed).max() < 0.1


def test_no_second_shadow_falls_on_shaded_ground() -> None:
    layers, body, camera = standing_at((320.0, 380.0))
    background = layers.background.clone()
    background[:, :, :300] *= 0.2  # a house's shadow, as deep as the person's
    light = light_from(90, 40)
    shaded = loss_in_scene(ContactAndCast()(replace(layers, background=background), body, camera, light))
    sunny = loss_in_scene(ContactAndCast()(layers, body, camera, light))
    region = np.zeros_like(sunny, bool)
    region[:, 180:270] = sunny[:, 180:270] > 0.5
    assert region.any()
    assert shaded[region].mean() < 0.25 * sunny[region].mean()


def test_shadow_in_haze_is_no_darker_than_the_scene() -> None:
    layers, body, camera = standing_at((320.0, 380.0))
    hazy = replace(layers, background=layers.background.clamp_min(0.3))
    clear, misty = (
        ContactAndCast(contact=0.0)(la, body, camera, light_from(90, 40)).shadow.min() for la in (layers, hazy)
    )
    assert float(misty) > float(clear) + 0.15


def test_nothing_falls_on_what_stands_in_front() -> None:
    layers, body, camera = standing_at((320.0, 380.0))
    hidden = replace(layers, occlusion=torch.zeros_like(layers.occlusion))
    out = ContactAndCast()(hidden, body, camera, light_from(90, 40))
    x0, y0, x1, y1 = layers.window_xyxy
    gx, gy = out.window_xyxy[:2]
    assert bool((out.shadow[:, y0 - gy : y1 - gy, x0 - gx : x1 - gx] == 1).all())


def test_nothing_falls_on_the_sky() -> None:
    part = cast_part((320.0, 262.0), light_from(180, 15))
    assert not part[:238].any()  # the horizon of the level camera is row 239.5


def test_window_grows_and_keeps_the_person_in_place() -> None:
    layers, body, camera = standing_at((320.0, 380.0))
    out = ContactAndCast()(layers, body, camera, light_from(90, 20))
    (x0, y0, x1, y1), (gx, gy, _, _) = layers.window_xyxy, out.window_xyxy
    assert gx < x0
    inner = (slice(None), slice(y0 - gy, y1 - gy), slice(x0 - gx, x1 - gx))
    assert torch.equal(out.alpha[inner], layers.alpha)
    assert torch.equal(out.foreground[inner], layers.foreground)
    assert float(out.alpha.sum()) == float(layers.alpha.sum())


def test_shadow_is_exactly_one_where_nothing_is_to_be_seen() -> None:
    layers, body, camera = standing_at((320.0, 380.0))
    shadow = ContactAndCast()(layers, body, camera, light_from(90, 30)).shadow
    assert bool(((shadow == 1) | (shadow < 0.9981)).all())
    assert float((shadow == 1).float().mean()) > 0.3


def test_inputs_stay_untouched_and_the_result_repeats() -> None:
    layers, body, camera = standing_at((320.0, 380.0))
    before = [t.clone() for t in (layers.background, layers.foreground, layers.alpha, layers.shadow, layers.occlusion)]
    first, second = (ContactAndCast()(layers, body, camera, light_from(100, 35)) for _ in range(2))
    after = (layers.background, layers.foreground, layers.alpha, layers.shadow, layers.occlusion)
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    assert torch.equal(first.shadow, second.shadow)


@settings(max_examples=40, deadline=None)
@given(
    size=st.tuples(st.integers(16, 200), st.integers(16, 260)),
    at=st.tuples(st.floats(-0.05, 1.05), st.floats(0.3, 1.1)),
    azimuth=st.floats(-180, 180),
    elevation=st.floats(-20, 90),
    ambient=st.floats(0, 1),
    sd=st.floats(0, 90),
    pitch=st.floats(-30, 30),
)
def test_any_place_and_light_gives_a_transmittance_inside_the_scene(
    size: tuple[int, int],
    at: tuple[float, float],
    azimuth: float,
    elevation: float,
    ambient: float,
    sd: float,
    pitch: float,
) -> None:
    h, w = size
    camera = Camera((h, w), 1.0 * w, pitch, 3.0, 1.6, 10.0, 1.0, 1.0, 0.2)
    layers, body, camera = standing_at((at[0] * w, at[1] * h), camera)
    out = ContactAndCast()(
        layers, body, camera, light_from(azimuth, elevation, ambient, sd)
    )  # Layers checks the window
    assert bool(torch.isfinite(out.shadow).all())
    assert 0 <= float(out.shadow.min()) <= float(out.shadow.max()) <= 1


@pytest.mark.parametrize("options", [{"contact": -0.1}, {"strength": 3.0}, {"contact": math.nan}])
def test_options_out_of_range_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(InputError, match="wanted 0 to 2"):
        ContactAndCast(**options)


def test_no_shadow_returns_its_input() -> None:
    layers, body, camera = standing_at((320.0, 380.0))
    assert NoShadow()(layers, body, camera, light_from(90, 40)) is layers


@pytest.mark.parametrize(("direction", "dx", "dy"), [(0, 0, -1), (90, 1, 0), (180, 0, 1), (-90, -1, 0)])
def test_wished_direction_is_where_the_shadow_falls(direction: float, dx: int, dy: int) -> None:
    layers, body, camera = standing_at((320.0, 400.0))
    unknown = light_from(200, 45, sd_deg=75.0)
    loss = loss_in_scene(ContactAndCast(contact=0, direction_deg=direction)(layers, body, camera, unknown))
    rows, cols = np.nonzero(loss > 0.2)
    if dx:
        assert dx * (cols.mean() - 320) > 60
    if dy:
        assert dy * (rows.mean() - 400) > 5


def test_wished_direction_and_softness_equal_to_the_estimate_change_nothing() -> None:
    layers, body, camera = standing_at((320.0, 400.0))
    light = light_from(120, 40)
    direction, softness = ContactAndCast().thrown(layers, body, camera, light)
    wished = ContactAndCast(direction_deg=direction, softness_deg=softness)(layers, body, camera, light)
    assert torch.allclose(wished.shadow, ContactAndCast()(layers, body, camera, light).shadow, atol=1e-3)


def test_a_softer_shadow_has_a_wider_rim() -> None:
    layers, body, camera = standing_at((320.0, 400.0))
    light = light_from(270, 30)
    rims = []
    for softness in (0.1, 6.0):
        loss = loss_in_scene(ContactAndCast(contact=0, softness_deg=softness)(layers, body, camera, light))
        rims.append(((loss > 0.05 * loss.max()) & (loss < 0.9 * loss.max())).sum())
    assert rims[1] > 1.5 * rims[0]


@pytest.mark.parametrize("options", [{"softness_deg": -1.0}, {"direction_deg": 400.0}])
def test_wishes_out_of_range_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(InputError):
        ContactAndCast(**options)


def sunlit_from(azimuth_deg: float, probability: float) -> Light:
    return replace(light_from(azimuth_deg, 40, sd_deg=75.0), sunlit=probability)


def test_clearly_sunlit_scene_throws_a_shadow_also_along_a_guess() -> None:
    layers, body, camera = standing_at((320.0, 380.0))
    # light from the right: the shadow falls to the left
    cast, pool = (ContactAndCast()(layers, body, camera, sunlit_from(90, p)) for p in (0.9, 0.4))
    beside = np.s_[372:384, 150:260]
    assert loss_in_scene(cast)[beside].max() > 0.6
    assert loss_in_scene(pool)[beside].max() < 0.2  # only the pool's rim


def test_side_left_open_by_the_scene_is_taken_from_the_person() -> None:
    layers, body, camera = standing_at((320.0, 380.0))
    w = layers.foreground.shape[2]
    brighter_right = layers.foreground * torch.linspace(0.5, 1.5, w)
    masses = []
    for foreground in (brighter_right, brighter_right.flip(2)):
        lit = replace(layers, foreground=foreground.contiguous())
        loss = loss_in_scene(ContactAndCast(contact=0)(lit, body, camera, sunlit_from(100, 0.95)))
        masses.append(loss[:, :310].sum() - loss[:, 330:].sum())
    assert masses[0] > 0 > masses[1]


def test_known_side_of_the_scene_stands_whatever_the_person_says() -> None:
    layers, body, camera = standing_at((320.0, 380.0))
    lit = replace(layers, foreground=layers.foreground * torch.linspace(0.5, 1.5, layers.foreground.shape[2]))
    light = light_from(-90, 40, sd_deg=15.0)
    plain, shaded = (ContactAndCast()(x, body, camera, light).shadow for x in (layers, lit))
    assert torch.equal(plain, shaded)


def test_shadow_has_the_depth_and_colour_of_the_scene_s_own() -> None:
    layers, body, camera = standing_at((320.0, 380.0))
    kept = (0.2, 0.3, 0.45)
    light = replace(light_from(90, 40, ambient=float(np.dot((0.2126, 0.7152, 0.0722), kept))), shade_rgb=kept)
    shadow = ContactAndCast(contact=0.0)(layers, body, camera, light).shadow
    assert [float(c.min()) for c in shadow] == pytest.approx(kept, abs=0.02)


def test_hard_sun_keeps_a_sharp_shadow_though_its_direction_is_doubtful() -> None:
    layers, body, camera = standing_at((320.0, 380.0))
    soft = ContactAndCast().thrown(layers, body, camera, light_from(90, 40, sd_deg=40.0))
    hard = ContactAndCast().thrown(layers, body, camera, replace(light_from(90, 40, sd_deg=40.0), sunlit=1.0))
    assert soft is not None
    assert hard is not None
    assert hard[1] < 0.5 * soft[1]
