"""Real people, the real network: are measures the same where less of the person is left?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from mannequin import photo_and_cutout
from PIL import Image

from scenechange.math.colour import linear_from_srgb
from scenechange.person.blazepose import BlazePose
from scenechange.types import Cutout, Photo

pytestmark = [pytest.mark.weights("blazepose-heavy"), pytest.mark.data]
PEOPLE = ("0001", "0097", "0193", "0353")


def street_photo(data_dir: Path, name: str, rows: int | None = None) -> tuple[Photo, Cutout]:
    """A photo of people/ccp and the cut-out of its true mask; only the upper `rows` if given."""
    folder = data_dir / "people" / "ccp"
    srgb = np.asarray(Image.open(folder / "photos" / f"{name}.jpg").convert("RGB"), np.float32)[:rows] / 255
    inside = np.asarray(Image.open(folder / "masks" / f"{name}.png").convert("L"))[:rows] > 127
    linear = linear_from_srgb(torch.from_numpy(srgb.transpose(2, 0, 1).copy())).numpy()
    return photo_and_cutout(linear, inside.astype(np.float32))


@pytest.mark.parametrize("name", PEOPLE)
def test_a_standing_person_is_as_tall_as_their_outline(data_dir: Path, name: str) -> None:
    photo, cutout = street_photo(data_dir, name)
    body = BlazePose()(photo, cutout)
    assert body.stature_px == pytest.approx(cutout.alpha.shape[1], rel=0.06)
    assert len(body.feet_xy) == 2
    assert (body.feet_xy[:, 1] > cutout.offset_xy[1] + 0.94 * cutout.alpha.shape[1]).all()
    assert abs(body.head_xy[1] - cutout.offset_xy[1]) < 0.06 * body.stature_px
    assert body.cropped_at == frozenset()


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("share", [0.3, 0.55, 0.75])
def test_cutting_the_legs_off_changes_the_stature_by_less_than_three_deviations(
    data_dir: Path, name: str, share: float
) -> None:
    whole = BlazePose()(*street_photo(data_dir, name))
    part = BlazePose()(*street_photo(data_dir, name, int(whole.head_xy[1] + share * whole.stature_px)))
    assert abs(part.stature_px - whole.stature_px) < 3 * part.stature_sd_px
    assert part.stature_sd_px < 0.1 * part.stature_px
    assert part.cropped_at == {"bottom"}
    assert len(part.feet_xy) == 0


@pytest.mark.parametrize("quarter_turns", [1, 2, 3])
def test_a_lying_person_is_as_tall_as_when_they_stood(data_dir: Path, quarter_turns: int) -> None:
    photo, cutout = street_photo(data_dir, "0001")
    stood = BlazePose()(photo, cutout).stature_px
    alpha = np.zeros(photo.size_hw, np.float32)
    (x, y), (h, w) = cutout.offset_xy, cutout.alpha.shape[1:]
    alpha[y : y + h, x : x + w] = cutout.alpha[0].numpy()
    turned = np.ascontiguousarray(np.rot90(photo.rgb.numpy(), quarter_turns, (1, 2)))
    body = BlazePose()(*photo_and_cutout(turned, np.ascontiguousarray(np.rot90(alpha, quarter_turns))))
    assert body.stature_px == pytest.approx(stood, rel=0.1)
