"""Several people: each in front of those farther away, shadows on the ground only, one scene for all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import scenechange as sc
from scenechange.compose.over import Over
from scenechange.errors import InputError
from scenechange.types import Body, Camera, Cutout, Ground, Layers, Light, Occluder, Photo, Placement, Scene, Subject

LIGHT = Light((0.0, -0.8, 0.6), 90.0, 6500.0, 500.0, 0.8, 0.2, 0.5, 0.3, np.zeros((9, 3)))
PLAIN = sc.Recipe(methods={stage: sc.Method("none") for stage in ("harmonize", "relight", "shadow", "optics")})


def person(colour: float) -> Subject:
    alpha = torch.zeros(1, 200, 80)
    alpha[:, :190, 20:60] = 1
    cutout = Cutout(torch.full((3, 200, 80), colour), alpha, (0, 0), (200, 80))
    body = Body(np.zeros((0, 3)), 1.7, 0.1, 189.0, 5.0, np.array([[30.0, 189.0], [50.0, 189.0]]), (40.0, 0.0))
    return Subject(
        Photo(torch.full((3, 200, 80), 0.5)), cutout, body, Camera((200, 80), 200.0, 0, 0, 1.6, 10, 1, 1, 0.2)
    )


def square() -> Scene:
    ground = torch.zeros(24, 32)
    ground[13:] = 1
    camera = Camera((240, 320), 300.0, 0.0, 0.0, 1.6, 10, 1, 1, 0.2)
    return Scene(Photo(torch.full((3, 240, 320), 0.3)), camera, Ground((0.0, -1.0, 0.0), 1.6, ground), LIGHT)


def layers(colour: float, alpha: float, shadow: float, window: tuple[int, int, int, int]) -> Layers:
    h, w = window[3] - window[1], window[2] - window[0]
    full = torch.full
    return Layers(
        full((3, 8, 8), 0.5), full((3, h, w), colour), full((1, h, w), alpha), full((1, h, w), shadow),
        torch.ones(1, h, w), window, np.eye(3), (0.0, 0.0), 10.0,
    )  # fmt: skip


def test_the_nearer_person_hides_the_farther_one_whatever_the_order():
    near = sc.Guest(person(0.8), place=Placement(at_xy=(160.0, 225.0)))
    far = sc.Guest(person(0.1), place=Placement(at_xy=(180.0, 180.0)))
    pictures = [sc.bring_together(order, square(), PLAIN).rgb for order in ((near, far), (far, near))]
    assert torch.equal(*pictures)
    assert float(pictures[0][0, 170, 160]) == pytest.approx(0.8)
    assert float((pictures[0][0] - 0.1).abs().min()) < 0.01, "the farther person is seen beside"


def test_people_without_a_place_stand_beside_each_other_and_not_on_each_other():
    group = sc.bring_together([sc.Guest(person(c)) for c in (0.8, 0.1, 0.6)], square(), PLAIN)
    feet = np.array([c.layers.anchor_xy for c in group.composites])
    widths = np.array([c.layers.stature_px * 40 / 189 for c in group.composites])
    order = np.argsort(feet[:, 0])
    assert (np.diff(feet[order, 0]) > 0.6 * widths.min()).all()
    assert np.ptp(feet[:, 1]) < 60


def test_where_nobody_is_the_scene_comes_through_bit_for_bit():
    scene = square()
    group = sc.bring_together([sc.Guest(person(0.8)), sc.Guest(person(0.1))], scene, PLAIN)
    free = torch.ones(240, 320, dtype=torch.bool)
    for composite in group.composites:
        x0, y0, x1, y1 = composite.layers.window_xyxy
        free[y0:y1, x0:x1] &= composite.layers.alpha[0] == 0
    assert torch.equal(group.rgb[:, free], scene.photo.rgb[:, free])


def test_where_two_shadows_meet_the_darker_one_counts_and_none_falls_on_a_person():
    far, near = layers(0.9, 0.0, 0.5, (0, 0, 6, 8)), layers(0.1, 0.0, 0.7, (4, 0, 8, 8))
    assert Over().together([far, near])[0, 0].tolist() == pytest.approx([0.25] * 6 + [0.35] * 2)
    solid = replace(far, alpha=torch.ones_like(far.alpha))
    assert Over().together([solid, near])[0, 0].tolist() == pytest.approx([0.9] * 6 + [0.35] * 2)


def test_somebody_cut_off_at_the_lower_edge_is_in_front_and_somebody_behind_a_far_wall_is_not():
    whole, half = person(0.1), person(0.8)
    body = replace(half.body, feet_xy=np.zeros((0, 2)), stature_px=440.0, cropped_at=frozenset({"bottom"}))
    alpha = torch.zeros(1, 200, 80)
    alpha[:, :, 20:60] = 1
    half = replace(half, body=body, cutout=replace(half.cutout, alpha=alpha))
    stands = sc.Guest(whole, place=Placement(at_xy=(165.0, 225.0)))
    at_edge = sc.bring_together([sc.Guest(half, place=Placement(at_xy=(160.0, 240.0))), stands], square(), PLAIN)
    assert float(at_edge.rgb[0, 200, 160]) == pytest.approx(0.8)
    wall = Occluder(torch.ones(100, 320), (0, 140), (0.0, 200.0, 320.0, 200.0))
    scene = square()
    scene = replace(scene, ground=replace(scene.ground, occluders=(wall,)))
    far = sc.bring_together([sc.Guest(half, place=Placement(at_xy=(160.0, 130.0))), stands], scene, PLAIN)
    assert float(far.rgb[0, 130, 165]) == pytest.approx(0.1)


def test_one_guest_gives_the_picture_of_change_scene():
    scene, subject = square(), person(0.8)
    alone = sc.change_scene(subject, scene, recipe=PLAIN)
    assert torch.equal(sc.bring_together([sc.Guest(subject)], scene, PLAIN).rgb, alone.rgb)


def test_nobody_is_refused():
    with pytest.raises(InputError, match="at least one guest"):
        sc.bring_together([], square())
