"""The best places for a person, unlike each other, each with its reasons."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from scenechange.math.geometry import ground_point
from scenechange.place.edge import edge_places
from scenechange.place.spot import Places, Wish, standing_places
from scenechange.place.surroundings import Surroundings
from scenechange.types import Placement, Scene, Subject, value

APART = 0.16
"""Share of the picture's width by which suggestions lie apart, or else differ in size by `OTHER_SIZE`."""
OTHER_SIZE = 1.5
SIDE_BY_SIDE_M, SIDE_SD_M = 0.8, 0.4
"""Distance at which people stand beside each other for a photo, and how far from it still looks like a group."""


@value
class Suggestion:
    """A place for a person.

    Attributes
    ----------
    placement : Placement
        What `change_scene` takes.
    score : float
        Larger is better: a sum of logarithmic terms, 0 for a faultless place.
    stands : bool
        Whether the feet are in the picture; else the frame's lower edge cuts the person.
    reasons : tuple of str
        What speaks for the place, and what against it.
    """

    placement: Placement
    score: float
    stands: bool
    reasons: tuple[str, ...]


def suggest(
    scene: Scene,
    around: Surroundings,
    subject: Subject,
    wish: Wish,
    placement: Placement,
    count: int,
    beside: tuple[tuple[float, float], ...] = (),
) -> tuple[Suggestion, ...]:
    """At most `count` places, best first; `around` is what `look_around` says of `scene`.

    Who shows their feet is stood on the ground; who does not, and everybody where the scene has no ground to stand
    on, is set at the frame's lower edge. `placement` gives all but the place itself. With feet of others in `beside`,
    places near them are better.
    """
    places = standing_places(subject, scene, around, wish) if len(subject.body.feet_xy) else None
    if places is None:
        found = edge_places(subject, scene, around, wish, placement)
        return tuple(
            Suggestion(replace(placement, at_xy=spot.scene_xy), score, False, reasons)
            for spot, score, reasons in found[:count]
        )
    places = replace(places, score=places.score - _aloneness(scene, places, beside))
    return tuple(_standing(scene, places, i, placement) for i in _unlike(places, count, scene.photo.size_hw[1]))


def _unlike(places: Places, count: int, scene_w: int) -> list[int]:
    """Numbers of the best places of which no two are alike."""
    left = places.score.copy()
    chosen: list[int] = []
    while len(chosen) < count and np.isfinite(left.max()):
        best = int(np.argmax(left))
        chosen.append(best)
        near = abs(places.xy[:, 0] - places.xy[best, 0]) < APART * scene_w
        near &= abs(np.log(places.size_px / places.size_px[best])) < math.log(OTHER_SIZE)
        left[near] = -np.inf
    return chosen


def _aloneness(scene: Scene, places: Places, beside: tuple[tuple[float, float], ...]) -> np.ndarray:
    """``(N,)`` penalty for standing nearer to or farther from the nearest of the others than a group does."""
    others = [point for point in (ground_point(scene.camera, xy) for xy in beside) if point is not None]
    if not others:
        return np.zeros(len(places.xy))
    feet = np.array([ground_point(scene.camera, (float(x), float(y))) for x, y in places.xy])
    nearest = np.min([np.linalg.norm(feet - other, axis=1) for other in others], axis=0)
    return np.asarray(0.5 * ((nearest - SIDE_BY_SIDE_M) / SIDE_SD_M) ** 2)


def _standing(scene: Scene, places: Places, i: int, placement: Placement) -> Suggestion:
    x, y = (float(v) for v in places.xy[i])
    scene_h, scene_w = scene.photo.size_hw
    foot = ground_point(scene.camera, (x, y))
    reasons = [f"free ground ({places.free[i]:.0%} sure)"]
    if foot is not None:
        share = places.size_px[i] / scene_h
        reasons.append(f"{np.linalg.norm(foot):.1f} m from the camera, {share:.0%} of the picture's height")
    side = "left" if x < scene_w / 2 else "right"
    reasons.append(
        f"{side} third" if places.off_third[i] < 0.08 else ("middle" if abs(x / scene_w - 0.5) < 0.1 else side)
    )
    if places.view[i] < 1:
        reasons.append("hides little of the view")
    elif places.view[i] > 1.6:
        reasons.append("hides a busy part of the view")
    if places.covered[i] > 0.03:
        reasons.append("stands before people or things of the scene")
    if abs(places.lit[i]) > 1:
        reasons.append("on bright ground" if places.lit[i] > 0 else "on dark ground")
    if places.outside[i] > 0.2:
        reasons.append("the frame cuts a part of the person")
    return Suggestion(replace(placement, at_xy=(x, y)), float(places.score[i]), True, tuple(reasons))
