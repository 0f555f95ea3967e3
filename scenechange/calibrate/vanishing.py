"""The camera from the picture: edges of buildings and streets tell pitch, roll and, if need be, focal length."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from scenechange.calibrate.clues import NOTHING, Clues, is_portrait
from scenechange.calibrate.priors import HEIGHT_SD_M, HeightPrior, Prior, check_spreads, prior_of
from scenechange.io import to_uint8
from scenechange.math.image import fit_within, resize

if TYPE_CHECKING:
    from scenechange.calibrate.fuse import Estimate
    from scenechange.types import Camera, Photo

WORK_SIDE = 1024  # longer side in pixels; finer detail adds texture, not structure
LINE_NETWORK = "mlsd-large"
BLANK_CONTRAST = 1 / 512  # linear light
SMALLEST_SIDE = 16  # of the shorter side at work size; below, nothing can be measured
FEWEST_TO_NAME = 3  # lines; fewer are chance
# The spread of the fit alone is too small, because buildings and streets are not exactly upright and level.
# Factor and floors were chosen by hand on views of ten panoramas and on the streets of Lund, so what
# benchmarks/geometry.py says of spreads on these is no independent check.
SPREAD_FACTOR = 1.5
PITCH_FLOOR_DEG = 1.2  # a street that falls by 2 in 100 is off by this
ROLL_FLOOR_DEG = 0.6
GUESSED_F_FACTOR = 2.0  # where the file does not tell the focal length


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A camera, and the lines that speak for it.

    Attributes
    ----------
    camera : Camera
        What `Vanishing` answers.
    families : tuple of ndarray
        ``(N, 4)`` segments in pixels of the photo: upright ones, then the level ones of each direction.
    """

    camera: Camera
    families: tuple[np.ndarray, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What was found in a photo, before anything is made of it.

    Attributes
    ----------
    segments_xyxy : ndarray
        ``(N, 4)`` pixels of a picture of `size_hw`, the photo at work size.
    structural : ndarray
        ``(N,)`` which of them the line network found.
    size_hw : (int, int)
        Work size.
    clues : Clues
        All but the lines.
    """

    segments_xyxy: np.ndarray
    structural: np.ndarray
    size_hw: tuple[int, int]
    clues: Clues


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
        return self.explain(photo).camera

    def explain(self, photo: Photo) -> Reading:
        """The camera, and the lines that speak for it; raises as a call does."""
        return self.read(photo, self.look(photo))

    def look(self, photo: Photo) -> Seen:
        """What the networks find in `photo`: nearly all that a call costs."""
        small = reduced(photo)
        segments, structural = find_in(small)
        clues = self._clues(photo, small, segments) if shows_something(small) else NOTHING
        return Seen(segments, structural, small.size_hw, clues)

    def read(self, photo: Photo, seen: Seen) -> Reading:
        """The camera that follows from what was `seen` in `photo`, and from the file's focal length."""
        from scenechange.calibrate.families import sort_lines
        from scenechange.calibrate.fuse import fuse
        from scenechange.calibrate.lines import measure_lines
        from scenechange.calibrate.posterior import explain

        prior = prior_of(photo, self.pitch_sd_deg, self.roll_sd_deg)
        lines = measure_lines(seen.segments_xyxy, seen.structural, seen.size_hw)
        explanations = explain(lines, prior)
        held = HeightPrior(self.height_m, is_portrait=is_portrait(seen.clues.people, seen.size_hw))
        estimate = fuse(explanations, seen.clues, held)
        families = sort_lines(lines, explanations[estimate.likeliest], photo.size_hw)
        return Reading(self._camera(photo, prior, estimate, seen.clues), families)

    def _clues(self, photo: Photo, small: Photo, segments_xyxy: np.ndarray) -> Clues:
        return NOTHING

    def _camera(self, photo: Photo, prior: Prior, estimate: Estimate, clues: Clues) -> Camera:
        from scenechange.types import Camera

        f_px = math.exp(estimate.mean[2]) * max(photo.size_hw)
        pitch_deg, roll_deg = np.degrees(estimate.mean[:2]).tolist()
        habits = (self.pitch_sd_deg, self.roll_sd_deg)
        floors = (PITCH_FLOOR_DEG, ROLL_FLOOR_DEG)
        spreads = [
            min(math.hypot(SPREAD_FACTOR * sd, floor), max(habit, sd))
            for sd, floor, habit in zip(np.degrees(estimate.sd[:2]).tolist(), floors, habits, strict=True)
        ]
        limit = max(1.0, prior.log_f_sd / float(estimate.sd[2]))  # no spread is wider than the guess it started from
        rulers = round(estimate.people)
        return Camera(
            size_hw=photo.size_hw,
            f_px=f_px,
            pitch_deg=pitch_deg,
            roll_deg=roll_deg,
            height_m=estimate.height_m if rulers else self.height_m,
            f_sd_px=f_px * float(estimate.sd[2]) * (1.0 if prior.f_is_known else min(GUESSED_F_FACTOR, limit)),
            pitch_sd_deg=spreads[0],
            roll_sd_deg=spreads[1],
            height_sd_m=estimate.height_sd_m if rulers else HEIGHT_SD_M,
            evidence=_evidence(prior, estimate, clues),
            horizon_sd_px=max(estimate.horizon_sd * max(photo.size_hw), f_px * math.tan(math.radians(PITCH_FLOOR_DEG))),
            rulers=rulers,
            raised=estimate.raised,
        )


def reduced(photo: Photo) -> Photo:
    """`photo` at the size at which lines, sky and people are looked for: 12 megapixels are scanned only once."""
    return replace(photo, rgb=resize(photo.rgb, fit_within(photo.size_hw, WORK_SIDE)), f_px=None, alpha=None)


def find_in(small: Photo) -> tuple[np.ndarray, np.ndarray]:
    """Segments of a photo at work size, and which of them the network found; see `find_segments`."""
    from scenechange.calibrate.segments import find_segments

    if not shows_something(small):
        return np.zeros((0, 4)), np.zeros(0, bool)
    return find_segments(to_uint8(small.rgb), _detect)


def shows_something(small: Photo) -> bool:
    """Whether a photo at work size has anything to measure: not one flat colour, not a few pixels."""
    low, high = small.rgb.aminmax()
    return min(small.size_hw) >= SMALLEST_SIDE and float(high - low) >= BLANK_CONTRAST


def _detect(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Displacements and centre scores of M-LSD for ``(1, 512, 512, 4)`` float32."""
    from scenechange import networks

    session = networks.onnx(LINE_NETWORK)
    displacements, scores = session.run(["offsets", "scores"], {session.get_inputs()[0].name: pixels})
    return displacements, scores


def _evidence(prior: Prior, estimate: Estimate, clues: Clues) -> tuple[str, ...]:
    said = ["exif focal length" if prior.f_is_known else "prior focal length"]
    count, people = round(estimate.explained), round(estimate.people)
    said.append(f"vanishing points from {count} lines" if count >= FEWEST_TO_NAME else "prior pitch and roll")
    if clues.far is not None:
        said.append("far horizon")
    elif clues.sky is not None:
        said.append("lower edge of the sky")
    if clues.ground is not None:
        said.append("upper edge of the ground")
    if clues.people:
        said.append(f"camera height from {people} of {len(clues.people)} people")
    return tuple(said)
