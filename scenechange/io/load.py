"""Load a photo: a file to upright linear light, with the camera's priors and nothing else of its metadata."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import IO

from scenechange.errors import InputError, PhotoError
from scenechange.io.exif import focal_px, read_exif
from scenechange.io.linear import linear_rgb
from scenechange.io.raster import Raster, straightened, upright
from scenechange.io.recognise import recognise
from scenechange.types import Photo

Source = str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes]

MAX_PIXELS = 200_000_000
BYTES_PER_PIXEL = 16  # four 16-bit channels, twice: no honest file is larger


def load_photo(source: Source, *, max_pixels: int = MAX_PIXELS) -> Photo:
    """Load a photo as upright linear light.

    JPEG, PNG, WebP, TIFF (8 and 16 bits), HEIC, AVIF, and camera RAW (extra ``raw``), told apart by content. EXIF
    orientation and embedded colour profiles are applied; of an animation the first frame is taken.

    Parameters
    ----------
    source : path, bytes or binary file
        The photo.
    max_pixels : int
        Largest size a file may declare, in pixels. It is checked before anything is decoded; the default of 200
        million takes 2.4 GB as light.

    Returns
    -------
    Photo
        ``rgb`` linear Rec. 709 in [0, 1], ``alpha`` where the file is transparent, ``f_px`` and ``taken`` where its
        metadata tell.

    Raises
    ------
    PhotoError
        Not found, not a file, empty, not a photo, truncated, damaged, too large.
    MissingExtraError
        A RAW file, and rawpy is not installed.
    InputError
        `source` or `max_pixels` of a wrong kind.
    """
    if not isinstance(max_pixels, int) or max_pixels < 1:
        raise InputError(f"max_pixels: wanted a whole number of at least 1, got {max_pixels!r}")
    data, name = _read(source, max_pixels * BYTES_PER_PIXEL + (64 << 20))
    if not data:
        raise PhotoError(f"{name}: the file is empty (0 bytes)")
    try:
        return _photo(_decode(data, Path(name).suffix.lower(), max_pixels))
    except PhotoError as error:
        raise PhotoError(f"{name}: {error}") from error.__cause__
    except MemoryError as error:
        raise PhotoError(f"{name}: not enough memory for a picture of this size: make it smaller") from error


def _photo(raster: Raster) -> Photo:
    import torch

    exif = read_exif(raster.exif)
    turned = upright(straightened(raster), exif.orientation if raster.orientation is None else raster.orientation)
    rgb, alpha = linear_rgb(turned, exif.is_adobe_rgb)
    return Photo(
        torch.from_numpy(rgb),
        focal_px(exif, (rgb.shape[1], rgb.shape[2])),
        exif.taken,
        None if alpha is None else torch.from_numpy(alpha),
    )


def _decode(data: bytes, suffix: str, max_pixels: int) -> Raster:
    kind = recognise(data, suffix)
    try:
        return _decoder(kind)(data, max_pixels)
    except (PhotoError, MemoryError, ImportError):
        raise
    except Exception as error:  # decoders answer damaged bytes with whatever error they happen upon
        raise PhotoError(f"damaged or truncated {kind.upper()} file: it cannot be decoded") from error


def _decoder(kind: str) -> Callable[[bytes, int], Raster]:
    from scenechange.io import heif, jpeg, png, raw, tiff, webp

    return {
        "jpeg": jpeg.decode_jpeg,
        "png": png.decode_png,
        "webp": webp.decode_webp,
        "tiff": tiff.decode_tiff,
        "heic": heif.decode_heic,
        "avif": heif.decode_avif,
        "raw": raw.decode_raw,
    }[kind]


def _read(source: Source, limit: int) -> tuple[bytes, str]:
    """Bytes and name (without folders) of a source; refuses what is no plain file, and more than `limit` bytes."""
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source), "photo"
    if isinstance(source, str | os.PathLike):
        return _read_path(Path(source), limit)
    if not hasattr(source, "read"):
        raise InputError(f"photo: wanted a path, bytes or a binary file, got {type(source).__name__}")
    name = getattr(source, "name", None)
    data = source.read(limit + 1)
    if not isinstance(data, bytes | bytearray):
        raise InputError("photo: wanted a file opened in binary mode ('rb'), got text")
    _check_bytes(len(data), limit, "photo")
    return bytes(data), _printable(Path(name).name) if isinstance(name, str) and name else "photo"


def _read_path(path: Path, limit: int) -> tuple[bytes, str]:
    name = _printable(path.name or str(path))
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise PhotoError(f"{name}: this is a folder, wanted a photo")
        if not stat.S_ISREG(status.st_mode):
            raise PhotoError(f"{name}: this is a device or pipe, wanted a plain file")
        _check_bytes(status.st_size, limit, name)
        with path.open("rb") as file:
            return file.read(limit + 1), name
    except FileNotFoundError as error:
        raise PhotoError(f"{name}: no such file") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        if isinstance(error, PhotoError):
            raise
        reason = error.strerror if isinstance(error, OSError) else "not a legal path"
        raise PhotoError(f"{name}: cannot be read ({reason})") from error


def _check_bytes(size: int, limit: int, name: str) -> None:
    if size > limit:
        raise PhotoError(f"{name}: the file has {size:,} bytes, wanted at most {limit:,} (16 per allowed pixel)")


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name)
