"""Choices and best-worst answers as `rate export` writes them, and what `rate analyse` makes of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from scenechange.cli.rate_analyse import analyse
from scenechange.errors import InputError
from scenechange.ratings.analysis import analyse_choices, read_best_worst, read_choices

app = typer.Typer(pretty_exceptions_enable=False)
app.command()(analyse)
HEAD = "rater,item,system,correct,timed,repetition,response_ms\n"


def table(folder: Path, text: str) -> Path:
    """A CSV file."""
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_choices_give_the_error_of_each_condition_by_hand(tmp_path: Path) -> None:
    rows = [
        ("r1", "ours", 0, 1),
        ("r1", "ours", 1, 0),
        ("r2", "ours", 0, 1),
        ("r2", "theirs", 1, 1),
        ("r2", "ours", 1, 0),
    ]
    path = table(tmp_path, HEAD + "".join(f"{r},i,{s},{c},{t},0,\n" for r, s, c, t in rows))
    found = analyse_choices(*read_choices(path), resamples=100)
    everything, first, second = found["choices"]
    assert (everything["system"], first["system"], second["system"]) == (None, "ours", "theirs")
    assert everything["timed_error"] == pytest.approx(2 / 3)
    assert (everything["untimed_error"], everything["n_timed"], everything["n_untimed"]) == (0, 3, 2)
    assert (first["timed_error"], first["difference"]) == (1, 1)
    assert (second["timed_error"], second["untimed_error"], second["difference"]) == (0, None, None)
    json.dumps(found, allow_nan=False)


def test_a_study_without_limit_says_so_and_an_empty_one_too(tmp_path: Path) -> None:
    found = analyse_choices(*read_choices(table(tmp_path, HEAD + "r1,i,ours,1,0,0,\n")), resamples=50)
    assert found["notes"] == [
        "All trials have a time limit, or none has: there is no difference between the two to report."
    ]
    empty = analyse_choices(*read_choices(table(tmp_path, HEAD)))
    assert (empty["choices"], empty["notes"]) == ([], ["There are no choices."])


def test_best_and_worst_stand_for_the_pairs_they_imply(tmp_path: Path) -> None:
    pairs = read_best_worst(table(tmp_path, "rater,items,best,worst\nr1,a|b|c|d,b,d\n"))
    said = {(a, b, winner) for a, b, winner in zip(pairs.a, pairs.b, pairs.winner, strict=True)}
    # by hand: b beats a, c, d; a and c beat d; a and c are not compared
    assert said == {("b", "a", "b"), ("b", "c", "b"), ("b", "d", "b"), ("a", "d", "a"), ("c", "d", "c")}
    assert set(pairs.rater) == {"r1"}


@pytest.mark.parametrize(
    ("read", "text", "words"),
    [
        (read_choices, HEAD + "r1,i,ours,2,0,0,\n", "row 2: correct is '2'; wanted 0 or 1"),
        (read_choices, HEAD + ",i,ours,1,0,0,\n", "rater is empty"),
        (read_choices, "rater,system\n", "no column correct, timed"),
        (read_best_worst, "rater,items,best,worst\nr1,a|b|c,b,b\n", "two different ones"),
        (read_best_worst, "rater,items,best,worst\nr1,a|b|c,b,e\n", "two different ones"),
    ],
)
def test_a_table_that_cannot_be_used_is_told(tmp_path: Path, read: object, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(table(tmp_path, text))  # type: ignore[operator]


def test_the_command_takes_both_tables(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    shown = ("a", "b", "c", "d")
    lines = []
    for k in range(60):
        felt = np.array([3.0, 2.0, 1.0, 0.0]) + rng.normal(0, 1, 4)
        lines.append(f"r{k % 6},a|b|c|d,{shown[felt.argmax()]},{shown[felt.argmin()]}\n")
    path = table(tmp_path, "rater,items,best,worst\n" + "".join(lines))
    run = CliRunner().invoke(app, ["--best-worst", str(path), "--json"])
    assert run.exit_code == 0, run.output
    assert [row["item"] for row in json.loads(run.stdout)["pairs"]] == ["a", "b", "c", "d"]
    path = table(tmp_path, HEAD + "r1,i,ours,0,1,0,\nr2,i,ours,1,0,0,\n")
    run = CliRunner().invoke(app, ["--choices", str(path), "--bootstrap", "50"])
    assert run.exit_code == 0, run.output
    assert "ours" in run.stdout
    with pytest.raises(InputError, match="wanted one of them"):
        CliRunner().invoke(app, ["--pairs", "x", "--best-worst", "y"], catch_exceptions=False)
