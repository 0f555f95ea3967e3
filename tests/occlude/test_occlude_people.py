"""People of a scene as occluders: real photos with known masks."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from scenechange.errors import InputError
from scenechange.io import load_photo
from scenechange.occlude.none import Nothing
from scenechange.occlude.objects import Objects
from scenechange.types import Camera, Ground, Photo

GROUND = Ground((0.0, -1.0, 0.0), 1.6, torch.ones(8, 8))


def camera(photo: Photo) -> Camera:
    return Camera(photo.size_hw, float(max(photo.size_hw)), 0, 0, 1.6, 10, 1, 1, 0.2)


def test_none_finds_nobody():
    photo = Photo(torch.full((3, 40, 60), 0.4))
    assert Nothing()(photo, camera(photo), GROUND) == ()


def test_an_option_out_of_range_is_refused():
    with pytest.raises(InputError, match="least_share"):
        Objects(least_share=0.0)


@pytest.mark.weights("pose-detection", "blazepose-heavy")
def test_an_empty_wall_holds_nobody():
    photo = Photo(torch.full((3, 300, 400), 0.4))
    assert Objects()(photo, camera(photo), GROUND) == ()


@pytest.mark.weights("pose-detection", "blazepose-heavy")
@pytest.mark.data
@pytest.mark.parametrize("name", ["0037", "0145", "0361"])
def test_the_person_of_a_street_photo_is_found_with_mask_and_feet(data_dir, name):
    import cv2

    photo = load_photo(data_dir / "people/ccp/photos" / f"{name}.jpg")
    truth = cv2.imread(str(data_dir / "people/ccp/masks" / f"{name}.png"), cv2.IMREAD_GRAYSCALE) > 0
    found = max(Objects()(photo, camera(photo), GROUND), key=lambda o: float(o.mask.sum()))
    inside = np.zeros(truth.shape, bool)
    (x, y), (h, w) = found.offset_xy, found.mask.shape
    inside[y : y + h, x : x + w] = found.mask.numpy() > 0.5
    assert (inside & truth).sum() / (inside | truth).sum() > 0.8
    feet = np.flatnonzero(truth.any(1))[-1]
    assert found.base_xyxy[1] == pytest.approx(feet, abs=0.05 * truth.shape[0])
    assert found.what == "person"
