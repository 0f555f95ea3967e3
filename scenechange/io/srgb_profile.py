"""A small sRGB profile of our own, written from the standard's numbers; the same bytes every time.

Reference: ICC.1:2022 (v4.4): header 7.2, tags 9.2, multiLocalizedUnicode 10.15, parametricCurve 10.18.
"""

from __future__ import annotations

import struct
from functools import cache

import numpy as np

from scenechange.io.encoding import D50_XYZ, REC709, adaptation, xyz_from_rgb


@cache
def srgb_profile() -> bytes:
    """ICC v4 display profile of sRGB: three primaries adapted to D50 and one shared curve, about 500 bytes."""
    rgb = xyz_from_rgb(REC709)
    to_d50 = adaptation(rgb.sum(axis=1), D50_XYZ)
    red, green, blue = (to_d50 @ rgb).T
    curve = b"para" + struct.pack(">IHH", 0, 3, 0) + _fixed([2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045])
    tags = {
        b"desc": _text("sRGB"),
        b"cprt": _text("CC0"),
        b"wtpt": _xyz(D50_XYZ),
        b"chad": b"sf32" + bytes(4) + _fixed(to_d50.ravel()),
        b"rXYZ": _xyz(red),
        b"gXYZ": _xyz(green),
        b"bXYZ": _xyz(blue),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    return _assemble(tags)


def _assemble(tags: dict[bytes, bytes]) -> bytes:
    """Header, tag table and data; equal data are stored once."""
    start = 128 + 4 + 12 * len(tags)
    table, body, places = struct.pack(">I", len(tags)), b"", {}
    for name, data in tags.items():
        if data not in places:
            places[data] = start + len(body)
            body += data + bytes(-len(data) % 4)
        table += name + struct.pack(">II", places[data], len(data))
    header = struct.pack(">I4xI4s4s4s", start + len(body), 0x04400000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + _fixed(D50_XYZ)
    return header.ljust(128, b"\0") + table + body


def _fixed(numbers: np.ndarray | list[float]) -> bytes:
    return struct.pack(f">{len(numbers)}i", *(round(float(n) * 65536) for n in numbers))


def _xyz(xyz: np.ndarray) -> bytes:
    return b"XYZ " + bytes(4) + _fixed(xyz)


def _text(text: str) -> bytes:
    encoded = text.encode("utf-16-be")
    return b"mluc" + struct.pack(">4xII2s2sII", 1, 12, b"en", b"US", len(encoded), 28) + encoded
