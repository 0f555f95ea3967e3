"""Nothing stands in front."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scenechange.types import Camera, Ground, Occluder, Photo


@dataclass(frozen=True, slots=True)
class Nothing:
    """The person is set before everything in the scene."""

    def __call__(self, photo: Photo, camera: Camera, ground: Ground) -> tuple[Occluder, ...]:
        """No occluder."""
        return ()
