"""What goes back to teams: their own pictures only, every number cited, the same bytes for the same votes."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from scenechange.cli.rate_runs import results
from scenechange.errors import InputError
from scenechange.mediaeval.methods import methods_paragraph
from scenechange.mediaeval.results import as_csv, latex_table, leaderboard_rows, team_zip, write_files
from scenechange.mediaeval.submissions import Counted, Missing, read_items
from scenechange.ratings.analysis import Votes, analyse

SYSTEMS = ("a_one", "a_two", "b_one")
ITEMS = {f"{s}_{k}": (s, str(k), s[0]) for s in SYSTEMS for k in range(6)}


@pytest.fixture(scope="module")
def votes() -> Votes:
    """Twelve raters who like b_one best by one point and cannot tell the others apart."""
    rng = np.random.default_rng(4)
    rows = [
        (f"r{r}", item, ITEMS[item][0], np.clip(round(3 + (ITEMS[item][0] == "b_one") + rng.normal(0, 0.6)), 1, 5))
        for r in range(12)
        for item in ITEMS
    ]
    rater, item, system, score = (np.array(column) for column in zip(*rows, strict=True))
    return Votes(rater, item, system, score.astype(float))


@pytest.fixture(scope="module")
def analysis(votes: Votes) -> dict:
    """All figures."""
    return analyse(votes, bootstrap=200)


def test_the_leaderboard_ranks_the_better_run_first_and_ties_the_others(analysis: dict) -> None:
    board = leaderboard_rows(analysis, ITEMS)
    assert [row["system"] for row in board] == ["b_one", "a_one", "a_two"]
    assert [row["team"] for row in board] == ["b", "a", "a"]
    assert board[0]["rank"] == 1
    assert board[1]["rank"] == board[2]["rank"]


def test_a_team_sees_its_own_pictures_and_no_rater(analysis: dict, votes: Votes) -> None:
    data = team_zip(analysis, votes, ITEMS, "a", "About.")
    assert data == team_zip(analysis, votes, ITEMS, "a", "About.")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        texts = {name: archive.read(name).decode() for name in names}
    assert sorted(names) == [f"a/{n}" for n in ("README.txt", "leaderboard.csv", "pictures.csv", "summary.json")]
    rows = list(csv.DictReader(texts["a/pictures.csv"].splitlines()))
    assert {row["system"] for row in rows} == {"a_one", "a_two"}
    assert len(rows) == 12
    assert all(sum(json.loads(row["scores"]).values()) == 12 for row in rows)
    assert not any(re.search(r"\br\d+\b", text) for text in texts.values())


def test_the_table_is_latex_that_shows_each_run_once(analysis: dict) -> None:
    text = latex_table(leaderboard_rows(analysis, ITEMS), "Runs & more")
    assert text.count(r"\\") == 4
    assert text.count(r"\begin") == text.count(r"\end") == 2
    assert r"b\_one" in text
    assert r"Runs \& more" in text
    assert "b_one" not in text


@pytest.mark.parametrize(
    "counted", [Counted(None, 0, ()), Counted(None, 7, ()), Counted(None, 0, ("4", "5"))], ids=["all", "added", "left"]
)
def test_every_number_of_the_paragraph_names_its_command(analysis: dict, counted: Counted) -> None:
    text, figures = methods_paragraph(analysis, counted, Missing.FAIL, "scenechange rate results v.csv --json")
    prose = "\n".join(line for line in text.splitlines() if not line.startswith("%"))
    printed = re.findall(r"(?<![\w.])\d+(?:\.\d+)?", prose.replace("BT.500", ""))
    assert printed == [f.text for f in figures]
    assert all(f"% {f.text}: {f.command} -> {f.where}" in text for f in figures)
    for figure in figures:
        keys = figure.where.split(" ")[0].strip(".").split(".")
        if keys[0] != "missing":
            value = analysis
            for key in keys:
                value = value[key]
            assert value is not None


def test_one_of_a_kind_is_called_one(analysis: dict) -> None:
    lone = {
        **analysis,
        "counts": {"raters": 1, "votes": 1, "items": 1, "systems": 1},
        "rejected": {**analysis["rejected"], "bt500_sparse": ["r1"]},
    }
    text, _ = methods_paragraph(lone, Counted(None, 0, ()), Missing.FAIL, "x")
    assert text.startswith("1 rater gave 1 vote on 1 picture of 1 run.")
    assert "points at 1 rater;" in text


def test_a_table_runs_nothing_in_a_spreadsheet_and_its_numbers_are_short() -> None:
    assert as_csv([{"system": "=1+1", "mos": 0.1 + 0.2, "ci_low": None}]) == "system,mos,ci_low\n'=1+1,0.3,\n"
    assert as_csv([]) == ""


@pytest.mark.parametrize("team", ["../up", "a/b", "..", "a\\b", ""])
def test_a_team_that_is_no_file_name_is_refused(tmp_path: Path, team: str) -> None:
    path = tmp_path / "items.csv"
    path.write_text(f"item,system,source,sha256,path,team\na,s,1,,,{team}\n")
    if not team:  # nobody's pictures
        assert read_items(path) == {}
        return
    with pytest.raises(InputError, match="become a file"):
        read_items(path)


def test_the_command_writes_everything_the_same_way_twice(tmp_path: Path, votes: Votes) -> None:
    import typer

    app = typer.Typer()
    app.command()(results)
    rows = zip(votes.rater, votes.item, votes.system, votes.score, strict=True)
    table = "rater,item,system,score\n" + "".join(f"{r},{i},{s},{v:g}\n" for r, i, s, v in rows)
    (tmp_path / "votes.csv").write_text(table)
    head = "item,system,source,sha256,path,team\n"
    lines = (f"{item},{system},{image},,,{team}\n" for item, (system, image, team) in ITEMS.items())
    (tmp_path / "items.csv").write_text(head + "".join(lines))
    for folder in ("one", "two"):
        words = [str(tmp_path / "votes.csv"), "--items", str(tmp_path / "items.csv"), "-o", str(tmp_path / folder)]
        run = CliRunner().invoke(app, [*words, "--bootstrap", "100", "--json"])
        assert run.exit_code == 0, run.output
        assert json.loads(run.stdout)["missing"]["rule"] == "fail"
    wanted = {"a.zip", "analysis.json", "b.zip", "leaderboard.csv", "leaderboard.tex", "methods.json", "methods.tex"}
    assert {p.name for p in (tmp_path / "one").iterdir()} == wanted
    assert all((tmp_path / "one" / n).read_bytes() == (tmp_path / "two" / n).read_bytes() for n in wanted)


def test_a_file_that_cannot_be_replaced_leaves_no_half_written_one(tmp_path: Path) -> None:
    (tmp_path / "b.csv").mkdir()
    with pytest.raises(OSError, match="cannot be written"):
        write_files(tmp_path, [("b.csv", b"x")])
    assert [p.name for p in tmp_path.iterdir()] == ["b.csv"]
