"""Exposure, colour temperature, contrast and saturation: what would still have to change for the person to fit.

The gap is the correction that learned statistics of person and surround call for (see
`scenechange.harmonize.predictor`), taken the other way round. Means of person and place would not do: dark clothes
before a bright wall are no fault. Nothing is shrunk here, so that small gaps are told too.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from scenechange.critic.findings import Cue
from scenechange.critic.learned import usual
from scenechange.critic.limits import LIMITS
from scenechange.types import value

if TYPE_CHECKING:
    from scenechange.types import Layers

LN_2 = math.log(2)
ENOUGH = 10_000
"""Pixels of the person that tell whether they are in colour."""
MIRED_PER_STOP = 83.0
"""Mired of colour temperature for a stop of red against blue: 0.693 / (14,388 um K (1/0.45 um - 1/0.61 um) 1e-6), the
Planckian ratio at the main wavelengths of blue and red."""


@value
class Ballots:
    """Corrections ``(voters, 5)`` that the harmonizer's networks call for, and how much they would change."""

    votes: np.ndarray
    change_levels: float
    dissent_levels: float


def ballots_of(layers: Layers) -> Ballots | None:
    """What would still be changed in a finished composite; None where the person or the place is too small.

    The changes are root mean squares over the person in 8-bit levels: of the mean vote, and of the votes about it.
    """
    from scenechange.harmonize.predictor import votes
    from scenechange.harmonize.samples import gather
    from scenechange.harmonize.statistics import change_levels

    samples = gather(layers)
    if samples is None:
        return None
    found = votes(samples)
    mean = found.mean(axis=0)
    dissent = np.sqrt(np.mean([change_levels(samples.person, vote, mean) ** 2 for vote in found]))
    return Ballots(found, change_levels(samples.person, mean), float(dissent))


def correction_gaps(ballots: Ballots | None) -> dict[str, float]:
    """The corrections as gaps for the score of realism; all 0 where there are none."""
    mean = np.zeros(5) if ballots is None else ballots.votes.mean(axis=0)
    red, green, blue, contrast, saturation = (float(number) for number in mean)
    return {
        "correct.level": (red + green + blue) / 3,
        "correct.warm": red - blue,
        "correct.tint": green - (red + blue) / 2,
        "correct.contrast": contrast,
        "correct.saturation": saturation,
        "correct.change": 0.0 if ballots is None else ballots.change_levels,
        "correct.dissent": 0.0 if ballots is None else ballots.dissent_levels,
    }


def tone_cues(ballots: Ballots | None) -> list[Cue]:
    """The four cues of a finished composite."""
    if ballots is None:
        return [Cue(name, None, "too small") for name in ("exposure", "colour temperature", "contrast", "saturation")]
    red, green, blue, contrast, saturation = np.median(ballots.votes, axis=0)
    stops = -float(red + green + blue) / 3 / LN_2
    mired = -float(red - blue) / LN_2 * MIRED_PER_STOP
    harder, richer = (100 * (math.exp(-float(x)) - 1) for x in (contrast, saturation))
    return [
        _cue("exposure", stops, ("bright", "dark")),
        _cue("colour temperature", mired, ("warm", "cool")),
        _cue("contrast", harder, ("hard", "soft")),
        _cue("saturation", richer, ("rich", "pale")),
    ]


def print_cues(layers: Layers) -> list[Cue]:
    """Colour temperature and saturation where the place is black-and-white or toned; none where it has colours."""
    from scenechange.harmonize.toning import toning_of
    from scenechange.math.colour import lab_from_linear

    ink, inside = toning_of(layers), layers.alpha[0] > 0.9
    if ink is None or not bool(inside.any()):
        return []
    person = layers.foreground[:, inside]
    person = person[:, :: max(1, person.shape[1] // ENOUGH)]
    apart = float((lab_from_linear(person) - lab_from_linear(ink(person))).square().sum(0).sqrt().mean())
    is_coloured = apart > LIMITS["edge halo"].jnd  # both are distances in CIELAB
    saturation = Cue("saturation", 100.0 if is_coloured else 0.0, "in colour", {"gap": apart}, usual("saturation"))
    return [saturation, Cue("colour temperature", None, "one ink")]


def _cue(name: str, gap: float, messages: tuple[str, str]) -> Cue:
    return Cue(name, gap, messages[gap < 0], {"gap": abs(gap)}, usual(name))
