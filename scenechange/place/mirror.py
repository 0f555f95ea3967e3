"""Whether to mirror a person, so that light falls on them from the side it comes from in the scene.

People see a light from the wrong side only when it is far off (Lopez-Moreno, Sundstedt, Sangorrin & Gutierrez,
Measuring the perception of light inconsistencies, APGV 2010), but mirroring costs nothing: no pixel is changed. It
shows on letters, which forbid it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from scenechange.lettering import NOT_MIRRORED, is_lettered
from scenechange.math.colour import LUMA
from scenechange.math.shading import side_light

if TYPE_CHECKING:
    from scenechange.types import Scene, Subject

LEAST_SIDE = 0.25
"""Natural logarithm by which one side of the person must be brighter: a fifth less light is hardly seen."""
LEAST_ASKEW = 0.35
"""Part of the light's direction that is sideways: 20 degrees off the plane through the camera."""
SURE_SD = 1.0
"""How many standard deviations the light must be from the other side: right five times out of six."""


def is_to_be_mirrored(subject: Subject, scene: Scene) -> tuple[bool, str | None]:
    """Whether mirroring brings the light to the right side and shows nowhere, and what to tell the user.

    The answer is no wherever the side of the light is not known, on the person or in the scene.

    Raises
    ------
    WeightsError
        Mirroring would help, and the network that looks for letters is missing.
    """
    sideways = scene.light.toward[0]
    off_deg = math.degrees(math.asin(min(1.0, abs(sideways))))
    if abs(sideways) < LEAST_ASKEW or off_deg < SURE_SD * scene.light.toward_sd_deg:
        return False, None
    cutout = subject.cutout
    own, own_sd = side_light(np.tensordot(LUMA, cutout.foreground.numpy(), 1), cutout.alpha[0].numpy())
    if abs(own) < max(LEAST_SIDE, 2 * own_sd) or own * sideways > 0:
        return False, None
    if is_lettered(cutout.foreground, cutout.alpha):
        return False, NOT_MIRRORED
    return True, "mirrored, so that the light comes from the same side as in the place; --no-flip leaves it"
