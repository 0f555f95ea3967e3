"""The cut-out at a size a pose network can use: person over grey, silhouette, and the way back to photo pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenechange.types import EDGES

if TYPE_CHECKING:
    from scenechange.types import Cutout, Photo

LONG_SIDE_PX = 1024  # four times the network's input: enough for a face seen at full length, small enough to be quick
GREY_SRGB = 0.5
TOUCH_SHARE = 0.03  # of the cut-out's own side: less than that is a stray lock of hair, not a cut
TOUCH_PX = 2
CRUMB_SHARE = 0.03  # of the largest piece: a belt of background can cut a person in two, crumbs are smaller


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A small copy of the person; all other measures of this room are in its pixels.

    Attributes
    ----------
    rgb : ndarray
        ``(h, w, 3)`` float32 sRGB in [0, 1], the background neutral grey.
    inside : ndarray
        ``(h, w)`` bool, where the person is.
    scale : (float, float)
        Picture pixels per photo pixel, horizontally and vertically.
    offset_xy : (int, int)
        Where the picture's top left corner lies in the photo.
    cropped_at : frozenset of str
        Edges of the photo that cut the person.
    open_at : frozenset of str
        Edges of the picture that are edges of the photo.
    """

    rgb: np.ndarray
    inside: np.ndarray
    scale: tuple[float, float]
    offset_xy: tuple[int, int]
    cropped_at: frozenset[str]
    open_at: frozenset[str]

    @property
    def size_hw(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return int(self.inside.shape[0]), int(self.inside.shape[1])

    @property
    def box_xyxy(self) -> tuple[float, float, float, float]:
        """Box round the person, ends exclusive; the whole picture where the silhouette is empty."""
        rows, columns = np.flatnonzero(self.inside.any(1)), np.flatnonzero(self.inside.any(0))
        if not len(rows):
            return 0.0, 0.0, float(self.size_hw[1]), float(self.size_hw[0])
        return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)

    def photo_xy(self, points_xy: np.ndarray) -> np.ndarray:
        """``(N, 2)`` picture pixels as photo pixels."""
        return (np.asarray(points_xy, np.float64) + 0.5) / self.scale - 0.5 + self.offset_xy

    def photo_px(self, length_px: float) -> float:
        """A length of the picture in photo pixels."""
        return length_px / float(np.sqrt(self.scale[0] * self.scale[1]))


def make_picture(photo: Photo, cutout: Cutout) -> Picture:
    """The person of `cutout` over grey, at most `LONG_SIDE_PX` long. Only the crop of the photo is touched."""
    import torch

    from scenechange.math.colour import srgb_from_linear

    h, w = cutout.alpha.shape[1:]
    x, y = cutout.offset_xy
    factor = min(1.0, LONG_SIDE_PX / max(h, w))
    size_hw = max(1, round(h * factor)), max(1, round(w * factor))
    alpha = _shrink(cutout.alpha[0].numpy(force=True), size_hw).clip(0, 1)
    crop = photo.rgb[:, y : y + h, x : x + w]
    channels = [_shrink(channel.numpy(force=True), size_hw) for channel in crop]
    srgb = srgb_from_linear(torch.from_numpy(np.stack(channels)).clamp(0, 1)).numpy()
    rgb = (srgb * alpha + GREY_SRGB * (1 - alpha)).transpose(1, 2, 0)
    inside, open_at = _largest_pieces(alpha > 0.5), _open_edges(cutout)
    scale = size_hw[1] / w, size_hw[0] / h
    cropped_at = _cutting_edges(inside, open_at)
    return Picture(np.ascontiguousarray(rgb), inside, scale, (x, y), cropped_at, open_at)


def _largest_pieces(inside: np.ndarray) -> np.ndarray:
    """``(h, w)`` silhouette without crumbs, so that a speck at the frame or below the feet is no cut and no foot."""
    import cv2

    count, labels, stats, _ = cv2.connectedComponentsWithStats(inside.astype(np.uint8), connectivity=8)
    if count <= 2:
        return inside
    areas = stats[:, cv2.CC_STAT_AREA]
    areas[0] = 0
    return (areas >= CRUMB_SHARE * areas.max())[labels]


def _open_edges(cutout: Cutout) -> frozenset[str]:
    """Edges of the photo that bound the cut-out."""
    (h, w), (x, y), (photo_h, photo_w) = cutout.alpha.shape[1:], cutout.offset_xy, cutout.source_hw
    at = {"left": x == 0, "top": y == 0, "right": x + w == photo_w, "bottom": y + h == photo_h}
    return frozenset(edge for edge in EDGES if at[edge])


def _cutting_edges(inside: np.ndarray, open_at: frozenset[str]) -> frozenset[str]:
    """Those of `open_at` that the person touches over a length worth speaking of."""
    # Two lines deep: mattes are often soft in the last one.
    lines = {"left": inside[:, :2].T, "top": inside[:2], "right": inside[:, -2:].T, "bottom": inside[-2:]}
    span = {"left": inside.any(1).sum(), "top": inside.any(0).sum()}
    span |= {"right": span["left"], "bottom": span["top"]}
    touching = {edge: int(lines[edge].any(0).sum()) for edge in open_at}
    return frozenset(edge for edge in open_at if touching[edge] > max(TOUCH_PX, TOUCH_SHARE * span[edge]))


def _shrink(plane: np.ndarray, size_hw: tuple[int, int]) -> np.ndarray:
    """``(h, w)`` plane at another size, averaged over areas."""
    if plane.shape == size_hw:
        return plane.astype(np.float32)
    import cv2

    return cv2.resize(plane, size_hw[::-1], interpolation=cv2.INTER_AREA)
