"""ICC profiles: matrix/curve and grey profiles become an `Encoding` in float; others go through LittleCMS in 8 bits.

Reference: ICC.1:2022 (v4.4), sections 7, 8.3, 10.6 (curveType) and 10.18 (parametricCurveType).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, cast

import numpy as np

from scenechange.io.encoding import D50_XYZ, REC709, SRGB, Curve, Encoding, adaptation, srgb_curve, xyz_from_rgb

if TYPE_CHECKING:
    from PIL.Image import Image

SPACES = {"rgb": b"RGB ", "grey": b"GRAY", "cmyk": b"CMYK"}
NEAR_SRGB_MATRIX = 2e-3  # rounding in the sRGB profiles in the wild stays below 1e-3; Display P3 differs by 0.2
NEAR_SRGB_CODE = 0.3 / 255  # a curve so close gives the same 8-bit code; sRGB profiles in the wild stay below 0.1
MAX_PROFILE = 32 << 20


class ProfileError(ValueError):
    """A profile that cannot be read, or does not fit the picture; internal to this room."""


def read_profile(profile: bytes, kind: str) -> Encoding | None:
    """The encoding of a profile, exactly; None where it takes LittleCMS (tables, CMYK).

    Parameters
    ----------
    profile : bytes
        The embedded profile.
    kind : str
        "rgb", "grey" or "cmyk": what the picture holds.

    Raises
    ------
    ProfileError
        Damaged, or made for another kind of picture.
    """
    tags = _tags(profile, kind)
    # LittleCMS prefers tables where a profile has both, and so do the makers of such profiles.
    if any(tag in tags for tag in (b"A2B0", b"A2B1", b"D2B0", b"D2B1")) or profile[20:24] != b"XYZ ":
        return None
    try:
        if kind == "grey" and b"kTRC" in tags:
            return _snapped(Encoding((_curve(tags[b"kTRC"]),)))
        if kind == "rgb" and all(c + s in tags for c in (b"r", b"g", b"b") for s in (b"XYZ", b"TRC")):
            columns = [struct.unpack_from(">3i", tags[c + b"XYZ"], 8) for c in (b"r", b"g", b"b")]
            curves = tuple(_curve(tags[c + b"TRC"]) for c in (b"r", b"g", b"b"))
            return _snapped(Encoding(curves, _rec709_from_pcs() @ np.array(columns, dtype=np.float64).T / 65536))
    except struct.error as error:
        raise ProfileError("cut short") from error
    return None


def to_srgb(image: Image, profile: bytes) -> Image:
    """An 8-bit RGB, grey or CMYK picture as sRGB, by LittleCMS: relative colorimetric with black point compensation.

    Raises
    ------
    ProfileError
        Where LittleCMS refuses the profile.
    """
    import io

    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        transform = ImageCms.buildTransform(
            source,
            ImageCms.createProfile("sRGB"),
            image.mode,
            "RGB",
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        return cast("Image", ImageCms.applyTransform(image, transform))  # None only where it works in place
    except (ImageCms.PyCMSError, OSError, ValueError) as error:
        raise ProfileError("refused by LittleCMS") from error


def _tags(profile: bytes, kind: str) -> dict[bytes, bytes]:
    if len(profile) < 132 or profile[36:40] != b"acsp" or len(profile) > MAX_PROFILE:
        raise ProfileError("not an ICC profile")
    if profile[16:20] != SPACES[kind]:
        raise ProfileError("made for another kind of picture")
    count = struct.unpack_from(">I", profile, 128)[0]
    if count > 200 or 132 + 12 * count > len(profile):
        raise ProfileError("tag table cut short")
    table = (struct.unpack_from(">4sII", profile, 132 + 12 * i) for i in range(count))
    return {name: profile[offset : offset + size] for name, offset, size in table}


def _rec709_from_pcs() -> np.ndarray:
    target = xyz_from_rgb(REC709)
    return np.linalg.inv(adaptation(target.sum(axis=1), D50_XYZ) @ target)


def _curve(tag: bytes) -> Curve:
    """The function of a curv or para tag, from [0, 1] to [0, 1]."""
    if tag[:4] == b"para":
        return _parametric(tag)
    if tag[:4] != b"curv":
        raise ProfileError("unknown kind of curve")
    count = struct.unpack_from(">I", tag, 8)[0]
    if count == 0:
        return lambda x: np.clip(x, 0, 1)
    if count == 1:
        gamma = struct.unpack_from(">H", tag, 12)[0] / 256
        return lambda x: np.clip(x, 0, 1) ** gamma
    if count > 65536:
        raise ProfileError("curve too long")
    table = np.array(struct.unpack_from(f">{count}H", tag, 12)) / 65535
    return lambda x: np.interp(x, np.linspace(0, 1, count), table)


def _parametric(tag: bytes) -> Curve:
    """Functions 0 to 4 of parametricCurveType, ICC.1:2022 table 68: (ax + b)^g + e from d upwards, cx + f below."""
    kind = struct.unpack_from(">H", tag, 8)[0]
    if kind > 4:
        raise ProfileError("unknown parametric curve")
    p = [value / 65536 for value in struct.unpack_from(f">{(1, 3, 4, 5, 7)[kind]}i", tag, 12)]
    g, a, b, c, d, e, f = p[0], 1.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if kind >= 1:
        a, b = p[1], p[2]
        d = -b / a if a else 0.0
    if kind == 2:
        e = f = p[3]
    if kind >= 3:
        c, d = p[3], p[4]
    if kind == 4:
        e, f = p[5], p[6]

    def evaluate(x: np.ndarray) -> np.ndarray:
        x = np.clip(x, 0, 1)
        with np.errstate(over="ignore", divide="ignore"):  # absurd exponents end at 0 or 1 like any other
            return np.clip(np.where(x >= d, np.maximum(a * x + b, 0) ** g + e, c * x + f), 0, 1)

    return evaluate


def _snapped(encoding: Encoding) -> Encoding:
    """`encoding`, or plain sRGB where it differs by rounding only, so that sRGB files keep their exact codes."""
    codes = np.arange(256) / 255
    slope = np.gradient(srgb_curve(codes), codes)
    off = max(float(np.abs((curve(codes) - srgb_curve(codes)) / slope).max()) for curve in encoding.curves)
    matrix = np.eye(3) if encoding.rec709_from_rgb is None else encoding.rec709_from_rgb
    if not np.isfinite(off) or not np.isfinite(matrix).all():
        raise ProfileError("numbers out of range")
    near = off <= NEAR_SRGB_CODE and float(np.abs(matrix - np.eye(3)).max()) <= NEAR_SRGB_MATRIX
    return SRGB if near else encoding
