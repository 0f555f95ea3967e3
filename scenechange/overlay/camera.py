"""What was measured of a place, drawn over its photo: horizon, vanishing lines, ground, and people as a ruler."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from scenechange.io import from_uint8, to_uint8
from scenechange.math.geometry import foot_at, ground_point, stature_px
from scenechange.math.image import fit_within, resize

if TYPE_CHECKING:
    from torch import Tensor

    from scenechange.types import Camera, Ground, Photo

LONG_SIDE = 1600
RULER_M = 1.75
DISTANCES_M = (2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0)
COLUMNS = (0.28, 0.5, 0.72)  # of the width; where the three people stand, nearest first
LOWEST_FOOT, SMALLEST, LARGEST = 0.97, 0.03, 1.1  # shares of the picture's height
GREEN, YELLOW, WHITE, DARK = (60, 220, 90), (255, 225, 40), (255, 255, 255), (20, 20, 20)
UPRIGHT = (60, 140, 255)
LEVEL = ((255, 70, 60), (255, 150, 30), (230, 70, 220))


def camera_overlay(photo: Photo, camera: Camera, ground: Ground, families: Sequence[np.ndarray] = ()) -> Tensor:
    """``(3, h, w)`` linear picture, at most 1600 pixels long.

    Green: where one can stand. Yellow: the horizon, and thin lines one standard deviation above and below. Blue:
    upright edges; red, orange, violet: level edges by direction. White: people 1.75 m tall, with their distance.

    Parameters
    ----------
    photo, camera, ground : Photo, Camera, Ground
        Of the same picture.
    families : sequence of ndarray
        ``(N, 4)`` segments in pixels of the photo: upright ones, then the level ones of each direction.
    """
    hw = fit_within(photo.size_hw, LONG_SIDE)
    scale = hw[1] / photo.size_hw[1]
    picture = _tinted(to_uint8(resize(photo.rgb, hw)), resize(ground.standable[None], hw)[0].numpy())
    thick = max(1, max(hw) // 640)
    for family, colour in zip(families, (UPRIGHT, *LEVEL), strict=False):
        _segments(picture, family * scale, colour, thick)
    _horizon(picture, camera, scale, thick)
    for distance_m, foot_xy, tall_px in ruler(camera):
        _person(picture, np.array(foot_xy) * scale, tall_px * scale, f"{RULER_M:.2f} m at {distance_m:.0f} m", camera)
    _text(picture, summary(camera), (10, 12 + 14 * thick), 0.55 * thick)
    return from_uint8(picture)


def summary(camera: Camera) -> str:
    """The camera in one line."""
    return (
        f"pitch {camera.pitch_deg:+.1f} +- {camera.pitch_sd_deg:.1f} deg, roll {camera.roll_deg:+.1f} +- "
        f"{camera.roll_sd_deg:.1f} deg, f {camera.f_px:.0f} +- {camera.f_sd_px:.0f} px, height "
        f"{camera.height_m:.2f} +- {camera.height_sd_m:.2f} m"
    )


def ruler(camera: Camera) -> list[tuple[float, tuple[float, float], float]]:
    """Distance in metres, foot in pixels and height in pixels of up to three people who fit into the picture."""
    height, width = camera.size_hw
    fitting = []
    for distance_m in DISTANCES_M:
        foot = foot_at(camera, distance_m)
        tall_px = stature_px(camera, foot, RULER_M) if foot is not None else None
        if tall_px is None or foot is None or not SMALLEST * height < tall_px < LARGEST * height:
            continue
        if 0 < foot[1] < LOWEST_FOOT * height:
            fitting.append(distance_m)
    chosen = sorted({fitting[0], fitting[len(fitting) // 2], fitting[-1]}) if fitting else []
    marks = []
    for distance_m, share in zip(chosen, COLUMNS, strict=False):
        foot = _foot_in_column(camera, distance_m, share * width)
        tall_px = stature_px(camera, foot, RULER_M) if foot is not None else None
        if foot is not None and tall_px is not None:
            marks.append((distance_m, foot, tall_px))
    return marks


def _foot_in_column(camera: Camera, distance_m: float, x: float) -> tuple[float, float] | None:
    """Pixel of the ground `distance_m` away at about column `x`."""
    azimuth = math.degrees(math.atan2(x - camera.centre_xy[0], camera.f_px))
    foot = foot_at(camera, distance_m, azimuth)
    return foot if foot is not None and ground_point(camera, foot) is not None else None


def _tinted(picture: np.ndarray, share: np.ndarray) -> np.ndarray:
    strength = 0.4 * share[..., None]
    return (picture * (1 - strength) + np.array(GREEN) * strength).astype(np.uint8)


def _segments(picture: np.ndarray, segments: np.ndarray, colour: tuple[int, int, int], thick: int) -> None:
    import cv2

    for x0, y0, x1, y1 in np.round(segments).astype(int).tolist():
        cv2.line(picture, (x0, y0), (x1, y1), colour, thick, cv2.LINE_AA)


def _horizon(picture: np.ndarray, camera: Camera, scale: float, thick: int) -> None:
    import cv2

    width = camera.size_hw[1]
    for off, weight in ((0.0, 2 * thick), (camera.horizon_spread_px, 1), (-camera.horizon_spread_px, 1)):
        ys = [float(np.clip((camera.horizon_y(x) + off) * scale, -1e4, 1e4)) for x in (0.0, width - 1.0)]
        ends = (0, round(ys[0])), (picture.shape[1] - 1, round(ys[1]))
        cv2.line(picture, ends[0], ends[1], YELLOW, weight, cv2.LINE_AA)


def _person(picture: np.ndarray, foot: np.ndarray, tall: float, label: str, camera: Camera) -> None:
    """An upright figure of `tall` pixels: head, trunk and legs, leaning as the plumb line does there."""
    import cv2

    lean = math.radians(-camera.roll_deg)
    up, side = np.array([math.sin(lean), -math.cos(lean)]), np.array([math.cos(lean), math.sin(lean)])
    outline = (
        (-0.10, 0.0),
        (-0.11, 0.47),
        (-0.13, 0.82),
        (0.13, 0.82),
        (0.11, 0.47),
        (0.10, 0.0),
        (0.02, 0.0),
        (0, 0.42),
    )
    points = np.array([foot + tall * (a * side + b * up) for a, b in (*outline, (-0.02, 0.0))])
    drawn = picture.copy()
    cv2.fillPoly(drawn, [np.round(points).astype(np.int32)], WHITE, cv2.LINE_AA)
    head = np.round(foot + 0.93 * tall * up).astype(int)
    cv2.circle(drawn, (int(head[0]), int(head[1])), max(1, round(0.07 * tall)), WHITE, -1, cv2.LINE_AA)
    picture[:] = (0.25 * picture + 0.75 * drawn).round().astype(np.uint8)
    size = max(0.4, min(0.9, tall / 400))
    _text(picture, label, (int(foot[0] - 0.1 * tall), int(foot[1]) + round(24 * size) + 4), size)


def _text(picture: np.ndarray, text: str, at: tuple[int, int], size: float) -> None:
    import cv2

    for dx, dy in ((-1, -1), (1, -1), (-1, 1), (1, 1)):  # a rim: a thicker font would be wider
        cv2.putText(picture, text, (at[0] + dx, at[1] + dy), cv2.FONT_HERSHEY_SIMPLEX, size, DARK, 1, cv2.LINE_AA)
    cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, WHITE, 1, cv2.LINE_AA)
