"""A light or dark line along the outline that belongs neither to the person nor to the place behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenechange.critic.findings import Cue
from scenechange.critic.learned import usual

if TYPE_CHECKING:
    from torch import Tensor

POINTS = 600
"""Points of the outline that are looked at."""
REACH, RIM = 7, 2
"""Half length of the cuts across the outline, and of their middle part that counts as rim, in pixels."""


def halo_cue(rgb: Tensor, mask: Tensor) -> Cue:
    """Mean overshoot of the rim beyond both sides, less that of the same cuts moved to the inside and outside.

    An outline that was mixed rightly runs from the person's colour to that of the place without leaving the range
    between them. Texture leaves it by chance as often inside as at the rim, hence the difference.

    Parameters
    ----------
    rgb : Tensor
        ``(3, H, W)`` linear light of the finished picture.
    mask : Tensor
        ``(H, W)`` opacity of the person.
    """
    cuts = _cuts(rgb, mask)
    if cuts is None:
        return Cue("edge halo", None, "too small")
    rim = _overshoot(cuts, 0)
    signed = _trimmed(rim)
    texture = [_trimmed(_overshoot(cuts, shift)) for shift in (-SHIFT, SHIFT)]
    gap = signed - float(np.mean(texture))
    return Cue("edge halo", gap, "light" if gap > 0 else "dark", {"gap": abs(gap)}, usual("edge halo"))


SHIFT = 9
"""How far the cuts that show the texture lie inside and outside, in pixels."""


def _cuts(rgb: Tensor, mask: Tensor) -> np.ndarray | None:
    """Lightness ``(N, 2 (REACH + SHIFT) + 1)`` along cuts from outside to inside; None where the outline is short."""
    import cv2
    import torch

    from scenechange.math.colour import lab_from_linear

    inside = (mask.numpy() > 0.5).astype(np.uint8)
    lines, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not lines:
        return None
    soft = cv2.GaussianBlur(mask.numpy(), (0, 0), 3.0)
    points = np.concatenate([line[:, 0] for line in lines])
    points = points[np.linspace(0, len(points) - 1, min(len(points), POINTS)).round().astype(int)]
    (h, w), far = mask.shape, REACH + SHIFT
    margin = far + 2
    kept = (points > margin).all(1) & (points[:, 0] < w - margin) & (points[:, 1] < h - margin)
    x, y = points[kept].T
    gx, gy = soft[y, x + 1] - soft[y, x - 1], soft[y + 1, x] - soft[y - 1, x]
    length = np.hypot(gx, gy)
    clear = length > 0.02  # corners and hair have no direction
    if int(clear.sum()) < 40:
        return None
    x, y, gx, gy = x[clear], y[clear], (gx / length.clip(1e-6))[clear], (gy / length.clip(1e-6))[clear]
    steps = np.arange(-far, far + 1)
    xs, ys = x[:, None] + steps * gx[:, None], y[:, None] + steps * gy[:, None]
    x0, y0 = np.floor(xs).astype(int).clip(0, w - 2), np.floor(ys).astype(int).clip(0, h - 2)
    corners = [rgb[:, torch.from_numpy(y0 + b), torch.from_numpy(x0 + a)] for b in (0, 1) for a in (0, 1)]
    fx, fy = (torch.from_numpy((v - v0).clip(0, 1)).float() for v, v0 in ((xs, x0), (ys, y0)))
    top, bottom = torch.lerp(corners[0], corners[1], fx), torch.lerp(corners[2], corners[3], fx)
    lightness: np.ndarray = lab_from_linear(torch.lerp(top, bottom, fy))[0].numpy()
    return lightness


def _overshoot(cuts: np.ndarray, shift: int) -> np.ndarray:
    """How far ``(N,)`` the rim passes both sides, upwards positive, for cuts moved by `shift` pixels inwards."""
    middle = cuts.shape[1] // 2 + shift
    outer, inner = cuts[:, middle - REACH : middle - RIM], cuts[:, middle + RIM + 1 : middle + REACH + 1]
    low, high = np.minimum(outer.mean(1), inner.mean(1)), np.maximum(outer.mean(1), inner.mean(1))
    rim = cuts[:, middle - RIM : middle + RIM + 1]
    above, below = rim.max(1) - high, low - rim.min(1)
    return np.where(above > below, np.maximum(above, 0), -np.maximum(below, 0))


def _trimmed(values: np.ndarray) -> float:
    """Mean without the highest and lowest tenth."""
    low, high = np.quantile(values, [0.1, 0.9])
    return float(values[(values >= low) & (values <= high)].mean())
