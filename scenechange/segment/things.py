"""Things that are pointed at and are nobody: a view in which they stand out, else a graph cut by colour.

Reference: Rother, Kolmogorov, Blake, GrabCut, SIGGRAPH 2004, by OpenCV.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenechange.detectors import picture
from scenechange.errors import NobodyFoundError
from scenechange.math.image import fit_within
from scenechange.segment.views import View, Window, widened

if TYPE_CHECKING:
    from collections.abc import Callable

    from scenechange.types import Photo, Prompt

OFFER = "point at somebody or something with --click X,Y or --box X0,Y0,X1,Y1"
LONG_SIDE, ROUNDS = 512, 5


def view_of_thing(
    photo: Photo, prompt: Prompt, view: View, look: Callable[[Photo, Window], np.ndarray], margin: float
) -> View:
    """A view in which the network marks the thing that is pointed at: the whole photo, or a window round it."""
    height, width = photo.size_hw
    if prompt.box_xyxy is not None:
        x0, y0, x1, y1 = (round(n) for n in prompt.box_xyxy)
        box = max(x0, 0), max(y0, 0), max(min(x1, width), max(x0, 0) + 1), max(min(y1, height), max(y0, 0) + 1)
        window = widened(box, margin, photo.size_hw)
        view = View(window, look(photo, window))
        if view.over(box).max() > 0.5:
            return view
        cut = cut_in_box(photo, window, box)
        if cut.any():
            return View(window, cut)
        raise NobodyFoundError(f"nothing stands out in the box {box}; draw it closer round the person")
    x, y = next(xy for xy, label in zip(prompt.points_xy, prompt.labels, strict=True) if label)
    pixel = min(max(int(x + 0.5), 0), width - 1), min(max(int(y + 0.5), 0), height - 1)
    at = (*pixel, pixel[0] + 1, pixel[1] + 1)
    for part in (2, 4):
        if view.over(at)[0, 0] > 0.5:
            return view
        view = _view_round(photo, pixel, part, look)
    if view.over(at)[0, 0] > 0.5:
        return view
    raise NobodyFoundError(f"nothing stands out at the click {x:g},{y:g}; draw a box round it with --box")


def _view_round(photo: Photo, xy: tuple[int, int], part: int, look: Callable[[Photo, Window], np.ndarray]) -> View:
    """A look at the square of 1 / `part` of the longer edge round a pixel."""
    half = max(16, max(photo.size_hw) // (2 * part))
    window = widened((xy[0], xy[1], xy[0] + 1, xy[1] + 1), half, photo.size_hw)
    return View(window, look(photo, window))


def cut_in_box(photo: Photo, window_xyxy: Window, box_xyxy: Window) -> np.ndarray:
    """``(h, w)`` probability over a window: what in the box differs in colour from the rest of the window; else 0.

    Parameters
    ----------
    photo : Photo
        Any size.
    window_xyxy, box_xyxy : tuple of int
        In pixels of the photo, the box inside the window. Everything outside the box counts as background.
    """
    import cv2

    (x0, y0, x1, y1), (u0, v0, u1, v1) = window_xyxy, box_xyxy
    size = fit_within((y1 - y0, x1 - x0), LONG_SIDE)
    sx, sy = size[1] / (x1 - x0), size[0] / (y1 - y0)
    left, top = round((u0 - x0) * sx), round((v0 - y0) * sy)
    right, bottom = max(round((u1 - x0) * sx), left + 1), max(round((v1 - y0) * sy), top + 1)
    labels = np.full(size, cv2.GC_BGD, np.uint8)
    labels[top:bottom, left:right] = cv2.GC_PR_FGD
    if not (labels == cv2.GC_BGD).any():
        return np.zeros(size, np.float32)
    seen = (picture(photo, window_xyxy, size) * 255).round().astype(np.uint8)
    cv2.setRNGSeed(0)  # OpenCV's clusters start at random: the same box gives the same cut
    cv2.grabCut(seen, labels, (0, 0, 1, 1), np.zeros((1, 65)), np.zeros((1, 65)), ROUNDS, cv2.GC_INIT_WITH_MASK)
    inside = (labels == cv2.GC_PR_FGD).astype(np.uint8)
    inside = cv2.morphologyEx(inside, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 0.8)
