"""Noise of a layer as a function of brightness at two scales, and grain that makes up what the person lacks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenechange.optics.tiles import Tile

if TYPE_CHECKING:
    from torch import Tensor

LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Root luminances at which noise is tabulated."""
BLOCK = 8
"""Side of the blocks, in pixels, in which noise is measured."""
LOW, LOW_TO_MEAN = 0.05, 1.3
"""The quantile of the blocks that is taken for pure noise, and what it falls short by where all is noise; simulated."""
MOST_ABOVE, MOST_COARSE = 1.3, 2.5
"""Noise at a brightness over the middle of all, and coarse over fine noise: beyond these it is texture."""
LEAST_BLOCKS = 20
"""Fewer blocks than this say nothing about a brightness."""


@dataclass(frozen=True, slots=True, eq=False)
class Noise:
    """Standard deviations in root luminance: ``fine (5,)`` of pixels, ``coarse (5,)`` of 2 x 2 means, at `LEVELS`."""

    fine: np.ndarray
    coarse: np.ndarray

    @property
    def typical(self) -> float:
        """Middle of the fine noise over brightness."""
        return float(np.median(self.fine))


def measure_noise(tiles: list[Tile]) -> Noise | None:
    """Noise of the flattest twentieth of the blocks, by brightness; None where there are too few blocks.

    The second difference in both directions leaves noise and takes out constant and sloping brightness; its mean size
    over a block gives the standard deviation. Texture only ever adds to it, hence the lower envelope.

    References
    ----------
    J. Immerkaer, Fast noise variance estimation, CVIU 64 (1996); C. Liu et al., Automatic estimation and removal of
    noise from a single image, PAMI 30 (2008) (noise level function as a lower envelope).
    """
    fine, coarse = [_blocks(t) for t in tiles], [_blocks(_halved(t)) for t in tiles]
    fine_curve = _lower_envelope(np.concatenate(fine)) if fine else None
    coarse_curve = _lower_envelope(np.concatenate(coarse)) if coarse else None
    if fine_curve is None or coarse_curve is None:
        return None
    return Noise(fine_curve, np.minimum(coarse_curve, MOST_COARSE * fine_curve))


def _halved(tile: Tile) -> Tile:
    h, w = (n // 2 * 2 for n in tile.root.shape)
    parts = [(y, x) for y in (0, 1) for x in (0, 1)]
    root = sum(tile.root[y:h:2, x:w:2] for y, x in parts) / np.float32(4)
    usable = np.logical_and.reduce([tile.usable[y:h:2, x:w:2] for y, x in parts])
    return Tile(np.asarray(root, np.float32), usable)


def _blocks(tile: Tile) -> np.ndarray:
    """``(N, 2)`` mean root luminance and noise of the usable blocks of a tile."""
    rows, columns = (n // BLOCK for n in (tile.root.shape[0] - 2, tile.root.shape[1] - 2))
    if rows < 1 or columns < 1:
        return np.zeros((0, 2))
    r = tile.root
    second = r[:, :-2] - 2 * r[:, 1:-1] + r[:, 2:]
    second = second[:-2] - 2 * second[1:-1] + second[2:]

    def per_block(values: np.ndarray, gather: np.ufunc) -> np.ndarray:
        blocks = values[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns * BLOCK)
        whole: np.ndarray = gather.reduce(gather.reduce(blocks, 1).reshape(rows, columns, BLOCK), 2)  # whole rows first
        return whole

    level, share = r[1:-1, 1:-1], np.float32(1 / BLOCK**2)
    deviation = per_block(np.abs(second), np.add) * share * np.sqrt(np.pi / 2) / 6
    usable = per_block(tile.usable[1:-1, 1:-1], np.logical_and)
    # Clipped pixels have lost their noise.
    usable &= (per_block(level, np.minimum) > 0.02) & (per_block(level, np.maximum) < 0.985)
    return np.stack([per_block(level, np.add)[usable] * share, deviation[usable]], axis=1)


def _lower_envelope(blocks: np.ndarray) -> np.ndarray | None:
    """``(5,)`` noise at `LEVELS`; brightnesses without enough blocks take their neighbours' value."""
    if len(blocks) < LEAST_BLOCKS:
        return None
    known: list[float] = []
    values: list[float] = []
    for level in LEVELS:
        near = blocks[np.abs(blocks[:, 0] - level) < 0.16, 1]
        if len(near) >= LEAST_BLOCKS:
            known.append(level)
            values.append(float(np.quantile(near, LOW)) * LOW_TO_MEAN)
    if not known:
        return np.full(len(LEVELS), float(np.quantile(blocks[:, 1], LOW)) * LOW_TO_MEAN)
    return np.interp(LEVELS, known, np.minimum(values, MOST_ABOVE * np.median(values)))


def missing_noise(scene: Noise, person: Noise, limit: float) -> Noise:
    """Noise to add to the person so that both scales match the scene; 0 where the person has as much."""
    fine = np.sqrt(np.maximum(scene.fine**2 - person.fine**2, 0)).clip(0, limit)
    # White noise of the fine scale is halved by 2 x 2 means; the rest of what the coarse scale lacks is added there.
    coarse = np.sqrt(np.maximum(scene.coarse**2 - person.coarse**2 - fine**2 / 4, 0)).clip(0, limit)
    return Noise(fine, coarse)


def add_grain(foreground: Tensor, noise: Noise, seed: int) -> Tensor:
    """``(3, h, w)`` linear colour with grain of the given spread, the same in all channels.

    In roots of linear values the grain has the tabulated spread; channels stay in [0, 1].
    """
    import cv2
    import torch

    h, w = foreground.shape[1:]
    generator = torch.Generator().manual_seed(seed)
    root = foreground.clamp_min(0).sqrt()
    level = cv2.convertScaleAbs(root.mean(0).numpy(), alpha=255)
    grain = torch.randn(h, w, generator=generator).numpy()
    grain *= cv2.LUT(level, _table(noise.fine))
    if noise.coarse.max() > 0:
        lumps = torch.randn(h // 2 + 1, w // 2 + 1, generator=generator).numpy()
        lumps = cv2.resize(lumps, (w // 2 * 2 + 2, h // 2 * 2 + 2), interpolation=cv2.INTER_LINEAR)[:h, :w]
        grain += cv2.LUT(level, _table(noise.coarse)) * lumps
    return root.add_(torch.from_numpy(grain)).clamp_(0, 1).square_()


def _table(spread: np.ndarray) -> np.ndarray:
    """``(256,)`` float32 spread by root luminance times 255."""
    return np.interp(np.linspace(0, 1, 256), LEVELS, spread).astype(np.float32)
