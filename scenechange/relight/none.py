"""No relighting: for comparison, and for people who must stay as they were photographed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scenechange.types import Layers, Light


@dataclass(frozen=True, slots=True)
class Untouched:
    """Leave the layers as they are."""

    def __call__(self, layers: Layers, light: Light) -> Layers:
        """`layers`, unchanged."""
        return layers
