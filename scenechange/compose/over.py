"""The picture out of its layers: ``C = a F + (1 - a) S B`` in linear light, inside the window only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from scenechange.types import Layers


@dataclass(frozen=True, slots=True)
class Over:
    """Person over shadowed scene.

    Where opacity is 0 and transmittance is 1 the scene's values come through unchanged, bit for bit.

    References
    ----------
    Porter & Duff, Compositing Digital Images, SIGGRAPH 1984.
    """

    def __call__(self, layers: Layers) -> Tensor:
        """``(3, H, W)`` linear light; the scene outside the window is copied."""
        import torch

        x0, y0, x1, y1 = layers.window_xyxy
        rgb = layers.background.clone()
        behind = layers.background_window * layers.shadow
        rgb[:, y0:y1, x0:x1] = torch.lerp(behind, layers.foreground, layers.alpha * layers.occlusion)
        return rgb

    def together(self, people: Sequence[Layers]) -> Tensor:
        """``(3, H, W)`` linear light: several people in one scene, given from the farthest to the nearest.

        All shadows lie on the scene, none on a person. Where they meet the darker one counts: two people take the same
        light only once.
        """
        import torch

        background = people[0].background
        shadow = torch.ones_like(background)
        for layers in people:
            x0, y0, x1, y1 = layers.window_xyxy
            part = shadow[:, y0:y1, x0:x1]
            part.copy_(torch.minimum(part, layers.shadow))
        rgb = background * shadow
        for layers in people:
            x0, y0, x1, y1 = layers.window_xyxy
            behind = rgb[:, y0:y1, x0:x1]
            behind.copy_(torch.lerp(behind, layers.foreground, layers.alpha * layers.occlusion))
        return rgb
