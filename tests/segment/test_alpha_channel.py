"""The transparency that a file already has."""

import pytest
import torch

from scenechange.errors import InputError, NobodyFoundError
from scenechange.segment.alpha import AlphaChannel
from scenechange.types import Photo, Prompt


def test_the_mask_is_the_alpha_channel_and_not_the_same_memory() -> None:
    alpha = torch.rand(1, 5, 7)
    mask = AlphaChannel()(Photo(torch.rand(3, 5, 7), alpha=alpha), Prompt())
    assert torch.equal(mask.inside, alpha[0])
    assert mask.inside.data_ptr() != alpha.data_ptr()


@pytest.mark.parametrize("alpha", [None, torch.ones(1, 5, 7)])
def test_an_opaque_photo_is_an_error_that_names_the_default(alpha: torch.Tensor | None) -> None:
    with pytest.raises(InputError, match="segment=isnet"):
        AlphaChannel()(Photo(torch.rand(3, 5, 7), alpha=alpha), Prompt())


def test_a_photo_that_is_transparent_everywhere_holds_nobody() -> None:
    with pytest.raises(NobodyFoundError, match="transparent everywhere"):
        AlphaChannel()(Photo(torch.rand(3, 5, 7), alpha=torch.zeros(1, 5, 7)), Prompt())


def test_asking_for_somebody_in_particular_is_an_error() -> None:
    with pytest.raises(InputError, match="wanted no person"):
        AlphaChannel()(Photo(torch.rand(3, 5, 7), alpha=torch.zeros(1, 5, 7)), Prompt(person=1))
