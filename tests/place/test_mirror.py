"""Mirroring: only where both lights are known to come from different sides, and never with letters on the person."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from scenechange.pipeline import Memory, change_scene
from scenechange.place import mirror
from scenechange.recipe import recipe_from_json, recipe_json
from scenechange.registry import STAGES
from scenechange.types import (
    Body,
    Camera,
    Cutout,
    Ground,
    Light,
    Method,
    Photo,
    Placement,
    Recipe,
    Scene,
    Subject,
)


def lit_from(right: float) -> Subject:
    """A person 40 px wide whose right edge gets exp(`right`) times the light of the left one."""
    h, w = 200, 80
    alpha = torch.zeros(1, h, w)
    alpha[:, 10:190, 20:60] = 1
    shade = torch.exp(torch.linspace(-right, right, w)) * 0.2
    rgb = shade.expand(3, h, w).contiguous()
    body = Body(
        np.zeros((0, 3)), 1.7, 0.1, 180.0, 5.0, np.array([[30.0, 189.0], [50.0, 189.0]]), (40.0, 10.0), 0.0, frozenset()
    )
    camera = Camera((h, w), 200.0, 0, 0, 1.6, 10, 1, 1, 0.2)
    return Subject(Photo(rgb), Cutout(rgb, alpha, (0, 0), (h, w)), body, camera)


def place_lit_from(x: float, sd_deg: float = 15.0) -> Scene:
    camera = Camera((240, 320), 300.0, 0.0, 0.0, 1.6, 10, 1, 1, 0.2)
    toward = (x, -0.5, -float(np.sqrt(max(0.0, 0.75 - x * x))))
    light = Light(toward, sd_deg, 6500.0, 500.0, 0.8, 0.2, 0.5, 0.3, np.zeros((9, 3)))
    ground = torch.zeros(24, 32)
    ground[12:] = 1.0
    return Scene(Photo(torch.full((3, 240, 320), 0.3)), camera, Ground((0.0, -1.0, 0.0), 1.6, ground), light)


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What the search for letters answers, first entry; the others count how often it was asked."""
    answer = [False]

    def is_lettered(rgb: torch.Tensor, alpha: torch.Tensor) -> bool:
        answer.append(answer[0])
        return answer[0]

    monkeypatch.setattr(mirror, "is_lettered", is_lettered)
    return answer


@pytest.mark.parametrize("side", [-1, 1])
def test_light_from_the_other_side_mirrors_and_from_the_same_side_does_not(letters: list[bool], side: int) -> None:
    wrong, remark = mirror.is_to_be_mirrored(lit_from(0.6 * side), place_lit_from(-0.7 * side))
    assert wrong
    assert remark is not None
    assert "--no-flip" in remark
    assert mirror.is_to_be_mirrored(lit_from(0.6 * side), place_lit_from(0.7 * side)) == (False, None)


@pytest.mark.parametrize(
    ("subject", "scene"),
    [
        (lit_from(0.6), place_lit_from(-0.7, sd_deg=70.0)),
        (lit_from(0.6), place_lit_from(-0.1)),
        (lit_from(0.05), place_lit_from(-0.7)),
    ],
)
def test_an_unknown_or_frontal_light_mirrors_nobody_and_looks_for_no_letters(
    letters: list[bool], subject: Subject, scene: Scene
) -> None:
    assert mirror.is_to_be_mirrored(subject, scene) == (False, None)
    assert letters == [False]


def test_letters_forbid_it_and_it_is_told(letters: list[bool]) -> None:
    letters[0] = True
    flip, remark = mirror.is_to_be_mirrored(lit_from(0.6), place_lit_from(-0.7))
    assert not flip
    assert remark is not None
    assert "letters" in remark


def test_the_picture_is_mirrored_unless_somebody_says_otherwise(letters: list[bool]) -> None:
    plain = Recipe(
        methods={stage: Method("none") for stage in ("harmonize", "relight", "optics", "shadow") if stage in STAGES}
    )
    subject, scene = lit_from(0.6), place_lit_from(-0.7)
    memory = Memory()
    auto = change_scene(subject, scene, recipe=plain, memory=memory)
    assert np.linalg.det(auto.layers.scene_from_subject[:2, :2]) < 0
    assert any("mirrored" in note for note in auto.layers.notes)
    again = change_scene(subject, scene, recipe=recipe_from_json(recipe_json(auto.recipe)), memory=memory)
    assert torch.equal(auto.rgb, again.rgb)
    assert letters == [False, False]  # asked once: the memory knows
    kept = change_scene(subject, scene, recipe=replace(plain, place=Placement(flip=False)))
    assert np.linalg.det(kept.layers.scene_from_subject[:2, :2]) > 0
    assert not any("mirrored" in note for note in kept.layers.notes)
