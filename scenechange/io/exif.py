"""EXIF: the few tags this program may know - orientation, focal length, exposure, time, place, heading - and no others.

References: CIPA DC-008-2019 (EXIF 2.32), sections 4.6.4 to 4.6.7; CIPA DCG-001 (35 mm equivalent by the diagonal);
CIPA DC-009 (DCF 2.0), optional colour space "R03".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from scenechange.io.ifd import Layout, Value, number, read_layout, read_tags, text
from scenechange.types import Capture

DIAGONAL_35_MM = math.hypot(36, 24)
MM_PER_UNIT = {2: 25.4, 3: 10.0, 4: 1.0, 5: 0.001}  # FocalPlaneResolutionUnit
SAME_ASPECT = 0.02  # relative; rounding of small pictures and the margins that raw converters trim
WIDEST = 2.45  # cinema frames end at 2.39:1; wider pictures are stitched and have no pinhole focal length
PLAUSIBLE = (0.2, 60.0)  # focal length / long side: a 7 mm fisheye to a 2,000 mm lens on full frame

_MAIN = frozenset({0x0112, 0x8769, 0x8825})
_EXPOSURE = (0x829A, 0x829D, 0x8827)  # time, f-number, speed
_PHOTO = frozenset({*_EXPOSURE, 0x9003, 0x9010, 0x9011, 0x920A, 0xA002, 0xA003, 0xA005, 0xA20E, 0xA20F, 0xA210, 0xA405})
_GPS = frozenset({1, 2, 3, 4, 17})
_INTEROP = frozenset({1})


@dataclass(frozen=True, slots=True)
class Exif:
    """What was read.

    Attributes
    ----------
    orientation : int
        1 to 8, 1 where absent.
    focal_mm, focal_35_mm : float or None
        Focal length, and its 35 mm equivalent.
    focal_plane_px_per_mm : float or None
        Recorded pixels per millimetre of the sensor.
    recorded_wh : (float, float) or None
        Pixel size the camera recorded.
    is_adobe_rgb : bool
        Whether the camera says that colours are Adobe RGB (DCF "R03").
    taken : Capture or None
        Time, place, heading and exposure.
    """

    orientation: int = 1
    focal_mm: float | None = None
    focal_35_mm: float | None = None
    focal_plane_px_per_mm: float | None = None
    recorded_wh: tuple[float, float] | None = None
    is_adobe_rgb: bool = False
    taken: Capture | None = None


def read_exif(block: bytes | None) -> Exif:
    """Read an EXIF block (with or without the ``Exif`` prefix) or a whole TIFF file; damage reads as "absent"."""
    block = block or b""
    block = block[6:] if block.startswith(b"Exif\0") else block
    layout = read_layout(block)
    if layout is None:
        return Exif()
    main = read_tags(block, layout, layout.first, _MAIN)
    photo = _sub_directory(block, layout, main, 0x8769, _PHOTO)
    gps = _sub_directory(block, layout, main, 0x8825, _GPS)
    interop = _sub_directory(block, layout, photo, 0xA005, _INTEROP)
    orientation = number(main, 0x0112) or 1
    width, height = _positive(photo, 0xA002), _positive(photo, 0xA003)
    return Exif(
        orientation=int(orientation) if orientation in range(1, 9) else 1,
        focal_mm=_positive(photo, 0x920A),
        focal_35_mm=_positive(photo, 0xA405),
        focal_plane_px_per_mm=_focal_plane(photo),
        recorded_wh=(width, height) if width and height else None,
        is_adobe_rgb=text(interop, 1) == "R03",
        taken=_capture(photo, gps),
    )


def focal_px(exif: Exif, size_hw: tuple[int, int]) -> float | None:
    """Focal length in pixels of a picture of `size_hw` pixels, None where the file does not tell.

    Parameters
    ----------
    exif : Exif
        What the file says.
    size_hw : (int, int)
        Height and width of the decoded picture.

    Notes
    -----
    First choice is the 35 mm equivalent, by the diagonal as CIPA DCG-001 defines it: ``f_px = f35 / 43.27 mm *
    diagonal``. Second is the focal length in millimetres times the sensor's pixels per millimetre. Both hold for the
    picture the camera recorded. Where the aspect still is the recorded one the picture was at most resized as a
    whole, and the focal length scales with it. Where the aspect differs the picture was cropped: the recorded focal
    length is taken if one side kept its length (a crop without resizing), else the answer is None, for nobody can
    know the scale. A crop that keeps the aspect cannot be seen. Pictures wider than 2.45:1 are taken as stitched.
    """
    long, short = float(max(size_hw)), float(min(size_hw))
    recorded_wh = exif.recorded_wh or (long, short)
    recorded_long, recorded_short = max(recorded_wh), min(recorded_wh)
    if recorded_long > WIDEST * recorded_short:
        return None
    if abs(long / short * recorded_short / recorded_long - 1) <= SAME_ASPECT:
        scale = long / recorded_long
    elif _is_plain_crop(size_hw, exif.recorded_wh):
        scale = 1.0
    else:
        return None
    if exif.focal_35_mm is not None:
        f_px = exif.focal_35_mm / DIAGONAL_35_MM * math.hypot(recorded_long, recorded_short) * scale
    elif exif.focal_mm is not None and exif.focal_plane_px_per_mm is not None:
        if not 1.5 <= recorded_long / exif.focal_plane_px_per_mm <= 120:  # millimetres of sensor: phone to large format
            return None
        f_px = exif.focal_mm * exif.focal_plane_px_per_mm * scale
    else:
        return None
    return f_px if PLAUSIBLE[0] <= f_px / (recorded_long * scale) <= PLAUSIBLE[1] else None


def _is_plain_crop(size_hw: tuple[int, int], recorded_wh: tuple[float, float] | None) -> bool:
    """Whether one side has the recorded length and the other is shorter; the picture may stand on its side."""
    if recorded_wh is None:
        return False
    height, width = size_hw
    return any(
        (height == h and width <= w) or (width == w and height <= h) for w, h in (recorded_wh, recorded_wh[::-1])
    )


def _sub_directory(
    block: bytes, layout: Layout, tags: dict[int, Value], pointer: int, wanted: frozenset[int]
) -> dict[int, Value]:
    offset = number(tags, pointer)
    return read_tags(block, layout, int(offset), wanted) if offset is not None and offset > 0 else {}


def _positive(tags: dict[int, Value], tag: int) -> float | None:
    value = number(tags, tag)
    return value if value is not None and 0 < value < 1e9 else None


def _focal_plane(photo: dict[int, Value]) -> float | None:
    """Pixels per millimetre on the sensor; None where the two directions disagree (a damaged or guessed entry)."""
    across, down = _positive(photo, 0xA20E), _positive(photo, 0xA20F)
    unit = MM_PER_UNIT.get(int(number(photo, 0xA210) or 2))
    if across is None or unit is None or (down is not None and abs(across / down - 1) > 0.1):
        return None
    return across / unit


def _capture(photo: dict[int, Value], gps: dict[int, Value]) -> Capture | None:
    latitude = _degrees(gps, 2, text(gps, 1), "NS", 90)
    longitude = _degrees(gps, 4, text(gps, 3), "EW", 180)
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        latitude = longitude = None  # half a position is none; 0, 0 is what receivers write before they have a fix
    heading = number(gps, 17)
    # True and magnetic north are both taken as north: the compass error of a phone exceeds the declination.
    heading = heading % 360 if heading is not None and 0 <= heading <= 360 else None
    taken_at = _time(text(photo, 0x9003), text(photo, 0x9011) or text(photo, 0x9010))
    ev100 = _exposure(photo)
    if taken_at is None and latitude is None and heading is None and ev100 is None:
        return None
    return Capture(taken_at, latitude, longitude, heading, ev100)


def _exposure(photo: dict[int, Value]) -> float | None:
    """Exposure value at ISO 100, ``log2(N^2 / t * 100 / S)`` (ISO 2720); None where a part is missing or absurd."""
    seconds, f_number, speed = (_positive(photo, tag) for tag in _EXPOSURE)
    if seconds is None or f_number is None or speed is None:
        return None
    ev100 = math.log2(f_number**2 / seconds * 100 / speed)
    return ev100 if -6 <= ev100 <= 20 else None


def _degrees(gps: dict[int, Value], tag: int, side: str, sides: str, limit: float) -> float | None:
    value = gps.get(tag)
    if not isinstance(value, tuple) or not 1 <= len(value) <= 3 or side[:1].upper() not in tuple(sides):
        return None
    degrees = sum(part / 60**i for i, part in enumerate(value))
    if not 0 <= degrees <= limit:  # also refuses nan
        return None
    return -degrees if side[:1].upper() == sides[1] else degrees


def _time(stamp: str, offset: str) -> datetime | None:
    """Time of the shutter; with a time zone where the camera wrote one, else naive local time."""
    try:
        taken = datetime.strptime(stamp[:19], "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
    if len(offset) != 6 or offset[0] not in "+-" or not (offset[1:3] + offset[4:]).isdecimal():
        return taken
    shift = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:]))
    if shift > timedelta(hours=15):
        return taken
    return taken.replace(tzinfo=timezone(-shift if offset[0] == "-" else shift))
