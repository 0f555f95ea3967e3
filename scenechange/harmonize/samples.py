"""Colours of the person and of the scene round the person, as two small lists with positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenechange.math.colour import LUMA, linear_of
from scenechange.types import Layers

if TYPE_CHECKING:
    from torch import Tensor

OPAQUE, CLEAR = 0.95, 0.02
SIDE, ABOVE, BELOW = 0.45, 0.08, 0.06  # frame round the person, in heights of the person: that of full-body photos
PICTURE_PX = 128  # longer side of the copy that tells how bright the whole picture is
FEW, ENOUGH = 24, 3000  # fewer pixels say nothing, more say nothing new


@dataclass(frozen=True, slots=True)
class Samples:
    """Some pixels, evenly spread, sRGB-encoded, with positions relative to the person's box.

    Attributes
    ----------
    person : ndarray
        ``(n, 3)`` colours of opaque pixels, [0, 1].
    person_xy : ndarray
        ``(n, 2)`` 0..1 across and down the person's box.
    scene : ndarray
        ``(m, 3)`` colours of the scene round the person, [0, 1], without the person.
    scene_xy : ndarray
        ``(m, 2)`` distance from the middle of the box in heights of the person; 0 at the head to 1 at the feet.
    bright_ev : float
        Luminance that a tenth of the whole picture exceeds, in stops below white: 0 where a tenth is white.
    """

    person: np.ndarray
    person_xy: np.ndarray
    scene: np.ndarray
    scene_xy: np.ndarray
    bright_ev: float = 0.0


def gather(layers: Layers, longest_px: int = 96) -> Samples | None:
    """Samples of `layers` from area means on a grid of at most `longest_px`; None where person or scene are too few.

    The scene is read only where alpha is below 0.02, so it may be a finished composite that contains the person.
    """
    from scenechange.math.colour import srgb_from_linear
    from scenechange.math.image import box_of

    box = box_of(layers.alpha, OPAQUE)
    if box is None:
        return None
    x0, y0, x1, y1 = box
    step = max(1, max(x1 - x0, y1 - y0) // (4 * longest_px))  # a regular subsample keeps large windows quick
    rows, columns = slice(y0, y1, step), slice(x0, x1, step)
    seen = (layers.alpha[:, rows, columns] * layers.occlusion[:, rows, columns]) >= OPAQUE
    person, inside = area_means(layers.foreground[:, rows, columns], seen, longest_px)
    frame = scene_frame(layers, box)
    step = max(1, max(frame[2] - frame[0], frame[3] - frame[1]) // (4 * longest_px))
    region = layers.background[:, frame[1] : frame[3] : step, frame[0] : frame[2] : step]
    scene, outside = area_means(region, person_mask(layers, frame, step) < CLEAR, longest_px)
    if int(inside.sum()) < FEW or int(outside.sum()) < FEW:
        return None
    person_xy = _grid(inside.shape)[inside]
    frame_xy = _grid(outside.shape)[outside] * [frame[2] - frame[0], frame[3] - frame[1]] + [frame[0], frame[1]]
    middle = np.array([layers.window_xyxy[0] + (x0 + x1) / 2, layers.window_xyxy[1] + y0])
    scene_xy = (frame_xy - middle) / (y1 - y0)
    scene_xy[:, 0] = np.abs(scene_xy[:, 0])
    colours, around = (srgb_from_linear(values.clamp(0, 1)).numpy() for values in (person, scene))
    p, s = _evenly(len(person_xy)), _evenly(len(scene_xy))
    return Samples(
        colours[:, inside].T[p], person_xy[p], around[:, outside].T[s], scene_xy[s], _bright_ev(layers.background)
    )


def bright_ev(colours: np.ndarray) -> float:
    """Luminance that a tenth of sRGB ``(n, 3)`` exceeds, as base-2 logarithm; about -8 for black."""
    return float(np.percentile(np.log2(linear_of(colours) @ np.array(LUMA) + 0.005), 90))


def light_given(before: np.ndarray, after: np.ndarray) -> tuple[float, float, float]:
    """By what each channel's mean over linear ``(n, 3)`` was multiplied, between 1/64 and 64: `Layers.matched_rgb`."""
    ratio = (after.mean(axis=0) + 1e-4) / (before.mean(axis=0) + 1e-4)
    red, green, blue = np.clip(ratio, 1 / 64, 64)
    return float(red), float(green), float(blue)


def _bright_ev(picture: Tensor) -> float:
    from scenechange.math.colour import srgb_from_linear

    step = max(1, max(picture.shape[-2:]) // 512)
    small, _ = area_means(picture[:, ::step, ::step], picture[:1, ::step, ::step] >= 0, PICTURE_PX)
    return bright_ev(srgb_from_linear(small.clamp(0, 1)).numpy().reshape(3, -1).T)


def scene_frame(layers: Layers, box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Part of the scene x0, y0, x1, y1 round the person's box, as a full-body photo would frame it."""
    left, top = layers.window_xyxy[:2]
    height = box[3] - box[1]
    middle = left + (box[0] + box[2]) / 2
    reach = max(SIDE * height, 0.75 * (box[2] - box[0]))
    scene_h, scene_w = layers.background.shape[-2:]
    x0, x1 = max(0, int(middle - reach)), min(scene_w, int(middle + reach) + 1)
    y0, y1 = max(0, int(top + box[1] - ABOVE * height)), min(scene_h, int(top + box[3] + BELOW * height) + 1)
    return x0, y0, x1, y1


def person_mask(layers: Layers, frame: tuple[int, int, int, int], step: int = 1) -> Tensor:
    """Opacity of the person ``(1, h, w)`` in every `step`-th row and column of `frame` of the scene."""
    x0, y0, x1, y1 = layers.window_xyxy
    rows, columns = range(frame[1], frame[3], step), range(frame[0], frame[2], step)
    inside = layers.alpha.new_zeros((1, len(rows), len(columns)))
    r0, r1 = (_first(at - frame[1], step, len(rows)) for at in (y0, y1))
    c0, c1 = (_first(at - frame[0], step, len(columns)) for at in (x0, x1))
    if r0 < r1 and c0 < c1:
        top, left = rows[r0] - y0, columns[c0] - x0
        inside[:, r0:r1, c0:c1] = layers.alpha[:, top::step, left::step][:, : r1 - r0, : c1 - c0]
    return inside


def _first(at: int, step: int, count: int) -> int:
    """Number of the first of `count` multiples of `step` that is not below `at`."""
    return min(max(0, -(-at // step)), count)


def area_means(rgb: Tensor, wanted: Tensor, longest_px: int) -> tuple[Tensor, np.ndarray]:
    """Area means ``(3, h, w)`` on a small grid, and which cells ``(h, w)`` hold wanted pixels only."""
    import torch

    scale = min(1.0, longest_px / max(rgb.shape[-2:]))
    size = max(1, round(rgb.shape[-2] * scale)), max(1, round(rgb.shape[-1] * scale))
    pool = torch.nn.functional.adaptive_avg_pool2d
    return pool(rgb[None], size)[0], pool(wanted[None].float(), size)[0, 0].numpy() > 0.98


def _evenly(count: int) -> np.ndarray:
    """Numbers of at most `ENOUGH` of `count` samples, evenly spread."""
    return np.linspace(0, count - 1, min(count, ENOUGH)).round().astype(int)


def _grid(shape: tuple[int, ...]) -> np.ndarray:
    """Positions ``(h, w, 2)`` of cell centres, 0..1 across and down."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    return np.stack([(x + 0.5) / shape[1], (y + 0.5) / shape[0]], axis=-1)
