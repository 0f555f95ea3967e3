"""Convergence: exact for a vertical plane, nothing between level cameras, and never beyond the stated limits."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from scenechange.math.geometry import project, similarity, transform, up_vector
from scenechange.math.image import warp_rgba
from scenechange.place.keystone import MOST_STRETCH, MOST_TAPER, _distortion, with_keystone
from scenechange.types import Body, Camera, Cutout, Ground, Light, Photo, Scene, Subject

LIGHT = Light((0.0, -0.8, 0.6), 90.0, 6500.0, 500.0, 0.8, 0.2, 0.5, 0.3, np.zeros((9, 3)))
CORNERS = np.array([[-0.2, 0.0], [0.2, 0.0], [-0.2, 1.7], [0.2, 1.7]])  # metres right and up of the feet


def camera(pitch: float, size_hw: tuple[int, int] = (800, 600), f: float = 700.0, sd: float = 1.0) -> Camera:
    return Camera(size_hw, f, pitch, 0.0, 1.5, 10, sd, 1, 0.2)


def seen(cam: Camera, distance: float, aside: float = 0.0) -> np.ndarray:
    """The corners of a flat upright person on the ground before a camera, and the middle of the feet, in pixels."""
    up = up_vector(cam.pitch_deg, cam.roll_deg)
    level = np.array([0.0, 0.0, 1.0]) - up[2] * up
    level /= np.linalg.norm(level)
    right = np.cross(level, up)
    foot = distance * level + aside * right - cam.height_m * up
    facing = foot + cam.height_m * up
    across = np.cross(facing / np.linalg.norm(facing), up)
    points = [foot + x * across + y * up for x, y in (*CORNERS, (0.0, 0.0), (0.0, 1.7))]
    return np.array([project(cam, point) for point in points])


def set_up(own: Camera, there: Camera, own_m: float, there_m: float, aside: float = 0.0):
    """Subject, scene, the similarity between both views, and where the corners are in both."""
    a, b = seen(own, own_m), seen(there, there_m, aside)
    x0, y0 = np.floor(a.min(0)).astype(int)
    x1, y1 = np.ceil(a.max(0)).astype(int)
    cutout = Cutout(torch.ones(3, y1 - y0, x1 - x0), torch.ones(1, y1 - y0, x1 - x0), (int(x0), int(y0)), own.size_hw)
    stature = float(np.linalg.norm(a[5] - a[4]))
    body = Body(np.zeros((0, 3)), 1.7, 0.1, stature, 5.0, a[4:5], (float(a[5, 0]), float(a[5, 1])))
    subject = Subject(Photo(torch.ones(3, *own.size_hw)), cutout, body, own)
    scene = Scene(Photo(torch.ones(3, *there.size_hw)), there, Ground((0, -1, 0), 1.5, torch.ones(8, 8)), LIGHT)
    scale = np.linalg.norm(b[5] - b[4]) / stature
    turn = np.degrees(np.arctan2(*(b[5] - b[4])[[0, 1]] * [1, -1]))
    return subject, scene, similarity(float(scale), float(turn), tuple(a[4]), tuple(b[4])), a, b


@pytest.mark.parametrize(("own", "there"), [(0.0, 8.0), (-6.0, 2.0), (4.0, -4.0)])
def test_a_flat_upright_person_gets_the_convergence_of_the_scene(own, there):
    subject, scene, plain, a, b = set_up(camera(own), camera(there), 5.0, 5.0)
    warp = with_keystone(subject, scene, plain)
    assert transform(warp, a) == pytest.approx(b, abs=0.35)
    assert np.abs(transform(warp, a) - b).max() < 0.5 * np.abs(transform(plain, a) - b).max()


def test_level_cameras_leave_the_similarity_alone():
    subject, scene, plain, *_ = set_up(camera(0.0), camera(0.0), 6.0, 4.0)
    assert with_keystone(subject, scene, plain) is plain


def test_an_unsure_pitch_leaves_the_similarity_alone():
    subject, scene, plain, *_ = set_up(camera(0.0), camera(8.0, sd=6.0), 5.0, 5.0)
    assert with_keystone(subject, scene, plain) is plain


@pytest.mark.parametrize("pitch", [-35.0, -20.0, 20.0, 30.0])
def test_faces_are_never_stretched_beyond_the_limit(pitch):
    subject, scene, plain, a, _ = set_up(camera(0.0), camera(pitch), 3.0, 3.0)
    warp = with_keystone(subject, scene, plain)
    stretch, taper = _distortion(np.linalg.inv(plain) @ warp, a[4], a[5])
    assert stretch <= MOST_STRETCH + 1e-6
    assert taper <= MOST_TAPER + 1e-6
    assert transform(warp, a[4:5]) == pytest.approx(transform(plain, a[4:5]), abs=1e-6)


def test_a_mirrored_person_gets_the_mirrored_correction():
    subject, scene, _, a, _ = set_up(camera(0.0), camera(8.0), 5.0, 5.0)
    middle = tuple(a[4])
    plain, mirrored = (with_keystone(subject, scene, similarity(1.0, 0.0, middle, (299.5, 700.0), f)) for f in (0, 1))
    left = transform(plain, a)[:, 0] - 299.5
    assert transform(mirrored, a)[:, 0] - 299.5 == pytest.approx(-left, abs=1e-6)


def test_a_homography_is_warped_without_a_seam_to_the_affine_way():
    image, alpha = torch.rand(3, 60, 50, generator=torch.Generator().manual_seed(0)), torch.ones(1, 60, 50)
    affine = similarity(0.8, 10.0, (25.0, 30.0), (40.0, 40.0))
    nearly = affine.copy()
    nearly[2, 0] = 1e-12
    for one, other in zip(*(warp_rgba(image, alpha, m, (0, 0, 80, 80)) for m in (affine, nearly)), strict=True):
        assert torch.allclose(one, other, atol=0.02)
