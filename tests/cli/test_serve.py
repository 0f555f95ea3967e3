"""``scenechange serve``: studio and study under one application, each with its own rules; either alone."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scenechange.cli import main

pytest.importorskip("gradio", reason="the studio needs the extra `ui`")
pytest.importorskip("sqlalchemy", reason="a study needs the extra `rate`")
from scenechange_ui import Limits
from starlette.testclient import TestClient

from scenechange.cli.serve import RATINGS, build
from scenechange.ratings.opening import open_service
from scenechange.ratings.service import Service

TOKEN = "the organiser's own token"


@pytest.fixture(scope="module")
def study_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from scenechange.ratings.example_pictures import write_example_pictures
    from scenechange.ratings.starting import start_study

    folder = tmp_path_factory.mktemp("served")
    write_example_pictures(folder / "pictures")
    start_study(folder / "pictures", folder / "study.toml", contact="somebody@example.org", name="served")
    return folder / "study.toml"


@pytest.fixture
def service(study_file: Path, tmp_path: Path) -> Iterator[Service]:
    with open_service(study_file, str(tmp_path / "votes.db")) as opened:
        yield opened


@pytest.fixture
def both(service: Service) -> Iterator[TestClient]:
    with TestClient(build(service, TOKEN, "http://testserver", Limits(file_mb=3))) as client:
        yield client


def invitation(service: Service) -> str:
    from scenechange.ratings.web.security import signer_of

    return signer_of(service).personal()


def test_both_answer_and_each_keeps_its_own_headers(both: TestClient, service: Service) -> None:
    page = both.get("/")
    assert page.status_code == 200
    assert "gradio" in page.text
    assert "content-security-policy" not in page.headers
    joined = both.get(f"{RATINGS}/join", params={"i": invitation(service)})
    assert joined.status_code == 200
    assert "default-src 'none'" in joined.headers["content-security-policy"]
    assert joined.headers["x-frame-options"] == "DENY"
    links = re.findall(r'(?:href|src|action)="(/[^"]*)"', joined.text)
    assert links
    assert all(link.startswith(f"{RATINGS}/") for link in links)
    styles = [link for link in links if "/static/" in link]
    assert {both.get(link).status_code for link in styles} == {200}


def test_the_organisers_pages_still_need_the_token(both: TestClient) -> None:
    for wrong in ({}, {"token": "guess"}):
        assert both.get(f"{RATINGS}/organiser", params=wrong).status_code in (401, 403, 404)
    opened = both.get(f"{RATINGS}/organiser", params={"token": TOKEN}, follow_redirects=False)
    assert opened.headers["location"] == f"{RATINGS}/organiser"
    assert f"Path={RATINGS}/organiser" in opened.headers["set-cookie"]
    assert "No votes yet." in both.get(f"{RATINGS}/organiser").text


def test_the_studys_limits_hold_below_its_path(both: TestClient) -> None:
    codes = [both.get(f"{RATINGS}/organiser", params={"token": f"guess {n}"}).status_code for n in range(60)]
    assert 429 in codes, "guessing the token is metered"
    assert both.post(f"{RATINGS}/join", content=b"x" * 2_000_000).status_code == 413
    assert both.post(f"{RATINGS}/join", headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_gradios_doors_are_shut_as_in_the_studio_alone(both: TestClient) -> None:
    for door in ("/gradio_api/file=/etc/passwd", "/monitoring", "/docs"):
        assert both.get(door).status_code in (401, 403, 404), door
    sent = both.post("/gradio_api/upload", files={"files": ("a.bin", b"x" * 4_000_000)})
    assert sent.status_code == 413


def test_each_does_without_the_other(service: Service) -> None:
    with TestClient(build(None, TOKEN, "http://testserver", Limits())) as studio:
        assert studio.get("/").status_code == 200
        assert studio.get(f"{RATINGS}/organiser", params={"token": TOKEN}).status_code == 404
    with TestClient(build(service, TOKEN, "http://testserver", None)) as study:
        assert study.get("/").status_code == 404
        assert study.get(f"{RATINGS}/organiser", params={"token": TOKEN}).status_code == 200


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["scenechange", "serve", *words])
    monkeypatch.setenv("SCENECHANGE_OFFLINE", "1")
    with pytest.raises(SystemExit) as stopped:
        main()
    return int(stopped.value.code or 0)


@pytest.mark.parametrize(
    ("missing", "words", "extra"),
    [("gradio", ("--port", "0"), "scenechange[ui]"), ("sqlalchemy", ("STUDY", "--no-studio"), "scenechange[rate]")],
)
def test_a_missing_extra_is_named(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    study_file: Path,
    missing: str,
    words: tuple[str, ...],
    extra: str,
) -> None:
    for module in [name for name in sys.modules if name.startswith(("scenechange_ui.", "scenechange.ratings."))]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, missing, None)
    assert run(monkeypatch, *(str(study_file) if word == "STUDY" else word for word in words)) == 2
    assert extra in capsys.readouterr().err


def test_what_cannot_be_served_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "--no-studio") == 2
    assert "got neither" in capsys.readouterr().err
    assert run(monkeypatch, "--base-url", "https://example.org/below") == 2
    assert "without a path" in capsys.readouterr().err


def test_the_links_are_told_and_the_server_started(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], study_file: Path
) -> None:
    from scenechange.cli import serve

    started = []
    monkeypatch.setattr(serve, "_run", lambda app, service, listener: (started.append(service), listener.close()))
    monkeypatch.setattr(serve, "have_files", lambda: None)
    assert run(monkeypatch, str(study_file), "--port", "0", "--base-url", "https://example.org/") == 0
    told = capsys.readouterr()
    assert told.out == "https://example.org/\n"
    assert "https://example.org/ratings/join?i=" in told.err
    assert "https://example.org/ratings/organiser?token=" in told.err
    assert started[0] is not None
