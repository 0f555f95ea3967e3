"""The critic finds the fault that was put in, and none where nothing is wrong."""

from __future__ import annotations

import json
import string
import tomllib
from dataclasses import replace
from importlib.resources import files

import cv2
import numpy as np
import pytest
import torch

import scenechange as sc
from scenechange.critic.findings import CUES, Critique, Cue
from scenechange.critic.ground import darkening_under_feet
from scenechange.critic.lighting import light_on_outline
from scenechange.critic.limits import LIMITS
from scenechange.critic.stance import size_gap, size_of_outline
from scenechange.critic.wording import LANGUAGES
from scenechange.errors import InputError, NobodyFoundError
from scenechange.math.geometry import stature_px
from scenechange.types import Camera, Mask, Photo

BOX = (150, 90, 210, 260)


def street(seed: int = 0, noise: float = 0.02) -> np.ndarray:
    """``(300, 360, 3)`` linear: coloured tiles with sharp edges and grain, person and place alike."""
    rng = np.random.default_rng(seed)
    tiles = rng.uniform(0.1, 0.5, (30, 36, 1)) * rng.uniform(0.8, 1.2, (30, 36, 3))
    picture = cv2.resize(tiles, (360, 300), interpolation=cv2.INTER_NEAREST)
    picture = cv2.GaussianBlur(picture, (0, 0), 0.8)
    return picture + rng.normal(0, noise, (300, 360, 1)) * np.sqrt(picture)


def composite(picture: np.ndarray) -> tuple[Photo, Mask]:
    inside = torch.zeros(picture.shape[:2])
    x0, y0, x1, y1 = BOX
    inside[y0:y1, x0:x1] = 1
    rgb = torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1), dtype=np.float32)).clamp(0, 1)
    return Photo(rgb), Mask(inside)


def found(picture: np.ndarray, name: str) -> Cue:
    return next(cue for cue in sc.explain(*composite(picture)).cues if cue.name == name)


def with_person(change) -> np.ndarray:
    picture = street()
    x0, y0, x1, y1 = BOX
    picture[y0:y1, x0:x1] = change(picture[y0:y1, x0:x1])
    return picture


def grainy(person: np.ndarray) -> np.ndarray:
    return person + np.random.default_rng(5).normal(0, 0.04, (*person.shape[:2], 1)) * np.sqrt(person.clip(0))


def smoothed(person: np.ndarray) -> np.ndarray:
    return cv2.bilateralFilter(person.astype(np.float32), 9, 0.1, 3)


@pytest.mark.parametrize(
    ("name", "message", "change"),
    [
        ("exposure", "bright", lambda p: p * 4),
        ("exposure", "dark", lambda p: p / 6),
        ("colour temperature", "warm", lambda p: p * [1.8, 1, 0.5]),
        ("colour temperature", "cool", lambda p: p * [0.5, 1, 1.8]),
        ("sharpness", "blurred", lambda p: cv2.GaussianBlur(p, (0, 0), 2.5)),
        ("grain", "grainy", grainy),
        ("grain", "clean", smoothed),
    ],
)
def test_a_fault_is_found_and_named(name, message, change):
    """The measured gap moves to the side of the fault against the untouched picture."""
    before, after = found(street(), name), found(with_person(change), name)
    assert after.message == message
    assert abs(after.gap - before.gap) > after.jnd


def test_a_coloured_person_in_a_black_and_white_place_is_told():
    picture = street()
    x0, y0, x1, y1 = BOX
    person = picture[y0:y1, x0:x1].copy()
    grey = np.repeat((picture @ np.array([0.2126, 0.7152, 0.0722]))[..., None], 3, axis=2)
    assert not found(grey, "saturation").visible
    grey[y0:y1, x0:x1] = person
    assert found(grey, "saturation").message == "in colour"
    assert found(grey, "saturation").visible
    assert found(grey, "colour temperature").gap is None


@pytest.mark.parametrize(("shade", "message"), [(1.0, "light"), (0.0, "dark")])
def test_a_line_along_the_outline_is_a_halo(shade, message):
    picture = street()
    x0, y0, x1, y1 = BOX
    cv2.rectangle(picture, (x0, y0), (x1 - 1, y1 - 1), (shade,) * 3, 2)
    cue = found(picture, "edge halo")
    assert cue.visible
    assert cue.message == message
    assert not found(street(), "edge halo").visible


def test_dark_ground_under_the_soles_is_measured_in_stops():
    picture = np.full((300, 360, 3), 0.3)
    x0, _, x1, y1 = BOX
    photo, mask = composite(picture)
    assert darkening_under_feet(photo.rgb, mask.inside) == pytest.approx(0, abs=0.01)
    picture[y1 : y1 + 6, x0:x1] = 0.15
    photo, mask = composite(picture)
    assert darkening_under_feet(photo.rgb, mask.inside) == pytest.approx(1, abs=0.02)


def test_feet_outside_the_picture_have_no_contact_and_no_size():
    photo, mask = composite(street())
    cut = sc.explain(Photo(photo.rgb[:, :260]), Mask(mask.inside[:260]))
    by_name = {cue.name: cue for cue in cut.cues}
    assert by_name["ground contact"].gap is None
    assert by_name["ground contact"].message == "cut off"


CAMERA = Camera((300, 360), 400.0, 0.0, 0.0, 1.6, 1.0, 0.1, 0.1, 0.01)


