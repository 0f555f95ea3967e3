"""Where ground that is seen for sure ends, on maps made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from scenechange.calibrate.ground_edge import find_ground_edge

SIZE_HW = (600, 800)


def chances(*boxes: tuple[int, int, int, int], sure: float = 0.95) -> np.ndarray:
    """Maps of 30 x 40 cells with ground in boxes x0, y0, x1, y1."""
    ground = np.full((30, 40), 0.02)
    for x0, y0, x1, y1 in boxes:
        ground[y0:y1, x0:x1] = sure
    rest = (1 - ground) / 3
    return np.stack([rest, ground, rest, rest])


def test_the_edge_is_in_longer_sides_from_the_centre():
    """The upper row of the ground is the 19th of 30: its middle lies 3.5 of 30 heights below the centre."""
    edge = find_ground_edge(chances((10, 18, 30, 30)), SIZE_HW)
    assert edge is not None
    assert [y for _, y in edge.highest_xy] == pytest.approx([3.5 / 30 * 0.75] * 3)
    assert [x for x, _ in edge.highest_xy] == pytest.approx([-7.6 / 40, 0, 7.6 / 40])


def test_a_few_columns_that_reach_higher_do_not_decide():
    level, tower = (0, 18, 40, 30), (5, 2, 8, 30)
    assert find_ground_edge(chances(level, tower), SIZE_HW).highest_xy[0][1] == pytest.approx(3.5 / 30 * 0.75)


@pytest.mark.parametrize(
    ("boxes", "sure"),
    [
        ([(0, 10, 40, 29)], 0.95),  # a wall: it does not meet the picture's lower edge
        ([(0, 25, 9, 30)], 0.95),  # too little of that edge
        ([(0, 28, 40, 30)], 0.95),  # too little of the picture
        ([(0, 18, 40, 30)], 0.8),  # not sure
    ],
)
def test_without_enough_sure_ground_nothing_is_said(boxes, sure):
    assert find_ground_edge(chances(*boxes, sure=sure), SIZE_HW) is None
