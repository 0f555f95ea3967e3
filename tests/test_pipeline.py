"""The whole way with drawn people and no network: invariants that hold for every picture."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import scenechange as sc
from scenechange import registry
from scenechange.errors import InputError
from scenechange.types import Body, Camera, Mask, Occluder, Photo, Placement, Recipe


@dataclass(frozen=True, slots=True)
class BoxPerson:
    """A person as tall as their cut-out, with both feet on its lower edge."""

    def __call__(self, photo, cutout):
        h, w = cutout.alpha.shape[1:]
        x, y = cutout.offset_xy
        at_edge = y + h >= photo.size_hw[0]
        feet = np.zeros((0, 2)) if at_edge else np.array([[x + 0.3 * w, y + h - 1.0], [x + 0.7 * w, y + h - 1.0]])
        return Body(np.zeros((0, 3)), 1.7, 0.1, float(h), 2.0, feet, (x + w / 2, float(y)))


@dataclass(frozen=True, slots=True)
class LevelCamera:
    """A level camera with a focal length of the longer side."""

    def __call__(self, photo):
        return Camera(photo.size_hw, float(max(photo.size_hw)), 0, 0, 1.6, 10, 1, 1, 0.2)


@pytest.fixture(autouse=True)
def _methods_without_networks(monkeypatch):
    table = {stage: dict(names) for stage, names in registry.BUILT_IN.items()}
    table["segment"] = {"alpha": table["segment"]["alpha"], **table["segment"]}
    table["person"] = {"blazepose": f"{__name__}:BoxPerson"}
    table["calibrate"] = {"cues": f"{__name__}:LevelCamera"}
    monkeypatch.setattr(registry, "_methods", lambda: table)
    monkeypatch.setitem(registry.DEFAULTS, "segment", "alpha")
    monkeypatch.setitem(registry.DEFAULTS, "occlude", "none")


def person_photo(h=120, w=60, seed=0, box=(15, 10, 45, 108)):
    generator = torch.Generator().manual_seed(seed)
    alpha = torch.zeros(1, h, w)
    alpha[:, box[1] : box[3], box[0] : box[2]] = 1
    rgb = 0.2 + 0.6 * torch.rand(3, h, w, generator=generator)
    return Photo(rgb, alpha=alpha)


def street(h=150, w=200, seed=1):
    generator = torch.Generator().manual_seed(seed)
    rgb = torch.empty(3, h, w)
    rgb[:, : h // 2] = torch.tensor([0.3, 0.45, 0.7])[:, None, None]
    rgb[:, h // 2 :] = 0.3
    return Photo((rgb * (0.9 + 0.2 * torch.rand(1, h, w, generator=generator))).clamp(0, 1))


def test_two_photos_give_one_picture_of_the_scenes_size():
    result = sc.change_scene(person_photo(), street())
    assert result.rgb.shape == (3, 150, 200)
    assert bool(torch.isfinite(result.rgb).all())
    assert not torch.equal(result.rgb, result.scene.photo.rgb)


def test_same_recipe_same_pixels():
    first = sc.change_scene(person_photo(), street())
    again = sc.change_scene(person_photo(), street(), recipe=sc.recipe_from_json(sc.recipe_json(first.recipe)))
    assert torch.equal(first.rgb, again.rgb)


def test_where_opacity_is_zero_and_shadow_one_the_scene_is_untouched():
    result = sc.change_scene(person_photo(), street())
    layers = result.layers
    x0, y0, x1, y1 = layers.window_xyxy
    free = torch.ones(150, 200, dtype=torch.bool)
    free[y0:y1, x0:x1] = ((layers.alpha * layers.occlusion == 0) & (layers.shadow.amin(0, keepdim=True) == 1))[0]
    assert torch.equal(result.rgb[:, free], result.scene.photo.rgb[:, free])
    assert int(free.sum()) > 0.3 * 150 * 200


def test_companions_come_along(monkeypatch):
    @dataclass(frozen=True, slots=True)
    class HalfPhoto:
        """Person 1 is the left half, person 2 the right one."""

        def __call__(self, photo, prompt):
            inside = torch.zeros(photo.size_hw)
            half = photo.size_hw[1] // 2
            inside[10:, :half] = float(prompt.person == 1)
            inside[20:, half:] = float(prompt.person == 2)
            return Mask(inside, prompt.person)

    monkeypatch.setattr(
        registry,
        "make",
        lambda stage, method=None, make=registry.make: HalfPhoto() if stage == "segment" else make(stage, method),
    )
    photo = Photo(torch.full((3, 60, 80), 0.4))
    alone, both = (sc.prepare_subject(photo, sc.Prompt(person=1, companions=c)) for c in ((), (2,)))
    assert alone.cutout.alpha.shape[2] < 50
    assert both.cutout.alpha.shape[2] > 75
    recipe = sc.Recipe(prompt=sc.Prompt(person=1, companions=(2,)))
    assert sc.recipe_from_json(sc.recipe_json(recipe)).prompt.companions == (2,)


def test_inputs_are_untouched():
    subject, scene = person_photo(), street()
    before = subject.rgb.clone(), subject.alpha.clone(), scene.rgb.clone()
    sc.change_scene(subject, scene)
    assert torch.equal(subject.rgb, before[0])
    assert torch.equal(subject.alpha, before[1])
    assert torch.equal(scene.rgb, before[2])


def test_prepared_values_give_the_same_picture_as_photos():
    subject, scene = person_photo(), street()
    direct = sc.change_scene(subject, scene)
    prepared = sc.change_scene(sc.prepare_subject(subject), sc.prepare_scene(scene))
    assert torch.equal(direct.rgb, prepared.rgb)


def test_every_stage_is_announced_in_order():
    heard: list[str] = []
    sc.change_scene(person_photo(), street(), on_progress=heard.append)
    assert heard[:4] == ["segment", "matte", "person", "calibrate subject"]
    assert heard[-1] == "compose"
    assert len(heard) == len(set(heard)) == 14


def test_with_no_colour_shadow_and_optics_the_person_is_only_resampled():
    recipe = Recipe({s: sc.Method("none") for s in ("harmonize", "relight", "shadow", "optics")})
    plain = replace(person_photo(), rgb=torch.full((3, 120, 60), 0.25))
    layers = sc.change_scene(plain, street(), recipe=recipe).layers
    inside = layers.alpha[0] == 1
    assert torch.allclose(layers.foreground[:, inside], torch.tensor(0.25), atol=2e-3)


def test_a_preview_looks_like_the_full_picture():
    subject, scene = (
        sc.prepare_subject(person_photo(480, 240, box=(60, 40, 180, 430))),
        sc.prepare_scene(street(600, 800)),
    )
    place = Placement(at_xy=(400.0, 560.0))
    full = sc.change_scene(subject, scene, place=place)
    small_scene = sc.preview(scene, 400)
    small = sc.change_scene(sc.preview(subject, 400), small_scene, place=Placement(at_xy=(200.0, 280.0)))
    shrunk = torch.nn.functional.interpolate(full.rgb[None], small.rgb.shape[1:], mode="area")[0]
    assert float((shrunk - small.rgb).abs().mean()) < 0.03


@settings(max_examples=20, deadline=None)
@given(
    h=st.integers(16, 160),
    w=st.integers(16, 160),
    left=st.floats(0, 0.6),
    top=st.floats(0, 0.6),
    right=st.floats(0.7, 1),
    bottom=st.floats(0.7, 1),
    scene_h=st.integers(16, 160),
    scene_w=st.integers(16, 160),
)
def test_any_size_and_a_person_at_every_border_give_a_picture(h, w, left, top, right, bottom, scene_h, scene_w):
    box = (int(left * w), int(top * h), max(int(right * w), int(left * w) + 1), max(int(bottom * h), int(top * h) + 1))
    result = sc.change_scene(person_photo(h, w, box=box), street(scene_h, scene_w))
    assert result.rgb.shape == (3, scene_h, scene_w)
    assert bool(torch.isfinite(result.rgb).all())


@pytest.mark.parametrize("aspect", [(16, 3000), (3000, 16)])
def test_extreme_aspects_give_a_picture(aspect):
    assert sc.change_scene(person_photo(), street(*aspect)).rgb.shape == (3, *aspect)


def test_what_a_mask_marks_stays_in_front_of_everybody():
    scene = sc.prepare_scene(street())
    mask = torch.zeros(150, 200)
    mask[100:140, 90:110] = 1
    place = Placement(at_xy=(100.0, 140.0))
    plain = sc.Recipe(methods={stage: sc.Method("none") for stage in ("harmonize", "relight", "shadow", "optics")})
    before, behind = (
        sc.change_scene(person_photo(), s, place=place, recipe=plain) for s in (scene, sc.put_in_front(scene, mask))
    )
    inside = (slice(None), slice(104, 136), slice(94, 106))
    assert torch.equal(behind.rgb[inside], scene.photo.rgb[inside])
    assert not torch.equal(before.rgb[inside], scene.photo.rgb[inside])
    assert torch.equal(before.rgb[:, :95], behind.rgb[:, :95])
    assert scene.ground.occluders == ()


def test_only_edges_of_what_is_near_enough_to_hide_somebody_are_made_exact(monkeypatch):
    @dataclass(frozen=True, slots=True)
    class NearAndFar:
        """A grey block before the camera and the same far away."""

        def __call__(self, photo, camera, ground):
            return tuple(Occluder(torch.full((40, 30), 0.6), (90, 60), (90.0, y, 120.0, y)) for y in (130.0, 77.0))

    make = registry.make
    monkeypatch.setattr(registry, "make", lambda s, m=None: NearAndFar() if s == "occlude" else make(s, m))
    near, far = sc.prepare_scene(street()).ground.occluders
    assert far.mask.shape == (40, 30)
    assert float(far.mask.max()) == pytest.approx(0.6)
    assert float(near.mask.max()) > 0.9


@pytest.mark.parametrize("mask", [torch.zeros(150, 200), torch.ones(20, 20)], ids=["empty", "of another size"])
def test_a_mask_that_cannot_be_used_is_refused(mask):
    with pytest.raises(InputError, match="mask of what is in front"):
        sc.put_in_front(sc.prepare_scene(street()), mask)


def test_a_preview_knows_the_horizon_as_well_as_the_full_picture():
    scene = sc.prepare_scene(street())
    scene = replace(scene, camera=replace(scene.camera, horizon_sd_px=8.0))
    assert sc.preview(scene, 100).camera.horizon_spread_px == pytest.approx(4.0)


def test_a_preview_keeps_what_is_in_front_at_its_place():
    mask = torch.zeros(150, 200)
    mask[100:140, 90:110] = 1
    scene = sc.put_in_front(sc.prepare_scene(street()), mask)
    (small,) = sc.preview(scene, 100).ground.occluders
    (full,) = scene.ground.occluders
    assert small.offset_xy == pytest.approx([o / 2 for o in full.offset_xy], abs=1)
    assert small.mask.shape == pytest.approx([n / 2 for n in full.mask.shape], abs=1)
    assert small.base_xyxy == pytest.approx([v / 2 for v in full.base_xyxy])


def test_suggestions_are_asked_of_the_placing_method():
    scene, subject = sc.prepare_scene(street()), sc.prepare_subject(person_photo())
    first, *_ = sc.suggest_places(scene, subject, 2)
    assert isinstance(first, sc.Suggestion)
    moved = sc.change_scene(subject, scene, place=first.placement)
    assert torch.equal(moved.rgb, sc.change_scene(subject, scene).rgb)


def test_an_unknown_method_is_refused_before_any_work():
    heard: list[str] = []
    with pytest.raises(InputError, match="did you mean 'none'"):
        sc.change_scene(
            person_photo(), street(), recipe=Recipe({"shadow": sc.Method("nonee")}), on_progress=heard.append
        )
    assert heard == []


@pytest.mark.slow
def test_a_hundred_megapixels_go_through():
    result = sc.change_scene(person_photo(), street(10_000, 10_000))
    assert result.rgb.shape == (3, 10_000, 10_000)
