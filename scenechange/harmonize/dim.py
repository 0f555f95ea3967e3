"""How dark a dim place is, which street photos by day do not teach: dusk, night, a hall without windows.

A place counts as dim only where both the surroundings of the person and the whole picture are darker in their brightest
tenth than streets by day ever are: a dark hedge behind somebody is no dusk, nor is a backlit street. The limits are the
mean of 399 photos of people/ccp_train less five and a half standard deviations. Beyond them the picture is dark because
little light was there, and a person who is brighter than everything round them was lit by something else. Nobody is
made brighter: a picture whiter than a street is mostly overexposed.
"""

from __future__ import annotations

import numpy as np

from scenechange.harmonize.samples import Samples, bright_ev

AROUND_DIM = -0.57 - 5.5 * 0.43  # brightest tenth of what is round the person, in stops below white
PICTURE_DIM = -0.56 - 5.5 * 0.35  # that of the whole picture
GREATEST = 2.0


def missing_dimness(samples: Samples, amount: float) -> float:
    """Stops by which a person is to be darkened to be in a dim place too; 0 by daylight.

    Parameters
    ----------
    samples : Samples
        Person (as corrected so far) and scene.
    amount : float
        Part of what is too bright that is taken, 0 to 1.
    """
    around = bright_ev(samples.scene)
    dim = min(AROUND_DIM - around, PICTURE_DIM - samples.bright_ev)
    brighter = bright_ev(samples.person) - around  # by day -0.8 +- 1.1
    return float(np.clip(amount * min(dim, brighter), 0.0, GREATEST))
