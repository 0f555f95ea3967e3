"""Raters who miss known answers can be left out of every kind of table, and the result says who and why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from scenechange.cli.rate_analyse import analyse as command
from scenechange.errors import InputError
from scenechange.ratings.analysis import (
    analyse,
    analyse_choices,
    analyse_pairs,
    gold_screening,
    read_best_worst,
    read_choices,
    read_pairs,
    read_votes,
)
from scenechange.ratings.analysis.gold import MIN_GOLD_SHARE
from scenechange.ratings.store import reading

app = typer.Typer(pretty_exceptions_enable=False)
app.command()(command)
WHY = {
    "rater": "b", "screening": "gold", "rule": "fewer than half of the known answers met", "statistic": 0.25,
    "gold_asked": 4, "gold_right": 1,
}  # fmt: skip


def write(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def votes(tmp_path: Path) -> Path:
    """Rater b says the opposite of a and c, met one known answer of four; d was asked for none."""
    lines = ["rater,item,system,score,gold_asked,gold_right"]
    for rater, good, counts in (("a", 5, "4,4"), ("b", 1, "4,1"), ("c", 4, "2,1"), ("d", 5, "0,0")):
        lines += [f"{rater},i{k},good,{good},{counts}" for k in range(3)]
        lines += [f"{rater},i{k},bad,{6 - good},{counts}" for k in range(3)]
    return write(tmp_path, "\n".join(lines) + "\n")


def test_half_of_the_known_answers_is_enough_and_who_was_asked_for_none_is_undecided(votes: Path) -> None:
    table = read_votes(votes)
    found = gold_screening(table.rater, table.known)
    assert (found.rejected, found.undecided) == (("b",), ("d",))
    assert found.statistic.tolist()[:3] == [1.0, 0.25, 0.5]
    assert table.unused == ()


def test_the_threshold_is_that_of_the_dashboards_doubt() -> None:
    assert MIN_GOLD_SHARE == reading.MIN_GOLD_SHARE


def test_votes_of_who_misses_known_answers_are_left_out_and_it_is_told(votes: Path) -> None:
    table = read_votes(votes)
    kept, left = analyse(table, bootstrap=20), analyse(table, bootstrap=20, without="gold")
    assert kept["rejected"]["gold"] == ["b"]
    assert kept["excluded"] == []
    assert left["excluded"] == [WHY]
    assert {row["system"]: row["mos"] for row in left["systems"]} == pytest.approx({"good": 14 / 3, "bad": 4 / 3})
    assert (kept["counts"]["raters"], left["counts"]["raters"]) == (4, 3)


def test_without_the_columns_the_message_says_which_are_missing(votes: Path) -> None:
    path = write(votes.parent, "rater,item,system,score\na,i,s,3\n")
    with pytest.raises(InputError, match="gold_asked and gold_right"):
        analyse(read_votes(path), bootstrap=20, without="gold")
    assert "gold" not in analyse(read_votes(path), bootstrap=20)["rejected"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rater,item,system,score,gold_asked\na,i,s,3,1\n", "stands alone"),
        ("rater,item,system,score,gold_asked,gold_right\na,i,s,3,1,2\n", "row 2: gold_asked '1', gold_right '2'"),
        ("rater,item,system,score,gold_asked,gold_right\na,i,s,3,x,\n", "wanted whole numbers"),
        ("rater,item,system,score,gold_asked,gold_right\na,i,s,3,2,1\na,j,s,3,2,2\n", "row 3: .*of a differ"),
    ],
)
def test_counts_that_cannot_be_are_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_votes(write(tmp_path, text))


def test_comparisons_of_who_misses_known_answers_are_left_out(tmp_path: Path) -> None:
    lines = [f"{rater},x,y,{won},{counts}" for rater, won, counts in (("a", "x", "4,4"), ("b", "y", "4,1"))]
    pairs = read_pairs(write(tmp_path, "rater,a,b,winner,gold_asked,gold_right\n" + "\n".join(lines) + "\n"))
    found = analyse_pairs(pairs, without="gold")
    assert found["pairs_excluded"] == [WHY]
    assert [(row["item"], row["n"]) for row in found["pairs"]] == [("x", 1), ("y", 1)]
    assert found["pairs_rejected"] == {"likelihood": [], "gold": ["b"]}
    with pytest.raises(InputError, match="wanted one of likelihood, gold"):
        analyse_pairs(pairs, without="time")


def test_choices_and_sets_of_who_misses_known_answers_are_left_out(tmp_path: Path) -> None:
    head = "rater,item,system,correct,timed,gold_asked,gold_right\n"
    choices, system = read_choices(write(tmp_path, head + "a,i,ours,1,0,4,4\nb,i,ours,0,0,4,1\n"))
    found = analyse_choices(choices, system, resamples=20, without="gold")
    assert found["choices_excluded"] == [WHY]
    assert found["choices"][1]["untimed_error"] == 0
    head = "rater,items,best,worst,gold_asked,gold_right\n"
    sets = read_best_worst(write(tmp_path, head + "a,x|y|z,x,z,4,4\nb,x|y|z,z,x,4,1\n"))
    assert analyse_pairs(sets, without="gold")["pairs"][0]["wins"] == 2


def test_the_command_tells_people_who_was_left_out(votes: Path) -> None:
    run = CliRunner().invoke(app, [str(votes), "--without", "gold", "--bootstrap", "20"])
    assert "left out: b (met 1 of 4 known answers)" in run.stdout
    run = CliRunner().invoke(app, [str(votes), "--without", "gold", "--bootstrap", "20", "--json"])
    assert json.loads(run.stdout)["excluded"] == [WHY]


def test_a_screening_that_no_table_knows_is_refused_and_others_meet_their_table(votes: Path, tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.csv"
    rows = [f"r{k % 9},x,y,{'x' if k // 9 % 3 else 'y'}" for k in range(90)] + ["odd,x,y,y"] * 9
    pairs.write_text("rater,a,b,winner\n" + "\n".join(rows) + "\n", encoding="utf-8")
    words = [str(votes), "--pairs", str(pairs), "--bootstrap", "20", "--json", "--without"]
    with pytest.raises(InputError, match="wanted one of bt500"):
        CliRunner().invoke(app, [*words, "taste"], catch_exceptions=False)
    found = json.loads(CliRunner().invoke(app, [*words, "likelihood"]).stdout)
    assert [row["rater"] for row in found["pairs_excluded"]] == found["pairs_rejected"]["likelihood"] == ["odd"]
    assert found["excluded"] == []
