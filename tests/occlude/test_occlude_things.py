"""Things that stand out: told apart, with the line of their foot, and left out where in doubt."""

from __future__ import annotations

import numpy as np
import pytest

from scenechange.occlude.things import things_in
from scenechange.types import Camera

CAMERA = Camera((480, 640), 600.0, 0.0, 0.0, 1.6, 10, 1, 1, 0.2)


def seen(*boxes: tuple[int, int, int, int], size: tuple[int, int] = (240, 320)) -> np.ndarray:
    """A map of what stands out with boxes x0, y0, x1, y1."""
    out = np.zeros(size, np.float32)
    for x0, y0, x1, y1 in boxes:
        out[y0:y1, x0:x1] = 1
    return out


def test_a_box_is_a_thing_with_its_foot_in_scene_pixels():
    (thing,) = things_in(seen((100, 90, 160, 180)), CAMERA, 3)
    x, y = thing.offset_xy
    rows, columns = np.nonzero(thing.inside > 0.5)
    assert (x + columns.min(), y + rows.min(), x + columns.max() + 1, y + rows.max() + 1) == (100, 90, 160, 180)
    assert thing.base_xyxy == pytest.approx((200, 360, 320, 360), abs=1)
    assert thing.scale == (2.0, 2.0)


def test_the_foot_of_a_thing_seen_askew_is_slanted():
    probability = seen((100, 90, 160, 180))
    for x in range(100, 160):
        probability[180 - (160 - x) // 4 :, x] = 0
    (thing,) = things_in(probability, CAMERA, 3)
    assert thing.base_xyxy[1] == pytest.approx(2 * 165, abs=4)
    assert thing.base_xyxy[3] == pytest.approx(2 * 180, abs=4)


def test_what_the_frame_cuts_off_below_is_nearer_than_all_ground():
    (thing,) = things_in(seen((20, 150, 110, 240)), CAMERA, 3)
    assert min(thing.base_xyxy[1::2]) > 480


@pytest.mark.parametrize(
    "box",
    [(10, 10, 310, 230), (20, 200, 300, 225), (100, 100, 104, 106), (100, 20, 160, 110)],
    ids=["a landmark", "a strip of ground", "a speck", "something above the horizon"],
)
def test_what_cannot_be_a_thing_in_front_is_left_out(box):
    assert things_in(seen(box), CAMERA, 3) == ()


def test_what_is_not_sure_is_left_out():
    assert things_in(0.7 * seen((100, 90, 160, 180)), CAMERA, 3) == ()


def test_the_largest_come_first_and_no_more_than_wanted():
    found = things_in(seen((20, 130, 40, 180), (60, 100, 120, 200), (200, 130, 230, 180)), CAMERA, 2)
    assert [thing.offset_xy[0] + 2 for thing in found] == [60, 200]
