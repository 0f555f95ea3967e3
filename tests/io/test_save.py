"""Writing pictures: fresh pixels, no metadata, whole or not at all."""

import errno
import io
import os
import stat
import struct

import numpy as np
import pytest
import tifffile
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from photo_files import encoded, exif_block, noise, quarters
from PIL import Image, ImageCms

from scenechange.errors import InputError, OutputError
from scenechange.io import atomic, cutout_rgba, from_uint8, from_uint16, load_photo, save, to_uint8, to_uint16
from scenechange.io.srgb_profile import srgb_profile
from scenechange.types import Cutout, Photo

SUFFIXES = [".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff"]


def photo_of(codes: np.ndarray) -> Photo:
    return Photo(rgb=from_uint8(codes))


def person(rng: np.random.Generator) -> tuple[Cutout, np.ndarray, np.ndarray]:
    """A cut-out of 6 x 5 pixels at (3, 2) of a 12 x 10 photo, with its codes."""
    colour, alpha = noise(rng, 5, 6, 3), noise(rng, 5, 6)
    alpha[0, 0], alpha[1, 1] = 0, 255
    opacity = torch.from_numpy(alpha.astype(np.float32) / 255)[None]
    cutout = Cutout(foreground=from_uint8(colour), alpha=opacity, offset_xy=(3, 2), source_hw=(10, 12))
    return cutout, colour, alpha


@pytest.mark.parametrize("suffix", [".png", ".tif", ".tiff", ".PNG"])
def test_lossless_formats_keep_every_code(tmp_path, rng, suffix):
    codes = noise(rng, 23, 31, 3)
    save(photo_of(codes), tmp_path / f"out{suffix}")
    assert (to_uint8(load_photo(tmp_path / f"out{suffix}").rgb) == codes).all()
    assert (np.asarray(Image.open(tmp_path / f"out{suffix}")) == codes).all()


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_16_bits_keep_every_code(tmp_path, rng, suffix):
    codes = rng.integers(0, 65536, (23, 31, 3), dtype=np.uint16)
    save(from_uint16(codes), tmp_path / f"out{suffix}", bits=16)
    assert (to_uint16(load_photo(tmp_path / f"out{suffix}").rgb) == codes).all()


def test_16_bit_files_are_16_bit_files(tmp_path):
    rgb = torch.full((3, 4, 4), 0.5)
    save(rgb, tmp_path / "out.png", bits=16)
    save(rgb, tmp_path / "out.tif", bits=16)
    assert (tmp_path / "out.png").read_bytes()[24] == 16
    assert tifffile.imread(tmp_path / "out.tif").dtype == np.uint16


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_lossy_formats_stay_close(tmp_path, suffix):
    save(photo_of(quarters()), tmp_path / f"out{suffix}")
    back = to_uint8(load_photo(tmp_path / f"out{suffix}").rgb).astype(int)
    assert np.abs(back - quarters())[4:20, 4:28].max() <= 4


@settings(max_examples=15, deadline=None)
@given(
    arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12), st.just(3))), st.sampled_from([".png", ".tif"])
)
def test_any_picture_survives_a_file(tmp_path_factory, codes, suffix):
    path = tmp_path_factory.mktemp("out") / f"out{suffix}"
    save(photo_of(codes), path)
    assert (to_uint8(load_photo(path).rgb) == codes).all()


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif"])
def test_cutouts_are_written_at_the_photos_size_with_straight_alpha(tmp_path, rng, suffix):
    cutout, colour, alpha = person(rng)
    save(cutout, tmp_path / f"out{suffix}")
    image = Image.open(tmp_path / f"out{suffix}")
    assert image.mode == "RGBA"
    assert image.size == (12, 10)
    back = np.asarray(image)
    assert (back[2:7, 3:9, 3] == alpha).all()
    assert back[:, :, 3].sum() == alpha.sum()
    if suffix != ".webp":
        assert (back[2:7, 3:9, :3] == np.where(alpha[:, :, None] > 0, colour, 0)).all()


