"""Suggested places: on free ground, unlike each other, with reasons, and the first is what placing takes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from scenechange.errors import InputError
from scenechange.math.geometry import stature_px, statures_px
from scenechange.place.surroundings import Boxes, sum_map
from scenechange.place.upright import Upright
from scenechange.types import Body, Camera, Cutout, Ground, Light, Occluder, Photo, Placement, Scene, Subject

LIGHT = Light((0.0, -0.8, 0.6), 90.0, 6500.0, 500.0, 0.8, 0.2, 0.5, 0.3, np.zeros((9, 3)))


def person(feet: bool = True) -> Subject:
    alpha = torch.zeros(1, 200, 80)
    alpha[:, : 190 if feet else 200, 20:60] = 1
    cutout = Cutout(torch.full((3, 200, 80), 0.4), alpha, (0, 0), (200, 80))
    foot = np.array([[30.0, 189.0], [50.0, 189.0]]) if feet else np.zeros((0, 2))
    cropped = frozenset() if feet else frozenset({"bottom"})
    body = Body(np.zeros((0, 3)), 1.7, 0.1, 189.0 if feet else 440.0, 5.0, foot, (40.0, 0.0), 0.0, cropped)
    camera = Camera((200, 80), 200.0, 0, 0, 1.6, 10, 1, 1, 0.2)
    return Subject(Photo(torch.full((3, 200, 80), 0.5)), cutout, body, camera)


def square(standable: np.ndarray | None = None, occluders: tuple[Occluder, ...] = (), roll: float = 0.0) -> Scene:
    photo = Photo(torch.full((3, 240, 320), 0.3))
    camera = Camera((240, 320), 300.0, 0.0, roll, 1.6, 10, 1, 1, 0.2)
    if standable is None:
        standable = np.zeros((24, 32), np.float32)
        standable[13:] = 1
    return Scene(photo, camera, Ground((0.0, -1.0, 0.0), 1.6, torch.from_numpy(standable), occluders), LIGHT)


def test_the_first_suggestion_is_the_place_that_is_taken():
    for subject in (person(), person(feet=False)):
        scene = square()
        first = Upright().suggest(subject, scene, Placement(), 1)[0]
        layers = Upright()(subject, scene, Placement())
        assert layers.anchor_xy == pytest.approx(first.placement.at_xy)
        assert layers.stands == first.stands
        assert first.reasons


def test_suggestions_come_best_first_and_differ_in_place_or_size():
    scene = square()
    found = Upright().suggest(person(), scene, Placement(), 4)
    assert len(found) >= 3
    scores = [s.score for s in found]
    assert scores == sorted(scores, reverse=True)
    for i, one in enumerate(found):
        for other in found[:i]:
            (x, y), (u, v) = one.placement.at_xy, other.placement.at_xy
            sizes = stature_px(scene.camera, (x, y), 1.7), stature_px(scene.camera, (u, v), 1.7)
            assert abs(x - u) >= 0.16 * 320 or abs(np.log(sizes[0] / sizes[1])) >= np.log(1.5)


def test_nobody_is_set_where_there_is_no_ground():
    standable = np.zeros((24, 32), np.float32)
    standable[13:, 20:] = 1
    for found in Upright().suggest(person(), square(standable), Placement(), 5):
        assert found.placement.at_xy[0] > 20 * 10


def test_nobody_is_set_on_somebody_else_or_behind_them():
    somebody = Occluder(torch.ones(130, 120), (60, 100), (60.0, 225.0, 180.0, 225.0), "person")
    for found in Upright().suggest(person(), square(occluders=(somebody,)), Placement(), 5):
        x, y = found.placement.at_xy
        assert not (60 <= x <= 180 and y < 225)


def test_a_busy_view_is_not_hidden():
    scene = square()
    rgb = scene.photo.rgb.clone()
    rgb[:, 20:130, 60:150] = torch.rand(1, 110, 90, generator=torch.Generator().manual_seed(0))
    scene = replace(scene, photo=Photo(rgb))
    assert Upright().suggest(person(), scene, Placement(), 1)[0].placement.at_xy[0] > 160


def test_with_others_a_place_beside_them_is_best():
    scene = square()
    feet = (90.0, 200.0)
    x, y = Upright().suggest(person(), scene, Placement(), 1, beside=(feet,))[0].placement.at_xy
    metre = 300.0 * 1.6 / (y - 119.5)  # depth
    gap = np.hypot((x - 159.5) * metre / 300 - (90 - 159.5) * (1.6 / 80.5), metre - 1.6 * 300 / 80.5)
    assert 0.4 < gap < 1.3


def test_people_who_are_cut_off_get_columns_at_the_lower_edge():
    found = Upright().suggest(person(feet=False), square(), Placement(), 3)
    assert [s.stands for s in found] == [False] * 3
    assert len({round(s.placement.at_xy[0]) for s in found}) == 3
    assert all(s.placement.at_xy[1] >= 239 for s in found)


def test_a_count_below_one_is_refused():
    with pytest.raises(InputError, match="1 or more"):
        Upright().suggest(person(), square(), Placement(), 0)


def test_statures_of_many_points_are_those_of_single_points():
    camera = Camera((240, 320), 300.0, -8.0, 5.0, 1.7, 10, 1, 1, 0.2)
    points = np.random.default_rng(0).uniform((0, 0), (320, 240), (50, 2))
    many = statures_px(camera, points, 1.8)
    for xy, size in zip(points, many, strict=True):
        single = stature_px(camera, (float(xy[0]), float(xy[1])), 1.8)
        assert np.isnan(size) if single is None else size == pytest.approx(single, rel=1e-9)


def test_sum_map_gives_the_means_of_the_cells_that_a_box_touches():
    values = np.arange(12.0).reshape(3, 4)
    found = sum_map(values, (-0.5, -0.5), (40.0, 30.0))
    box = Boxes(np.array([0.0, 12.0]), np.array([0.0, 12.0]), np.array([39.0, 18.0]), np.array([29.0, 18.0]))
    assert found.mean(box) == pytest.approx([values.mean(), values[1, 1]])
    whole = Boxes(np.array([-50.0]), np.array([-50.0]), np.array([90.0]), np.array([90.0]))
    assert found.total(whole) == pytest.approx([values.sum() * 100])
