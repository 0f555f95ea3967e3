"""Move line segments onto the image edge they follow."""

from __future__ import annotations

import numpy as np

SAMPLES = 32  # points along a segment
STEP_PX = 0.5
REACHES_PX = (4.0, 1.5)  # search wide first, then again close by
SOLID_CONTRAST = 4.0  # grey levels per pixel at which an edge point counts half


def snap_to_edges(grey: np.ndarray, segments_xyxy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Segments moved and turned onto the strongest edge of constant polarity close by.

    Parameters
    ----------
    grey : ndarray
        ``(H, W)`` uint8.
    segments_xyxy : ndarray
        ``(N, 4)`` pixels.

    Returns
    -------
    snapped_xyxy : ndarray
        ``(N, 4)`` pixels.
    share : ndarray
        ``(N,)`` how much of each segment, 0 to 1, has an edge within one pixel of the new line.
    """
    import cv2

    if not len(segments_xyxy):
        return segments_xyxy.reshape(0, 4), np.zeros(0)
    levels = grey.astype(np.float32)
    gradient = [cv2.Sobel(levels, cv2.CV_32F, *order, ksize=3, scale=1 / 8) for order in ((1, 0), (0, 1))]
    out, share = segments_xyxy, np.zeros(len(segments_xyxy))
    for reach in REACHES_PX:
        out, share = _move(gradient, out, reach)
    return out, share


def _move(gradient: list[np.ndarray], segments: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
    step = segments[:, 2:] - segments[:, :2]
    normal = np.stack([-step[:, 1], step[:, 0]], 1) / np.maximum(np.hypot(*step.T), 1e-6)[:, None]
    u = np.linspace(0.04, 0.96, SAMPLES)
    across = np.arange(-reach, reach + STEP_PX / 2, STEP_PX)
    slope = _slope_across(gradient, segments, step, normal, u, across)
    offset, strength = _strongest(slope, across, reach)
    first, last, share = _fit(offset, strength, u)
    return segments + np.concatenate([normal * first[:, None], normal * last[:, None]], 1), share


def _slope_across(
    gradient: list[np.ndarray],
    segments: np.ndarray,
    step: np.ndarray,
    normal: np.ndarray,
    u: np.ndarray,
    across: np.ndarray,
) -> np.ndarray:
    """``(N, samples, offsets)`` brightness slope along the normal, positive in the segment's own polarity."""
    import cv2

    on_line = segments[:, None, :2] + u[:, None] * step[:, None]
    at = (on_line[:, :, None] + across[:, None] * normal[:, None, None]).astype(np.float32)
    flat = at.reshape(len(segments), -1, 2)
    xs, ys = np.ascontiguousarray(flat[..., 0]), np.ascontiguousarray(flat[..., 1])
    gx, gy = (cv2.remap(g, xs, ys, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) for g in gradient)
    slope = (gx * normal[:, :1] + gy * normal[:, 1:]).reshape(at.shape[:3])
    polarity = np.where(slope.sum((1, 2)) < 0, -1.0, 1.0)
    return np.maximum(slope * polarity[:, None, None], 0)


def _strongest(slope: np.ndarray, across: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """Offset of the strongest slope at each sample, to a fraction of a step (parabola), and its strength."""
    peak = (slope * np.exp(-0.5 * (across / reach) ** 2)).argmax(2).clip(1, len(across) - 2)
    left, centre, right = (np.take_along_axis(slope, (peak + d)[..., None], 2)[..., 0] for d in (-1, 0, 1))
    bend = left - 2 * centre + right
    curved = np.abs(bend) > 1e-6
    shift = np.where(curved, 0.5 * (left - right) / np.where(curved, bend, 1), 0).clip(-1, 1)
    return across[peak] + STEP_PX * shift, centre


def _fit(offset: np.ndarray, strength: np.ndarray, u: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Offsets of both ends by a robust line fit, and the share of samples it explains to within a pixel."""
    solid = strength / (strength + SOLID_CONTRAST)
    x = u - 0.5
    trust = np.ones_like(offset)
    for _ in range(6):
        weight = solid * trust
        total = weight.sum(1) + 1e-9
        mean_x, mean_y = (weight * x).sum(1) / total, (weight * offset).sum(1) / total
        dx, dy = x - mean_x[:, None], offset - mean_y[:, None]
        tilt = (weight * dx * dy).sum(1) / ((weight * dx**2).sum(1) + 1e-9)
        residual = dy - tilt[:, None] * dx
        trust = 1 / (1 + (residual / 0.5) ** 2)
    share = (solid * (np.abs(residual) < 1)).sum(1) / offset.shape[1]
    return mean_y + tilt * (-0.5 - mean_x), mean_y + tilt * (0.5 - mean_x), share
