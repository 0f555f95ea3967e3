"""Photo files made for tests: drawn pixels, EXIF blocks, ICC profiles and a small DNG."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import pillow_heif
import tifffile
from PIL import Image

P3_COLORANTS = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
ADOBE_COLORANTS = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
SRGB_COLORANTS = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))


def quarters(height: int = 48, width: int = 64) -> np.ndarray:
    """``(H, W, 3)`` uint8: four colours, one a quarter, clockwise from the top left red, green, white, blue."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[: height // 2, : width // 2] = (220, 30, 30)
    picture[: height // 2, width // 2 :] = (30, 200, 40)
    picture[height // 2 :, width // 2 :] = (240, 240, 240)
    picture[height // 2 :, : width // 2] = (30, 40, 210)
    return picture


def noise(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Random codes of this shape."""
    return rng.integers(0, 256, shape, dtype=np.uint8)


def encoded(picture: Image.Image | np.ndarray, kind: str, **options: Any) -> bytes:
    """The bytes of a file that Pillow writes."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def heic(picture: np.ndarray, depth: int = 8, **options: Any) -> bytes:
    """A HEIC file, all but lossless."""
    buffer = io.BytesIO()
    mode = {1: "L", 3: "RGB", 4: "RGBA"}[picture.reshape(*picture.shape[:2], -1).shape[2]]
    data = picture.astype("<u2") if depth > 8 else picture
    options = {"quality": -1, "chroma": 444, **options}
    size = (picture.shape[1], picture.shape[0])
    pillow_heif.encode(mode + (";16" if depth > 8 else ""), size, data.tobytes(), buffer, **options)
    return buffer.getvalue()


def tiff(picture: np.ndarray, **options: Any) -> bytes:
    """A TIFF file that tifffile writes."""
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, picture, **{"metadata": None, **options})
    return buffer.getvalue()


def png_chunk(name: bytes, body: bytes) -> bytes:
    """One PNG chunk with its checksum."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(picture: np.ndarray, colour_type: int, depth: int, *chunks: bytes) -> bytes:
    """A PNG file of 8 or 16-bit samples, written by hand; `chunks` go before the picture."""
    height, width = picture.shape[:2]
    rows = picture.astype(">u2" if depth == 16 else np.uint8).reshape(height, -1)
    lines = b"".join(b"\0" + row.tobytes() for row in rows)
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0))
    body = b"".join(chunks) + png_chunk(b"IDAT", zlib.compress(lines)) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + header + body


def exif_block(main: dict | None = None, photo: dict | None = None, gps: dict | None = None) -> bytes:
    """An EXIF block with these tags, with the prefix ``Exif``."""
    exif = Image.Exif()
    exif.update(main or {})
    exif.get_ifd(0x8769).update(photo or {})
    exif.get_ifd(0x8825).update(gps or {})
    return exif.tobytes()


def s15(*numbers: float) -> bytes:
    """Numbers as ICC s15Fixed16."""
    return struct.pack(f">{len(numbers)}i", *(round(n * 65536) for n in numbers))


def gamma_tag(gamma: float) -> bytes:
    """ICC curve: a power."""
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))


def srgb_para_tag() -> bytes:
    """ICC curve: sRGB as a parametric curve of type 3."""
    return b"para" + bytes(4) + struct.pack(">HH", 3, 0) + s15(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def table_tag(light: np.ndarray) -> bytes:
    """ICC curve: a table."""
    return b"curv" + bytes(4) + struct.pack(f">I{len(light)}H", len(light), *np.rint(light * 65535).astype(int))


def icc_profile(tags: dict[bytes, bytes], space: bytes = b"RGB ", pcs: bytes = b"XYZ ", kind: bytes = b"mntr") -> bytes:
    """A version 2 profile with these tags."""
    described = b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(78)
    white = b"XYZ " + bytes(4) + s15(0.9642, 1, 0.8249)
    tags = {b"desc": described, b"cprt": b"text" + bytes(4) + b"CC0\0", b"wtpt": white, **tags}
    offset, table, body = 132 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        data += bytes(-len(data) % 4)
        table += name + struct.pack(">II", offset + len(body), len(data))
        body += data
    header = struct.pack(">I4sI4s4s4s", offset + len(body), b"none", 0x02400000, kind, space, pcs)
    header += struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + s15(0.9642, 1, 0.8249)
    return header.ljust(128, b"\0") + table + body


def matrix_profile(colorants: tuple[tuple[float, ...], ...], curve: bytes) -> bytes:
    """A matrix/curve RGB profile."""
    tags = {
        name + b"XYZ": b"XYZ " + bytes(4) + s15(*xyz) for name, xyz in zip((b"r", b"g", b"b"), colorants, strict=True)
    }
    return icc_profile(tags | {name + b"TRC": curve for name in (b"r", b"g", b"b")})


def table_profile(space: bytes, inputs: int) -> bytes:
    """A Lab table profile (lut8) with two nodes a side: light falls with the codes (inks) or rises (RGB)."""
    is_ink = space == b"CMYK"
    nodes = np.stack(np.meshgrid(*[[0.0, 1.0]] * inputs, indexing="ij"), -1).reshape(-1, inputs)
    light = (1 - nodes[:, :3]) * (1 - nodes[:, 3:]) if is_ink else nodes
    lab = np.stack(
        [10 + 245 * light.mean(1), 128 + 60 * (light[:, 0] - light[:, 1]), 128 + 60 * (light[:, 1] - light[:, 2])], 1
    )
    ramp = bytes(range(256))
    lut = b"mft1" + bytes(4) + struct.pack(">4B", inputs, 3, 2, 0) + s15(1, 0, 0, 0, 1, 0, 0, 0, 1)
    lut += ramp * inputs + np.rint(lab).astype(np.uint8).tobytes() + ramp * 3
    return icc_profile({b"A2B0": lut}, space, b"Lab ", b"prtr" if is_ink else b"scnr")


def dng(mosaic: np.ndarray, *more: tuple) -> bytes:
    """A small DNG: RGGB mosaic ``(H, W)`` uint16, white level 4000, white balance 1/2, 1, 3/4, colours of sRGB."""
    xyz_to_camera = np.array(
        [[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560], [0.0556434, -0.2040259, 1.0572252]]
    )
    matrix = [part for value in xyz_to_camera.ravel() for part in (round(value * 10000), 10000)]
    tags = [
        (50706, "B", 4, b"\1\4\0\0", True),
        (50708, "s", 0, "Testcam", True),
        (33421, "H", 2, (2, 2), True),
        (33422, "B", 4, b"\0\1\1\2", True),
        (50721, "2i", 9, tuple(matrix), True),
        (50728, "2I", 3, (1, 2, 1, 1, 3, 4), True),
        (50717, "H", 1, 4000, True),
        (50714, "H", 1, 0, True),
        (50778, "H", 1, 21, True),
        *more,
    ]
    return tiff(mosaic, photometric=32803, extratags=tags)
