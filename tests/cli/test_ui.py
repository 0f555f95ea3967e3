"""``scenechange ui``: starts the studio with the limits that were asked for, or says what is missing."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from scenechange import weights
from scenechange.cli import main


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["scenechange", "ui", *words])
    monkeypatch.setenv("SCENECHANGE_OFFLINE", "1")
    with pytest.raises(SystemExit) as stopped:
        main()
    return int(stopped.value.code or 0)


def test_the_studio_is_started_as_asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    studio = pytest.importorskip("scenechange_ui.studio")
    asked: list[tuple] = []
    running = SimpleNamespace(address="http://127.0.0.1:1234/", blocks=SimpleNamespace(block_thread=lambda: None))
    monkeypatch.setattr(studio, "launch", lambda *a, **k: (asked.append(a), running)[1])
    monkeypatch.setattr(weights, "path_of", lambda name: name)
    assert run(monkeypatch, "--port", "1234", "--no-browser", "--visitors", "3", "--file-mb", "7") == 0
    limits, host, port, browser = asked[0]
    assert (host, port, browser) == ("127.0.0.1", 1234, False)
    assert (limits.visitors, limits.file_mb, limits.at_once) == (3, 7, 2)
    assert capsys.readouterr().out == "http://127.0.0.1:1234/\n"


def test_without_gradio_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delitem(sys.modules, "scenechange_ui.studio", raising=False)
    monkeypatch.setitem(sys.modules, "gradio", None)
    assert run(monkeypatch) == 2
    assert "scenechange[ui]" in capsys.readouterr().err


def test_limits_that_cannot_be_are_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("gradio")
    assert run(monkeypatch, "--visitors", "0") == 2
    assert "visitors" in capsys.readouterr().err
