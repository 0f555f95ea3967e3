"""Save a picture: fresh pixels in sRGB, an sRGB mark, and nothing of the inputs' metadata."""

from __future__ import annotations

import io
from collections.abc import Callable
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from scenechange.errors import InputError, OutputError
from scenechange.io.atomic import check_target, write_whole
from scenechange.io.quantize import to_uint8, to_uint16
from scenechange.io.srgb_profile import srgb_profile
from scenechange.io.xmp import TIFF_TAG, composite_packet, png_chunk
from scenechange.types import Composite, Cutout, Photo

if TYPE_CHECKING:
    from torch import Tensor

PACKING = 1  # zlib level of PNG and TIFF: level 6 takes five times as long for files an eighth smaller
LONGEST = {".jpg": 65500, ".jpeg": 65500, ".webp": 16383}  # pixels a side, by the formats' own limits


def save(
    image: Photo | Composite | Cutout | Tensor,
    path: str | PathLike[str],
    *,
    quality: int = 95,
    bits: int = 8,
    overwrite: bool = True,
    marked: bool = False,
) -> None:
    """Write a picture; the suffix chooses the format: .jpg, .jpeg, .png, .webp, .tif or .tiff.

    The file appears whole or not at all. The same picture gives the same bytes. sRGB is marked by a PNG chunk or a
    small profile; no metadata of any input is written.

    Parameters
    ----------
    image : Photo, Composite, Cutout or Tensor
        A tensor is ``(3, H, W)`` linear light. Of a `Photo` the opaque ``rgb`` is written. A `Cutout` is written as
        `cutout_rgba`: size of the photo it came from, straight alpha; JPEG cannot hold it.
    path : path
        Where to; its folder must exist.
    quality : int
        1 to 100 for JPEG (colour at full resolution, 4:4:4) and WebP. 95: losses are not seen at full size.
    bits : int
        8, or 16 for PNG and TIFF.
    overwrite : bool
        Whether an existing file may be replaced.
    marked : bool
        Whether the file says of itself that it was put together from photos (IPTC's Digital Source Type, in XMP; see
        `scenechange.io.xmp`). Off: a file without metadata is the promise, and who shares a picture can say it too.

    Raises
    ------
    OutputError
        Unknown suffix, a format that cannot hold the picture, no folder, no disk, no permission, existing file.
    InputError
        `quality`, `bits` or `image` out of range or of a wrong kind.
    """
    path = Path(fspath(path))
    _encoder(path, bits, isinstance(image, Cutout))  # a name that tells no format is told by its own name
    write_whole(path, encoded(image, path.suffix, quality=quality, bits=bits, marked=marked), overwrite)


def encoded(
    image: Photo | Composite | Cutout | Tensor,
    suffix: str = ".jpg",
    *,
    quality: int = 95,
    bits: int = 8,
    marked: bool = False,
) -> bytes:
    """The bytes that `save` would write into a file with this suffix; raises what it raises."""
    encode = _encoder(Path(f"picture{suffix}"), bits, isinstance(image, Cutout))
    if isinstance(quality, bool) or not isinstance(quality, int) or not 1 <= quality <= 100:
        raise InputError(f"quality: wanted a whole number from 1 to 100, got {quality!r}")
    pixels = _pixels(image, bits)
    limit = LONGEST.get(suffix.lower())
    if limit is not None and max(pixels.shape[:2]) > limit:
        raise OutputError(f"{suffix}: this format holds at most {limit} pixels a side: take .png or .tiff")
    return encode(pixels, quality, composite_packet() if marked else b"")


def check_writable(
    path: str | PathLike[str], *, bits: int = 8, overwrite: bool = True, has_alpha: bool = False
) -> None:
    """Raise now what `save` would raise later: for callers who do long work before they write.

    Raises
    ------
    OutputError
        Unknown suffix, a format that cannot hold the picture, no folder, existing file.
    InputError
        `bits` is neither 8 nor 16.
    """
    path = Path(fspath(path))
    _encoder(path, bits, has_alpha)
    check_target(path, overwrite)


def write_text(text: str, path: str | PathLike[str], *, overwrite: bool = True) -> None:
    """Write UTF-8 text whole or not at all; raises `OutputError` as `save` does."""
    write_whole(Path(fspath(path)), text.encode(), overwrite)


