"""Normals of a face: against a head whose surface is known, and what they change in a picture."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from relight_pictures import light_from, pillar

from scenechange import networks, weights
from scenechange.detectors import Face
from scenechange.errors import WeightsError
from scenechange.relight import face_points as points_module
from scenechange.relight import sides
from scenechange.relight.face import BROW, CHEEKS, CHIN, face_normals
from scenechange.relight.face_points import COUNT, INPUT_PX, face_points
from scenechange.relight.sides import MOST, Sides

WIDE, TALL, DEEP = 30.0, 40.0, 26.0
"""Half axes of the head in pixels."""


def height(x: np.ndarray, y: np.ndarray, nose: float = 1.0) -> np.ndarray:
    """Depth of the face: an ellipsoid with a ridge of a nose, 7 px high and 6 px to either side."""
    ball = -DEEP * np.sqrt(np.clip(1 - (x / WIDE) ** 2 - (y / TALL) ** 2, 0.02, 1))
    ridge = 7.0 * np.exp(-0.5 * (x / 6.0) ** 2) * np.exp(-0.5 * ((y - 6) / 10.0) ** 2)
    return np.asarray(ball - nose * ridge)


def normals_at(x: np.ndarray, y: np.ndarray, nose: float = 1.0) -> np.ndarray:
    """Unit normals ``(..., 3)`` of that surface, by differences."""
    slopes = [height(x + dx, y + dy, nose) - height(x - dx, y - dy, nose) for dx, dy in ((0.5, 0), (0, 0.5))]
    n = np.stack([slopes[0], slopes[1], -np.ones_like(x)], axis=-1)
    return np.asarray(n / np.linalg.norm(n, axis=-1, keepdims=True))


def head(turned_deg: float = 0.0, centre_xy: tuple[float, float] = (60.0, 60.0)) -> np.ndarray:
    """``(468, 3)`` points of the head, numbered as the network does at the rim."""
    k = np.arange(COUNT) + 0.5
    radius, angle = 0.93 * np.sqrt(k / COUNT), k * math.pi * (3 - math.sqrt(5))
    x, y = WIDE * radius * np.cos(angle), TALL * radius * np.sin(angle)
    rim = {BROW: (0, -0.93), CHIN: (0, 0.93), CHEEKS[0]: (-0.93, 0), CHEEKS[1]: (0.93, 0)}
    for number, (u, v) in rim.items():
        x[number], y[number] = u * WIDE, v * TALL
    c, s = math.cos(math.radians(turned_deg)), math.sin(math.radians(turned_deg))
    turn = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    return np.asarray(np.stack([x, y, height(x, y)], axis=1) @ turn.T + [*centre_xy, 0])


def grid_of(box: tuple[int, int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.meshgrid(np.arange(box[0], box[2]) - 60.0, np.arange(box[1], box[3]) - 60.0)
    return x, y


def off_deg(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.asarray(np.degrees(np.arccos(np.clip((a * b).sum(-1), -1, 1))))


def test_normals_are_those_of_the_head_with_its_nose() -> None:
    found = face_normals(head(), (120, 120))
    assert found is not None
    x, y = grid_of(found.box_xyxy)
    inside = found.weight > 0.5
    wrong = off_deg(found.normals, normals_at(x, y))[inside]
    plain = off_deg(normals_at(x, y, nose=0.0), normals_at(x, y))[inside]
    nose = (np.abs(x) < 12) & (np.abs(y - 6) < 12) & inside
    assert wrong.mean() < 5
    assert wrong.mean() < 0.6 * plain.mean()
    assert off_deg(found.normals, normals_at(x, y))[nose].mean() < 10  # a balloon is off by 30 degrees here


@pytest.mark.parametrize("turned_deg", [-35.0, 35.0])
def test_normals_turn_with_the_head(turned_deg: float) -> None:
    found = face_normals(head(turned_deg), (120, 120))
    assert found is not None
    plain = head()[:, :2] - 60
    c, s = math.cos(math.radians(turned_deg)), math.sin(math.radians(turned_deg))
    true = normals_at(plain[:, 0], plain[:, 1]) @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]).T
    x, y = (head(turned_deg)[:, :2].round().astype(int) - found.box_xyxy[:2]).T.clip(0, None)
    x, y = np.minimum(x, found.weight.shape[1] - 1), np.minimum(y, found.weight.shape[0] - 1)
    there = (true[:, 2] < -0.3) & (found.weight[y, x] > 0.5)
    wrong = off_deg(found.normals[y, x], true)[there]
    assert there.sum() > 200
    assert wrong.mean() < 9


def test_mirrored_points_give_mirrored_normals() -> None:
    points = head(20.0)
    mirrored = points * [-1, 1, 1] + [119.0, 0, 0]
    one, other = face_normals(points, (120, 120)), face_normals(mirrored, (120, 120))
    assert one is not None
    assert other is not None
    back = other.normals[:, ::-1] * [-1, 1, 1]
    rows, columns = np.minimum(one.weight.shape, other.weight.shape)
    inside = (one.weight[:rows, :columns] > 0.5) & (other.weight[:, ::-1][:rows, :columns] > 0.5)
    assert off_deg(one.normals[:rows, :columns], back[:rows, :columns])[inside].mean() < 4


def test_weight_is_nothing_at_the_rim() -> None:
    found = face_normals(head(), (120, 120))
    assert found is not None
    assert found.weight[[0, -1]].max() == 0
    assert found.weight[:, [0, -1]].max() < 0.02
    assert found.weight.max() == 1


@pytest.mark.parametrize("points", [head(75.0), np.zeros((COUNT, 3)), head(centre_xy=(-500.0, 60.0))])
def test_faces_turned_away_without_size_or_outside_have_no_normals(points: np.ndarray) -> None:
    assert face_normals(points, (120, 120)) is None


@pytest.fixture
def with_face(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The pillar of the pictures has a face in its upper half."""
    monkeypatch.setattr(sides, "face_points", lambda foreground, alpha: head() * 0.3 + [12.0, 20.0, 0.0])
    return


