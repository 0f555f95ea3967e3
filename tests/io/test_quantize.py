"""Codes to light and back."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scenechange.errors import InputError
from scenechange.io import from_uint8, from_uint16, to_uint8, to_uint16
from scenechange.math.colour import linear_from_srgb, srgb_from_linear


def test_all_256_codes_come_back():
    codes = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert (to_uint8(from_uint8(codes))[:, :, 0] == codes).all()


def test_all_65536_codes_come_back():
    codes = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    assert (to_uint16(from_uint16(codes))[:, :, 0] == codes).all()


@settings(max_examples=25, deadline=None)
@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 3, 4]))))
def test_any_picture_comes_back(codes):
    assert (to_uint8(from_uint8(codes)) == codes).all()


def test_pictures_of_many_blocks_come_back(rng):
    codes = rng.integers(0, 256, (1031, 517, 3), dtype=np.uint8)
    assert (to_uint8(from_uint8(codes)) == codes).all()


def test_light_follows_the_srgb_curve():
    codes = np.arange(256, dtype=np.uint8).reshape(1, 256)
    wanted = linear_from_srgb(torch.arange(256, dtype=torch.float64) / 255)
    assert torch.allclose(from_uint8(codes)[0, 0].double(), wanted, rtol=1e-6, atol=0)


def test_codes_are_rounded_within_a_fortieth():
    light = torch.linspace(0, 1, 200_001).reshape(1, 1, -1)
    exact = srgb_from_linear(light.double())[0, 0] * 255
    assert float((torch.from_numpy(to_uint8(light)[0, :, 0]).double() - exact).abs().max()) <= 0.5 + 1 / 40


def test_16_bit_codes_are_rounded_within_a_twentieth():
    light = torch.rand(1, 1, 200_001, generator=torch.Generator().manual_seed(0))
    exact = srgb_from_linear(light.double())[0, 0] * 65535
    assert float((torch.from_numpy(to_uint16(light)[0, :, 0].astype(np.float64)) - exact).abs().max()) <= 0.55


@pytest.mark.parametrize("encode", [to_uint8, to_uint16])
def test_light_outside_0_to_1_is_clamped(encode):
    codes = encode(torch.tensor([-1.0, -1e-9, 1.0001, 7.0]).reshape(1, 1, 4))[0, :, 0]
    assert (codes == np.iinfo(codes.dtype).max * np.array([0, 0, 1, 1])).all()


@pytest.mark.parametrize("encode", [to_uint8, to_uint16])
@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_light_that_is_not_finite_is_refused(encode, bad):
    rgb = torch.zeros(3, 5, 5)
    rgb[1, 2, 3] = bad
    with pytest.raises(InputError, match="finite"):
        encode(rgb)


def test_views_and_gradients_are_read_as_they_look(rng):
    codes = rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)
    light = from_uint8(codes)
    assert (to_uint8(light[:, 3:9, 4:20]) == codes[3:9, 4:20]).all()
    assert (to_uint8(light.transpose(1, 2)) == codes.transpose(1, 0, 2)).all()
    assert (to_uint8(light.flip(2).requires_grad_()) == codes[:, ::-1]).all()
    assert (to_uint8(light[:1].expand(3, -1, -1)) == codes[:, :, :1]).all()
    assert (from_uint8(codes[::2, ::-1]) == light[:, ::2].flip(2)).all()


def test_inputs_stay_untouched(rng):
    codes = rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)
    kept, light = codes.copy(), from_uint8(codes)
    kept_light = light.clone()
    to_uint8(light), to_uint16(light)
    assert (codes == kept).all()
    assert (light == kept_light).all()


@pytest.mark.parametrize("bad", [np.zeros((2, 2, 3)), np.zeros(4, np.uint8), np.zeros((0, 2, 3), np.uint8), [[1]]])
def test_codes_of_a_wrong_kind_are_refused(bad):
    with pytest.raises(InputError, match="wanted a uint8 array"):
        from_uint8(bad)


@pytest.mark.parametrize(
    "bad", [torch.zeros(2, 2), torch.zeros(3, 2, 2).double(), torch.zeros(3, 0, 2), np.zeros((3, 2, 2))]
)
def test_light_of_a_wrong_kind_is_refused(bad):
    with pytest.raises(InputError, match="wanted a torch float32 tensor"):
        to_uint8(bad)
