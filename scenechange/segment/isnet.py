"""IS-Net: the default cut-out, with the finest edges of the networks that can be had as a package.

Reference: Qin, Dai, Hu, Fan, Shao, Van Gool, Highly Accurate Dichotomous Image Segmentation, ECCV 2022.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from scenechange.salience import salience
from scenechange.segment.salient import find

if TYPE_CHECKING:
    from scenechange.types import Mask, Photo, Prompt


@dataclass(frozen=True, slots=True)
class IsNet:
    """The one person that is meant, by IS-Net.

    Parameters
    ----------
    closer_below : float
        A person whose box covers less than this share of the photo is looked at again in a crop, which costs a second
        pass (1.7 to 4.5 s on two cores). 0 never, 1 always. Default 0.12: larger people gain nothing from a crop.
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
        "isnet",
        "pose-detection",
        "face-full-range",
        "blazepose-heavy",
        "text-detection",
    )

    closer_below: float = 0.12
    margin: float = 0.15

    def __call__(self, photo: Photo, prompt: Prompt) -> Mask:
        """Probability ``(H, W)`` at the size of the photo that a pixel is the person meant by `prompt`."""
        return find(photo, prompt, salience, self.closer_below, self.margin).mask
