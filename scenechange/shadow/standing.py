"""A person who stands on the scene's ground: silhouette, contact points, and the ground below them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenechange.math.geometry import transform
from scenechange.shadow.frame import FootFrame, foot_frame

if TYPE_CHECKING:
    from scenechange.types import Body, Camera, Layers

REACH, SEARCH, SOLE = 0.07, 0.06, 0.012
"""Half width of a foot, the largest error of a measured foot point, thickness of a sole; in statures."""


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """What of a person matters to the ground.

    Attributes
    ----------
    alpha : ndarray
        ``(h, w)`` opacity in a window of the scene.
    corner_xy : (int, int)
        The window's top left pixel in the scene.
    feet_xy : ndarray
        ``(N, 2)`` contact points, N >= 1, pixels of the scene.
    frame : FootFrame
        The ground between the feet, to pixels of the scene.
    height_m : float
        Height of the person.
    """

    alpha: np.ndarray
    corner_xy: tuple[int, int]
    feet_xy: np.ndarray
    frame: FootFrame
    height_m: float

    def alpha_in(self, box_xyxy: tuple[int, int, int, int]) -> np.ndarray:
        """``(h', w')`` float32 opacity in a box of the scene, 0 outside the window."""
        (x0, y0, x1, y1), (left, top), (h, w) = box_xyxy, self.corner_xy, self.alpha.shape
        out = np.zeros((y1 - y0, x1 - x0), np.float32)
        a, b = max(x0, left), min(x1, left + w)
        c, d = max(y0, top), min(y1, top + h)
        if a < b and c < d:
            out[c - y0 : d - y0, a - x0 : b - x0] = self.alpha[c - top : d - top, a - left : b - left]
        return out


def standing(layers: Layers, body: Body, camera: Camera) -> Standing | None:
    """The person of `layers` on the ground; None where they do not stand on ground inside the picture."""
    feet_xy = contact_points(layers, body) if layers.stands else np.zeros((0, 2))
    if len(feet_xy) == 0:
        return None
    middle = float(feet_xy[:, 0].mean()), float(feet_xy[:, 1].mean())
    frame = foot_frame(camera, middle, layers.stature_px, body.height_m)
    return Standing(layers.alpha[0].numpy(), layers.window_xyxy[:2], feet_xy, frame, body.height_m)


def contact_points(layers: Layers, body: Body) -> np.ndarray:
    """``(N, 2)`` lowest visible point of each foot that stands, scene pixels; N = 0 where none is in the picture.

    The measured feet are drawn to the lowest opaque pixels near them. Without measured feet the lowest parts of the
    silhouette near the anchor are taken.
    """
    solid = layers.alpha[0].numpy() > 0.5
    corner = np.array(layers.window_xyxy[:2], float)
    measured = transform(layers.scene_from_subject, body.feet_xy) if len(body.feet_xy) else np.zeros((0, 2))
    if len(measured) == 0:
        return _lowest_parts(solid, layers.anchor_xy[0] - corner[0], layers.stature_px) + corner
    drawn = [_drawn_to_sole(solid, xy - corner, layers.stature_px) for xy in measured]
    return np.array(drawn, float).reshape(-1, 2) + corner


def _drawn_to_sole(solid: np.ndarray, xy: np.ndarray, stature_px: float) -> np.ndarray:
    """`xy` moved to the lowest opaque pixels within a foot's reach; unchanged where there are none."""
    h, w = solid.shape
    x_low, x_high = (int(np.clip(round(xy[0] + d * stature_px), 0, w)) for d in (-REACH, REACH))
    y_low, y_high = (int(np.clip(round(xy[1] + d * stature_px), 0, h)) for d in (-SEARCH, SEARCH))
    near = solid[y_low : y_high + 1, x_low : x_high + 1]
    rows = np.flatnonzero(near.any(1)) if near.size else np.zeros(0, int)
    if len(rows) == 0:
        return xy
    lowest = int(rows[-1])
    columns = np.nonzero(near[max(0, lowest - int(SOLE * stature_px)) : lowest + 1])[1]
    return np.array([x_low + columns.mean(), y_low + lowest], float)


def _lowest_parts(solid: np.ndarray, anchor_x: float, stature_px: float) -> np.ndarray:
    """``(N, 2)`` points of the separate parts within three soles' height of the silhouette's lowest row."""
    w = solid.shape[1]
    x_low, x_high = (int(np.clip(anchor_x + d * stature_px, 0, w - 1)) for d in (-0.35, 0.35))
    rows = np.flatnonzero(solid[:, x_low : x_high + 1].any(1))
    if len(rows) == 0:
        return np.zeros((0, 2))
    band = solid[max(0, rows[-1] - int(3 * SOLE * stature_px)) : rows[-1] + 1, x_low : x_high + 1]
    columns = np.flatnonzero(band.any(0))
    parts = np.split(columns, np.flatnonzero(np.diff(columns) > 2 * SOLE * stature_px) + 1)
    top = rows[-1] - band.shape[0] + 1
    return np.array([(x_low + p.mean(), top + np.flatnonzero(band[:, p].any(1))[-1]) for p in parts], float)
