"""Where a person is cut, and how large they are where the cut is seen."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from scenechange.math.geometry import project, ray, up_vector
from scenechange.types import Camera, Subject, size_hw

THIGH = 0.42
"""Height above the ground, in statures, at which a whole person is cut where the scene has no ground to stand on."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Where the person is cut, in the subject's pixels; `above_head` in statures (hats, raised arms)."""

    x: float
    y: float
    top_y: float
    width_px: float
    above_head: float
    notes: tuple[str, ...]

    def shown(self, subject: Subject) -> float:
        """Share of the stature above the cut, with what rises above the head."""
        return (self.y - self.top_y) / subject.body.stature_px

    def below(self, subject: Subject) -> float:
        """How far the feet are below the cut, in statures."""
        return max(0.0, 1 - self.shown(subject) + self.above_head)

    def height_m(self, subject: Subject, height_m: float) -> float:
        """Height of the cut above the ground the person stands on."""
        return self.below(subject) * height_m


def cut_of(subject: Subject) -> Cut:
    """Where a person will be cut: where the subject's frame does it, or at the thighs where the feet are seen."""
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
    width = float(columns.max() - columns.min()) + 1 if len(columns) else float(w)
    above_head = max(0.0, (body.head_xy[1] - top_y) / body.stature_px)
    return Cut(x, max(cut_y, top_y + 1), top_y, width, above_head, notes)


def size_at(camera: Camera, cut_xy: tuple[float, float], cut_m: float, height_m: float) -> float | None:
    """Stature in pixels of a person who is seen at pixel `cut_xy` at `cut_m` above ground; None if never.

    The point at height c at distance d along the level direction e towards the pixel lies at ``d e - (h - c) u`` (u up,
    h the camera's height). It is on the pixel's ray for exactly one d.
    """
    up = up_vector(camera.pitch_deg, camera.roll_deg)
    towards = ray(camera, cut_xy)
    level = towards - float(towards @ up) * up
    along = float(np.linalg.norm(level))
    rise, drop = float(towards @ up), camera.height_m - cut_m
    if along <= 1e-6 or rise * drop >= 0:  # the ray never reaches that height
        return None
    foot = (-drop / rise) * level - camera.height_m * up
    head, cut = foot + height_m * up, foot + cut_m * up
    if min(head[2], cut[2]) <= 0.05:
        return None
    (hx, hy), (cx, cy) = project(camera, head), project(camera, cut)
    return math.hypot(hx - cx, hy - cy) * height_m / max(height_m - cut_m, 1e-3)
