"""Words of the command line: what is meant, and what is refused."""

from __future__ import annotations

import pytest
import torch

import scenechange as sc
from scenechange.cli.arguments import guests_of, numbers, placement_of, prompt_of, recipe_of
from scenechange.errors import InputError
from scenechange.types import Photo, Placement


def test_clicks_are_foreground_unless_they_end_in_zero():
    prompt = prompt_of(None, ["10,20", "30,40,0"], None)
    assert prompt.points_xy == ((10.0, 20.0), (30.0, 40.0))
    assert prompt.labels == (1, 0)


def test_no_prompt_means_the_recipes():
    assert prompt_of(None, None, None) is None


@pytest.mark.parametrize("text", ["", "1", "1,2,3,4", "a,b", "nan,1", "inf,2"])
def test_a_wrong_click_is_refused(text):
    with pytest.raises(InputError, match="--click"):
        prompt_of(None, [text], None)


def test_a_box_needs_four_numbers():
    assert prompt_of(None, None, "1,2,3,4").box_xyxy == (1, 2, 3, 4)
    with pytest.raises(InputError, match="--box"):
        prompt_of(None, None, "1,2,3")


def test_methods_and_options_are_laid_over_the_recipe(tmp_path):
    path = tmp_path / "recipe.json"
    path.write_text('{"methods": {"place": {"name": "upright", "options": {"share": 0.3}}}, "seed": 5}')
    recipe = recipe_of(path, ["shadow=none"], ["place.tilt_limit_deg=2.5"])
    assert recipe.methods["shadow"].name == "none"
    assert recipe.methods["place"].options == {"share": 0.3, "tilt_limit_deg": 2.5}
    assert recipe.seed == 5
    assert recipe_of(path, None, None, seed=7).seed == 7


@pytest.mark.parametrize(
    ("methods", "options", "told"),
    [
        (["shadow"], None, "stage=name"),
        (["shadw=none"], None, "did you mean 'shadow'"),
        (["shadow=nothing"], None, "wanted one of"),
        (None, ["share=1"], "stage.field=value"),
        (None, ["place.shar=1"], "did you mean 'share'"),
        (None, ["place.share=99"], "share"),
    ],
)
def test_wrong_methods_and_options_are_told(methods, options, told):
    with pytest.raises(InputError, match=told):
        recipe_of(None, methods, options)


def test_a_missing_recipe_file_is_told(tmp_path):
    with pytest.raises(InputError, match="recipe"):
        recipe_of(tmp_path / "recipe.json", None, None)


def test_placement_takes_only_what_was_given():
    base = Placement(scale=2.0)
    assert placement_of(base, at_xy=None, flip=None).scale == 2.0
    assert placement_of(base, at_xy="3,4", scale=None).at_xy == (3.0, 4.0)
    with pytest.raises(InputError, match="--at"):
        placement_of(base, at_xy="3")


def test_numbers_must_be_finite():
    assert numbers("1,-2", 2, "--at", "X,Y") == (1.0, -2.0)


def test_scribbles_become_strokes_of_the_prompt_in_their_order(tmp_path):
    path = tmp_path / "scribbles.json"
    path.write_text(
        '[{"points_xy": [[1, 2], [3, 4]], "radius_px": 5}, {"points_xy": [[6, 7]], "radius_px": 1, "label": "drop"}]'
    )
    prompt = prompt_of(None, None, None, path)
    assert [(s.points_xy, s.radius_px, s.label) for s in prompt.strokes] == [
        (((1, 2), (3, 4)), 5, "keep"), (((6, 7),), 1, "drop"),
    ]  # fmt: skip
    assert prompt.is_empty, "strokes mend whoever is found"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "wanted JSON"),
        ("{}", "wanted a list of strokes"),
        ('[{"radius_px": 3}]', "points_xy"),
        ('[{"points_xy": [], "radius_px": 3}]', "one point"),
        ('[{"points_xy": [[1, 2, 3]], "radius_px": 3}]', r"one point \(x, y\)"),
        ('[{"points_xy": [["a", 2]], "radius_px": 3}]', r"scribbles\[0\]"),
        ('[{"points_xy": [[1, 2]], "radius_px": 0}]', "positive"),
        ('[{"points_xy": [[1, NaN]], "radius_px": 1}]', "finite"),
        ('[{"points_xy": [[1, 2]], "radius_px": 1, "label": "maybe"}]', "'keep' or 'drop'"),
        ('[{"points_xy": [[1, 2]], "radius_px": 1, "lable": "keep"}]', "unknown key 'lable'"),
    ],
)
def test_wrong_scribbles_are_refused_by_name(tmp_path, text, told):
    path = tmp_path / "scribbles.json"
    path.write_text(text)
    with pytest.raises(InputError, match=told):
        prompt_of(None, None, None, path)


def test_scribbles_that_cannot_be_read_are_told(tmp_path):
    with pytest.raises(InputError, match="strokes in JSON"):
        prompt_of(None, None, None, tmp_path / "nowhere.json")


def test_the_nth_person_and_place_belong_to_the_nth_photo(tmp_path):
    paths = []
    for shade in (0.2, 0.6):
        paths.append(tmp_path / f"{shade}.png")
        sc.save(Photo(torch.full((3, 8, 9), shade)), paths[-1])
    first, second = guests_of(paths, [3], ["10,20", "30,40"])
    assert (first.prompt.person, first.place.at_xy) == (3, (10.0, 20.0))
    assert (second.prompt.person, second.place.at_xy) == (None, (30.0, 40.0))
    assert float(second.subject.rgb.mean()) == pytest.approx(0.6, abs=0.01)
    assert guests_of(None, None, None) == []
    with pytest.raises(InputError, match="--with"):
        guests_of(paths[:1], [1, 2], None)
    with pytest.raises(InputError, match="--with-at"):
        guests_of(paths[:1], None, ["here"])
