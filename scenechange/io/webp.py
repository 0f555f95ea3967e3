"""WebP: size read here before the decoder reserves its canvas, pixels decoded by Pillow; animations give frame one.

Reference: RFC 9649 (WebP image format), sections 2.5 to 2.7 and 3.4.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from scenechange.errors import PhotoError
from scenechange.io.raster import Raster, check_size, from_channels


def decode_webp(data: bytes, max_pixels: int) -> Raster:
    """Decode a lossy, lossless or animated WebP file."""
    from PIL.Image import DecompressionBombError
    from PIL.WebPImagePlugin import WebPImageFile

    from scenechange.io.pillow import from_pillow

    if int.from_bytes(data[4:8], "little") + 8 > len(data):
        raise PhotoError("the file ends before the picture is complete: it is truncated")
    chunks = dict(_chunks(data))
    for size in _declared_sizes(chunks):
        check_size(*size, max_pixels)
    try:
        raster = from_pillow(WebPImageFile(io.BytesIO(data)))
    except DecompressionBombError:  # the host program's own, lower limit: ours is passed in and was checked above
        raster = _decode_by_opencv(data)
    return replace(raster, icc=chunks.get(b"ICCP"), exif=chunks.get(b"EXIF"))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        yield data[at : at + 4], data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _declared_sizes(chunks: dict[bytes, bytes]) -> list[tuple[int, int]]:
    """Canvas, lossy and lossless sizes, whichever the file declares."""
    sizes = []
    canvas, lossy, lossless = chunks.get(b"VP8X"), chunks.get(b"VP8 "), chunks.get(b"VP8L")
    if canvas is not None and len(canvas) >= 10:
        sizes.append((int.from_bytes(canvas[4:7], "little") + 1, int.from_bytes(canvas[7:10], "little") + 1))
    if lossy is not None and len(lossy) >= 10:
        sizes.append((int.from_bytes(lossy[6:8], "little") & 0x3FFF, int.from_bytes(lossy[8:10], "little") & 0x3FFF))
    if lossless is not None and len(lossless) >= 5:
        bits = int.from_bytes(lossless[1:5], "little")
        sizes.append(((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1))
    if not sizes:
        raise PhotoError("the file declares no size: it is truncated or damaged")
    return sizes


def _decode_by_opencv(data: bytes) -> Raster:
    import cv2

    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise PhotoError("the picture cannot be decoded: the file is damaged")
    return from_channels(cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA if pixels.shape[2] == 4 else cv2.COLOR_BGR2RGB))