def test_cutout_rgba_hides_nothing_where_it_is_transparent(rng):
    cutout, colour, _ = person(rng)
    rgba = cutout_rgba(cutout)
    assert rgba.shape == (10, 12, 4)
    assert rgba.dtype == np.uint8
    assert (rgba[rgba[:, :, 3] == 0] == 0).all()
    assert (rgba[3, 4] == [*colour[1, 1], 255]).all()


def test_cutouts_at_16_bits_come_back(tmp_path, rng):
    cutout, _, _ = person(rng)
    for suffix in (".png", ".tif"):
        save(cutout, tmp_path / f"out{suffix}", bits=16)
        back = load_photo(tmp_path / f"out{suffix}")
        assert torch.allclose(back.alpha[:, 2:7, 3:9], cutout.alpha, atol=1e-5)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_picture_gives_the_same_bytes(tmp_path, rng, suffix):
    photo = photo_of(noise(rng, 33, 47, 3))
    save(photo, tmp_path / f"a{suffix}")
    save(photo, tmp_path / f"b{suffix}")
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_nothing_of_the_inputs_metadata_is_written(tmp_path, suffix):
    block = exif_block(
        {0x10F: "SECRET", 0x112: 6},
        {0x9003: "2021:07:14 18:30:05", 0xA405: 28},
        {1: "N", 2: (48.0, 51.0, 2.0), 3: "E", 4: (2.0, 17.0, 3.0)},
    )
    source = tmp_path / "SECRET.jpg"
    source.write_bytes(encoded(quarters(), "JPEG", exif=block, comment=b"SECRET"))
    photo = load_photo(source)
    assert photo.taken is not None
    out = tmp_path / f"out{suffix}"
    save(photo, out)
    written = out.read_bytes()
    for trace in (b"SECRET", b"2021", b"Exif", b"xmp", b"SECRET.jpg", b"tifffile", b"scenechange"):
        assert trace not in written
    again = load_photo(out)
    assert again.taken is None
    assert again.f_px is None
    with Image.open(out) as image:
        known = {"icc_profile", "srgb", "dpi", "jfif", "jfif_version", "jfif_unit", "jfif_density", "compression"}
        known |= {"loop", "background", "timestamp", "duration", "adobe", "adobe_transform", "resolution"}
        assert set(image.info) <= known
        tags = dict(image.getexif()) if suffix not in (".tif", ".tiff") else {}
        assert not tags


@pytest.mark.parametrize("suffix", [".tif", ".tiff"])
def test_tiff_tags_are_those_of_the_picture(tmp_path, suffix):
    save(photo_of(quarters()), tmp_path / f"out{suffix}")
    with tifffile.TiffFile(tmp_path / f"out{suffix}") as file:
        tags = {tag.code for tag in file.pages[0].tags}
    assert tags <= {254, 256, 257, 258, 259, 262, 273, 277, 278, 279, 282, 283, 284, 296, 317, 339, 34675}


def test_jpeg_keeps_full_colour_resolution(tmp_path):
    save(photo_of(quarters()), tmp_path / "out.jpg")
    with Image.open(tmp_path / "out.jpg") as image:
        assert {layer[1:3] for layer in image.layer} == {(1, 1)}


def test_quality_is_obeyed(tmp_path, rng):
    photo = photo_of(noise(rng, 64, 64, 3))
    for suffix in (".jpg", ".webp"):
        sizes = []
        for quality in (30, 95):
            save(photo, tmp_path / f"out{suffix}", quality=quality)
            sizes.append((tmp_path / f"out{suffix}").stat().st_size)
        assert sizes[0] < sizes[1] / 1.5


def test_srgb_is_marked(tmp_path):
    for suffix in SUFFIXES:
        save(photo_of(quarters()), tmp_path / f"out{suffix}")
    for suffix in (".jpg", ".webp", ".tif"):
        with Image.open(tmp_path / f"out{suffix}") as image:
            assert image.info["icc_profile"] == srgb_profile()
    with Image.open(tmp_path / "out.png") as image:
        assert image.info["srgb"] == 0


