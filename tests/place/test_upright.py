"""Placing: sizes follow the camera, cut edges stay hidden, nothing leaves the scene."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scenechange.errors import InputError
from scenechange.math.geometry import stature_px, transform
from scenechange.place.upright import Upright
from scenechange.types import Body, Camera, Cutout, Ground, Light, Occluder, Photo, Placement, Scene, Subject

LIGHT = Light((0.0, -0.8, 0.6), 90.0, 6500.0, 500.0, 0.8, 0.2, 0.5, 0.3, np.zeros((9, 3)))


def make_subject(
    height: int = 200, width: int = 80, feet: bool = True, cropped: frozenset[str] = frozenset()
) -> Subject:
    alpha = torch.zeros(1, height, width)
    alpha[:, : height - (10 if feet else 0), 20:60] = 1
    photo = Photo(torch.full((3, height, width), 0.5))
    cutout = Cutout(torch.full((3, height, width), 0.4), alpha, (0, 0), (height, width))
    foot = np.array([[30.0, height - 11.0], [50.0, height - 11.0]]) if feet else np.zeros((0, 2))
    stature = height - 11.0 if feet else 2.2 * height
    body = Body(np.zeros((0, 3)), 1.7, 0.1, stature, 5.0, foot, (40.0, 0.0), 0.0, cropped)
    return Subject(photo, cutout, body, Camera((height, width), 200.0, 0, 0, 1.6, 10, 1, 1, 0.2))


def make_scene(size_hw: tuple[int, int] = (240, 320), pitch: float = 0.0, standable: float = 1.0) -> Scene:
    photo = Photo(torch.full((3, *size_hw), 0.3))
    camera = Camera(size_hw, 300.0, pitch, 0.0, 1.6, 10, 1, 1, 0.2)
    ground = torch.zeros(24, 32)
    ground[12:] = standable
    return Scene(photo, camera, Ground((0.0, -1.0, 0.0), 1.6, ground), LIGHT)


def test_a_person_of_camera_height_touches_the_horizon_wherever_they_stand():
    scene = make_scene()
    for foot_y in (150.0, 180.0, 230.0):
        layers = Upright()(make_subject(), scene, Placement(at_xy=(160.0, foot_y), height_m=1.6))
        head = transform(layers.scene_from_subject, np.array([[40.0, 0.0]]))[0]
        assert head[1] == pytest.approx(scene.camera.horizon_y(160), abs=0.6)


def test_the_feet_come_to_the_wanted_place():
    layers = Upright()(make_subject(), make_scene(), Placement(at_xy=(100.0, 200.0)))
    assert transform(layers.scene_from_subject, np.array([[40.0, 189.0]]))[0] == pytest.approx([100.0, 200.0])
    assert layers.stands


def test_layers_know_how_far_away_the_person_is():
    scene = make_scene()
    layers = Upright()(make_subject(), scene, Placement(at_xy=(160.0, 119.5 + 48.0)))
    assert layers.distance_m == pytest.approx(10.0, rel=1e-3)  # 1.6 m of camera, 300 px of focal length
    assert layers.camera is scene.camera
    cut = Upright()(make_subject(feet=False, cropped=frozenset({"bottom"})), scene, Placement(height_m=1.8))
    assert cut.distance_m == pytest.approx(1.8 * 300.0 / cut.stature_px)


def test_size_follows_the_exact_formula_for_a_tilted_camera():
    scene = make_scene(pitch=-12.0)
    layers = Upright()(make_subject(), scene, Placement(at_xy=(160.0, 200.0), height_m=1.8))
    assert layers.stature_px == pytest.approx(stature_px(scene.camera, (160.0, 200.0), 1.8))


def test_scale_is_a_factor_on_the_size():
    plain = Upright()(make_subject(), make_scene(), Placement(at_xy=(160.0, 200.0)))
    half = Upright()(make_subject(), make_scene(), Placement(at_xy=(160.0, 200.0), scale=0.5))
    assert half.stature_px == pytest.approx(plain.stature_px / 2)


def test_flip_mirrors_the_person():
    subject = make_subject()
    left = subject.cutout.foreground.clone()
    left[:, :, :40] = 0.9
    subject = replace(subject, cutout=replace(subject.cutout, foreground=left))
    plain = Upright()(subject, make_scene(), Placement(at_xy=(160.0, 230.0)))
    mirrored = Upright()(subject, make_scene(), Placement(at_xy=(160.0, 230.0), flip=True))
    middle = plain.alpha.shape[2] // 2
    assert plain.foreground[0, 20, middle - 8] > 0.8 > 0.5 > mirrored.foreground[0, 20, middle - 8]


def test_people_cut_off_below_reach_the_lower_edge_of_the_frame():
    subject = make_subject(feet=False, cropped=frozenset({"bottom"}))
    for rotate in (0.0, 6.0, -6.0):
        layers = Upright()(subject, make_scene(), Placement(rotate_deg=rotate))
        assert layers.window_xyxy[3] == 240
        inside = layers.alpha[0, -1] > 0.5
        assert not layers.stands
        assert bool(inside.any())
        assert bool((layers.alpha[0, -1][layers.alpha[0, -2] > 0.99] > 0.99).all())


def test_a_scene_without_ground_shows_the_person_from_the_thighs_up():
    layers = Upright()(make_subject(), make_scene(standable=0.0), Placement())
    assert not layers.stands
    assert layers.window_xyxy[3] == 240
    assert any("no ground" in note for note in layers.notes)


@pytest.mark.parametrize("factor", [1, 3])
def test_who_is_shown_from_the_thighs_up_stays_so_at_the_place_that_was_chosen(factor: int):
    scene, subject, upright = make_scene(standable=0.0), make_subject(), Upright(enlarge_limit=100)
    chosen = upright(subject, scene, Placement())
    x, y = ((n + 0.5) * factor - 0.5 for n in chosen.anchor_xy)
    camera, (h, w) = scene.camera, (240 * factor, 320 * factor)
    larger = replace(
        scene,
        photo=Photo(torch.full((3, h, w), 0.5)),
        camera=replace(camera, f_px=camera.f_px * factor, size_hw=(h, w)),
    )
    again = upright(subject, larger, Placement(at_xy=(x, y)))
    assert not again.stands
    assert again.stature_px == pytest.approx(factor * chosen.stature_px, rel=1e-6)
    found = upright.suggest(subject, scene, Placement())
    for place in found:
        assert not upright(subject, scene, place.placement).stands
    moved = upright(subject, scene, Placement(at_xy=(60.0, chosen.anchor_xy[1])))
    assert moved.anchor_xy[0] == 60.0
    assert not moved.stands


def test_an_uncertain_horizon_gives_a_portrait_and_no_giant():
    scene = make_scene()
    unsure = replace(scene, camera=replace(scene.camera, pitch_sd_deg=8.0))
    assert Upright()(make_subject(), scene, Placement()).stands
    assert not Upright()(make_subject(), unsure, Placement()).stands


def test_a_horizon_that_the_far_ground_tells_is_sure_whatever_the_pitch():
    scene = make_scene()
    camera = replace(scene.camera, pitch_sd_deg=8.0, horizon_sd_px=2.0)
    assert Upright()(make_subject(), replace(scene, camera=camera), Placement()).stands


def test_an_upward_view_still_gives_a_portrait():
    layers = Upright()(make_subject(), make_scene(pitch=35.0, standable=0.0), Placement())
    shown = 240 - layers.window_xyxy[1]
    assert 0.35 * 240 < shown < 0.9 * 240


def test_a_place_above_the_horizon_is_honoured_and_told():
    layers = Upright()(make_subject(), make_scene(), Placement(at_xy=(160.0, 90.0)))
    assert any("above the horizon" in note for note in layers.notes)
    assert not layers.stands


def railing(top: int = 130, size_hw: tuple[int, int] = (240, 320), base_y: float = 238.0) -> Occluder:
    """Something as wide as the scene from row `top` down."""
    width = float(size_hw[1])
    return Occluder(torch.ones(size_hw[0] - top, size_hw[1]), (0, top), (0.0, base_y, width, base_y))


def with_things(scene: Scene, *things: Occluder) -> Scene:
    return replace(scene, ground=replace(scene.ground, occluders=things))


def test_what_stands_nearer_than_the_feet_hides_the_person_and_what_stands_beyond_does_not():
    post = Occluder(torch.ones(60, 10), (155, 160), (155.0, 220.0, 165.0, 220.0))
    scene = with_things(make_scene(), post)
    beyond, before = (Upright()(make_subject(), scene, Placement(at_xy=(160.0, y))) for y in (200.0, 230.0))
    x0, y0, _, _ = beyond.window_xyxy
    assert float(beyond.occlusion[0, 170 - y0, 160 - x0]) == 0
    assert float(beyond.occlusion[0, 170 - y0, 150 - x0]) == 1
    assert float(before.occlusion.min()) == 1


def test_a_slanted_base_line_decides_at_the_column_of_the_feet():
    fence = Occluder(torch.ones(140, 320), (0, 100), (0.0, 170.0, 320.0, 230.0))
    scene = with_things(make_scene(), fence)
    left, right = (Upright()(make_subject(), scene, Placement(at_xy=(x, 200.0))) for x in (60.0, 260.0))
    assert float(left.occlusion.min()) == 1
    assert float(right.occlusion.min()) == 0


def test_a_cut_edge_goes_behind_a_railing_of_the_scene_at_the_size_of_that_distance():
    subject = make_subject(feet=False, cropped=frozenset({"bottom"}))
    scene = with_things(make_scene(), railing())
    layers = Upright()(subject, scene, Placement(at_xy=(160.0, 110.0), height_m=1.7))
    _, y0, _, y1 = layers.window_xyxy
    assert y1 < 240
    seen = layers.alpha * layers.occlusion
    assert float(seen[0, : 130 - y0].max()) == 1
    assert float(seen[0, 130 - y0 :].max()) == 0
    head = transform(layers.scene_from_subject, np.array([[40.0, 0.0]]))[0]
    assert head[1] == pytest.approx(119.5 - 0.1 / 1.7 * layers.stature_px, abs=1.0), "1.7 m reach above a 1.6 m horizon"


def test_a_place_behind_something_that_is_given_again_is_the_same_place():
    subject = make_subject(feet=False, cropped=frozenset({"bottom"}))
    scene = with_things(make_scene(), railing())
    first = Upright()(subject, scene, Placement(at_xy=(160.0, 110.0), rotate_deg=4.0))
    again = Upright()(subject, scene, Placement(at_xy=first.anchor_xy, rotate_deg=4.0))
    assert again.anchor_xy == first.anchor_xy
    assert torch.equal(again.alpha, first.alpha)


def test_a_cut_edge_that_nothing_hides_wholly_stays_at_the_lower_edge():
    subject = make_subject(feet=False, cropped=frozenset({"bottom"}))
    half = Occluder(torch.ones(110, 160), (0, 130), (0.0, 238.0, 160.0, 238.0))
    layers = Upright()(subject, with_things(make_scene(), half), Placement(at_xy=(160.0, 110.0)))
    assert layers.window_xyxy[3] == 240
    assert float(layers.occlusion.min()) == 1


def test_views_that_disagree_are_told_with_the_angle_and_agreeing_ones_are_not():
    low = replace(make_subject(), camera=Camera((200, 80), 200.0, -30.0, 0.0, 2.5, 10, 2, 1, 0.2))
    said = [n for n in Upright()(low, make_scene(), Placement()).notes if n.startswith("perspective")]
    assert len(said) == 1
    assert "down at them by 30 degrees" in said[0]
    assert not any(n.startswith("perspective") for n in Upright()(make_subject(), make_scene(), Placement()).notes)


def test_somebody_who_is_nearly_hidden_is_told():
    wall = Occluder(torch.ones(200, 320), (0, 40), (0.0, 235.0, 320.0, 235.0))
    layers = Upright()(make_subject(), with_things(make_scene(), wall), Placement(at_xy=(160.0, 200.0)))
    assert any("hidden behind" in note for note in layers.notes)


def test_somebody_who_sits_is_told_when_they_are_stood_on_the_ground():
    subject = make_subject()
    seated = replace(subject, body=replace(subject.body, posture="seated"))
    assert any(n.startswith("posture") for n in Upright()(seated, make_scene(), Placement()).notes)
    assert not any(n.startswith("posture") for n in Upright()(subject, make_scene(), Placement()).notes)


def test_a_place_far_outside_is_refused_with_the_size_of_the_scene():
    with pytest.raises(InputError, match="320x240"):
        Upright()(make_subject(), make_scene(), Placement(at_xy=(9000.0, 200.0)))


def test_the_chosen_spot_lies_on_the_ground_inside_the_frame():
    scene = make_scene()
    layers = Upright()(make_subject(), scene, Placement())
    x, y = layers.anchor_xy
    assert y > scene.camera.horizon_y(x)
    x0, _, x1, y1 = layers.window_xyxy
    assert x0 >= 0
    assert x1 <= 320
    assert y1 <= 240
    assert 0.3 * 240 < layers.stature_px < 0.9 * 240


@settings(max_examples=25, deadline=None)
@given(
    h=st.integers(16, 300),
    w=st.integers(16, 300),
    x=st.floats(-0.3, 1.3),
    y=st.floats(0, 1.2),
    scale=st.floats(0.1, 3),
    rotate=st.floats(-30, 30),
)
def test_any_place_gives_layers_inside_the_scene_or_a_clear_refusal(h, w, x, y, scale, rotate):
    subject, scene = make_subject(), make_scene((h, w))
    before = scene.photo.rgb.clone(), subject.cutout.foreground.clone()
    place = Placement(at_xy=(x * w, y * h), scale=scale, rotate_deg=rotate)
    try:
        layers = Upright()(subject, scene, place)
    except InputError:
        with pytest.raises(InputError, match="outside the picture"):
            Upright()(subject, scene, place)
        return
    x0, y0, x1, y1 = layers.window_xyxy
    assert 0 <= x0 < x1 <= w
    assert 0 <= y0 < y1 <= h
    assert bool(torch.isfinite(layers.foreground).all())
    assert torch.equal(scene.photo.rgb, before[0])
    assert torch.equal(subject.cutout.foreground, before[1])


def test_who_is_stood_where_somebody_stands_higher_is_told_of_the_levels():
    plain = make_scene()
    stairs = replace(plain, camera=replace(plain.camera, raised=0.95))
    assert any(n.startswith("levels") for n in Upright()(make_subject(), stairs, Placement()).notes)
    assert not any(n.startswith("levels") for n in Upright()(make_subject(), plain, Placement()).notes)
    cut = make_subject(feet=False, cropped=frozenset({"bottom"}))
    assert not any(n.startswith("levels") for n in Upright()(cut, stairs, Placement()).notes)
