"""Decoding of the detectors' anchors, and the windows they look at."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scenechange import detectors
from scenechange.errors import InputError
from scenechange.types import Photo


def _photo(height: int, width: int, value: float = 0.5) -> Photo:
    return Photo(torch.full((3, height, width), value))


class FakePose:
    """Stands for the pose detector: one anchor of the first row speaks, with a head of 20 pixels there."""

    def __init__(self, anchor: int, logit: float = 4.0) -> None:
        self.anchor, self.logit = anchor, logit

    def __call__(self, values: np.ndarray) -> list[np.ndarray]:
        assert values.shape == (1, 224, 224, 3)
        assert values.min() >= -1
        assert values.max() <= 1
        boxes, scores = np.zeros((1, 2254, 12), np.float32), np.full((1, 2254, 1), -9.0, np.float32)
        scores[0, self.anchor, 0] = self.logit
        boxes[0, self.anchor] = [0, 0, 20, 20, 0, 40, 0, -40, 0, 15, 0, -20]
        return [boxes, scores]


@pytest.mark.parametrize(
    ("detector", "count"),
    [(detectors.POSE, 2254), (detectors.FACE_FULL_RANGE, 2304), (detectors.FACE_SHORT_RANGE, 896)],
)
def test_there_are_as_many_anchors_as_the_model_answers(detector: detectors._Detector, count: int) -> None:
    assert detectors._anchors(detector.size, detector.strides).shape == (count, 2)


def test_the_first_anchors_lie_in_the_middle_of_the_first_cells() -> None:
    anchors = detectors._anchors(224, detectors.POSE.strides)
    assert anchors[:4].tolist() == [[4, 4], [4, 4], [12, 4], [12, 4]]
    assert anchors[-1].tolist() == [208, 208]


def test_a_person_comes_back_in_pixels_of_the_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    # anchor 2 * (28 * 10 + 14) lies at (116, 84) of 224; the photo is 4 times as large and square
    monkeypatch.setattr(detectors.networks, "tflite", lambda name: FakePose(2 * (28 * 10 + 14)))
    (someone,) = detectors.find_people(_photo(896, 896))
    assert someone.hips_xy == pytest.approx((116 * 4 - 0.5, 124 * 4 - 0.5))
    assert someone.radius_px == pytest.approx(80 * 4)
    assert someone.turned_deg == pytest.approx(0)
    assert someone.about_head_xyxy == pytest.approx((106 * 4 - 0.5, 74 * 4 - 0.5, 126 * 4 - 0.5, 94 * 4 - 0.5))


def test_a_person_in_a_flat_photo_is_where_the_letterbox_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detectors.networks, "tflite", lambda name: FakePose(2 * (28 * 10 + 14)))
    (someone,) = detectors.find_people(_photo(448, 896))
    assert someone.hips_xy == pytest.approx((116 * 4 - 0.5, (124 - 56) * 4 - 0.5))


def test_a_weak_answer_is_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detectors.networks, "tflite", lambda name: FakePose(5, logit=-0.1))
    assert detectors.find_people(_photo(50, 60)) == ()


def test_overlapping_answers_are_blended_by_score() -> None:
    found = np.array([[0.9, 0, 0, 10, 10], [0.3, 4, 0, 14, 10], [0.8, 50, 50, 60, 60]])
    kept = detectors.blend_overlapping(found)
    assert kept[:, 0].tolist() == [0.9, 0.8]
    assert kept[0, 1:].tolist() == pytest.approx([1, 0, 11, 10])


def test_overlap_of_a_box_shifted_by_half_is_a_third() -> None:
    box = np.array([0.0, 0, 10, 10])
    assert detectors.overlap(box, np.array([[5.0, 0, 15, 10], [20, 20, 30, 30]])).tolist() == pytest.approx([1 / 3, 0])


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 900), st.integers(1, 900), st.integers(2, 4))
def test_tiles_cover_every_pixel(height: int, width: int, tiles: int) -> None:
    seen = np.zeros((height, width), bool)
    for x0, y0, x1, y1 in detectors._windows((height, width), tiles)[1:]:
        assert x1 - x0 == y1 - y0
        seen[max(y0, 0) : y1, max(x0, 0) : x1] = True
    assert seen.all()


@settings(max_examples=25, deadline=None)
@given(st.integers(-40, 30), st.integers(-40, 30), st.integers(1, 60), st.integers(1, 60))
def test_a_picture_beyond_the_photo_is_black_there_and_right_inside(x0: int, y0: int, width: int, height: int) -> None:
    out = detectors.picture(_photo(20, 30, 1.0), (x0, y0, x0 + width, y0 + height), (height, width))
    assert out.shape == (height, width, 3)
    wanted = np.zeros((height, width))
    wanted[max(-y0, 0) : max(20 - y0, 0), max(-x0, 0) : max(30 - x0, 0)] = 1
    assert np.abs(out - wanted[..., None]).max() < 1e-3


def test_a_picture_is_srgb() -> None:
    # linear 0.2140411 is sRGB 0.5 (IEC 61966-2-1)
    out = detectors.picture(_photo(4, 4, 0.2140411), (0, 0, 4, 4), (2, 2))
    assert out == pytest.approx(np.full((2, 2, 3), 0.5), abs=1e-4)


def test_no_tiles_is_an_error() -> None:
    with pytest.raises(InputError, match="tiles"):
        detectors.find_people(_photo(8, 8), tiles=0)


@pytest.mark.weights("pose-detection", "face-full-range")
@pytest.mark.parametrize("size_hw", [(1, 1), (1, 4000), (3000, 2), (16, 16)])
def test_nobody_is_in_a_plain_photo_of_any_shape(size_hw: tuple[int, int]) -> None:
    assert detectors.find_people(_photo(*size_hw), tiles=2) == ()
    assert detectors.find_faces(_photo(*size_hw), tiles=2) == ()
