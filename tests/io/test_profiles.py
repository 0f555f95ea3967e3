"""Colour: embedded profiles, inks, and what the formats themselves state."""

import io
import logging

import numpy as np
import pytest
import torch
from photo_files import (
    ADOBE_COLORANTS,
    P3_COLORANTS,
    SRGB_COLORANTS,
    encoded,
    gamma_tag,
    heic,
    icc_profile,
    matrix_profile,
    noise,
    png,
    png_chunk,
    quarters,
    s15,
    srgb_para_tag,
    table_profile,
    table_tag,
    tiff,
)
from PIL import Image, ImageCms

from scenechange.io import from_uint8, load_photo, to_uint8
from scenechange.io.encoding import (
    ADOBE,
    P3,
    REC709,
    SRGB,
    from_code_points,
    hlg_curve,
    pq_curve,
    rec709_from,
    srgb_curve,
    xyz_from_rgb,
)
from scenechange.io.icc import ProfileError, read_profile
from scenechange.io.srgb_profile import srgb_profile
from scenechange.math.colour import XYZ_FROM_RGB

# CSS Color Module Level 4, sample code: linear Display P3 to linear sRGB.
REC709_FROM_P3 = np.array([[1.2249401, -0.2249402, 0], [-0.0420570, 1.0420571, 0], [-0.0196376, -0.0786361, 1.0982736]])
P3_PROFILE = matrix_profile(P3_COLORANTS, srgb_para_tag())
ADOBE_PROFILE = matrix_profile(ADOBE_COLORANTS, gamma_tag(563 / 256))
SRGB_TABLE = table_tag(srgb_curve(np.linspace(0, 1, 1024)))


def light(colour: tuple[int, ...], profile: bytes | None, kind: str = "PNG", mode: str = "RGB") -> np.ndarray:
    photo = load_photo(encoded(Image.new(mode, (8, 8), colour), kind, icc_profile=profile))
    return photo.rgb[:, 4, 4].numpy()


def little_cms(image: Image.Image, profile: bytes, flags: ImageCms.Flags = ImageCms.Flags.NONE) -> np.ndarray:
    """The same by LittleCMS in 8 bits."""
    source, target = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    return np.asarray(ImageCms.profileToProfile(image, source, target, intent, "RGB", flags=flags))


def test_primaries_give_the_published_matrices():
    assert np.allclose(xyz_from_rgb(REC709), XYZ_FROM_RGB, atol=2e-4)
    assert np.allclose(rec709_from(P3), REC709_FROM_P3, atol=1e-4)
    assert np.allclose(rec709_from(REC709), np.eye(3), atol=1e-12)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_display_p3_gives_the_known_light(kind):
    colour = (200, 120, 90)
    wanted = REC709_FROM_P3 @ srgb_curve(np.array(colour) / 255)
    assert np.allclose(light(colour, P3_PROFILE, kind), wanted, atol=5e-4)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF"])
def test_display_p3_is_read_from_lossy_files(kind):
    wanted = REC709_FROM_P3 @ srgb_curve(np.array((200, 120, 90)) / 255)
    assert np.allclose(light((200, 120, 90), P3_PROFILE, kind), wanted, atol=0.02)
    assert np.abs(light((200, 120, 90), None, kind) - wanted).max() > 0.05  # the profile makes the difference


def test_display_p3_is_read_from_heic():
    picture = np.full((16, 16, 3), (200, 120, 90), np.uint8)
    wanted = REC709_FROM_P3 @ srgb_curve(np.array((200, 120, 90)) / 255)
    assert np.allclose(load_photo(heic(picture, icc_profile=P3_PROFILE)).rgb[:, 8, 8].numpy(), wanted, atol=0.02)


def test_colours_beyond_rec709_are_clipped():
    assert np.allclose(light((0, 255, 0), P3_PROFILE), (0, 1, 0), atol=1e-6)


