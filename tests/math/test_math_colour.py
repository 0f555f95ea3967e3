"""Colour against published numbers and, where installed, scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scenechange.math import colour

# CIELAB (D65) of the sRGB primaries, B. Lindbloom's calculator, two decimals.
LAB_OF_PRIMARIES = {
    (1.0, 0.0, 0.0): (53.24, 80.09, 67.20),
    (0.0, 1.0, 0.0): (87.73, -86.18, 83.18),
    (0.0, 0.0, 1.0): (32.30, 79.19, -107.86),
    (1.0, 1.0, 1.0): (100.0, 0.0, 0.0),
}
# CIE 15:2018, table of standard illuminants: chromaticity x, y and correlated colour temperature in kelvin.
ILLUMINANTS = {
    "A": (0.44757, 0.40745, 2856),
    "D50": (0.34567, 0.35850, 5003),
    "D55": (0.33242, 0.34743, 5503),
    "D65": (0.31271, 0.32902, 6504),
    "D75": (0.29902, 0.31485, 7504),
}
unit = st.floats(0, 1, width=32)


def rgb_of_chromaticity(x: float, y: float) -> tuple[float, float, float]:
    """Linear Rec. 709 by a general solver, so that the tables of the module are not used twice."""
    xyz_of_primaries = np.array([[0.64, 0.30, 0.15], [0.33, 0.60, 0.06], [0.03, 0.10, 0.79]])
    white = np.array([0.3127 / 0.3290, 1.0, 0.3583 / 0.3290])
    matrix = xyz_of_primaries * np.linalg.solve(xyz_of_primaries, white)
    r, g, b = np.linalg.solve(matrix, [x / y, 1.0, (1 - x - y) / y])
    return float(r), float(g), float(b)


def test_half_grey_in_srgb_is_21_percent_light() -> None:
    assert colour.linear_from_srgb(torch.tensor([0.5])).item() == pytest.approx(0.21404114, abs=1e-6)
    assert colour.srgb_from_linear(torch.tensor([0.21404114])).item() == pytest.approx(0.5, abs=1e-6)


def test_both_srgb_branches_meet_at_the_knee() -> None:
    below, above = colour.linear_from_srgb(torch.tensor([0.04045, 0.0404501]))
    assert above - below == pytest.approx(0, abs=1e-6)
    below, above = colour.srgb_from_linear(torch.tensor([0.0031308, 0.00313081]))
    assert above - below == pytest.approx(0, abs=1e-6)


def test_every_byte_survives_the_way_to_linear_light_and_back() -> None:
    codes = torch.arange(256) / 255
    back = colour.srgb_from_linear(colour.linear_from_srgb(codes))
    assert torch.equal((back * 255).round().to(torch.int64), torch.arange(256))


def test_every_16_bit_value_survives_the_way_to_linear_light_and_back() -> None:
    codes = torch.arange(65536) / 65535
    back = colour.srgb_from_linear(colour.linear_from_srgb(codes))
    assert torch.equal((back * 65535).round().to(torch.int64), torch.arange(65536))


def test_luminance_weighs_green_most_and_white_as_one() -> None:
    assert colour.luminance(torch.eye(3)).flatten().tolist() == pytest.approx([0.2126, 0.7152, 0.0722])
    assert colour.luminance(torch.ones(3, 2, 2)).shape == (1, 2, 2)
    assert colour.luminance(torch.ones(3, 1)).item() == pytest.approx(1.0)


@pytest.mark.parametrize(("rgb", "lab"), LAB_OF_PRIMARIES.items())
def test_lab_of_primaries_is_as_published(rgb: tuple[float, ...], lab: tuple[float, ...]) -> None:
    assert colour.lab_from_linear(torch.tensor(rgb)).tolist() == pytest.approx(lab, abs=0.05)


def test_lab_of_dark_grey_is_on_the_straight_branch() -> None:
    """Below (6/29)^3 lightness is 903.3 times luminance (CIE 15)."""
    assert colour.lab_from_linear(torch.full((3,), 0.005))[0].item() == pytest.approx(903.3 * 0.005, abs=1e-3)


def test_lab_agrees_with_scikit_image(rng: np.random.Generator) -> None:
    theirs = pytest.importorskip("skimage.color")
    srgb = rng.uniform(size=(50, 40, 3)).astype(np.float32)
    ours = colour.lab_from_linear(colour.linear_from_srgb(torch.from_numpy(srgb.transpose(2, 0, 1))))
    # scikit-image takes white as (0.95047, 1, 1.08883), which moves a and b by up to some hundredths
    assert np.abs(ours.numpy().transpose(1, 2, 0) - theirs.rgb2lab(srgb)).max() < 0.05


@given(st.tuples(unit, unit, unit))
@settings(max_examples=50, deadline=None)
def test_lab_has_an_inverse(rgb: tuple[float, float, float]) -> None:
    there = torch.tensor(rgb)
    assert torch.allclose(colour.linear_from_lab(colour.lab_from_linear(there)), there, atol=2e-5)


@pytest.mark.parametrize("name", ILLUMINANTS)
def test_colour_temperature_of_standard_illuminants(name: str) -> None:
    """McCamy states 2 K near daylight; half a per cent leaves room for illuminant A."""
    x, y, cct_k = ILLUMINANTS[name]
    assert colour.cct_from_rgb(rgb_of_chromaticity(x, y)) == pytest.approx(cct_k, rel=0.005)


@pytest.mark.parametrize("name", ILLUMINANTS)
def test_colour_of_a_temperature_is_the_standard_illuminants(name: str) -> None:
    x, y, cct_k = ILLUMINANTS[name]
    r, g, b = rgb_of_chromaticity(x, y)
    assert colour.rgb_from_cct(cct_k) == pytest.approx((r / g, 1.0, b / g), rel=0.01, abs=0.005)


@given(st.floats(1900, 9000))
@settings(max_examples=50, deadline=None)
def test_temperature_to_colour_and_back(cct_k: float) -> None:
    assert colour.cct_from_rgb(colour.rgb_from_cct(cct_k)) == pytest.approx(cct_k, rel=0.015)


@given(st.floats(1700, 24000), st.floats(300, 1000))
@settings(max_examples=50, deadline=None)
def test_hotter_light_is_bluer(cct_k: float, more_k: float) -> None:
    """In steps of 300 K and more; at 4,000 K daylight takes over from the glowing body with a step back of 5 %."""
    (r0, _, b0), (r1, _, b1) = colour.rgb_from_cct(cct_k), colour.rgb_from_cct(cct_k + more_k)
    assert b1 / r1 > b0 / r0


@pytest.mark.parametrize("rgb", [(0.0, 0.0, 0.0), (-1.0, -1.0, -1.0), (float("nan"), 1.0, 1.0)])
def test_temperature_of_no_colour_is_that_of_white(rgb: tuple[float, float, float]) -> None:
    assert colour.cct_from_rgb(rgb) == pytest.approx(6504)


def test_inputs_stay_untouched() -> None:
    rgb = torch.rand(3, 4, 4, generator=torch.Generator().manual_seed(0))
    before = rgb.clone()
    for convert in (colour.linear_from_srgb, colour.srgb_from_linear, colour.lab_from_linear, colour.linear_from_lab):
        convert(rgb)
    colour.luminance(rgb)
    assert torch.equal(rgb, before)
