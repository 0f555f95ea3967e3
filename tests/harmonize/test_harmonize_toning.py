"""In a black-and-white or toned scene the person is printed in the same ink; in every other scene they keep colours."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from test_harmonize import LIGHT, drawn

from scenechange.harmonize.statistics import Statistics
from scenechange.harmonize.toning import KNOTS, NOTE_GREY, Toning, toning_of
from scenechange.math.colour import lab_from_linear, linear_from_srgb, luminance, srgb_from_linear
from scenechange.types import Layers

INKS = {"grey": (1.0, 1.0, 1.0), "sepia": (1.25, 0.96, 0.6), "cyanotype": (0.6, 1.0, 2.0)}


def printed_scene(ink: tuple[float, float, float]) -> Layers:
    layers = drawn(200, 150)
    tone = luminance(layers.background) * torch.tensor(ink)[:, None, None]
    return replace(layers, background=tone.clamp(0, 1))


@pytest.mark.parametrize("ink", INKS.values(), ids=INKS)
def test_the_person_takes_on_the_ink(ink):
    layers = printed_scene(ink)
    out = Statistics()(layers, LIGHT).foreground
    part = out[:, 40:60, 30:50]
    part = part[:, (part.amax(0) < 0.9) & (luminance(part)[0] > 0.02)]
    expected = torch.tensor(ink) / (torch.tensor(ink) @ torch.tensor([0.2126, 0.7152, 0.0722]))
    assert torch.allclose((part / luminance(part)).mean(1), expected, atol=0.03)


def test_a_scene_with_colours_has_no_ink():
    assert toning_of(drawn(200, 150)) is None


def test_even_a_greyish_scene_has_no_ink():
    layers = drawn(200, 150)
    grey = luminance(layers.background).expand(3, -1, -1)
    assert toning_of(replace(layers, background=torch.lerp(grey, layers.background, 0.7))) is None


def test_compression_does_not_hide_the_ink():
    """One 8-bit step of chroma noise is what a JPEG file leaves of a black-and-white picture."""
    layers = printed_scene(INKS["grey"])
    noise = (torch.rand(layers.background.shape, generator=torch.Generator().manual_seed(3)) - 0.5) * 2 / 255
    background = linear_from_srgb((srgb_from_linear(layers.background) + noise).clamp(0, 1))
    ink = toning_of(replace(layers, background=background))
    assert ink is not None
    assert ink.amount == 1


def test_the_colours_of_the_person_do_not_decide():
    """A finished composite has its coloured person in the background."""
    layers = printed_scene(INKS["grey"])
    x0, y0, x1, y1 = layers.window_xyxy
    inside = layers.alpha[0] > 0
    layers.background[:, y0:y1, x0:x1][:, inside] = torch.tensor([0.6, 0.1, 0.1])[:, None]
    assert toning_of(layers) is not None


def test_an_ink_keeps_luminance():
    lightness = torch.linspace(0, 100, KNOTS)
    ab = np.stack([0.1 * lightness.numpy(), 0.25 * lightness.numpy()])
    rgb = torch.rand(3, 500, generator=torch.Generator().manual_seed(0)) * 0.5
    out = Toning(ab, 1.0)(rgb)
    assert torch.allclose(luminance(out), luminance(rgb), atol=1e-4)
    half = Toning(ab, 0.5)(rgb)
    assert torch.allclose(half, (out + rgb) / 2, atol=1e-6)


def street_in_ink(curve: tuple[tuple[float, float], ...]) -> torch.Tensor:
    """A street of patches, ``(3, 480, 360)`` linear, whose sRGB channels go from dark to light as `curve` says."""
    rng = np.random.default_rng(5)
    tone = np.kron(rng.uniform(0.05, 0.95, (12, 9)), np.ones((40, 40))) + 0.03 * rng.normal(0, 1, (480, 360))
    tone = tone.clip(0, 1)
    encoded = np.stack([low + (high - low) * tone for low, high in curve])
    return linear_from_srgb(torch.from_numpy(encoded.astype(np.float32)))


def compressed(rgb: torch.Tensor, quality: int) -> torch.Tensor:
    """What a JPEG file leaves of linear ``(3, h, w)``."""
    levels = np.ascontiguousarray(srgb_from_linear(rgb).mul(255).round().byte().numpy().transpose(1, 2, 0)[..., ::-1])
    _, file = cv2.imencode(".jpg", levels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    read = np.ascontiguousarray(cv2.imdecode(file, cv2.IMREAD_COLOR)[..., ::-1].transpose(2, 0, 1))
    return linear_from_srgb(torch.from_numpy(read).float() / 255)


SEPIA, BLUE, SPLIT = (
    ((0, 1), (0, 0.93), (0, 0.75)),
    ((0, 0.75), (0, 0.95), (0, 1)),
    ((0, 1), (0.03, 0.96), (0.12, 0.75)),
)


@pytest.mark.parametrize(("curve", "quality"), [(SEPIA, 75), (SEPIA, 95), (BLUE, 75), (BLUE, 95), (SPLIT, 95)])
def test_a_toned_file_is_known_for_one(curve, quality):
    background = compressed(street_in_ink(curve), quality)
    ink = toning_of(replace(drawn(480, 360), background=background))
    assert ink is not None
    assert ink.amount > 0.5


def test_levels_that_the_scene_lacks_fade_towards_black():
    background = street_in_ink(((0.5, 0.8), (0.5, 0.8), (0.65, 0.95)))
    ink = toning_of(replace(drawn(480, 360), background=background))
    assert ink is not None
    dark = lab_from_linear(ink(torch.full((3, 1), 0.01)))
    bright = lab_from_linear(ink(torch.full((3, 1), 0.4)))
    assert 0.45 * float(bright[2]) < float(dark[2]) < 0
    assert float(ink(torch.zeros(3, 1)).max()) < 1e-3


@pytest.mark.parametrize(
    ("person", "scene", "told"), [("grey", "colours", 1), ("grey", "grey", 0), ("colours", "colours", 0)]
)
def test_a_black_and_white_person_in_a_colourful_place_is_told(person, scene, told):
    layers = drawn(200, 150)
    if person == "grey":
        layers = replace(layers, foreground=luminance(layers.foreground).expand(3, -1, -1).contiguous())
    if scene == "grey":
        layers = replace(layers, background=luminance(layers.background).expand(3, -1, -1).contiguous())
    out = Statistics()(layers, LIGHT)
    assert out.notes.count(NOTE_GREY) == told


def test_strength_0_leaves_the_person_in_colour():
    layers = printed_scene(INKS["grey"])
    assert Statistics(strength=0.0)(layers, LIGHT) is layers
    inside = layers.alpha[0] > 0
    results = (Statistics(strength=s)(layers, LIGHT).foreground[:, inside] for s in (0.3, 1.0))
    chroma = [float(lab_from_linear(person)[1:].square().sum(0).sqrt().mean()) for person in results]
    assert chroma[0] > 5
    assert chroma[1] < 0.1
