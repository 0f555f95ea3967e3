"""Closed-form matting with wide windows, where the mask's edge is soft: the default.

Where a network's probability goes over from 1 to 0 within a few pixels, at a sleeve or a leg, the guided filter is as
good as anything. Where it takes long, at hair, opacity is sought that is near a linear function of the colours in every
window, and near the mask where that is sure. Between the two the answers are blended.

The system is never written down: a product with the matting Laplacian is a guided filter, and conjugate gradients need
no more. It starts from the guided filter's answer and needs a few dozen steps. It is solved on a smaller picture; the
linear functions are smooth, so they are carried to the full one.

References: He, Sun, Tang, Fast Matting Using Large Kernel Matting Laplacian Matrices, CVPR 2010, eq. 8-14; Levin,
Lischinski, Weiss, TPAMI 30 (2008).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenechange.errors import InputError
from scenechange.matte.cropping import cut_out
from scenechange.matte.guided import Guided, at_full_size, coefficients, inverse_covariance, shrunk
from scenechange.matte.trimap import edge_width, unknown_band

if TYPE_CHECKING:
    from collections.abc import Callable

    from scenechange.matte.cropping import Part
    from scenechange.types import Cutout, Mask, Photo

SMALL, TILE = 1024, 64  # longer edge in pixels at which the system is solved, and edge of the parts it is solved by
REACH = 0.012  # over which the width of an edge is averaged, as a share of the person's longer edge
# Widths of an edge, as a share of the person's longer edge: up to the first, and to the pixels named, the guided filter
# counts, from the second on the wide windows.
SHARP, SOFT, SHARP_PX = 0.003, 0.008, 1.5
LEAST_PRIOR, SURE_PRIOR = 0.2, 2.0  # of the mask's weight: where it is undecided, and more where it is sure


@dataclass(frozen=True, slots=True)
class LargeKernel:
    """Opacity by closed-form matting with wide windows at soft edges, by the guided filter at sharp ones.

    Parameters
    ----------
    band : float
        How far from the outline the opacity may be grey, as a share of the person's longer edge. Default 0.02.
    radius : float
        Radius of the windows, as a share of the person's longer edge. Default 0.004.
    smoothness : float
        Variance of sRGB values (0 to 1) below which colours count as one. Default 1e-5, little more than noise.
    prior : float
        Weight of the mask against the colours. Default 0.005.
    steps : int
        Steps of conjugate gradients. Default 20: more lower the sum of differences and raise the gradient error.

    Raises
    ------
    NobodyFoundError
        The mask is empty.
    InputError
        Mask and photo differ in size, or an option is out of range.
    """

    band: float = 0.02
    radius: float = 0.004
    smoothness: float = 1e-5
    prior: float = 0.005
    steps: int = 20

    def __post_init__(self) -> None:
        shares = 0 < self.band <= 0.5 and 0 < self.radius <= 0.5
        if not (shares and self.smoothness > 0 and self.prior > 0 and self.steps >= 1):
            raise InputError(
                "matte=large-kernel: wanted band and radius in (0, 0.5], smoothness and prior above 0, "
                f"steps 1 or more, got {self.band}, {self.radius}, {self.smoothness}, {self.prior}, {self.steps}"
            )

    def __call__(self, photo: Photo, mask: Mask) -> Cutout:
        """The cut-out of what `mask` marks; a mask that is the photo's own transparency is kept as it is."""
        return cut_out(photo, mask, self._alpha)

    def _alpha(self, part: Part) -> np.ndarray:
        """Opacity ``(h, w)`` at full resolution."""
        import cv2

        small = shrunk(part, self.band)
        filtered = Guided(band=self.band).filtered(part, small)
        edge, settled = small.person_px, small.settled
        band = unknown_band(settled, max(1, round(0.006 * edge)))
        wider = edge_width(small.probability, REACH * edge) - max(SHARP * edge, SHARP_PX)
        soft = np.clip(wider / ((SOFT - SHARP) * edge), 0, 1) * band
        if not soft.any():
            return filtered
        radius = max(1, round(self.radius * edge))
        start = cv2.resize(filtered, settled.shape[::-1], interpolation=cv2.INTER_AREA)
        solved = self._solved(small.guide, radius, np.where(band, start, settled > 0.5), band, settled)
        slope, offset = coefficients(small.guide, solved, max(1, radius // 2), self.smoothness)
        share = cv2.resize(soft.astype(np.float32), filtered.shape[::-1], interpolation=cv2.INTER_LINEAR)
        near = cv2.dilate((soft > 0).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        at = np.nonzero(share)
        filtered[at] += share[at] * (at_full_size(part, solved, near, slope, offset)[at] - filtered[at])
        return filtered

    def _solved(
        self, guide: np.ndarray, radius: int, start: np.ndarray, band: np.ndarray, settled: np.ndarray
    ) -> np.ndarray:
        """Opacity ``(h, w)`` by conjugate gradients in the band; outside it `start`, which is settled there."""
        laplacian = _near(band, guide, radius, self.smoothness)
        weight = self.prior * (LEAST_PRIOR + SURE_PRIOR * np.abs(2 * settled - 1) ** 4) * band

        def product(x: np.ndarray) -> np.ndarray:
            return np.asarray(laplacian(x) * band + weight * x)

        alpha = start.astype(np.float32)
        left = (weight * (settled - alpha) - laplacian(alpha) * band).astype(np.float32)
        way, size = left, float((left * left).sum(dtype=np.float64))
        for _ in range(self.steps):
            if size <= 1e-12:
                break
            along = product(way)
            step = size / float((way * along).sum(dtype=np.float64))
            alpha, left = alpha + step * way, left - step * along
            before, size = size, float((left * left).sum(dtype=np.float64))
            way = left + (size / before) * way
        return np.clip(alpha, 0, 1)


def _near(band: np.ndarray, guide: np.ndarray, radius: int, smoothness: float) -> Callable[[np.ndarray], np.ndarray]:
    """The product with the matting Laplacian in those tiles of the picture that hold some of the band; 0 in others."""
    height, width = band.shape
    tiles = []
    for y0, x0 in np.ndindex(-(-height // TILE), -(-width // TILE)):
        rows, columns = slice(y0 * TILE, (y0 + 1) * TILE), slice(x0 * TILE, (x0 + 1) * TILE)
        if band[rows, columns].any():
            top, left = max(rows.start - 2 * radius, 0), max(columns.start - 2 * radius, 0)
            seen = np.s_[top : rows.stop + 2 * radius, left : columns.stop + 2 * radius]
            inner = np.s_[rows.start - top :, columns.start - left :]
            laplacian = Laplacian(np.ascontiguousarray(guide[:, *seen]), radius, smoothness)
            tiles.append(((rows, columns), seen, inner, laplacian))

    def product(values: np.ndarray) -> np.ndarray:
        out = np.zeros_like(values)
        for tile, seen, inner, laplacian in tiles:
            own = out[tile]
            own[:] = laplacian(values[seen])[inner][: own.shape[0], : own.shape[1]]
        return out

    return product


class Laplacian:
    """Product with the matting Laplacian of a picture, divided by the pixels of a window: He, Sun, Tang 2010, eq. 11.

    Windows reach beyond the picture's edge and are smaller there, so the product stays symmetric.

    Parameters
    ----------
    guide : ndarray
        ``(3, h, w)`` float32.
    radius : int
        Half the window's edge in pixels.
    smoothness : float
        Added to the guide's variance.
    """

    def __init__(self, guide: np.ndarray, radius: int, smoothness: float) -> None:
        import cv2

        self._edge = (2 * radius + 1, 2 * radius + 1)
        ones = np.ones(guide.shape[1:])
        self._share = cv2.boxFilter(ones, -1, self._edge, borderType=cv2.BORDER_CONSTANT)

        def mean(plane: np.ndarray) -> np.ndarray:
            return np.asarray(cv2.boxFilter(plane, -1, self._edge, borderType=cv2.BORDER_CONSTANT) / self._share)

        colours = guide.astype(np.float64)
        middle = [mean(c) for c in colours]
        inverse = inverse_covariance(colours, middle, smoothness, mean)
        self._guide = guide
        self._middle = [m.astype(np.float32) for m in middle]
        self._inverse = [[c.astype(np.float32) for c in row] for row in inverse]
        self._share = self._share.astype(np.float32)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """``(h, w)`` of values ``(h, w)``, both float32: what no linear function of the colours explains."""
        import cv2

        def total(plane: np.ndarray) -> np.ndarray:
            return np.asarray(cv2.boxFilter(plane, -1, self._edge, borderType=cv2.BORDER_CONSTANT))

        middle = total(values) / self._share
        shared = [total(values * c) / self._share - middle * m for c, m in zip(self._guide, self._middle, strict=True)]
        slopes = [row[0] * shared[0] + row[1] * shared[1] + row[2] * shared[2] for row in self._inverse]
        offset = middle - sum(a * m for a, m in zip(slopes, self._middle, strict=True))
        explained = total(offset)
        for slope, colour in zip(slopes, self._guide, strict=True):
            explained += total(slope) * colour
        return np.asarray(self._share * values - explained)
