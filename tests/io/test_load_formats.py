"""What comes out of each kind of file."""

import io
import logging

import cv2
import numpy as np
import pytest
import torch
from photo_files import dng, encoded, exif_block, heic, noise, png, png_chunk, quarters, tiff
from PIL import Image

from scenechange.errors import MissingExtraError, PhotoError
from scenechange.io import from_uint8, from_uint16, load_photo, to_uint8, to_uint16


def codes(data: bytes) -> np.ndarray:
    return to_uint8(load_photo(data).rgb)


def is_close(data: bytes, picture: np.ndarray, tolerance: int) -> bool:
    """Whether pixels off the borders between colours are as drawn; compression blurs the borders."""
    off = np.abs(codes(data).astype(int) - picture.astype(int)).max(axis=2)
    height, width = off.shape
    off[height // 2 - 8 : height // 2 + 8] = 0
    off[:, width // 2 - 8 : width // 2 + 8] = 0
    return off.max() <= tolerance


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF"])
def test_lossy_files_look_as_drawn(kind):
    assert is_close(encoded(quarters(), kind, quality=95), quarters(), 6)


def test_heic_looks_as_drawn():
    assert is_close(heic(quarters()), quarters(), 4)


@pytest.mark.parametrize("options", [{"progressive": True}, {"subsampling": 2}, {"optimize": True}])
def test_kinds_of_jpeg_look_as_drawn(options):
    assert is_close(encoded(quarters(), "JPEG", quality=95, **options), quarters(), 6)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_lossless_files_keep_every_code(rng, kind):
    picture = noise(rng, 21, 33, 3)
    assert (codes(encoded(picture, kind)) == picture).all()


def test_lossless_webp_keeps_every_code(rng):
    picture = noise(rng, 21, 33, 3)
    assert (codes(encoded(picture, "WEBP", lossless=True)) == picture).all()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_grey_fills_three_channels(kind):
    picture = np.full((20, 30), 77, np.uint8)
    assert (codes(encoded(picture, kind)) == 77).all()


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_one_bit_is_black_and_white(rng, kind):
    bits = rng.integers(0, 2, (13, 21)).astype(bool)
    assert (codes(encoded(Image.fromarray(bits), kind))[:, :, 0] == np.where(bits, 255, 0)).all()


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_palette_is_looked_up(kind):
    image = Image.fromarray(quarters()).quantize(8)
    assert (codes(encoded(image, kind)) == np.asarray(image.convert("RGB"))).all()


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_alpha_is_kept_and_laid_over_white_in_linear_light(rng, kind):
    picture = np.dstack([quarters(), rng.integers(1, 256, (48, 64), dtype=np.uint8)])
    photo = load_photo(encoded(picture, kind, **({"lossless": True, "exact": True} if kind == "WEBP" else {})))
    alpha = torch.from_numpy(picture[:, :, 3].astype(np.float32) / 255)[None]
    assert torch.allclose(photo.alpha, alpha)
    assert torch.allclose(photo.rgb, from_uint8(picture[:, :, :3]) * alpha + 1 - alpha, atol=1e-6)


@pytest.mark.parametrize("make", [heic, lambda p: encoded(p, "AVIF", quality=100)], ids=["heic", "avif"])
def test_alpha_of_heif_containers_is_kept(make):
    picture = np.dstack([quarters(), np.full((48, 64), 255, np.uint8)])
    picture[:, :32, 3] = 0
    photo = load_photo(make(picture))
    assert photo.alpha[0, :, :24].max() < 0.03
    assert photo.alpha[0, :, 40:].min() > 0.97
    assert photo.rgb[:, :, :24].min() > 0.95


def test_full_opacity_is_no_alpha():
    assert load_photo(encoded(np.dstack([quarters(), np.full((48, 64), 255, np.uint8)]), "PNG")).alpha is None


def test_grey_with_alpha():
    photo = load_photo(encoded(Image.merge("LA", [Image.new("L", (5, 4), 99), Image.new("L", (5, 4), 51)]), "PNG"))
    assert torch.allclose(photo.alpha, torch.tensor(0.2))
    assert torch.allclose(photo.rgb, from_uint8(np.full((4, 5, 3), 99, np.uint8)) * 0.2 + 0.8)


def test_transparent_palette_entries_become_alpha():
    image = Image.fromarray(quarters()).quantize(4)
    clear = image.getpixel((0, 0))
    photo = load_photo(encoded(image, "PNG", transparency=clear))
    assert float(photo.alpha[0, 0, 0]) == 0
    assert float(photo.alpha[0, -1, -1]) == 1


@pytest.mark.parametrize(("mode", "key"), [("L", 30), ("RGB", (220, 30, 30))])
def test_transparent_colour_becomes_alpha(mode, key):
    image = Image.fromarray(quarters()).convert(mode)
    image.paste(key, (0, 0, 10, 10))
    photo = load_photo(encoded(image, "PNG", transparency=key))
    assert float(photo.alpha[0, 3, 3]) == 0
    assert float(photo.alpha[0, -1, -1]) == 1


@pytest.mark.parametrize(("colour_type", "channels"), [(0, 1), (4, 2), (2, 3), (6, 4)])
def test_16_bit_png_keeps_every_code(rng, colour_type, channels):
    picture = rng.integers(0, 65536, (9, 14, channels), dtype=np.uint16)
    photo = load_photo(png(picture, colour_type, 16))
    light = from_uint16(picture[:, :, : 1 if channels < 3 else 3])
    if channels in (2, 4):
        alpha = torch.from_numpy(picture[:, :, -1].astype(np.float32) / 65535)[None]
        assert torch.allclose(photo.alpha, alpha)
        light = light * alpha + 1 - alpha
    assert torch.allclose(photo.rgb, light.expand(3, -1, -1), atol=1e-6)


@pytest.mark.parametrize(("colour_type", "channels"), [(0, 1), (2, 3)])
def test_transparent_colour_of_a_16_bit_png_becomes_alpha(rng, colour_type, channels):
    picture = rng.integers(1, 65536, (9, 14, channels), dtype=np.uint16)
    picture[2, 3] = 500
    photo = load_photo(png(picture, colour_type, 16, png_chunk(b"tRNS", b"\x01\xf4" * channels)))
    assert float(photo.alpha[0, 2, 3]) == 0
    assert int((photo.alpha == 0).sum()) == 1


TIFF_LAYOUTS = {
    "plain": {},
    "big-endian": {"byteorder": ">"},
    "deflate": {"compression": "zlib"},
    "tiles": {"tile": (16, 16)},
    "bigtiff": {"bigtiff": True},
    "strips": {"rowsperstrip": 5},
    "predictor": {"compression": "zlib", "predictor": 2},
}


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("layout", TIFF_LAYOUTS)
def test_tiff_layouts_keep_every_code(rng, layout, channels, depth):
    picture = rng.integers(0, np.iinfo(depth).max, (21, 33, channels)).astype(depth)
    picture[:, :, 3:] = np.iinfo(depth).max
    extra = {"extrasamples": ["unassalpha"]} if channels == 4 else {}
    colour = "minisblack" if channels == 1 else "rgb"
    data = tiff(picture[:, :, 0] if channels == 1 else picture, photometric=colour, **extra, **TIFF_LAYOUTS[layout])
    back = (to_uint8 if depth is np.uint8 else to_uint16)(load_photo(data).rgb)
    assert (back == picture[:, :, :3]).all()


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize("packing", [{}, {"compression": "zlib"}])
def test_planar_tiff_keeps_every_code(rng, depth, packing):
    picture = rng.integers(0, np.iinfo(depth).max, (3, 21, 33)).astype(depth)
    data = tiff(picture, photometric="rgb", planarconfig="separate", **packing)
    back = (to_uint8 if depth is np.uint8 else to_uint16)(load_photo(data).rgb)
    assert (back == picture.transpose(1, 2, 0)).all()


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_16_bit_tiff_packed_by_lzw_keeps_every_code(rng, channels):
    picture = rng.integers(0, 65536, (21, 33, channels), dtype=np.uint16)
    picture[:, :, 3:] = 65535
    bgr = picture if channels == 1 else picture[:, :, [2, 1, 0, 3][:channels]]
    done, data = cv2.imencode(".tiff", bgr, [cv2.IMWRITE_TIFF_COMPRESSION, 5])
    assert done
    assert (to_uint16(load_photo(data.tobytes()).rgb) == picture[:, :, :3]).all()


@pytest.mark.parametrize("packing", ["tiff_lzw", "jpeg", "packbits", "tiff_adobe_deflate"])
def test_packed_8_bit_tiff_looks_as_drawn(packing):
    assert is_close(encoded(quarters(), "TIFF", compression=packing), quarters(), 6)


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_white_may_be_zero_in_tiff(rng, depth):
    top = int(np.iinfo(depth).max)
    picture = rng.integers(0, top, (21, 33)).astype(depth)
    back = (to_uint8 if depth is np.uint8 else to_uint16)(load_photo(tiff(picture, photometric="miniswhite")).rgb)
    assert (back[:, :, 0] == top - picture).all()


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_premultiplied_tiff_is_made_straight(depth):
    top = int(np.iinfo(depth).max)
    picture = np.full((8, 9, 4), top // 2, depth)  # full colour times half opacity
    photo = load_photo(tiff(picture, photometric="rgb", extrasamples=["assocalpha"]))
    assert torch.allclose(photo.alpha, torch.tensor(0.5), atol=0.5 / 255)
    assert photo.rgb.min() > 0.99


def test_tiff_of_many_pages_gives_the_first():
    pages = [Image.fromarray(quarters()), Image.new("RGB", (10, 10))]
    data = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert (codes(data) == quarters()).all()


@pytest.mark.parametrize("kind", ["float32", "int16", "uint32"])
def test_tiff_that_is_no_photo_says_what_to_do(kind):
    with pytest.raises(PhotoError, match="save the photo with 8 or 16 bits"):
        load_photo(tiff(np.ones((8, 8), kind), photometric="minisblack"))


def test_lab_tiff_says_what_to_do():
    with pytest.raises(PhotoError, match="save the photo as RGB"):
        load_photo(encoded(Image.new("LAB", (8, 8)), "TIFF"))


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF"])
def test_animation_gives_the_first_frame(kind):
    frames = [Image.fromarray(quarters()), Image.new("RGB", (64, 48)), Image.new("RGB", (64, 48), "yellow")]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100, quality=95)
    assert is_close(data, quarters(), 8)


@pytest.mark.parametrize("depth", [10, 12])
def test_deep_heic_keeps_its_depth(depth):
    ramp = np.linspace(0, (1 << depth) - 1, 64 * 64).round().reshape(64, 64, 1).repeat(3, axis=2).astype(np.uint16)
    buffer = io.BytesIO()
    import pillow_heif

    pillow_heif.options.SAVE_HDR_TO_12_BIT = depth == 12
    try:
        image = pillow_heif.from_bytes("RGB;16", (64, 64), (ramp << (16 - depth)).tobytes())
        image.save(buffer, quality=-1, chroma=444)
    finally:
        pillow_heif.options.SAVE_HDR_TO_12_BIT = False
    rgb = to_uint16(load_photo(buffer.getvalue()).rgb).astype(float) / 65535
    assert np.abs(rgb - ramp / ((1 << depth) - 1)).max() < 2.5 / (1 << depth)
    assert rgb.max() == 1


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (3, 7)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_tiny_pictures_load(size, kind):
    assert load_photo(encoded(Image.new("RGB", size, "white"), kind)).size_hw == size[::-1]


def test_of_several_pictures_in_a_jpeg_the_first_is_taken():
    """Phones append a depth map, a gain map or a film."""
    data = encoded(quarters(), "JPEG", quality=95) + encoded(Image.new("RGB", (10, 10)), "JPEG") + bytes(999)
    assert is_close(data, quarters(), 6)


def test_path_bytes_and_file_give_the_same(tmp_path, rng):
    path = tmp_path / "photo.png"
    path.write_bytes(encoded(noise(rng, 9, 8, 3), "PNG"))
    wanted = load_photo(path).rgb
    data = path.read_bytes()
    with path.open("rb") as file:
        sources = [str(path), data, bytearray(data), memoryview(data), file, io.BytesIO(data)]
        assert all((load_photo(source).rgb == wanted).all() for source in sources)


def test_content_rules_over_the_suffix(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(encoded(quarters(), "PNG"))
    assert (to_uint8(load_photo(path).rgb) == quarters()).all()


def test_raw_is_linear_light_with_the_cameras_white_balance():
    mosaic = np.full((64, 96), 2000, np.uint16)  # a neutral surface at half of white level 4000 under this light
    mosaic[0::2, 0::2], mosaic[1::2, 1::2] = 1000, 1500
    rgb = load_photo(dng(mosaic)).rgb
    assert rgb.shape == (3, 64, 96)
    assert torch.allclose(rgb, torch.tensor(0.5), atol=0.01)


def test_raw_is_turned_upright_once():
    mosaic = np.full((64, 96), 2000, np.uint16)
    mosaic[:32] //= 8
    photo = load_photo(dng(mosaic, (274, "H", 1, 6, True)))
    assert photo.size_hw == (96, 64)
    assert photo.rgb[1, :, 50:].mean() < photo.rgb[1, :, :14].mean()  # the dark first rows lie to the right


def test_raw_without_rawpy_names_the_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "rawpy", None)
    with pytest.raises(MissingExtraError, match=r"scenechange\[raw\]"):
        load_photo(dng(np.zeros((64, 96), np.uint16)))


def test_raw_suffix_tells_raw_from_tiff(tmp_path):
    path = tmp_path / "photo.NEF"
    path.write_bytes(tiff(np.zeros((64, 96, 3), np.uint8), photometric="rgb"))
    with pytest.raises(PhotoError, match="LibRaw"):
        load_photo(path)


def test_loading_warns_and_prints_nothing(capfd, recwarn, caplog):
    caplog.set_level(logging.DEBUG)
    broken_exif = exif_block({0x10F: "maker"})[:-9]
    for kind in ("JPEG", "PNG", "WEBP", "AVIF"):
        load_photo(encoded(quarters(), kind, exif=exif_block({0x10F: "maker", 0x112: 6})))
    load_photo(encoded(quarters(), "JPEG", exif=broken_exif))
    load_photo(png(np.zeros((4, 4, 3), np.uint16), 2, 16))
    load_photo(heic(quarters()))
    load_photo(tiff(quarters(), photometric="rgb", extratags=[(65000, "s", 0, "private", True)]))
    assert capfd.readouterr() == ("", "")
    assert not recwarn.list
    assert not [r for r in caplog.records if r.levelno >= logging.WARNING]
