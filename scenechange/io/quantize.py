"""Codes to light and back: 8 and 16-bit sRGB ``(H, W, C)`` arrays <-> linear float32 ``(C, H, W)`` tensors.

Both directions use tables in blocks of rows that stay in the processor's cache. Going to light and back gives the
same codes for all 256 and all 65,536 values. An 8-bit code may differ from exact rounding by at most 1/40 code, for
the table has 65,536 steps and the steepest 8-bit code spans 20 of them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from scenechange.errors import InputError
from scenechange.io.encoding import SRGB, Encoding
from scenechange.math.image import resize

if TYPE_CHECKING:
    from torch import Tensor

ROWS_OF = 1 << 18  # pixels of one block: 1 MB of float32


def from_uint8(codes: np.ndarray) -> Tensor:
    """Linear light ``(C, H, W)`` float32 of sRGB codes ``(H, W, C)`` or ``(H, W)`` uint8.

    Raises
    ------
    InputError
        Another shape or type.

    Examples
    --------
    >>> import numpy as np
    >>> from_uint8(np.full((1, 2, 3), 255, np.uint8)).shape
    torch.Size([3, 1, 2])
    """
    return _from_codes(codes, np.dtype(np.uint8))


def from_uint16(codes: np.ndarray) -> Tensor:
    """Linear light ``(C, H, W)`` float32 of sRGB codes ``(H, W, C)`` or ``(H, W)`` uint16, 65,535 = white."""
    return _from_codes(codes, np.dtype(np.uint16))


def to_uint8(rgb: Tensor) -> np.ndarray:
    """sRGB codes ``(H, W, C)`` uint8 of linear light ``(C, H, W)``; values outside [0, 1] are clamped.

    Raises
    ------
    InputError
        Another shape or type, or values that are not finite.
    """
    import cv2

    table = _encode_table()
    planes = _planes(rgb)
    out = np.empty((*planes.shape[1:], planes.shape[0]), np.uint8)
    for rows in row_blocks(planes.shape[1:]):
        for channel, plane in enumerate(planes):
            # Rounds and saturates in one go; OpenCV's annotations forget that it multiplies by numbers.
            light = np.ascontiguousarray(plane[rows])
            index = cv2.multiply(light, 65535.0, dtype=cv2.CV_16U)  # type: ignore[call-overload]
            out[rows, :, channel] = table.take(index)
    return out


def to_uint16(rgb: Tensor) -> np.ndarray:
    """sRGB codes ``(H, W, C)`` uint16 of linear light ``(C, H, W)``; values outside [0, 1] are clamped."""
    planes = _planes(rgb)
    out = np.empty((*planes.shape[1:], planes.shape[0]), np.uint16)
    for rows in row_blocks(planes.shape[1:]):
        for channel, plane in enumerate(planes):
            light = plane[rows].clip(0, 1)
            curved = np.float32(1.055) * light ** np.float32(1 / 2.4) - np.float32(0.055)
            code = np.where(light <= np.float32(0.0031308), light * np.float32(12.92), curved)
            out[rows, :, channel] = (code * np.float32(65535) + np.float32(0.5)).astype(np.uint16)
    return out


def light_planes(codes: np.ndarray, top: int, encoding: Encoding) -> np.ndarray:
    """Light ``(C, H, W)`` float32, not yet clipped, of codes ``(H, W, C)`` uint8 or uint16 with full scale `top`."""
    import cv2

    channels = codes.shape[2]
    tables = encoding.tables(top, channels)
    out = np.empty((channels, *codes.shape[:2]), np.float32)
    for rows in row_blocks(codes.shape[:2]):
        for channel in range(channels):
            block = np.ascontiguousarray(codes[rows, :, channel])
            if codes.dtype == np.uint8 and top == 255:
                cv2.LUT(block, tables[channel], out[channel, rows])
            else:
                tables[channel].take(block, out=out[channel, rows], mode="clip")
    return out


def row_blocks(size_hw: tuple[int, ...]) -> list[slice]:
    """Slices of rows that cover a picture in blocks of about `ROWS_OF` pixels."""
    height, width = size_hw
    step = max(1, ROWS_OF // width)
    return [slice(start, min(start + step, height)) for start in range(0, height, step)]


@cache
def _encode_table() -> np.ndarray:
    light = np.arange(65536) / 65535
    code = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.rint(code * 255).astype(np.uint8)


def _from_codes(codes: np.ndarray, kind: np.dtype) -> Tensor:
    import torch

    if not isinstance(codes, np.ndarray) or codes.dtype != kind or codes.ndim not in (2, 3) or 0 in codes.shape:
        came = f"{codes.dtype} {codes.shape}" if isinstance(codes, np.ndarray) else type(codes).__name__
        raise InputError(f"codes: wanted a {kind} array (H, W, C) or (H, W), got {came}")
    top = 255 if kind == np.uint8 else 65535
    return torch.from_numpy(light_planes(codes.reshape(*codes.shape[:2], -1), top, SRGB))


def _planes(rgb: Tensor) -> np.ndarray:
    """The tensor as an array ``(C, H, W)``, checked."""
    import torch

    if not isinstance(rgb, torch.Tensor) or rgb.dtype != torch.float32 or rgb.ndim != 3 or 0 in rgb.shape:
        came = f"{rgb.dtype} {tuple(rgb.shape)}" if isinstance(rgb, torch.Tensor) else type(rgb).__name__
        raise InputError(f"rgb: wanted a torch float32 tensor (C, H, W), got {came}")
    planes = rgb.detach().cpu().numpy()
    # One nan or infinity makes the sum one: far cheaper than a test of every value.
    if not np.isfinite(planes.sum(dtype=np.float64)):
        raise InputError("rgb: wanted finite values, got nan or infinity")
    return planes


def resized_uint8(rgb: Tensor, size_hw: tuple[int, int]) -> np.ndarray:
    """``(h, w, 3)`` uint8 sRGB of ``(3, H, W)`` linear light, resampled in linear light, a channel at a time."""
    import torch

    return to_uint8(torch.cat([resize(channel[None], size_hw) for channel in rgb]))
