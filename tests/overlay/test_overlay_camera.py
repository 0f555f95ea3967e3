"""What is drawn over a place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from scenechange.math.geometry import ground_distance_m, stature_px
from scenechange.overlay.camera import camera_overlay, ruler, summary
from scenechange.types import Ground


def flat_ground(share=0.0):
    return Ground((0.0, -1.0, 0.0), 1.6, torch.full((24, 32), share))


def test_the_horizon_is_drawn_where_the_camera_says(scene_photo, level_camera):
    drawn = camera_overlay(scene_photo, level_camera, flat_ground())
    assert drawn.shape == scene_photo.rgb.shape
    changed = (drawn - scene_photo.rgb).abs().sum(0)
    row = round(level_camera.horizon_y(20))
    assert float(changed[row - 1 : row + 2, 5:40].max(0).values.min()) > 0.3
    assert float(changed[60, 5:40].max()) < 0.02


def test_ground_is_tinted_green(scene_photo, level_camera):
    drawn = camera_overlay(scene_photo, level_camera, flat_ground(1.0))
    green = drawn[1, 150:, :60].mean() / drawn[0, 150:, :60].mean()
    assert green > 1.3 * scene_photo.rgb[1, 150:, :60].mean() / scene_photo.rgb[0, 150:, :60].mean()


def test_rulers_stand_at_the_distances_they_name(level_camera):
    marks = ruler(level_camera)
    assert len(marks) == 3
    assert len({distance for distance, *_ in marks}) == 3
    for distance_m, foot_xy, tall_px in marks:
        assert abs(ground_distance_m(level_camera, foot_xy) / distance_m - 1) < 1e-6
        assert tall_px == stature_px(level_camera, foot_xy, 1.75)
        assert 0 <= foot_xy[0] < 320
        assert foot_xy[1] < 240


def test_looking_at_the_sky_there_is_no_ruler(level_camera):
    assert ruler(replace(level_camera, pitch_deg=60.0)) == []


def test_segments_are_drawn_in_the_colour_of_their_family(scene_photo, level_camera):
    upright, level = np.array([[50.0, 20, 50, 80]]), np.array([[100.0, 50, 200, 60]])
    drawn = camera_overlay(scene_photo, level_camera, flat_ground(), (upright, level))
    assert drawn[2, 50, 50] > drawn[0, 50, 50]
    assert drawn[0, 55, 150] > drawn[2, 55, 150]


def test_large_photos_are_drawn_small_and_inputs_stay_untouched(scene_photo, level_camera):
    before = scene_photo.rgb.clone()
    assert max(camera_overlay(scene_photo, level_camera, flat_ground()).shape) <= 1600
    assert torch.equal(scene_photo.rgb, before)


def test_the_summary_names_every_spread(level_camera):
    assert summary(level_camera).count("+-") == 4
