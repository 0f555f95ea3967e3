"""``scenechange rate analyse``: JSON on stdout, errors with exit code 2, progress on stderr only."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import typer

import scenechange.cli
import scenechange.cli.app
from scenechange.cli.rate_analyse import analyse

app = typer.Typer(pretty_exceptions_enable=False)
app.command()(analyse)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run the command as the entry point does; gives exit code, stdout, stderr."""
    monkeypatch.setattr(scenechange.cli.app, "app", app)

    def call(*words: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["analyse", *map(str, words)])
        try:
            scenechange.cli.main()
            code = 0
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    lines = ["rater,item,system,score,response_ms,shoe_size"]
    for rater in range(12):
        for item in range(8):
            score = int(np.clip(round(2 + 2 * (item >= 4) + rng.normal(0, 0.6)), 1, 5))
            lines.append(f"r{rater},i{item},{'good' if item >= 4 else 'bad'},{score},{1000 + rater},40")
    path = tmp_path / "votes.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture
def duels(tmp_path: Path) -> Path:
    path = tmp_path / "pairs.csv"
    path.write_text("rater,a,b,winner\nr,x,y,x\nr,x,y,y\nq,y,x,x\nq,x,y,\n", encoding="utf-8")
    return path


def test_json_is_one_line_with_every_figure(run, table: Path) -> None:
    code, out, err = run(table, "--json", "--bootstrap", "50")
    result = json.loads(out)
    assert (code, out.count("\n"), err) == (0, 1, "")
    assert result["counts"]["votes"] == 96
    assert [row["system"] for row in result["systems"]] == ["good", "bad"]
    assert result["options"]["bootstrap"] == 50


def test_votes_and_comparisons_go_into_one_result(run, table: Path, duels: Path) -> None:
    result = json.loads(run(table, "--pairs", duels, "--json", "--bootstrap", "50")[1])
    assert [row["item"] for row in result["pairs"]] == ["x", "y"]
    assert result["systems"]
    alone = json.loads(run("--pairs", duels, "--json")[1])
    assert alone["pairs"] == result["pairs"]
    assert "items" not in alone


def test_table_for_people_names_systems_groups_and_notes(run, table: Path, duels: Path) -> None:
    code, out, _ = run(table, "--pairs", duels, "--needed", "--bootstrap", "50")
    assert code == 0
    for words in (
        "96 votes of 12 raters",
        "good",
        "rank correlation",
        "shoe_size",
        "note: ",
        "jod",
        "rejected by p913",
    ):
        assert words in out
    assert "nan" not in out.lower().split()


def test_same_seed_same_bytes(run, table: Path) -> None:
    words = (table, "--json", "--bootstrap", "50", "--needed", "--seed")
    assert run(*words, "3")[1] == run(*words, "3")[1] != run(*words, "4")[1]


def test_level_scale_and_without_reach_the_figures(run, table: Path) -> None:
    narrow = json.loads(run(table, "--json", "--level", "0.8", "--bootstrap", "50")[1])
    wide = json.loads(run(table, "--json", "--scale", "1-9", "--without", "time", "--bootstrap", "50")[1])
    assert narrow["items"][0]["ci_low"] > wide["items"][0]["ci_low"]
    assert wide["options"]["scale"] == [1, 9]
    assert wide["options"]["without"] == "time"


def test_plots_are_written_and_named_on_stderr(run, table: Path, tmp_path: Path) -> None:
    code, out, err = run(table, "--plot", tmp_path / "plots", "--json", "--bootstrap", "50")
    assert code == 0
    assert json.loads(out)
    assert (tmp_path / "plots" / "leaderboard.svg").is_file()
    assert "leaderboard.png" in err


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("", (), "the file is empty"),
        ("rater,item,score\n", (), "no column system"),
        ("rater,item,system,score\nr,a,s,x\n", (), "row 2"),
        ("rater,item,system,score\nr,a,s,1\n", ("--level", "95"), "level"),
        ("rater,item,system,score\nr,a,s,1\n", ("--bootstrap", "0"), "bootstrap"),
        ("rater,item,system,score\nr,a,s,1\n", ("--scale", "5-1"), "--scale"),
        ("rater,item,system,score\nr,a,s,1\n", ("--scale", "wide"), "--scale"),
        ("rater,item,system,score\nr,a,s,1\n", ("--without", "taste"), "wanted one of"),
    ],
)
def test_bad_input_is_exit_code_2_and_one_sentence(run, tmp_path: Path, text: str, options: tuple, said: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text, encoding="utf-8")
    code, out, err = run(path, *options, "--json")
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert said in err
    assert "Traceback" not in err


def test_nothing_to_analyse_is_exit_code_2(run, tmp_path: Path, duels: Path) -> None:
    assert run()[0] == 2
    assert run(tmp_path / "none.csv")[0] == 2
    code, _, err = run("--pairs", duels, "--needed")
    assert code == 2
    assert "votes" in err


def test_a_header_alone_is_no_error_but_told(run, tmp_path: Path) -> None:
    path = tmp_path / "header.csv"
    path.write_text("rater,item,system,score\n", encoding="utf-8")
    code, out, _ = run(path, "--json")
    assert code == 0
    assert json.loads(out)["notes"][0].startswith("There are no votes")
