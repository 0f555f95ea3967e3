"""The whole method on photos whose lines, people and sky are given."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from scenechange import networks
from scenechange.calibrate import people, vanishing
from scenechange.calibrate.atlanta import vanishing_points
from scenechange.calibrate.clues import Standing
from scenechange.calibrate.cues import Cues
from scenechange.calibrate.families import sort_lines
from scenechange.calibrate.fuse import Explanation
from scenechange.calibrate.lines import measure_lines
from scenechange.math.geometry import foot_at, ground_point, project, stature_px, up_vector
from scenechange.types import Camera, Photo

SIZE_HW = (480, 640)


@pytest.fixture
def no_networks(monkeypatch):
    empty = np.zeros((1, 256, 256, 4), np.float32), np.zeros((1, 256, 256, 1), np.float32)
    monkeypatch.setattr(vanishing, "_detect", lambda pixels: empty)
    monkeypatch.setattr(networks, "tflite", lambda name: None)


def crowd(camera: Camera) -> tuple[Standing, ...]:
    (cx, cy), unit, seen = camera.centre_xy, max(camera.size_hw), []
    for distance, azimuth in ((4, -15), (6, 12), (9, -8), (14, 5)):
        foot = foot_at(camera, distance, azimuth)
        head = project(camera, ground_point(camera, foot) + 1.70 * up_vector(camera.pitch_deg, camera.roll_deg))
        seen.append(Standing(*(((x - cx) / unit, (y - cy) / unit) for x, y in (foot, head)), 0.05))
    return tuple(seen)


@pytest.mark.parametrize(("pitch", "height"), [(5.0, 1.6), (-8.0, 2.6)])
def test_people_give_the_height_and_the_size_of_whoever_stands_beside_them(
    pitch, height, rng, no_networks, monkeypatch
):
    truth = Camera(SIZE_HW, 580.0, pitch, 0.0, height, 0, 0, 0, 0)
    monkeypatch.setattr(people, "find_standing", lambda photo, small, network: crowd(truth))
    camera = Cues()(Photo(torch.from_numpy(rng.uniform(0, 1, (3, *SIZE_HW)).astype(np.float32))))
    foot = foot_at(truth, 7.0)
    assert camera.height_m == pytest.approx(height, rel=0.1)
    assert camera.height_sd_m < 0.25 * height
    assert stature_px(camera, foot, 1.7) == pytest.approx(stature_px(truth, foot, 1.7), rel=0.06)
    assert camera.horizon_spread_px < camera.f_px * math.tan(math.radians(camera.pitch_sd_deg))
    assert camera.evidence[-1] == "camera height from 4 of 4 people"


def test_without_people_the_height_is_the_photographers(rng, no_networks, monkeypatch):
    monkeypatch.setattr(people, "find_standing", lambda photo, small, network: ())
    camera = Cues(height_m=1.4)(Photo(torch.from_numpy(rng.uniform(0, 1, (3, *SIZE_HW)).astype(np.float32))))
    assert (camera.height_m, camera.height_sd_m) == (1.4, 0.25)
    assert not any("people" in words for words in camera.evidence)


def test_a_blank_photo_needs_no_network():
    reading = Cues().explain(Photo(torch.full((3, 60, 80), 0.4)))
    assert reading.camera.evidence == ("prior focal length", "prior pitch and roll")
    assert reading.families == ()


def test_segments_are_sorted_to_the_point_they_lead_to():
    reading = Explanation(
        np.array([0.1, 0.0, 0.0]), np.eye(3) * 1e-4, 1.0, 3, directions=np.array([0.3, 1.9, 0.0, 0.0])
    )
    points = vanishing_points(np.concatenate([reading.mean, reading.directions]))
    middles = np.array([[200.0, 150], [420, 330], [100, 400]])
    towards = points[:, :2] / points[:, 2:] * 640 + (319.5, 239.5)
    along = (towards - middles) / np.linalg.norm(towards - middles, axis=1, keepdims=True)
    segments = np.concatenate(
        [
            middles - 40 * along,
            middles + 40 * along,
        ],
        1,
    )
    families = sort_lines(measure_lines(segments, np.ones(3, bool), SIZE_HW), reading, SIZE_HW)
    assert [len(family) for family in families] == [1, 1, 1]
    for family, segment in zip(families, segments, strict=True):
        assert np.sort(family[0, ::2]) == pytest.approx(np.sort(segment[::2]), abs=0.01)
