"""Differences between the person and the surround, as numbers: what the score of realism is made of.

Every number is 0 where both sides are alike. None of them tells what the picture shows, how large the person is or
where they stand, so that the score cannot learn which subjects are popular.

References: J.-F. Lalonde, A. A. Efros, Using color compatibility for assessing image realism, ICCV 2007 (palettes,
local and global); S. Xue et al., Understanding and improving the realism of image composites, SIGGRAPH 2012 (which
statistics matter: luminance, contrast, colour temperature, saturation at highlights and shadows).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scenechange.critic.regions import Regions

QUANTILES = (0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98)
PALETTE = 400
"""Colours of each side that are compared with each other."""


def gaps_of(regions: Regions) -> dict[str, float]:
    """All differences by name; prefixes ``near.`` and ``all.`` tell which surround."""
    found: dict[str, float] = {}
    for prefix, surround in (("near", regions.near), ("all", regions.around)):
        there = _tone_gaps(regions, surround) | _palette_gaps(regions, surround) | _white_gaps(regions, surround)
        there |= _texture_gaps(regions, surround)
        found |= {f"{prefix}.{name}": number for name, number in there.items()}
    return found | _rim_gaps(regions)


def _tone_gaps(regions: Regions, surround: np.ndarray) -> dict[str, float]:
    """Lightness, chroma and opponent colours: quantiles, means, spreads."""
    a, b = regions.lab[regions.inside], regions.lab[surround]
    chroma_a, chroma_b = np.hypot(a[:, 1], a[:, 2]), np.hypot(b[:, 1], b[:, 2])
    out = {f"{name}.mean": float(x - y) for name, x, y in zip("Lab", a.mean(0), b.mean(0), strict=True)}
    out["distance"] = float(np.linalg.norm(a.mean(0) - b.mean(0)))
    for q in QUANTILES:
        out[f"L.q{q:g}"] = float(np.quantile(a[:, 0], q) - np.quantile(b[:, 0], q))
    for q in (0.5, 0.9):
        out[f"chroma.q{q:g}"] = float(np.quantile(chroma_a, q) - np.quantile(chroma_b, q))
    for name, x, y in zip("Lab", a.T, b.T, strict=True):
        out[f"{name}.spread"] = float(np.log((x.std() + 1) / (y.std() + 1)))
        out[f"{name}.moved"] = _moved(x, y)
    out["L.skew"] = _skew(a[:, 0]) - _skew(b[:, 0])
    out["saturation"] = float(
        np.median(_saturation(regions.srgb[regions.inside])) - np.median(_saturation(regions.srgb[surround]))
    )
    return out


def _saturation(srgb: np.ndarray) -> np.ndarray:
    return (srgb.max(1) - srgb.min(1)) / np.maximum(srgb.max(1), 0.02)


def _skew(x: np.ndarray) -> float:
    return float((((x - x.mean()) / (x.std() + 1)) ** 3).mean())


def _moved(x: np.ndarray, y: np.ndarray) -> float:
    """Earth mover's distance of two samples on a line."""
    q = np.linspace(0.01, 0.99, 50)
    return float(np.abs(np.quantile(x, q) - np.quantile(y, q)).mean())


