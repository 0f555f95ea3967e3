"""No change at all: for comparison."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scenechange.types import Layers


@dataclass(frozen=True, slots=True)
class Untouched:
    """Leave the layers as they are."""

    def __call__(self, layers: Layers, seed: int) -> Layers:
        """`layers`, unchanged."""
        return layers
