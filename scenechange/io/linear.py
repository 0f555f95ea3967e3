"""From a decoded file to light: colour profile, transparency over white."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np

from scenechange.io.encoding import SRGB, Encoding, adobe_rgb
from scenechange.io.icc import ProfileError, read_profile, to_srgb
from scenechange.io.quantize import light_planes, row_blocks
from scenechange.io.raster import Raster

log = logging.getLogger("scenechange.io")
STEP = 1 << 16  # pixels of one matrix product


def linear_rgb(raster: Raster, is_adobe_rgb: bool = False) -> tuple[np.ndarray, np.ndarray | None]:
    """Light ``(3, H, W)`` in [0, 1], linear Rec. 709, and opacity ``(1, H, W)`` or None where all is opaque.

    An embedded profile rules, then the format's own statement, then Adobe RGB where `is_adobe_rgb` (the camera's
    EXIF) says so, else sRGB. Colours outside Rec. 709 are clipped. Inks without a profile mix as
    ``(1 - ink) (1 - black)`` in sRGB codes. Where the picture is transparent it is laid over white, in linear light.
    """
    alpha = _opacity(raster)
    raster, encoding = _with_encoding(raster, adobe_rgb() if is_adobe_rgb and raster.kind == "rgb" else SRGB)
    rgb = light_planes(raster.pixels, raster.top, encoding)
    if raster.kind == "grey":
        rgb = np.repeat(rgb, 3, axis=0)
    if encoding is not SRGB:
        _to_rec709(rgb, encoding.rec709_from_rgb if raster.kind == "rgb" else None)
    if alpha is not None:
        for rows in row_blocks(rgb.shape[1:]):
            rgb[:, rows] = rgb[:, rows] * alpha[:, rows] + (1 - alpha[:, rows])
    return rgb, alpha


def _opacity(raster: Raster) -> np.ndarray | None:
    if raster.alpha is None or int(raster.alpha.min()) >= raster.top:
        return None
    return np.minimum(raster.alpha[None].astype(np.float32) / np.float32(raster.top), 1)


def _with_encoding(raster: Raster, default: Encoding) -> tuple[Raster, Encoding]:
    """The raster with the encoding of its codes; what takes LittleCMS comes back as 8-bit sRGB."""
    if raster.icc:
        try:
            encoding = read_profile(raster.icc, raster.kind)
            return (raster, encoding) if encoding is not None else (_managed(raster, raster.icc), SRGB)
        except ProfileError as error:
            log.warning("a photo's embedded colour profile is not usable (%s): it is left aside", error)
    if raster.kind == "cmyk":
        return _managed(raster, None), SRGB
    return raster, raster.encoding or default


def _managed(raster: Raster, profile: bytes | None) -> Raster:
    from PIL import Image

    pixels = raster.pixels
    if raster.top != 255:
        pixels = ((pixels.astype(np.uint32) * 255 + raster.top // 2) // raster.top).astype(np.uint8)
    mode = {"grey": "L", "rgb": "RGB", "cmyk": "CMYK"}[raster.kind]
    image = Image.frombytes(mode, pixels.shape[1::-1], np.ascontiguousarray(pixels).tobytes())
    image = image.convert("RGB") if profile is None else to_srgb(image, profile)
    return replace(raster, pixels=np.asarray(image), kind="rgb", top=255, alpha=None, icc=None)


def _to_rec709(rgb: np.ndarray, matrix: np.ndarray | None) -> None:
    """Multiply by `matrix` and clip to [0, 1], in place, in blocks."""
    flat = rgb.reshape(3, -1)
    for start in range(0, flat.shape[1], STEP):
        block = flat[:, start : start + STEP]
        np.clip(block if matrix is None else matrix.astype(np.float32) @ block, 0, 1, out=block)
