"""The side the light comes from where the scene leaves it open: the side on which the person is brighter."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from scenechange.math.colour import LUMA
from scenechange.math.shading import side_light

if TYPE_CHECKING:
    from scenechange.shadow.frame import FootFrame
    from scenechange.types import Layers, Light

OPEN_SD_DEG = 40.0
"""A direction that spreads more than this leaves left and right open."""
LEAST_SIDE = 0.08
"""A person whose sides differ by less than this (natural logarithm) is lit from neither."""
ASIDE_DEG = 20.0
"""A light from a side stands at least this far from the line of sight."""


def from_own_side(light: Light, layers: Layers, frame: FootFrame) -> Light:
    """`light`, mirrored about the line of sight where the scene leaves the side open and the person's own light tells.

    A shadow that falls towards the bright side of a body is seen to be wrong even where nothing else in the picture
    says so.
    """
    if light.toward_sd_deg <= OPEN_SD_DEG:
        return light
    side, sd = side_light(np.tensordot(LUMA, layers.foreground.numpy(), 1), layers.alpha[0].numpy())
    if abs(side) < max(LEAST_SIDE, 1.5 * sd):
        return light
    toward = np.asarray(light.toward)
    up, flat = float(toward @ frame.up), math.hypot(float(toward @ frame.right), float(toward @ frame.away))
    azimuth = abs(math.atan2(float(toward @ frame.right), float(toward @ frame.away)))
    azimuth = math.copysign(min(max(azimuth, math.radians(ASIDE_DEG)), math.radians(180 - ASIDE_DEG)), side)
    turned = up * frame.up + flat * (math.sin(azimuth) * frame.right + math.cos(azimuth) * frame.away)
    turned /= np.linalg.norm(turned)
    return replace(light, toward=(float(turned[0]), float(turned[1]), float(turned[2])))
