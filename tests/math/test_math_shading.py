"""Which side of a person is brighter."""

from __future__ import annotations

import math

import numpy as np
import pytest

from scenechange.math.shading import side_light


def column(step: float, shirt: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Luminance and alpha of a post, exp(step) brighter on its right edge than on its left; a shirt half way up."""
    alpha = np.zeros((300, 120))
    alpha[20:280, 30:90] = 1
    tone = np.linspace(-step / 2, step / 2, 60)
    luminance = np.full((300, 120), 0.2)
    luminance[:, 30:90] = 0.2 * np.exp(tone)
    luminance[100:160] *= math.exp(shirt)
    return luminance, alpha


@pytest.mark.parametrize("step", [-0.6, 0.0, 0.9])
def test_brighter_side_is_measured_whatever_the_clothes(step: float) -> None:
    found, sd = side_light(*column(step, shirt=-1.5))
    # the middles of the outer quarters lie three quarters of the width apart
    assert found == pytest.approx(0.75 * step, abs=0.08)
    assert sd < 0.1


def test_mirrored_person_has_the_opposite_side() -> None:
    luminance, alpha = column(0.5)
    there, back = side_light(luminance, alpha)[0], side_light(luminance[:, ::-1], alpha[:, ::-1])[0]
    assert there == pytest.approx(-back, abs=0.02)


def test_nobody_has_no_side() -> None:
    assert side_light(np.zeros((50, 50)), np.zeros((50, 50))) == (0.0, math.inf)
