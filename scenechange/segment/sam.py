"""Segment Anything: the thing at a click or in a box, by the official package and its authors' weights.

Reference: Kirillov et al., Segment Anything, ICCV 2023. The weights come from the authors' addresses only (the
manifest's `sam-vit-b`, `sam-vit-l`, `sam-vit-h`). A predictor keeps the photo it looks at, so each call makes one of
its own over the shared model; threads never meet.

The project's tests use a tiny model of the official class with random weights (`use_model`): they prove the plumbing,
not the quality of the masks.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from scenechange.detectors import picture
from scenechange.errors import InputError, NobodyFoundError, WeightsError
from scenechange.math.image import fit_within
from scenechange.segment.instances import Someone, find_everyone
from scenechange.types import Mask

if TYPE_CHECKING:
    from scenechange.types import Photo, Prompt

MODELS = ("vit_b", "vit_l", "vit_h")
_models: dict[str, Any] = {}
_loading = threading.Lock()


@dataclass(frozen=True, slots=True)
class SegmentAnything:
    """The one that is meant, by Segment Anything.

    An empty prompt, or the number of a person, asks with the box of that person. Of the several masks that the model
    offers for one click, the one is taken that the model itself thinks best; a box gets a single mask.

    Parameters
    ----------
    model : str
        "vit_b" (375 MB, the default), "vit_l" (1.2 GB) or "vit_h" (2.6 GB).

    Raises
    ------
    NobodyFoundError
        There is nobody to ask for, or the model finds nothing there.
    WeightsError
        The weights are missing or cannot be loaded.
    InputError
        An unknown model, or a click or box outside the photo.
    """

    model: str = "vit_b"

    def __post_init__(self) -> None:
        if self.model not in MODELS and self.model not in _models:
            raise InputError(f"segment=sam: wanted model {', '.join(MODELS)}, got {self.model!r}")

    @property
    def networks(self) -> tuple[str, ...]:
        """Names in the weights manifest of what a call may load."""
        own = () if self.model in _models else (f"sam-{self.model.replace('_', '-')}",)
        return (*own, "pose-detection", "face-full-range", "blazepose-heavy")

    def __call__(self, photo: Photo, prompt: Prompt) -> Mask:
        """Probability ``(H, W)`` at the size of the photo that a pixel is what `prompt` means."""
        import torch

        _check(photo, prompt)
        someone, instance = _who(photo, prompt)
        box = someone.box_xyxy(photo.size_hw) if someone is not None else prompt.box_xyxy
        logits = _ask(_model(self.model), photo, prompt, box)
        if not (logits > 0).any():
            raise NobodyFoundError("Segment Anything marks nothing there; add a click, or draw a box with --box")
        return Mask(torch.sigmoid(torch.from_numpy(_full_size(logits, photo.size_hw))), instance)


def use_model(name: str, sam: Any) -> None:
    """Register a model of the official class ``segment_anything.modeling.Sam`` under a name, for `SegmentAnything`.

    For models of one's own, fine-tuned or small. The model is shared by all threads and never changed.
    """
    _models[name] = sam.eval()


def _model(name: str) -> Any:
    """The shared model of that name; built and filled with verified weights at its first use."""
    with _loading:
        if name not in _models:
            _models[name] = _load(name)
        return _models[name]


def _load(name: str) -> Any:
    """The official model with its authors' weights. The file is read as plain tensors, no code in it can run."""
    import torch
    from segment_anything import sam_model_registry

    from scenechange import weights

    path = weights.path_of(f"sam-{name.replace('_', '-')}")
    sam = sam_model_registry[name](checkpoint=None)
    try:
        sam.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except (RuntimeError, OSError) as error:
        raise WeightsError(f"{path.name} does not fit Segment Anything {name}: {error}") from error
    return sam.eval()


def _check(photo: Photo, prompt: Prompt) -> None:
    height, width = photo.size_hw
    for x, y in prompt.points_xy:
        if not (-0.5 <= x < width and -0.5 <= y < height):
            raise InputError(f"click {x:g},{y:g}: wanted a point of the photo of {width}x{height} pixels")
    if prompt.box_xyxy is not None:
        x0, y0, x1, y1 = prompt.box_xyxy
        if x1 <= 0 or y1 <= 0 or x0 >= width or y0 >= height:
            raise InputError(f"box {prompt.box_xyxy}: wanted a box that meets the photo of {width}x{height} pixels")


def _who(photo: Photo, prompt: Prompt) -> tuple[Someone | None, int]:
    """The person whose box is asked with, and their number; None where the prompt itself points."""
    if prompt.person is None and (prompt.box_xyxy is not None or 1 in prompt.labels):
        return None, 1
    people = find_everyone(photo)
    if len(people) < (prompt.person or 1):
        raise NobodyFoundError(
            f"found {len(people)} people in the photo, wanted {prompt.person or 1}; "
            "point at somebody or something with --click X,Y or --box X0,Y0,X1,Y1"
        )
    if prompt.person is not None:
        return people[prompt.person - 1], prompt.person
    k = int(np.argmax([s.person.radius_px * s.certainty for s in people]))
    return people[k], k + 1


def _ask(sam: Any, photo: Photo, prompt: Prompt, box: tuple[float, float, float, float] | None) -> np.ndarray:
    """Logits ``(h, w)`` of the best mask, at the size the model saw the photo in."""
    import torch
    from segment_anything import SamPredictor

    height, width = photo.size_hw
    size_hw = fit_within(photo.size_hw, sam.image_encoder.img_size)
    to_seen = np.array([size_hw[1] / width, size_hw[0] / height])
    seen = (picture(photo, (0, 0, width, height), size_hw) * 255).round().astype(np.uint8)
    predictor = SamPredictor(sam)
    with torch.inference_mode():
        predictor.set_image(seen)
        masks, quality, _ = predictor.predict(
            point_coords=np.array(prompt.points_xy) * to_seen if prompt.points_xy else None,
            point_labels=np.array(prompt.labels) if prompt.points_xy else None,
            box=np.array(box) * np.tile(to_seen, 2) if box is not None else None,
            multimask_output=box is None and len(prompt.points_xy) == 1,
            return_logits=True,
        )
    return np.asarray(masks[int(np.argmax(quality))], np.float32)


def _full_size(logits: np.ndarray, size_hw: tuple[int, int]) -> np.ndarray:
    """Logits are smooth, so they are enlarged as they are: the outline stays a curve."""
    import cv2

    return np.asarray(cv2.resize(logits, (size_hw[1], size_hw[0]), interpolation=cv2.INTER_LINEAR))
