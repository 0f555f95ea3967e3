"""No shadow at all: for comparison, and for scenes without ground."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scenechange.types import Body, Camera, Layers, Light


@dataclass(frozen=True, slots=True)
class NoShadow:
    """Leave the layers as they are."""

    def __call__(self, layers: Layers, body: Body, camera: Camera, light: Light) -> Layers:
        """`layers`, unchanged."""
        return layers
