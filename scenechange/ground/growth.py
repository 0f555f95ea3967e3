"""Which surface is the ground: what lies at the bottom of the picture, and what joins it and looks like it.

Reference: Rother, Kolmogorov, Blake, GrabCut, SIGGRAPH 2004 (colour models and a cut along edges).
"""

from __future__ import annotations

import numpy as np

ROUNDS = 3
SEED_REACH = 0.5  # cells where ground is at least this likely by geometry may be ground
SEED_DEPTH = 0.25  # of the rows below the horizon; the lowest of them, in the middle, start as ground
SEED_WIDTH = 0.5  # of the columns
SMALLEST = 0.15  # of the possible cells; less found means that the seed was something else


def grow_ground(rgb: np.ndarray, possible: np.ndarray) -> np.ndarray | None:
    """Share ``(h, w)`` of ground, 0 to 1, or None where looks tell nothing.

    Parameters
    ----------
    rgb : ndarray
        ``(h, w, 3)`` uint8 sRGB.
    possible : ndarray
        ``(h, w)`` probability of ground by geometry.
    """
    import cv2

    open_to = possible > SEED_REACH
    seed = _seed(open_to)
    if seed.sum() < 30 or (~open_to).sum() < 30 or rgb.std() < 1:
        return None
    labels = np.full(open_to.shape, cv2.GC_BGD, np.uint8)
    labels[open_to] = cv2.GC_PR_BGD
    labels[_similar(rgb, seed) & open_to] = cv2.GC_PR_FGD
    labels[seed] = cv2.GC_PR_FGD
    cv2.setRNGSeed(0)  # GrabCut draws the centres of its colour models
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(_looks(rgb), labels, (0, 0, 1, 1), *models, ROUNDS, cv2.GC_INIT_WITH_MASK)  # no box: the labels rule
    found = ((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)) & open_to
    found = _connected(found, seed)
    if found.sum() < SMALLEST * open_to.sum():
        return None
    return cv2.GaussianBlur(found.astype(np.float32), (0, 0), max(found.shape) / 200)


def _seed(open_to: np.ndarray) -> np.ndarray:
    """The lowest rows of the possible cells, in the middle of the picture."""
    seed = np.zeros_like(open_to)
    rows = np.nonzero(open_to.any(1))[0]
    if not len(rows):
        return seed
    width = open_to.shape[1]
    margin = round(width * (1 - SEED_WIDTH) / 2)
    top = rows[-1] - max(1, round(SEED_DEPTH * len(rows)))
    seed[top : rows[-1] + 1, margin : width - margin] = True
    return seed & open_to


def _looks(rgb: np.ndarray) -> np.ndarray:
    """``(h, w, 3)`` uint8 CIELAB, smoothed within edges: cobbles and grass become one colour."""
    import cv2

    return cv2.bilateralFilter(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB), 7, 30, 3)


def _similar(rgb: np.ndarray, seed: np.ndarray) -> np.ndarray:
    """Cells within the spread of the seed's colours (Mahalanobis distance below 3)."""
    import cv2

    lab = cv2.GaussianBlur(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB), (0, 0), 1.5).astype(np.float32)
    sample = lab[seed]
    precision = np.linalg.inv(np.cov(sample.T) + np.diag([60.0, 6.0, 6.0]))
    off = lab - np.median(sample, 0)
    return np.einsum("hwi,ij,hwj->hw", off, precision, off) < 9


def _connected(found: np.ndarray, seed: np.ndarray) -> np.ndarray:
    """The parts of `found` that touch the seed."""
    import cv2

    _, parts = cv2.connectedComponents(found.astype(np.uint8), connectivity=4)
    return np.isin(parts, np.unique(parts[found & seed])) & found
