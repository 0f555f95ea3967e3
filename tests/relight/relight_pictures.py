"""Pictures and lights of the tests of relighting."""

from __future__ import annotations

import numpy as np
import torch

from scenechange.math import irradiance
from scenechange.types import Layers, Light

H, W = 120, 60


def light_from(x: float, sd_deg: float = 20.0) -> Light:
    toward = np.array([x, -0.6, -0.4])
    toward /= np.linalg.norm(toward)
    sh = irradiance.from_directional(toward, np.full(3, 2.0))
    sh = sh + irradiance.from_hemispheres(np.array([0, -1.0, 0]), np.full(3, 0.4), np.full(3, 0.1))
    return Light((float(toward[0]), float(toward[1]), float(toward[2])), sd_deg, 6500, 500, 1, 0.3, 0.4, 0.1, sh)


def pillar(shade: float = 0.0) -> Layers:
    """A pillar whose right side is brighter by the factor exp(shade) from one quarter to the other."""
    alpha = torch.zeros(1, H, W)
    alpha[:, 10:110, 15:45] = 1
    ramp = torch.exp(torch.linspace(-shade, shade, W))
    foreground = (0.3 * ramp).expand(3, H, W).contiguous()
    ones = torch.ones(1, H, W)
    return Layers(
        torch.full((3, H, W), 0.3), foreground, alpha, ones, ones, (0, 0, W, H), np.eye(3), (30.0, 109.0), 100.0
    )
