"""The page on study files is true, and nothing that can stand in a study file brings the reader down."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from study_files import FULL, draw_folder, load

from scenechange.errors import InputError
from scenechange.ratings.study import load_study
from scenechange.ratings.table import StudyError, Table

PAGE = (Path(__file__).parent.parent.parent / "docs" / "rating-studies.md").read_text(encoding="utf-8")
TABLES = {"study", "design", "items", "texts", "platform", "checks", "fields"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return draw_folder(tmp_path)


def test_the_shortest_study_of_the_page_runs(folder):
    shortest = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL).group(1)
    assert len(load(folder, shortest).items) == 8


def test_every_key_of_a_study_file_is_on_the_page(folder, monkeypatch):
    asked, raw = set(), Table.raw

    def listening(self, key, *more, **named):
        asked.add(key)
        return raw(self, key, *more, **named)

    monkeypatch.setattr(Table, "raw", listening)
    load(folder, FULL)
    wanted = asked - TABLES - {"value", "label", "fr", "en"}
    assert len(wanted) > 35
    assert [key for key in sorted(wanted) if not re.search(rf"`(\w+\.)?{key}\b", PAGE)] == ["extra"]
    assert "[[items.extra]]" in PAGE


junk = st.recursive(
    st.booleans() | st.integers(-3, 10**12) | st.floats() | st.dates() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abx_", max_size=4), inner, max_size=3),
    max_leaves=4,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_stands_in_a_study_file_is_taken_or_refused_by_its_key(folder, data):
    place = values = tomllib.loads(FULL)
    for _ in range(3):
        key = data.draw(st.sampled_from(sorted(place)))
        inner = place[key]
        if isinstance(inner, dict) and inner and data.draw(st.booleans()):
            place = inner
        elif isinstance(inner, list) and isinstance(inner[0], dict) and data.draw(st.booleans()):
            place = inner[0]
        else:
            break
    place[key] = data.draw(junk)
    (folder / "study.toml").touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tomllib, "loads", lambda _: values)
        try:
            load_study(folder / "study.toml")
        except InputError as error:
            told = str(error)
        else:
            told = "study.toml: taken"
    assert told.startswith("study.toml: ")


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ('folder = "\\u0000"', "items.folder: wanted a text"),
        ('csv = "\\u0000"', "items.csv: wanted a text"),
        ('folder = "pictures"\n[[items.extra]]\npath = "\\u0000"', r"items.extra\[1\].path: wanted a picture's file"),
        ('csv = "pictures"', "items.csv: pictures cannot be read"),
        ('folder = "pictures"\n[[items.extra]]\npath = "pictures"', "no such picture: wanted 'pictures'"),
    ],
)
def test_paths_that_cannot_be_are_told(folder, lines, told):
    text = f'[study]\nname = "a"\ncontact = "c"\n[design]\nkind = "acr"\n[items]\n{lines}\n'
    with pytest.raises(StudyError, match=told):
        load(folder, text)


def test_a_study_path_with_a_nul_is_told():
    with pytest.raises(StudyError, match="not a legal path"):
        load_study(Path("a\0.toml"))
