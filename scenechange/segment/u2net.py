"""U2-Net: a second opinion with softer edges that keeps feet and thin things more often than IS-Net.

Reference: Qin, Zhang, Huang, Dehghan, Zaiane, Jagersand, U2-Net: Going Deeper with Nested U-Structure for Salient
Object Detection, Pattern Recognition 106 (2020).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from scenechange import networks
from scenechange.detectors import picture
from scenechange.segment.salient import find

if TYPE_CHECKING:
    from scenechange.segment.views import Window
    from scenechange.types import Mask, Photo, Prompt

SIZE = 320
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, sRGB


@dataclass(frozen=True, slots=True)
class U2Net:
    """The one person that is meant, by U2-Net.

    Parameters
    ----------
    closer_below : float
        A person whose box covers less than this share of the photo is looked at again in a crop. 0 never, 1 always.
        Default 0.35: the network sees only 320 x 320 pixels, and a pass is quick (about one second on two cores).
    margin : float
        Margin of that crop, as a share of the longer edge of the person's box.

    Raises
    ------
    NobodyFoundError
        There is nobody, or not as many as asked for, or nothing where it was pointed.
    InputError
        An option, click or box that cannot be.
    """

    networks: ClassVar[tuple[str, ...]] = (
        "u2net",
        "pose-detection",
        "face-full-range",
        "blazepose-heavy",
        "text-detection",
    )

    closer_below: float = 0.35
    margin: float = 0.15

    def __call__(self, photo: Photo, prompt: Prompt) -> Mask:
        """Probability ``(H, W)`` at the size of the photo that a pixel is the person meant by `prompt`."""
        return find(photo, prompt, _look, self.closer_below, self.margin).mask


def _look(photo: Photo, window_xyxy: Window) -> np.ndarray:
    """``(320, 320)`` probability in a window, stretched to its own least and greatest value as its authors do."""
    seen = picture(photo, window_xyxy, (SIZE, SIZE))
    seen = (seen / max(float(seen.max()), 1e-6) - MEAN) / DEVIATION
    session = networks.onnx("u2net")
    batch = np.ascontiguousarray(seen.transpose(2, 0, 1)[None], dtype=np.float32)
    first = session.get_outputs()[0].name
    (probability,) = session.run([first], {session.get_inputs()[0].name: batch})
    probability = np.asarray(probability, np.float32).reshape(SIZE, SIZE)
    least, greatest = float(probability.min()), float(probability.max())
    return (probability - least) / max(greatest - least, 1e-3)
