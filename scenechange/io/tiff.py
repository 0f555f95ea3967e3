"""TIFF: directory read here, pixels decoded by Pillow (libtiff).

The decoder gets a copy whose directory holds the tags of the picture alone: it parses no metadata, cannot warn about
it, and does not turn the picture on its own. Pillow keeps 8 of 16 bits, so a 16-bit picture is presented to it as a
grey one of 8 bits and twice the samples a row, and the samples are put together here. Reference: TIFF 6.0 (1992).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

import numpy as np

from scenechange.errors import PhotoError
from scenechange.io.ifd import Entry, Layout, Value, entries, read_layout, read_tags, read_value
from scenechange.io.raster import Raster, check_size

_SUBFILE, _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _SAMPLES, _PLANAR = 254, 256, 257, 258, 259, 262, 277, 284
_PREDICTOR, _COLOUR_MAP, _TILE_WIDTH, _SUB_IFDS, _INK_SET, _EXTRA, _FORMAT = 317, 320, 322, 330, 332, 338, 339
_ICC, _DNG_VERSION = 34675, 50706
_STARTS, _SIZES = (273, 324), (279, 325)
_LAYOUT_TAGS = frozenset({266, 273, 278, 279, 292, 293, 317, 320, 322, 323, 324, 325, 332, 347, 529, 530, 531, 532})
_PICTURE_TAGS = _LAYOUT_TAGS | {
    _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _SAMPLES, _PLANAR, _EXTRA, _FORMAT
}  # fmt: skip
_NEEDED = _PICTURE_TAGS | {_ICC}
_COLOURS = {0: 1, 1: 1, 2: 3, 3: 1, 5: 4, 6: 3}  # samples that carry colour, by photometric interpretation


@dataclass(frozen=True, slots=True)
class _Page:
    width: int
    height: int
    bits: int
    samples: int
    photometric: int
    planar: int
    predictor: int
    tile_width: int
    extra: int | None


def is_raw_tiff(data: bytes) -> bool:
    """Whether a TIFF structure is a camera's RAW file: DNG, CR2, a colour-filter picture, or a thumbnail first."""
    layout = read_layout(data)
    if layout is None:
        return False
    tags = read_tags(data, layout, layout.first, frozenset({_SUBFILE, _PHOTOMETRIC, _SUB_IFDS, _DNG_VERSION}))
    is_thumbnail = bool(int((tags.get(_SUBFILE) or (0,))[0]) & 1) and _SUB_IFDS in tags
    is_mosaic = (tags.get(_PHOTOMETRIC) or (0,))[0] in (32803, 34892)
    return _DNG_VERSION in tags or is_mosaic or is_thumbnail or data[8:10] == b"CR"


def decode_tiff(data: bytes, max_pixels: int) -> Raster:
    """Decode the first page of a TIFF or BigTIFF file: 1 to 8 or 16 bits, grey, colour, palette or CMYK, any layout."""
    from scenechange.io.pillow import from_pillow, open_tiff

    layout = read_layout(data)
    tags = read_tags(data, layout, layout.first, _NEEDED) if layout else {}
    if layout is None or _WIDTH not in tags or _HEIGHT not in tags:
        raise PhotoError("the directory of the file is missing: it is truncated or damaged")
    page = _read_page(tags)
    check_size(page.width, page.height, max_pixels)
    _check_complete(tags, len(data))
    raster = _decode_16(data, layout, page) if page.bits == 16 else from_pillow(open_tiff(_picture(data, layout)))
    icc = tags.get(_ICC)
    return replace(raster, icc=icc if isinstance(icc, bytes) else None, exif=data)


def _read_page(tags: dict[int, Value]) -> _Page:
    def first(tag: int, default: int) -> int:
        value = tags.get(tag)
        return int(value[0]) if value is not None else default

    bits = {int(b) for b in tags.get(_BITS, (1,))}
    if {int(f) for f in tags.get(_FORMAT, (1,))} - {1, 4}:
        raise PhotoError("signed or floating-point pixels are not supported: save the photo with 8 or 16 bits")
    if len(bits) != 1 or not bits <= {1, 2, 4, 8, 16}:
        raise PhotoError(f"{sorted(bits)} bits are not supported: save the photo with 8 or 16 bits")
    extra = int(tags[_EXTRA][0]) if _EXTRA in tags else None
    page = _Page(
        first(_WIDTH, 0), first(_HEIGHT, 0), bits.pop(), first(_SAMPLES, 1), first(_PHOTOMETRIC, 1),
        first(_PLANAR, 1), first(_PREDICTOR, 1), first(_TILE_WIDTH, 0), extra,
    )  # fmt: skip
    if page.photometric not in _COLOURS or page.samples < _COLOURS[page.photometric]:
        raise PhotoError("its kind of colour (Lab, for example) is not supported: save the photo as RGB")
    return page


