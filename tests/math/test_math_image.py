"""Resampling: light is kept, edges do not ring or shift, boxes are right."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scenechange.math import geometry, image

SETTINGS = settings(max_examples=30, deadline=None)
sides = st.integers(1, 70)


def noise(*shape: int) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(0))


@given(sides, sides, st.sampled_from([1, 3, 4]))
@SETTINGS
def test_the_way_to_arrays_and_back_changes_nothing(h: int, w: int, channels: int) -> None:
    there = noise(channels, h, w)
    pixels = image.rows_cols_channels(there)
    assert pixels.shape == (h, w, channels)
    assert torch.equal(image.channels_rows_cols(pixels), there)


def test_a_plane_becomes_one_channel() -> None:
    assert image.channels_rows_cols(np.ones((4, 5))).shape == (1, 4, 5)


@given(sides, sides, sides, sides, st.sampled_from([1, 3]))
@SETTINGS
def test_resize_keeps_a_flat_picture_flat(h: int, w: int, new_h: int, new_w: int, channels: int) -> None:
    out = image.resize(torch.full((channels, h, w), 0.37), (new_h, new_w))
    assert out.shape == (channels, new_h, new_w)
    assert torch.allclose(out, torch.tensor(0.37), atol=1e-5)


@pytest.mark.parametrize("factor", [2, 3, 8])
def test_shrinking_by_a_whole_factor_is_the_mean_of_each_block(factor: int) -> None:
    small = noise(3, 6, 5)
    blocks = small.repeat_interleave(factor, 1).repeat_interleave(factor, 2)
    assert torch.allclose(image.resize(blocks, (6, 5)), small, atol=1e-6)
    big = noise(3, 6 * factor, 5 * factor)
    assert torch.allclose(image.resize(big, (6, 5)), torch.nn.functional.avg_pool2d(big[None], factor)[0], atol=1e-5)


@given(st.tuples(st.integers(1, 5000), st.integers(1, 5000)), st.integers(1, 3000))
@SETTINGS
def test_fit_within_fits_and_never_enlarges(size_hw: tuple[int, int], long_side: int) -> None:
    h, w = image.fit_within(size_hw, long_side)
    assert 1 <= max(h, w) <= long_side
    assert h <= size_hw[0]
    assert w <= size_hw[1]
    if max(size_hw) <= long_side:
        assert (h, w) == size_hw


def test_box_of_a_rectangle_is_that_rectangle() -> None:
    alpha = torch.zeros(1, 20, 30)
    alpha[:, 4:9, 7:30] = 0.5
    assert image.box_of(alpha) == (7, 4, 30, 9)
    assert image.box_of(alpha, threshold=0.5) is None


def test_warp_by_a_whole_shift_moves_pixels_exactly() -> None:
    colour, alpha = noise(3, 12, 10), torch.ones(1, 12, 10)
    shift = geometry.similarity(1, 0, (0, 0), (5, 3))
    out, out_alpha = image.warp_rgba(colour, alpha, shift, (0, 0, 30, 20))
    assert torch.allclose(out[:, 3:15, 5:15], colour, atol=1e-5)
    assert torch.equal(out_alpha[0, 3:15, 5:15], torch.ones(12, 10))
    assert out_alpha.sum() == 120


@pytest.mark.parametrize("scale", [0.6, 0.3, 0.21])
@pytest.mark.parametrize(("keystone", "tolerance"), [(0.0, 1e-4), (2e-4, 0.05)])  # OpenCV warps to 1/32 pixel
def test_warp_into_a_window_is_a_part_of_the_whole_warp(scale: float, keystone: float, tolerance: float) -> None:
    height, width = round(24 / scale), round(18 / scale)
    colour, alpha = noise(3, height, width), torch.ones(1, height, width)
    turn = geometry.similarity(scale, 20, (width / 2, height / 2), (30, 30))
    turn[2, 1] = keystone
    whole = image.warp_rgba(colour, alpha, turn, (0, 0, 60, 60))
    part = image.warp_rgba(colour, alpha, turn, (22, 19, 41, 44))
    big = torch.cat([whole[0] * whole[1], whole[1]])[:, 19:44, 22:41]
    assert torch.allclose(big, torch.cat([part[0] * part[1], part[1]]), atol=tolerance)


@pytest.mark.parametrize("scale", [0.13, 0.5, 0.77, 1.0, 2.4])
def test_warp_keeps_colour_to_the_edge_and_opacity_in_sum(scale: float) -> None:
    """A red disc on a black crop: no dark or bright rim, and its area grows with the square of the scale."""
    y, x = torch.meshgrid(torch.arange(80.0), torch.arange(80.0), indexing="ij")
    alpha = (30.5 - torch.hypot(x - 40, y - 40)).clamp(0, 1)[None]
    colour = torch.tensor([0.8, 0.1, 0.05])[:, None, None] * torch.ones(1, 80, 80)
    out, out_alpha = image.warp_rgba(
        colour * (alpha > 0), alpha, geometry.similarity(scale, 0, (40, 40), (100, 100)), (0, 0, 200, 200)
    )
    assert out_alpha.sum().item() == pytest.approx(alpha.sum().item() * scale**2, rel=0.02)
    seen = out[:, out_alpha[0] > 0.05]
    assert torch.allclose(seen, colour[:, :1, 0].expand_as(seen), atol=1e-4)
    y0, x0 = (out_alpha[0] * torch.arange(200.0)[:, None]).sum(), (out_alpha[0] * torch.arange(200.0)).sum()
    centre = (x0 / out_alpha.sum()).item(), (y0 / out_alpha.sum()).item()
    assert centre == pytest.approx((100, 100), abs=0.05)


def test_warp_to_a_quarter_is_the_mean_of_four_by_four_pixels() -> None:
    """Premultiplied, by hand; the last row and column of cells are half beyond the edge, where nothing is."""
    colour, alpha = noise(3, 42, 30), 0.2 + 0.8 * noise(1, 42, 30)
    onto_cells = np.array([[0.25, 0, -0.375], [0, 0.25, -0.375], [0, 0, 1]])  # 1.5, the middle of the first, to 0
    out, out_alpha = image.warp_rgba(colour, alpha, onto_cells, (0, 0, 8, 11))
    padded = torch.nn.functional.pad(torch.cat([colour * alpha, alpha]), (0, 2, 0, 2))
    means = padded.reshape(4, 11, 4, 8, 4).mean((2, 4))
    assert torch.allclose(out_alpha, means[3:], atol=1e-5)
    assert torch.allclose(out, means[:3] / means[3:], atol=1e-4)


@pytest.mark.parametrize("scale", [0.42, 0.3, 0.13])
def test_warp_makes_fine_stripes_even(scale: float) -> None:
    """Stripes finer than the pixels of the result must not come back as coarse ones (Nyquist)."""
    stripes = (torch.arange(200.0) % 2)[None, :, None].expand(3, 200, 200).contiguous()
    out, _ = image.warp_rgba(
        stripes, torch.ones(1, 200, 200), geometry.similarity(scale, 0, (0, 0), (0, 0)), (5, 5, 20, 20)
    )
    coarse = out[0].mean(1).unfold(0, 3, 1).mean(1)
    assert (coarse - 0.5).abs().max() < 0.5 / 3  # the box of the mean leaves less than a third of one stripe


def test_warp_leaves_its_inputs_alone() -> None:
    colour, alpha = noise(3, 16, 16), noise(1, 16, 16)
    before = colour.clone(), alpha.clone()
    image.warp_rgba(colour, alpha, np.eye(3), (0, 0, 16, 16))
    image.resize(alpha, (4, 4))
    assert torch.equal(colour, before[0])
    assert torch.equal(alpha, before[1])
