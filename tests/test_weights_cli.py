"""`scenechange weights list|fetch|verify`: results on stdout, one line on stderr when something is wrong."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from scenechange import weights
from scenechange.cli.weights import app
from scenechange.errors import InputError, WeightsError
from scenechange.weights import fetching
from scenechange.weights import manifest as manifests

BODY = b"tiny network"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache without files, and a manifest of ``tiny`` (default) and ``big`` whose downloads give `BODY`."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("SCENECHANGE_WEIGHTS", raising=False)
    # Set before it is deleted, so that monkeypatch also takes back what the command line sets.
    monkeypatch.setenv("SCENECHANGE_OFFLINE", "0")
    entries = {
        name: weights.Entry(
            name=name,
            kind="network",
            file=f"{name}.onnx",
            sha256=hashlib.sha256(BODY).hexdigest(),
            bytes=len(BODY),
            default=name == "tiny",
            use="tests",
            licence="Apache-2.0",
            commercial=True,
            upstream="https://example.invalid",
            sources=(weights.Source("https", "https://example.invalid/tiny.onnx"),),
        )
        for name in ("tiny", "big")
    }
    monkeypatch.setattr(manifests, "manifest", lambda: entries)
    monkeypatch.setattr(fetching, "download", lambda address, part, *rest: part.write_bytes(BODY))
    return tmp_path / "scenechange" / "weights"


def run(*words: str) -> tuple[int, str, BaseException | None]:
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.stdout, result.exception


def test_list_shows_every_name_and_whether_it_is_here(cache: Path) -> None:
    code, out, _ = run("list")
    assert code == 0
    assert [line.split()[:3] for line in out.splitlines()[1:]] == [["tiny", "no", "yes"], ["big", "no", "no"]]


def test_list_json_is_one_object_a_line(cache: Path) -> None:
    run("fetch")
    rows = [json.loads(line) for line in run("list", "--json")[1].splitlines()]
    assert [(row["name"], row["present"], row["licence"]) for row in rows] == [
        ("tiny", True, "Apache-2.0"),
        ("big", False, "Apache-2.0"),
    ]


def test_fetch_prints_name_and_path_of_the_default_set(cache: Path) -> None:
    assert run("fetch")[:2] == (0, f"tiny\t{cache / 'tiny.onnx'}\n")


@pytest.mark.parametrize("words", [("--all",), ("tiny", "big", "tiny")])
def test_fetch_brings_all_or_what_is_named(cache: Path, words: tuple[str, ...]) -> None:
    code, out, _ = run("fetch", *words)
    assert code == 0
    assert out == f"tiny\t{cache / 'tiny.onnx'}\nbig\t{cache / 'big.onnx'}\n"


@pytest.mark.usefixtures("cache")
def test_fetch_offline_names_what_is_missing() -> None:
    _, out, error = run("fetch", "--offline")
    assert isinstance(error, WeightsError)
    assert "tiny" in str(error)
    assert out == ""


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize(("words", "match"), [(("tiny", "--all"), "not both"), (("tini",), "did you mean 'tiny'")])
def test_misuse_is_an_input_error(words: tuple[str, ...], match: str) -> None:
    error = run("fetch", *words)[2]
    assert isinstance(error, InputError)
    assert match in str(error)


def test_verify_fails_on_damage_and_passes_after_the_named_command(cache: Path) -> None:
    run("fetch")
    assert run("verify")[:2] == (0, f"tiny\tintact\t{cache / 'tiny.onnx'}\n")
    (cache / "tiny.onnx").write_bytes(BODY[::-1])
    _, out, error = run("verify")
    assert out.startswith("tiny\tdamaged\t")
    assert "run `scenechange weights fetch tiny`" in str(error)
    run("fetch", "tiny")
    assert run("verify", "tiny")[0] == 0
