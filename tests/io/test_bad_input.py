"""Files that cannot be photos: each fails early, with one clear sentence."""

import io
import os
import re
import struct
import threading
import tracemalloc
import warnings
import zlib

import numpy as np
import pytest
from photo_files import (
    dng,
    encoded,
    exif_block,
    heic,
    matrix_profile,
    noise,
    png,
    png_chunk,
    quarters,
    srgb_para_tag,
    tiff,
)
from PIL import Image, ImageFile

from scenechange.errors import InputError, PhotoError
from scenechange.io import load_photo

P3 = matrix_profile(((0.5151, 0.2412, -0.001), (0.292, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841)), srgb_para_tag())
EXIF = exif_block(
    {0x112: 6, 0x10F: "SECRET"}, {0xA405: 28}, {1: "N", 2: (48.0, 51.0, 2.0), 3: "E", 4: (2.0, 17.0, 3.0)}
)


def samples() -> dict[str, bytes]:
    """One honest file of each kind, with metadata and a profile where the kind has them."""
    rng = np.random.default_rng(1)
    picture = np.clip(quarters().astype(int) + rng.integers(-20, 20, (48, 64, 3)), 0, 255).astype(np.uint8)
    deep = rng.integers(0, 65536, (48, 64, 3), dtype=np.uint16)
    profile = {"icc_profile": P3, "exif": EXIF}
    return {
        "jpeg": encoded(picture, "JPEG", **profile),
        "progressive": encoded(picture, "JPEG", progressive=True, **profile),
        "cmyk": encoded(Image.fromarray(picture).convert("CMYK"), "JPEG"),
        "png": encoded(picture, "PNG", **profile),
        "palette": encoded(Image.fromarray(picture).quantize(16), "PNG"),
        "png16": png(deep, 2, 16, png_chunk(b"eXIf", EXIF[6:])),
        "webp": encoded(picture, "WEBP", **profile),
        "lossless": encoded(picture, "WEBP", lossless=True),
        "tiff": encoded(picture, "TIFF", **profile),
        "lzw": encoded(picture, "TIFF", compression="tiff_lzw"),
        "tiff16": tiff(deep, photometric="rgb"),
        "deflate16": tiff(deep, photometric="rgb", compression="zlib"),
        "heic": heic(picture, **profile),
        "avif": encoded(picture, "AVIF", **profile),
        "raw": dng(deep[:, :, 0] >> 4),
    }


SAMPLES = samples()
NOISY = {
    "lzw",
    "deflate16",
    "raw",
}  # libtiff and LibRaw write about damaged data to stderr; they cannot be asked not to


@pytest.mark.parametrize("kind", SAMPLES)
def test_honest_files_load(kind):
    assert sorted(load_photo(SAMPLES[kind]).size_hw) == [48, 64]


def fails(source, match: str | None, **options) -> str:
    with pytest.raises(PhotoError, match=match) as caught:
        load_photo(source, **options)
    return str(caught.value)


def test_missing_file(tmp_path):
    message = fails(tmp_path / "nowhere.jpg", "nowhere.jpg: no such file")
    assert str(tmp_path) not in message


def test_folder(tmp_path):
    fails(tmp_path, "folder")


def test_empty_file(tmp_path):
    path = tmp_path / "photo.jpg"
    path.touch()
    fails(path, r"photo.jpg: the file is empty \(0 bytes\)")
    fails(b"", "empty")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_pipe_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    fails(tmp_path / "pipe.jpg", "device or pipe")


def test_nul_in_a_path():
    fails("a\0b.jpg", "cannot be read")


