"""The camera from all that a picture shows: lines, people who stand in it, and where sky and ground end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from scenechange.calibrate.clues import Clues
from scenechange.calibrate.vanishing import LINE_NETWORK, Vanishing
from scenechange.io import resized_uint8
from scenechange.math.image import fit_within

if TYPE_CHECKING:
    import numpy as np

    from scenechange.types import Photo

SKY_SIDE = 256


@dataclass(frozen=True, slots=True)
class Cues(Vanishing):
    """Calibrate from vanishing points as `Vanishing`, from people as rulers, and from where sky and ground end.

    People tell the horizon and the height of the camera together: whoever stands on the same ground is cut by the
    horizon at the camera's height. They may overrule lines that only seem to meet.

    Parameters
    ----------
    height_m : float
        Height of the camera above the ground where nobody tells it; 1.6 m is eye level of a standing photographer.
        Where somebody fills the picture from head to feet, the waist (1.1 m) is likelier.
    pitch_sd_deg, roll_sd_deg : float
        How far a camera is tilted by habit; people keep the horizon level to about 2 degrees.
    """

    networks: ClassVar[tuple[str, ...]] = (LINE_NETWORK, "pose-detection", "blazepose-lite")

    def _clues(self, photo: Photo, small: Photo, segments_xyxy: np.ndarray) -> Clues:
        from scenechange import networks
        from scenechange.calibrate.farline import find_far_line
        from scenechange.calibrate.ground_edge import find_ground_edge
        from scenechange.calibrate.people import JOINT_NETWORK, find_standing
        from scenechange.calibrate.sky import find_sky
        from scenechange.surfaces.find import surfaces_of

        sky = find_sky(resized_uint8(small.rgb, fit_within(small.size_hw, SKY_SIDE)))
        people = find_standing(photo, small, networks.tflite(JOINT_NETWORK))
        ground = find_ground_edge(surfaces_of(photo), photo.size_hw)
        return Clues(people, sky, find_far_line(segments_xyxy, small.size_hw), ground)
