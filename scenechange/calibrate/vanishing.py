"""The camera from the picture: edges of buildings and streets tell pitch, roll and, if need be, focal length."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from scenechange.calibrate.priors import HEIGHT_SD_M, Prior, check_spreads, prior_of
from scenechange.io import resized_uint8
from scenechange.math.image import fit_within

if TYPE_CHECKING:
    from scenechange.calibrate.lines import Lines
    from scenechange.calibrate.posterior import Estimate
    from scenechange.types import Camera, Photo

WORK_SIDE = 1024  # longer side in pixels; finer detail adds texture, not structure
LINE_NETWORK = "mlsd-large"
BLANK_CONTRAST = 1 / 512  # linear light
SMALLEST_SIDE = 16  # of the shorter side at work size; below, nothing can be measured
FEWEST_TO_NAME = 3  # lines; fewer are chance
# The spread of the fit alone is too small, because buildings and streets are not exactly upright and level.
# Factor and floors were chosen by hand on views of ten panoramas and on the streets of Lund, so what
# benchmarks/camera.py says of spreads on these is no independent check.
SPREAD_FACTOR = 2.0
PITCH_FLOOR_DEG = 1.3  # a street that falls by 2 in 100 is off by this
ROLL_FLOOR_DEG = 0.6


@dataclass(frozen=True, slots=True)
class Vanishing:
    """Calibrate from line segments (M-LSD network and LSD) in a world of upright and level edges.

    Where the lines say little, the answer is the prior: a level camera, with the prior's spread.

    Parameters
    ----------
    height_m : float
        Height of the camera above the ground; 1.6 m is eye level of a standing photographer.
    pitch_sd_deg, roll_sd_deg : float
        How far a camera is tilted by habit; people keep the horizon level to about 2 degrees.
    """

    networks: ClassVar[tuple[str, ...]] = (LINE_NETWORK,)

    height_m: float = 1.6
    pitch_sd_deg: float = 8.0
    roll_sd_deg: float = 2.0

    def __post_init__(self) -> None:
        check_spreads(self.height_m, self.pitch_sd_deg, self.roll_sd_deg)

    def __call__(self, photo: Photo) -> Camera:
        """Focal length, pitch and roll of `photo`, with spreads.

        Raises
        ------
        WeightsError
            The line network is missing or damaged.
        """
        from scenechange.calibrate.posterior import estimate_camera

        prior = prior_of(photo, self.pitch_sd_deg, self.roll_sd_deg)
        return self._camera(photo, prior, estimate_camera(_lines_of(photo), prior))

    def _camera(self, photo: Photo, prior: Prior, estimate: Estimate) -> Camera:
        from scenechange.types import Camera

        f_px = math.exp(estimate.mean[2]) * max(photo.size_hw)
        pitch_deg, roll_deg = np.degrees(estimate.mean[:2]).tolist()
        habits = (self.pitch_sd_deg, self.roll_sd_deg)
        floors = (PITCH_FLOOR_DEG, ROLL_FLOOR_DEG)
        spreads = [
            min(math.hypot(SPREAD_FACTOR * sd, floor), max(habit, sd))
            for sd, floor, habit in zip(np.degrees(estimate.sd[:2]).tolist(), floors, habits, strict=True)
        ]
        return Camera(
            size_hw=photo.size_hw,
            f_px=f_px,
            pitch_deg=pitch_deg,
            roll_deg=roll_deg,
            height_m=self.height_m,
            f_sd_px=f_px * float(estimate.sd[2]),
            pitch_sd_deg=spreads[0],
            roll_sd_deg=spreads[1],
            height_sd_m=HEIGHT_SD_M,
            evidence=_evidence(prior, estimate),
        )


def _lines_of(photo: Photo) -> Lines:
    """The line segments of `photo`, found at work size."""
    from scenechange.calibrate.lines import measure_lines
    from scenechange.calibrate.segments import find_segments

    size_hw = fit_within(photo.size_hw, WORK_SIDE)
    if min(size_hw) < SMALLEST_SIDE or _is_blank(photo):
        return measure_lines(np.zeros((0, 4)), np.zeros(0, bool), size_hw)
    return measure_lines(*find_segments(resized_uint8(photo.rgb, size_hw), _detect), size_hw)


def _is_blank(photo: Photo) -> bool:
    low, high = photo.rgb.aminmax()
    return float(high - low) < BLANK_CONTRAST


def _detect(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Displacements and centre scores of M-LSD for ``(1, 512, 512, 4)`` float32."""
    from scenechange import networks

    session = networks.onnx(LINE_NETWORK)
    displacements, scores = session.run(["offsets", "scores"], {session.get_inputs()[0].name: pixels})
    return displacements, scores


def _evidence(prior: Prior, estimate: Estimate) -> tuple[str, ...]:
    focal = "exif focal length" if prior.f_is_known else "prior focal length"
    count = round(estimate.explained)
    if count < FEWEST_TO_NAME:
        return focal, "prior pitch and roll"
    return focal, f"vanishing points from {count} lines"
