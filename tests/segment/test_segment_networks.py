"""IS-Net and U2-Net on real photos, where their weights and the photos are at hand."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from scenechange.errors import NobodyFoundError
from scenechange.segment.isnet import IsNet
from scenechange.segment.u2net import U2Net
from scenechange.types import Photo, Prompt

PEOPLE = ("pose-detection", "blazepose-heavy", "face-full-range")


def _load(path: Path) -> Photo:
    import cv2

    srgb = cv2.imread(str(path))[:, :, ::-1].astype(np.float32) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4).astype(np.float32)
    return Photo(torch.from_numpy(np.ascontiguousarray(linear.transpose(2, 0, 1))))


def _overlap(mask: torch.Tensor, path: Path) -> float:
    import cv2

    true, got = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) > 0, mask.numpy() > 0.5
    return float((true & got).sum() / (true | got).sum())


@pytest.mark.data
@pytest.mark.parametrize(
    ("method", "least"),
    [
        pytest.param(IsNet(), 0.96, marks=pytest.mark.weights("isnet", *PEOPLE)),
        pytest.param(U2Net(), 0.93, marks=pytest.mark.weights("u2net", *PEOPLE)),
    ],
)
def test_a_street_photo_is_cut_out_as_the_hand_drawn_mask_says(
    method: IsNet | U2Net, least: float, data_dir: Path
) -> None:
    ccp = data_dir / "people" / "ccp"
    mask = method(_load(ccp / "photos" / "0051.jpg"), Prompt())
    assert _overlap(mask.inside, ccp / "masks" / "0051.png") > least


@pytest.mark.data
@pytest.mark.weights("isnet", *PEOPLE)
def test_of_two_people_side_by_side_each_is_cut_out_alone(data_dir: Path) -> None:
    import cv2

    ccp = data_dir / "people" / "ccp"
    names = ("0051", "0121")
    photos = [_load(ccp / "photos" / f"{name}.jpg").rgb[:, :820] for name in names]
    photo = Photo(torch.cat(photos, 2).contiguous())
    for number, name in enumerate(names, 1):
        mask = IsNet()(photo, Prompt(person=number))
        true = np.zeros(photo.size_hw, bool)
        left = sum(p.shape[2] for p in photos[: number - 1])
        drawn = cv2.imread(str(ccp / "masks" / f"{name}.png"), cv2.IMREAD_GRAYSCALE)[:820] > 0
        true[:, left : left + drawn.shape[1]] = drawn
        got = mask.inside.numpy() > 0.5
        assert (true & got).sum() / (true | got).sum() > 0.93
        assert mask.instance == number


@pytest.mark.data
@pytest.mark.weights("isnet", "text-detection", *PEOPLE)
def test_the_title_over_a_head_stays_behind(data_dir: Path) -> None:
    inside = IsNet()(_load(data_dir / "matting" / "P3M_demo" / "original" / "p_07141906.jpg"), Prompt()).inside
    height, width = inside.shape
    assert inside[: height // 5].mean() < 0.001
    assert inside[height // 2 :, width // 2 :].mean() > 0.5


@pytest.mark.data
@pytest.mark.weights("isnet", *PEOPLE)
@pytest.mark.parametrize("name", ["mate_Storm", "plasma_BytheWater", "plasma_Grey"])
def test_a_landscape_holds_nobody(name: str, data_dir: Path) -> None:
    with pytest.raises(NobodyFoundError, match="--click"):
        IsNet()(_load(data_dir / "backgrounds" / "wallpapers" / f"{name}.jpg"), Prompt())


@pytest.mark.weights("isnet", *PEOPLE)
@pytest.mark.parametrize("size_hw", [(1, 1), (16, 16), (1, 4000), (4000, 1)])
@pytest.mark.parametrize("value", [0.0, 0.5])
def test_a_plain_photo_of_any_shape_holds_nobody(size_hw: tuple[int, int], value: float) -> None:
    with pytest.raises(NobodyFoundError):
        IsNet()(Photo(torch.full((3, *size_hw), value)), Prompt())


def test_importing_the_rooms_loads_no_heavy_library() -> None:
    code = (
        "import sys, scenechange.segment.isnet, scenechange.segment.u2net, scenechange.segment.sam, "
        "scenechange.segment.alpha, scenechange.matte.guided, scenechange.matte.closed_form, scenechange.detectors\n"
        "print(sorted({'torch', 'cv2', 'onnxruntime', 'numba', 'pymatting', 'segment_anything'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ, check=True)
    assert done.stdout.strip() == "[]"
