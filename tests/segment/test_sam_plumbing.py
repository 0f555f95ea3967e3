"""Segment Anything's plumbing, with a tiny model of the official class and random weights.

This says nothing of the quality of the masks: the real weights come from their authors' addresses only.
"""

import threading
from functools import partial

import numpy as np
import pytest
import torch

from scenechange.detectors import Person
from scenechange.errors import InputError, NobodyFoundError, WeightsError
from scenechange.segment import sam as sam_module
from scenechange.segment.instances import Someone
from scenechange.segment.sam import SegmentAnything, use_model
from scenechange.types import Photo, Prompt

SIDE = 128
CLICK = Prompt(points_xy=((30, 20),), labels=(1,))


def _tiny() -> torch.nn.Module:
    from segment_anything.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, Sam, TwoWayTransformer

    torch.manual_seed(3)
    grid = SIDE // 16
    encoder = ImageEncoderViT(
        img_size=SIDE, patch_size=16, embed_dim=16, depth=2, num_heads=2, out_chans=32, use_rel_pos=True,
        window_size=4, global_attn_indexes=(1,), norm_layer=partial(torch.nn.LayerNorm, eps=1e-6),
    )  # fmt: skip
    prompts = PromptEncoder(
        embed_dim=32, image_embedding_size=(grid, grid), input_image_size=(SIDE, SIDE), mask_in_chans=4
    )
    decoder = MaskDecoder(
        transformer_dim=32, transformer=TwoWayTransformer(depth=1, embedding_dim=32, mlp_dim=32, num_heads=2)
    )
    return Sam(encoder, prompts, decoder)


@pytest.fixture(scope="module")
def tiny() -> SegmentAnything:
    use_model("tiny-random", _tiny())
    return SegmentAnything(model="tiny-random")


def _photo(seed: int = 0, size_hw: tuple[int, int] = (60, 90)) -> Photo:
    return Photo(torch.rand(3, *size_hw, generator=torch.Generator().manual_seed(seed)))


class Watched:
    """An official predictor that remembers what it was asked."""

    asked: list[dict]

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import segment_anything

        self.asked = []
        asked = self.asked

        class Predictor(segment_anything.SamPredictor):
            def predict(self, **asking):
                masks, quality, low = super().predict(**asking)
                asked.append({**asking, "masks": masks, "quality": quality})
                return masks, quality, low

        monkeypatch.setattr(segment_anything, "SamPredictor", Predictor)


def test_the_mask_has_the_photo_s_size_and_is_a_probability(tiny: SegmentAnything) -> None:
    mask = tiny(_photo(), CLICK)
    assert mask.inside.shape == (60, 90)
    assert mask.inside.dtype == torch.float32
    assert 0 <= float(mask.inside.min()) < float(mask.inside.max()) <= 1


