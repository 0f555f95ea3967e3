"""Colour transfer by mean and deviation, as a baseline.

Reference: Reinhard, Ashikhmin, Gooch & Shirley, Color transfer between images, IEEE CG&A 21 (2001); here in CIELAB.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from scenechange.errors import InputError
from scenechange.harmonize.samples import CLEAR, OPAQUE, light_given
from scenechange.types import Layers, Light


@dataclass(frozen=True, slots=True)
class Reinhard:
    """Gives the person the scene's mean and deviation in CIELAB; a `Harmonizer`.

    A baseline to measure against: on recoloured street photos it is worse than leaving the person alone, since
    people are not coloured like streets.

    Attributes
    ----------
    strength : float
        Part of the transfer that is applied, 0 to 1.
    """

    strength: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise InputError(f"harmonize strength: wanted 0 to 1, got {self.strength}")

    def __call__(self, layers: Layers, light: Light) -> Layers:
        """`layers` with a new foreground; the same object where person or scene have too few pixels."""
        import torch

        from scenechange.math.colour import lab_from_linear, linear_from_lab

        x0, y0, x1, y1 = layers.window_xyxy
        outside = torch.ones(layers.background.shape[-2:], dtype=torch.bool)
        outside[y0:y1, x0:x1] = layers.alpha[0] < CLEAR
        inside = layers.alpha[0] >= OPAQUE
        if int(inside.sum()) < 2 or int(outside.sum()) < 2:
            return layers
        lab = lab_from_linear(layers.foreground)
        person = lab[:, inside]
        scene = lab_from_linear(layers.background[:, outside][:, :: max(1, int(outside.sum()) // 100_000)])
        mean, deviation = person.mean(1)[:, None, None], person.std(1)[:, None, None].clamp_min(1e-3)
        ratio = (scene.std(1)[:, None, None] / deviation).clamp(0.6, 1.6)
        moved = linear_from_lab((lab - mean) * ratio + scene.mean(1)[:, None, None]).clamp(0, 1)
        foreground = layers.foreground + self.strength * (moved - layers.foreground)
        matched_rgb = light_given(*(rgb[:, inside].numpy().T for rgb in (layers.foreground, foreground)))
        return replace(layers, foreground=foreground, matched_rgb=matched_rgb)
