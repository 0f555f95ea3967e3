"""``rate init``: a folder becomes a study, and what was understood is said."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from scenechange.cli.rate_init import init
from scenechange.errors import InputError

app = typer.Typer(pretty_exceptions_enable=False)
app.command()(init)


def run(*arguments: str):
    result = CliRunner().invoke(app, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    for number, system in enumerate(("one", "two", "photo")):
        for source in ("x", "y"):
            path = tmp_path / "pictures" / system / f"{source}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), np.random.default_rng(number).integers(0, 255, (12, 16, 3), np.uint8))
    return tmp_path / "pictures"


def test_init_writes_a_study_and_tells_what_it_understood(pictures):
    output = pictures.parent / "study.toml"
    result = run(str(pictures), "-o", str(output), "--contact", "me@example.org", "--json")
    found = json.loads(result.stdout)
    assert found["items"] == {"test": 6}
    assert found["pictures_of_system"] == {"one": 2, "photo": 2, "two": 2}
    assert (found["units"], found["votes_wanted"], found["sessions_needed"]) == (6, 60, 10)
    assert output.read_text().startswith("# A study of appeal")
    assert output.with_suffix(".items.csv").read_text().count("\n") == 7


def test_init_of_a_study_file_checks_it(pictures):
    output = pictures.parent / "study.toml"
    run(str(pictures), "-o", str(output), "--contact", "c", "--design", "who", "--original", "photo")
    before = output.read_text()
    result = run(str(output))
    assert "test 4, reference 2" in result.stdout
    assert "who, balanced" in result.stdout
    assert output.read_text() == before


def test_init_names_what_is_wrong_with_its_own_words(pictures):
    with pytest.raises(InputError, match=r"nosuch: no such folder"):
        run(str(pictures.parent / "nosuch"))
    with pytest.raises(InputError, match=r"--name: wanted lower-case letters.*'Bad Name'"):
        run(str(pictures), "-o", str(pictures.parent / "s.toml"), "--contact", "c", "--name", "Bad Name")


def test_init_needs_a_contact_and_for_who_the_originals(pictures):
    output = str(pictures.parent / "study.toml")
    with pytest.raises(InputError, match="--contact"):
        run(str(pictures), "-o", output)
    with pytest.raises(InputError, match=r"--original: design who wants .*, from one, photo, two"):
        run(str(pictures), "-o", output, "--contact", "c", "--design", "who")


def test_init_never_replaces_a_file(pictures):
    output = pictures.parent / "study.toml"
    output.write_text("mine")
    with pytest.raises(InputError, match="is there already"):
        run(str(pictures), "-o", str(output), "--contact", "c")
    assert output.read_text() == "mine"
