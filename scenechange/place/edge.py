"""People who do not show their feet: the cut stays at the frame's lower edge, as a photographer would frame them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from scenechange.math.colour import luminance, srgb_from_linear
from scenechange.math.geometry import project, up_vector
from scenechange.math.image import fit_within, resize
from scenechange.place.spot import Spot
from scenechange.types import Camera, Placement, Scene, Subject, size_hw

THIGH = 0.42
"""Height above the ground, in statures, at which a whole person is cut where the scene has no ground to stand on."""
LEAST_SHOWN, MOST_SHOWN = 0.42, 0.80
"""Limits on the visible part as a share of the picture's height."""


def at_lower_edge(subject: Subject, scene: Scene, height_m: float, placement: Placement, enlarge_limit: float) -> Spot:
    """Spot at which the lower edge of the frame cuts the person where the subject's frame did (or at the thigh).

    The distance follows from the camera: the one at which a point of the person at the height of the cut is seen at
    the frame's lower edge. It is held within limits so that the person stays recognisable and inside the picture, and
    below `enlarge_limit` (scene pixels per pixel of the subject) where that leaves them large enough.
    """
    cut = _cut(subject)
    scene_h = scene.photo.size_hw[0]
    shown = (cut.y - cut.top_y) / subject.body.stature_px  # share of the stature above the cut
    notes = list(cut.notes)
    size = _size_at_edge(scene.camera, max(0.0, 1 - shown - cut.above_head) * height_m, height_m)
    low, high = LEAST_SHOWN * scene_h / shown, MOST_SHOWN * scene_h / shown
    if size is None or not low <= size <= high:
        size = float(np.clip(size if size is not None else math.inf, low, high))
        notes.append("the person is framed like a portrait; the ground they stand on is below the picture")
    size = min(size, max(low, enlarge_limit * subject.body.stature_px))
    if placement.at_xy is not None and placement.at_xy[1] < scene_h - 1:
        notes.append("the cut edge is kept at the lower edge of the frame; only x of the wanted place was used")
    x = placement.at_xy[0] if placement.at_xy is not None else _best_x(subject, cut, size * placement.scale, scene)
    # Half a pixel beyond the last row, so that no soft edge of the cut shows.
    return Spot((cut.x, cut.y), (x, scene_h + 0.5), size, False, tuple(notes), cut=True)


@dataclass(frozen=True, slots=True)
class _Cut:
    """Where the frame will cut the person, in the subject's pixels; `above_head` in statures (hats, raised arms)."""

    x: float
    y: float
    top_y: float
    above_head: float
    notes: tuple[str, ...]


def _cut(subject: Subject) -> _Cut:
    alpha, (offset_x, offset_y) = subject.cutout.alpha[0], subject.cutout.offset_xy
    h, w = size_hw(alpha)
    body = subject.body
    top_y = float(offset_y)
    notes: tuple[str, ...] = ()
    if len(body.feet_xy) > 0:
        cut_y = float(body.feet_xy[:, 1].mean()) - THIGH * body.stature_px
        notes = ("no ground to stand on was found for sure in the scene: the person is shown from the thighs up",)
    else:
        cut_y = float(offset_y + h - 1)
    if {"left", "right"} <= body.cropped_at:
        sides = (alpha[:, 0] > 0.5) | (alpha[:, w - 1] > 0.5)
        both = (alpha[:, 0] > 0.5).nonzero(), (alpha[:, w - 1] > 0.5).nonzero()
        if all(len(rows) for rows in both):
            first = max(int(rows[0]) for rows in both)
            if first > 0.5 * h and bool(sides.any()):
                cut_y = min(cut_y, float(offset_y + first))
    row = int(np.clip(round(cut_y - offset_y), 0, h - 1))
    columns = (alpha[row] > 0.5).nonzero()
    x = float(columns.float().mean()) + offset_x if len(columns) else offset_x + w / 2
    above_head = max(0.0, (body.head_xy[1] - top_y) / body.stature_px)
    return _Cut(x, max(cut_y, top_y + 1), top_y, above_head, notes)


def _size_at_edge(camera: Camera, cut_m: float, height_m: float) -> float | None:
    """Stature in pixels of a person who is seen at the frame's lower edge at `cut_m` above ground; None if never.

    The point at height c at distance d along the level forward direction lies at ``d e - (h - c) u`` (e forward, u
    up, h the camera's height). It is on the ray through the middle of the lower edge for exactly one d.
    """
    up = up_vector(camera.pitch_deg, camera.roll_deg)
    forward = np.array([0.0, 0.0, 1.0]) - up[2] * up
    forward /= np.linalg.norm(forward)
    bottom = np.array([0.0, camera.size_hw[0] / 2 / camera.f_px, 1.0])
    along, rise = float(bottom @ forward), float(bottom @ up)
    drop = camera.height_m - cut_m
    if along <= 1e-6 or rise * drop >= 0:  # the edge's ray never reaches that height
        return None
    distance = -drop * along / rise
    foot = distance * forward - camera.height_m * up
    head = foot + height_m * up
    cut = foot + cut_m * up
    if min(head[2], cut[2]) <= 0.05:
        return None
    (hx, hy), (cx, cy) = project(camera, head), project(camera, cut)
    return math.hypot(hx - cx, hy - cy) * height_m / max(height_m - cut_m, 1e-3)


def _best_x(subject: Subject, cut: _Cut, size: float, scene: Scene) -> float:
    """Column for the cut: flush with the side at which the subject's frame cuts them, else the third that hides least.

    What is hidden is measured as gradient magnitude behind the person's box: a landmark has more of it than its sky.
    """
    scene_h, scene_w = scene.photo.size_hw
    factor = size / subject.body.stature_px
    left = (cut.x - subject.cutout.offset_xy[0]) * factor
    right = (subject.cutout.offset_xy[0] + size_hw(subject.cutout.alpha)[1] - 1 - cut.x) * factor
    sides = subject.body.cropped_at & {"left", "right"}
    if sides == {"left"}:
        return left - 0.5
    if sides == {"right"}:
        return scene_w - 1 - right + 0.5
    margin = 0.02 * scene_w
    lowest, highest = left + margin, scene_w - 1 - right - margin
    if lowest > highest:
        return scene_w / 2 + (left - right) / 2
    detail = _detail(scene)
    top = max(0.0, 1 - (cut.y - cut.top_y) * factor / scene_h)
    hidden = {}
    for share in (0.29, 0.71):
        x = float(np.clip(share * scene_w, lowest, highest))
        cols = (int((x - left) / scene_w * detail.shape[1]), int((x + right) / scene_w * detail.shape[1]) + 1)
        hidden[x] = float(detail[int(top * detail.shape[0]) :, max(cols[0], 0) : cols[1]].sum())
    return min(hidden, key=lambda x: hidden[x])


def _detail(scene: Scene) -> np.ndarray:
    """``(h, w)`` gradient magnitude of the scene's encoded luminance at 96 pixels."""
    small = resize(scene.photo.rgb, fit_within(scene.photo.size_hw, 96))
    grey = srgb_from_linear(luminance(small))[0].numpy()
    if min(grey.shape) < 2:
        return np.zeros(grey.shape)
    rows, cols = np.gradient(grey)
    return np.hypot(rows, cols)
