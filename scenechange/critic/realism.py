"""One number for how real a composite looks: a logistic model over the gaps between the person and the surround.

Learned from people's judgements of composites of cars, houses, fields and people by ``weights/train_realism.py``, which
also measures how far it can be trusted (see the model card in ``weights/README.md``). It sees colours, tones and
texture; of size, feet and shadows it knows nothing.

Reference: J.-F. Lalonde, A. A. Efros, Using color compatibility for assessing image realism, ICCV 2007.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from scenechange.critic.gaps import gaps_of
from scenechange.critic.learned import learned
from scenechange.critic.tone import correction_gaps

if TYPE_CHECKING:
    from scenechange.critic.regions import Regions
    from scenechange.critic.tone import Ballots


def realism(regions: Regions, ballots: Ballots | None) -> float:
    """Realism in [0, 1]; 0.5 is as often taken for real as not."""
    model, gaps = learned()["realism"], gaps_of(regions) | correction_gaps(ballots)
    values = np.array([gaps[name] for name in model["names"]])
    seen = standardized(values, *(np.array(model[key]) for key in ("scale", "mean", "deviation")))
    score = float(seen @ np.array(model["weight"])) + model["bias"]
    return 1 / (1 + math.exp(-min(max(score, -30.0), 30.0)))


def standardized(values: np.ndarray, scale: np.ndarray, mean: np.ndarray, deviation: np.ndarray) -> np.ndarray:
    """Inputs ``(..., 2 n)`` of the model from gaps ``(..., n)``: signed and absolute, squeezed, standardized."""
    squeezed = np.arcsinh(values / scale)
    both = np.concatenate([squeezed, np.abs(squeezed)], axis=-1)
    return np.asarray((both - mean) / deviation)
