"""Where letters are in a picture: PP-OCR's text detector, so that nobody is mirrored whose clothes can be read.

The network gives each pixel's probability of lying in the middle of a line of text (Liao et al., Real-time scene text
detection with differentiable binarization, AAAI 2020). It also takes some patterns, buckles and pins for text; what
asks here would rather leave somebody alone than mirror their letters. Same floor as `scenechange.poses`: any stage may
use it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenechange import networks
from scenechange.math.image import resize

if TYPE_CHECKING:
    from torch import Tensor

LONGEST_PX = 960
"""Longer side that the network sees: words on a bag of a person seen whole are then some 10 px high."""
STEP_PX = 32
"""Both sides are multiples of this, by the network's pooling."""
MOST_ENLARGED = 2.0
SURE = 0.4
LEAST_AREA = 4e-5
"""Share of the picture below which a find is a speck."""
NOT_MIRRORED = "not mirrored, though the light would ask for it: there are letters on the person"
"""The note that says so: nobody else may then advise to mirror."""


def probability(rgb: Tensor) -> np.ndarray:
    """Probability ``(h, w)`` of text, on a copy of the picture whose longer side is at most `LONGEST_PX`.

    Parameters
    ----------
    rgb : Tensor
        ``(3, H, W)`` linear sRGB in [0, 1].

    Raises
    ------
    WeightsError
        The network ``text-detection`` is missing; the message names the command that fetches it.
    """
    from scenechange.math.colour import srgb_from_linear

    height, width = rgb.shape[-2:]
    scale = min(MOST_ENLARGED, LONGEST_PX / max(height, width))
    size = max(STEP_PX, _whole(height * scale)), max(STEP_PX, _whole(width * scale))
    encoded = srgb_from_linear(resize(rgb, size).clamp(0, 1)).numpy()
    seen = np.ascontiguousarray(encoded[::-1][None] * 2 - 1, dtype=np.float32)  # blue first, -1 to 1
    answer: np.ndarray = networks.onnx("text-detection").run(None, {"x": seen})[0][0, 0]
    return answer


def is_lettered(rgb: Tensor, alpha: Tensor) -> bool:
    """Whether letters are on the person: `rgb` ``(3, h, w)`` where `alpha` ``(1, h, w)`` is nearly 1."""
    import cv2

    found = probability(rgb)
    opacity = cv2.resize(alpha[0].numpy(), found.shape[::-1], interpolation=cv2.INTER_AREA)
    mark = ((found > SURE) & (opacity > 0.95)).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(mark)
    return count > 1 and int(stats[1:, cv2.CC_STAT_AREA].max()) >= LEAST_AREA * found.size


def _whole(px: float) -> int:
    return round(px / STEP_PX) * STEP_PX
