"""Where to look: from the outline to a square that suits the network, and closer in further looks."""

from __future__ import annotations

import math

import numpy as np

from scenechange.person.landmarks import EARS, HEAD, ROI_PER_CIRCLE, Landmarks, Network, Roi, find_landmarks
from scenechange.person.picture import Picture
from scenechange.person.silhouette import EAR_TO_TOP, joints_on_person, shown_px
from scenechange.person.stature import Level, from_head, from_joints, level_of

STATURE_PER_WIDTH = 3.5  # first guess at the whole where the lower edge cuts the person: with arms a third as wide
LEAST_HIDDEN = 1.15  # whole over shown where the lower edge cuts: shown less room, the network squeezes the feet in
LOOKS_AGAIN = 2
SURE = 0.82  # score times filled share: upright people reach 0.87 to 0.92, people lying on a wrong square 0.3 to 0.85


def follow(picture: Picture, network: Network, least_score: float) -> Landmarks | None:
    """The person's landmarks after a first look at the outline's box and closer ones; None where none is found."""
    found = _first_look(picture, network, least_score)
    if found is None:
        return None
    level = None  # after a first look only the head can be trusted
    for _ in range(LOOKS_AGAIN if picture.cropped_at else 1):
        again = find_landmarks(picture, _next_roi(picture, found, level), network)
        if again.score < least_score:
            break
        found = again
        level = level_of(joints_on_person(picture, found, from_head(found).px))
    return found


def _first_look(picture: Picture, network: Network, least_score: float) -> Landmarks | None:
    """The first square that surely has a person in it, or the likeliest: upright, lying to either side, upside down.

    Where the lower edge cuts the person, room for the rest of the body comes first: on a tight square 6 of 100 busts
    came out as a whole body squeezed into the picture.
    """
    x0, y0, x1, y1 = picture.box_xyxy
    middle, side = ((x0 + x1 - 1) / 2, (y0 + y1 - 1) / 2), ROI_PER_CIRCLE * max(x1 - x0, y1 - y0)
    tall = max(LEAST_HIDDEN * (y1 - y0), STATURE_PER_WIDTH * (x1 - x0))
    rois = [Roi(middle, side), Roi((middle[0], y0 + tall / 2), ROI_PER_CIRCLE * tall)]
    if "bottom" in picture.cropped_at:
        rois.reverse()
    rois += [Roi(middle, side, turn) for turn in (math.pi / 2, -math.pi / 2, math.pi)]
    best: Landmarks | None = None
    most = 0.0
    for roi in rois:
        found = find_landmarks(picture, roi, network)
        likelihood = found.score * _filled(picture, found)
        if found.score >= least_score and likelihood > most:
            best, most = found, likelihood
        if most >= SURE:
            break
    return best


def _filled(picture: Picture, found: Landmarks) -> float:
    """Length of the seen skeleton over the outline's, at most 1: on a square turned the wrong way joints huddle.

    1 where the frame cuts the person, whose skeleton goes on outside.
    """
    seen = found.xy[found.presence > 0.5]
    if picture.cropped_at or len(seen) < 2:
        return 1.0
    x0, y0, x1, y1 = picture.box_xyxy
    return min(1.0, float(np.hypot(*np.ptp(seen, axis=0))) / math.hypot(x1 - x0, y1 - y0))


def _next_roi(picture: Picture, found: Landmarks, level: Level | None) -> Roi:
    """The square for another look: the network's own circle, or the whole body as it would go on beyond the frame.

    Hips cut off at the chest came out 9 % of stature too high on a tight square, 3 % with room for the legs.
    """
    circle = found.circle_roi()
    stature = from_joints(found, level).px
    if not picture.cropped_at or not joints_on_person(picture, found, stature)[list(HEAD)].any():
        return circle
    if "bottom" in picture.cropped_at:
        stature = max(stature, LEAST_HIDDEN * shown_px(picture, found, stature))
    down = stature * (0.5 - EAR_TO_TOP)
    x, y = found.mean_xy(EARS) + down * np.array([-math.sin(circle.turn_rad), math.cos(circle.turn_rad)])
    return Roi((float(x), float(y)), ROI_PER_CIRCLE * stature, circle.turn_rad)
