"""Turn the light on the person to the side it comes from in the scene."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from scenechange.errors import InputError
from scenechange.lettering import NOT_MIRRORED
from scenechange.math.colour import LUMA
from scenechange.math.irradiance import irradiance
from scenechange.math.shading import side_light
from scenechange.relight.face import FaceNormals, face_normals
from scenechange.relight.face_points import face_points
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
    are those of the inflated silhouette and, in the face, of a face mesh; the light is the scene's spherical harmonics,
    and what the person's own photo has of the same is taken off. The map of gains is smooth, so all detail stays. Each
    pixel goes through ``y = g x / (1 + (g - 1) x)`` with gain g, which keeps black and white and is undone by 1 / g.

    Nothing is done where the scene's light is not known to 60 degrees, and little where it is hardly known.

    Parameters
    ----------
    strength : float
        0 nothing to 1 as computed. 0.5: half a correction is seldom wrong, a whole one on a wrong direction is.
    """

    networks: ClassVar[tuple[str, ...]] = ("face-full-range", "face-landmark")

    strength: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise InputError(f"relight strength: wanted 0 to 1, got {self.strength}")

    def __call__(self, layers: Layers, light: Light) -> Layers:
        """The layers with a relit foreground, and a remark where the person had better be mirrored.

        Raises
        ------
        WeightsError
            The light's direction is known, and a network that finds the face is missing.
        """
        known = float(np.clip((60 - light.toward_sd_deg) / 35, 0, 1))
        if known == 0 or self.strength == 0 or float(layers.alpha.max()) < 0.5:
            return layers
        alpha = layers.alpha[0].numpy()
        own, own_sd = side_light(np.tensordot(LUMA, layers.foreground.numpy(), 1), alpha)
        own *= own**2 / (own**2 + own_sd**2) if np.isfinite(own_sd) and own else 0.0
        lights = _Lights(light, own, self.strength * known)
        normals = inflated_normals(alpha)
        gain = _enlarged(np.exp(lights.log_gain(normals)), alpha.shape)
        points = face_points(layers.foreground, layers.alpha)
        face = None if points is None else face_normals(points, alpha.shape)
        if face is not None:
            _detail(gain, normals, face, lights)
        notes = layers.notes
        side = float((_sideways(light, normals) * normals[..., 0]).sum())
        if abs(own) > TELL and own * side < 0 and NOT_MIRRORED not in notes:
            notes = (*notes, "the person is lit from the other side than the place: mirror them (flip)")
        return replace(layers, foreground=_applied(layers.foreground.numpy(), gain), notes=notes)


@dataclass(frozen=True, slots=True)
class _Lights:
    """The scene's light, the person's own side light (logarithm, right over left), and what part of it to change."""

    scene: Light
    own: float
    part: float

    def log_gain(self, normals: np.ndarray) -> np.ndarray:
        """Natural logarithm of the gain ``(h, w)`` at surfaces with unit normals ``(h, w, 3)``."""
        missing = _sideways(self.scene, normals) - self.own / (2 * RIM) * normals[..., 0]
        return self.part * np.clip(missing, -MOST, MOST)


def _detail(gain: np.ndarray, normals: np.ndarray, face: FaceNormals, lights: _Lights) -> None:
    """Multiply `gain` ``(h, w)`` in the face by what its normals ask for beyond those of the silhouette."""
    import cv2

    x0, y0, x1, y1 = face.box_xyxy
    rows, columns = face.weight.shape
    coarse = np.array(normals.shape[:2]) / gain.shape
    y = ((y0 + (np.arange(rows) + 0.5) * (y1 - y0) / rows) * coarse[0] - 0.5).astype(np.float32)
    x = ((x0 + (np.arange(columns) + 0.5) * (x1 - x0) / columns) * coarse[1] - 0.5).astype(np.float32)
    at_x, at_y = np.meshgrid(x, y)
    round_ones = cv2.remap(normals.astype(np.float32), at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    both = round_ones + face.weight[..., None] * (face.normals - round_ones)
    mixed, round_ones = (n / np.maximum(np.linalg.norm(n, axis=-1, keepdims=True), 1e-6) for n in (both, round_ones))
    beyond = np.exp(lights.log_gain(mixed) - lights.log_gain(round_ones))
    gain[y0:y1, x0:x1] *= _enlarged(beyond, (y1 - y0, x1 - x0))


def _enlarged(image: np.ndarray, size_hw: tuple[int, int]) -> np.ndarray:
    import cv2

    return cv2.resize(image.astype(np.float32), size_hw[::-1], interpolation=cv2.INTER_LINEAR)


def _sideways(light: Light, normals: np.ndarray) -> np.ndarray:
    """``(h, w)`` part of the logarithm of the scene's irradiance that changes sign when left and right are swapped."""
    swapped = normals * np.array([-1.0, 1.0, 1.0])
    seen, other = (np.maximum(irradiance(light.sh, n) @ np.array(LUMA), 1e-4) for n in (normals, swapped))
    return np.log(seen / other) / 2


def _applied(foreground: np.ndarray, gain: np.ndarray) -> Tensor:
    import torch

    return torch.from_numpy(gain * foreground / (1 + (gain - 1) * foreground))
