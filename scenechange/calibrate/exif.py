"""The camera from the file's metadata alone: its focal length, and a level camera held by hand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scenechange.calibrate.priors import HEIGHT_SD_M, check_spreads, prior_of

if TYPE_CHECKING:
    from scenechange.types import Camera, Photo


@dataclass(frozen=True, slots=True)
class Exif:
    """Calibrate without looking at the picture.

    Parameters
    ----------
    height_m : float
        Height of the camera above the ground; 1.6 m is eye level of a standing photographer.
    pitch_sd_deg, roll_sd_deg : float
        How far a camera is tilted by habit; people keep the horizon level to about 2 degrees.
    """

    height_m: float = 1.6
    pitch_sd_deg: float = 8.0
    roll_sd_deg: float = 2.0

    def __post_init__(self) -> None:
        check_spreads(self.height_m, self.pitch_sd_deg, self.roll_sd_deg)

    def __call__(self, photo: Photo) -> Camera:
        """Focal length from the file (or a broad guess), level, at `height_m`."""
        from scenechange.types import Camera

        prior = prior_of(photo, self.pitch_sd_deg, self.roll_sd_deg)
        f_px = math.exp(prior.log_f) * max(photo.size_hw)
        return Camera(
            size_hw=photo.size_hw,
            f_px=f_px,
            pitch_deg=0.0,
            roll_deg=0.0,
            height_m=self.height_m,
            f_sd_px=f_px * prior.log_f_sd,
            pitch_sd_deg=self.pitch_sd_deg,
            roll_sd_deg=self.roll_sd_deg,
            height_sd_m=HEIGHT_SD_M,
            evidence=("exif focal length" if prior.f_is_known else "prior focal length", "prior pitch and roll"),
        )
