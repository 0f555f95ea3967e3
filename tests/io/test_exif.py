"""What is read of a camera's metadata, and that nothing else is."""

import dataclasses
import math
import struct
import zlib
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from photo_files import encoded, exif_block, heic, quarters, tiff

from scenechange.io import load_photo
from scenechange.io.exif import Exif, focal_px, read_exif
from scenechange.types import Capture

TIME = {0x9003: "2021:07:14 18:30:05"}
PLACE = {1: "S", 2: (33.0, 52.0, 10.0), 3: "W", 4: (151.0, 12.0, 30.0)}
DIAGONAL = math.hypot(36, 24)


def test_35_mm_equivalent_follows_the_diagonal():
    """A 50 mm lens on full frame sees 36 mm in 6000 pixels: f = 50 / 36 * 6000."""
    assert focal_px(Exif(focal_35_mm=50), (4000, 6000)) == pytest.approx(50 / 36 * 6000)


def test_phones_of_4_to_3_agree_with_their_sensor():
    """Known value: 3.99 mm on a 4.8 mm x 3.6 mm sensor (published as 28 to 29 mm), 4032 x 3024 pixels."""
    from_sensor = 3.99 / 4.8 * 4032
    equivalent = 3.99 * DIAGONAL / 6.0
    assert focal_px(Exif(focal_35_mm=equivalent), (3024, 4032)) == pytest.approx(from_sensor, rel=1e-3)
    assert focal_px(Exif(focal_35_mm=28), (4032, 3024)) == pytest.approx(from_sensor, rel=0.03)


def test_focal_plane_resolution_is_the_second_way():
    exif = Exif(focal_mm=24, focal_plane_px_per_mm=6000 / 22.3, recorded_wh=(6000, 4000))
    assert focal_px(exif, (4000, 6000)) == pytest.approx(24 / 22.3 * 6000)
    both = dataclasses.replace(exif, focal_35_mm=38.4)
    assert focal_px(both, (4000, 6000)) == pytest.approx(38.4 / DIAGONAL * math.hypot(6000, 4000))


@pytest.mark.parametrize("size_hw", [(1000, 1500), (1500, 1000)])
def test_focal_length_scales_with_a_resized_picture(size_hw):
    full = Exif(focal_35_mm=50, recorded_wh=(6000, 4000))
    assert focal_px(full, size_hw) == pytest.approx(50 / 36 * 1500)
    plane = Exif(focal_mm=50, focal_plane_px_per_mm=6000 / 36, recorded_wh=(6000, 4000))
    assert focal_px(plane, size_hw) == pytest.approx(50 / 36 * 1500)


def test_a_plain_crop_keeps_the_recorded_focal_length():
    exif = Exif(focal_35_mm=50, recorded_wh=(6000, 4000))
    assert focal_px(exif, (4000, 4000)) == pytest.approx(50 / 36 * 6000)
    assert focal_px(exif, (3375, 6000)) == pytest.approx(50 / 36 * 6000)
    assert focal_px(exif, (6000, 3375)) == pytest.approx(50 / 36 * 6000)


@pytest.mark.parametrize("size_hw", [(1080, 1080), (4000, 6600), (2000, 2000)])
def test_a_crop_of_unknown_scale_has_no_focal_length(size_hw):
    assert focal_px(Exif(focal_35_mm=50, recorded_wh=(6000, 4000)), size_hw) is None


@pytest.mark.parametrize(
    "exif",
    [
        Exif(),
        Exif(focal_mm=50),
        Exif(focal_plane_px_per_mm=200),
        Exif(focal_35_mm=60000),
        Exif(focal_35_mm=0.5),
        Exif(focal_mm=50, focal_plane_px_per_mm=1e6),
    ],
    ids=str,
)
def test_too_little_or_absurd_metadata_gives_none(exif):
    assert focal_px(exif, (4000, 6000)) is None


def test_stitched_panoramas_have_no_focal_length():
    assert focal_px(Exif(focal_35_mm=26), (3000, 12000)) is None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_metadata_is_read_from_every_container(kind):
    block = exif_block({}, {0xA405: 28, 0x9011: "+02:00", **TIME}, {**PLACE, 16: "T", 17: 270.5})
    photo = load_photo(encoded(quarters(), kind, exif=block))
    check(photo)


