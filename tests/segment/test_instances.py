"""Who counts as a person, and in which order; the detector and the pose network are stand-ins."""

import math

import numpy as np
import pytest
import torch

from scenechange import networks
from scenechange.detectors import Person
from scenechange.segment import instances
from scenechange.types import Photo

PHOTO = Photo(torch.full((3, 300, 400), 0.3))


def _person(x: float, y: float, radius: float, score: float = 0.9, turned_deg: float = 0.0) -> Person:
    turn = math.radians(turned_deg)
    circle = (x + radius * math.sin(turn), y - radius * math.cos(turn))
    head = (x + 0.8 * radius * math.sin(turn), y - 0.8 * radius * math.cos(turn))
    box = (head[0] - 5, head[1] - 5, head[0] + 5, head[1] + 5)
    return Person(box, (x, y), circle, (x, y), (x, y), score)


class SteadyPose:
    """Stands for the pose network: sees a body, a third of the square wide, in the middle of all it is shown."""

    def __init__(self, presence: float = 0.99, logit: float = 6.0) -> None:
        self.presence, self.logit = presence, logit

    def __call__(self, values: np.ndarray) -> list[np.ndarray]:
        assert values.shape == (1, 256, 256, 3)
        mask = np.full((1, 256, 256, 1), -9.0, np.float32)
        mask[:, 26:230, 88:168] = self.logit
        landmarks = np.zeros((39, 5), np.float32)
        landmarks[33, :2], landmarks[34, :2] = (127.5, 127.5), (127.5, 127.5 - 256 / 2.5)
        return [landmarks.reshape(1, -1), np.array([[self.presence]], np.float32), mask]


@pytest.fixture
def see(monkeypatch: pytest.MonkeyPatch):
    """Let the detector propose people, and the pose network see them."""

    def arrange(*people: Person, pose: SteadyPose | None = None) -> None:
        monkeypatch.setattr(
            instances,
            "find_people",
            lambda photo, least_score, tiles: tuple(p for p in people if p.score >= least_score),
        )
        monkeypatch.setattr(instances, "find_faces", lambda photo, least_score: ())
        monkeypatch.setattr(networks, "tflite", lambda name: pose or SteadyPose())

    return arrange


def test_people_are_counted_from_the_left(see) -> None:
    see(_person(300, 150, 100, 0.95), _person(100, 150, 90, 0.8), _person(200, 150, 95, 0.7))
    assert [round(s.person.hips_xy[0]) for s in instances.find_everyone(PHOTO)] == [100, 200, 300]


def test_two_proposals_for_one_body_are_one_person(see) -> None:
    see(_person(200, 150, 100, 0.95), _person(206, 152, 95, 0.9), _person(200, 130, 60, 0.6))
    (someone,) = instances.find_everyone(PHOTO)
    assert someone.person.score == 0.95


def test_a_passer_by_less_than_a_quarter_as_tall_does_not_count(see) -> None:
    see(_person(150, 150, 120, 0.95), _person(350, 150, 25, 0.9))
    assert len(instances.find_everyone(PHOTO)) == 1
    see(_person(150, 150, 120, 0.95), _person(350, 150, 40, 0.9))
    assert len(instances.find_everyone(PHOTO)) == 2


@pytest.mark.parametrize("pose", [SteadyPose(presence=0.1), SteadyPose(logit=1.0)], ids=["absent", "grey"])
def test_what_the_pose_network_does_not_see_is_nobody(see, pose: SteadyPose) -> None:
    see(_person(200, 150, 100), pose=pose)
    assert instances.find_everyone(PHOTO) == ()


def test_a_weak_proposal_counts_only_where_no_strong_one_does(see) -> None:
    weak, strong = _person(80, 150, 70, 0.4), _person(300, 150, 90, 0.9)
    see(weak)
    assert len(instances.find_everyone(PHOTO)) == 1
    see(weak, strong)
    assert [s.person.score for s in instances.find_everyone(PHOTO)] == [0.9]


@pytest.mark.parametrize(("turned_deg", "score", "count"), [(90, 0.9, 1), (90, 0.6, 0), (-80, 0.6, 0), (30, 0.6, 1)])
def test_one_who_lies_has_to_be_seen_clearly(see, turned_deg: float, score: float, count: int) -> None:
    see(_person(200, 150, 80, score, turned_deg))
    assert len(instances.find_everyone(PHOTO)) == count


def test_the_coarse_mask_lies_where_the_body_is(see) -> None:
    see(_person(200, 150, 100))
    (someone,) = instances.find_everyone(PHOTO)
    mask = someone.inside((0, 0, 400, 300), (300, 400)) > 0.5
    rows, cols = np.nonzero(mask)
    # the square is 250 pixels wide round (200, 150); the body spans 26..230 and 88..168 of its 256 pixels
    assert (rows.min(), rows.max()) == pytest.approx(
        (150 + (26 - 127.5) * 250 / 256, 150 + (229 - 127.5) * 250 / 256), abs=1.5
    )
    assert (cols.min(), cols.max()) == pytest.approx(
        (200 + (88 - 127.5) * 250 / 256, 200 + (167 - 127.5) * 250 / 256), abs=1.5
    )
    window = someone.inside((150, 100, 250, 200), (50, 50)) > 0.5
    assert np.abs(window.mean() - mask[100:200, 150:250].mean()) < 0.03


def test_a_face_that_fills_the_picture_is_a_person(see, monkeypatch: pytest.MonkeyPatch) -> None:
    from scenechange.detectors import Face

    see()
    face = Face((150, 60, 250, 180), ((0, 0),) * 6, 0.9)
    monkeypatch.setattr(instances, "find_faces", lambda photo, least_score: (face,))
    (someone,) = instances.find_everyone(PHOTO)
    assert someone.person.hips_xy == pytest.approx((200, 120 + 3.4 * 120), abs=1)