def _check_complete(tags: dict[int, Value], length: int) -> None:
    for starts, sizes in zip(_STARTS, _SIZES, strict=True):
        if starts in tags and sizes in tags:
            ends = (int(a) + int(b) for a, b in zip(tags[starts], tags[sizes], strict=False))
            if max(ends) > length:
                raise PhotoError("the file ends before the picture is complete: it is truncated")


def _picture(data: bytes, layout: Layout, changed: dict[int, bytes | None] | None = None) -> bytes:
    """The file with only picture tags in its first directory, and no further page.

    Parameters
    ----------
    data, layout : bytes, Layout
        The file.
    changed : dict
        Tag to another entry in its place, or to None where it is to go; tags that the file lacks stay out.
    """
    kept: dict[int, bytes | None] = {
        entry.tag: entry.raw for entry in entries(data, layout, layout.first) if entry.tag in _PICTURE_TAGS
    }
    kept |= {tag: entry for tag, entry in (changed or {}).items() if tag in kept}
    lines = [line for _, line in sorted(kept.items()) if line is not None]
    directory = struct.pack(layout.count_format, len(lines)) + b"".join(lines) + struct.pack(layout.pointer_format, 0)
    clean = bytearray(data)
    clean[layout.first : layout.first + len(directory)] = directory
    return bytes(clean)


def _decode_16(data: bytes, layout: Layout, page: _Page) -> Raster:
    planes = page.samples if page.planar == 2 else 1
    samples = np.concatenate([_words(data, layout, page, plane, planes) for plane in range(planes)], axis=2)
    colours = _COLOURS[page.photometric]
    if page.photometric in (3, 6):
        raise PhotoError("16-bit palettes and YCbCr are not supported: save the photo as RGB")
    pixels = 65535 - samples[:, :, :1] if page.photometric == 0 else samples[:, :, :colours]
    alpha = samples[:, :, colours] if page.extra in (1, 2) and page.samples > colours else None
    if page.photometric == 5:  # colour management of inks works in 8 bits
        inks = ((pixels.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
        return Raster(inks, "cmyk")
    return Raster(pixels, "grey" if colours == 1 else "rgb", alpha, 65535, is_premultiplied=page.extra == 1)


def _words(data: bytes, layout: Layout, page: _Page, plane: int, planes: int) -> np.ndarray:
    """``(H, W, samples / planes)`` uint16 of one plane."""
    from scenechange.io.pillow import open_tiff

    each = page.samples // planes
    changed: dict[int, bytes | None] = {
        _WIDTH: _entry(layout, _WIDTH, 2 * each * page.width),
        _TILE_WIDTH: _entry(layout, _TILE_WIDTH, 2 * each * page.tile_width),
        _BITS: _entry(layout, _BITS, 8),
        _PHOTOMETRIC: _entry(layout, _PHOTOMETRIC, 1),
        **dict.fromkeys((_SAMPLES, _PLANAR, _EXTRA, _FORMAT, _PREDICTOR, _COLOUR_MAP, _INK_SET)),
    }
    for entry in entries(data, layout, layout.first):
        if planes > 1 and entry.tag in (*_STARTS, *_SIZES):
            changed[entry.tag] = _share(data, layout, entry, plane, planes)
    packed = np.asarray(open_tiff(_picture(data, layout, changed)))
    words = packed.view(layout.order + "u2").astype(np.uint16).reshape(page.height, page.width, each)
    if page.predictor == 2:  # samples are differences to the left neighbour, from the left edge of each tile
        step = page.tile_width or page.width
        for left in range(0, page.width, step):
            np.cumsum(words[:, left : left + step], axis=1, dtype=np.uint16, out=words[:, left : left + step])
    return words


def _entry(layout: Layout, tag: int, value: int) -> bytes:
    """A directory entry of one number."""
    return struct.pack(layout.entry_format, tag, 4, 1, struct.pack(layout.order + "I", value))


def _share(data: bytes, layout: Layout, entry: Entry, plane: int, planes: int) -> bytes:
    """The entry of strip positions or sizes, narrowed to one plane's part of the list."""
    count = entry.count // planes
    each = entry.size // entry.count
    if count == 1:
        return _entry(layout, entry.tag, int(read_value(data, layout, entry)[plane]))
    start = struct.pack(layout.pointer_format, entry.start + plane * count * each)
    return struct.pack(layout.entry_format, entry.tag, entry.kind, count, start)
