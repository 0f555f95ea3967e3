"""Whether the two photos look at the person from the same height: the angle at which each camera sees them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from scenechange.math.geometry import ray, transform, up_vector
from scenechange.types import Camera, Scene, Subject, size_hw

LEAST_GAP_DEG = 12.0
"""Angles apart below this pass for the same view: a camera at the eyes or at the chest, three metres away."""
LEAST_SURE = 1.5
"""How many standard deviations apart the angles must be before anything is said."""


@dataclass(frozen=True, slots=True)
class View:
    """How a camera sees the person: `rise_deg` above level (looking up at them) or below, with standard deviation."""

    rise_deg: float
    sd_deg: float


@dataclass(frozen=True, slots=True)
class Gap:
    """How the person was seen in their own photo, and how the scene's camera would see them."""

    own: View
    there: View

    @property
    def apart_deg(self) -> float:
        """Positive: the scene's camera looks up at the person more than their own did."""
        return self.there.rise_deg - self.own.rise_deg

    @property
    def sd_deg(self) -> float:
        """Standard deviation of `apart_deg`."""
        return math.hypot(self.own.sd_deg, self.there.sd_deg)

    @property
    def is_seen(self) -> bool:
        """Whether the views disagree by more than passes for the same, and for sure."""
        return abs(self.apart_deg) > max(LEAST_GAP_DEG, LEAST_SURE * self.sd_deg)


def perspective_gap(subject: Subject, scene: Scene, scene_from_subject: np.ndarray) -> Gap:
    """The views of the middle of what is shown of the person, in both photos.

    The person's own photo tells by its camera's pitch and by how the body leans in depth, weighted by their spreads.
    """
    x, y = subject.cutout.offset_xy
    h, w = size_hw(subject.cutout.alpha)
    middle = np.array([[x + (w - 1) / 2, y + (h - 1) / 2]])
    by_camera = _view(subject.camera, middle[0])
    by_body = View(subject.body.view_rise_deg, subject.body.view_rise_sd_deg)
    return Gap(_joined(by_camera, by_body), _view(scene.camera, transform(scene_from_subject, middle)[0]))


def _view(camera: Camera, xy: np.ndarray) -> View:
    towards = ray(camera, (float(xy[0]), float(xy[1])))
    rise = float(towards @ up_vector(camera.pitch_deg, camera.roll_deg)) / float(np.linalg.norm(towards))
    return View(math.degrees(math.asin(max(-1.0, min(1.0, rise)))), max(camera.pitch_sd_deg, 0.1))


def _joined(a: View, b: View) -> View:
    wa, wb = a.sd_deg**-2, b.sd_deg**-2
    return View((wa * a.rise_deg + wb * b.rise_deg) / (wa + wb), (wa + wb) ** -0.5)


def warning(gap: Gap) -> str | None:
    """What to tell the user, where the perspectives do not agree."""
    if not gap.is_seen:
        return None
    advice = "taken from lower down" if gap.apart_deg > 0 else "taken from higher up"
    return (
        f"perspective: the person's photo looks {_words(gap.own)}, this place {_words(gap.there)}: "
        f"{abs(gap.apart_deg):.0f} +- {gap.sd_deg:.0f} degrees apart; a photo of the person {advice} would fit better"
    )


def _words(view: View) -> str:
    if abs(view.rise_deg) < 3:
        return "straight at them"
    return f"{'up' if view.rise_deg > 0 else 'down'} at them by {abs(view.rise_deg):.0f} degrees"
