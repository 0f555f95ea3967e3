"""A decoded file before its codes become light: what every decoder of this room gives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from scenechange.errors import PhotoError
from scenechange.io.encoding import Encoding

Kind = Literal["grey", "rgb", "cmyk"]


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """Pixels as the file holds them.

    Attributes
    ----------
    pixels : ndarray
        ``(H, W, C)`` uint8 or uint16; C is 1 (grey), 3 (rgb) or 4 (cmyk, 0 = no ink, 8 bits only).
    kind : str
        "grey", "rgb" or "cmyk".
    alpha : ndarray or None
        ``(H, W)`` opacity in the pixels' type and scale.
    top : int
        Code of full scale: 255, 1023, 4095 or 65535.
    icc : bytes or None
        Embedded profile; it outranks `encoding`.
    encoding : Encoding or None
        Encoding that the format itself states; None: not stated.
    exif : bytes or None
        EXIF block.
    orientation : int or None
        1 to 8 where the container rules; None: EXIF rules.
    is_premultiplied : bool
        Whether colours were multiplied by alpha.
    """

    pixels: np.ndarray
    kind: Kind
    alpha: np.ndarray | None = None
    top: int = 255
    icc: bytes | None = None
    encoding: Encoding | None = None
    exif: bytes | None = None
    orientation: int | None = None
    is_premultiplied: bool = False


def from_channels(pixels: np.ndarray, top: int = 255, is_premultiplied: bool = False) -> Raster:
    """Raster of ``(H, W)``, or ``(H, W, C)`` with C = 1 grey, 2 grey + alpha, 3 RGB, 4 RGB + alpha."""
    pixels = pixels.reshape(*pixels.shape[:2], -1)
    channels = pixels.shape[2]
    alpha = pixels[:, :, -1] if channels in (2, 4) else None
    colours: Kind = "grey" if channels <= 2 else "rgb"
    return Raster(pixels[:, :, : 1 if channels <= 2 else 3], colours, alpha, top, is_premultiplied=is_premultiplied)


def check_size(width: int, height: int, max_pixels: int) -> None:
    """Raise `PhotoError` where a file declares no pixels, or more than allowed. Called before anything is decoded."""
    if width < 1 or height < 1:
        raise PhotoError(f"the file declares {width} x {height} pixels: it is damaged")
    if width * height > max_pixels:
        raise PhotoError(
            f"the file declares {width} x {height} pixels, wanted at most {max_pixels:,}: "
            "make it smaller, or pass a larger max_pixels if you trust the file"
        )


def straightened(raster: Raster) -> Raster:
    """The raster with straight colours: those that were multiplied by alpha are divided by it."""
    if raster.alpha is None or not raster.is_premultiplied:
        return raster
    alpha = np.maximum(raster.alpha, 1)[:, :, None].astype(np.uint64)
    straight = np.minimum((raster.pixels * np.uint64(raster.top) + alpha // 2) // alpha, raster.top)
    return replace(raster, pixels=straight.astype(raster.pixels.dtype), is_premultiplied=False)


def upright(raster: Raster, orientation: int) -> Raster:
    """The raster turned and mirrored as an EXIF orientation of 1 to 8 asks for."""
    if orientation == 1:
        return raster
    alpha = None if raster.alpha is None else _turn(raster.alpha, orientation)
    pixels = _turn(raster.pixels, orientation)
    return replace(raster, pixels=pixels.reshape(*pixels.shape[:2], -1), alpha=alpha, orientation=1)


def _turn(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Row 0 and column 0 of the file lie, by EXIF 2.32 table 6, at the side that `orientation` names."""
    import cv2

    pixels = np.ascontiguousarray(pixels)
    if orientation >= 5:
        pixels = cv2.transpose(pixels)
    flip = {2: 1, 3: -1, 4: 0, 6: 1, 7: -1, 8: 0}.get(orientation)
    return pixels if flip is None else cv2.flip(pixels, flip)
