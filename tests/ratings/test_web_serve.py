"""``scenechange rate serve`` as a process: links out, pages on, and a clean end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest
from rating_base import SECRET
from web_walks import hidden

from scenechange.cli.rate_serve import join_links
from scenechange.ratings.example_pictures import write_example_pictures
from scenechange.ratings.records import Study
from scenechange.ratings.service import Service
from scenechange.ratings.starting import start_study
from scenechange.ratings.web.security import signer_of

RUN = "import typer; from scenechange.cli.rate_serve import serve; typer.run(serve)"


@pytest.fixture
def study_file(tmp_path: Path) -> Path:
    write_example_pictures(tmp_path / "pictures")
    path = tmp_path / "study.toml"
    start_study(tmp_path / "pictures", path, contact="somebody@example.org", name="served")
    return path


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_serve_prints_its_links_serves_and_ends_with_a_signal(study_file: Path, end: signal.Signals) -> None:
    command = [sys.executable, "-c", RUN, str(study_file), "--port", "0", "--open-invitations", "2", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        links = json.loads(served.stdout.readline())
        assert len(links["join"]) == 2
        page = _wait_for(links["join"][0])
        assert hidden(page, "/join")["i"] in links["join"][0]
        assert "Dashboard" not in page
        assert (study_file.parent / "study.db-wal").stat().st_size > 0
        served.send_signal(end)
        _, said = served.communicate(timeout=20)
    assert end is signal.SIGINT or served.returncode == 0
    assert sorted(p.name for p in study_file.parent.glob("study.db*")) == ["study.db", "study.db.secret"]  # no log
    assert "for workers" in said
    assert "for you alone" in said
    assert "/s/" not in said  # no log of addresses: they are keys
    assert "GET" not in said


def _wait_for(address: str) -> str:
    for _ in range(200):
        try:
            with urlopen(address, timeout=5) as reply:
                return str(reply.read().decode())
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the service did not answer")


def test_one_link_for_everybody_or_one_for_each(small_study: Study, tmp_path: Path) -> None:
    with Service(small_study, str(tmp_path / "votes.db"), SECRET) as service:
        (shared,) = join_links(service, "http://h", 0, "delft", 1.0)
        personal = join_links(service, "http://h/", 3, "", 1.0)
        read = signer_of(service).read_invitation
        assert read(shared.split("i=")[1]).team == "delft"
        assert read(shared.split("i=")[1]).person == ""
        assert len({read(link.split("i=")[1]).person for link in personal}) == 3


def test_a_database_in_no_folder_is_told_before_a_secret_is_made(study_file: Path) -> None:
    command = [sys.executable, "-c", RUN, str(study_file), "--port", "0", "--database", "missing/dir/x.db"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "there is no folder missing/dir" in done.stderr


def test_several_processes_on_sqlite_are_refused(study_file: Path) -> None:
    command = [sys.executable, "-c", RUN, str(study_file), "--port", "0", "--processes", "2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "SQLite has one writer" in done.stderr
