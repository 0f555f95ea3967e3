"""Contact sheets: pictures side by side with captions, for people who judge by looking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from scenechange.math.colour import linear_from_srgb, srgb_from_linear
from scenechange.math.image import channels_rows_cols, fit_within, resize, rows_cols_channels

if TYPE_CHECKING:
    from torch import Tensor

    from scenechange.types import Composite

CAPTION_PX = 26
PAPER = 0.9


def contact_sheet(tiles: Sequence[tuple[str, Tensor]], columns: int, tile_hw: tuple[int, int]) -> Tensor:
    """``(3, H, W)`` linear picture of captioned tiles in reading order.

    Parameters
    ----------
    tiles : sequence of (caption, image)
        Images ``(3, h, w)`` linear or ``(1, h, w)`` shown as grey; each is fitted into `tile_hw`.
    columns : int
        Tiles in a row.
    tile_hw : (int, int)
        Height and width of a tile in pixels, without its caption.
    """
    import torch

    height, width = tile_hw
    rows = -(-len(tiles) // columns)
    sheet = np.full((rows * (height + CAPTION_PX), columns * width, 3), PAPER, np.float32)
    for k, (caption, image) in enumerate(tiles):
        top, left = (k // columns) * (height + CAPTION_PX), (k % columns) * width
        factor = min((height - 4) / image.shape[1], (width - 4) / image.shape[2])
        small_hw = fit_within((int(image.shape[1]), int(image.shape[2])), max(int(factor * max(image.shape[1:])), 1))
        small = rows_cols_channels(resize(image.expand(3, -1, -1), small_hw))
        y, x = top + CAPTION_PX + (height - small_hw[0]) // 2, left + (width - small_hw[1]) // 2
        sheet[y : y + small_hw[0], x : x + small_hw[1]] = small
        sheet[top : top + CAPTION_PX, left : left + width] = _caption(caption, width)
    return torch.clamp(channels_rows_cols(sheet), 0, 1)


def _caption(text: str, width: int) -> np.ndarray:
    import cv2

    strip = np.full((CAPTION_PX, width, 3), round(255 * PAPER), np.uint8)
    cv2.putText(strip, text, (6, CAPTION_PX - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (10, 10, 10), 1, cv2.LINE_AA)
    return strip.astype(np.float32) / 255


def stages_sheet(composite: Composite, tile_hw: tuple[int, int] = (420, 420)) -> Tensor:
    """Contact sheet of all stages of one picture: both photos, cut-out, camera, ground, light, layers, result."""
    subject, scene, layers = composite.subject, composite.scene, composite.layers
    cutout, camera, light = subject.cutout, scene.camera, scene.light
    checker = _checkerboard(cutout.alpha)
    x0, y0, x1, y1 = layers.window_xyxy
    shadow = layers.background.new_ones((1, *layers.background.shape[1:]))
    shadow[:, y0:y1, x0:x1] = layers.shadow.mean(0, keepdim=True)
    toward = ", ".join(f"{v:+.2f}" for v in light.toward)
    tiles = [
        ("your photo", subject.photo.rgb),
        ("segment + matte: alpha", cutout.alpha),
        ("cut-out", cutout.alpha * cutout.foreground + (1 - cutout.alpha) * checker),
        (f"person: {subject.body.height_m:.2f} +- {subject.body.height_sd_m:.2f} m", _with_body(composite)),
        ("the place", scene.photo.rgb),
        (f"camera: pitch {camera.pitch_deg:+.1f}, roll {camera.roll_deg:+.1f} deg", _with_horizon(composite)),
        ("ground: where one can stand", scene.ground.standable[None]),
        (f"light: {light.cct_k:.0f} K, toward {toward}", layers.background * 0.5),
        ("placed, untouched", plain_paste(composite)),
        ("harmonized, optics matched", layers.alpha * layers.foreground + (1 - layers.alpha) * PAPER),
        ("shadow: transmittance", shadow),
        ("result", composite.rgb),
    ]
    return contact_sheet(tiles, 4, tile_hw)


def plain_paste(composite: Composite) -> Tensor:
    """``(3, H, W)`` linear: the same person at the same place with no change of colour, light or sharpness."""
    from scenechange import registry

    placed = registry.make("place", composite.recipe.methods.get("place"))(
        composite.subject, composite.scene, composite.recipe.place
    )
    return registry.make("compose")(placed)


def _checkerboard(like: Tensor) -> Tensor:
    import torch

    rows, cols = (torch.arange(n) // max(8, max(like.shape) // 60) for n in like.shape[1:])
    pattern = ((rows[:, None] + cols[None]) % 2).float()
    return linear_from_srgb(0.75 + 0.15 * pattern)[None]


def _with_horizon(composite: Composite) -> Tensor:
    import cv2

    camera = composite.scene.camera
    width = camera.size_hw[1]
    picture = _drawing(composite.scene.photo.rgb)
    ends = [(x, round(float(np.clip(camera.horizon_y(x), -1e5, 1e5)))) for x in (0, width - 1)]
    cv2.line(picture, ends[0], ends[1], (255, 60, 60), max(2, width // 300))
    return _photo(picture)


def _with_body(composite: Composite) -> Tensor:
    import cv2

    body = composite.subject.body
    picture = _drawing(composite.subject.photo.rgb)
    radius = max(2, round(0.004 * max(picture.shape[:2])))
    for x, y, confidence in body.keypoints:
        if confidence > 0.5:
            cv2.circle(picture, (round(float(x)), round(float(y))), radius, (240, 200, 0), -1)
    for x, y in (*body.feet_xy, body.head_xy):
        cv2.circle(picture, (round(float(x)), round(float(y))), 2 * radius, (240, 0, 80), max(1, radius // 2))
    return _photo(picture)


def _drawing(rgb: Tensor) -> np.ndarray:
    """``(H, W, 3)`` 8-bit sRGB copy to draw on."""
    return np.ascontiguousarray((255 * rows_cols_channels(srgb_from_linear(rgb))).round().astype(np.uint8))


def _photo(drawing: np.ndarray) -> Tensor:
    return linear_from_srgb(channels_rows_cols(drawing.astype(np.float32) / 255))
