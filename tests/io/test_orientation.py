"""EXIF orientation 1 to 8 in every container."""

import io

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from photo_files import dng, encoded, exif_block, heic, noise, png, png_chunk, quarters, tiff
from PIL import Image, ImageOps

from scenechange.io import load_photo, to_uint8, to_uint16
from scenechange.io.raster import from_channels, upright

# Where the stored row 0 and column 0 belong in the upright picture: EXIF 2.32, tag 274.
SIDES = {
    1: ("top", "left"), 2: ("top", "right"), 3: ("bottom", "right"), 4: ("bottom", "left"),
    5: ("left", "top"), 6: ("right", "top"), 7: ("right", "bottom"), 8: ("left", "bottom"),
}  # fmt: skip
INDEX = {"top": (0, 0), "bottom": (0, -1), "left": (1, 0), "right": (1, -1)}
OPPOSITE = {"top": "bottom", "bottom": "top", "left": "right", "right": "left"}


def corner(*sides: str) -> tuple[int, int]:
    """Row and column index, 0 or -1, of the corner where two sides meet."""
    where = dict(INDEX[side] for side in sides)
    return where[0], where[1]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_marked_corners_land_where_the_standard_says(orientation):
    stored = np.zeros((20, 30, 3), np.uint8)
    stored[0, 0], stored[0, -1] = (255, 0, 0), (0, 255, 0)
    row_0, column_0 = SIDES[orientation]
    shown = to_uint8(load_photo(encoded(stored, "PNG", exif=exif_block({0x112: orientation}))).rgb)
    assert shown.shape[:2] == ((20, 30) if orientation < 5 else (30, 20))
    assert tuple(shown[corner(row_0, column_0)]) == (255, 0, 0)
    assert tuple(shown[corner(row_0, OPPOSITE[column_0])]) == (0, 255, 0)
    assert int((shown > 0).sum()) == 2


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_turned_like_pillow_turns(kind, orientation):
    options = {"quality": 100} if kind != "PNG" else {}
    data = encoded(quarters(), kind, exif=exif_block({0x112: orientation}), **options)
    wanted = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data)).convert("RGB")))
    if kind == "TIFF":  # Pillow turns TIFF as it loads
        wanted = np.asarray(Image.open(io.BytesIO(data)))
    assert (to_uint8(load_photo(data).rgb) == wanted).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_16_bit_tiff_is_turned(rng, orientation):
    stored = rng.integers(0, 65536, (9, 14, 3), dtype=np.uint16)
    data = tiff(stored, photometric="rgb", extratags=[(274, "H", 1, orientation, True)])
    assert (to_uint16(load_photo(data).rgb) == upright(from_channels(stored, 65535), orientation).pixels).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_heic_and_avif_are_turned_once_by_their_container(orientation):
    """Both encoders write the turn into the container and drop or keep the tag; upright it must be, and only once."""
    upright_picture = quarters()
    back = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}[orientation]
    stored = np.ascontiguousarray(upright(from_channels(upright_picture), back).pixels)
    exif = exif_block({0x112: orientation})
    for data in (encoded(stored, "AVIF", quality=100, exif=exif), _heic_with_turn(stored, orientation)):
        shown = to_uint8(load_photo(data).rgb).astype(int)
        assert shown.shape == upright_picture.shape
        for y, x in ((5, 5), (5, -6), (-6, 5), (-6, -6)):
            assert np.abs(shown[y, x] - upright_picture[y, x]).max() < 12


def _heic_with_turn(stored: np.ndarray, orientation: int) -> bytes:
    return heic(stored, exif=exif_block({0x112: orientation}))


@pytest.mark.parametrize("orientation", [6, 3])
def test_exif_never_turns_heic_pixels(orientation):
    """Phones keep the tag beside the container's turn, and libheif has obeyed the container already."""
    data = heic(quarters(), exif=exif_block({0x10F: "x", 0x112: 1}))
    at = data.index(b"\x01\x12\x00\x03")
    changed = data[: at + 8] + bytes([0, orientation]) + data[at + 10 :]
    assert changed != data
    assert (load_photo(changed).rgb == load_photo(data).rgb).all()


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_orientations_that_do_not_exist_leave_the_picture(orientation):
    data = encoded(quarters(), "PNG", exif=exif_block({0x112: orientation}))
    assert (to_uint8(load_photo(data).rgb) == quarters()).all()


def test_alpha_turns_with_the_picture(rng):
    picture = np.dstack([noise(rng, 8, 12, 3), np.full((8, 12), 255, np.uint8)])
    picture[0, 0, 3] = 0
    photo = load_photo(encoded(picture, "PNG", exif=exif_block({0x112: 6})))
    assert float(photo.alpha[0, 0, -1]) == 0
    assert int((photo.alpha == 0).sum()) == 1


def test_size_limit_counts_the_stored_picture_whatever_its_turn():
    data = encoded(quarters(), "PNG", exif=exif_block({0x112: 6}))
    assert load_photo(data, max_pixels=48 * 64).size_hw == (64, 48)


@settings(max_examples=40, deadline=None)
@given(arrays(np.uint8, st.tuples(st.integers(1, 6), st.integers(1, 6), st.just(3))), st.integers(1, 8))
def test_turning_there_and_back_changes_nothing(pixels, orientation):
    back = {6: 8, 8: 6}.get(orientation, orientation)
    raster = from_channels(pixels)
    assert (upright(upright(raster, orientation), back).pixels == pixels).all()


def test_dng_orientation_is_applied_by_libraw_alone():
    mosaic = np.full((64, 96), 2000, np.uint16)
    assert load_photo(dng(mosaic, (274, "H", 1, 8, True))).size_hw == (96, 64)
    assert torch.isfinite(load_photo(dng(mosaic)).rgb).all()


def test_png_keeps_orientation_at_16_bits(rng):
    stored = rng.integers(0, 65536, (4, 7, 3), dtype=np.uint16)
    exif = exif_block({0x112: 8})[6:]
    plain, turned = load_photo(png(stored, 2, 16)), load_photo(png(stored, 2, 16, png_chunk(b"eXIf", exif)))
    assert (turned.rgb == plain.rgb.transpose(1, 2).flip(1)).all()
