"""Direction of the light on the person against that of the place, and the shadow that was drawn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from scenechange.critic.findings import Cue

if TYPE_CHECKING:
    from torch import Tensor

    from scenechange.types import Composite, Light

DIFFUSE = 0.75
"""Share of diffuse light from which on a light has no direction that shows on a person."""
LEAST_EXPLAINED = 0.12
"""Share of the brightness along the outline that shading must explain before it is believed."""
UNKNOWN_DEG = 60.0
"""Spread from which on a direction is not known."""


def light_direction_cue(rgb: Tensor, mask: Tensor, light: Light | None) -> Cue:
    """Angle in the picture between the light on the person and the light of the place, in degrees."""
    if light is None:
        return Cue("light direction", None, "no layers")
    if light.ambient_ratio > DIFFUSE or light.toward_sd_deg >= UNKNOWN_DEG or math.hypot(*light.toward[:2]) < 0.2:
        return Cue("light direction", None, "diffuse")
    found = light_on_outline(rgb, mask)
    if found is None:
        return Cue("light direction", None, "not on person")
    angle, spread = found
    there = math.atan2(light.toward[1], light.toward[0])
    gap = math.degrees(abs(math.remainder(angle - there, 2 * math.pi)))
    return Cue("light direction", gap, "other side", {"gap": gap}, spread=math.hypot(spread, light.toward_sd_deg) / 2)


def light_on_outline(rgb: Tensor, mask: Tensor) -> tuple[float, float] | None:
    """Direction in the picture (radians, x right, y down) from which the outline is lit, and its spread in degrees.

    Along the outline the surface turns away from the camera, so its normal lies in the picture: brightness there is
    ambient plus a cosine of the angle to the light. Least squares on the logarithm, whose slopes do not depend on how
    bright the clothes are; half of the outline's points, drawn by turns, tell the spread.

    References
    ----------
    P. Nillius, J.-O. Eklundh, Automatic estimation of the projected light source direction, CVPR 2001;
    M. K. Johnson, H. Farid, Exposing digital forgeries by detecting inconsistencies in lighting, ACM MM&Sec 2005.
    """
    import cv2

    from scenechange.math.colour import luminance
    from scenechange.math.image import fit_within, resize

    size = fit_within((int(mask.shape[0]), int(mask.shape[1])), 512)
    inside = (resize(mask[None], size)[0].numpy() > 0.5).astype(np.uint8)
    light = np.log(luminance(resize(rgb, size))[0].numpy() + 0.01)
    depth = cv2.GaussianBlur(cv2.distanceTransform(inside, cv2.DIST_L2, 5), (0, 0), 2.0)
    band = (depth > 2) & (depth < 7) & (inside > 0)
    gx, gy = cv2.Sobel(depth, cv2.CV_32F, 1, 0), cv2.Sobel(depth, cv2.CV_32F, 0, 1)
    length = np.hypot(gx, gy)
    band &= length > 1
    if int(band.sum()) < 200:
        return None
    normals = np.stack([-gx[band] / length[band], -gy[band] / length[band], np.ones(int(band.sum()))], 1)
    values = light[band]
    fit, *_ = np.linalg.lstsq(normals, values, rcond=None)
    explained = 1 - float(((values - normals @ fit) ** 2).mean() / (values.var() + 1e-9))
    if explained < LEAST_EXPLAINED:
        return None
    halves = [np.linalg.lstsq(normals[k::4], values[k::4], rcond=None)[0] for k in range(4)]
    angles = [math.atan2(h[1], h[0]) for h in halves]
    angle = math.atan2(float(fit[1]), float(fit[0]))
    spread = math.degrees(math.sqrt(float(np.mean([math.remainder(a - angle, 2 * math.pi) ** 2 for a in angles]))))
    return angle, spread


def shadow_cue(composite: Composite | None) -> Cue:
    """How much lighter the drawn shadow is than the light of the place asks for, in stops."""
    if composite is None:
        return Cue("shadow", None, "no layers")
    layers, light = composite.layers, composite.scene.light
    if not layers.stands:
        return Cue("shadow", None, "cut off")
    open_ground = layers.shadow.mean(0)[layers.alpha[0] < 0.05]
    if open_ground.numel() == 0:
        return Cue("shadow", None, "cut off")
    drawn = max(float(np.quantile(open_ground.numpy(), 0.002)), 0.02)
    due = light.ambient_ratio if light.ambient_ratio <= DIFFUSE and light.toward_sd_deg < UNKNOWN_DEG else 0.7
    gap = math.log2(drawn / max(due, 0.05))
    spread = light.ambient_sd / max(due, 0.05) / math.log(2)
    return Cue("shadow", gap, "faint" if gap > 0 else "deep", {"gap": abs(gap)}, spread=spread)
