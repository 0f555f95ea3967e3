"""The doors of the nouns: what they let in, and what they say to what they keep out."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scenechange.errors import InputError, ScenechangeError
from scenechange.types import Body, Camera, Cutout, Ground, Layers, Light, Mask, Photo, Placement, Prompt, Recipe

RGB, PLANE = torch.zeros(3, 4, 6), torch.zeros(1, 4, 6)
NAN = float("nan")


def body(**changes: object) -> Body:
    """A measured person, with changes."""
    fields = {"keypoints": np.zeros((33, 3)), "height_m": 1.7, "height_sd_m": 0.1, "stature_px": 300.0}
    fields |= {"stature_sd_px": 10.0, "feet_xy": np.zeros((2, 2)), "head_xy": (5.0, 5.0)}
    return Body(**(fields | changes))


def camera(**changes: object) -> Camera:
    """A level camera, with changes."""
    fields = {"size_hw": (240, 320), "f_px": 300.0, "pitch_deg": 0.0, "roll_deg": 0.0, "height_m": 1.6}
    fields |= {"f_sd_px": 30.0, "pitch_sd_deg": 2.0, "roll_sd_deg": 1.0, "height_sd_m": 0.2}
    return Camera(**(fields | changes))


def light(**changes: object) -> Light:
    """Light from above, with changes."""
    fields = {"toward": (0.0, -1.0, 0.0), "toward_sd_deg": 20.0, "cct_k": 6500.0, "cct_sd_k": 300.0, "level": 0.8}
    fields |= {"level_sd": 0.1, "ambient_ratio": 0.5, "ambient_sd": 0.1, "sh": np.zeros((9, 3))}
    return Light(**(fields | changes))


def layers(**changes: object) -> Layers:
    """A window of 4 x 6 pixels in a scene of 10 x 12, with changes."""
    fields = {"background": torch.zeros(3, 10, 12), "foreground": RGB, "alpha": PLANE, "shadow": torch.ones(1, 4, 6)}
    fields |= {"occlusion": torch.ones(1, 4, 6), "window_xyxy": (2, 3, 8, 7)}
    fields |= {"scene_from_subject": np.eye(3), "anchor_xy": (5.0, 6.0), "stature_px": 4.0}
    return Layers(**(fields | changes))


MAKERS = {"body": body, "camera": camera, "light": light, "layers": layers}
WRONG = [
    (Photo, {"rgb": np.zeros((3, 4, 6), np.float32)}, "torch"),
    (Photo, {"rgb": torch.zeros(4, 6, 3)}, r"\(3, H, W\)"),
    (Photo, {"rgb": RGB.double()}, "float32"),
    (Photo, {"rgb": torch.zeros(3, 0, 6)}, "at least one pixel"),
    (Photo, {"rgb": RGB, "f_px": 0.0}, "positive"),
    (Photo, {"rgb": RGB, "f_px": NAN}, "finite"),
    (Photo, {"rgb": RGB, "alpha": torch.zeros(1, 4, 5)}, "size"),
    (Photo, {"rgb": RGB, "alpha": torch.zeros(4, 6)}, r"\(1, H, W\)"),
    (Prompt, {"points_xy": ((1.0, 2.0),)}, "one label per point"),
    (Prompt, {"points_xy": ((1.0, 2.0),), "labels": (2,)}, "1 \\(foreground\\) or 0"),
    (Prompt, {"points_xy": ((1.0, NAN),), "labels": (1,)}, "finite"),
    (Prompt, {"box_xyxy": (5.0, 0.0, 1.0, 9.0)}, "x0 < x1"),
    (Prompt, {"person": 0}, "1 for the leftmost"),
    (Mask, {"inside": PLANE}, r"\(H, W\)"),
    (Cutout, {"foreground": RGB, "alpha": torch.zeros(1, 4, 5), "offset_xy": (0, 0), "source_hw": (9, 9)}, "sizes"),
    (Cutout, {"foreground": RGB, "alpha": PLANE, "offset_xy": (5, 0), "source_hw": (9, 9)}, "leaves the photo"),
    (Cutout, {"foreground": RGB, "alpha": PLANE, "offset_xy": (-1, 0), "source_hw": (9, 9)}, "leaves the photo"),
    (body, {"keypoints": np.zeros((33, 2))}, r"\(K, 3\)"),
    (body, {"feet_xy": np.zeros(2)}, r"\(N, 2\)"),
    (body, {"cropped_at": frozenset({"below"})}, "subset"),
    (body, {"height_m": 0.0}, "positive"),
    (body, {"stature_px": -1.0}, "positive"),
    (camera, {"f_px": 0.0}, "f > 0"),
    (camera, {"height_m": -1.0}, "height > 0"),
    (camera, {"pitch_deg": 90.0}, "pitch"),
    (camera, {"roll_deg": math.inf}, "finite"),
    (light, {"toward": (0.0, -2.0, 0.0)}, "unit vector"),
    (light, {"ambient_ratio": 1.2}, "0 to 1"),
    (light, {"sh": np.zeros((3, 9))}, r"\(9, 3\)"),
    (light, {"cct_k": NAN}, "finite"),
    (Ground, {"normal": (0.0, -1.0, 0.0), "distance_m": 1.6, "standable": PLANE}, r"\(H, W\)"),
    (Placement, {"scale": 0.0}, "0.01 to 100"),
    (Placement, {"height_m": 17.0}, "0.3 to 3"),
    (Placement, {"at_xy": (NAN, 1.0)}, "finite"),
    (layers, {"window_xyxy": (8, 3, 14, 7)}, "leaves the scene"),
    (layers, {"window_xyxy": (2, 3, 8, 8)}, "wanted"),
    (layers, {"alpha": RGB}, r"\(1, H, W\)"),
    (layers, {"distance_m": 0.0}, "positive"),
    (layers, {"distance_m": NAN}, "finite"),
    (layers, {"camera": camera()}, r"scene of size \(10, 12\)"),
    (layers, {"shadow": torch.ones(2, 4, 6)}, r"\(1, H, W\)"),
]


@pytest.mark.parametrize(("make", "fields", "words"), WRONG, ids=lambda v: getattr(v, "__name__", None))
def test_wrong_values_are_stopped_at_the_door(make: type, fields: dict, words: str) -> None:
    with pytest.raises(InputError, match=words):
        make(**fields)


@pytest.mark.parametrize("name", MAKERS)
def test_right_values_are_let_in_and_cannot_be_changed(name: str) -> None:
    made = MAKERS[name]()
    first = dataclasses.fields(made)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(made, first, None)
    assert not hasattr(made, "__dict__")


def test_input_errors_can_be_caught_as_ours_and_as_value_errors() -> None:
    assert issubclass(InputError, ScenechangeError)
    assert issubclass(InputError, ValueError)


def test_messages_say_what_was_wanted_and_what_came() -> None:
    with pytest.raises(InputError, match=r"Photo\.rgb: wanted float32 \(3, H, W\), got torch\.float32 \(1, 4, 6\)"):
        Photo(PLANE)


def test_coloured_shadows_are_let_in() -> None:
    assert layers(shadow=torch.ones(3, 4, 6)).shadow.shape == (3, 4, 6)


def test_background_window_is_the_scene_inside_the_window() -> None:
    scene = torch.rand(3, 10, 12, generator=torch.Generator().manual_seed(0))
    assert torch.equal(layers(background=scene).background_window, scene[:, 3:7, 2:8])


def test_an_empty_prompt_asks_for_nobody_in_particular() -> None:
    assert Prompt().is_empty
    assert not Prompt(person=1).is_empty
    assert not Prompt(box_xyxy=(0, 0, 1, 1)).is_empty
    assert not Prompt(points_xy=((0.0, 0.0),), labels=(0,)).is_empty


def test_an_empty_recipe_has_defaults_of_its_own() -> None:
    one, other = Recipe(), Recipe()
    assert one.methods is not other.methods
    assert one.prompt.is_empty
    assert one.seed == 0


@given(st.integers(1, 60), st.integers(1, 60))
@settings(max_examples=20, deadline=None)
def test_photos_of_any_size_have_that_size(h: int, w: int) -> None:
    assert Photo(torch.zeros(3, h, w)).size_hw == (h, w)


@given(st.integers(1, 9000), st.integers(1, 9000), st.floats(1, 1e5))
@settings(max_examples=30, deadline=None)
def test_horizon_of_a_level_camera_runs_through_the_centre(h: int, w: int, f_px: float) -> None:
    level = camera(size_hw=(h, w), f_px=f_px)
    assert level.horizon_y(0) == level.horizon_y(w) == level.centre_xy[1] == (h - 1) / 2
    assert 0 < level.vfov_deg < 180