def test_metadata_is_read_from_heic():
    block = exif_block({}, {0xA405: 28, 0x9011: "+02:00", **TIME}, {**PLACE, 16: "T", 17: 270.5})
    check(load_photo(heic(quarters(), exif=block)))


def check(photo):
    assert photo.f_px == pytest.approx(28 / DIAGONAL * 80)  # 64 x 48 pixels: diagonal 80
    taken = photo.taken
    assert taken.taken_at == datetime(2021, 7, 14, 18, 30, 5, tzinfo=timezone(timedelta(hours=2)))
    assert taken.latitude_deg == pytest.approx(-(33 + 52 / 60 + 10 / 3600))
    assert taken.longitude_deg == pytest.approx(-(151 + 12 / 60 + 30 / 3600))
    assert taken.heading_deg == 270.5


def test_turned_photos_keep_their_focal_length():
    block = exif_block({0x112: 6}, {0xA405: 28, 0xA002: 64, 0xA003: 48})
    assert load_photo(encoded(quarters(), "PNG", exif=block)).f_px == pytest.approx(28 / DIAGONAL * 80)


def test_focal_plane_is_read_in_its_unit():
    photo = {0x920A: 24.0, 0xA20E: 6000 / 2.23, 0xA20F: 6000 / 2.23, 0xA210: 3}
    assert read_exif(exif_block({}, photo)).focal_plane_px_per_mm == pytest.approx(6000 / 22.3, rel=1e-6)


def test_focal_plane_that_disagrees_with_itself_is_none():
    photo = {0x920A: 24.0, 0xA20E: 1000.0, 0xA20F: 3000.0, 0xA210: 3}
    assert read_exif(exif_block({}, photo)).focal_plane_px_per_mm is None


def test_time_without_a_zone_is_naive():
    assert read_exif(exif_block({}, TIME)).taken.taken_at == datetime(2021, 7, 14, 18, 30, 5)


@pytest.mark.parametrize("offset", ["-03:30", "+14:00"])
def test_zones_are_read(offset):
    taken = read_exif(exif_block({}, {0x9010: offset, **TIME})).taken.taken_at
    assert taken.strftime("%z") == offset.replace(":", "")


@pytest.mark.parametrize("offset", ["", "Z", "+99:00", "+0200", "+aa:bb", "   :  "])
def test_malformed_zones_leave_the_time_naive(offset):
    assert read_exif(exif_block({}, {0x9011: offset, **TIME})).taken.taken_at.tzinfo is None


@pytest.mark.parametrize(
    "stamp", ["", "0000:00:00 00:00:00", "    :  :     :  :  ", "2021-07-14", "2021:13:40 18:30:05"]
)
def test_malformed_times_are_absent(stamp):
    assert read_exif(exif_block({}, {0x9003: stamp})).taken is None


@pytest.mark.parametrize(
    "change",
    [
        {1: "X"},
        {2: (91.0, 0.0, 0.0)},
        {2: (float("nan"), 0.0, 0.0)},
        {4: (181.0, 0.0, 0.0)},
        {3: ""},
        {2: (0.0,) * 3, 4: (0.0,) * 3},
    ],
    ids=str,
)
def test_positions_that_cannot_be_are_absent(change):
    gps = PLACE | change
    if gps[2][0] != gps[2][0]:
        gps[2] = PLACE[2]
        block = exif_block({}, {}, gps)
        at = block.index(struct.pack(">II", 33, 1))
        block = block[: at + 4] + bytes(4) + block[at + 8 :]  # 33 / 0
    else:
        block = exif_block({}, {}, gps)
    assert read_exif(block).taken is None


@pytest.mark.parametrize(("heading", "wanted"), [(0.0, 0), (359.5, 359.5), (360.0, 0), (400.0, None)])
def test_heading_lies_in_the_circle(heading, wanted):
    taken = read_exif(exif_block({}, {}, {17: heading})).taken
    assert (taken.heading_deg if taken else None) == wanted


