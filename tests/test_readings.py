"""Numbers of a picture: height and distance agree with the camera, sliders start where the methods are."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

import scenechange as sc
from scenechange.types import Body, Camera, Composite, Cutout, Ground, Light, Photo, Scene, Subject

LIGHT = Light((0.6, -0.8, 0.0), 10.0, 5500.0, 300.0, 1.0, 0.1, 0.2, 0.1, np.zeros((9, 3)))


def drawn_subject(feet: bool = True) -> Subject:
    """A person of noise, 100 pixels tall, with or without feet in the picture."""
    generator = torch.Generator().manual_seed(0)
    rgb = 0.2 + 0.6 * torch.rand(3, 120, 60, generator=generator)
    cutout = Cutout(rgb[:, 10:110, 15:45], torch.ones(1, 100, 30), (15, 10), (120, 60))
    feet_xy = np.array([[20.0, 109.0], [40.0, 109.0]]) if feet else np.zeros((0, 2))
    body = Body(np.zeros((0, 3)), 1.7, 0.1, 100.0, 2.0, feet_xy, (30.0, 10.0))
    return Subject(Photo(rgb), cutout, body, Camera((120, 60), 120.0, 0, 0, 1.6, 10, 1, 1, 0.2))


def drawn_scene() -> Scene:
    """A street of 300 x 400 pixels seen by a level camera 1.6 m above the ground."""
    rgb = torch.full((3, 300, 400), 0.4)
    rgb[:, :100] = 0.02
    camera = Camera((300, 400), 400.0, 0, 0, 1.6, 10, 1, 1, 0.2)
    return Scene(Photo(rgb), camera, Ground((0.0, -1.0, 0.0), 1.6, torch.ones(30, 40)), LIGHT)


def picture(feet: bool = True, recipe: sc.Recipe | None = None, **place: object) -> Composite:
    return sc.change_scene(drawn_subject(feet), drawn_scene(), place=sc.Placement(**place), recipe=recipe)


def test_distance_is_that_of_the_ground_at_the_feet() -> None:
    found = sc.take_readings(picture(at_xy=(199.5, 149.5 + 128)))
    assert found.distance_m == pytest.approx(math.hypot(5.0, 1.6))
    assert found.height_m == pytest.approx(1.7)
    assert found.horizon_y == (149.5, 149.5)


def test_a_larger_person_at_the_same_place_is_taller() -> None:
    assert sc.take_readings(picture(at_xy=(200, 270), scale=1.2)).height_m == pytest.approx(1.7 * 1.2)


def test_a_larger_person_without_feet_is_nearer() -> None:
    small, large = (sc.take_readings(picture(feet=False, scale=s)) for s in (1.0, 1.2))
    assert large.height_m == small.height_m
    assert large.distance_m == pytest.approx(small.distance_m / 1.2, rel=0.01)


def test_sliders_start_where_the_picture_is() -> None:
    automatic = picture(at_xy=(200, 270))
    found = sc.take_readings(automatic)
    methods = {
        "harmonize": sc.Method("statistics", {"brightness_ev": found.brightness_ev, "warmth": found.warmth}),
        "shadow": sc.Method(
            "contact-and-cast",
            {"direction_deg": found.shadow_direction_deg, "softness_deg": found.shadow_softness_deg},
        ),
    }
    by_hand = picture(at_xy=(200, 270), recipe=sc.Recipe(methods=methods))
    assert found.light_is_known
    assert torch.allclose(by_hand.rgb, automatic.rgb, atol=2e-3)


def test_methods_that_tell_nothing_give_none() -> None:
    plain = sc.Recipe(methods={"harmonize": sc.Method("none"), "shadow": sc.Method("none")})
    found = sc.take_readings(picture(at_xy=(200, 270), recipe=plain))
    assert (found.brightness_ev, found.warmth, found.shadow_direction_deg) == (None, None, None)


def test_who_does_not_stand_throws_no_shadow() -> None:
    assert sc.take_readings(picture(feet=False)).shadow_direction_deg is None


def test_memory_gives_the_same_picture_and_runs_only_what_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    from scenechange.harmonize.statistics import Statistics

    runs: list[str] = []
    original = Statistics.__call__
    monkeypatch.setattr(Statistics, "__call__", lambda *a: (runs.append("harmonize"), original(*a))[1])
    subject, scene, memory = drawn_subject(), drawn_scene(), sc.Memory()
    darker = sc.Recipe(methods={"shadow": sc.Method("contact-and-cast", {"strength": 0.5})})
    place = {"at_xy": (200.0, 270.0)}
    sc.change_scene(subject, scene, place=sc.Placement(**place), memory=memory)
    second = sc.change_scene(subject, scene, place=sc.Placement(**place), recipe=darker, memory=memory)
    assert len(runs) == 1
    assert torch.equal(second.rgb, picture(recipe=darker, **place).rgb)
    sc.change_scene(subject, scene, place=sc.Placement(at_xy=(210, 270)), recipe=darker, memory=memory)
    sc.change_scene(drawn_subject(), scene, place=sc.Placement(at_xy=(210, 270)), recipe=darker, memory=memory)
    assert len(runs) == 4  # one of them without memory


def test_live_layers_look_like_the_picture_on_a_screen() -> None:
    exact = picture(at_xy=(200, 270))
    person, shadow = sc.live_layers(exact)
    x0, y0, x1, y1 = exact.layers.window_xyxy
    screen = exact.scene.photo.rgb[:, y0:y1, x0:x1] ** (1 / 2.2)
    screen = (1 - shadow.alpha) * screen
    screen = (1 - person.alpha) * screen + person.alpha * person.foreground ** (1 / 2.2)
    off = (screen - exact.rgb[:, y0:y1, x0:x1] ** (1 / 2.2)).abs()
    assert off.mean() < 0.005
    assert off.max() < 0.12  # soft edges: screens blend encoded values
    assert person.source_hw == shadow.source_hw == (y1 - y0, x1 - x0)


def test_label_is_small_and_in_the_corner() -> None:
    plain = picture(at_xy=(200, 270)).rgb
    marked = sc.disclosed(plain)
    changed = (marked != plain).any(0).nonzero()
    assert changed[:, 0].min() > 0.93 * 300
    assert changed[:, 1].min() > 0.6 * 400
    assert marked.shape == plain.shape
    assert 0 <= float(marked.min()) <= float(marked.max()) <= 1


def test_label_that_cannot_be_drawn_is_refused() -> None:
    for label in ("", "Montage réalisé", "two\nlines"):
        with pytest.raises(sc.InputError):
            sc.disclosed(torch.zeros(3, 50, 50), label)


def test_preview_of_a_photo_is_small_and_keeps_its_field_of_view() -> None:
    photo = replace(drawn_scene().photo, f_px=400.0)
    small = sc.preview(photo, 200)
    assert small.size_hw == (150, 200)
    assert small.f_px == pytest.approx(200.0)
