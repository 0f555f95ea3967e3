"""One person out of what stands out, with drawn photos, drawn people and a network that is a drawing too."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scenechange import lettering
from scenechange.detectors import Person
from scenechange.errors import InputError, NobodyFoundError
from scenechange.segment import salient
from scenechange.segment.instances import Someone
from scenechange.segment.views import View
from scenechange.types import Mask, Photo, Prompt

HEIGHT, WIDTH = 200, 300


def _someone(x0: float, y0: float, x1: float, y1: float, certainty: float = 0.9) -> Someone:
    """A person who fills a box of the photo."""
    hips, radius = ((x0 + x1) / 2, (y0 + y1) / 2), (y1 - y0) / 2
    person = Person((x0, y0, x1, y0 + 5), hips, (hips[0], hips[1] - radius), hips, hips, 0.9)
    step = 2.5 * radius / 256
    photo_from_roi = np.array([[step, 0, hips[0] - 127.5 * step], [0, step, hips[1] - 127.5 * step]])
    rows, cols = np.mgrid[:256, :256]
    x, y = cols * step + photo_from_roi[0, 2], rows * step + photo_from_roi[1, 2]
    coarse = ((x >= x0) & (x < x1) & (y >= y0) & (y < y1)).astype(np.float32)
    return Someone(person, certainty, coarse, photo_from_roi, np.zeros((0, 2)), np.zeros((0, 2)))


class Drawing:
    """A photo with boxes that stand out, and a network that sees exactly them."""

    def __init__(self, *boxes: tuple[int, int, int, int], size_hw: tuple[int, int] = (HEIGHT, WIDTH)) -> None:
        self.inside = np.zeros(size_hw, np.float32)
        rgb = np.full((3, *size_hw), 0.2, np.float32)
        for k, (x0, y0, x1, y1) in enumerate(boxes):
            self.inside[y0:y1, x0:x1] = 1
            rgb[:, y0:y1, x0:x1] = np.array([0.9, 0.3 * k, 0.5 - 0.2 * k], np.float32)[:, None, None].clip(0, 1)
        self.photo = Photo(torch.from_numpy(rgb))
        self.looks: list[tuple[int, int, int, int]] = []

    def look(self, photo: Photo, window: tuple[int, int, int, int]) -> np.ndarray:
        import cv2

        self.looks.append(window)
        x0, y0, x1, y1 = window
        return cv2.resize(self.inside[y0:y1, x0:x1], (256, 256), interpolation=cv2.INTER_AREA)

    def cut_out(self, prompt: Prompt | None = None, closer_below: float = 0.0) -> Mask:
        return salient.find(self.photo, prompt or Prompt(), self.look, closer_below, 0.15).mask


@pytest.fixture(autouse=True)
def letters(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int, int, int]]:
    """Boxes of the drawing in which letters are found: none to begin with."""
    boxes: list[tuple[int, int, int, int]] = []

    def probability(rgb: torch.Tensor) -> np.ndarray:
        found = np.zeros(rgb.shape[1:], np.float32)
        for x0, y0, x1, y1 in boxes:
            found[y0:y1, x0:x1] = 0.9
        return found

    monkeypatch.setattr(lettering, "probability", probability)
    return boxes


LEFT, RIGHT = (40, 30, 90, 170), (180, 40, 230, 180)


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> Drawing:
    """Two people who stand apart."""
    monkeypatch.setattr(salient, "find_everyone", lambda photo: (_someone(*LEFT), _someone(*RIGHT)))
    return Drawing(LEFT, RIGHT)


def _shares(mask: Mask, *boxes: tuple[int, int, int, int]) -> list[float]:
    return [float(mask.inside[y0 + 3 : y1 - 3, x0 + 3 : x1 - 3].mean()) for x0, y0, x1, y1 in boxes]


@pytest.mark.parametrize(("person", "shares"), [(1, [1, 0]), (2, [0, 1])])
def test_only_the_person_with_that_number_is_marked(two: Drawing, person: int, shares: list[int]) -> None:
    mask = two.cut_out(Prompt(person=person))
    assert _shares(mask, LEFT, RIGHT) == pytest.approx(shares, abs=0.02)
    assert mask.instance == person
    assert mask.inside.shape == (HEIGHT, WIDTH)


def test_a_person_beyond_the_count_is_an_error_that_says_how_many_there_are(two: Drawing) -> None:
    with pytest.raises(NobodyFoundError, match=r"person 3: found 2 people.*--click.*--box"):
        two.cut_out(Prompt(person=3))


def test_a_click_takes_the_person_it_hits(two: Drawing) -> None:
    mask = two.cut_out(Prompt(points_xy=((200, 100),), labels=(1,)))
    assert _shares(mask, LEFT, RIGHT) == pytest.approx([0, 1], abs=0.02)
    assert mask.instance == 2


def test_a_box_takes_the_person_it_fits(two: Drawing) -> None:
    mask = two.cut_out(Prompt(box_xyxy=(30, 20, 100, 180)))
    assert _shares(mask, LEFT, RIGHT) == pytest.approx([1, 0], abs=0.02)


def test_people_who_touch_are_split_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    left, right = (80, 30, 150, 180), (150, 30, 220, 180)
    monkeypatch.setattr(salient, "find_everyone", lambda photo: (_someone(*left), _someone(*right)))
    drawing = Drawing(left, right)
    for person, wanted in ((1, [1, 0]), (2, [0, 1])):
        assert _shares(drawing.cut_out(Prompt(person=person)), left, right) == pytest.approx(wanted, abs=0.03)


def test_a_sign_that_touches_the_head_is_left_out_but_not_one_in_the_hand_or_clicked(
    monkeypatch: pytest.MonkeyPatch, letters: list[tuple[int, int, int, int]]
) -> None:
    body, sign = (80, 60, 140, 190), (110, 40, 200, 60)
    someone = _someone(*body)
    monkeypatch.setattr(salient, "find_everyone", lambda photo: (someone,))
    drawing = Drawing(body, sign)
    assert _shares(drawing.cut_out(), body, sign) == pytest.approx([1, 1], abs=0.03)
    letters.append((115, 42, 195, 58))
    assert _shares(drawing.cut_out(), body, (130, 40, 200, 60)) == pytest.approx([1, 0], abs=0.03)
    clicks = Prompt(points_xy=((110, 100), (180, 50)), labels=(1, 1))
    assert _shares(drawing.cut_out(clicks), body, sign) == pytest.approx([1, 1], abs=0.03)
    hand = replace(someone, limbs_xy=np.array([[125.0, 55.0]]))
    monkeypatch.setattr(salient, "find_everyone", lambda photo: (hand,))
    assert _shares(drawing.cut_out(), body, sign) == pytest.approx([1, 1], abs=0.03)


def test_letters_on_the_clothes_and_on_a_small_badge_change_nothing(
    monkeypatch: pytest.MonkeyPatch, letters: list[tuple[int, int, int, int]]
) -> None:
    body, badge = (80, 30, 140, 180), (140, 90, 150, 100)
    monkeypatch.setattr(salient, "find_everyone", lambda photo: (_someone(*body),))
    drawing = Drawing(body, badge)
    plain = drawing.cut_out()
    letters += [(90, 80, 130, 100), badge]
    assert torch.equal(drawing.cut_out().inside, plain.inside)


def test_a_click_off_the_person_drops_what_it_hits(monkeypatch: pytest.MonkeyPatch) -> None:
    body, bag = (80, 20, 140, 180), (140, 90, 180, 130)
    monkeypatch.setattr(salient, "find_everyone", lambda photo: (_someone(*body),))
    drawing = Drawing(body, bag)
    assert _shares(drawing.cut_out(), body, bag) == pytest.approx([1, 1], abs=0.02)
    mask = drawing.cut_out(Prompt(points_xy=((110, 100), (165, 110)), labels=(1, 0)))
    assert _shares(mask, body, bag) == pytest.approx([1, 0], abs=0.03)


def test_the_first_click_says_who_is_meant(two: Drawing) -> None:
    for first, second, wanted in (((60, 100), (200, 100), [1, 0]), ((200, 100), (60, 100), [0, 1])):
        mask = two.cut_out(Prompt(points_xy=(first, second), labels=(1, 1)))
        assert mask.instance == 1 + wanted.index(1)


def test_a_box_round_a_thing_that_no_network_marks_cuts_it_out_by_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(salient, "find_everyone", lambda photo: ())
    boat = (100, 100, 200, 150)
    drawing = Drawing(boat)
    drawing.inside[:] = 0
    masks = [drawing.cut_out(Prompt(box_xyxy=(85, 85, 215, 165))).inside for _ in range(2)]
    assert torch.equal(*masks)
    assert float(masks[0][103:147, 103:197].mean()) == pytest.approx(1, abs=0.02)
    assert float(masks[0].sum()) == pytest.approx(100 * 50, rel=0.03)


def test_a_box_round_nothing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(salient, "find_everyone", lambda photo: ())
    drawing = Drawing((100, 100, 200, 150))
    drawing.inside[:] = 0
    with pytest.raises(NobodyFoundError, match="nothing stands out in the box"):
        drawing.cut_out(Prompt(box_xyxy=(10, 10, 60, 60)))


def test_a_stranger_whom_the_pose_network_does_not_know_is_left_out_and_a_bag_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    body, stranger, bag = (80, 20, 140, 180), (140, 10, 195, 150), (45, 90, 80, 130)
    monkeypatch.setattr(salient, "find_everyone", lambda photo: (_someone(*body),))
    drawing = Drawing(body, stranger, bag)
    assert _shares(drawing.cut_out(), body, stranger, bag) == pytest.approx([1, 0, 1], abs=0.02)
    clicked = drawing.cut_out(Prompt(points_xy=((110, 100), (170, 80)), labels=(1, 1)))
    assert _shares(clicked, body, stranger, bag) == pytest.approx([1, 1, 1], abs=0.02)


def test_something_apart_from_the_person_is_dropped_and_something_close_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    body, boat, brim = (80, 30, 140, 180), (220, 120, 290, 190), (142, 60, 150, 70)
    monkeypatch.setattr(salient, "find_everyone", lambda photo: (_someone(*body),))
    mask = Drawing(body, boat, brim).cut_out()
    assert _shares(mask, body, boat) == pytest.approx([1, 0], abs=0.02)
    assert float(mask.inside[63:67, 144:148].mean()) > 0.9


def test_a_photo_without_people_is_an_error_although_a_boat_stands_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(salient, "find_everyone", lambda photo: ())
    drawing = Drawing((100, 100, 200, 150))
    with pytest.raises(NobodyFoundError, match=r"--click.*--box"):
        drawing.cut_out()
    assert drawing.looks == []


def test_a_click_on_the_boat_takes_the_boat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(salient, "find_everyone", lambda photo: ())
    boat, house = (100, 100, 200, 150), (20, 10, 60, 60)
    mask = Drawing(boat, house).cut_out(Prompt(points_xy=((150, 120),), labels=(1,)))
    assert _shares(mask, boat, house) == pytest.approx([1, 0], abs=0.02)


def test_a_click_on_nothing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(salient, "find_everyone", lambda photo: ())
    with pytest.raises(NobodyFoundError, match="click 20,20"):
        Drawing((100, 100, 200, 150)).cut_out(Prompt(points_xy=((20, 20),), labels=(1,)))


def test_a_statue_of_which_the_network_marks_something_else_is_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(salient, "find_everyone", lambda photo: (_someone(*LEFT, certainty=0.5),))
    with pytest.raises(NobodyFoundError, match="for certain"):
        Drawing((150, 20, 290, 190)).cut_out()


def test_a_doubtful_person_whom_the_network_marks_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(salient, "find_everyone", lambda photo: (_someone(*LEFT, certainty=0.5),))
    assert _shares(Drawing(LEFT).cut_out(), LEFT) == pytest.approx([1], abs=0.02)


def test_only_a_small_person_is_looked_at_again_in_a_crop_round_them(monkeypatch: pytest.MonkeyPatch) -> None:
    small = (200, 140, 212, 180)
    monkeypatch.setattr(salient, "find_everyone", lambda photo: (_someone(*small),))
    drawing = Drawing(small)
    mask = drawing.cut_out(closer_below=0.12)
    (whole, (x0, y0, x1, y1)) = drawing.looks
    assert whole == (0, 0, WIDTH, HEIGHT)
    assert 180 < x0 < small[0]
    assert y0 < small[1]
    assert small[2] < x1 < 232
    assert small[3] < y1
    assert _shares(mask, small) == pytest.approx([1], abs=0.05)
    drawing = Drawing(small)
    drawing.cut_out(closer_below=0)
    assert len(drawing.looks) == 1


def test_a_person_whom_the_first_look_misses_is_looked_for_in_a_crop(two: Drawing) -> None:
    seen = two.inside.copy()

    def look(photo: Photo, window: tuple[int, int, int, int]) -> np.ndarray:
        two.inside = seen * (np.arange(WIDTH) < 120) if window == (0, 0, WIDTH, HEIGHT) else seen
        return two.look(photo, window)

    mask = salient.find(two.photo, Prompt(person=2), look, 0.0, 0.15).mask
    assert len(two.looks) == 2
    assert _shares(mask, LEFT, RIGHT) == pytest.approx([0, 1], abs=0.02)


@pytest.mark.parametrize("edge", ["left", "top", "right", "bottom", "all"])
def test_a_person_at_the_border_is_marked_up_to_it(monkeypatch: pytest.MonkeyPatch, edge: str) -> None:
    body = {
        "left": (0, 40, 60, 160),
        "top": (100, 0, 160, 120),
        "right": (WIDTH - 60, 40, WIDTH, 160),
        "bottom": (100, 80, 160, HEIGHT),
        "all": (0, 0, WIDTH, HEIGHT),
    }[edge]
    monkeypatch.setattr(salient, "find_everyone", lambda photo: (_someone(*body),))
    x0, y0, x1, y1 = body
    assert float(Drawing(body).cut_out().inside[y0:y1, x0:x1].min()) > 0.9 or edge != "all"
    inside = Drawing(body).cut_out().inside
    border = {"left": inside[45:155, 0], "top": inside[0, 105:155], "right": inside[45:155, -1]}
    assert float(border.get(edge, inside[-1, 105:155]).min()) > 0.9


@pytest.mark.parametrize(
    "prompt",
    [
        Prompt(points_xy=((300, 10),), labels=(1,)),
        Prompt(points_xy=((10, 10),), labels=(0,)),
        Prompt(box_xyxy=(400, 0, 500, 10)),
    ],
)
def test_clicks_and_boxes_that_cannot_be_are_errors(two: Drawing, prompt: Prompt) -> None:
    with pytest.raises(InputError, match=r"wanted"):
        two.cut_out(prompt)


def test_the_photo_is_untouched(two: Drawing) -> None:
    before = two.photo.rgb.clone()
    two.cut_out(Prompt(person=1))
    assert torch.equal(before, two.photo.rgb)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 200), st.integers(0, 100), st.integers(20, 90), st.integers(20, 90))
def test_a_view_gives_the_same_values_over_any_window_inside_it(x: int, y: int, width: int, height: int) -> None:
    ramp = (np.arange(64, dtype=np.float32)[None] + np.arange(64, dtype=np.float32)[:, None]) / 126
    view = View((0, 0, WIDTH, HEIGHT), ramp)
    whole = view.over((0, 0, WIDTH, HEIGHT))
    window = (x, y, min(x + width, WIDTH), min(y + height, HEIGHT))
    # 1/32 pixel is the step of OpenCV's interpolation tables
    assert np.abs(view.over(window) - whole[y : window[3], x : window[2]]).max() < 1 / 32


def test_a_lost_hand_that_the_pose_network_sees_is_filled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    body, hand = (80, 20, 140, 180), (142, 80, 170, 92)
    someone = _someone(*body)
    rows, cols = np.mgrid[:256, :256]
    x = cols * someone.photo_from_roi[0, 0] + someone.photo_from_roi[0, 2]
    y = rows * someone.photo_from_roi[1, 1] + someone.photo_from_roi[1, 2]
    coarse = np.maximum(someone.coarse, ((x >= 140) & (x < 170) & (y >= 80) & (y < 92)).astype(np.float32))
    drawing = Drawing(body, hand)
    drawing.inside[:, 140:] = 0
    for limbs, share in (((155.0, 86.0), 1), ((100.0, 100.0), 0)):
        seer = Someone(someone.person, 0.9, coarse, someone.photo_from_roi, np.array([limbs]), np.zeros((0, 2)))
        monkeypatch.setattr(salient, "find_everyone", lambda photo, seer=seer: (seer,))
        assert _shares(drawing.cut_out(), hand) == pytest.approx([share], abs=0.1)


def test_the_box_of_someone_is_the_box_of_the_mask() -> None:
    assert _someone(40, 30, 90, 170).box_xyxy((HEIGHT, WIDTH)) == pytest.approx((40, 30, 90, 170), abs=2)
    assert math.isclose(_someone(40, 30, 90, 170).reaches((60, 100)), 1)
    assert _someone(40, 30, 90, 170).reaches((20, 100)) == 0


def test_a_person_who_is_grey_to_the_network_becomes_solid_where_the_pose_network_is_sure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    body = (80, 20, 160, 180)
    monkeypatch.setattr(salient, "find_everyone", lambda photo: (_someone(*body),))
    drawing = Drawing(body)
    drawing.inside *= 0.4
    inside = drawing.cut_out().inside
    assert float(inside[40:160, 95:145].min()) > 0.95
    assert float(inside[:, :60].max()) < 0.05


@pytest.mark.parametrize(
    ("box", "probability", "share"),
    [((95, 60, 145, 110), 0.1, 1), ((95, 60, 145, 110), 0.0, 0), ((110, 80, 120, 90), 0.1, 0)],
    ids=["large and nearly black", "large and black", "small"],
)
def test_only_a_large_part_of_the_body_that_is_nearly_black_to_the_network_is_filled_in(
    monkeypatch: pytest.MonkeyPatch, box: tuple[int, int, int, int], probability: float, share: int
) -> None:
    body = (80, 20, 160, 180)
    monkeypatch.setattr(salient, "find_everyone", lambda photo: (_someone(*body),))
    drawing = Drawing(body)
    drawing.inside[box[1] : box[3], box[0] : box[2]] = probability
    assert _shares(drawing.cut_out(), box) == pytest.approx([share], abs=0.15)
    assert float(drawing.cut_out().inside[25:55, 85:155].min()) > 0.95
