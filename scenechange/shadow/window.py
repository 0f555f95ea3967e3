"""A larger window for the same layers, so that a shadow may fall where the person does not reach."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

    from scenechange.math.image import Box
    from scenechange.types import Layers


def grow_window(layers: Layers, box: Box) -> Layers:
    """The same picture, its shadow removed, with a window that also covers `box`, which lies inside the scene.

    New pixels have alpha 0 and occlusion 1 (nothing is known of what stands in front there).
    """
    old = layers.window_xyxy
    new = min(old[0], box[0]), min(old[1], box[1]), max(old[2], box[2]), max(old[3], box[3])
    alpha = _padded(layers.alpha, old, new, 0.0)
    return replace(
        layers,
        foreground=_padded(layers.foreground, old, new, 0.0),
        alpha=alpha,
        shadow=alpha.new_ones(1, 1, 1).expand_as(alpha),
        occlusion=_padded(layers.occlusion, old, new, 1.0),
        window_xyxy=new,
    )


def _padded(layer: Tensor, old: Box, new: Box, value: float) -> Tensor:
    import torch

    if old == new:
        return layer
    shape = (layer.shape[0], new[3] - new[1], new[2] - new[0])
    # The system gives zeros for nothing, until they are written to: of 12 megapixels that is most of the time.
    out = torch.from_numpy(np.zeros(shape, np.float32)) if value == 0 else torch.full(shape, value)
    out[:, old[1] - new[1] : old[3] - new[1], old[0] - new[0] : old[2] - new[0]] = layer
    return out
