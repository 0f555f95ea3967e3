"""The verbs: one Protocol per stage. A method is a frozen dataclass whose fields are its options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from torch import Tensor

    from scenechange.types import (
        Body,
        Camera,
        Cutout,
        Ground,
        Layers,
        Light,
        Mask,
        Occluder,
        Photo,
        Placement,
        Prompt,
        Scene,
        Subject,
    )


class Segmenter(Protocol):
    """Which pixels are the person; raises `NobodyFoundError` where there is nobody."""

    def __call__(self, photo: Photo, prompt: Prompt) -> Mask: ...


class Matter(Protocol):
    """From a rough mask to opacity and clean colours at full resolution."""

    def __call__(self, photo: Photo, mask: Mask) -> Cutout: ...


class PersonMeasurer(Protocol):
    """Pose, size, feet, and what the frame cuts off."""

    def __call__(self, photo: Photo, cutout: Cutout) -> Body: ...


class Calibrator(Protocol):
    """The camera of a photo, with spread; falls back on priors and says so in `Camera.evidence`."""

    def __call__(self, photo: Photo) -> Camera: ...


class GroundFinder(Protocol):
    """Where one can stand."""

    def __call__(self, photo: Photo, camera: Camera) -> Ground: ...


class OccluderFinder(Protocol):
    """What can stand in front of a person: rough masks, and the lines on which things meet the ground."""

    def __call__(self, photo: Photo, camera: Camera, ground: Ground) -> tuple[Occluder, ...]: ...


class LightEstimator(Protocol):
    """The illumination of a photo, with spread."""

    def __call__(self, photo: Photo, camera: Camera) -> Light: ...


class Placer(Protocol):
    """Scale, position and perspective: the person warped into the scene, untouched in colour."""

    def __call__(self, subject: Subject, scene: Scene, placement: Placement) -> Layers: ...


class Harmonizer(Protocol):
    """New foreground colours and tones; nothing else may change."""

    def __call__(self, layers: Layers, light: Light) -> Layers: ...


class Relighter(Protocol):
    """Light and shade on the foreground turned towards the scene's light; nothing else may change."""

    def __call__(self, layers: Layers, light: Light) -> Layers: ...


class ShadowCaster(Protocol):
    """New shadow layer (and window, where the shadow reaches beyond it); the foreground, where shade falls on it."""

    def __call__(self, layers: Layers, body: Body, camera: Camera, light: Light) -> Layers: ...


class OpticsMatcher(Protocol):
    """The foreground's sharpness and grain made like the scene's at that place; `seed` draws the grain."""

    def __call__(self, layers: Layers, seed: int) -> Layers: ...


class Compositor(Protocol):
    """Layers to pixels ``(3, H, W)``, linear light."""

    def __call__(self, layers: Layers) -> Tensor: ...
