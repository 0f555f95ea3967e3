"""Which surfaces a photo shows: ground, tops of things, water, and the rest, by a small network trained for it.

Made by ``weights/train_ground_surfaces.py``; ``weights/README.md`` says on what, and how good it is.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from scenechange.io import resized_uint8
from scenechange.math.image import fit_within

if TYPE_CHECKING:
    from torch import Tensor

    from scenechange.types import Photo

REST, GROUND, TOP, WATER = range(4)
LOOK_SIDE = 512
"""Pixels of the longer side of a picture that are enough for the network."""
LONG_SIDE, SHORT_SIDE = 384, 288
"""Pixels of the picture that the network sees, lying or upright; other shapes are stretched to it."""


def find_surfaces(rgb: np.ndarray) -> np.ndarray:
    """Probability ``(4, rows, columns)`` of each of `network.CLASSES`; the map spans the whole picture.

    Parameters
    ----------
    rgb : ndarray
        ``(h, w, 3)`` uint8 sRGB, best at least 384 pixels long.
    """
    import torch

    from scenechange.surfaces.network import logits

    x = torch.from_numpy(canvas(rgb)).permute(2, 0, 1)[None].float()
    with torch.inference_mode():
        seen = torch.cat([x, x.flip(3)])  # mirrored as well: two looks err less than one
        chance = logits(_weights(), (seen - 127) / 128).softmax(1)
        mean = (chance[0] + chance[1].flip(2)) / 2
    return np.asarray(mean.numpy())


def surfaces_of(photo: Photo) -> np.ndarray:
    """What `find_surfaces` says of a photo, seen at `LOOK_SIDE` pixels."""
    return find_surfaces(resized_uint8(photo.rgb, fit_within(photo.size_hw, LOOK_SIDE)))


def canvas(rgb: np.ndarray) -> np.ndarray:
    """The picture as the network sees it: uint8, 288 x 384 lying or upright."""
    import cv2

    height, width = rgb.shape[:2]
    size_wh = (LONG_SIDE, SHORT_SIDE) if width >= height else (SHORT_SIDE, LONG_SIDE)
    smaller = size_wh[0] < width
    return np.asarray(cv2.resize(rgb, size_wh, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR))


@cache
def _weights() -> dict[str, Tensor]:
    """By name; in the file kernels are whole numbers of one byte, with a scale for each output channel."""
    import torch

    weights = {}
    with np.load(BytesIO((files("scenechange.surfaces") / "surfaces.npz").read_bytes()), allow_pickle=False) as page:
        for name in (n for n in page.files if not n.endswith(".scale")):
            values = page[name].astype(np.float32)
            if f"{name}.scale" in page:
                values *= page[f"{name}.scale"][:, None, None, None]
            weights[name] = torch.from_numpy(values)
    return weights
