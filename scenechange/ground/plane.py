"""Level ground under the camera, and the part of the picture that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenechange.errors import InputError
from scenechange.ground.reach import reach
from scenechange.ground.water import find_water
from scenechange.io import resized_uint8
from scenechange.math.geometry import SURELY_RAISED, falls, up_vector
from scenechange.math.image import channels_rows_cols, fit_within
from scenechange.surfaces.find import GROUND, LOOK_SIDE, WATER, find_surfaces

if TYPE_CHECKING:
    from scenechange.types import Camera, Ground, Photo

WATER_SHARE = 0.05  # what is left of the probability on water
LEVELS_NOTE = (
    "somebody stands higher: the ground is not one level plane (stairs, a slope), so sizes on other levels are off"
)
WATER_NOTE = "open water: nobody is set there"
LEAST_WET = 0.1  # mean chance of water over what mirrors the sky; hazy sand and polished floors have none
MUCH_WATER = 0.02  # of the picture; from there it is told


@dataclass(frozen=True, slots=True)
class Plane:
    """Ground as a level plane; one can stand where it is within reach and a small network sees ground.

    Parameters
    ----------
    long_side : int
        Longer side of the map of standable places in cells.
    """

    long_side: int = 256

    def __post_init__(self) -> None:
        if not 16 <= self.long_side <= 2048:
            raise InputError(f"long_side: wanted 16 to 2048 cells, got {self.long_side}")

    def __call__(self, photo: Photo, camera: Camera) -> Ground:
        """The plane in the camera's frame, and the map of standable places.

        Raises
        ------
        InputError
            `camera` is not of this photo's size.
        """
        from scenechange.types import Ground

        if camera.size_hw != photo.size_hw:
            raise InputError(f"camera: wanted one of a photo of size {photo.size_hw}, got {camera.size_hw}")
        size_hw = fit_within(photo.size_hw, self.long_side)
        standable = reach(camera, size_hw)
        small = resized_uint8(photo.rgb, fit_within(photo.size_hw, max(self.long_side, LOOK_SIDE)))
        notes = []
        if small.std() >= 1:  # a blank picture tells nothing but its geometry
            fall = falls(camera, size_hw)
            seen = [_resized(chance, size_hw) for chance in find_surfaces(small)]
            standable = standable * seen[GROUND]
            mirror = find_water(_resized(small, size_hw), fall)
            if mirror is not None and seen[WATER][mirror].mean() > LEAST_WET:
                standable = standable * np.where(mirror, np.float32(WATER_SHARE), np.float32(1))
                seen[WATER] = np.maximum(seen[WATER], mirror)
            if ((seen[WATER] > 0.5) & (fall > 0)).mean() > MUCH_WATER:
                notes.append(WATER_NOTE)
        if camera.raised >= SURELY_RAISED:
            notes.append(LEVELS_NOTE)
        normal = up_vector(camera.pitch_deg, camera.roll_deg)
        up = (float(normal[0]), float(normal[1]), float(normal[2]))
        return Ground(up, camera.height_m, channels_rows_cols(standable)[0], notes=tuple(notes))


def _resized(values: np.ndarray, size_hw: tuple[int, int]) -> np.ndarray:
    import cv2

    smaller = size_hw[0] < values.shape[0]
    return np.asarray(cv2.resize(values, size_hw[::-1], interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR))
