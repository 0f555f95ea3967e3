"""Size and perspective: what the cameras of both photos say about a person who stands there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from scenechange.critic.findings import Cue

if TYPE_CHECKING:
    from scenechange.types import Camera, Composite

ADULT_M, ADULT_SD_M = 1.68, 0.10
"""Height of an adult of unknown sex and its standard deviation (NCD Risk Factor Collaboration, eLife 5 (2016))."""
STANCE_SD = 0.04
"""Bent knees, shoes, hair: share of the height by which an outline is not the person's height."""


def size_cue(composite: Composite) -> Cue:
    """How much taller or smaller the person is than their height asks for at that place, in per cent."""
    layers, scene = composite.layers, composite.scene
    if not layers.stands:
        return Cue("size", None, "cut off")
    height_m = composite.recipe.place.height_m or composite.subject.body.height_m
    return size_gap(scene.camera, layers.anchor_xy, layers.stature_px, height_m, 0.0)


def size_gap(camera: Camera, foot_xy: tuple[float, float], stature_px: float, height_m: float, height_sd: float) -> Cue:
    """The size cue of somebody `stature_px` tall at `foot_xy` who is `height_m` in life; `height_sd` is relative.

    The height is measured against the camera's: everybody's horizon cuts them at the camera's height, so an error of
    the horizon counts in shares of the distance between horizon and feet (Criminisi et al., IJCV 40 (2000)).
    """
    from scenechange.math.geometry import stature_px as expected_px

    due = expected_px(camera, foot_xy, height_m)
    if due is None:
        return Cue("size", None, "above horizon")
    below = max(foot_xy[1] - camera.horizon_y(foot_xy[0]), 1.0)
    horizon_sd = camera.f_px * math.radians(camera.pitch_sd_deg) / below
    spread = math.hypot(horizon_sd, camera.height_sd_m / camera.height_m, height_sd)
    gap = 100 * (stature_px / due - 1)
    numbers = {"gap": abs(gap), "height_m": height_m * stature_px / due}
    return Cue("size", gap, "tall" if gap > 0 else "small", numbers, spread=100 * spread)


def size_of_outline(camera: Camera, box_xyxy: tuple[int, int, int, int]) -> Cue:
    """The size cue of an unknown, upright, whole adult seen in a box of a picture."""
    x0, y0, x1, y1 = box_xyxy
    if y1 >= camera.size_hw[0] - 1 or y0 <= 0:
        return Cue("size", None, "cut off")
    foot = (x0 + x1 - 1) / 2, float(y1 - 1)
    return size_gap(camera, foot, float(y1 - y0), ADULT_M, math.hypot(ADULT_SD_M / ADULT_M, STANCE_SD))


def perspective_cue(composite: Composite) -> Cue:
    """From how much higher or lower the person was photographed than the place is seen, in degrees.

    Compared are the angles at which both cameras look down at the middle of the body.
    """
    subject, scene, layers = composite.subject, composite.scene, composite.layers
    feet = subject.body.feet_xy
    if not layers.stands or len(feet) == 0:
        return Cue("perspective", None, "cut off")
    x = float(feet[:, 0].mean())
    middle = float(feet[:, 1].max()) - subject.body.stature_px / 2
    there_y = layers.anchor_xy[1] - layers.stature_px / 2
    here = _looks_down_deg(subject.camera, x, middle)
    there = _looks_down_deg(scene.camera, layers.anchor_xy[0], there_y)
    spread = math.hypot(subject.camera.pitch_sd_deg, scene.camera.pitch_sd_deg)
    gap = here - there
    return Cue("perspective", gap, "from above" if gap > 0 else "from below", {"gap": abs(gap)}, spread=spread)


def _looks_down_deg(camera: Camera, x: float, y: float) -> float:
    """Angle below the horizontal at which a pixel is seen, in degrees."""
    from scenechange.math.geometry import ray, up_vector

    direction = ray(camera, (x, y))
    sine = -float(direction @ up_vector(camera.pitch_deg, camera.roll_deg)) / float((direction @ direction) ** 0.5)
    return math.degrees(math.asin(min(max(sine, -1.0), 1.0)))
