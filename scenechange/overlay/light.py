"""The light of a photo drawn over it: where the sun stands, where shadows fall, what is sky, how hard the light is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from scenechange.io import from_uint8, to_uint8
from scenechange.light.cues import shrink
from scenechange.light.frame import axes, azimuth_elevation
from scenechange.light.sky import sky_mask
from scenechange.math.geometry import ground_point, project

if TYPE_CHECKING:
    from torch import Tensor

    from scenechange.types import Camera, Light, Photo

SUN, SHADOW, SKY, INK, PAPER = (255, 190, 0), (40, 60, 160), (90, 160, 255), (20, 20, 20), (245, 245, 245)
POST_M = 1.7
"""Shadows are drawn as those of posts of this height."""
LONGEST = 4.0
"""Longest drawn shadow, in heights of the post."""


def light_overlay(photo: Photo, camera: Camera, light: Light) -> Tensor:
    """``(3, H, W)`` linear picture of `photo` with its light drawn over it.

    Sky is tinted blue. Posts of 1.7 m stand on the ground, each with its shadow. A rose in the corner shows the sun
    seen from above (up is where the camera looks) with a fan of one standard deviation, and bars the probability of
    hard sun and the share of diffuse light. A disc marks the sun where it stands inside the picture.
    """
    import cv2

    picture = to_uint8(photo.rgb)
    h, w = photo.size_hw
    small = sky_mask(shrink(photo.rgb, 256), camera).astype(np.uint8)
    sky = cv2.resize(small, (w, h), interpolation=cv2.INTER_NEAREST) > 0
    picture[sky] = (0.65 * picture[sky] + 0.35 * np.array(SKY)).astype(np.uint8)
    line = max(1, round(max(h, w) / 400))
    for start, end, top in _posts(camera, light):
        cv2.line(picture, start, end, SHADOW, 2 * line, cv2.LINE_AA)
        cv2.line(picture, start, top, PAPER, line, cv2.LINE_AA)
    toward = np.array(light.toward)
    if toward[2] > 0.05:
        at = tuple(round(float(np.clip(c, -1e5, 1e5))) for c in project(camera, toward))
        cv2.circle(picture, at, 8 * line, SUN, -1, cv2.LINE_AA)
    _rose(picture, camera, light, line)
    return from_uint8(picture)


def _posts(camera: Camera, light: Light) -> list[tuple[tuple[int, int], ...]]:
    """Pixels of the foot, the shadow's end and the top of posts that stand about the picture's ground."""
    h, w = camera.size_hw
    up, toward = axes(camera)[1], np.array(light.toward)
    sine = float(toward @ up)
    if sine <= 0.02:
        return []
    flat = toward - sine * up
    reach = min(float(np.linalg.norm(flat)) / sine, LONGEST) / max(float(np.linalg.norm(flat)), 1e-6)
    drawn = []
    for share in (0.2, 0.5, 0.8):
        horizon = camera.horizon_y(share * w)
        for fall in (0.25, 0.7):
            foot = ground_point(camera, (share * w, horizon + fall * (h - horizon)))
            if foot is None or horizon > 0.95 * h:
                continue
            points = foot, foot - POST_M * reach * flat, foot + POST_M * up
            if all(p[2] > 0.1 for p in points):
                xy = [project(camera, p) for p in points]
                drawn.append(tuple((round(x), round(y)) for x, y in np.clip(xy, -1e5, 1e5)))
    return drawn


def _rose(picture: np.ndarray, camera: Camera, light: Light, line: int) -> None:
    """Compass rose and bars in the lower left corner, drawn into `picture`."""
    import cv2

    h, w = picture.shape[:2]
    radius = max(20, round(0.11 * min(h, w)))
    middle = radius + 4 * line, h - 3 * radius // 2 - 4 * line
    cv2.rectangle(picture, (0, middle[1] - radius - 3 * line), (2 * radius + 8 * line, h), PAPER, -1)
    azimuth, rise = azimuth_elevation(camera, np.array(light.toward))
    spread = min(light.toward_sd_deg, 90.0)
    cv2.ellipse(picture, middle, (radius, radius), azimuth - 90, -spread, spread, (255, 225, 140), -1, cv2.LINE_AA)
    cv2.circle(picture, middle, radius, INK, line, cv2.LINE_AA)
    tip = [math.cos(math.radians(rise)) * radius * f(math.radians(azimuth)) for f in (math.sin, math.cos)]
    sun = round(middle[0] + tip[0]), round(middle[1] - tip[1])
    cv2.arrowedLine(picture, sun, middle, SUN, 2 * line, cv2.LINE_AA)
    cv2.line(picture, (middle[0], middle[1] - radius), (middle[0], middle[1] - radius // 2), INK, line, cv2.LINE_AA)
    size = radius / 75
    for k, (name, share) in enumerate((("sunlit", light.sunlit), ("diffuse", light.ambient_ratio))):
        y = middle[1] + radius + round((0.1 + 0.2 * k) * radius) + 2 * line
        right = 4 * line + round(share * 2 * radius)
        cv2.rectangle(picture, (4 * line, y), (right, y + round(0.14 * radius)), SUN if k == 0 else SKY, -1)
        text = f"{name} {100 * share:.0f} %"
        cv2.putText(picture, text, (6 * line, y + round(0.13 * radius)), 0, 0.4 * size, INK, max(1, line // 2), 16)