def test_adobe_rgb_gives_the_known_light():
    wanted = rec709_from(ADOBE) @ (np.array((120, 140, 160)) / 255) ** (563 / 256)
    assert np.allclose(light((120, 140, 160), ADOBE_PROFILE), wanted, atol=5e-4)


@pytest.mark.parametrize("profile", [P3_PROFILE, ADOBE_PROFILE], ids=["p3", "adobe"])
def test_matrix_profiles_agree_with_littlecms(rng, profile):
    picture = noise(rng, 64, 64, 3)
    ours = to_uint8(load_photo(encoded(picture, "PNG", icc_profile=profile)).rgb).astype(int)
    theirs = little_cms(Image.fromarray(picture), profile).astype(int)
    assert np.abs(ours - theirs).max() <= 2  # LittleCMS rounds to 8 bits along the way, most in the shadows
    assert np.abs(ours - theirs).mean() < 0.1


@pytest.mark.parametrize("numbers", [(0, 2.2), (1, 2.2, 1.1, 0), (2, 2.2, 0.95, 0.02, 0.01)], ids=str)
def test_parametric_curves_agree_with_littlecms(rng, numbers):
    curve = b"para" + bytes(4) + int(numbers[0]).to_bytes(2) + bytes(2) + s15(*numbers[1:])
    profile = matrix_profile(SRGB_COLORANTS, curve)
    picture = noise(rng, 32, 32, 3)
    ours = to_uint8(load_photo(encoded(picture, "PNG", icc_profile=profile)).rgb).astype(int)
    assert np.abs(ours - little_cms(Image.fromarray(picture), profile)).max() <= 2


def test_wide_gamut_at_16_bits_is_not_rounded_to_8():
    ramp = np.linspace(20_000, 20_255, 256).astype(np.uint16).reshape(1, 256, 1).repeat(3, axis=2)  # one 8-bit code
    profile = P3_PROFILE
    rgb = load_photo(tiff(ramp, photometric="rgb", iccprofile=profile)).rgb
    assert len(torch.unique(rgb[1])) == 256
    wanted = srgb_curve(ramp[0, :, 0] / 65535)
    assert np.allclose(rgb[1, 0].numpy(), wanted, rtol=2e-3)  # neutral stays neutral


@pytest.mark.parametrize(
    "profile",
    [
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
        matrix_profile(SRGB_COLORANTS, SRGB_TABLE),
        matrix_profile(SRGB_COLORANTS, srgb_para_tag()),
        srgb_profile(),
    ],
    ids=["littlecms", "table", "parametric", "ours"],
)
def test_srgb_profiles_keep_every_code(rng, profile):
    picture = noise(rng, 16, 16, 3)
    assert read_profile(profile, "rgb") is SRGB
    assert (to_uint8(load_photo(encoded(picture, "PNG", icc_profile=profile)).rgb) == picture).all()


@pytest.mark.parametrize("curve", [gamma_tag(2.2), gamma_tag(1.8), gamma_tag(1.0)], ids=["2.2", "1.8", "1"])
def test_other_curves_are_not_taken_for_srgb(curve):
    assert read_profile(matrix_profile(SRGB_COLORANTS, curve), "rgb") is not SRGB


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_grey_profile_gives_its_gamma(kind):
    profile = icc_profile({b"kTRC": gamma_tag(1.8)}, b"GRAY")
    assert np.allclose(light((128,), profile, kind, "L"), (128 / 255) ** 1.8, atol=2e-3)


def test_grey_profile_holds_for_transparent_grey():
    profile = icc_profile({b"kTRC": gamma_tag(1.8)}, b"GRAY")
    photo = load_photo(encoded(Image.new("L", (4, 4), 128), "PNG", icc_profile=profile, transparency=3))
    assert np.allclose(photo.rgb.numpy(), (128 / 255) ** 1.8, atol=2e-3)


