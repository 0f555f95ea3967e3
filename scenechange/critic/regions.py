"""A composite at a small size as two sets of pixels: who was set in, and what surrounds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenechange.errors import InputError, NobodyFoundError
from scenechange.types import value

if TYPE_CHECKING:
    from torch import Tensor

LONG_SIDE = 256
"""Size at which colours are compared: that of the pictures the score was learned from."""
NEAR = 0.25
"""Reach of the near surround, in roots of the person's area."""
FEWEST = 30
"""Fewer pixels than this on either side say nothing."""


@value
class Regions:
    """A composite in sRGB at `LONG_SIDE` px, and three sets of its pixels.

    Attributes
    ----------
    srgb, linear, lab : ndarray
        ``(h, w, 3)`` float32: encoded [0, 1], linear light [0, 1], CIELAB (D65).
    inside, near, around : ndarray
        ``(h, w)`` bool: the person without the soft outline, the surround close by, all of the surround.
    share : ndarray
        ``(h, w)`` float32 share of each pixel that is the person, [0, 1].
    """

    srgb: np.ndarray
    linear: np.ndarray
    lab: np.ndarray
    inside: np.ndarray
    near: np.ndarray
    around: np.ndarray
    share: np.ndarray


def regions_of(rgb: Tensor, mask: Tensor) -> Regions:
    """The two sides of a composite.

    Parameters
    ----------
    rgb : Tensor
        ``(3, H, W)`` linear light.
    mask : Tensor
        ``(H, W)`` opacity of the person in [0, 1].

    Raises
    ------
    NobodyFoundError
        Where the mask holds no pixel of the person.
    InputError
        Where the person or the surround is too small to be measured.
    """
    import cv2

    from scenechange.math.colour import lab_from_linear, srgb_from_linear
    from scenechange.math.image import fit_within, resize, rows_cols_channels

    if not bool((mask > 0.5).any()):
        raise NobodyFoundError("mask: wanted white where the person is, got black everywhere; check the mask file")
    size = fit_within((int(mask.shape[0]), int(mask.shape[1])), LONG_SIDE)
    small = resize(rgb, size).clamp(0, 1)
    share = resize(mask[None], size)[0].numpy()
    person = (share > 0.5).astype(np.uint8)
    three = np.ones((3, 3), np.uint8)
    inside = (cv2.erode(person, three, borderValue=1) > 0) & (share > 0.9)
    around = (cv2.dilate(person, three) == 0) & (share < 0.1)
    reach = max(3.0, NEAR * float(np.sqrt(person.sum())))
    near = around & (cv2.distanceTransform(1 - person, cv2.DIST_L2, 5) <= reach)
    if min(int(inside.sum()), int(near.sum())) < FEWEST:
        raise InputError(
            f"mask: wanted at least {FEWEST} pixels of the person and of what surrounds them at {LONG_SIDE} px, "
            f"got {int(inside.sum())} and {int(near.sum())}; is the mask that of one person in a picture?"
        )
    linear, lab, srgb = (rows_cols_channels(t) for t in (small, lab_from_linear(small), srgb_from_linear(small)))
    return Regions(srgb, linear, lab, inside, near, around, share)
