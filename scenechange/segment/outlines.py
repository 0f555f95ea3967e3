"""Outlines of people, for those who choose by looking: polygons round everybody in a photo, or round one cut-out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenechange.math.image import fit_within, resize
from scenechange.segment.instances import COARSE, find_everyone
from scenechange.types import size_hw

if TYPE_CHECKING:
    from scenechange.types import Cutout, Photo

Polygon = tuple[tuple[float, float], ...]
LEAST_SHARE = 0.01
"""Islands smaller than this part of the largest piece are left out."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A person's outline.

    Attributes
    ----------
    person : int
        Number of the person, 1 is the leftmost: what `Prompt.person` takes.
    polygons_xy : tuple of tuple of (x, y)
        Closed polygons in pixels of the photo, the largest first.
    """

    person: int
    polygons_xy: tuple[Polygon, ...]


def find_outlines(photo: Photo) -> tuple[Outline, ...]:
    """Rough outlines of the people of a photo from left to right; empty where nobody is found. Takes about 0.3 s."""
    height, width = photo.size_hw
    small_hw = fit_within(photo.size_hw, COARSE)
    found = []
    for number, someone in enumerate(find_everyone(photo), 1):
        inside = someone.inside((0, 0, width, height), small_hw)
        found.append(Outline(number, _polygons(inside, width / small_hw[1], (0, 0))))
    return tuple(found)


def outline_of(cutout: Cutout, person: int = 1) -> Outline:
    """Outline of a cut-out where its opacity is one half, in pixels of the photo it came from."""
    small_hw = fit_within(size_hw(cutout.alpha), 2 * COARSE)
    inside = resize(cutout.alpha, small_hw)[0].numpy()
    return Outline(person, _polygons(inside, cutout.alpha.shape[2] / small_hw[1], cutout.offset_xy))


def _polygons(inside: np.ndarray, scale: float, offset_xy: tuple[int, int]) -> tuple[Polygon, ...]:
    """Polygons round what is above one half in ``(h, w)``, enlarged by `scale` and moved."""
    import cv2

    mask = np.pad((inside > 0.5).astype(np.uint8), 1)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    contours = sorted(contours, key=cv2.contourArea, reverse=True)
    largest = cv2.contourArea(contours[0]) if contours else 0.0
    kept = [cv2.approxPolyDP(c, 0.7, True) for c in contours if cv2.contourArea(c) >= max(LEAST_SHARE * largest, 1.0)]
    points = [(c[:, 0].astype(np.float64) - 0.5) * scale - 0.5 + offset_xy for c in kept]
    return tuple(tuple((round(float(x), 1), round(float(y), 1)) for x, y in p) for p in points)
