"""Black-and-white and toned scenes (sepia, cyanotype): the person takes on the one ink of the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenechange.harmonize.samples import CLEAR, area_means, person_mask

if TYPE_CHECKING:
    from torch import Tensor

    from scenechange.types import Layers

KNOTS = 17
"""Levels, evenly spaced in roots of luminance, at which the ink is read."""
ALIKE, STRANGE = 2.0, 4.0
"""CIELAB distance to the ink that 98 of 100 places of a scene may have: below the first it is toned, beyond the second
it has colours. Of 191 colour photos, snow, desert and grey streets among them, the greyest has 5.2; compressed
black-and-white has less than 1."""
FEWEST = 50


@dataclass(frozen=True, slots=True, eq=False)
class Toning:
    """Luminance to colour: ``ratio (KNOTS, 3)`` is linear colour over luminance at `KNOTS` levels; `amount` 0 to 1."""

    ratio: np.ndarray
    amount: float

    def __call__(self, rgb: Tensor) -> Tensor:
        """Linear ``(3, ...)`` printed in the ink, luminance kept, held to [0, 1]."""
        import torch

        from scenechange.math.colour import luminance

        luma = luminance(rgb).clamp(0, 1)
        place = luma.sqrt().mul_(KNOTS - 1)
        low = place.floor().clamp_(0, KNOTS - 2)
        part, index = place - low, low.long()
        printed = torch.empty_like(rgb)
        for channel in range(3):
            knots = torch.from_numpy(np.ascontiguousarray(self.ratio[:, channel], dtype=np.float32))
            printed[channel] = torch.lerp(knots[index], knots[index + 1], part)[0] * luma[0]
        return torch.lerp(rgb, printed, self.amount).clamp_(0, 1)


def toning_of(layers: Layers, longest_px: int = 96) -> Toning | None:
    """The ink of the scene; None where it has colours of its own.

    A picture is printed in one ink where colour is a function of luminance all over. The person, who may already be
    part of the background, is left out.
    """
    from scenechange.math.colour import lab_from_linear, luminance

    height, width = layers.background.shape[1:]
    step = max(1, max(height, width) // (4 * longest_px))
    clear = person_mask(layers, (0, 0, width, height), step) < CLEAR
    scene, outside = area_means(layers.background[:, ::step, ::step], clear, longest_px)
    colours = scene[:, outside].clamp(0, 1)
    if colours.shape[1] < FEWEST:
        return None
    luma = luminance(colours)
    ratio = _ink(colours.numpy(), luma[0].numpy())
    printed = Toning(ratio, 1.0)(colours)
    apart = (lab_from_linear(printed) - lab_from_linear(colours)).square().sum(0).sqrt()
    worst = float(np.quantile(apart.numpy(), 0.98))
    amount = min(1.0, (STRANGE - worst) / (STRANGE - ALIKE))
    return Toning(ratio, amount) if amount > 0 else None


def _ink(colours: np.ndarray, luma: np.ndarray) -> np.ndarray:
    """Mean colour over luminance ``(KNOTS, 3)`` of linear ``(3, n)``; levels that are not there take the nearest."""
    knot = np.sqrt(luma) * (KNOTS - 1)
    near = np.maximum(1 - np.abs(knot[:, None] - np.arange(KNOTS)), 0)
    weight = near.sum(0)
    mean = (colours @ near + 1e-6) / (luma @ near + 1e-6)
    present = np.nonzero(weight >= 3)[0]
    return np.stack([np.interp(np.arange(KNOTS), present, channel[present]) for channel in mean], axis=1)
