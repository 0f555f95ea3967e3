"""The network for surfaces: its weights as shipped, its maps, and what it was taught with."""

from __future__ import annotations

import csv
import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from scenechange.surfaces import find, network

WEIGHTS = Path(__file__).parent.parent.parent / "weights"


@pytest.fixture(scope="module")
def training():
    sys.path.insert(0, str(WEIGHTS))
    spec = importlib.util.spec_from_file_location("train_ground_surfaces", WEIGHTS / "train_ground_surfaces.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(WEIGHTS))
    del sys.modules[spec.name]


def test_the_network_computes_what_was_trained(training):
    net = training.Surfaces()
    net.load_state_dict(find._weights())
    x = torch.randn(2, 3, 64, 96, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        torch.testing.assert_close(network.logits(find._weights(), x), net.eval()(x))


def test_saved_weights_come_back_to_a_hundredth_of_each_channel(training, tmp_path):
    net = training.Surfaces()
    training.save(net, tmp_path / "out.npz")
    with np.load(tmp_path / "out.npz") as page:
        kernel = net.decoder.mix_fine.weight.detach().numpy()
        back = page["decoder.mix_fine.weight"] * page["decoder.mix_fine.weight.scale"][:, None, None, None]
    assert np.abs(back - kernel).max() <= np.abs(kernel).max() / 127


@pytest.mark.parametrize(("size_hw", "cells"), [((90, 160), (36, 48)), ((160, 90), (48, 36)), ((1, 1), (36, 48))])
def test_maps_are_probabilities_of_the_whole_picture(size_hw, cells, rng):
    chance = find.find_surfaces(rng.integers(0, 255, (*size_hw, 3), dtype=np.uint8))
    assert chance.shape == (len(network.CLASSES), *cells)
    np.testing.assert_allclose(chance.sum(0), 1, atol=1e-5)
    assert chance.min() >= 0


def test_a_mirrored_picture_has_the_mirrored_map(rng):
    rgb = rng.integers(0, 255, (288, 384, 3), dtype=np.uint8)
    there, mirrored = find.find_surfaces(rgb), find.find_surfaces(np.ascontiguousarray(rgb[:, ::-1]))
    np.testing.assert_allclose(there, mirrored[..., ::-1], atol=1e-4)


def test_nothing_is_learned_from_photos_to_check_on():
    with (WEIGHTS / "ground_labels.csv").open() as page:
        rows = list(csv.DictReader(page))
    photos = [row["photo"] for row in rows]
    assert len(photos) == len(set(photos))
    assert {row["part"] for row in rows} == {"learn", "check"}
    letters = {area.split()[0] for row in rows for area in row["areas"].split("/") if area.strip()}
    assert letters == set("GTWRI")


def test_later_areas_lie_over_earlier_ones_and_edges_are_ignored(training):
    square = np.array([[0, 50], [100, 50], [100, 100], [0, 100]], float)
    classes = training.drawn([("G", square), ("W", square / 2 + [0, 50])], 100, 100)
    assert classes[10, 50] == 0
    assert classes[60, 75] == 1
    assert classes[85, 25] == 3
    assert classes[50, 75] == training.IGNORED
