"""Letters are found by the real network where somebody could read them, and nowhere on plain cloth."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from scenechange.lettering import is_lettered, probability

pytestmark = pytest.mark.weights("text-detection")


def shirt(text: str, size_hw: tuple[int, int] = (600, 300)) -> tuple[torch.Tensor, torch.Tensor]:
    """A person in a shirt with a print, as linear colour and opacity."""
    drawn = np.full((*size_hw, 3), 170, np.uint8)
    cv2.putText(drawn, text, (70, 200), cv2.FONT_HERSHEY_DUPLEX, 1.2, (30, 30, 120), 3, cv2.LINE_AA)
    noise = np.random.default_rng(0).normal(0, 3, drawn.shape)
    encoded = torch.from_numpy(((drawn + noise).clip(0, 255) / 255).astype(np.float32)).permute(2, 0, 1)
    alpha = torch.zeros(1, *size_hw)
    alpha[:, 20:-10, 40:-40] = 1
    return encoded**2.2, alpha


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_printed_word_is_seen_and_plain_cloth_is_not(mirrored: bool) -> None:
    rgb, alpha = shirt("PARIS")
    assert is_lettered(rgb.flip(2) if mirrored else rgb, alpha)
    assert not is_lettered(*shirt(""))


def test_a_word_beside_the_person_does_not_count() -> None:
    rgb, alpha = shirt("PARIS")
    alpha[:, 150:220] = 0
    assert not is_lettered(rgb, alpha)


@pytest.mark.parametrize("size_hw", [(1, 1), (7, 300), (1500, 40)])
def test_any_size_gets_an_answer(size_hw: tuple[int, int]) -> None:
    found = probability(torch.full((3, *size_hw), 0.4))
    assert found.shape[0] % 32 == found.shape[1] % 32 == 0
    assert not is_lettered(torch.full((3, *size_hw), 0.4), torch.ones(1, *size_hw))
