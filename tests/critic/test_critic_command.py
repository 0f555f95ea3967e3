"""``scenechange explain``: one JSON object a picture; a picture that fails is told and the others go on."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from scenechange.cli import main
from scenechange.critic.findings import CUES


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A composite, its mask, a table of a good and a bad row."""
    rng = np.random.default_rng(0)
    picture = cv2.resize(rng.integers(40, 200, (20, 16, 3), dtype=np.uint8), (160, 200), interpolation=cv2.INTER_CUBIC)
    mask = np.zeros((200, 160), np.uint8)
    mask[60:160, 60:100] = 255
    cv2.imwrite(str(tmp_path / "a.png"), picture)
    cv2.imwrite(str(tmp_path / "m.png"), mask)
    cv2.imwrite(str(tmp_path / "small.png"), mask[:50])
    (tmp_path / "good.csv").write_text("name,composite,mask\none,a.png,m.png\ntwo,a.png,m.png\n")
    (tmp_path / "bad.csv").write_text("name,composite,mask\nodd,a.png,small.png\none,a.png,m.png\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def called(words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    monkeypatch.setattr("sys.argv", ["scenechange", *words.split()])
    with pytest.raises(SystemExit) as stopped:
        main()
    said = capsys.readouterr()
    return int(stopped.value.code or 0), said.out, said.err


def test_a_table_gives_one_object_a_line(files, monkeypatch, capsys):
    code, out, _ = called("explain --manifest good.csv", monkeypatch, capsys)
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [row["name"] for row in rows] == ["one", "two"]
    assert rows[0] == {**rows[1], "name": "one"}
    assert {cue["cue"] for cue in rows[0]["cues"]} == set(CUES)
    assert 0 <= rows[0]["realism"] <= 1


def test_a_bad_row_is_told_and_the_others_go_on(files, monkeypatch, capsys):
    code, out, err = called("explain --manifest bad.csv", monkeypatch, capsys)
    assert code == 2
    assert "odd" in err
    assert [json.loads(line)["name"] for line in out.splitlines()] == ["one"]


def test_one_picture_is_told_in_words(files, monkeypatch, capsys):
    code, out, _ = called("explain a.png --mask m.png --language fr", monkeypatch, capsys)
    assert code == 0
    assert out.startswith("realism 0.")
    assert len(out.splitlines()) == 1 + len(CUES)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("explain a.png", "--mask"),
        ("explain a.png --mask small.png", "wanted a mask of size"),
        ("explain a.png --mask m.png --manifest good.csv", "--manifest"),
        ("explain --manifest none.csv", "none.csv"),
        ("explain a.png --mask m.png --language tlh", "wanted one of en, fr"),
    ],
)
def test_bad_usage_is_told(words, told, files, monkeypatch, capsys):
    code, out, err = called(words, monkeypatch, capsys)
    assert code == 2
    assert told in err
    assert out == ""
