"""How codes in a file become light: one curve per channel, then a matrix to linear Rec. 709.

References: IEC 61966-2-1 (sRGB); Adobe RGB (1998) colour image encoding; ITU-T H.273 (code points of video colour,
also of HEIF, AVIF and PNG cICP); ITU-R BT.2100 (PQ, HLG) and BT.2408 (203 cd/m2 as white); G. Sharma, W. Wu,
E. Dalal and the ICC on Bradford adaptation (ICC.1:2022, annex E).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Curve = Callable[[np.ndarray], np.ndarray]
Primaries = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]

D65 = (0.3127, 0.3290)
D50_XYZ = np.array([0.9642, 1.0, 0.8249])
REC709: Primaries = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
P3: Primaries = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
REC2020: Primaries = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))
ADOBE: Primaries = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


@dataclass(frozen=True, slots=True, eq=False)
class Encoding:
    """Curves from code / full scale in [0, 1] to light (one, or one per channel), and a matrix to linear Rec. 709."""

    curves: tuple[Curve, ...]
    rec709_from_rgb: np.ndarray | None = None

    def tables(self, top: int, channels: int) -> np.ndarray:
        """``(channels, top + 1)`` float32: the light of every code up to `top`."""
        codes = np.arange(top + 1) / top
        rows = [curve(codes).astype(np.float32) for curve in self.curves]
        return np.stack(rows * channels if len(rows) == 1 else rows)


def srgb_curve(code: np.ndarray) -> np.ndarray:
    """Light of sRGB codes, IEC 61966-2-1."""
    return np.where(code <= 0.04045, code / 12.92, ((np.maximum(code, 0) + 0.055) / 1.055) ** 2.4)


def linear_curve(code: np.ndarray) -> np.ndarray:
    """Light of codes that are light already."""
    return np.asarray(code, dtype=np.float64)


def gamma_curve(gamma: float) -> Curve:
    """A pure power."""
    return lambda code: np.maximum(code, 0) ** gamma


def pq_curve(code: np.ndarray) -> np.ndarray:
    """Light of PQ codes (BT.2100), 203 cd/m2 = 1; highlights beyond are for the caller to clip."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    root = np.maximum(code, 0) ** (1 / m2)
    return (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1) * 10000 / 203


def hlg_curve(code: np.ndarray) -> np.ndarray:
    """Light of HLG codes (BT.2100), code 0.75 = 1; scene light, without the display's system gamma."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    light = np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)
    return light / ((np.exp((0.75 - c) / a) + b) / 12)


def xyz_from_rgb(primaries: Primaries, white: tuple[float, float] = D65) -> np.ndarray:
    """3x3 matrix from linear RGB with these chromaticities to CIE XYZ, white at Y = 1."""
    columns = np.array([[x / y, 1.0, (1 - x - y) / y] for x, y in primaries]).T
    white_xyz = np.array([white[0] / white[1], 1.0, (1 - white[0] - white[1]) / white[1]])
    return columns * np.linalg.solve(columns, white_xyz)


def adaptation(from_xyz: np.ndarray, to_xyz: np.ndarray) -> np.ndarray:
    """3x3 Bradford matrix that takes one white in XYZ to the other."""
    return np.linalg.inv(_BRADFORD) @ np.diag((_BRADFORD @ to_xyz) / (_BRADFORD @ from_xyz)) @ _BRADFORD


def rec709_from(primaries: Primaries, white: tuple[float, float] = D65) -> np.ndarray:
    """3x3 matrix from linear RGB with these chromaticities to linear Rec. 709, whites adapted."""
    source, target = xyz_from_rgb(primaries, white), xyz_from_rgb(REC709)
    return np.linalg.solve(target, adaptation(source.sum(axis=1), target.sum(axis=1)) @ source)


SRGB = Encoding((srgb_curve,))
LINEAR = Encoding((linear_curve,))


def adobe_rgb() -> Encoding:
    """Adobe RGB (1998): gamma 563/256."""
    return Encoding((gamma_curve(563 / 256),), rec709_from(ADOBE))


def from_code_points(primaries: int, transfer: int) -> Encoding | None:
    """Encoding of ITU-T H.273 code points; None for those this program does not know (taken as sRGB by the caller).

    The camera curves of Rec. 709, 601 and 2020 (1, 6, 14, 15) are read as sRGB, as every viewer of stills does.
    """
    curves: dict[int, Curve] = dict.fromkeys((1, 2, 6, 13, 14, 15), srgb_curve)
    curves |= {4: gamma_curve(2.2), 5: gamma_curve(2.8), 8: linear_curve, 16: pq_curve, 18: hlg_curve}
    curve = curves.get(transfer)
    matrix = {9: REC2020, 12: P3}.get(primaries)
    if curve is None or primaries not in (1, 2, 5, 6, 7, 9, 12):
        return None
    if curve is srgb_curve and matrix is None:
        return SRGB
    return Encoding((curve,), rec709_from(matrix) if matrix else None)


def from_gamma(gamma: float | None, chromaticities: tuple[float, ...] | None) -> Encoding:
    """Encoding of PNG's gAMA (as exponent of the light, 1/2.2 = sRGB by custom) and cHRM (white, R, G, B as x, y)."""
    is_srgb = gamma is None or abs(gamma * 2.2 - 1) < 0.05
    curve = srgb_curve if is_srgb else gamma_curve(1 / gamma)  # type: ignore[operator]
    if chromaticities is None:
        return SRGB if is_srgb else Encoding((curve,))
    white, *primaries = zip(chromaticities[::2], chromaticities[1::2], strict=True)
    if np.allclose(chromaticities, (*D65, *REC709[0], *REC709[1], *REC709[2]), atol=2e-3):
        return SRGB if is_srgb else Encoding((curve,))
    return Encoding((curve,), rec709_from((primaries[0], primaries[1], primaries[2]), white))
