"""PNG: chunks read here, 8-bit pixels decoded by Pillow, 16-bit pixels by OpenCV.

Only the chunks that make the picture reach a decoder: text is never inflated, an animation gives its default image.
Reference: W3C, Portable Network Graphics (Third Edition), 2025.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from scenechange.errors import PhotoError
from scenechange.io.encoding import SRGB, Encoding, from_code_points, from_gamma
from scenechange.io.raster import Raster, check_size, from_channels

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PICTURE = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_MAX_PROFILE = 32 << 20


def decode_png(data: bytes, max_pixels: int) -> Raster:
    """Decode a PNG file of any colour type and depth."""
    from PIL.PngImagePlugin import PngImageFile

    from scenechange.io.pillow import from_pillow

    if len(data) < 33 or data[12:16] != b"IHDR":
        raise PhotoError("the file has no header: it is truncated or damaged")
    width, height, depth = struct.unpack_from(">IIB", data, 16)
    check_size(width, height, max_pixels)
    found = {name: body for name, body, _ in _chunks(data) if name not in (b"IDAT", b"IHDR")}
    if b"IEND" not in found or not any(name == b"IDAT" for name, _, _ in _chunks(data)):
        raise PhotoError("the file ends before the picture is complete: it is truncated")
    picture = SIGNATURE + b"".join(
        whole for name, _, whole in _chunks(data) if name in _PICTURE and not (name == b"tRNS" and depth == 16)
    )
    is_deep = depth == 16
    raster = _decode_16(picture, found.get(b"tRNS")) if is_deep else from_pillow(PngImageFile(io.BytesIO(picture)))
    icc, encoding = _colour(found)
    return replace(raster, icc=icc, encoding=encoding, exif=found.get(b"eXIf"))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Name, body and whole of each complete chunk up to IEND."""
    at, view = 8, memoryview(data)
    while at + 12 <= len(data):
        size = int.from_bytes(data[at : at + 4])
        name, end = data[at + 4 : at + 8], at + 12 + size
        if end > len(data):
            return
        yield name, bytes(view[at + 8 : end - 4]) if name != b"IDAT" else b"", bytes(view[at:end])
        if name == b"IEND":
            return
        at = end


def _decode_16(picture: bytes, transparent: bytes | None) -> Raster:
    """Pillow keeps 8 of 16 bits, so OpenCV decodes; checksums are tested first, for it would go on without."""
    import cv2

    for _, _, whole in _chunks(picture):
        if zlib.crc32(whole[4:-4]) != int.from_bytes(whole[-4:]):
            raise PhotoError("a checksum is wrong: the file is damaged")
    pixels = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.dtype != np.uint16:
        raise PhotoError("the picture cannot be decoded: the file is damaged or truncated")
    colour_type = picture[25]
    if pixels.ndim == 3:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA if pixels.shape[2] == 4 else cv2.COLOR_BGR2RGB)
    if colour_type == 4 and pixels.ndim == 3:  # OpenCV spreads grey with alpha over four channels
        pixels = pixels[:, :, 2:]
    if colour_type == 0 and pixels.ndim == 3:
        pixels = pixels[:, :, 0]
    raster = from_channels(pixels, top=65535)
    if transparent is None or raster.alpha is not None or len(transparent) != 2 * raster.pixels.shape[2]:
        return raster
    key = np.frombuffer(transparent, ">u2")
    return replace(raster, alpha=np.where((raster.pixels == key).all(axis=2), 0, 65535).astype(np.uint16))


def _colour(found: dict[bytes, bytes]) -> tuple[bytes | None, Encoding | None]:
    """ICC profile and encoding by the standard's precedence: cICP, iCCP, sRGB, then gAMA with cHRM."""
    if len(found.get(b"cICP", b"")) == 4:
        encoding = from_code_points(found[b"cICP"][0], found[b"cICP"][1])
        if encoding is not None:
            return None, encoding
    if b"iCCP" in found:
        _, _, rest = found[b"iCCP"].partition(b"\0")
        return _inflate_profile(rest[1:]), None
    if b"sRGB" in found:
        return None, SRGB
    gamma = int.from_bytes(found[b"gAMA"]) / 1e5 if len(found.get(b"gAMA", b"")) == 4 else None
    gamma = gamma if gamma and 0.1 <= gamma <= 10 else None
    places = struct.unpack(">8I", found[b"cHRM"]) if len(found.get(b"cHRM", b"")) == 32 else None
    if gamma is None and places is None:
        return None, None
    return None, from_gamma(gamma, _sound(places))


def _sound(places: tuple[int, ...] | None) -> tuple[float, ...] | None:
    """Chromaticities as numbers; None where they span no triangle."""
    if places is None or min(places) < 1 or max(places) > 100_000:
        return None
    x, y = np.array(places[2::2]) / 1e5, np.array(places[3::2]) / 1e5
    area = abs((x[1] - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (y[1] - y[0])) / 2
    return tuple(p / 1e5 for p in places) if area > 0.01 else None


def _inflate_profile(packed: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        profile = inflater.decompress(packed, _MAX_PROFILE)
    except zlib.error as error:
        raise PhotoError("the colour profile is damaged: save the photo again without it") from error
    if inflater.unconsumed_tail:
        raise PhotoError("the colour profile is larger than 32 MB when inflated: refused as an attack")
    return profile
