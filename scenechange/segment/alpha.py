"""The transparency that a file already has, for people who were cut out before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scenechange.errors import InputError, NobodyFoundError
from scenechange.types import Mask

if TYPE_CHECKING:
    from scenechange.types import Photo, Prompt


@dataclass(frozen=True, slots=True)
class AlphaChannel:
    """Everything that the photo's own alpha channel leaves visible.

    Raises
    ------
    InputError
        The photo is opaque, or somebody in particular is asked for.
    NobodyFoundError
        The photo is transparent everywhere.
    """

    def __call__(self, photo: Photo, prompt: Prompt) -> Mask:
        """The alpha channel ``(H, W)`` as probability."""
        if not prompt.is_empty:
            raise InputError("segment=alpha takes all that is visible: wanted no person, click or box")
        if photo.alpha is None or float(photo.alpha.min()) >= 1:
            raise InputError("segment=alpha: wanted a photo with transparency, got an opaque one; use segment=isnet")
        if float(photo.alpha.max()) <= 0.5:
            raise NobodyFoundError("segment=alpha: the photo is transparent everywhere")
        return Mask(photo.alpha[0].clamp(0, 1).clone())
