"""Level ground under the camera, and the part of the picture that shows it and looks like it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scenechange.errors import InputError
from scenechange.ground.growth import grow_ground
from scenechange.ground.reach import reach
from scenechange.io import resized_uint8
from scenechange.math.geometry import up_vector
from scenechange.math.image import channels_rows_cols, fit_within

if TYPE_CHECKING:
    from scenechange.types import Camera, Ground, Photo

UNLIKE_GROUND = 0.15  # what is left of the geometric probability where the looks say no


@dataclass(frozen=True, slots=True)
class Plane:
    """Ground as a level plane; one can stand where it is seen, not too far, and looks like the ground in front.

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
        looks = grow_ground(resized_uint8(photo.rgb, size_hw), standable)
        if looks is not None:
            standable = standable * (UNLIKE_GROUND + (1 - UNLIKE_GROUND) * looks)
        normal = up_vector(camera.pitch_deg, camera.roll_deg)
        return Ground(
            (float(normal[0]), float(normal[1]), float(normal[2])), camera.height_m, channels_rows_cols(standable)[0]
        )