def test_our_profile_is_srgb_to_littlecms(rng):
    profile = ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile()))
    assert "sRGB" in ImageCms.getProfileDescription(profile)
    picture = Image.fromarray(noise(rng, 64, 64, 3))
    there = ImageCms.profileToProfile(picture, profile, ImageCms.createProfile("sRGB"))
    assert np.abs(np.asarray(there).astype(int) - np.asarray(picture)).max() <= 1
    assert len(srgb_profile()) < 600
    assert struct.unpack(">I", srgb_profile()[:4])[0] == len(srgb_profile())


@pytest.mark.parametrize("name", ["out", "out.gif", "out.heic", "out.jpg.exe", ".png"])
def test_unknown_suffixes_list_the_known(tmp_path, name):
    with pytest.raises(OutputError, match=r"\.jpg, \.jpeg, \.png"):
        save(photo_of(quarters()), tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["out.jpg", "out.webp"])
def test_16_bits_need_a_format_that_has_them(tmp_path, name):
    with pytest.raises(OutputError, match=r"write \.png or \.tiff"):
        save(photo_of(quarters()), tmp_path / name, bits=16)


def test_jpeg_holds_no_cutout(tmp_path, rng):
    with pytest.raises(OutputError, match="no transparency"):
        save(person(rng)[0], tmp_path / "out.jpg")


@pytest.mark.parametrize(("name", "side"), [("out.jpg", 65501), ("out.webp", 16384)])
def test_formats_say_when_a_picture_is_too_large(tmp_path, name, side):
    with pytest.raises(OutputError, match="pixels a side"):
        save(torch.zeros(3, 1, side), tmp_path / name)


def test_missing_folder(tmp_path):
    with pytest.raises(OutputError, match="folder does not exist") as caught:
        save(photo_of(quarters()), tmp_path / "nowhere" / "out.png")
    assert str(tmp_path) not in str(caught.value)


def test_folder_in_place_of_a_file(tmp_path):
    (tmp_path / "out.png").mkdir()
    with pytest.raises(OutputError, match="this is a folder"):
        save(photo_of(quarters()), tmp_path / "out.png")


@pytest.mark.parametrize(
    "options", [{"quality": 0}, {"quality": 101}, {"quality": 9.5}, {"quality": True}, {"bits": 12}]
)
def test_options_out_of_range(tmp_path, options):
    with pytest.raises(InputError):
        save(photo_of(quarters()), tmp_path / "out.png", **options)


@pytest.mark.parametrize(
    "image", [np.zeros((3, 4, 4), np.float32), torch.zeros(1, 4, 4), torch.zeros(4, 4), None, "a.jpg"]
)
def test_other_images_are_refused(tmp_path, image):
    with pytest.raises(InputError, match="wanted"):
        save(image, tmp_path / "out.png")


def test_pictures_that_are_not_finite_are_refused(tmp_path):
    with pytest.raises(InputError, match="finite"):
        save(torch.full((3, 4, 4), float("nan")), tmp_path / "out.png")
    assert not list(tmp_path.iterdir())


