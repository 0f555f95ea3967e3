"""The guided filter: opacity as a locally linear function of the photo's colours.

References: He, Sun, Tang, Guided Image Filtering, TPAMI 35 (2013), eq. 16-19 (colour guide); He, Sun, Fast Guided
Filter, arXiv:1505.00996 (2015): the coefficients are smooth, so they are found on a smaller picture and used on the
full one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenechange.errors import InputError
from scenechange.math.colour import srgb_of
from scenechange.math.image import fit_within, resize_planes
from scenechange.matte.cropping import cut_out
from scenechange.matte.trimap import settle, unknown_band

if TYPE_CHECKING:
    from collections.abc import Callable

    from scenechange.matte.cropping import Part
    from scenechange.types import Cutout, Mask, Photo

SMALL = 1024  # longer edge in pixels at which coefficients are found


@dataclass(frozen=True, slots=True)
class Guided:
    """Opacity by a guided filter in the band round the outline, blended with the network's own; clean colours.

    Parameters
    ----------
    band : float
        How far from the outline the opacity may be grey, as a share of the person's longer edge. Default 0.02.
    radius : float
        Radius of the filter, as a share of the person's longer edge. Default 0.01.
    smoothness : float
        Variance of sRGB values (0 to 1) below which colours count as one. Default 1e-5, little more than noise.
    trust : float
        Weight of the filter's answer against the network's own, 0 to 1. Default 0.75: on portraits with an exact matte
        the gradient error is lowest there.

    Raises
    ------
    NobodyFoundError
        The mask is empty.
    InputError
        Mask and photo differ in size, or an option is out of range.
    """

    band: float = 0.02
    radius: float = 0.01
    smoothness: float = 1e-5
    trust: float = 0.75

    def __post_init__(self) -> None:
        if not (0 < self.band <= 0.5 and 0 < self.radius <= 0.5 and self.smoothness > 0 and 0 <= self.trust <= 1):
            raise InputError(
                "matte=guided: wanted band and radius in (0, 0.5], smoothness above 0, trust 0 to 1, got "
                f"{self.band}, {self.radius}, {self.smoothness}, {self.trust}"
            )

    def __call__(self, photo: Photo, mask: Mask) -> Cutout:
        """The cut-out of what `mask` marks; a mask that is the photo's own transparency is kept as it is."""
        return cut_out(photo, mask, self._alpha)

    def _alpha(self, part: Part) -> np.ndarray:
        return self.filtered(part, shrunk(part, self.band))

    def filtered(self, part: Part, small: Shrunk) -> np.ndarray:
        """Opacity ``(h, w)`` at full resolution; `small` is the part as `shrunk` gives it."""
        radius = max(1, round(self.radius * small.person_px))
        slope, offset = coefficients(small.guide, small.settled, radius, self.smoothness)
        band = unknown_band(small.settled, max(1, round(0.003 * small.person_px)))
        return at_full_size(part, small.settled, band, slope, offset, self.trust)


@dataclass(frozen=True, slots=True, eq=False)
class Shrunk:
    """A part at the size at which coefficients are found.

    Attributes
    ----------
    guide : ndarray
        ``(3, h, w)`` sRGB.
    probability, settled : ndarray
        ``(h, w)`` the mask, and the same with a solid inside and an empty outside.
    person_px : float
        Longer edge of the box round the person in pixels of this size.
    """

    guide: np.ndarray
    probability: np.ndarray
    settled: np.ndarray
    person_px: float


def shrunk(part: Part, band: float) -> Shrunk:
    """The part with its longer edge at most `SMALL`; `band` is a share of the person's longer edge, see `settle`."""
    import cv2

    full_hw = part.probability.shape
    small_hw = fit_within(full_hw, SMALL)
    person_px = part.person_px * max(small_hw) / max(full_hw)
    probability = cv2.resize(part.probability, small_hw[::-1], interpolation=cv2.INTER_AREA)
    guide = srgb_of(resize_planes(part.rgb, small_hw))
    return Shrunk(guide, probability, settle(probability, max(1.0, band * person_px)), person_px)


