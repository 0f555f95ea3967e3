"""``scenechange rate demo`` and ``simulate``: a study in one command, synthetic raters through its real pages."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

COMMAND = [sys.executable, "-m", "scenechange.cli", "rate"]


def rate(*words: object, folder: Path) -> subprocess.CompletedProcess[str]:
    """A whole command in its own process."""
    command = [*COMMAND, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=120, stdin=subprocess.DEVNULL)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """The demo at work: its links."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [*COMMAND, "demo", "-o", "study", "--port", str(port), "--json"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


def test_a_busy_port_stops_the_demo_before_it_begins(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = rate("demo", "-o", "study", "--port", port, "--raters", 2, folder=tmp_path)
    assert done.returncode == 2
    assert f"--port {port}: cannot listen" in done.stderr
    assert not (tmp_path / "study").exists()


def test_the_demo_is_rehearsed_and_analysed_from_the_command_line(demo: dict[str, Any], tmp_path: Path) -> None:
    (join,) = demo["join"]
    quality = ("--quality", "careful=4.5", "--quality", "paste=1.5")
    words = ("study/study.toml", "--link", join, "--raters", 5, *quality, "--truth", "truth.json", "--json")
    done = rate("simulate", *words, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) | {"seconds": 0} == {
        "raters": 5, "careless": 0, "finished": 5, "votes": 50, "codes": [], "faults": [], "seconds": 0,
    }  # fmt: skip
    truth = json.loads((tmp_path / "truth.json").read_text())
    assert len(truth["quality"]) == 10
    assert len(truth["raters"]) == 5
    exported = rate("export", "study/study.toml", "-o", "votes.csv", folder=tmp_path)
    assert exported.returncode == 0, exported.stderr
    found = rate("analyse", "votes.csv", "--bootstrap", 100, "--json", folder=tmp_path)
    systems = {row["system"]: row["mos"] for row in json.loads(found.stdout)["systems"]}
    assert systems["careful"] - systems["paste"] > 2


def test_a_link_that_nobody_answers_ends_with_2(demo: dict[str, Any], tmp_path: Path) -> None:
    wrong = demo["join"][0].replace("/join?i=", "/join?i=x")
    done = rate("simulate", "study/study.toml", "--link", wrong, "--raters", 1, folder=tmp_path)
    assert done.returncode == 2
    assert "stopped: " in done.stderr


def test_power_is_found_on_paper(tmp_path: Path) -> None:
    from scenechange.ratings.example_pictures import write_example_pictures
    from scenechange.ratings.starting import start_study

    write_example_pictures(tmp_path / "pictures")
    start_study(tmp_path / "pictures", tmp_path / "study.toml", contact="x@example.org")
    words = ("--power", "3,12", "--studies", 5, "--quality", "careful=4", "--quality", "paste=2", "--json")
    done = rate("simulate", "study.toml", *words, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    few, many = map(json.loads, done.stdout.splitlines())
    assert (few["raters"], many["raters"]) == (3, 12)
    assert many["power"] >= few["power"]
    assert many["wrong"] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "either --link LINK"),
        (("--power", "3,one"), "numbers of raters"),
        (("--power", "3", "--quality", "careful=9"), "1 to 5"),
        (("--power", "3", "--quality", "careful=4"), "at least two systems"),
        (("--power", "3", "--careless", "2"), "careless from 0 to 1"),
    ],
)
def test_wrong_options_are_told(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    from scenechange.ratings.example_pictures import write_example_pictures
    from scenechange.ratings.starting import start_study

    write_example_pictures(tmp_path / "pictures")
    start_study(tmp_path / "pictures", tmp_path / "study.toml", contact="x@example.org")
    done = rate("simulate", "study.toml", *words, folder=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
