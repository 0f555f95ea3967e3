"""Coloured grain: as much as the scene has and the person lacks, and no change of brightness."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from test_optics_match import layers_of

from scenechange.math.colour import LUMA
from scenechange.optics.colour_grain import add_colour_grain, colour_noise
from scenechange.optics.match import Match
from scenechange.types import Layers


def flat(sky: float, person: float) -> Layers:
    scene, figure = np.full((600, 500), sky, np.float32), np.full((420, 200), person, np.float32)
    return layers_of(scene, figure)


def coloured(rgb: torch.Tensor, spread: tuple[float, float], seed: int) -> torch.Tensor:
    return add_colour_grain(rgb, np.array(spread), seed)


@pytest.mark.parametrize("spread", [(0.004, 0.006), (0.015, 0.01)])
def test_coloured_grain_is_measured_as_it_was_added(spread):
    rgb = coloured(torch.full((3, 320, 320), 0.25), spread, 1)
    found = colour_noise(rgb, None, (0, 0, 320, 320), 9)
    # The lower envelope leaves this much open.
    assert found == pytest.approx(np.array(spread), rel=0.15)


def test_coloured_grain_keeps_luminance():
    rgb = torch.full((3, 100, 100), 0.25)
    root = coloured(rgb, (0.01, 0.01), 2).sqrt()
    luma = torch.tensordot(torch.tensor(LUMA), root, dims=1)
    assert float((luma - 0.5).abs().max()) < 1e-5
    assert float(root[0].std()) > 0.003


def test_the_person_gets_the_coloured_grain_of_the_scene():
    layers = flat(0.25, 0.25)
    layers = replace(layers, background=coloured(layers.background, (0.012, 0.012), 3))
    box = (5, 5, 195, 415)
    before, after = (colour_noise(one.foreground, None, box, 9) for one in (layers, Match()(layers, seed=0)))
    scene = colour_noise(layers.background, None, (0, 0, 500, 600), 9)
    assert before.max() < 0.001
    assert after.max() > 0.008
    assert after == pytest.approx(scene, rel=0.3)


def test_grey_scenes_add_no_colour():
    layers = flat(0.25, 0.25)
    out = Match()(layers, seed=0).foreground
    assert torch.equal(out, layers.foreground)


def test_a_person_too_small_to_measure_keeps_their_pixels():
    layers = layers_of(np.full((60, 60), 0.3, np.float32), np.full((20, 14), 0.3, np.float32), 20.0)
    assert torch.equal(Match()(layers, seed=0).foreground, layers.foreground)