def _palette_gaps(regions: Regions, surround: np.ndarray) -> dict[str, float]:
    """How far colours of one side are from the nearest colours of the other, in CIELAB."""
    a, b = (_some(regions.lab[side]) for side in (regions.inside, surround))
    apart = np.sqrt(np.maximum((a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T, 0))
    here, there = apart.min(1), apart.min(0)
    ab = np.sqrt(((a[:, None, 1:] - b[None, :, 1:]) ** 2).sum(2))
    hue_a, hue_b = _hues(a), _hues(b)
    return {
        "palette.out": float(here.mean()),
        "palette.out90": float(np.quantile(here, 0.9)),
        "palette.in": float(there.mean()),
        "palette.ab": float(ab.min(1).mean()),
        "palette.apart": float(apart.mean() - 0.5 * _within(a) - 0.5 * _within(b)),  # energy distance
        "palette.hue": float(0.5 * np.abs(hue_a - hue_b).sum()),
    }


def _some(colours: np.ndarray) -> np.ndarray:
    return colours[np.linspace(0, len(colours) - 1, min(len(colours), PALETTE)).round().astype(int)]


def _within(a: np.ndarray) -> float:
    return float(np.sqrt(np.maximum((a**2).sum(1)[:, None] + (a**2).sum(1)[None] - 2 * a @ a.T, 0)).mean())


def _hues(lab: np.ndarray) -> np.ndarray:
    """Histogram of hues weighted by chroma, smoothed over 24 bins, sum 1."""
    hue, chroma = np.arctan2(lab[:, 2], lab[:, 1]), np.hypot(lab[:, 1], lab[:, 2]) + 1e-3
    bins = np.bincount(((hue + np.pi) / (2 * np.pi) * 24).astype(int) % 24, chroma, 24)
    bins = bins + 0.5 * (np.roll(bins, 1) + np.roll(bins, -1))
    return bins / bins.sum()


def _white_gaps(regions: Regions, surround: np.ndarray) -> dict[str, float]:
    """Estimates of the light's colour on both sides: grey world, shades of grey, brightest tenth; log ratios."""
    out: dict[str, float] = {}
    a, b = regions.linear[regions.inside] + 0.003, regions.linear[surround] + 0.003
    for name, estimate in (("grey", _grey), ("shades", _shades), ("bright", _bright)):
        x, y = np.log(estimate(a)), np.log(estimate(b))
        out[f"{name}.warm"] = float((x[0] - x[2]) - (y[0] - y[2]))
        out[f"{name}.tint"] = float((x[1] - (x[0] + x[2]) / 2) - (y[1] - (y[0] + y[2]) / 2))
        out[f"{name}.level"] = float(x.mean() - y.mean())
    dark_a, dark_b = np.quantile(a.min(1), 0.05), np.quantile(b.min(1), 0.05)
    out["haze"] = float(np.log(dark_a / dark_b))
    return out


def _grey(x: np.ndarray) -> np.ndarray:
    mean: np.ndarray = x.mean(0)
    return mean


def _shades(x: np.ndarray) -> np.ndarray:
    power: np.ndarray = (x**5).mean(0) ** 0.2
    return power


def _bright(x: np.ndarray) -> np.ndarray:
    light = x.sum(1)
    mean: np.ndarray = x[light >= np.quantile(light, 0.9)].mean(0)
    return mean


def _texture_gaps(regions: Regions, surround: np.ndarray) -> dict[str, float]:
    """Energy of detail in lightness at four scales, as log ratios."""
    import cv2

    out: dict[str, float] = {}
    rest = regions.lab[..., 0]
    for level in range(4):
        blurred = cv2.GaussianBlur(rest, (0, 0), 2.0**level)
        detail = np.abs(rest - blurred)
        out[f"detail{level}"] = float(np.log((detail[regions.inside].mean() + 0.1) / (detail[surround].mean() + 0.1)))
        out[f"flat{level}"] = float(
            np.log((np.quantile(detail[regions.inside], 0.2) + 0.05) / (np.quantile(detail[surround], 0.2) + 0.05))
        )
        rest = blurred
    return out


def _rim_gaps(regions: Regions) -> dict[str, float]:
    """The step across the outline against the steps within both sides."""
    import cv2

    person = (regions.share > 0.5).astype(np.uint8)
    distance = cv2.distanceTransform(person, cv2.DIST_L2, 5) - cv2.distanceTransform(1 - person, cv2.DIST_L2, 5)
    lab = cv2.GaussianBlur(regions.lab, (0, 0), 0.7)
    gx, gy = np.zeros_like(lab), np.zeros_like(lab)
    gx[:, 1:-1], gy[1:-1] = lab[:, 2:] - lab[:, :-2], lab[2:] - lab[:-2]
    slope = np.sqrt((gx**2 + gy**2).sum(2))
    rim, inner, outer = np.abs(distance) <= 1.5, (distance > 3) & (distance < 9), (distance < -3) & (distance > -9)
    frame = np.zeros(rim.shape, bool)
    frame[2:-2, 2:-2] = True
    rim, inner, outer = rim & frame, inner & frame, outer & frame
    if min(rim.sum(), inner.sum(), outer.sum()) < 20:
        return {"rim.step": 0.0, "rim.sharp": 0.0, "rim.apart": 0.0}
    both = np.concatenate([slope[inner], slope[outer]])
    return {
        "rim.step": float(np.log((slope[rim].mean() + 1) / (both.mean() + 1))),
        "rim.sharp": float(np.log((np.quantile(slope[rim], 0.9) + 1) / (np.quantile(both, 0.9) + 1))),
        "rim.apart": float(np.linalg.norm(lab[inner].mean(0) - lab[outer].mean(0))),
    }