def at_full_size(
    part: Part, settled: np.ndarray, band: np.ndarray, slope: np.ndarray, offset: np.ndarray, trust: float = 1.0
) -> np.ndarray:
    """Opacity ``(h, w)`` of a part: coefficients found on a smaller picture, used on the full one inside the band.

    Parameters
    ----------
    part : Part
        At full size.
    settled, band : ndarray
        ``(h', w')`` opacity, which counts as 0 or 1 outside the band, and bool: the band.
    slope, offset : ndarray
        ``(3, h', w')`` and ``(h', w')`` as `coefficients` gives them.
    trust : float
        Weight of the coefficients' answer against `settled` in the band.
    """
    import cv2

    def full(plane: np.ndarray, how: int = cv2.INTER_LINEAR) -> np.ndarray:
        return np.asarray(cv2.resize(plane, (width, height), interpolation=how))

    height, width = part.probability.shape
    at = np.nonzero(full(band.astype(np.uint8), cv2.INTER_NEAREST))
    soft = full(settled)
    solved = full(offset)[at]
    for plane, colour in zip(slope, part.rgb, strict=True):
        solved += full(plane)[at] * srgb_of(colour[at])
    alpha = (soft > 0.5).astype(np.float32)
    alpha[at] = trust * np.clip(solved, 0, 1) + (1 - trust) * soft[at]
    return alpha


def coefficients(
    guide: np.ndarray, values: np.ndarray, radius: int, smoothness: float
) -> tuple[np.ndarray, np.ndarray]:
    """Slope ``(3, h, w)`` and offset ``(h, w)`` with slope . guide + offset near `values` in every square.

    Parameters
    ----------
    guide : ndarray
        ``(3, h, w)`` float32.
    values : ndarray
        ``(h, w)`` float32.
    radius : int
        Half the square's edge in pixels.
    smoothness : float
        Added to the guide's variance.
    """
    import cv2

    def mean(image: np.ndarray) -> np.ndarray:
        return cv2.boxFilter(image, -1, (2 * radius + 1, 2 * radius + 1), borderType=cv2.BORDER_REFLECT)

    colours, p = guide.astype(np.float64), values.astype(np.float64)
    middle, mp = [mean(c) for c in colours], mean(p)
    inverse = inverse_covariance(colours, middle, smoothness, mean)
    shared = [mean(p * c) - mp * m for c, m in zip(colours, middle, strict=True)]
    slopes = [sum(inverse[i][j] * shared[j] for j in range(3)) for i in range(3)]
    offset = mp - sum(a * m for a, m in zip(slopes, middle, strict=True))
    slope = np.stack([mean(a) for a in slopes])
    return slope.astype(np.float32), mean(offset).astype(np.float32)


def inverse_covariance(
    colours: np.ndarray, middle: list[np.ndarray], smoothness: float, mean: Callable[[np.ndarray], np.ndarray]
) -> list[list[np.ndarray]]:
    """Inverse ``[3][3]`` of ``(h, w)`` of the colours' covariance in every window, by its cofactors.

    `colours` is ``(3, h, w)`` float64, `middle` their means; `mean` averages over a window.
    """
    (r, g, b), (mr, mg, mb) = colours, middle
    rr, gg, bb = (mean(c * c) - m * m + smoothness for c, m in ((r, mr), (g, mg), (b, mb)))
    rg, rb, gb = mean(r * g) - mr * mg, mean(r * b) - mr * mb, mean(g * b) - mg * mb
    c_rr, c_rg, c_rb = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
    c_gg, c_gb, c_bb = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
    determinant = rr * c_rr + rg * c_rg + rb * c_rb
    rows = ((c_rr, c_rg, c_rb), (c_rg, c_gg, c_gb), (c_rb, c_gb, c_bb))
    return [[c / determinant for c in row] for row in rows]
