"""The page's own files: words in both languages, nothing from elsewhere, and what the page may ask for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from house_rules import ROOT
from scenechange_ui import page
from scenechange_ui.wishes import SLIDERS, placement_of, prompt_of, recipe_of

import scenechange as sc

FILES = sorted((ROOT / "ui" / "scenechange_ui" / "page").iterdir())


def test_both_languages_have_the_same_words() -> None:
    english, french = page.words()["en"], page.words()["fr"]
    assert set(english) == set(french)
    for key, text in english.items():
        assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", french[key])), key
        assert french[key].strip(), key


def test_every_word_that_the_page_shows_is_there_and_none_is_idle() -> None:
    text = page.body() + page.script().partition("\n")[2]
    named = set(re.findall(r"data-w[la]?=\"([\w-]+)\"", text)) | set(re.findall(r"say\('([\w-]+)'", text))
    assert named - set(page.words()["en"]) == set()
    from scenechange_ui.desk import KINDS

    for _, kind in KINDS:
        assert f"no_{kind}" in page.words()["en"], kind
    built = ("do_", "no_", "note_", "compare_", "demo-", "credit_", "who_", "step_", "saved")
    idle = {k for k in page.words()["en"] if not k.startswith(built) and f"'{k}'" not in text and f'"{k}"' not in text}
    assert idle - set(SLIDERS) - {"size", "turn", "height"} == set()


def test_credits_of_examples_are_the_manifests_and_translated() -> None:
    from scenechange import weights

    for kind in ("en", "fr"):
        credits = {
            key.removeprefix("credit_"): text for key, text in page.words()[kind].items() if "credit_demo" in key
        }
        assert set(credits) == {name for name in weights.names() if weights.entry(name).kind == "photo"}
    assert {f"credit_{name}": weights.entry(name).credit for name in credits}.items() <= page.words()["en"].items()
    assert page.words()["fr"]["credit_demo-rocket"] != page.words()["en"]["credit_demo-rocket"]


def test_every_step_of_the_pipeline_has_words() -> None:
    from scenechange import pipeline

    steps = {"send", "load", "save", "calibrate subject", "calibrate scene"}
    steps |= {s for s in (*pipeline.SUBJECT_STAGES, *pipeline.SCENE_STAGES, *pipeline.LAYER_STAGES) if s != "calibrate"}
    assert {f"do_{step}" for step in steps} <= set(page.words()["en"])


def test_the_page_asks_for_nothing_from_elsewhere() -> None:
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        assert re.findall(r"https?://|@import|url\(|integrity=", text) == [], path.name


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_files_of_the_page_are_short(path: Path) -> None:
    assert path.read_text(encoding="utf-8").count("\n") < 300


def test_shares_of_the_page_become_pixels() -> None:
    place = placement_of({"place": {"x": 0.5, "y": 1.0, "scale": 1.2, "flip": True, "rotate": -3}}, (200, 400))
    assert place.at_xy == (199.5, 199.5)
    assert (place.scale, place.flip, place.rotate_deg) == (1.2, True, -3.0)
    assert placement_of({}, (200, 400)).at_xy is None
    clicks = [{"x": 0.0, "y": 0.0, "adds": True}, {"x": 1.0, "y": 0.5, "adds": False}]
    prompt = prompt_of({"who": {"person": 2, "clicks": clicks}}, (200, 400))
    assert prompt.points_xy == ((-0.5, -0.5), (399.5, 99.5))
    assert (prompt.labels, prompt.person) == ((1, 0), 2)
    strokes = [{"points": [[0, 0], [0.5, 1]], "radius": 0.02, "adds": True}, {"points": [[1, 1]], "radius": 0.01}]
    first, second = prompt_of({"who": {"strokes": strokes}}, (200, 400)).strokes
    assert (first.points_xy, first.radius_px, first.label) == (((-0.5, -0.5), (199.5, 199.5)), 8.0, "keep")
    assert (second.radius_px, second.label) == (4.0, "drop")


def test_only_sliders_that_were_moved_enter_the_recipe() -> None:
    assert recipe_of({"tune": {"warmth": None}}).methods == {}
    methods = recipe_of({"tune": {"brightness": 0.5, "shadow": 0.2, "direction": 45, "grain": 2, "relight": 1}}).methods
    assert methods["harmonize"].options == {"brightness_ev": 0.5}
    assert methods["shadow"].options == {"strength": 0.2, "direction_deg": 45.0}
    assert methods["optics"].options == {"grain": 2.0}
    assert methods["relight"].options == {"strength": 1.0}
    for stage, method in methods.items():
        assert callable(sc.make(stage, method))


def test_whatever_the_critic_wants_turned_is_somewhere_on_the_page() -> None:
    from scenechange_ui.wishes import REMEDIES

    from scenechange.critic.limits import LIMITS

    elsewhere = {"optics.blur_limit"}  # an option of programs; the page has no slider for it
    assert {limit.remedy for limit in LIMITS.values()} - elsewhere <= set(REMEDIES)
    drawn = set(SLIDERS) | {"size", "turn", "height"}
    assert all(name in drawn or f'id="s-{name}"' in page.body() for name in REMEDIES.values())


def read_all(wish: dict) -> None:
    recipe_of(wish)
    placement_of(wish, (20, 30))
    prompt_of(wish, (20, 30))


@pytest.mark.parametrize(
    "wish",
    [
        {"tune": {"magic": 1}},
        {"tune": {"grain": "much"}},
        {"tune": [1]},
        {"place": {"x": True, "y": 0}},
        {"place": {"scale": 1e9}},
        {"place": {"x": float("nan"), "y": 0.5}},
        {"who": {"clicks": [{}] * 1000}},
        {"who": {"clicks": "everywhere"}},
        {"who": {"person": -1}},
        {"who": {"companions": ["all"]}},
        {"who": {"strokes": "everywhere"}},
        {"who": {"strokes": [{"points": [[0, 0]], "radius": 0.1}] * 1000}},
        {"who": {"strokes": [{"points": [], "radius": 0.1}]}},
        {"who": {"strokes": [{"points": [[0.1, 0.2, 0.3]], "radius": 0.1}]}},
        {"who": {"strokes": [{"points": [["a", 0]], "radius": 0.1}]}},
        {"who": {"strokes": [{"points": [[0, 0]]}]}},
        {"who": {"strokes": [{"points": [[0, 0]], "radius": float("inf")}] * 2}},
        {"who": {"strokes": [{"points": [[float("nan"), 0]], "radius": 0.1}]}},
    ],
)
def test_nonsense_from_a_page_is_refused(wish: dict) -> None:
    with pytest.raises(sc.InputError):
        read_all(wish)
