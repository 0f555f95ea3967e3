"""The bridge from Pillow: its picture modes to a `Raster`.

Plugins are opened by class, never through ``Image.open``: that one consults process-wide limits that belong to the
host program, warns through the process-wide warning filters, and would try every format Pillow knows.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from scenechange.errors import PhotoError
from scenechange.io.raster import Raster, from_channels

if TYPE_CHECKING:
    from PIL.Image import Image


def open_tiff(data: bytes) -> Image:
    """A TIFF picture that has no orientation tag, opened but not decoded."""
    from PIL.ImageFile import ImageFile
    from PIL.TiffImagePlugin import TiffImageFile

    class Tiff(TiffImageFile):
        """Reserves its pixels as other plugins do: without asking for the process-wide limit, or warning by it."""

        def load_prepare(self) -> None:
            ImageFile.load_prepare(self)

    return Tiff(io.BytesIO(data))


def from_pillow(image: Image) -> Raster:
    """Decode an opened picture of 8 bits or less; palettes are looked up, transparency becomes alpha.

    Raises
    ------
    PhotoError
        A mode that is not a photo's (Lab, 32-bit).
    """
    image.load()
    mode = image.mode
    if mode in ("P", "PA") or "transparency" in image.info:
        grey = mode in ("1", "L")
        pixels = np.asarray(image.convert("RGBA"))
        return from_channels(pixels[:, :, 2:] if grey else pixels)
    if mode == "1":
        return from_channels(np.asarray(image.convert("L")))
    if mode in ("L", "LA", "RGB", "RGBA"):
        return from_channels(np.asarray(image))
    if mode == "RGBX":
        return from_channels(np.asarray(image)[:, :, :3])
    if mode == "La":
        return from_channels(np.asarray(image), is_premultiplied=True)
    if mode == "RGBa":
        return from_channels(np.asarray(image), is_premultiplied=True)
    if mode == "YCbCr":
        return from_channels(np.asarray(image.convert("RGB")))
    if mode == "CMYK":
        return Raster(np.asarray(image), "cmyk")
    raise PhotoError(f"pixels of kind {mode} are not supported: save the photo as 8 or 16-bit RGB")
