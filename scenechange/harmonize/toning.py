"""Black-and-white and toned scenes (sepia, cyanotype): the person takes on the one ink of the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenechange.harmonize.samples import CLEAR, area_means, person_mask

if TYPE_CHECKING:
    from torch import Tensor

    from scenechange.types import Layers

KNOTS = 33
"""Levels, evenly spaced in CIELAB lightness, at which the ink is read."""
ALIKE, STRANGE = 2.0, 3.0
"""CIELAB distance to the ink that 98 of 100 even places of a scene may have: below the first it is toned, beyond the
second it has colours. Of 1,280 photos, snow, sea, desert and grey streets among them, two are black-and-white (0.0);
the next, a boat on a misty sea, has 3.1."""
EVEN = 0.7
"""Share of the places that is looked at, the most even ones: between light and dark a mean is no colour of the ink,
and a JPEG file smears the colour over the edge."""
FEWEST = 50
NOTE_GREY = "the person's photo is black-and-white, the place is in colours: take a photo in colours, or another place"


@dataclass(frozen=True, slots=True, eq=False)
class Toning:
    """Lightness to colour: ``ab (2, KNOTS)`` are CIELAB a and b at evenly spaced lightness; `amount` is 0 to 1."""

    ab: np.ndarray
    amount: float

    def __call__(self, rgb: Tensor) -> Tensor:
        """Linear ``(3, ...)`` printed in the ink, luminance kept, held to [0, 1]."""
        import torch

        from scenechange.math.colour import lab_from_linear, linear_from_lab

        lab = lab_from_linear(rgb.clamp(0, 1))
        place = (lab[0] * ((KNOTS - 1) / 100)).clamp_(0, KNOTS - 1)
        low = place.floor().clamp_(0, KNOTS - 2)
        part, index = place - low, low.long()
        for channel, values in zip(lab[1:], self.ab, strict=True):
            knots = torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))
            channel.copy_(torch.lerp(knots[index], knots[index + 1], part))
        return torch.lerp(rgb, linear_from_lab(lab).to(rgb.dtype), self.amount).clamp_(0, 1)


def toning_of(layers: Layers, longest_px: int = 96) -> Toning | None:
    """The ink of the scene; None where it has colours of its own.

    A picture is printed in one ink where colour is a function of lightness all over. The person, who may already be
    part of the background, is left out.
    """
    height, width = layers.background.shape[1:]
    step = max(1, max(height, width) // (4 * longest_px))
    clear = person_mask(layers, (0, 0, width, height), step) < CLEAR
    scene, outside = area_means(layers.background[:, ::step, ::step], clear, longest_px)
    even = _evenness(layers.background[:, ::step, ::step], outside.shape)
    if int(outside.sum()) < FEWEST:
        return None
    outside &= even <= np.quantile(even[outside], EVEN)
    return one_ink(scene[:, outside])


def one_ink(colours: Tensor) -> Toning | None:
    """The ink in which linear ``(3, n)`` are printed; None where they have colours."""
    from scenechange.math.colour import lab_from_linear

    lab = lab_from_linear(colours.clamp(0, 1)).double().numpy()
    ab = _ink(lab)
    at = np.linspace(0, 100, KNOTS)
    apart = np.hypot(*(lab[1 + k] - np.interp(lab[0], at, ab[k]) for k in range(2)))
    worst = float(np.quantile(apart, 0.98))
    amount = min(1.0, (STRANGE - worst) / (STRANGE - ALIKE))
    return Toning(ab, amount) if amount > 0 else None


def _ink(lab: np.ndarray) -> np.ndarray:
    """Mean a and b ``(2, KNOTS)`` of CIELAB ``(3, n)`` by lightness.

    Below what is there the colour fades towards black, as light does that is scaled down; above the lightest stays.
    """
    knot = lab[0] * ((KNOTS - 1) / 100)
    near = np.maximum(1 - np.abs(knot[:, None] - np.arange(KNOTS)), 0)
    weight = near.sum(0)
    present = np.nonzero(weight >= min(3.0, weight.max()))[0]
    means = (lab[1:] @ near)[:, present] / weight[present]
    ab = np.stack([np.interp(np.arange(KNOTS), present, mean) for mean in means])
    lightness = np.linspace(0, 100, KNOTS)
    fade = np.minimum(3 * lightness, lightness + 16)  # the root in CIELAB's formula, and its straight foot
    lowest = int(present[0])
    ab[:, :lowest] *= fade[:lowest] / fade[lowest]
    return ab


def _evenness(rgb: Tensor, size_hw: tuple[int, ...]) -> np.ndarray:
    """``(h, w)`` range of the root of luminance in each cell of a grid: small where a place is even."""
    import torch

    from scenechange.math.colour import luminance

    root = luminance(rgb.clamp(0, 1)).sqrt()[None]
    pool = torch.nn.functional.adaptive_max_pool2d
    spread: np.ndarray = (pool(root, size_hw) + pool(-root, size_hw))[0, 0].numpy()
    return spread
