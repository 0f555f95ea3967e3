"""Which part of a picture a stroke means.

A line says little: its middle certainly belongs to the part that is meant, its rim probably, its neighbourhood
perhaps. A graph cut decides by colour and edges (Boykov, Jolly, ICCV 2001; colours as mixtures of Gaussians: Rother,
Kolmogorov, Blake, GrabCut, SIGGRAPH 2004; OpenCV's); where it finds no edge, the brush's own outline counts. A click
says less: a watershed finds the part that edges enclose round it (Meyer, 1992).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenechange.math.image import fit_within

if TYPE_CHECKING:
    from scenechange.types import Stroke

CUT_PX = 256  # longer edge at which it is decided what one stroke means: a quarter of a second at most
ROUNDS = 2  # of cutting and learning colours anew
LINE_REACH, CLICK_REACHES = 1.6, (6.0, 12.0, 24.0)  # how far from its line a stroke may take pixels, in radii
LEAST_STEP = 0.06  # change of sRGB values per pixel at an edge, on the average


def part_meant(colours: np.ndarray, share: np.ndarray, away: np.ndarray, stroke: Stroke) -> np.ndarray:
    """``(h, w)`` bool: the part of a window that a stroke means, beside what is on its side already.

    Parameters
    ----------
    colours : ndarray
        ``(3, h, w)`` sRGB in [0, 1].
    share : ndarray
        ``(h, w)`` how much of a pixel is on the stroke's side already.
    away : ndarray
        ``(h, w)`` distance from the certain middle of the stroke.
    stroke : Stroke
        At the size of the window.
    """
    import cv2

    height, width = share.shape
    small = fit_within((height, width), CUT_PX)

    def shrunk(plane: np.ndarray) -> np.ndarray:
        return np.asarray(cv2.resize(plane, (small[1], small[0]), interpolation=cv2.INTER_AREA))

    factor = small[0] / height
    near, own = shrunk(away) * factor, shrunk(share) > 0.5
    near[near < 0.5] = 0
    image = np.stack([shrunk(c) for c in colours], 2)
    find = _enclosed if len(stroke.points_xy) == 1 else _cut
    found = find(image, own & (near > 0), near, stroke.radius_px * factor)
    # Slivers between the part and what was on this side already belong to the part: nobody wants to see them alone.
    speck = np.ones((5, 5), np.uint8)
    closed = cv2.morphologyEx((found | own).astype(np.uint8), cv2.MORPH_CLOSE, speck) > 0
    found = found | (closed & ~own & (cv2.dilate(found.astype(np.uint8), speck) > 0))
    grown = cv2.GaussianBlur(found.astype(np.float32), (0, 0), 0.7)
    taken = cv2.resize(grown, (width, height), interpolation=cv2.INTER_LINEAR) > 0.5
    # What the brush covers and was half on this side goes over to it as a whole.
    return taken | (away <= 0) | ((away <= stroke.radius_px / 2) & (share > 0.5))


def _cut(image: np.ndarray, own: np.ndarray, near: np.ndarray, radius: float) -> np.ndarray:
    """``(h, w)`` bool: what a line means, by a graph cut. Its outline is the brush's where no edge is near.

    `own (h, w)` is on the stroke's side already; `near (h, w)` is the distance from the certain middle, half a radius
    wide.
    """
    import cv2

    rim, reach, certain = radius / 2, (LINE_REACH - 0.5) * radius, near <= 0
    # What is on this side already says nothing of the part that is meant: it gets the colour under the stroke.
    plain = image.copy()
    plain[own] = np.median(image[certain], axis=0)
    labels = np.where(near <= rim, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[near > reach] = cv2.GC_BGD
    labels[own | certain] = cv2.GC_FGD
    brush = (near <= rim) & ~own
    if not np.isin(labels, (cv2.GC_BGD, cv2.GC_PR_BGD)).any() or (labels == cv2.GC_FGD).all():
        return brush
    codes = (np.clip(plain, 0, 1) * 255).round().astype(np.uint8)
    cv2.setRNGSeed(0)  # the mixtures start from random centres
    cv2.grabCut(codes, labels, (0, 0, 1, 1), np.zeros((1, 65)), np.zeros((1, 65)), ROUNDS, cv2.GC_INIT_WITH_MASK)
    meant = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)) & ~own
    steep = _steepness(image)
    for part in _parts(brush & ~meant):  # left out of the brush: only along an edge of the picture
        if not _ends_at_an_edge(part, meant, steep):
            meant |= part
    for part in _parts(meant & ~brush):  # taken beyond it: only up to one
        if not _ends_at_an_edge(part, ~(meant | own), steep):
            meant &= ~part
    _, numbers = cv2.connectedComponents(meant.astype(np.uint8), connectivity=4)
    return meant & np.isin(numbers, np.unique(numbers[certain & meant]))


def _enclosed(image: np.ndarray, own: np.ndarray, near: np.ndarray, radius: float) -> np.ndarray:
    """``(h, w)`` bool: what a click means: of the parts that edges enclose round it, the one with the steepest edge.

    A watershed between the click and a ring round it ends at the steepest edge on the way; rings of several sizes are
    tried, for a click does not say how large a thing it means.
    """
    import cv2

    steep, codes = _steepness(image), (np.clip(image, 0, 1) * 255).round().astype(np.uint8)
    codes = cv2.medianBlur(codes, 3)
    best, most = near <= 0, -1.0
    for reach in CLICK_REACHES:
        markers = np.zeros(near.shape, np.int32)
        markers[near > (reach - 1) * radius] = 2
        markers[own] = 3
        markers[near <= 0] = 1
        if not (markers == 2).any():
            continue
        inside = cv2.watershed(codes, markers) == 1
        line = cv2.dilate(inside.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool) & ~inside & ~own
        edge = float(steep[line].mean()) if line.any() else 0.0
        if edge > most:
            best, most = inside, edge
    return best


def _steepness(image: np.ndarray) -> np.ndarray:
    """``(h, w)`` largest change of a channel per pixel."""
    import cv2

    smooth = cv2.GaussianBlur(image, (0, 0), 1.0)
    gx, gy = (cv2.Sobel(smooth, cv2.CV_32F, *axes, scale=1 / 8) for axes in ((1, 0), (0, 1)))
    return np.asarray(np.hypot(gx, gy).max(2))


def _parts(mask: np.ndarray) -> list[np.ndarray]:
    """The connected parts of a mask."""
    import cv2

    count, numbers = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    return [numbers == number for number in range(1, count)]


def _ends_at_an_edge(part: np.ndarray, beyond: np.ndarray, steep: np.ndarray) -> bool:
    """Whether the border between a part and what lies beyond is an edge of the picture, on the average."""
    import cv2

    border = cv2.dilate(part.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool) & beyond
    return not border.any() or float(steep[border].mean()) >= LEAST_STEP
