"""What is assumed of a camera before the picture is looked at."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenechange.errors import InputError

if TYPE_CHECKING:
    from scenechange.types import Photo

# A photo without metadata: 32 mm equivalent is the middle between phones (24-28 mm) and cameras (35-85 mm); two
# standard deviations reach from half to twice that.
UNKNOWN_F_RATIO = 0.9
UNKNOWN_F_LOG_SD = 0.3
# The 35 mm equivalent is a whole number, and makers disagree on whether it compares widths or diagonals.
EXIF_F_LOG_SD = 0.04
HEIGHT_SD_M = 0.25
PORTRAIT_SHARE, PORTRAIT_M, PORTRAIT_LOG_SD = 0.7, 1.1, 0.15
"""Where somebody fills the picture from head to feet, cameras are mostly held at the waist or from a knee. In 41 pairs
of people in street photos that tell it without any prior: median 1.09 m, central 68 % 0.97 to 1.16 m."""
ELSEWHERE = 0.08  # share of photos taken from a balcony, a hill, a ladder, or from knee height
ELSEWHERE_LOG_SD = 0.8


@dataclass(frozen=True, slots=True)
class HeightPrior:
    """Belief about the height of a camera above the ground: held by someone who stands there, or from elsewhere.

    Attributes
    ----------
    height_m, sd_m : float
        Of a camera that is held by someone who stands.
    is_portrait : bool
        Whether the photo is of somebody from head to feet; then it was likely held lower, at `PORTRAIT_M`.
    """

    height_m: float
    sd_m: float = HEIGHT_SD_M
    is_portrait: bool = False

    def log_density(self, log_heights: np.ndarray) -> np.ndarray:
        """Log density at logarithms of metres; not normalised."""
        low = PORTRAIT_SHARE if self.is_portrait else 0.0
        parts = (
            (1 - ELSEWHERE - low, self.height_m, self.sd_m / self.height_m),
            (ELSEWHERE, self.height_m, ELSEWHERE_LOG_SD),
            (low, PORTRAIT_M, PORTRAIT_LOG_SD),
        )
        return np.log(sum(w * np.exp(-0.5 * ((log_heights - math.log(m)) / sd) ** 2) / sd for w, m, sd in parts))


@dataclass(frozen=True, slots=True)
class Prior:
    """Gaussian beliefs about a hand-held camera: level on average, focal length from the file or a broad guess.

    Attributes
    ----------
    pitch_sd, roll_sd : float
        Standard deviations in radians, about zero.
    log_f, log_f_sd : float
        Natural logarithm of focal length / longer side of the picture, and its standard deviation.
    f_is_known : bool
        Whether the focal length came with the file.
    """

    pitch_sd: float
    roll_sd: float
    log_f: float
    log_f_sd: float
    f_is_known: bool


def prior_of(photo: Photo, pitch_sd_deg: float, roll_sd_deg: float) -> Prior:
    """The prior for `photo`; spreads in degrees."""
    pitch_sd, roll_sd = math.radians(pitch_sd_deg), math.radians(roll_sd_deg)
    if photo.f_px is None:
        return Prior(pitch_sd, roll_sd, math.log(UNKNOWN_F_RATIO), UNKNOWN_F_LOG_SD, False)
    return Prior(pitch_sd, roll_sd, math.log(photo.f_px / max(photo.size_hw)), EXIF_F_LOG_SD, True)


def check_spreads(height_m: float, pitch_sd_deg: float, roll_sd_deg: float) -> None:
    """Raise `InputError` for options no camera can have."""
    if not 0.05 <= height_m <= 1000:
        raise InputError(f"height_m: wanted 0.05 to 1000 metres, got {height_m}")
    if not (0.01 <= pitch_sd_deg <= 60 and 0.01 <= roll_sd_deg <= 60):
        raise InputError(f"pitch_sd_deg, roll_sd_deg: wanted 0.01 to 60, got {pitch_sd_deg} and {roll_sd_deg}")
