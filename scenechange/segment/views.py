"""A window of a photo and what a network sees in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Window = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What a network sees in a window of the photo: ``(n, n)`` probability, stretched over the window."""

    window_xyxy: Window
    probability: np.ndarray

    def at(self, size_hw: tuple[int, int]) -> np.ndarray:
        """The probability at another size of the same window."""
        import cv2

        how = cv2.INTER_AREA if size_hw[0] * size_hw[1] < self.probability.size else cv2.INTER_LINEAR
        return cv2.resize(self.probability, (size_hw[1], size_hw[0]), interpolation=how)

    def over(self, inner_xyxy: Window) -> np.ndarray:
        """The probability at every pixel of a window inside this one, bilinear."""
        import cv2

        (x0, y0, x1, y1), (u0, v0, u1, v1) = self.window_xyxy, inner_xyxy
        sx, sy = self.probability.shape[1] / (x1 - x0), self.probability.shape[0] / (y1 - y0)
        seen_from_inner = np.array([[sx, 0, (u0 - x0 + 0.5) * sx - 0.5], [0, sy, (v0 - y0 + 0.5) * sy - 0.5]])
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(
            self.probability, seen_from_inner, (u1 - u0, v1 - v0), flags=how, borderMode=cv2.BORDER_REPLICATE
        )


def widened(box_xyxy: Window, margin: float, size_hw: tuple[int, int]) -> Window:
    """A box with a margin (share of its longer edge, at least 8 pixels) all round, inside the photo."""
    x0, y0, x1, y1 = box_xyxy
    edge = max(8, round(margin * max(x1 - x0, y1 - y0)))
    return max(x0 - edge, 0), max(y0 - edge, 0), min(x1 + edge, size_hw[1]), min(y1 + edge, size_hw[0])
