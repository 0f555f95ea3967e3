"""The person's colours as they came."""

from __future__ import annotations

from dataclasses import dataclass

from scenechange.types import Layers, Light


@dataclass(frozen=True, slots=True)
class Untouched:
    """Changes nothing; a `Harmonizer` to compare with."""

    def __call__(self, layers: Layers, light: Light) -> Layers:
        """`layers`, the same object."""
        return layers
