"""A map of the ground seen from above, laid into the picture."""

from __future__ import annotations

import numpy as np

from scenechange.shadow.cast import GroundMap

# A level camera 1.6 m above the ground, focal length 100 px, horizon at row 50; cells of 1 m, the camera over cell
# (20, 10), so that half of the map lies behind it.
FROM_MAP = np.array([[100.0, 50.0, -100 * 20 - 50 * 10], [0.0, 50.0, 160.0 - 50 * 10], [0.0, 1.0, -10.0]])


def test_ground_behind_the_camera_is_not_seen_in_the_sky() -> None:
    seen = GroundMap(np.ones((21, 41), np.float32), FROM_MAP).seen_in((0, 0, 100, 120), outside=0.0)
    assert not seen[:50].any()
    assert seen[70:].all()  # 8 m away and nearer


def test_box_holds_what_lies_before_the_camera() -> None:
    values = np.zeros((21, 41), np.float32)
    values[14, 20] = values[4, 20] = 1.0  # 4 m before and 6 m behind the camera
    box = GroundMap(values, FROM_MAP).box()
    assert box is not None
    assert box[0] <= 50 <= box[2]
    assert box[1] <= 50 + 160 / 4 <= box[3]
    assert box[1] > 50
    assert GroundMap(np.zeros((5, 5), np.float32), FROM_MAP).box() is None
