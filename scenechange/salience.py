"""What stands out in a photo, by IS-Net: the network behind the default cut-out and behind things in front.

Reference: Qin, Dai, Hu, Fan, Shao, Van Gool, Highly Accurate Dichotomous Image Segmentation, ECCV 2022.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenechange import networks
from scenechange.detectors import picture

if TYPE_CHECKING:
    from scenechange.types import Photo

SIZE = 1024


def salience(photo: Photo, window_xyxy: tuple[int, int, int, int]) -> np.ndarray:
    """``(1024, 1024)`` probability in a window; input is RGB stretched to a square, (x - 128) / 256 of 8-bit values."""
    seen = (picture(photo, window_xyxy, (SIZE, SIZE)) * 255 - 128) / 256
    session = networks.onnx("isnet", only="output")
    batch = np.ascontiguousarray(seen.transpose(2, 0, 1)[None], dtype=np.float32)
    (probability,) = session.run(["output"], {session.get_inputs()[0].name: batch})
    return np.asarray(probability, np.float32).reshape(SIZE, SIZE).clip(0, 1)
