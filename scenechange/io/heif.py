"""HEIC and AVIF: containers read by libheif (pillow-heif), HEVC decoded by it, AV1 decoded by Pillow.

The container's own rotation rules: ISO/IEC 23008-12 calls the EXIF orientation of such files informative, and
libheif has turned the pixels already, so EXIF must not turn them again.
"""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from typing import Any

import numpy as np

from scenechange.errors import PhotoError
from scenechange.io.encoding import Encoding, from_code_points
from scenechange.io.exif import read_exif
from scenechange.io.raster import Raster, check_size, from_channels


def decode_heic(data: bytes, max_pixels: int) -> Raster:
    """Decode the primary picture of a HEIC file at its own depth (8, 10 or 12 bits)."""
    image = _open(data, max_pixels)
    pixels = np.asarray(image)
    pixels = pixels[:, : image.size[0]]  # rows may be padded
    depth = int(image.info.get("bit_depth") or 8) if pixels.dtype == np.uint16 else 8
    raster = from_channels(pixels, top=(1 << depth) - 1, is_premultiplied=image.premultiplied_alpha)
    return _described(raster, image.info, orientation=1)


def decode_avif(data: bytes, max_pixels: int) -> Raster:
    """Decode the primary picture (or first frame) of an AVIF file; depths above 8 bits become 8."""
    from PIL.AvifImagePlugin import AvifImageFile

    from scenechange.io.pillow import from_pillow

    image = _open(data, max_pixels)
    decoder = AvifImageFile(io.BytesIO(_without_exif(data)))
    check_size(*decoder.size, max_pixels)
    # Pillow reports the container's rotation as an EXIF block of its own making; the file's EXIF was taken out.
    turned = read_exif(decoder.info.get("exif")).orientation
    return _described(from_pillow(decoder), image.info, turned)


def _open(data: bytes, max_pixels: int) -> Any:
    """The primary picture, not yet decoded, its size checked."""
    import pillow_heif

    _check_declared(data, max_pixels)
    file = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=False, hdr_to_16bit=False)
    if len(file) == 0:
        raise PhotoError("the file holds no picture: it is damaged")
    image = file[file.primary_index]
    check_size(*image.size, max_pixels)
    return image


def _described(raster: Raster, info: dict[str, Any], orientation: int) -> Raster:
    """With the container's colour and EXIF."""
    icc = info.get("icc_profile") or None
    nclx = info.get("nclx_profile")
    encoding: Encoding | None = None
    if isinstance(nclx, dict):
        encoding = from_code_points(int(nclx["color_primaries"]), int(nclx["transfer_characteristics"]))
    return replace(raster, icc=icc, encoding=encoding, exif=info.get("exif"), orientation=orientation)


def _check_declared(data: bytes, max_pixels: int) -> None:
    """Check all coded sizes (``ispe`` properties) that the container declares, before libheif looks at any.

    Encoders pad the coded picture by up to 63 pixels a side; `_open` checks the size that is shown.
    """
    meta = data[_meta(data)]
    at = meta.find(b"ispe\0\0\0\0")
    while 0 <= at <= len(meta) - 16:
        width, height = struct.unpack_from(">II", meta, at + 8)
        if max(width - 63, 1) * max(height - 63, 1) > max_pixels:
            check_size(width, height, max_pixels)
        at = meta.find(b"ispe\0\0\0\0", at + 8)


def _without_exif(data: bytes) -> bytes:
    """The file with its EXIF item renamed, so that the AV1 decoder neither parses nor trips over it."""
    meta = _meta(data)
    return data[: meta.start] + data[meta].replace(b"Exif", b"none") + data[meta.stop :]


def _meta(data: bytes) -> slice:
    """Where the container's ``meta`` box lies; nowhere if there is none."""
    at = 0
    while at + 8 <= len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        if name == b"meta":
            return slice(at, at + size)
        if size < 8:
            break
        at += size
    return slice(0, 0)