def test_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "out.png"
    path.write_bytes(b"old")

    def fill(where, data):
        where.write_bytes(data[: len(data) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(atomic, "_write", fill)
    with pytest.raises(OutputError, match=r"out.png: cannot be written \(No space left"):
        save(photo_of(quarters()), path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupt_leaves_nothing(tmp_path, monkeypatch):
    def interrupt(where, data):
        where.write_bytes(data[:10])
        raise KeyboardInterrupt

    monkeypatch.setattr(atomic, "_write", interrupt)
    with pytest.raises(KeyboardInterrupt):
        save(photo_of(quarters()), tmp_path / "out.png")
    assert not list(tmp_path.iterdir())


def test_unwritable_folder(tmp_path):
    tmp_path.chmod(0o500)
    try:
        if os.access(tmp_path, os.W_OK):
            pytest.skip("this user may write everywhere")
        with pytest.raises(OutputError, match="Permission denied"):
            save(photo_of(quarters()), tmp_path / "out.png")
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.skipif(os.name != "posix", reason="umask is POSIX")
@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_permissions_follow_the_umask(tmp_path, mask):
    before = os.umask(mask)
    try:
        for options in ({}, {"overwrite": False}):
            path = tmp_path / f"out{len(options)}.png"
            save(photo_of(quarters()), path, **options)
            assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask
    finally:
        os.umask(before)


def test_existing_files_are_replaced_or_kept_as_asked(tmp_path):
    path = tmp_path / "out.png"
    path.write_bytes(b"old")
    with pytest.raises(OutputError, match="exists"):
        save(photo_of(quarters()), path, overwrite=False)
    assert path.read_bytes() == b"old"
    save(photo_of(quarters()), path)
    assert (to_uint8(load_photo(path).rgb) == quarters()).all()
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path, monkeypatch):
    path = tmp_path / "out.png"
    write = atomic._write

    def race(where, data):
        write(where, data)
        path.write_bytes(b"theirs")

    monkeypatch.setattr(atomic, "_write", race)
    with pytest.raises(OutputError, match="exists"):
        save(photo_of(quarters()), path, overwrite=False)
    assert path.read_bytes() == b"theirs"
    assert list(tmp_path.iterdir()) == [path]


def test_file_systems_without_hard_links_work(tmp_path, monkeypatch):
    def refuse(*names):
        raise OSError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(os, "link", refuse)
    save(photo_of(quarters()), tmp_path / "out.png", overwrite=False)
    assert [path.name for path in tmp_path.iterdir()] == ["out.png"]


@pytest.mark.skipif(os.name != "posix", reason="symbolic links need rights elsewhere")
def test_symbolic_links_are_followed(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "out.png").symlink_to(tmp_path / "real" / "file.png")
    save(photo_of(quarters()), tmp_path / "out.png")
    assert (tmp_path / "out.png").is_symlink()
    assert (tmp_path / "real" / "file.png").is_file()


def test_inputs_stay_untouched(tmp_path, rng):
    cutout, _, _ = person(rng)
    colour, alpha = cutout.foreground.clone(), cutout.alpha.clone()
    save(cutout, tmp_path / "out.png")
    assert (cutout.foreground == colour).all()
    assert (cutout.alpha == alpha).all()


def test_one_pixel_is_a_picture(tmp_path):
    for suffix in SUFFIXES:
        save(torch.full((3, 1, 1), 0.25), tmp_path / f"out{suffix}")
        assert load_photo(tmp_path / f"out{suffix}").size_hw == (1, 1)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_marked_file_says_that_it_is_a_composite_and_nothing_else(tmp_path, suffix):
    from scenechange.io.xmp import SOURCE_TYPE, composite_packet

    save(photo_of(quarters()), tmp_path / f"plain{suffix}")
    save(photo_of(quarters()), tmp_path / f"marked{suffix}", marked=True)
    plain, marked = ((tmp_path / f"{name}{suffix}").read_bytes() for name in ("plain", "marked"))
    assert marked.count(composite_packet()) == 1
    assert len(marked) - len(plain) < len(composite_packet()) + 80
    with Image.open(tmp_path / f"marked{suffix}") as image:
        packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or image.tag_v2[700]
        assert image.getxmp()["xmpmeta"]["RDF"]["Description"]["DigitalSourceType"] == SOURCE_TYPE
    assert SOURCE_TYPE in (packet if isinstance(packet, str) else packet.decode())
    assert (
        to_uint8(load_photo(tmp_path / f"marked{suffix}").rgb) == to_uint8(load_photo(tmp_path / f"plain{suffix}").rgb)
    ).all()


def test_the_packet_is_well_formed_and_names_the_term_of_the_vocabulary():
    from xml.etree import ElementTree

    from scenechange.io.xmp import composite_packet

    text = composite_packet().decode()
    assert text.startswith('<?xpacket begin="\N{ZERO WIDTH NO-BREAK SPACE}"')
    (description,) = ElementTree.fromstring(text).iter("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description")
    name = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"
    assert description.attrib[name] == "http://cv.iptc.org/newscodes/digitalsourcetype/compositeCapture"
    assert len(description.attrib) == 2