def test_unreadable_file(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(SAMPLES["jpeg"])
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    fails(path, "cannot be read")


def test_text_named_jpg(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_text("dear diary\n" * 50)
    fails(path, "photo.jpg: not a photo this program can read: wanted JPEG, PNG")


@pytest.mark.parametrize(
    "data",
    [
        *(b"x", b"\xff\xd8", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP"),
        *(b"II*\0", b"II*\0\x08\0\0\0", b"MM\0*", b"FUJIFILMCCD-RAW", b"FOVb"),
        *(b"\0\0\0\x18ftyp" + brand for brand in (b"heic", b"avif\0\0\0\0", b"isom\0\0\0\0", b"crx \0\0\0\0")),
        *(b"%PDF-1.7", b"GIF89a" + bytes(20), b"<svg xmlns='http://www.w3.org/2000/svg'/>", bytes(1000)),
    ],
    ids=repr,
)
def test_beginnings_of_files_and_other_files(data):
    with pytest.raises(PhotoError):
        load_photo(data)


@pytest.mark.parametrize("kind", SAMPLES)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_truncated_files_say_so(kind, share):
    data = SAMPLES[kind]
    message = fails(data[: int(len(data) * share)], None)
    assert re.search("truncated|damaged", message)


@pytest.mark.parametrize("kind", ["jpeg", "png", "png16", "webp", "tiff", "tiff16"])
def test_files_that_lack_their_last_bytes_are_truncated(kind):
    fails(SAMPLES[kind][:-20], "truncated|damaged")


def declared(kind: str, side: int) -> bytes:
    """The sample with its declared width and height set to `side`."""
    data = bytearray(SAMPLES[kind])
    if kind in ("png", "palette", "png16"):
        data[16:24] = struct.pack(">II", side, side)
        data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    elif kind in ("jpeg", "progressive", "cmyk"):
        at = re.search(rb"\xff[\xc0\xc2]", bytes(data)).start()
        data[at + 5 : at + 9] = struct.pack(">HH", side, side)
    elif kind == "webp":
        at = bytes(data).index(b"VP8X")
        data[at + 12 : at + 18] = 2 * (side - 1).to_bytes(3, "little")
    elif kind == "lossless":
        data[21:25] = struct.pack("<I", 16382 | 16382 << 14)
    elif kind in ("tiff", "lzw", "tiff16", "deflate16", "raw"):
        for tag in (256, 257):
            pattern = rb"\x%02x\x01[\x03\x04]\x00\x01\x00\x00\x00" % (tag & 255)
            at = re.search(pattern, bytes(data), re.DOTALL).end()
            data[at - 6] = 4
            data[at : at + 4] = struct.pack("<I", side)
    else:
        at = bytes(data).index(b"ispe")
        data[at + 8 : at + 16] = struct.pack(">II", side, side)
    return bytes(data)


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_declared_size_beyond_the_limit_is_refused_before_decoding(kind):
    data = declared(kind, 50_000)
    tracemalloc.start()
    try:
        message = fails(data, "pixels, wanted at most 200,000,000|damaged")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert kind == "raw" or "wanted at most" in message
    assert peak < 20 << 20


@pytest.mark.parametrize("kind", SAMPLES)
def test_the_limit_is_the_callers(kind):
    fails(SAMPLES[kind], "declares 64 x 48 pixels|declares 48 x 64 pixels", max_pixels=48 * 64 - 1)
    assert load_photo(SAMPLES[kind], max_pixels=48 * 64).size_hw


@pytest.mark.parametrize("kind", ["png", "jpeg", "tiff"])
def test_a_size_of_zero_is_damage(kind):
    fails(declared(kind, 0), "damaged")


@pytest.mark.parametrize("limit", [0, -5, 1.5, None, "many"])
def test_the_limit_must_be_a_number(limit):
    with pytest.raises(InputError, match="max_pixels"):
        load_photo(SAMPLES["png"], max_pixels=limit)


def test_a_file_far_beyond_the_limit_is_not_read(tmp_path):
    path = tmp_path / "photo.tif"
    with path.open("wb") as file:
        file.truncate(5 << 30)  # sparse
    fails(path, "bytes, wanted at most")


def test_text_chunks_are_never_inflated():
    bomb = zlib.compress(bytes(100 << 20), 9)
    data = png(quarters(), 2, 8, png_chunk(b"zTXt", b"Comment\0\0" + bomb))
    tracemalloc.start()
    try:
        assert load_photo(data).size_hw == (48, 64)
        assert tracemalloc.get_traced_memory()[1] < 20 << 20
    finally:
        tracemalloc.stop()


def test_a_profile_that_inflates_without_end_is_refused():
    bomb = zlib.compress(bytes(100 << 20), 9)
    fails(png(quarters(), 2, 8, png_chunk(b"iCCP", b"x\0\0" + bomb)), "refused as an attack")


def test_tiff_strips_that_inflate_without_end_cost_no_memory():
    data = bytearray(SAMPLES["deflate16"])
    bomb = zlib.compress(bytes(100 << 20), 9)
    for tag, value in ((273, len(data)), (279, len(bomb))):
        at = re.search(rb"\x%02x\x01[\x03\x04]\x00\x01\x00\x00\x00" % (tag & 255), data, re.DOTALL).end()
        data[at - 6], data[at : at + 4] = 4, struct.pack("<I", value)
    tracemalloc.start()
    try:
        assert float(load_photo(bytes(data) + bomb).rgb.max()) == 0
        assert tracemalloc.get_traced_memory()[1] < 20 << 20
    finally:
        tracemalloc.stop()


def test_global_settings_of_pillow_stay_and_do_not_bind_us(monkeypatch):
    """A host program may have set them for itself; ours is `max_pixels`."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for kind, data in SAMPLES.items():
            assert load_photo(data).rgb.numel() == 3 * 48 * 64, kind
    assert Image.MAX_IMAGE_PIXELS == 100
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


def test_other_sources_are_refused():
    for source in (5, None, ["a.jpg"]):
        with pytest.raises(InputError, match="wanted a path, bytes or a binary file"):
            load_photo(source)
    with pytest.raises(InputError, match="binary mode"):
        load_photo(io.StringIO("text"))


def test_messages_hold_neither_metadata_nor_folders(tmp_path):
    folder = tmp_path / "private"
    folder.mkdir()
    for kind, data in SAMPLES.items():
        path = folder / f"photo.{kind}"
        path.write_bytes(data[: int(len(data) * 0.7)])
        message = fails(path, f"photo.{kind}")
        assert "SECRET" not in message
        assert "private" not in message


def test_control_characters_of_a_name_are_not_echoed(tmp_path):
    message = fails(tmp_path / "a\x1b[31m\nb.jpg", "no such file")
    assert message.isprintable()


@pytest.mark.parametrize("kind", SAMPLES)
@pytest.mark.filterwarnings("error")
def test_damaged_files_load_or_raise_photo_error(kind, capfd):
    """300 files with flipped bytes, 100 truncated ones: no other error, no warning, nothing printed."""
    rng = np.random.default_rng(sum(kind.encode()))
    data = np.frombuffer(SAMPLES[kind], np.uint8)
    outcomes = {True: 0, False: 0}
    flips = 100 if kind == "raw" else 300  # LibRaw is slow
    for i in range(flips + 100):
        damaged = data.copy()
        if i < flips:
            where = rng.integers(0, len(data) if i % 2 else min(400, len(data)), rng.integers(1, 6))
            damaged[where] = rng.integers(0, 256, len(where))
        else:
            damaged = damaged[: rng.integers(0, len(data))]
        try:
            photo = load_photo(damaged.tobytes(), max_pixels=1 << 20)
        except PhotoError:
            outcomes[False] += 1
        else:
            assert 0 <= float(photo.rgb.min()) <= float(photo.rgb.max()) <= 1
            outcomes[True] += 1
    assert outcomes[False] > 20
    if kind not in NOISY:
        assert capfd.readouterr().err == ""


def test_threads_load_side_by_side():
    wanted = {kind: load_photo(data).rgb for kind, data in SAMPLES.items()}
    wrong = []

    def load_all() -> None:
        wrong.extend(kind for kind, data in SAMPLES.items() if not (load_photo(data).rgb == wanted[kind]).all())

    threads = [threading.Thread(target=load_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_bytes_given_stay_untouched(rng):
    data = bytearray(encoded(noise(rng, 9, 9, 3), "TIFF"))
    kept = bytes(data)
    load_photo(data)
    assert data == kept
