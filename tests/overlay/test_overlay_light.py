"""The light drawn over a photo."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from scenechange.light.cues import Cues
from scenechange.overlay.light import light_overlay
from scenechange.types import Camera, Photo

CAMERA = Camera((240, 320), 300.0, 0.0, 0.0, 1.6, 5.0, 1.0, 1.0, 0.1)


@pytest.fixture
def street() -> Photo:
    rgb = torch.full((3, 240, 320), 0.25)
    rgb[:, :120] = torch.tensor([0.15, 0.3, 0.7])[:, None, None]
    return Photo(rgb)


def test_overlay_tints_the_sky_and_leaves_bare_ground_alone(street: Photo) -> None:
    before = street.rgb.clone()
    drawn = light_overlay(street, CAMERA, replace(Cues()(street, CAMERA), toward=(0.0, 0.0, -1.0)))
    assert torch.equal(street.rgb, before)
    assert drawn.shape == street.rgb.shape
    assert float((drawn - street.rgb)[:, 20:100, 20:300].abs().amax(0).gt(0.01).float().mean()) > 0.95
    assert torch.allclose(drawn[:, 135:150], street.rgb[:, 135:150], atol=0.01)  # no posts where the sun is level


def test_shadows_of_posts_fall_away_from_the_light(street: Photo) -> None:
    light = Cues()(street, CAMERA)
    darker = []
    for x in (0.6, -0.6):
        drawn = light_overlay(street, CAMERA, replace(light, toward=(x, -0.8, 0.0))).numpy()
        lower = slice(150, 200)
        # the drawn shadow is blue: less red than the ground
        columns = np.nonzero((drawn[0, lower, 110:] < 0.1) & (drawn[2, lower, 110:] > 0.2))[1]
        darker.append(columns.mean())
    assert darker[0] < darker[1]
