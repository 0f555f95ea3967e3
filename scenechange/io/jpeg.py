"""JPEG: headers read here, pixels decoded by Pillow.

Only the segments that make the picture reach the decoder, so no metadata is parsed by anyone but `exif`.
References: ITU-T T.81, annex B; ICC.1:2022, annex B.4 (profiles in JPEG); Adobe Technical Note 5116 (APP14).
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

from scenechange.errors import PhotoError
from scenechange.io.raster import Raster, check_size

_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})


@dataclass(slots=True)
class _Headers:
    picture: bytearray
    width: int = 0
    height: int = 0
    exif: bytes | None = None
    has_adobe: bool = False


def decode_jpeg(data: bytes, max_pixels: int) -> Raster:
    """Decode a JPEG file: grey, colour, CMYK (Adobe's inverted inks included); of several pictures the first."""
    from PIL.JpegImagePlugin import JpegImageFile

    from scenechange.io.pillow import from_pillow

    headers, icc = _read_headers(data)
    check_size(headers.width, headers.height, max_pixels)
    raster = from_pillow(JpegImageFile(io.BytesIO(headers.picture)))
    if raster.kind == "cmyk" and not headers.has_adobe:
        # Pillow takes all CMYK files as Adobe's, whose inks are stored inverted; without the mark they are not.
        raster = replace(raster, pixels=255 - raster.pixels)
    return replace(raster, icc=icc, exif=headers.exif)


def _read_headers(data: bytes) -> tuple[_Headers, bytes | None]:
    """Headers up to the first scan, with the file less its metadata in `picture`, and the ICC profile."""
    headers, parts = _Headers(bytearray(b"\xff\xd8")), {}
    at = 2
    while True:
        at = data.find(b"\xff", at)
        while at >= 0 and data[at + 1 : at + 2] == b"\xff":
            at += 1
        if at < 0 or at + 4 > len(data):
            raise PhotoError("the file ends before the picture begins: it is truncated")
        marker = data[at + 1]
        if marker in _BARE or marker == 0:
            at += 2
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        body = data[at + 4 : end]
        if marker in _FRAMES and len(body) >= 6:
            headers.height, headers.width = int.from_bytes(body[1:3]), int.from_bytes(body[3:5])
        if marker == 0xE1 and body.startswith(b"Exif\0") and headers.exif is None:
            headers.exif = body
        elif marker == 0xE2 and body.startswith(b"ICC_PROFILE\0"):
            parts[body[12:13]] = body[14:]
        elif marker == 0xEE and body.startswith(b"Adobe"):
            headers.has_adobe = True
        if not 0xE1 <= marker <= 0xED and marker not in (0xEF, 0xFE):
            headers.picture += data[at:end]
        if marker == 0xDA:
            headers.picture += data[end:]
            return headers, b"".join(parts[key] for key in sorted(parts)) or None
        if marker == 0xD9:
            raise PhotoError("the file ends before the picture begins: it is truncated")
        at = end
