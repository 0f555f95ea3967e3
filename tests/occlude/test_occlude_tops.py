"""Tables that reach below the frame, in drawn maps."""

from __future__ import annotations

import numpy as np
import pytest

from scenechange.occlude.tops import top_in

SIZE_HW = (600, 800)


def chances(rows=slice(24, 36), columns=slice(4, 40)):
    """A map of 36 x 48 cells with a table."""
    chance = np.full((36, 48), 0.02, np.float32)
    chance[rows, columns] = 0.97
    return chance


def test_a_table_that_the_frame_cuts_is_found_with_its_far_edge():
    top = top_in(chances(), SIZE_HW)
    far_row = top.offset_xy[1] + int((top.inside[:, top.inside.shape[1] // 2] > 0.5).argmax())
    assert far_row * top.scale[1] == pytest.approx(600 * 24 / 36, abs=10)
    assert top.base_xyxy[1] > 600
    assert top.inside.shape[1] * top.scale[0] == pytest.approx(800 * 36 / 48, abs=30)


def test_what_stands_on_the_table_is_no_hole_in_it():
    chance = chances()
    chance[28:33, 20:24] = 0.1
    assert (top_in(chance, SIZE_HW).inside[-1] > 0.9).mean() > 0.95


@pytest.mark.parametrize(
    "chance",
    [chances(slice(18, 30)), chances(columns=slice(0, 10)), np.full((36, 48), 0.3, np.float32)],
    ids=["a bed in the middle of the room", "a corner of a shelf", "doubt"],
)
def test_what_hides_nobodys_cut_is_no_such_top(chance):
    assert top_in(chance, SIZE_HW) is None
