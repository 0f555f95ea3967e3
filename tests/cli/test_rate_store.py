"""``scenechange rate status``, ``export``, ``erase`` and ``approve`` on a real study file and database."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from scenechange.cli import rate_store
from scenechange.errors import InputError
from scenechange.ratings.failures import ExportRefusedError, UnknownReceiptError
from scenechange.ratings.opening import open_service
from scenechange.ratings.records import Answer

app = typer.Typer()
for command in (rate_store.status, rate_store.export, rate_store.erase, rate_store.approve):
    app.command(command.__name__)(command)

STUDY = """
[study]
name = "cli"
contact = "somebody@example.org"
trials_per_session = 3
[items]
folder = "pictures"
layout = "system/source"
[design]
kind = "acr"
[platform]
name = "prolific"
completion_code = "C1ABCDEF"
refusal_code = "C1REFUSE"
[[fields]]
name = "hand"
purpose.en = "To compare."
options = ["left", "right"]
"""


def run(*arguments: str, code: int = 0) -> str:
    """What a command says on stdout; its error is raised where it has one."""
    result = CliRunner().invoke(app, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.stdout


@pytest.fixture
def study_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study on Prolific with three pictures; one participant is done, one is not."""
    monkeypatch.delenv("SCENECHANGE_RATE_SECRET", raising=False)
    monkeypatch.delenv("SCENECHANGE_RATE_DATABASE", raising=False)
    rng = np.random.default_rng(0)
    for system in ("one", "two", "three"):
        folder = tmp_path / "pictures" / system
        folder.mkdir(parents=True)
        Image.fromarray(rng.integers(0, 255, (16, 16, 3), dtype=np.uint8)).save(folder / "scene.png")
    path = tmp_path / "study.toml"
    path.write_text(STUDY)
    with open_service(path) as service:
        for participant, votes in (("worker-done", 3), ("worker-open", 1)):
            token = service.open_session({"PROLIFIC_PID": participant})
            service.consent(token, frozenset({"hand"}), {"hand": "left"})
            service.start_training(token)
            for n in range(votes):
                trial = service.current_trial(token)
                assert trial is not None
                service.vote(token, trial.trial, Answer(score=4), None, f"k{n}")
            if votes == 3:
                service.finish(token)
                (tmp_path / "receipt.txt").write_text(service.receipt_code(token))
    return path


def test_status_tells_how_far_the_study_is(study_file: Path) -> None:
    said = run("status", str(study_file))
    assert "1 trials, 1 done" in said
    assert "4 of 30 wanted" in said
    assert "1 to 2 votes each for 3 units" in said
    told = json.loads(run("status", str(study_file), "--json"))
    assert (told["votes"], told["spread"], told["open_leases"]) == (4, 1, 2)
    assert told["payments"] == {"done": 1, "open": 1}
    assert "worker" not in said


def test_export_writes_a_table(study_file: Path, tmp_path: Path) -> None:
    told = json.loads(run("export", str(study_file), "-o", str(tmp_path / "votes.csv"), "--json"))
    assert told["rows"] == 4
    assert (tmp_path / "votes.csv").read_text().startswith("rater,item,system,score,source,repetition,response_ms")


def test_export_refuses_small_groups(study_file: Path, tmp_path: Path) -> None:
    with pytest.raises(ExportRefusedError, match="fewer than 5"):
        run("export", str(study_file), "-o", str(tmp_path / "votes.csv"), "--field", "hand")
    assert not (tmp_path / "votes.csv").exists()


def test_erase_takes_a_receipt_and_leaves_nothing(study_file: Path, tmp_path: Path) -> None:
    code = (tmp_path / "receipt.txt").read_text()
    told = json.loads(run("erase", str(study_file), "--receipt", code, "--json"))
    assert (told["act"], told["complete"]) == ("erase", True)
    assert json.loads(run("status", str(study_file), "--json"))["votes"] == 1
    with pytest.raises(UnknownReceiptError):
        run("erase", str(study_file), "--receipt", code)


def test_erase_takes_a_code_from_a_pipe_without_a_word_of_warning(study_file: Path, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "scenechange.cli", "rate", "erase", str(study_file)]
    done = subprocess.run(words, input=(tmp_path / "receipt.txt").read_text() + "\n", capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "erase: done\n")
    with pytest.raises(InputError, match="wanted a receipt code"):
        run("erase", str(study_file))


def test_status_says_when_everything_has_its_votes(study_file: Path) -> None:
    assert json.loads(run("status", str(study_file), "--json"))["complete"] is False
    study_file.write_text(STUDY.replace("[items]", "votes_per_item = 1\n[items]"))
    assert json.loads(run("status", str(study_file), "--json"))["complete"] is True
    assert "everything has its votes" in run("status", str(study_file))


def test_export_can_leave_times_out(study_file: Path, tmp_path: Path) -> None:
    told = json.loads(run("export", str(study_file), "-o", str(tmp_path / "votes.csv"), "--no-times", "--json"))
    assert told["columns"] == ["rater", "item", "system", "score", "source", "repetition"]


def test_erase_can_leave_the_payment(study_file: Path, tmp_path: Path) -> None:
    run("erase", str(study_file), "--votes-only", "--receipt", (tmp_path / "receipt.txt").read_text())
    told = json.loads(run("status", str(study_file), "--json"))
    assert (told["votes"], told["payments"]) == (1, {"done": 1, "open": 1})


def test_erase_of_what_expired_finds_nothing_in_a_young_study(study_file: Path) -> None:
    told = json.loads(run("erase", str(study_file), "--expired", "--json"))
    assert told == {"act": "purge", "sessions": 0, "complete": True}


def test_approve_says_who_is_done_by_line_and_forgets_them(study_file: Path, tmp_path: Path) -> None:
    ids = tmp_path / "ids.txt"
    ids.write_text("worker-open\nworker-done\nworker-nobody\n")
    said = run("approve", str(study_file), "--participants", str(ids))
    assert said.splitlines() == ["line 1: open", "line 2: done", "line 3: unknown"]
    assert "worker" not in said
    told = json.loads(run("approve", str(study_file), "--participants", str(ids), "--json"))
    assert told == {"standing": ["open", "unknown", "unknown"], "deleted": 0, "left": {"open": 1}}


def test_approve_all_deletes_the_rows_of_who_is_done(study_file: Path) -> None:
    told = json.loads(run("approve", str(study_file), "--all", "--json"))
    assert told == {"standing": [], "deleted": 1, "left": {"open": 1}}


def test_approve_wants_to_know_whom(study_file: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--participants FILE or --all"):
        run("approve", str(study_file))
    with pytest.raises(InputError, match="no such file"):
        run("approve", str(study_file), "--participants", str(tmp_path / "none.txt"))


def test_commands_never_make_a_new_database(study_file: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"other\.db: no such database"):
        run("status", str(study_file), "--database", str(tmp_path / "other.db"))
    assert not (tmp_path / "other.db").exists()