def test_nothing_else_is_read():
    block = exif_block(
        {0x10F: "SECRET", 0x110: "SECRET", 0x131: "SECRET", 0x13B: "SECRET", 0x8298: "SECRET", 0x10E: "SECRET"},
        {0xA430: "SECRET", 0xA431: "SECRET", 0xA435: "SECRET", 0x927C: b"SECRET", 0x9286: b"SECRET", **TIME},
        {27: b"SECRET", 28: b"SECRET", 29: "SECRET", **PLACE},
    )
    assert b"SECRET" in block
    photo = load_photo(encoded(quarters(), "JPEG", exif=block, comment=b"SECRET"))
    names = {field.name for field in dataclasses.fields(Capture)}
    assert names == {"taken_at", "latitude_deg", "longitude_deg", "heading_deg", "ev100"}
    assert "SECRET" not in repr(read_exif(block))
    assert "SECRET" not in repr(photo)


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders_are_read(order):
    name = b"II" if order == "<" else b"MM"
    entry = struct.pack(order + "HHIHH", 0x112, 3, 1, 8, 0)
    block = name + struct.pack(order + "HI", 42, 8) + struct.pack(order + "H", 1) + entry + bytes(4)
    assert read_exif(block).orientation == 8
    assert read_exif(b"Exif\0\0" + block).orientation == 8


def test_directories_that_point_at_themselves_end():
    entry = struct.pack("<HHII", 0x8769, 4, 1, 8)
    assert read_exif(b"II*\0\x08\0\0\0\x01\0" + entry + bytes(4)) == Exif()


FULL = exif_block({0x112: 6}, {0xA405: 28, 0x920A: 4.2, 0x9011: "+02:00", **TIME}, {**PLACE, 17: 12.0})


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
@example(b"")
@example(b"II*\0")
@example(b"Exif\0\0")
@example(b"II+\0\x08\0\0\0" + b"\xff" * 30)
def test_any_bytes_read_as_something(block):
    assert isinstance(read_exif(block), Exif)
    assert isinstance(read_exif(b"II*\0\x08\0\0\0" + block), Exif)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(FULL) - 1), st.integers(0, 255)), max_size=8), st.integers(0, len(FULL)))
def test_damaged_blocks_read_as_something_sound(changes, length):
    block = bytearray(FULL)
    for at, byte in changes:
        block[at] = byte
    exif = read_exif(bytes(block[:length]))
    assert 1 <= exif.orientation <= 8
    f_px = focal_px(exif, (48, 64))
    assert f_px is None or (f_px > 0 and math.isfinite(f_px))
    if exif.taken and exif.taken.latitude_deg is not None:
        assert abs(exif.taken.latitude_deg) <= 90


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_corrupt_exif_never_fails_a_load(kind, rng):
    good = encoded(quarters(), kind, exif=FULL)
    start = good.index(b"2021:07:14") if kind == "TIFF" else good.index(b"MM\0*")  # TIFF itself must stay in order
    for _ in range(30):
        data = bytearray(good)
        for at in rng.integers(start, start + (19 if kind == "TIFF" else len(FULL) - 20), 6):
            data[at] = rng.integers(0, 256)
        if kind == "PNG":
            name = good.index(b"eXIf")
            end = name + 4 + int.from_bytes(good[name - 4 : name])
            data[end : end + 4] = zlib.crc32(data[name:end]).to_bytes(4)
        assert sorted(load_photo(bytes(data)).size_hw) == [48, 64]


def test_16_bit_tiff_keeps_its_metadata():
    tags = [(271, "s", 0, "Maker", True)]
    photo = load_photo(tiff(np.zeros((8, 8, 3), np.uint16), photometric="rgb", extratags=tags))
    assert photo.f_px is None
    assert photo.taken is None


def test_exposure_value_follows_the_sunny_16_rule():
    """f/16 and 1/125 s at ISO 125 in full sun: EV 15 at ISO 100, to a sixth of a stop."""
    block = exif_block(photo={0x829A: 1 / 125, 0x829D: 16.0, 0x8827: 125})
    taken = read_exif(block).taken
    assert taken is not None
    assert taken.ev100 == pytest.approx(math.log2(16**2 * 125 * 100 / 125), abs=0.02)
    assert taken.ev100 == pytest.approx(14.64, abs=0.02)


@pytest.mark.parametrize("photo", [{0x829A: 0.01, 0x829D: 8.0}, {0x829A: 1e-9, 0x829D: 22.0, 0x8827: 100}])
def test_exposure_needs_all_its_parts_and_a_possible_value(photo):
    taken = read_exif(exif_block(photo=photo)).taken
    assert taken is None or taken.ev100 is None
