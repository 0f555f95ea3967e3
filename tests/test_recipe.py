"""Recipes: JSON both ways, and every mistake is told by name."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenechange.errors import InputError
from scenechange.recipe import recipe_from_json, recipe_json
from scenechange.types import Method, Placement, Prompt, Recipe, Stroke

finite = st.floats(-1e4, 1e4, allow_nan=False)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    points=st.lists(st.tuples(finite, finite), max_size=3),
    at=st.none() | st.tuples(finite, finite),
    scale=st.floats(0.01, 100),
    flip=st.none() | st.booleans(),
    share=st.floats(0.05, 2),
    radius=st.floats(0.1, 500),
)
def test_a_recipe_comes_back_from_json_as_it_was(seed, points, at, scale, flip, share, radius):
    recipe = Recipe(
        {"place": Method("upright", {"share": share}), "harmonize": Method("none")},
        Prompt(tuple(points), (1,) * len(points), strokes=(Stroke(((1.5, 2.0), *points), radius, "drop"),)),
        Placement(at_xy=at, scale=scale, flip=flip),
        seed,
        {"scenechange": "0.1.0"},
    )
    text = recipe_json(recipe)
    again = recipe_from_json(text)
    assert recipe_json(again) == text
    assert again.prompt.strokes == recipe.prompt.strokes
    assert {*again.prompt.strokes, *recipe.prompt.strokes} == set(recipe.prompt.strokes), "strokes are hashable values"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "wanted JSON"),
        ("[]", "wanted a JSON object"),
        ('{"sed": 1}', "unknown key 'sed'"),
        ('{"seed": "x"}', "wanted a whole number"),
        ('{"methods": {"matt": {"name": "guided"}}}', "did you mean 'matte'"),
        ('{"methods": {"place": {"name": "uprigt"}}}', "did you mean 'upright'"),
        ('{"methods": {"place": {"name": "upright", "options": {"shar": 1}}}}', "did you mean 'share'"),
        ('{"methods": {"place": {"options": {}}}}', "name"),
        ('{"place": {"scale": 0}}', "scale"),
        ('{"prompt": {"person": 0}}', "1 for the leftmost"),
        ('{"prompt": {"strokes": [{"points_xy": [[1, 2]], "radius_px": -1}]}}', "positive"),
        ('{"prompt": {"strokes": {}}}', "wanted a list of strokes"),
    ],
)
def test_a_wrong_recipe_is_refused_by_name(text, told):
    with pytest.raises(InputError, match=told):
        recipe_from_json(text)


def test_an_empty_recipe_means_defaults():
    recipe = recipe_from_json("{}")
    assert recipe.methods == {}
    assert recipe.place.scale == 1.0
    assert json.loads(recipe_json(recipe))["seed"] == 0
