"""TIFF directories (EXIF is one): read the tags that were asked for, skip whatever is malformed, never raise.

References: TIFF 6.0 (Adobe, 1992), section 2; BigTIFF design (libtiff); EXIF 2.32 (CIPA DC-008), section 4.6.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

Value = tuple[float, ...] | bytes

MAX_COUNT = 1 << 24  # values of one tag; strip tables of a 200 megapixel picture stay far below
_BYTES, _RATIONALS = frozenset({1, 2, 6, 7}), frozenset({5, 10})
_CODES = {3: "H", 4: "I", 5: "I", 8: "h", 9: "i", 10: "i", 11: "f", 12: "d", 13: "I", 16: "Q", 17: "q", 18: "Q"}


@dataclass(frozen=True, slots=True)
class Layout:
    """How numbers lie in a TIFF file: byte order ("<" or ">"), whether it is a BigTIFF, where directory 0 starts."""

    order: str
    is_big: bool
    first: int

    @property
    def count_format(self) -> str:
        """Struct format of the number of entries."""
        return self.order + ("Q" if self.is_big else "H")

    @property
    def entry_format(self) -> str:
        """Struct format of tag, type, count and the value field of one entry."""
        return self.order + ("HHQ8s" if self.is_big else "HHI4s")

    @property
    def pointer_format(self) -> str:
        """Struct format of an offset."""
        return self.order + ("Q" if self.is_big else "I")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a directory; `start` and `size` say where its value lies in the file, in bytes."""

    tag: int
    kind: int
    count: int
    start: int
    size: int
    raw: bytes


def read_layout(data: bytes) -> Layout | None:
    """Layout of a TIFF structure that starts at byte 0, None where there is none."""
    order = {b"II": "<", b"MM": ">"}.get(bytes(data[:2]))
    if order is None or len(data) < 8:
        return None
    magic = struct.unpack_from(order + "H", data, 2)[0]
    if magic == 43 and len(data) >= 16:
        return Layout(order, True, struct.unpack_from(order + "Q", data, 8)[0])
    # Panasonic, Olympus and others put their own number where TIFF says 42.
    return Layout(order, False, struct.unpack_from(order + "I", data, 4)[0]) if magic != 43 else None


def entries(data: bytes, layout: Layout, offset: int) -> Iterator[Entry]:
    """The well-formed entries of the directory at `offset`: known type, value inside the file."""
    head, line = struct.calcsize(layout.count_format), struct.calcsize(layout.entry_format)
    if offset <= 0 or offset + head > len(data):
        return
    number = struct.unpack_from(layout.count_format, data, offset)[0]
    inline = 8 if layout.is_big else 4
    for at in range(offset + head, min(offset + head + line * min(number, 65535), len(data) - line + 1), line):
        tag, kind, count, field = struct.unpack_from(layout.entry_format, data, at)
        each = 1 if kind in _BYTES else struct.calcsize("=" + _CODES.get(kind, "x")) * (2 if kind in _RATIONALS else 1)
        if (kind not in _BYTES and kind not in _CODES) or not 0 < count <= MAX_COUNT:
            continue
        size = each * count
        start = at + line - inline if size <= inline else struct.unpack(layout.pointer_format, field)[0]
        if start + size <= len(data):
            yield Entry(tag, kind, count, start, size, bytes(data[at : at + line]))


def read_value(data: bytes, layout: Layout, entry: Entry) -> Value:
    """Numbers of an entry as a tuple (a rational becomes its quotient, n / 0 becomes nan), text and blobs as bytes."""
    raw = data[entry.start : entry.start + entry.size]
    if entry.kind in _BYTES:
        return bytes(raw)
    repeat = entry.count * (2 if entry.kind in _RATIONALS else 1)
    numbers = struct.unpack(f"{layout.order}{repeat}{_CODES[entry.kind]}", raw)
    if entry.kind not in _RATIONALS:
        return numbers
    pairs = zip(numbers[::2], numbers[1::2], strict=True)
    return tuple(top / bottom if bottom else float("nan") for top, bottom in pairs)


def read_tags(data: bytes, layout: Layout, offset: int, wanted: frozenset[int]) -> dict[int, Value]:
    """Tag to value of those `wanted` tags that the directory at `offset` holds in good order."""
    return {e.tag: read_value(data, layout, e) for e in entries(data, layout, offset) if e.tag in wanted}


def number(tags: dict[int, Value], tag: int) -> float | None:
    """First number of a tag, None where it is absent, text, or not finite."""
    value = tags.get(tag)
    if value is None:
        return None
    first = float(value[0]) if len(value) else float("nan")
    return first if abs(first) < 1e18 else None


def text(tags: dict[int, Value], tag: int) -> str:
    """Text of a tag up to its first NUL; empty where it is absent or not text."""
    value = tags.get(tag, b"")
    return value.split(b"\0")[0].decode("ascii", "replace").strip() if isinstance(value, bytes) else ""