@pytest.mark.parametrize(("factor", "gap"), [(1.0, 0.0), (1.3, 30.0), (0.7, -30.0)])
def test_size_is_measured_against_the_horizon(factor, gap):
    """Somebody as tall as the camera is high reaches the horizon (Criminisi et al. 2000)."""
    foot = (180.0, 280.0)
    assert stature_px(CAMERA, foot, 1.6) == pytest.approx(280 - CAMERA.horizon_y(180), rel=1e-6)
    cue = size_gap(CAMERA, foot, factor * stature_px(CAMERA, foot, 1.6), 1.6, 0.0)
    assert cue.gap == pytest.approx(gap, abs=0.01)
    assert cue.visible == (gap != 0)


def test_an_unsure_camera_makes_the_size_forgiving():
    unsure = replace(CAMERA, pitch_sd_deg=10.0)
    foot = (180.0, 280.0)
    assert not size_gap(unsure, foot, 1.3 * stature_px(CAMERA, foot, 1.6), 1.6, 0.0).visible


def test_nobody_stands_above_the_horizon():
    assert size_of_outline(CAMERA, (100, 20, 130, 120)).message == "above horizon"
    assert size_of_outline(CAMERA, (100, 20, 130, 300)).message == "cut off"


@pytest.mark.parametrize("degrees", [0, 90, 200, 300])
def test_light_on_a_ball_is_found_from_its_outline(degrees):
    y, x = np.mgrid[:200, :200] - 99.5
    inside = np.hypot(x, y) < 70
    angle = np.radians(degrees)
    depth = np.sqrt(np.maximum(70**2 - x**2 - y**2, 0))
    shade = np.maximum((x * np.cos(angle) + y * np.sin(angle) + 0.5 * depth) / 70, 0) + 0.3
    rgb = torch.from_numpy(np.where(inside, 0.4 * shade, 0.2).astype(np.float32)).expand(3, -1, -1).contiguous()
    direction, spread = light_on_outline(rgb, torch.from_numpy(inside.astype(np.float32)))
    assert abs((np.degrees(direction) - degrees + 180) % 360 - 180) < 10
    assert spread < 10


def test_a_ball_without_shading_has_no_light_direction():
    y, x = np.mgrid[:200, :200] - 99.5
    inside = torch.from_numpy((np.hypot(x, y) < 70).astype(np.float32))
    texture = 0.3 + 0.1 * torch.rand(1, 200, 200, generator=torch.Generator().manual_seed(0)).expand(3, -1, -1)
    assert light_on_outline(texture.contiguous(), inside) is None


def test_every_cue_is_there_once_and_the_worst_comes_first():
    critique = sc.explain(*composite(with_person(lambda p: p * 4)))
    assert sorted(cue.name for cue in critique.cues) == sorted(CUES)
    assert [cue.visible for cue in critique.cues] == sorted((c.visible for c in critique.cues), reverse=True)
    assert [cue.gap is None for cue in critique.cues] == sorted(cue.gap is None for cue in critique.cues)
    assert 0 <= critique.realism <= 1


def test_a_critique_is_json_in_both_languages():
    critique = sc.explain(*composite(street()))
    pages = [json.loads(json.dumps(critique.as_dict(language), allow_nan=False)) for language in LANGUAGES]
    assert [cue["cue"] for cue in pages[0]["cues"]] == [cue["cue"] for cue in pages[1]["cues"]]
    assert all(a["sentence"] != b["sentence"] for a, b in zip(pages[0]["cues"], pages[1]["cues"], strict=True))
    assert all(cue["source"] and cue["unit"] for cue in pages[0]["cues"])


def numbers_in(text: str) -> list[str]:
    return sorted(field for _, field, _, _ in string.Formatter().parse(text) if field)


def test_every_sentence_exists_in_every_language_with_the_same_numbers():
    pages = [tomllib.loads((files("scenechange.critic") / "wordings" / f"{n}.toml").read_text()) for n in LANGUAGES]
    fields = [
        {(cue, key): numbers_in(text) for cue, said in page.items() for key, text in said.items()} for page in pages
    ]
    assert set(pages[0]) == set(LIMITS)
    assert all(other == fields[0] for other in fields)


def test_same_picture_same_critique():
    first, second = (sc.explain(*composite(street())) for _ in range(2))
    assert first.as_dict() == second.as_dict()


def test_inputs_stay_as_they_were():
    photo, mask = composite(street())
    before = photo.rgb.clone(), mask.inside.clone()
    sc.explain(photo, mask)
    assert torch.equal(photo.rgb, before[0])
    assert torch.equal(mask.inside, before[1])


def test_wrong_inputs_are_told():
    photo, mask = composite(street())
    with pytest.raises(InputError, match="wanted a Mask"):
        sc.explain(photo)
    with pytest.raises(InputError, match="wanted size"):
        sc.explain(photo, Mask(mask.inside[:100]))
    with pytest.raises(InputError, match="wanted a Composite"):
        sc.explain("picture.jpg")
    with pytest.raises(InputError, match="wanted at least"):
        sc.explain(photo, Mask(torch.ones_like(mask.inside)))
    with pytest.raises(NobodyFoundError):
        sc.explain(photo, Mask(torch.zeros_like(mask.inside)))
    with pytest.raises(InputError, match="language"):
        sc.explain(photo, mask).as_dict("tlh")
    with pytest.raises(InputError, match=r"Cue\.name"):
        Cue("charm", 1.0, "fine")


def test_what_is_not_visible_says_that_it_is_fine():
    cue = Cue("exposure", 0.01, "bright", {"gap": 0.01})
    assert not cue.visible
    assert cue.remedy == ""
    assert cue.sentence() == "The brightness fits."
    assert Critique(0.5, (cue,)).visible == ()
