"""A small label in the corner that says that a picture was put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenechange.errors import InputError
from scenechange.math.colour import linear_from_srgb, srgb_from_linear
from scenechange.math.image import channels_rows_cols, rows_cols_channels

if TYPE_CHECKING:
    from torch import Tensor

SHARE = 0.022
"""Height of the letters as a share of the picture's shorter edge: read by who looks, overlooked by who does not."""
GROUND, LETTER, VEIL = 0.08, 0.96, 0.55


def disclosed(rgb: Tensor, label: str = "Composite picture") -> Tensor:
    """The picture with a label in its lower right corner; nothing else changes.

    Parameters
    ----------
    rgb : Tensor
        ``(3, H, W)`` linear.
    label : str
        Short text of printable ASCII characters, which is what the built-in letters can draw.
    """
    import cv2

    if not label or not label.isascii() or not label.isprintable():
        raise InputError(f"label: wanted a short text in plain ASCII letters, got {label!r}")
    height, width = int(rgb.shape[1]), int(rgb.shape[2])
    tall = max(8.0, SHARE * min(height, width))
    scale, font, thick = tall / 22, cv2.FONT_HERSHEY_DUPLEX, max(1, round(tall / 18))
    (text_w, text_h), below = cv2.getTextSize(label, font, scale, thick)
    pad = round(0.6 * tall)
    box_h, box_w = min(height, text_h + below + pad), min(width, text_w + 2 * pad)
    corner = rgb[:, height - box_h :, width - box_w :]
    plate = (1 - VEIL) * rows_cols_channels(srgb_from_linear(corner)) + VEIL * GROUND
    letters = np.zeros((box_h, box_w), np.uint8)
    cv2.putText(letters, label, (pad, box_h - below - pad // 2), font, scale, 255, thick, cv2.LINE_AA)
    cover = letters[:, :, None].astype(np.float32) / 255
    out = rgb.clone()
    out[:, height - box_h :, width - box_w :] = linear_from_srgb(channels_rows_cols(plate + (LETTER - plate) * cover))
    return out
