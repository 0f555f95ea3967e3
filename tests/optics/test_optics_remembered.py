"""What is known of a scene is asked once, belongs to that scene alone, and goes with it."""

from __future__ import annotations

import gc

import torch

from scenechange.optics import remembered as room
from scenechange.optics.remembered import remembered

asked: list[float] = []


def brightest(rgb: torch.Tensor) -> float:
    asked.append(float(rgb.max()))
    return asked[-1]


def darkest(rgb: torch.Tensor) -> float:
    return float(rgb.min())


def test_the_same_scene_is_asked_once_and_another_of_equal_pixels_again() -> None:
    asked.clear()
    scene, twin = torch.full((3, 4, 4), 0.25), torch.full((3, 4, 4), 0.25)
    scene[0, 0, 0] = 0.75
    assert [remembered(scene, brightest) for _ in range(3)] == [0.75] * 3
    assert remembered(scene, darkest) == 0.25
    assert len(asked) == 1
    assert remembered(twin, brightest) == 0.25
    assert len(asked) == 2


def test_nothing_is_kept_of_a_scene_that_is_gone() -> None:
    before = len(room._known)
    scene = torch.zeros(3, 4, 4)
    remembered(scene, brightest)
    assert len(room._known) == before + 1
    del scene
    gc.collect()
    assert len(room._known) == before
