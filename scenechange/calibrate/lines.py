"""Line segments as measurements of directions: where they are, how they run, how well that is known."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from scenechange.calibrate.segments import lengths

END_SD_PX = 0.7  # of each end across the segment
BUILT_SD = math.radians(0.35)  # what is built upright or level is so to about this
VANISHING_SD = 0.002  # edges that should meet in a point miss it by this share of the longer side
TYPICAL_LENGTH = 0.06  # of the longer side; a segment of this length has weight 1
FINE_WEIGHT = 0.5  # a fine segment says half as much as a structural one: texture and doubled edges
TOTAL_WEIGHT = 200.0  # more segments than this repeat each other
MOST = 400


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Segments in units of the picture's longer side, the origin at its centre.

    Attributes
    ----------
    middle, along, across : ndarray
        ``(N, 2)`` middle point, unit vector along the segment, unit vector across it.
    sd : ndarray
        ``(N,)`` standard deviation of the angle in radians.
    weight : ndarray
        ``(N,)`` how many independent measurements a segment is worth.
    half : ndarray
        ``(N,)`` half the length.
    """

    middle: np.ndarray
    along: np.ndarray
    across: np.ndarray
    sd: np.ndarray
    weight: np.ndarray
    half: np.ndarray

    def __len__(self) -> int:
        return len(self.sd)

    def heaviest(self, count: int) -> Lines:
        """The `count` segments with the largest weight, in their old order."""
        if len(self) <= count:
            return self
        keep = np.sort(np.argsort(-self.weight, kind="stable")[:count])
        return self.chosen(keep)

    def chosen(self, keep: np.ndarray) -> Lines:
        """The segments that `keep` (indices or a mask) names."""
        parts = (self.middle, self.along, self.across, self.sd, self.weight, self.half)
        return Lines(*(part[keep] for part in parts))

    def ends_xyxy(self, size_hw: tuple[int, int]) -> np.ndarray:
        """``(N, 4)`` end points in pixels of a picture of `size_hw`."""
        unit, centre = max(size_hw), np.array([(size_hw[1] - 1) / 2, (size_hw[0] - 1) / 2])
        step = self.along * self.half[:, None]
        return np.concatenate([(self.middle - step) * unit + centre, (self.middle + step) * unit + centre], 1)


def measure_lines(segments_xyxy: np.ndarray, structural: np.ndarray, size_hw: tuple[int, int]) -> Lines:
    """`Lines` of ``(N, 4)`` pixel segments of a picture of `size_hw`; `structural` as from `find_segments`."""
    unit = max(size_hw)
    centre = np.array([(size_hw[1] - 1) / 2, (size_hw[0] - 1) / 2] * 2)
    ends = (segments_xyxy - centre) / unit
    long = lengths(segments_xyxy) / unit
    along = (ends[:, 2:] - ends[:, :2]) / long[:, None]
    sd = np.hypot(END_SD_PX * math.sqrt(2) / (long * unit), BUILT_SD)
    weight = np.where(structural, 1.0, FINE_WEIGHT) * (long / TYPICAL_LENGTH).clip(0.3, 2.0)
    weight *= min(1.0, TOTAL_WEIGHT / max(weight.sum(), 1e-9))
    across = np.stack([-along[:, 1], along[:, 0]], 1)
    return Lines((ends[:, :2] + ends[:, 2:]) / 2, along, across, sd, weight, long / 2).heaviest(MOST)


def angles_to(lines: Lines, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Angle between each segment and the direction from its middle to each vanishing point.

    Parameters
    ----------
    points : ndarray
        ``(..., 3)`` homogeneous vanishing points in the units of `lines`.

    Returns
    -------
    angle : ndarray
        ``(..., N)`` radians in [-pi/2, pi/2].
    sd : ndarray
        ``(..., N)`` its standard deviation; large where the point is so near that any direction would do.
    """
    toward = points[..., None, :2] - points[..., None, 2:] * lines.middle
    distance = np.sqrt((toward**2).sum(-1)) + 1e-9
    across, along = (toward * lines.across).sum(-1), (toward * lines.along).sum(-1)
    angle = np.arctan2(np.where(along < 0, -across, across), np.abs(along))
    return angle, np.hypot(lines.sd, VANISHING_SD * np.abs(points[..., 2:]) / distance)
