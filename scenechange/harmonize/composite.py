"""A finished composite and its mask as layers, so that only its person can be recoloured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenechange.errors import InputError, NobodyFoundError
from scenechange.types import Layers, Photo

if TYPE_CHECKING:
    from torch import Tensor


def layers_of_composite(photo: Photo, mask: Tensor) -> Layers:
    """Layers whose background is the composite itself and whose foreground is cut from it.

    Composing them unchanged gives `photo` again, also under a soft mask, since ``a C + (1 - a) C = C``; pixels with
    mask 0 stay what they are whatever happens to the foreground.

    Parameters
    ----------
    photo : Photo
        The composite.
    mask : Tensor
        ``(H, W)`` opacity of the person in [0, 1].

    Raises
    ------
    InputError
        Where the mask is no float32 tensor of the photo's size.
    NobodyFoundError
        Where no pixel of the mask is above 0.
    """
    import torch

    if not isinstance(mask, torch.Tensor) or mask.dtype != torch.float32 or tuple(mask.shape) != photo.size_hw:
        came = f"{mask.dtype} {tuple(mask.shape)}" if isinstance(mask, torch.Tensor) else type(mask).__name__
        raise InputError(f"mask: wanted float32 {photo.size_hw}, the size of the composite, got {came}")
    rows, columns = (torch.nonzero(mask.amax(dim) > 0).flatten() for dim in (1, 0))
    if len(rows) == 0:
        raise NobodyFoundError("mask: wanted white where the person is, got black everywhere; check the mask file")
    y0, y1, x0, x1 = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    alpha = mask[None, y0:y1, x0:x1].clamp(0, 1)
    ones = torch.ones_like(alpha)
    return Layers(
        background=photo.rgb,
        foreground=photo.rgb[:, y0:y1, x0:x1].clone(),
        alpha=alpha,
        shadow=ones,
        occlusion=ones,
        window_xyxy=(x0, y0, x1, y1),
        scene_from_subject=np.eye(3),
        anchor_xy=((x0 + x1 - 1) / 2, float(y1 - 1)),
        stature_px=float(y1 - y0),
        stands=False,
    )
