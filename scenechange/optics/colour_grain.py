"""Coloured grain: what sensors add to the differences of the channels; files keep it at half resolution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenechange.math.colour import LUMA
from scenechange.optics.tiles import spread_boxes

if TYPE_CHECKING:
    from torch import Tensor

    from scenechange.math.image import Box

BLOCK = 8
"""Side of the blocks, in 2 x 2 means, in which noise is measured."""
LOW, LOW_TO_MEAN = 0.05, 1.3
"""As in `scenechange.optics.grain`: the flattest twentieth of the blocks, and what it falls short by."""
LEAST_BLOCKS = 20


def colour_noise(rgb: Tensor, solid: np.ndarray | None, box_xyxy: Box, count: int) -> np.ndarray | None:
    """Standard deviations ``(2,)`` of red less green and blue less green in 2 x 2 means of roots of linear values.

    Parameters
    ----------
    rgb : Tensor
        ``(3, H, W)`` linear light.
    solid : ndarray or None
        ``(H, W)`` bool, where it may be measured; None: everywhere.
    box_xyxy : tuple of int
        Part of `rgb` over which at most `count` tiles are spread.

    Returns
    -------
    ndarray or None
        None where there are too few smooth parts.
    """
    found = []
    for x0, y0, x1, y1 in spread_boxes(box_xyxy, count):
        h, w = (y1 - y0) // 2 * 2, (x1 - x0) // 2 * 2
        if min(h, w) < 2 * BLOCK + 4:
            continue
        root = np.sqrt(np.maximum(rgb[:, y0 : y0 + h, x0 : x0 + w].numpy(), 0))
        root = root.reshape(3, h // 2, 2, w // 2, 2).mean((2, 4))
        usable = ((root > 0.02) & (root < 0.985)).all(0)  # clipped values have lost their noise
        if solid is not None:
            usable &= solid[y0 : y0 + h, x0 : x0 + w].reshape(h // 2, 2, w // 2, 2).all((1, 3))
        found.append(_blocks(root[[0, 2]] - root[1], usable))
    blocks = np.concatenate(found, axis=1) if found else np.zeros((2, 0))
    if blocks.shape[1] < LEAST_BLOCKS:
        return None
    return np.asarray(np.quantile(blocks, LOW, axis=1) * LOW_TO_MEAN)


def _blocks(planes: np.ndarray, usable: np.ndarray) -> np.ndarray:
    """Noise ``(2, N)`` of the usable blocks; second differences as in Immerkaer, CVIU 64 (1996)."""
    second = planes[:, :, :-2] - 2 * planes[:, :, 1:-1] + planes[:, :, 2:]
    second = np.abs(second[:, :-2] - 2 * second[:, 1:-1] + second[:, 2:])
    rows, columns = second.shape[1] // BLOCK, second.shape[2] // BLOCK
    h, w = rows * BLOCK, columns * BLOCK
    parts = second[:, :h, :w].reshape(2, rows, BLOCK, columns, BLOCK).mean((2, 4))
    whole = usable[1:-1, 1:-1][:h, :w].reshape(rows, BLOCK, columns, BLOCK).all((1, 3))
    return np.asarray(parts[:, whole] * np.sqrt(np.pi / 2) / 6)


def add_colour_grain(foreground: Tensor, spread: np.ndarray, seed: int) -> Tensor:
    """``(3, h, w)`` linear colour with coloured grain of the given spread ``(2,)``; luminance keeps its value.

    Luminance as the same sum of roots, which is what the eye and the file's curve see.
    """
    import torch

    generator = torch.Generator().manual_seed(seed)
    # Means of four have half the spread of what they are the means of.
    wide = torch.from_numpy(2 * spread.astype(np.float32))[:, None, None]
    red, blue = torch.randn(2, *foreground.shape[1:], generator=generator) * wide
    green = -(LUMA[0] * red + LUMA[2] * blue)
    root = foreground.clamp_min(0).sqrt()
    return root.add_(torch.stack([red + green, green, blue + green])).clamp_(0, 1).square_()
