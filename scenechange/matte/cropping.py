"""From a photo and a mask to the part that matters, and from solved opacity to a cut-out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenechange.errors import InputError, NobodyFoundError
from scenechange.matte.foreground import clean_colours, colours_over_white
from scenechange.matte.trimap import without_specks
from scenechange.types import Cutout

if TYPE_CHECKING:
    from collections.abc import Callable

    from scenechange.types import Mask, Photo

FAINT = 1 / 255  # opacity that no picture shows
SPECK = 0.002  # parts smaller than this share of the largest are dropped


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The part of a photo round a mask: ``rgb (3, h, w)`` linear, ``probability (h, w)``, and where it lies."""

    rgb: np.ndarray
    probability: np.ndarray
    offset_xy: tuple[int, int]
    is_matte: bool

    @property
    def person_px(self) -> int:
        """Longer edge in pixels of the box round the person."""
        rows, cols = (np.flatnonzero((self.probability > 0.5).any(axis)) for axis in (1, 0))
        return int(max(np.ptp(rows), np.ptp(cols))) + 1 if len(rows) else 1


def cut_out(photo: Photo, mask: Mask, solve: Callable[[Part], np.ndarray]) -> Cutout:
    """The cut-out of what `mask` marks; a mask that is the photo's own transparency is kept as it is.

    `solve` gives the opacity ``(h, w)`` of a part at full resolution. Raises as `part_of` does.
    """
    part = part_of(photo, mask)
    return cutout_of(photo, part, part.probability if part.is_matte else solve(part))


def part_of(photo: Photo, mask: Mask) -> Part:
    """The part of the photo round the mask, with a margin for soft edges.

    Raises
    ------
    InputError
        Mask and photo differ in size.
    NobodyFoundError
        The mask is empty.
    """
    if tuple(mask.inside.shape) != photo.size_hw:
        raise InputError(f"mask: wanted the photo's size {photo.size_hw}, got {tuple(mask.inside.shape)}")
    inside = mask.inside.detach().cpu().numpy()
    rows, cols = np.flatnonzero((inside > 0.05).any(1)), np.flatnonzero((inside > 0.05).any(0))
    if len(rows) == 0 or float(inside.max()) <= 0.5:
        raise NobodyFoundError("the mask is empty: no pixel is more likely inside than outside")
    margin = 4 + max(int(np.ptp(rows)), int(np.ptp(cols))) // 50
    y0, y1 = max(int(rows[0]) - margin, 0), min(int(rows[-1]) + margin + 1, inside.shape[0])
    x0, x1 = max(int(cols[0]) - margin, 0), min(int(cols[-1]) + margin + 1, inside.shape[1])
    rgb = photo.rgb[:, y0:y1, x0:x1].detach().cpu().numpy()
    probability = np.ascontiguousarray(np.clip(inside[y0:y1, x0:x1], 0, 1))
    own = photo.alpha is not None and bool((photo.alpha[0, y0:y1, x0:x1].cpu().numpy() == probability).all())
    return Part(rgb, probability, (x0, y0), own)


def cutout_of(photo: Photo, part: Part, alpha: np.ndarray) -> Cutout:
    """The cut-out, cropped to what is visible and two pixels round it inside the photo, with clean colours."""
    import torch

    alpha = alpha.copy()
    alpha[alpha < FAINT] = 0
    alpha[alpha > 1 - FAINT] = 1
    if not part.is_matte:
        alpha = without_specks(alpha, SPECK)
    rows, cols = np.flatnonzero(alpha.any(1)), np.flatnonzero(alpha.any(0))
    if len(rows) == 0:
        raise NobodyFoundError("nothing of the person is left after matting; try another segmenter or a click")
    y0, y1 = max(int(rows[0]) - 2, 0), min(int(rows[-1]) + 3, alpha.shape[0])
    x0, x1 = max(int(cols[0]) - 2, 0), min(int(cols[-1]) + 3, alpha.shape[1])
    alpha = np.ascontiguousarray(alpha[y0:y1, x0:x1], dtype=np.float32)
    rgb = part.rgb[:, y0:y1, x0:x1]
    colours = colours_over_white(rgb, alpha) if part.is_matte else clean_colours(rgb, alpha)
    return Cutout(
        foreground=torch.from_numpy(colours),
        alpha=torch.from_numpy(alpha)[None],
        offset_xy=(part.offset_xy[0] + x0, part.offset_xy[1] + y0),
        source_hw=photo.size_hw,
    )
