"""People, sky and far shores found in drawn pictures and in real ones."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from scenechange.calibrate import people, vanishing
from scenechange.calibrate.clues import FarLine, GroundEdge, Standing, far_log_likelihood, ground_log_likelihood
from scenechange.calibrate.farline import find_far_line
from scenechange.calibrate.people import Joints, find_standing, soles_and_top
from scenechange.calibrate.sky import find_sky, sky_border
from scenechange.detectors import Person
from scenechange.types import Photo

SIZE_HW = (600, 800)


def joints(
    knee=0.28, ankle=0.05, foot_visible=0.9, lean=0.0, tall=400.0, x=400.0, soles_y=560.0, skirt=0.0, hat=0.0
) -> Joints:
    """Someone `tall` pixels high; heights of knee and ankle in statures, and of what the outline lacks or adds."""
    heights = np.full(33, 0.8)
    for index, height in ((0, 0.91), (2, 0.925), (5, 0.925), (7, 0.93), (8, 0.93), (23, 0.53), (24, 0.53)):
        heights[index] = height
    heights[[25, 26]], heights[[27, 28]] = knee, ankle
    heights[[29, 30, 31, 32]] = 0.029
    xy = np.stack([x + lean * tall * heights, soles_y - tall * heights], 1)
    visible = np.full(33, 0.95)
    visible[27:33] = foot_visible
    side = 1.3 * tall
    square = x - side / 2, soles_y - 1.15 * tall, side
    columns, rows = (start + (np.arange(256) + 0.5) * side / 256 for start in square[:2])
    above = (soles_y - rows) / tall
    inside = ((above > skirt) & (above < 1 + hat))[:, None] & (np.abs(columns - x) < 0.12 * tall)
    return Joints(xy, visible, 0.95, inside, square)


def test_soles_and_top_of_someone_who_stands():
    foot, top = soles_and_top(joints(), SIZE_HW)
    assert foot[1] == pytest.approx(560, abs=2)
    assert foot[1] - top[1] == pytest.approx(400, rel=0.01)
    assert foot[0] == top[0] == pytest.approx(400)


@pytest.mark.parametrize(
    "someone",
    [
        joints(knee=0.45, ankle=0.20),  # sits: knees nearly as high as the hips
        joints(foot_visible=0.2),
        joints(lean=0.4),
        joints(soles_y=640.0),  # the frame cuts the feet
        joints(tall=20.0),
        joints(skirt=0.1),  # the network sees no feet where its joints are
        joints(hat=0.12),
    ],
)
def test_who_does_not_stand_in_full_view_is_no_ruler(someone):
    assert soles_and_top(someone, SIZE_HW) is None


def test_one_person_found_twice_is_counted_once(monkeypatch):
    circle = Person((390, 150, 410, 180), (400, 350), (400, 140), (400, 250), (400, 200), 0.9)
    beside = Person((400, 150, 420, 180), (480, 350), (480, 140), (480, 250), (480, 200), 0.5)
    monkeypatch.setattr(people, "find_people", lambda *_: (circle, beside))
    monkeypatch.setattr(people, "find_joints", lambda *_: joints())
    photo = Photo(torch.zeros(3, *SIZE_HW))
    found = find_standing(photo, photo, lambda _: [])
    assert len(found) == 1
    assert found[0].foot_xy[1] == pytest.approx((560 - 299.5) / 800, abs=0.003)


def found_as(monkeypatch, *bodies: Joints) -> int:
    """How many people count where the detector finds these bodies, in this order."""
    circles = []
    for body in bodies:
        x, y = (float(v) for v in body.xy[23])
        circles.append(Person((0, 0, 9, 9), (x, y), (x, y - 250), (x, y - 120), (x, y - 200), 0.9))
    waiting = dict(zip((circle.hips_xy for circle in circles), bodies, strict=True))
    monkeypatch.setattr(people, "find_people", lambda *_: tuple(circles))
    monkeypatch.setattr(people, "find_joints", lambda photo, person, _: waiting[person.hips_xy])
    photo = Photo(torch.zeros(3, *SIZE_HW))
    return len(find_standing(photo, photo, lambda _: []))


def test_a_part_of_somebody_is_nobody_else(monkeypatch):
    """Legs taken for a small person; the lower half of who sits, too."""
    legs = joints(tall=180.0, x=410.0)
    assert found_as(monkeypatch, joints(), legs) == 1
    assert found_as(monkeypatch, joints(knee=0.45, ankle=0.20), legs) == 0


def test_who_stands_beside_somebody_counts(monkeypatch):
    assert found_as(monkeypatch, joints(), joints(x=520.0), joints(tall=120.0, x=600.0, soles_y=330.0)) == 3


def test_a_body_that_was_seen_is_not_looked_at_again(monkeypatch):
    looked_at = []
    circles = [Person((0, 0, 9, 9), (400, y), (400, y - 250), (400, y - 90), (400, y - 99), 0.9) for y in (348, 270)]
    monkeypatch.setattr(people, "find_people", lambda *_: tuple(circles))
    monkeypatch.setattr(people, "find_joints", lambda photo, person, _: looked_at.append(person) or joints())
    photo = Photo(torch.zeros(3, *SIZE_HW))
    find_standing(photo, photo, lambda _: [])
    assert looked_at == [circles[0]]


def test_joints_come_back_in_pixels_of_the_photo():
    """A network that always sees the joints at one place of its square, and the same circle again."""
    raw = np.zeros((39, 5), np.float32)
    raw[:33, :2], raw[:33, 3] = (128, 64), 5.0
    raw[33, :2], raw[34, :2] = (128, 128), (128, 128 - 256 / 2.5)
    circle = Person((0, 0, 1, 1), (300, 200), (300, 100), (300, 150), (300, 120), 0.9)
    outline = np.full((1, 256, 256, 1), -9.0, np.float32)
    outline[0, 64:128, 64:128] = 9.0

    def network(seen):
        return [raw.reshape(1, -1), np.array([[0.9]]), outline]

    found = people.find_joints(Photo(torch.zeros(3, *SIZE_HW)), circle, network)
    assert found.xy[0] == pytest.approx((300, 200 - 250 / 4), abs=1)
    assert found.visible[0] > 0.99
    side = 250 / 256  # of a cell of the outline in pixels
    inside_outside = np.array([[300 - 2 * side, 200 - 2 * side], [300 + 2 * side, 200], [-500.0, 200]])
    assert found.covers(inside_outside).tolist() == [True, False, False]


def landscape(rng, horizon=100, size_hw=(192, 256)):
    rgb = np.empty((*size_hw, 3), np.float32)
    rgb[:horizon] = (150, 180, 230)
    rgb[horizon:] = (70, 80, 50)
    rgb[horizon:] += rng.normal(0, 14, rgb[horizon:].shape)
    return rgb.clip(0, 255).astype(np.uint8)


def test_the_sky_ends_where_it_was_drawn(rng):
    border = sky_border(landscape(rng))
    assert np.median(np.abs(border - 100)) <= 2
    edge = find_sky(landscape(rng))
    assert edge.lowest_xy[0][1] == pytest.approx((100 - 95.5) / 256, abs=0.02)


def test_a_wall_or_nothing_at_all_is_no_sky(rng):
    assert find_sky(rng.integers(0, 255, (192, 256, 3)).astype(np.uint8)) is None
    assert find_sky(np.full((192, 256, 3), 120, np.uint8)) is None
    assert find_sky(np.full((8, 8, 3), 120, np.uint8)) is None


def test_a_shore_from_side_to_side_is_a_far_line():
    pieces = np.array([[x, 300 + 0.01 * x, x + 90, 300 + 0.01 * (x + 90)] for x in range(0, 700, 100)])
    found = find_far_line(pieces, SIZE_HW)
    assert found.y == pytest.approx((300 + 4 - 299.5) / 800 - 0.01, abs=0.003)
    assert found.tilt_rad == pytest.approx(0.01, abs=0.001)


@pytest.mark.parametrize(
    "pieces",
    [
        np.zeros((0, 4)),
        np.array([[100, 300, 300, 300.0]]),  # too short
        np.array([[0, 300, 799, 300], [0, 420, 799, 420.0]]),  # a facade has several
        np.array([[0, 590, 799, 590.0]]),  # a wall at the lower edge
        np.array([[0, 100, 799, 500.0]]),
    ],
)
def test_other_lines_are_no_far_line(pieces):
    assert find_far_line(pieces, SIZE_HW) is None


def test_a_far_line_prefers_horizons_on_it():
    far = FarLine(0.05, 0.0, 0.02, 0.01)
    on, off = far_log_likelihood(far, np.array([0.05, 0.25]), np.zeros(2))
    assert on - off > 4


@pytest.mark.weights("pose-detection", "blazepose-lite")
@pytest.mark.data
def test_the_pedestrian_of_kitti_is_found_and_measured(data_dir):
    import cv2

    from scenechange import networks
    from scenechange.math.colour import linear_from_srgb

    pixels = cv2.imread(str(data_dir / "camera/kitti_3dbbox/image_2/000000.png"))[..., ::-1].transpose(2, 0, 1)
    photo = Photo(linear_from_srgb(torch.from_numpy(pixels / np.float32(255))), 707.0)
    (someone,) = find_standing(photo, vanishing.reduced(photo), networks.tflite(people.JOINT_NETWORK))
    assert isinstance(someone, Standing)
    tall_px = (someone.foot_xy[1] - someone.head_xy[1]) * max(photo.size_hw)
    assert tall_px == pytest.approx(307.92 - 143.0, rel=0.08)  # his box ends at the nearer foot of a wide stride
    assert math.isclose(someone.head_xy[0], someone.foot_xy[0], abs_tol=0.05)


def test_whoever_is_found_in_the_small_picture_is_measured_in_the_photo(monkeypatch):
    circle = Person((195, 75, 205, 90), (200, 175), (200, 70), (200, 125), (200, 100), 0.9)
    looked_at = []
    monkeypatch.setattr(people, "find_people", lambda photo, *_: (circle,) if photo.size_hw == (300, 400) else ())
    monkeypatch.setattr(people, "find_joints", lambda photo, person, _: looked_at.append(person) or joints())
    photo = Photo(torch.zeros(3, *SIZE_HW))
    assert len(find_standing(photo, Photo(torch.zeros(3, 300, 400)), lambda _: [])) == 1
    assert looked_at[0].hips_xy == pytest.approx((400.5, 350.5))
    assert looked_at[0].radius_px == pytest.approx(2 * circle.radius_px)


def test_ground_above_a_tilted_horizon_is_not_believed_on_the_side_where_it_is_above():
    """The horizon falls to the left (roll 5 degrees): ground at the centre's height is below it only on the right."""
    sure = [
        math.exp(ground_log_likelihood(GroundEdge(((x, 0.0),)), np.array([0.0]), np.array([math.radians(5)]))[0])
        for x in (-0.4, 0.4)
    ]
    assert sure == pytest.approx([0.05, 1.0], abs=0.01)
