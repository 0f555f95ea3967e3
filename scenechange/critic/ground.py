"""What lies under the feet: whether the ground there is darkened, as it is wherever something stands on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenechange.critic.findings import Cue
from scenechange.critic.learned import usual

if TYPE_CHECKING:
    from torch import Tensor

SOLE, UNDER, BESIDE = 0.04, 0.02, 0.25
"""Heights of the person: what counts as sole, how far below it the ground is read, and how far to the sides."""
FEWEST = 12
"""Pixels of ground under the soles."""


def darkening_under_feet(rgb: Tensor, mask: Tensor) -> float | None:
    """Stops by which the ground just under the soles is darker than the ground beside them; None where unseen.

    Parameters
    ----------
    rgb : Tensor
        ``(3, H, W)`` linear light of the finished picture.
    mask : Tensor
        ``(H, W)`` opacity of the person.
    """
    from scenechange.math.colour import luminance

    person = mask.numpy() > 0.1
    rows = np.nonzero(person.any(1))[0]
    top, bottom = int(rows[0]), int(rows[-1])
    tall = bottom - top + 1
    under = max(2, round(UNDER * tall))
    if bottom + under >= person.shape[0]:
        return None
    first = bottom - max(1, round(SOLE * tall))
    columns = np.nonzero(person[first : bottom + 1].any(0))[0]
    reach = round(BESIDE * tall)
    x0, x1 = max(0, int(columns[0]) - reach), min(person.shape[1], int(columns[-1]) + reach + 1)
    y0 = max(0, first - under)
    part = person[y0 : bottom + under + 1, x0:x1]
    light = luminance(rgb[:, y0 : bottom + under + 1, x0:x1])[0].numpy()
    below = np.zeros_like(part)
    for column in columns - x0:
        last = int(np.nonzero(part[:, column])[0][-1])
        below[last + 1 : last + 1 + under, column] = True
    below &= ~part
    far = np.ones_like(part)
    gap = max(2, round(0.08 * tall))
    far[:, max(0, int(columns[0]) - x0 - gap) : int(columns[-1]) - x0 + gap + 1] = False
    far &= ~part
    if min(int(below.sum()), int(far.sum())) < FEWEST:
        return None
    return float(np.log2((np.median(light[far]) + 1e-3) / (np.median(light[below]) + 1e-3)))


def contact_cue(rgb: Tensor, mask: Tensor) -> Cue:
    """Darkening under the soles that is missing against that of real photos, in stops."""
    dark = darkening_under_feet(rgb, mask)
    if dark is None:
        return Cue("ground contact", None, "feet unseen")
    expected, lowest = usual("ground contact"), usual("ground contact low")
    missing = min(dark - expected, 0.0)
    return Cue("ground contact", missing, "floats", {"gap": abs(missing)}, max(expected - lowest, 0.0))
