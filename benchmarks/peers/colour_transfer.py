"""Published ways to give a person the scene's colours, for `harmonization.py` to compare with. Not part of the product.

Each is a function from layers and light to layers, as a method of the stage `harmonize` is.

References: Pitie & Kokaram, The linear Monge-Kantorovitch linear colour mapping for example-based colour transfer,
CVMP 2007; Finlayson & Trezzi, Shades of gray and colour constancy, CIC 2004; Lam, Metamerism and colour constancy
(Bradford), 1985, as in the ICC specification, annex E.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from scenechange.math.colour import XYZ_FROM_RGB, lab_from_linear, linear_from_lab
from scenechange.types import Layers, Light

SHADES = 6  # Finlayson & Trezzi's best Minkowski norm
CONES_FROM_XYZ = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def person_and_scene(layers: Layers) -> tuple[np.ndarray, np.ndarray]:
    """Linear colours ``(n, 3)`` where the person is opaque, and ``(m, 3)`` where they are not."""
    x0, y0, x1, y1 = layers.window_xyxy
    outside = torch.ones(layers.background.shape[-2:], dtype=torch.bool)
    outside[y0:y1, x0:x1] = layers.alpha[0] < 0.01
    inside = layers.alpha[0] > 0.99
    return layers.foreground[:, inside].numpy().T, layers.background[:, outside].numpy().T


def optimal_transport(layers: Layers, light: Light) -> Layers:
    """The linear map in CIELAB that turns the person's Gaussian of colours into the scene's at the least cost."""
    own, scene = (
        lab_from_linear(torch.from_numpy(np.ascontiguousarray(part.T))).numpy().T for part in person_and_scene(layers)
    )
    before, after = (np.cov(part.T) + 1e-3 * np.eye(3) for part in (own, scene))
    root = _root(before)
    inverse = np.linalg.inv(root)
    to = inverse @ _root(root @ after @ root) @ inverse
    lab = lab_from_linear(layers.foreground).numpy()
    moved = np.tensordot(to, lab - own.mean(0)[:, None, None], 1) + scene.mean(0)[:, None, None]
    out = linear_from_lab(torch.from_numpy(moved.astype(np.float32))).clamp(0, 1)
    return replace(layers, foreground=out)


def von_kries(layers: Layers, light: Light) -> Layers:
    """Cone responses scaled by the ratio of the lights on scene and person, each by shades of grey; brightness kept."""
    lights = [(part.astype(np.float64) ** SHADES).mean(0) ** (1 / SHADES) for part in person_and_scene(layers)]
    xyz_from_rgb = np.array(XYZ_FROM_RGB)
    to_cones = CONES_FROM_XYZ @ xyz_from_rgb
    own, scene = (to_cones @ (rgb / (xyz_from_rgb[1] @ rgb)) for rgb in lights)
    to = np.linalg.inv(to_cones) @ np.diag(scene / own) @ to_cones
    out = torch.from_numpy(np.tensordot(to, layers.foreground.numpy(), 1).astype(np.float32)).clamp(0, 1)
    return replace(layers, foreground=out)


def _root(matrix: np.ndarray) -> np.ndarray:
    """Square root of a symmetric matrix that is positive."""
    values, vectors = np.linalg.eigh(matrix)
    out: np.ndarray = vectors @ np.diag(np.sqrt(np.maximum(values, 0))) @ vectors.T
    return out