def cutout_rgba(cutout: Cutout, *, bits: int = 8) -> np.ndarray:
    """The person on nothing: sRGB with straight alpha.

    Parameters
    ----------
    cutout : Cutout
        The person.
    bits : int
        8 or 16.

    Returns
    -------
    ndarray
        ``(H, W, 4)`` uint8 or uint16, size of the photo the cut-out came from. Colour is zero where alpha is, so that
        nothing of the surroundings hides in the file.
    """
    if bits not in (8, 16):
        raise InputError(f"bits: wanted 8 or 16, got {bits!r}")
    colour = to_uint8(cutout.foreground) if bits == 8 else to_uint16(cutout.foreground)
    opacity = cutout.alpha[0].detach().cpu().numpy()
    if not np.isfinite(opacity.sum(dtype=np.float64)):
        raise InputError("alpha: wanted finite values, got nan or infinity")
    top = 2**bits - 1
    alpha = np.rint(opacity.clip(0, 1) * np.float64(top)).astype(colour.dtype)
    out = np.zeros((*cutout.source_hw, 4), colour.dtype)
    x, y = cutout.offset_xy
    window = out[y : y + alpha.shape[0], x : x + alpha.shape[1]]
    window[:, :, :3] = np.where(alpha[:, :, None] > 0, colour, 0)
    window[:, :, 3] = alpha
    return out


def _encoder(path: Path, bits: int, has_alpha: bool) -> Callable[[np.ndarray, int, bytes], bytes]:
    suffix = path.suffix.lower()
    encoders = {
        ".jpg": _jpeg, ".jpeg": _jpeg, ".png": _png, ".webp": _webp, ".tif": _tiff, ".tiff": _tiff,
    }  # fmt: skip
    if suffix not in encoders:
        raise OutputError(f"{path.name}: wanted a name that ends in {', '.join(encoders)}, got {suffix or 'none'!r}")
    if isinstance(bits, bool) or bits not in (8, 16):
        raise InputError(f"bits: wanted 8 or 16, got {bits!r}")
    if bits == 16 and encoders[suffix] not in (_png, _tiff):
        raise OutputError(f"{path.name}: {suffix} holds 8 bits: write .png or .tiff for 16")
    if has_alpha and encoders[suffix] is _jpeg:
        raise OutputError(f"{path.name}: JPEG holds no transparency: write .png, .webp or .tiff")
    return encoders[suffix]


def _pixels(image: Photo | Composite | Cutout | Tensor, bits: int) -> np.ndarray:
    """``(H, W, 3 or 4)`` codes."""
    import torch

    if isinstance(image, Cutout):
        return cutout_rgba(image, bits=bits)
    rgb = image.rgb if isinstance(image, Photo | Composite) else image
    if not isinstance(rgb, torch.Tensor) or rgb.ndim != 3 or rgb.shape[0] != 3:
        came = tuple(rgb.shape) if isinstance(rgb, torch.Tensor) else type(image).__name__
        raise InputError(f"image: wanted a Photo, Composite, Cutout or tensor (3, H, W), got {came}")
    return to_uint8(rgb) if bits == 8 else to_uint16(rgb)


def _jpeg(pixels: np.ndarray, quality: int, packet: bytes) -> bytes:
    from PIL import Image

    buffer, more = io.BytesIO(), {"xmp": packet} if packet else {}
    image = Image.fromarray(pixels)
    image.save(buffer, "JPEG", quality=quality, subsampling=0, icc_profile=srgb_profile(), **more)
    return buffer.getvalue()


def _webp(pixels: np.ndarray, quality: int, packet: bytes) -> bytes:
    from PIL import Image

    buffer, more = io.BytesIO(), {"xmp": packet} if packet else {}
    Image.fromarray(pixels).save(buffer, "WEBP", quality=quality, icc_profile=srgb_profile(), **more)
    return buffer.getvalue()


def _png(pixels: np.ndarray, quality: int, packet: bytes) -> bytes:
    """OpenCV writes 8 and 16 bits alike; further chunks go behind the 33 bytes of signature and header."""
    import cv2

    bgr = cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA if pixels.shape[2] == 4 else cv2.COLOR_RGB2BGR)
    done, encoded = cv2.imencode(".png", bgr, [cv2.IMWRITE_PNG_COMPRESSION, PACKING])
    if not done:
        raise OutputError("the PNG could not be encoded")
    data, chunks = encoded.tobytes(), png_chunk(b"sRGB", b"\0")
    if packet:
        chunks += png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet)  # not compressed, no language
    return data[:33] + chunks + data[33:]


def _tiff(pixels: np.ndarray, quality: int, packet: bytes) -> bytes:
    import tifffile

    buffer = io.BytesIO()
    tifffile.imwrite(
        buffer,
        pixels,
        byteorder="<",
        photometric="rgb",
        extrasamples=["unassalpha"] if pixels.shape[2] == 4 else None,
        compression="zlib",
        compressionargs={"level": PACKING},
        predictor=2,
        iccprofile=srgb_profile(),
        extratags=[(TIFF_TAG, 1, len(packet), packet, True)] if packet else [],
        metadata=None,
        software=False,
    )
    return buffer.getvalue()
