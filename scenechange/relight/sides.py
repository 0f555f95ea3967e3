"""Turn the light on the person to the side it comes from in the scene."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from scenechange.errors import InputError
from scenechange.math.colour import LUMA
from scenechange.math.irradiance import irradiance
from scenechange.math.shading import side_light
from scenechange.relight.inflated import inflated_normals

if TYPE_CHECKING:
    from torch import Tensor

    from scenechange.types import Layers, Light

MOST = 0.4
"""Largest change, as natural logarithm: by half as much again, or by a third less."""
RIM = 0.75
"""Mean sideways part of the normals in the outer quarters of a limb, which `side_light` compares."""
TELL = 0.25
"""A person lit this much from the wrong side is worth a remark."""


@dataclass(frozen=True, slots=True)
class Sides:
    """Brighten the side of the person that faces the scene's light and darken the other; a `Relighter`.

    Only left against right is changed: from in front and from above nearly every person is lit already. The normals
    are those of the inflated silhouette, the light is the scene's spherical harmonics, and what the person's own photo
    has of the same is taken off. The map of gains is smooth, so all detail stays. Each pixel goes through
    ``y = g x / (1 + (g - 1) x)`` with its gain g, which keeps black and white and is undone by 1 / g.

    Nothing is done where the scene's light is not known to 60 degrees, and little where it is hardly known.

    Parameters
    ----------
    strength : float
        0 nothing to 1 as computed. 0.5: half a correction is seldom wrong, a whole one on a wrong direction is.
    """

    strength: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise InputError(f"relight strength: wanted 0 to 1, got {self.strength}")

    def __call__(self, layers: Layers, light: Light) -> Layers:
        """The layers with a relit foreground, and a remark where the person had better be mirrored."""
        known = float(np.clip((60 - light.toward_sd_deg) / 35, 0, 1))
        if known == 0 or self.strength == 0 or float(layers.alpha.max()) < 0.5:
            return layers
        alpha = layers.alpha[0].numpy()
        own, own_sd = side_light(np.tensordot(LUMA, layers.foreground.numpy(), 1), alpha)
        own *= own**2 / (own**2 + own_sd**2) if np.isfinite(own_sd) and own else 0.0
        normals = inflated_normals(alpha)
        wanted = _sideways(light, normals)
        gain = np.clip(wanted - own / (2 * RIM) * normals[..., 0], -MOST, MOST) * self.strength * known
        notes = layers.notes
        side = float((wanted * normals[..., 0]).sum())
        if abs(own) > TELL and own * side < 0:
            notes = (*notes, "the person is lit from the other side than the place: mirror them (flip)")
        return replace(layers, foreground=_applied(layers.foreground.numpy(), np.exp(gain)), notes=notes)


def _sideways(light: Light, normals: np.ndarray) -> np.ndarray:
    """``(h, w)`` part of the logarithm of the scene's irradiance that changes sign when left and right are swapped."""
    swapped = normals * np.array([-1.0, 1.0, 1.0])
    seen, other = (np.maximum(irradiance(light.sh, n) @ np.array(LUMA), 1e-4) for n in (normals, swapped))
    return np.log(seen / other) / 2


def _applied(foreground: np.ndarray, gain: np.ndarray) -> Tensor:
    import cv2
    import torch

    h, w = foreground.shape[1:]
    full = cv2.resize(gain.astype(np.float32), (w, h), interpolation=cv2.INTER_LINEAR)
    return torch.from_numpy(full * foreground / (1 + (full - 1) * foreground))