def test_table_profiles_go_through_littlecms(rng):
    profile = table_profile(b"RGB ", 3)
    picture = noise(rng, 32, 32, 3)
    assert read_profile(profile, "rgb") is None
    ours = to_uint8(load_photo(encoded(picture, "PNG", icc_profile=profile)).rgb).astype(int)
    theirs = little_cms(Image.fromarray(picture), profile, ImageCms.Flags.BLACKPOINTCOMPENSATION)
    assert np.abs(ours - theirs).max() == 0
    assert np.abs(ours - picture).mean() > 5


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_inks_with_a_profile_go_through_littlecms(kind):
    image = Image.new("CMYK", (16, 16), (200, 20, 40, 10))
    profile = table_profile(b"CMYK", 4)
    data = encoded(image, kind, icc_profile=profile)
    wanted = little_cms(Image.open(io.BytesIO(data)), profile, ImageCms.Flags.BLACKPOINTCOMPENSATION)
    assert (to_uint8(load_photo(data).rgb) == wanted).all()
    assert to_uint8(load_photo(encoded(Image.new("CMYK", (8, 8)), kind, icc_profile=profile)).rgb).min() > 250


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
@pytest.mark.parametrize(
    ("inks", "wanted"),
    [
        ((0, 0, 0, 0), (255, 255, 255)),
        ((0, 0, 0, 255), (0, 0, 0)),
        ((255, 0, 0, 0), (0, 255, 255)),
        ((0, 128, 0, 128), (127, 63, 127)),
    ],
)
def test_inks_without_a_profile_mix_by_the_documented_rule(kind, inks, wanted):
    back = to_uint8(load_photo(encoded(Image.new("CMYK", (16, 16), inks), kind)).rgb).astype(int)
    assert np.abs(back - wanted).max() <= 2


def test_inks_without_adobes_mark_are_not_inverted():
    data = encoded(Image.new("CMYK", (16, 16), (0, 0, 0, 200)), "JPEG")
    at = data.index(b"\xff\xee")
    bare = data[:at] + data[at + 2 + int.from_bytes(data[at + 2 : at + 4]) :]
    inverted = to_uint8(load_photo(bare).rgb)  # the stored numbers now mean: all inks full, black 55
    assert to_uint8(load_photo(data).rgb).min() > 40
    assert inverted.max() == 0


def test_16_bit_inks_are_read():
    inks = np.zeros((8, 8, 4), np.uint16)
    inks[:, :, 0] = 65535
    assert (to_uint8(load_photo(tiff(inks, photometric="separated")).rgb) == (0, 255, 255)).all()


def test_adobe_rgb_is_told_by_the_cameras_exif_where_no_profile_is():
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA005] = {1: "R03"}
    data = encoded(Image.new("RGB", (16, 16), (120, 140, 160)), "JPEG", exif=exif.tobytes(), quality=100)
    wanted = rec709_from(ADOBE) @ (np.array((120, 140, 160)) / 255) ** (563 / 256)
    assert np.allclose(load_photo(data).rgb[:, 8, 8].numpy(), wanted, atol=0.01)


@pytest.mark.parametrize(
    "profile",
    [b"junk", b"\0" * 500, P3_PROFILE[:180], P3_PROFILE[:-40], icc_profile({b"kTRC": gamma_tag(1.0)}, b"GRAY")],
    ids=["short", "zeros", "cut", "tail cut", "grey"],
)
def test_unusable_profiles_are_left_aside_with_a_log_line(rng, caplog, profile):
    picture = noise(rng, 8, 8, 3)
    caplog.set_level(logging.WARNING)
    assert (to_uint8(load_photo(encoded(picture, "PNG", icc_profile=profile)).rgb) == picture).all()
    assert "profile is not usable" in caplog.text


def test_random_damage_to_a_profile_never_fails_a_load(rng):
    picture = quarters(8, 8)
    for _ in range(200):
        profile = bytearray(P3_PROFILE)
        for at in rng.integers(0, len(profile), 4):
            profile[at] = rng.integers(0, 256)
        assert torch.isfinite(load_photo(encoded(picture, "PNG", icc_profile=bytes(profile))).rgb).all()


