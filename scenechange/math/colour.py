"""Colour: sRGB and linear light, luminance, CIELAB, correlated colour temperature. Pure functions.

References: IEC 61966-2-1 (sRGB); CIE 15:2018 (CIELAB); C. S. McCamy, Color Res. Appl. 17 (1992) 142-144 (colour
temperature); CIE 15 daylight locus.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

LUMA = (0.2126, 0.7152, 0.0722)  # Rec. 709 luminance of linear R, G, B
XYZ_FROM_RGB = (
    (0.4123907993, 0.3575843394, 0.1804807884),
    (0.2126390059, 0.7151686788, 0.0721923154),
    (0.0193308187, 0.1191947798, 0.9505321522),
)
RGB_FROM_XYZ = (
    (3.2409699419, -1.5373831776, -0.4986107603),
    (-0.9692436363, 1.8759675015, 0.0415550574),
    (0.0556300797, -0.2039769589, 1.0569715142),
)
WHITE_D65 = (0.9504559271, 1.0, 1.0890577508)


def linear_from_srgb(srgb: Tensor) -> Tensor:
    """Linear light [0, 1] from sRGB-encoded values [0, 1]; any shape."""
    import torch

    return torch.where(srgb <= 0.04045, srgb / 12.92, ((srgb.clamp_min(0) + 0.055) / 1.055) ** 2.4)


def srgb_from_linear(linear: Tensor) -> Tensor:
    """sRGB-encoded values [0, 1] from linear light [0, 1]; any shape; negative values stay on the linear branch."""
    import torch

    encoded = 1.055 * linear.clamp_min(0.0031308) ** (1 / 2.4) - 0.055
    return torch.where(linear <= 0.0031308, linear * 12.92, encoded)


def linear_of(srgb: np.ndarray) -> np.ndarray:
    """Linear light [0, 1] of an array of sRGB-encoded values [0, 1]; any shape, same type."""
    light = ((np.maximum(srgb, 0) + 0.055) / 1.055) ** 2.4
    return np.where(srgb <= 0.04045, srgb / 12.92, light).astype(srgb.dtype, copy=False)


def srgb_of(linear: np.ndarray) -> np.ndarray:
    """sRGB-encoded values [0, 1] of an array of linear light [0, 1]; any shape, same type."""
    encoded = 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, linear * 12.92, encoded).astype(linear.dtype, copy=False)


def luminance(rgb: Tensor) -> Tensor:
    """Relative luminance ``(1, ...)`` of linear ``(3, ...)``, Rec. 709."""
    return LUMA[0] * rgb[0:1] + LUMA[1] * rgb[1:2] + LUMA[2] * rgb[2:3]


def lab_from_linear(rgb: Tensor) -> Tensor:
    """CIELAB (D65) ``(3, ...)`` of linear Rec. 709 ``(3, ...)``: L 0..100."""
    import torch

    xyz = torch.tensordot(rgb.new_tensor(XYZ_FROM_RGB), rgb, dims=1)
    t = xyz / rgb.new_tensor(WHITE_D65).reshape(3, *[1] * (rgb.ndim - 1))
    f = torch.where(t > (6 / 29) ** 3, t.clamp_min(1e-9) ** (1 / 3), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return torch.stack([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def linear_from_lab(lab: Tensor) -> Tensor:
    """Linear Rec. 709 ``(3, ...)`` of CIELAB (D65) ``(3, ...)``; may leave [0, 1]."""
    import torch

    fy = (lab[0] + 16) / 116
    f = torch.stack([fy + lab[1] / 500, fy, fy - lab[2] / 200])
    t = torch.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29))
    xyz = t * lab.new_tensor(WHITE_D65).reshape(3, *[1] * (lab.ndim - 1))
    return torch.tensordot(lab.new_tensor(RGB_FROM_XYZ), xyz, dims=1)


def cct_from_rgb(rgb: tuple[float, float, float]) -> float:
    """Correlated colour temperature in kelvin of a linear Rec. 709 colour, McCamy 1992, clamped to 1,700-25,000.

    Examples
    --------
    >>> round(cct_from_rgb((1.0, 1.0, 1.0)) / 100)
    65
    """
    x, y, z = (sum(row[i] * max(rgb[i], 0.0) for i in range(3)) for row in XYZ_FROM_RGB)
    total = x + y + z
    if total <= 0 or not math.isfinite(total):
        return 6504.0
    n = (x / total - 0.3320) / (0.1858 - y / total)
    return min(max(449 * n**3 + 3525 * n**2 + 6823.3 * n + 5520.33, 1700.0), 25000.0)


def rgb_from_cct(cct_k: float) -> tuple[float, float, float]:
    """Linear Rec. 709 colour, green = 1, of a light at `cct_k` kelvin: daylight, and a glowing body where it is warm.

    Daylight (CIE locus) from 4,500 K, a Planckian radiator to 3,500 K, and a mixture between, so that a light that
    changes slowly never changes its colour in a step.
    """
    t = min(max(cct_k, 1700.0), 25000.0)
    mix = min(max((t - 3500.0) / 1000.0, 0.0), 1.0)
    mix = mix * mix * (3 - 2 * mix)
    x, y = (mix * d + (1 - mix) * p for d, p in zip(_daylight_xy(max(t, 3500.0)), _planck_xy(t), strict=True))
    big = (x / y, 1.0, (1 - x - y) / y)
    r, g, b = (max(sum(row[i] * big[i] for i in range(3)), 1e-3) for row in RGB_FROM_XYZ)
    return r / g, 1.0, b / g


def _daylight_xy(t: float) -> tuple[float, float]:
    """Chromaticity of daylight, CIE 15; the formula is made for 4,000 K and more."""
    if t <= 7000:
        x = -4.6070e9 / t**3 + 2.9678e6 / t**2 + 0.09911e3 / t + 0.244063
    else:
        x = -2.0064e9 / t**3 + 1.9018e6 / t**2 + 0.24748e3 / t + 0.237040
    return x, -3.0 * x * x + 2.870 * x - 0.275


def _planck_xy(t: float) -> tuple[float, float]:
    """Chromaticity of a Planckian radiator: cubic spline of Kim et al. 2002, made for up to 25,000 K."""
    if t <= 4000:
        x = -0.2661239e9 / t**3 - 0.2343589e6 / t**2 + 0.8776956e3 / t + 0.179910
    else:
        x = -3.0258469e9 / t**3 + 2.1070379e6 / t**2 + 0.2226347e3 / t + 0.240390
    if t <= 2222:
        return x, -1.1063814 * x**3 - 1.34811020 * x**2 + 2.18555832 * x - 0.20219683
    if t <= 4000:
        return x, -0.9549476 * x**3 - 1.37418593 * x**2 + 2.09137015 * x - 0.16748867
    return x, 3.0817580 * x**3 - 5.87338670 * x**2 + 3.75112997 * x - 0.37001483
