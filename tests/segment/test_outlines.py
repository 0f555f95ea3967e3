"""Outlines: polygons in pixels of the photo, round who is there."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import scenechange as sc
from scenechange import weights
from scenechange.types import Cutout


def test_outline_of_a_box_is_that_box() -> None:
    alpha = torch.zeros(1, 60, 40)
    alpha[:, 10:50, 8:32] = 1
    (polygon,) = sc.outline_of(Cutout(torch.zeros(3, 60, 40), alpha, (5, 7), (100, 100))).polygons_xy
    points = np.array(polygon)
    assert np.abs(points.min(0) - (13, 17)).max() <= 1
    assert np.abs(points.max(0) - (36, 56)).max() <= 1


def test_outline_of_a_large_cutout_is_in_its_own_pixels() -> None:
    alpha = torch.zeros(1, 3000, 2000)
    alpha[:, 300:2700, 400:1600] = 1
    (polygon,) = sc.outline_of(Cutout(torch.zeros(3, 3000, 2000), alpha, (0, 0), (3000, 2000))).polygons_xy
    assert np.abs(np.array(polygon).max(0) - (1599, 2699)).max() <= 4


def test_empty_cutout_has_no_outline() -> None:
    assert sc.outline_of(Cutout(torch.zeros(3, 9, 9), torch.zeros(1, 9, 9), (0, 0), (9, 9))).polygons_xy == ()


@pytest.mark.weights("pose-detection", "face-full-range", "blazepose-heavy", "demo-astronaut", "demo-china")
def test_the_person_of_a_portrait_is_outlined_and_a_palace_is_nobody() -> None:
    (outline,) = sc.find_outlines(sc.load_photo(weights.path_of("demo-astronaut")))
    points = np.array(outline.polygons_xy[0])
    assert outline.person == 1
    assert points[:, 0].min() < 120
    assert points[:, 1].max() > 500
    assert sc.find_outlines(sc.load_photo(weights.path_of("demo-china"))) == ()