def test_a_nose_gets_its_own_light_and_shade(with_face: None, monkeypatch: pytest.MonkeyPatch) -> None:
    layers, light = pillar(), light_from(0.8)
    with_nose = Sides(strength=1.0)(layers, light).foreground[1]
    monkeypatch.setattr(sides, "face_points", lambda foreground, alpha: None)
    balloon = Sides(strength=1.0)(layers, light).foreground[1]
    ratio = (with_nose / balloon).numpy()
    row = 40  # the face's middle is at (30, 38), its nose 4 px wide
    assert ratio[row, 32] > 1.02
    assert ratio[row, 28] < 0.98
    assert np.abs(ratio[70:] - 1).max() < 1e-6
    assert np.abs(ratio[26:51, [21, 39]] - 1).max() < 0.05  # no seam at the mesh's rim


def test_gains_in_the_face_keep_their_limit(with_face: None) -> None:
    layers = pillar(-1.0)
    out = Sides(strength=1.0)(layers, light_from(0.9)).foreground
    odds = out / (1 - out) / (layers.foreground / (1 - layers.foreground))
    assert float(odds.max()) <= math.exp(MOST) + 1e-3
    assert float(odds.min()) >= math.exp(-MOST) - 1e-3


def _answer(logit: float) -> list[np.ndarray]:
    """What the network would say of the head in the middle of its input."""
    middle = (INPUT_PX - 1) / 2
    points = (head() - [60.0, 60.0, 0.0]) * 2 + [middle, middle, 0.0]
    return [points.astype(np.float32).reshape(1, 1, 1, -1), np.array([[[[logit]]]], np.float32)]


@pytest.mark.parametrize(("logit", "opaque", "found"), [(20.0, 1.0, True), (2.0, 1.0, False), (20.0, 0.0, False)])
def test_points_land_in_the_picture_and_doubtful_or_foreign_faces_do_not_count(
    monkeypatch: pytest.MonkeyPatch, logit: float, opaque: float, found: bool
) -> None:
    eyes = ((80.0, 90.0), (120.0, 90.0))
    face = Face((36.0, 36.0, 164.0, 164.0), (*eyes, *((100.0, 100.0),) * 4), 0.9)
    monkeypatch.setattr("scenechange.detectors.find_faces", lambda photo: (face,))
    monkeypatch.setattr(networks, "tflite", lambda name: lambda seen: _answer(logit))
    points = face_points(torch.full((3, 200, 200), 0.3), torch.full((1, 200, 200), opaque))
    assert (points is not None) == found
    if points is not None:  # the box of 128 px makes a square of 192: one to one
        np.testing.assert_allclose(points, (head() - [60, 60, 0]) * 2 + [100, 100, 0], atol=1e-3)


@pytest.mark.weights("face-full-range", "face-landmark", "demo-astronaut")
def test_mesh_finds_a_face_in_a_photo_and_none_in_a_wall() -> None:
    from scenechange import load_photo

    photo = load_photo(weights.path_of("demo-astronaut", fetch=False))
    points = face_points(photo.rgb, torch.ones(1, *photo.size_hw))
    assert points is not None
    nose, brow, chin = points[1], points[BROW], points[CHIN]
    assert abs(nose[0] - 223) < 6
    assert brow[1] < nose[1] < chin[1]
    assert nose[2] < min(points[CHEEKS[0], 2], points[CHEEKS[1], 2])
    assert face_points(torch.full((3, 300, 200), 0.3), torch.ones(1, 300, 200)) is None


def test_missing_network_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise WeightsError("face-full-range: wanted the file")

    monkeypatch.setattr(networks, "tflite", missing)
    with pytest.raises(WeightsError, match="face-full-range"):
        points_module.face_points(torch.full((3, 50, 50), 0.3), torch.ones(1, 50, 50))


def test_remark_does_not_advise_what_letters_forbid() -> None:
    from scenechange.lettering import NOT_MIRRORED

    layers = pillar(1.0)
    assert any("mirror them" in note for note in Sides()(layers, light_from(-0.8)).notes)
    told = Sides()(replace(layers, notes=(NOT_MIRRORED,)), light_from(-0.8))
    assert told.notes == (NOT_MIRRORED,)
