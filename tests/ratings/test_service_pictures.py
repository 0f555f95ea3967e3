"""Pictures as they are served: same pixels, no metadata, hash checked, opaque names."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo

from scenechange.errors import PhotoError
from scenechange.ratings.failures import UnknownPictureError
from scenechange.ratings.keys import Keys
from scenechange.ratings.pictures import Pictures, without_metadata
from scenechange.ratings.records import Study

SECRET = b"a secret for tests, 32 bytes long"
PRIVATE = b"Jane Doe, 51.5N 0.1W"
PROFILE = b"\0" * 40 + b"acsp" + b"a colour profile" * 20


def picture() -> Image.Image:
    pixels = np.random.default_rng(5).integers(0, 255, (40, 56, 3), dtype=np.uint8)
    return Image.fromarray(np.kron(pixels[:10, :14], np.ones((4, 4, 1), np.uint8)))


def exif(orientation: int) -> Image.Exif:
    found = Image.Exif()
    found[0x0112] = orientation
    found[0x010E] = found[0x013B] = PRIVATE.decode()
    return found


def encoded(kind: str, orientation: int = 1, **also: object) -> bytes:
    """A picture with a person's data wherever its kind of file has room for them."""
    file, text = io.BytesIO(), PngInfo()
    text.add_text("Author", PRIVATE.decode())
    text.add_itxt("XML:com.adobe.xmp", PRIVATE.decode())
    extras: dict[str, dict[str, object]] = {
        "JPEG": {"comment": PRIVATE, "xmp": PRIVATE},
        "PNG": {"pnginfo": text},
        "WEBP": {"xmp": PRIVATE, "lossless": True},
    }
    picture().save(file, kind, exif=exif(orientation), icc_profile=PROFILE, **{**extras[kind], **also})
    return file.getvalue() + (PRIVATE if kind != "WEBP" else b"")


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_metadata_go_and_the_picture_stays_as_it_is_seen(kind: str, orientation: int) -> None:
    before = encoded(kind, orientation)
    assert PRIVATE in before
    after, media_type = without_metadata(before)
    assert media_type == f"image/{kind.lower()}"
    assert PRIVATE not in after
    assert b"Jane" not in after
    seen, bare = (ImageOps.exif_transpose(Image.open(io.BytesIO(data))) for data in (before, after))
    np.testing.assert_array_equal(np.asarray(bare), np.asarray(seen))
    again = Image.open(io.BytesIO(after))
    assert again.info["icc_profile"] == PROFILE
    assert dict(again.getexif()) == ({0x0112: orientation} if orientation > 1 else {})
    assert without_metadata(after)[0] == after


@pytest.mark.parametrize(
    "also", [{"progressive": True}, {"restart_marker_blocks": 2}, {"quality": 30, "optimize": True}]
)
def test_every_coding_of_jpeg_keeps_its_pixels(also: dict[str, object]) -> None:
    before = encoded("JPEG", 6, **also)
    after, _ = without_metadata(before)
    assert PRIVATE not in after
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(after))), np.asarray(Image.open(io.BytesIO(before))))


def test_a_second_picture_behind_the_first_is_cut_off() -> None:
    one = encoded("JPEG")
    assert without_metadata(one + one)[0] == without_metadata(one)[0]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_picture_is_refused_whatever_is_missing(kind: str, share: float) -> None:
    whole = without_metadata(encoded(kind))[0]
    with pytest.raises(PhotoError):
        without_metadata(whole[: int(len(whole) * share)])


def test_other_files_are_refused() -> None:
    gif = io.BytesIO()
    picture().save(gif, "GIF")
    for data in (b"", b"<svg onload='alert(1)'/>", gif.getvalue(), b"%PDF-1.4"):
        with pytest.raises(PhotoError, match="JPEG, PNG or WebP"):
            without_metadata(data)


def test_an_unknown_png_chunk_does_not_pass() -> None:
    data = encoded("PNG")
    chunk = b"prVt" + PRIVATE
    whole = struct.pack(">I", len(PRIVATE)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    assert PRIVATE not in without_metadata(data[:33] + whole + data[33:])[0]


def test_names_tell_nothing_and_hold_for_one_study(small_study: Study) -> None:
    pictures = Pictures(small_study, Keys(SECRET))
    other = Pictures(replace(small_study, name="other"), Keys(SECRET))
    names = {item.item: pictures.token(item.item) for item in small_study.items}
    assert len(set(names.values())) == len(small_study.items)
    assert all(item not in name and len(name) == 22 for item, name in names.items())
    assert not set(names.values()) & {other.token(item) for item in names}
    with pytest.raises(UnknownPictureError):
        pictures.token("nobody's")
    for wrong in ("", "../../etc/passwd", other.token("ours-1")):
        with pytest.raises(UnknownPictureError):
            pictures.read(wrong)


def test_a_picture_that_changed_or_went_is_refused_even_after_it_was_served(small_study: Study) -> None:
    pictures = Pictures(small_study, Keys(SECRET))
    item = small_study.items[0]
    token = pictures.token(item.item)
    first, media_type = pictures.read(token)
    assert (pictures.read(token), media_type) == ((first, "image/png"), "image/png")
    item.path.write_bytes(encoded("PNG"))
    with pytest.raises(PhotoError, match="sha256"):
        pictures.read(token)
    item.path.unlink()
    with pytest.raises(PhotoError, match="put the picture back"):
        pictures.read(token)


def test_memory_for_pictures_is_bounded(tmp_path: Path, small_study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    from scenechange.ratings import pictures as module

    monkeypatch.setattr(module, "CACHE_BYTES", 6000)
    items = []
    for item in small_study.items[:6]:
        data = without_metadata(encoded("PNG"))[0]
        item.path.write_bytes(data)
        items.append(replace(item, sha256=hashlib.sha256(data).hexdigest()))
    pictures = Pictures(replace(small_study, items=tuple(items)), Keys(SECRET))
    for item in items * 2:
        pictures.read(pictures.token(item.item))
    assert pictures._size == sum(len(data) for _, data, _ in pictures._kept.values())
    assert pictures._size <= 6000


def test_application_data_of_a_jpeg_is_cut_to_what_a_decoder_needs() -> None:
    data = io.BytesIO()
    Image.new("RGB", (16, 16), (9, 80, 80)).save(data, "JPEG")
    plain = data.getvalue()

    def segment(marker: int, body: bytes) -> bytes:
        return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2) + body

    hidden = (
        segment(0xE0, b"JFXX\0\x10" + b"thumbnail")
        + segment(0xE0, b"HEAPJPGM Owner: Jane Doe")
        + segment(0xEE, b"Adobe\0\x64\0\0\0\0\0" + b"Jane Doe")
        + segment(0xEE, b"Jane Doe")
    )
    bare, _ = without_metadata(plain[:2] + hidden + plain[2:])
    assert b"Jane" not in bare
    assert b"thumbnail" not in bare
    assert b"JFIF" in bare
    assert Image.open(io.BytesIO(bare)).convert("RGB").size == (16, 16)
