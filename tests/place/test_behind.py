"""People who are cut off, behind tables."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from scenechange.math.geometry import transform
from scenechange.place.behind import TOP_M
from scenechange.place.cut import size_at
from scenechange.place.upright import Upright
from scenechange.types import Body, Camera, Cutout, Ground, Light, Occluder, Photo, Placement, Scene, Subject

CAMERA = Camera((240, 320), 300.0, 0.0, 0.0, 1.6, 10, 1, 1, 0.2)
EDGE = 210  # row of the table's far edge: 2.7 m away


def portrait() -> Subject:
    """The upper half of someone, cut by the lower edge of their photo."""
    alpha = torch.zeros(1, 200, 80)
    alpha[:, :, 20:60] = 1
    body = Body(np.zeros((0, 3)), 1.7, 0.1, 400.0, 5.0, np.zeros((0, 2)), (40.0, 0.0), 0.0, frozenset({"bottom"}))
    cutout = Cutout(torch.full((3, 200, 80), 0.4), alpha, (0, 0), (200, 80))
    return Subject(Photo(torch.full((3, 200, 80), 0.5)), cutout, body, replace(CAMERA, size_hw=(200, 80)))


def kitchen(left: int = 0, right: int = 320, what: str = "top") -> Scene:
    """A table in the foreground."""
    table = Occluder(
        torch.ones(240 - EDGE, right - left), (left, EDGE), (float(left), 264.0, float(right), 264.0), what
    )
    light = Light((0.0, -0.8, 0.6), 90.0, 6500.0, 500.0, 0.8, 0.2, 0.5, 0.3, np.zeros((9, 3)))
    ground = Ground((0.0, -1.0, 0.0), 1.6, torch.zeros(24, 32), (table,))
    return Scene(Photo(torch.full((3, 240, 320), 0.3)), CAMERA, ground, light)


def test_the_cut_goes_behind_the_far_edge_at_the_size_of_its_distance():
    layers = Upright()(portrait(), kitchen(), Placement())
    seen = layers.alpha * layers.occlusion
    y0 = layers.window_xyxy[1]
    assert float(seen[0, : EDGE - y0].max()) == 1
    assert float(seen[0, EDGE - y0 :].max()) == 0
    assert layers.stature_px == pytest.approx(size_at(CAMERA, (160.0, EDGE), TOP_M, 1.7))
    cut = transform(layers.scene_from_subject, np.array([[40.0, 199.0]]))[0]
    assert EDGE < cut[1] < EDGE + 0.05 * layers.stature_px
    assert any("table" in note for note in layers.notes)


def test_a_click_on_the_table_sets_somebody_behind_it_there():
    layers = Upright()(portrait(), kitchen(), Placement(at_xy=(120.0, 225.0)))
    assert layers.anchor_xy == (120.0, EDGE)
    assert torch.equal(Upright()(portrait(), kitchen(), Placement(at_xy=layers.anchor_xy)).alpha, layers.alpha)


@pytest.mark.parametrize(
    "scene", [kitchen(right=60), kitchen(what="thing")], ids=["narrower than the cut", "not a table"]
)
def test_else_the_cut_stays_at_the_lower_edge(scene):
    assert Upright()(portrait(), scene, Placement()).window_xyxy[3] == 240
