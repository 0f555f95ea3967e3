"""JPEG: how the scene was compressed is read off its pixels, and the person is compressed like it."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image

from scenechange import load_photo
from scenechange.math.colour import linear_of, srgb_of
from scenechange.optics.blocks import Compression, compressed, measure_compression, with_blocks
from scenechange.optics.match import Match
from scenechange.types import Layers


def textured(size_hw: tuple[int, int] = (240, 320)) -> np.ndarray:
    """8-bit sRGB ``(H, W, 3)`` of soft coloured texture."""
    rng = np.random.default_rng(0)
    h, w = size_hw
    layers = [np.kron(rng.normal(0, s, (h // n + 1, w // n + 1, 3)), np.ones((n, n, 1)))[:h, :w] for s, n in SCALES]
    return np.clip(128 + sum(layers), 20, 235).astype(np.uint8)


SCALES = ((25, 40), (15, 10), (8, 3), (4, 1))


def as_file(pixels: np.ndarray, kind: str, **options: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("quality", [30, 60, 75, 80])
def test_quality_is_read_off_the_pixels(quality: int) -> None:
    found = measure_compression(load_photo(as_file(textured(), "JPEG", quality=quality)).rgb)
    assert found is not None
    assert found.quality == pytest.approx(quality, abs=4)
    assert found.corner_xy == (0, 0)


def test_quality_outlives_png_and_the_grid_is_found_in_a_turned_picture() -> None:
    size = (244, 324)  # no multiples of 8: turned by half, blocks begin at 4
    photo = load_photo(as_file(textured(size), "JPEG", quality=60))
    pixels = np.rint(255 * srgb_of(photo.rgb.numpy())).astype(np.uint8).transpose(1, 2, 0)
    turned = measure_compression(load_photo(as_file(np.ascontiguousarray(pixels[::-1, ::-1]), "PNG")).rgb)
    assert turned is not None
    assert turned.corner_xy == (4, 4)
    assert turned.quality == pytest.approx(60, abs=4)


def test_uncompressed_fine_and_blank_pictures_have_none() -> None:
    assert measure_compression(load_photo(as_file(textured(), "PNG")).rgb) is None
    assert measure_compression(load_photo(as_file(textured(), "JPEG", quality=98)).rgb) is None
    assert measure_compression(torch.full((3, 64, 64), 0.5)) is None
    assert measure_compression(torch.full((3, 5, 5), 0.5)) is None


def test_compressed_is_what_an_encoder_makes() -> None:
    pixels = textured()
    expected = load_photo(as_file(pixels, "JPEG", quality=50)).rgb.numpy()
    light = torch.from_numpy(linear_of(pixels.transpose(2, 0, 1).astype(np.float32) / 255))
    got = compressed(light, Compression(1.0, (0, 0))).numpy()
    before = linear_of(pixels.transpose(2, 0, 1).astype(np.float32) / 255)
    # Encoders scale colour up in other ways than ours; of the change that compression makes a tenth is left open.
    assert ((got - expected) ** 2).mean() < 0.1 * ((before - expected) ** 2).mean()


def layers_on(scene: torch.Tensor, window: tuple[int, int, int, int]) -> Layers:
    h, w = window[3] - window[1], window[2] - window[0]
    alpha = torch.zeros(1, h, w)
    alpha[:, 5:, 5:-5] = 1
    alpha[:, 5:, 5:10] = 0.5
    person = torch.from_numpy(linear_of(textured((h, w)).transpose(2, 0, 1).astype(np.float32) / 255))
    ones = torch.ones_like(alpha)
    anchor = (window[0] + w / 2, window[3] - 1.0)
    return Layers(scene, person, alpha, ones, ones, window, np.eye(3), anchor, float(h))


@pytest.mark.parametrize("window", [(100, 60, 160, 200), (0, 0, 60, 240), (263, 101, 320, 240)])
def test_person_changes_only_where_they_are_seen(window: tuple[int, int, int, int]) -> None:
    scene = load_photo(as_file(textured(), "JPEG", quality=40)).rgb
    layers = layers_on(scene, window)
    out = with_blocks(layers, (0, 0, window[2] - window[0], window[3] - window[1]), Compression(1.25, (0, 0)))
    clear = (layers.alpha == 0).expand(3, -1, -1)
    assert torch.equal(out.foreground[clear], layers.foreground[clear])
    assert (out.foreground - layers.foreground)[~clear].abs().mean() > 0.005
    assert torch.equal(out.alpha, layers.alpha)
    assert out.background is layers.background


def test_match_compresses_the_person_of_a_coarse_scene_alone_and_says_so() -> None:
    layers = {
        q: layers_on(load_photo(as_file(textured(), "JPEG", quality=q)).rgb, (100, 60, 160, 200)) for q in (40, 85)
    }
    coarse, fine = (Match(grain=0, sharpen=0, blur_limit=0)(layers[q], 0) for q in (40, 85))
    off = Match(grain=0, sharpen=0, blur_limit=0, jpeg_quality=0)(layers[40], 0)
    assert [note for note in coarse.notes if "JPEG quality 40" in note or "JPEG quality 39" in note]
    assert not torch.equal(coarse.foreground, layers[40].foreground)
    assert torch.equal(fine.foreground, layers[85].foreground)
    assert torch.equal(off.foreground, layers[40].foreground)
