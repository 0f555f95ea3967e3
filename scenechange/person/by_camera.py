"""How tall a person is beside the others of their own photo: the camera that those tell reads a height in metres."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from scenechange.math.geometry import height_reading_m

if TYPE_CHECKING:
    from scenechange.types import Body, Camera

FEWEST_RULERS = 2
"""With fewer people the camera's height is that of a photographer, or follows from this very person: nothing new."""
OWN_SD_SHARE = 0.06
"""Spread of a reading besides the camera's: uneven ground, soles and bent knees. Of 17 people who stand with others a
half was read within 6 % under the camera of the others."""


def with_camera(body: Body, camera: Camera) -> Body:
    """`body` with its height joined with the reading under the camera of the same photo, where there is one.

    Both are weighted by inverse variance; where they contradict each other the spread is wider.
    """
    reading = height_by_camera(body, camera)
    if reading is None:
        return body
    (height_m, sd_m), a = reading, body.height_sd_m**-2
    b = sd_m**-2
    conflict = abs(height_m - body.height_m) / math.hypot(sd_m, body.height_sd_m)
    joined_m = (a * body.height_m + b * height_m) / (a + b)
    return replace(body, height_m=joined_m, height_sd_m=(a + b) ** -0.5 * max(1.0, conflict / 2))


def height_by_camera(body: Body, camera: Camera) -> tuple[float, float] | None:
    """Standing height in metres and its standard deviation.

    None of who sits, lies or shows no feet, where fewer than two people told the camera's height, and near the horizon.
    """
    if camera.rulers < FEWEST_RULERS or body.posture != "standing" or not len(body.feet_xy):
        return None
    x, y = (float(v) for v in body.feet_xy.mean(0))
    reading = height_reading_m(camera, (x, y), (x, y - body.stature_px))
    if reading is None:
        return None
    own_sd = math.hypot(OWN_SD_SHARE, body.stature_sd_px / body.stature_px)
    return reading[0], math.hypot(reading[1], own_sd * reading[0])
