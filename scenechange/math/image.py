"""Images as arrays: resampling in linear light, premultiplied colour, boxes. Pure functions.

References: Porter & Duff, Compositing Digital Images, SIGGRAPH 1984 (premultiplied colour, over).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

Box = tuple[int, int, int, int]


def rows_cols_channels(image: Tensor) -> np.ndarray:
    """``(H, W, C)`` contiguous float32 array of a ``(C, H, W)`` tensor; always a copy."""
    import cv2

    planes = image.detach().cpu().numpy()
    return cv2.merge(list(planes)).reshape(*planes.shape[1:], len(planes))  # several times faster than a transpose


def channels_rows_cols(image: np.ndarray) -> Tensor:
    """``(C, H, W)`` contiguous float32 tensor of an ``(H, W, C)`` or ``(H, W)`` array."""
    import cv2
    import torch

    if image.ndim == 2:
        return torch.from_numpy(np.ascontiguousarray(image, dtype=np.float32))[None]
    pixels = np.asarray(image, dtype=np.float32)
    planes = torch.empty((pixels.shape[2], *pixels.shape[:2]))
    for channel, plane in enumerate(planes):
        plane.copy_(torch.from_numpy(cv2.extractChannel(pixels, channel)))
    return planes


def resize(image: Tensor, size_hw: tuple[int, int]) -> Tensor:
    """``(C, h, w)`` resampled: area mean when smaller, bilinear when larger; same colour space as given."""
    import torch

    if (int(image.shape[1]), int(image.shape[2])) == size_hw:
        return image
    return torch.from_numpy(resize_planes(_planes(image), size_hw))


def resize_planes(planes: np.ndarray, size_hw: tuple[int, int]) -> np.ndarray:
    """``(C, h, w)`` float32 of ``(C, H, W)``: area mean when smaller, bilinear when larger."""
    import cv2

    out = np.empty((len(planes), *size_hw), np.float32)
    shrinks = size_hw[0] * size_hw[1] < planes.shape[1] * planes.shape[2]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    for plane, target in zip(planes, out, strict=True):  # plane by plane: no copy into (H, W, C) and back
        cv2.resize(_halved(plane, size_hw), (size_hw[1], size_hw[0]), dst=target, interpolation=method)
    return out


def _halved(plane: np.ndarray, size_hw: tuple[int, int]) -> np.ndarray:
    """Area means of 2 x 2 pixels while both edges are even and stay at least `size_hw`: quicker than in one step."""
    import cv2

    while not (plane.shape[0] % 2 or plane.shape[1] % 2) and all(
        n >= 2 * m for n, m in zip(plane.shape, size_hw, strict=True)
    ):
        plane = cv2.resize(plane, (plane.shape[1] // 2, plane.shape[0] // 2), interpolation=cv2.INTER_AREA)
    return plane


def _planes(image: Tensor) -> np.ndarray:
    return np.ascontiguousarray(image.detach().cpu().numpy())


def fit_within(size_hw: tuple[int, int], long_side: int) -> tuple[int, int]:
    """Size with the same aspect whose longer side is at most `long_side`; at least one pixel; never enlarged.

    Examples
    --------
    >>> fit_within((3000, 4000), 1000)
    (750, 1000)
    """
    factor = min(1.0, long_side / max(size_hw))
    return max(1, round(size_hw[0] * factor)), max(1, round(size_hw[1] * factor))


def box_of(alpha: Tensor, threshold: float = 0.0) -> Box | None:
    """Box x0, y0, x1, y1 (end exclusive) of values above `threshold` in ``(1, H, W)``; None where there are none."""
    if alpha.numel() == 0:
        return None
    rows, cols = ((alpha[0].amax(dim) > threshold).nonzero() for dim in (1, 0))  # bool reductions are ten times slower
    if len(rows) == 0:
        return None
    return int(cols[0]), int(rows[0]), int(cols[-1]) + 1, int(rows[-1]) + 1


def warp_rgba(foreground: Tensor, alpha: Tensor, out_from_in: np.ndarray, window_xyxy: Box) -> tuple[Tensor, Tensor]:
    """Straight colour ``(3, h, w)`` and alpha ``(1, h, w)`` warped by a homography into a window, without aliasing.

    Works on premultiplied colour in linear light. A reduction is an area mean first: by a whole number from 2 on,
    rounded down, to the nearest whole size below 2. The rest is a cubic interpolation (so that no second softening
    comes in: beside a fourfold sampled truth, rounding to the nearest errs up to 1.7 times as much).
    Outside the input alpha is 0.

    Parameters
    ----------
    foreground, alpha : Tensor
        ``(3, h, w)`` straight linear colour, ``(1, h, w)`` in [0, 1].
    out_from_in : ndarray
        ``(3, 3)`` homography of pixel centres; its scale may differ little over the input.
    window_xyxy : tuple of int
        The part of the output that is wanted.
    """
    import cv2
    import torch

    x0, y0, x1, y1 = window_xyxy
    layers, in_from_small = _reduced(foreground, alpha, out_from_in, window_xyxy)
    window_from_small = np.array([[1, 0, -x0], [0, 1, -y0], [0, 0, 1.0]]) @ out_from_in @ in_from_small
    is_affine = not out_from_in[2, :2].any()
    warp, by = (cv2.warpAffine, window_from_small[:2]) if is_affine else (cv2.warpPerspective, window_from_small)
    size_wh = x1 - x0, y1 - y0
    warped = warp(cv2.merge(list(layers)), by, size_wh, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT)
    out = np.empty((4, y1 - y0, x1 - x0), np.float32)
    cv2.split(warped, list(out))
    # Colour is divided by the opacity before that is clamped: a cubic kernel overshoots both alike at an edge.
    colour, new_alpha = out[:3], out[3:]
    np.divide(colour, np.maximum(new_alpha, 1 / 512), out=colour)
    np.clip(out, 0, 1, out=out)
    new_alpha[new_alpha < 1 / 512] = 0
    new_alpha[new_alpha > 1 - 1 / 512] = 1
    return torch.from_numpy(colour), torch.from_numpy(new_alpha)


def _reduced(foreground: Tensor, alpha: Tensor, out_from_in: np.ndarray, window: Box) -> tuple[np.ndarray, np.ndarray]:
    """Premultiplied colour and opacity ``(4, h', w')`` near the size they come out at, and the map of it to the input.

    By a whole number only what `window` shows is reduced: 12 megapixels are read once, and nothing is written at
    their size.
    """
    import cv2

    colour, opacity = _planes(foreground), _planes(alpha)[0]
    h, w = opacity.shape
    scale = _scale_at(out_from_in, ((w - 1) / 2, (h - 1) / 2))
    if 0.5 < scale < 1:  # plane by plane is quicker here; the warp weighs all four at once
        small_wh = (max(1, round(w * scale)), max(1, round(h * scale)))
        layers = [plane * opacity for plane in colour] + [opacity]
        small = np.stack([cv2.resize(layer, small_wh, interpolation=cv2.INTER_AREA) for layer in layers])
        return small, _in_from_small(w / small_wh[0], h / small_wh[1], (0, 0))
    by = max(1, int(1 / scale))
    x0, y0, x1, y1 = _seen_part(out_from_in, window, (h, w), by)
    return _area_means(colour[:, y0:y1, x0:x1], opacity[y0:y1, x0:x1], by), _in_from_small(by, by, (x0, y0))


def _in_from_small(sx: float, sy: float, from_xy: tuple[int, int]) -> np.ndarray:
    """Map ``(3, 3)`` of pixel centres: in = s * (small + 0.5) - 0.5, plus where the reduced part begins."""
    return np.array([[sx, 0, sx / 2 - 0.5 + from_xy[0]], [0, sy, sy / 2 - 0.5 + from_xy[1]], [0, 0, 1]])


def _seen_part(out_from_in: np.ndarray, window: Box, size_hw: tuple[int, int], step: int) -> Box:
    """The part of an input of `size_hw` that `window` shows, with what the cubic kernel reaches; starts at a `step`."""
    h, w = size_hw
    x0, y0, x1, y1 = window
    corners = np.linalg.inv(out_from_in) @ np.array([[x0, x1, x0, x1], [y0, y0, y1, y1], [1.0, 1, 1, 1]])
    if (corners[2] * corners[2, 0] <= 0).any():  # the window reaches beyond the horizon of the map
        return 0, 0, w, h
    xy, reach = corners[:2] / corners[2], 4.0 * step
    low = (np.floor((xy.min(1) - reach) / step).clip(0) * step).astype(int)
    high = np.ceil(xy.max(1) + reach).astype(int)
    return min(int(low[0]), w - 1), min(int(low[1]), h - 1), int(high[0].clip(1, w)), int(high[1].clip(1, h))


def _area_means(colour: np.ndarray, opacity: np.ndarray, by: int) -> np.ndarray:
    """``(4, rows, columns)`` premultiplied colour and opacity: means of `by` x `by` pixels, nothing beyond the edge."""
    h, w = opacity.shape
    if by == 1:
        return np.concatenate([colour * opacity, opacity[None]])
    columns, whole = -(-w // by), h // by
    sums = np.zeros((4, -(-h // by), columns * by), np.float32)
    for first, last, row in ((0, whole * by, slice(0, whole)), (whole * by, h, slice(whole, None))):
        if first == last:
            continue
        groups = (-1, min(by, last - first), w)
        seen = opacity[first:last].reshape(groups)
        for plane, into in zip(colour, sums, strict=False):
            np.einsum("ikj,ikj->ij", plane[first:last].reshape(groups), seen, out=into[row, :w])
        np.einsum("ikj->ij", seen, out=sums[3, row, :w])
    return sums.reshape(4, -1, columns, by) @ np.full(by, 1 / by**2, np.float32)


def _scale_at(homography: np.ndarray, xy: tuple[float, float]) -> float:
    """Root of the area that a homography gives to a unit square at a point."""
    depth = float(homography[2] @ (*xy, 1.0))
    return float(np.sqrt(abs(np.linalg.det(homography) / depth**3)))
