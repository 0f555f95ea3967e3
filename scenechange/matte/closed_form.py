"""Closed-form matting in the band round the outline: slower than the guided filter, better where hair is fine.

Reference: Levin, Lischinski, Weiss, A Closed-Form Solution to Natural Image Matting, TPAMI 30 (2008), solved by
pymatting (Germer, Uelwer, Conrad, Harmeling, JOSS 5(54), 2020).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenechange.errors import InputError, MissingExtraError
from scenechange.math.colour import srgb_of
from scenechange.math.image import fit_within, resize_planes
from scenechange.matte.cropping import cut_out
from scenechange.matte.trimap import settle, unknown_band

if TYPE_CHECKING:
    from scenechange.matte.cropping import Part
    from scenechange.types import Cutout, Mask, Photo


@dataclass(frozen=True, slots=True)
class ClosedForm:
    """Opacity by closed-form matting in the band round the outline, blended with the network's own; clean colours.

    Needs the extra `matting`. The first call in a fresh installation compiles for about a minute.

    Parameters
    ----------
    band : float
        How far from the outline the opacity may be grey, as a share of the person's longer edge. Default 0.02.
    trust : float
        Weight of the solution against the network's own, 0 to 1. Default 0.5: the mean is better than either.
    long_side_px : int
        The system is solved on a picture of this longer edge at most, which bounds time and memory. Default 1600.

    Raises
    ------
    MissingExtraError
        pymatting is not installed.
    NobodyFoundError
        The mask is empty.
    InputError
        Mask and photo differ in size, or an option is out of range.
    """

    band: float = 0.02
    trust: float = 0.5
    long_side_px: int = 1600

    def __post_init__(self) -> None:
        if not (0 < self.band <= 0.5 and 0 <= self.trust <= 1 and self.long_side_px >= 64):
            raise InputError(
                "matte=closed-form: wanted band in (0, 0.5], trust 0 to 1, long_side_px 64 or more, got "
                f"{self.band}, {self.trust}, {self.long_side_px}"
            )

    def __call__(self, photo: Photo, mask: Mask) -> Cutout:
        """The cut-out of what `mask` marks; a mask that is the photo's own transparency is kept as it is."""
        return cut_out(photo, mask, self._alpha)

    def _alpha(self, part: Part) -> np.ndarray:
        """Opacity ``(h, w)`` at full resolution."""
        import cv2

        height, width = part.probability.shape
        small_h, small_w = fit_within((height, width), self.long_side_px)
        edge = part.person_px * max(small_h, small_w) / max(height, width)
        probability = cv2.resize(part.probability, (small_w, small_h), interpolation=cv2.INTER_AREA)
        settled = settle(probability, max(1.0, self.band * edge))
        band = unknown_band(settled, max(1, round(0.006 * edge)))
        trimap = np.where(band, 0.5, (settled > 0.5).astype(np.float64))
        if not (trimap == 1).any() or not (trimap == 0).any():
            return np.asarray(cv2.resize(settled, (width, height), interpolation=cv2.INTER_LINEAR))
        pixels = srgb_of(resize_planes(part.rgb, (small_h, small_w))).transpose(1, 2, 0)
        solved = _solve(pixels.astype(np.float64), trimap).astype(np.float32)
        blended = np.where(band, self.trust * solved + (1 - self.trust) * settled, trimap).astype(np.float32)
        return np.asarray(cv2.resize(blended, (width, height), interpolation=cv2.INTER_LINEAR))


def _solve(pixels: np.ndarray, trimap: np.ndarray) -> np.ndarray:
    """Alpha ``(h, w)`` of sRGB pixels ``(h, w, 3)`` and a trimap of 0, 0.5 and 1."""
    try:
        from pymatting import estimate_alpha_cf
    except ImportError as error:
        raise MissingExtraError(
            "matte=closed-form needs pymatting: install it with `pip install 'scenechange[matting]'`, "
            "or use matte=guided"
        ) from error
    return np.clip(estimate_alpha_cf(pixels, trimap), 0, 1)
