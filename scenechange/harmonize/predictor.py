"""From samples of person and scene to the correction most likely meant: small learned statistics, in numpy.

Each pixel's colour and place go through two small layers; means and largest values over the person and over the
scene are the statistics; three more layers turn them into the five numbers of a `Correction`. Several such networks,
trained from different seeds, vote; where they disagree, the data never taught them, and the correction shrinks.

References: Zaheer et al., Deep Sets, NeurIPS 2017 (pooled functions of set members); Lakshminarayanan et al., Simple
and scalable predictive uncertainty estimation using deep ensembles, NeurIPS 2017. Trained by
``weights/train_harmonize_statistics.py``.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from io import BytesIO

import numpy as np

from scenechange.harmonize.correction import LIMITS
from scenechange.harmonize.samples import Samples
from scenechange.math.colour import linear_of

NAMES = ("person0", "person1", "scene0", "scene1", "head0", "head1", "head2")
FEATURES = 9


@cache
def weights() -> tuple[dict[str, np.ndarray], ...]:
    """Read-only weights of each voter: ``NAME.weight (out, in)`` and ``NAME.bias (out,)``."""
    with np.load(BytesIO((files("scenechange.harmonize") / "statistics.npz").read_bytes()), allow_pickle=False) as page:
        voters = []
        for k in range(int(page["voters"])):
            voter = {
                f"{n}.{kind}": page[f"{k}.{n}.{kind}"].astype(np.float32) for n in NAMES for kind in ("weight", "bias")
            }
            for array in voter.values():
                array.setflags(write=False)
            voters.append(voter)
    return tuple(voters)


def votes(samples: Samples) -> np.ndarray:
    """Corrections ``(voters, 5)`` in the order of `Correction.from_vector`."""
    person = features(samples.person, samples.person_xy)
    scene = features(samples.scene, samples.scene_xy)
    return np.stack([_vote(voter, person, scene) for voter in weights()])


def features(colours: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """Inputs ``(n, 9)`` of the pixel layer from sRGB ``(n, 3)`` and places ``(n, 2)``."""
    spread = colours.max(axis=1, keepdims=True) - colours.min(axis=1, keepdims=True)
    return np.hstack([colours * 2 - 1, np.log(linear_of(colours) + 0.01) / 2, spread * 2, xy * 2 - 1]).astype(
        np.float32
    )


def _vote(voter: dict[str, np.ndarray], person: np.ndarray, scene: np.ndarray) -> np.ndarray:
    def layer(name: str, x: np.ndarray) -> np.ndarray:
        return x @ voter[f"{name}.weight"].T + voter[f"{name}.bias"]

    pooled = []
    for name, pixels in (("person", person), ("scene", scene)):
        hidden = _swish(layer(f"{name}1", _swish(layer(f"{name}0", pixels))))
        pooled += [hidden.mean(axis=0), hidden.max(axis=0) / 4]
    theta = layer("head2", _swish(layer("head1", _swish(layer("head0", np.concatenate(pooled))))))
    return LIMITS * np.tanh(theta / LIMITS)


def _swish(x: np.ndarray) -> np.ndarray:
    return x / (1 + np.exp(-np.clip(x, -60, 60)))