def test_a_profile_for_another_space_is_refused_by_name():
    with pytest.raises(ProfileError, match="another kind"):
        read_profile(P3_PROFILE, "cmyk")


def test_png_gamma_and_primaries_are_honoured():
    picture = np.full((4, 4, 3), (200, 120, 90), np.uint8)
    numbers = [31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000]
    places = b"".join(n.to_bytes(4) for n in numbers)
    photo = load_photo(png(picture, 2, 8, png_chunk(b"gAMA", (100_000).to_bytes(4)), png_chunk(b"cHRM", places)))
    assert np.allclose(photo.rgb[:, 0, 0].numpy(), REC709_FROM_P3 @ (picture[0, 0] / 255), atol=1e-3)


def test_png_with_the_customary_gamma_is_srgb(rng):
    picture = noise(rng, 4, 4, 3)
    assert (to_uint8(load_photo(png(picture, 2, 8, png_chunk(b"gAMA", (45455).to_bytes(4)))).rgb) == picture).all()


@pytest.mark.parametrize("numbers", [[0] * 8, [31270, 32900, 1, 1, 1, 1, 1, 1], [4_000_000_000] * 8])
def test_impossible_png_primaries_are_left_aside(rng, numbers):
    picture = noise(rng, 4, 4, 3)
    chunk = png_chunk(b"cHRM", b"".join(n.to_bytes(4) for n in numbers))
    assert (to_uint8(load_photo(png(picture, 2, 8, chunk)).rgb) == picture).all()


def test_png_code_points_outrank_the_profile():
    picture = np.full((4, 4, 3), (200, 120, 90), np.uint8)
    photo = load_photo(png(picture, 2, 8, png_chunk(b"cICP", bytes([12, 13, 0, 1])), png_chunk(b"sRGB", b"\0")))
    assert np.allclose(photo.rgb[:, 0, 0].numpy(), REC709_FROM_P3 @ srgb_curve(picture[0, 0] / 255), atol=1e-3)


def test_heic_code_points_are_honoured():
    picture = np.full((16, 16, 3), (200, 120, 90), np.uint8)
    data = heic(picture, color_primaries=12, transfer_characteristics=13, matrix_coefficients=6, full_range_flag=1)
    data_709 = heic(picture)
    wanted = REC709_FROM_P3 @ srgb_curve(picture[0, 0] / 255)
    assert np.allclose(load_photo(data).rgb[:, 8, 8].numpy(), wanted, atol=0.02)
    assert torch.allclose(load_photo(data_709).rgb[:, 8, 8], from_uint8(picture)[:, 8, 8], atol=0.02)


def test_hdr_curves_put_reference_white_at_one():
    assert float(pq_curve(np.array(0.58069))) == pytest.approx(1, abs=1e-3)  # BT.2408: 203 cd/m2 is PQ 58 %
    assert float(hlg_curve(np.array(0.75))) == pytest.approx(1)
    assert float(pq_curve(np.array(1.0))) == pytest.approx(10000 / 203)
    assert float(pq_curve(np.array(0.0))) == 0


@pytest.mark.parametrize(("primaries", "transfer"), [(22, 13), (1, 99), (0, 0)])
def test_unknown_code_points_are_none(primaries, transfer):
    assert from_code_points(primaries, transfer) is None


def test_alpha_lies_over_white_after_the_profile():
    image = Image.new("RGBA", (4, 4), (200, 120, 90, 51))
    wanted = 0.2 * (REC709_FROM_P3 @ srgb_curve(np.array((200, 120, 90)) / 255)) + 0.8
    photo = load_photo(encoded(image, "PNG", icc_profile=P3_PROFILE))
    assert np.allclose(photo.rgb[:, 0, 0].numpy(), wanted, atol=1e-3)