def test_one_click_gets_three_masks_of_which_the_best_is_taken(
    tiny: SegmentAnything, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = Watched(monkeypatch)
    mask = tiny(_photo(), CLICK)
    (asking,) = watched.asked
    assert asking["masks"].shape[0] == 3
    best = asking["masks"][int(np.argmax(asking["quality"]))]
    assert ((mask.inside > 0.5).float().mean()).item() == pytest.approx((best > 0).mean(), abs=0.03)


def test_clicks_and_box_reach_the_model_in_its_own_pixels(
    tiny: SegmentAnything, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = Watched(monkeypatch)
    tiny(_photo(size_hw=(120, 256)), Prompt(((30, 20), (200, 100)), (1, 0), box_xyxy=(10, 20, 110, 100)))
    (asking,) = watched.asked  # the photo is seen at half its size
    assert asking["point_coords"].tolist() == [[15, 10], [100, 50]]
    assert asking["point_labels"].tolist() == [1, 0]
    assert asking["box"].tolist() == [5, 10, 55, 50]
    assert asking["multimask_output"] is False


def test_different_clicks_give_different_masks(tiny: SegmentAnything) -> None:
    a = tiny(_photo(), CLICK).inside
    b = tiny(_photo(), Prompt(points_xy=((80, 55),), labels=(1,))).inside
    assert not torch.allclose(a, b)


def test_the_same_click_gives_the_same_mask_and_leaves_the_photo_alone(tiny: SegmentAnything) -> None:
    photo = _photo()
    before = photo.rgb.clone()
    assert torch.equal(tiny(photo, CLICK).inside, tiny(photo, CLICK).inside)
    assert torch.equal(before, photo.rgb)


def test_threads_over_one_model_get_what_they_would_get_alone(tiny: SegmentAnything) -> None:
    photos = [_photo(seed) for seed in range(4)]
    alone = [tiny(photo, CLICK).inside for photo in photos]
    together: dict[int, torch.Tensor] = {}

    def work(k: int) -> None:
        for _ in range(3):
            together[k] = tiny(photos[k], CLICK).inside

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Sums over busy processors may round otherwise; a mixed-up photo differs by far more.
    assert all(torch.allclose(alone[k], together[k], atol=1e-4) for k in range(4))
    assert not any(torch.allclose(alone[k], alone[0], atol=1e-2) for k in range(1, 4))


def test_a_person_by_number_is_asked_for_with_their_box(tiny: SegmentAnything, monkeypatch: pytest.MonkeyPatch) -> None:
    # the photo is smaller than the model's input: the predictor itself enlarges it
    hips = (45.0, 30.0)
    person = Person((40, 0, 50, 10), hips, (45, 0), hips, hips, 0.9)
    step = 60 / 256
    someone = Someone(
        person,
        0.9,
        np.ones((256, 256), np.float32),
        np.array([[step, 0, 20], [0, step, 0]]),
        np.zeros((0, 2)),
        np.zeros((0, 2)),
    )
    monkeypatch.setattr(sam_module, "find_everyone", lambda photo: (someone,))
    watched = Watched(monkeypatch)
    assert tiny(_photo(), Prompt(person=1)).instance == 1
    tiny(_photo(), Prompt())
    assert [asking["point_coords"] for asking in watched.asked] == [None, None]
    assert watched.asked[0]["box"] == pytest.approx(np.array([20, 0, 80, 60]), abs=2)
    with pytest.raises(NobodyFoundError, match="found 1 people in the photo, wanted 2"):
        tiny(_photo(), Prompt(person=2))


def test_an_empty_prompt_without_people_offers_a_click(tiny: SegmentAnything, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sam_module, "find_everyone", lambda photo: ())
    with pytest.raises(NobodyFoundError, match=r"--click.*--box"):
        tiny(_photo(), Prompt())


def test_an_unknown_model_and_a_click_outside_are_errors(tiny: SegmentAnything) -> None:
    with pytest.raises(InputError, match="vit_b, vit_l, vit_h"):
        SegmentAnything(model="vit_x")
    with pytest.raises(InputError, match="click 90,0"):
        tiny(_photo(), Prompt(points_xy=((90, 0),), labels=(1,)))


def test_official_weights_are_read_as_plain_tensors_into_the_official_model(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import segment_anything

    from scenechange import weights

    path = tmp_path / "sam.pth"
    source = _tiny()
    torch.save(source.state_dict(), path)
    names = []
    monkeypatch.setattr(weights, "path_of", lambda name: (names.append(name), path)[1])
    monkeypatch.setitem(segment_anything.sam_model_registry, "vit_b", lambda checkpoint: _tiny())
    loaded = sam_module._load("vit_b")
    assert names == ["sam-vit-b"]
    assert not loaded.training
    assert all(torch.equal(a, b) for a, b in zip(loaded.parameters(), source.parameters(), strict=True))
    torch.save({"other": torch.zeros(1)}, path)
    with pytest.raises(WeightsError, match="does not fit Segment Anything vit_b"):
        sam_module._load("vit_b")
