"""Straight line segments of a picture, placed on their edges to a fraction of a pixel.

Two detectors complement each other: M-LSD (a network) finds the long structural lines of buildings and streets, LSD
the many short ones, and those of pictures the network was not made for.

References: Gu et al., Towards Light-weight and Real-time Line Segment Detection, AAAI 2022 (M-LSD); Grompone von Gioi
et al., LSD: a Line Segment Detector, IPOL 2 (2012).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenechange.calibrate.snap import snap_to_edges

if TYPE_CHECKING:
    from collections.abc import Callable

    Network = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]

SIDE = 512  # the network's input, in both directions
PEAK = 0.1  # score of the weakest centre that counts
SHORTEST = 0.015  # of the longer side; shorter network segments follow clutter
SHORTEST_LSD = 0.025
ON_THEIR_EDGE = 0.3  # share of a segment that must lie on an edge


def find_segments(rgb: np.ndarray, network: Network) -> tuple[np.ndarray, np.ndarray]:
    """Segments of a picture, and which of them the network found.

    Parameters
    ----------
    rgb : ndarray
        ``(H, W, 3)`` uint8 sRGB.
    network : callable
        Takes ``(1, 512, 512, 4)`` float32 (RGB 0..255, then 1), gives displacements ``(1, 256, 256, 4)`` and centre
        scores ``(1, 256, 256, 1)``.

    Returns
    -------
    segments_xyxy : ndarray
        ``(N, 4)`` end points in pixels.
    structural : ndarray
        ``(N,)`` bool, True for those of the network.
    """
    import cv2

    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    structural, share = snap_to_edges(grey, decode(*network(network_input(rgb)), rgb.shape[:2]))
    long_side = max(grey.shape)
    structural = structural[(share > ON_THEIR_EDGE) & (lengths(structural) > max(SHORTEST * long_side, 4))]
    fine = detect_fine(grey)
    fine = fine[lengths(fine) > max(SHORTEST_LSD * long_side, 6)]
    fine = fine[~lie_on(fine, structural)]
    return np.concatenate([structural, fine]), np.arange(len(structural) + len(fine)) < len(structural)


def network_input(rgb: np.ndarray) -> np.ndarray:
    """``(1, 512, 512, 4)`` float32 of ``(H, W, 3)`` uint8: stretched square as in training, with a channel of ones."""
    import cv2

    out = np.ones((1, SIDE, SIDE, 4), np.float32)
    shrinks = rgb.shape[0] * rgb.shape[1] > SIDE * SIDE
    out[0, ..., :3] = cv2.resize(rgb, (SIDE, SIDE), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return out


def decode(displacements: np.ndarray, scores: np.ndarray, size_hw: tuple[int, ...]) -> np.ndarray:
    """``(N, 4)`` segments in pixels of a picture of `size_hw`, from the centre and displacement maps.

    A centre is the highest score among 5 x 5; the displacements lead from it to both ends (Gu et al. 2022, section 3).
    """
    import cv2

    score = np.ascontiguousarray(scores[0, ..., 0])
    rows, cols = np.nonzero((score >= cv2.dilate(score, np.ones((5, 5), np.uint8))) & (score > PEAK))
    ends = displacements[0, rows, cols].astype(np.float64) + np.stack([cols, rows, cols, rows], 1)
    cells = np.array([score.shape[1], score.shape[0]] * 2)
    pixels = np.array([size_hw[1], size_hw[0]] * 2)
    return (ends + 0.5) * (pixels / cells) - 0.5


def detect_fine(grey: np.ndarray) -> np.ndarray:
    """``(N, 4)`` segments of LSD in a uint8 picture; none where it is too small to search."""
    import cv2

    if min(grey.shape) < 8:
        return np.zeros((0, 4))
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(np.ascontiguousarray(grey))[0]
    return np.zeros((0, 4)) if found is None else found.reshape(-1, 4).astype(np.float64)


def lengths(segments_xyxy: np.ndarray) -> np.ndarray:
    """``(N,)`` lengths in pixels."""
    return np.hypot(segments_xyxy[:, 2] - segments_xyxy[:, 0], segments_xyxy[:, 3] - segments_xyxy[:, 1])


def lie_on(fine: np.ndarray, coarse: np.ndarray, apart_px: float = 2.5, apart_deg: float = 2.0) -> np.ndarray:
    """``(N,)`` bool: which of `fine` repeat a part of one of `coarse`, so that no edge is counted twice."""
    if not len(fine) or not len(coarse):
        return np.zeros(len(fine), bool)
    along = (coarse[:, 2:] - coarse[:, :2]) / lengths(coarse)[:, None]
    turned = (fine[:, 2:] - fine[:, :2]) / lengths(fine)[:, None]
    middle = (fine[:, None, :2] + fine[:, None, 2:]) / 2 - coarse[None, :, :2]
    position = (middle * along).sum(-1)
    distance = np.abs(middle[..., 0] * along[:, 1] - middle[..., 1] * along[:, 0])
    sine = np.abs(turned[:, None, 0] * along[:, 1] - turned[:, None, 1] * along[:, 0])
    inside = (position > -2) & (position < lengths(coarse) + 2)
    return (inside & (distance < apart_px) & (sine < np.sin(np.radians(apart_deg)))).any(1)
