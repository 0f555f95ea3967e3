"""The whole report: complete, JSON all through, and honest about what it cannot say."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenechange.errors import InputError, OutputError
from scenechange.ratings.analysis import Votes, analyse, votes_from_matrix
from scenechange.ratings.analysis.plots import plot_figures

KEYS = {"items", "systems", "rejected", "subject_model", "agreement", "sos_a", "pairs", "notes", "needed"}


def strict(result: dict) -> dict:
    """The result as a strict reader of JSON sees it."""
    return json.loads(json.dumps(result, allow_nan=False))


def small() -> Votes:
    rng = np.random.default_rng(0)
    quality = np.linspace(1.6, 4.4, 12)
    scores = np.clip(np.round(quality[:, None] + rng.normal(0, 0.6, (12, 10))), 1, 5)
    votes = votes_from_matrix(scores)
    system = np.where(votes.item.astype(int) < 6, "low", "high")
    return Votes(votes.rater, votes.item, system, votes.score)


def test_report_has_every_figure_and_is_json() -> None:
    result = strict(analyse(small(), bootstrap=100, needed=True))
    assert set(result) >= KEYS
    assert set(result["items"][0]) >= {"item", "n", "mos", "ci_low", "ci_high"}
    assert [(row["system"], row["rank"], row["tied_group"]) for row in result["systems"]] == [
        ("high", 1, "a"),
        ("low", 2, "b"),
    ]
    assert result["systems"][0]["n"] == 60
    assert set(result["rejected"]) == {"bt500", "bt500_sparse", "p913", "correlation", "correlation_sparse"}
    assert set(result["subject_model"]["items"][0]) >= {"item", "mos", "sos", "ci_low", "ci_high"}
    assert set(result["subject_model"]["raters"][0]) >= {"rater", "bias", "inconsistency"}
    assert 0 < result["agreement"]["alpha"] < 1
    assert set(result["agreement"]["icc"]) == {"ICC(1,1)", "ICC(A,1)", "ICC(C,1)", "ICC(1,k)", "ICC(A,k)", "ICC(C,k)"}
    assert len(result["needed"]["without_votes"]) == 10


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        (np.empty((0, 0)), "no votes"),
        ([[3]], "single vote"),
        ([[3], [4], [2]], "one rater"),
        ([[3, 4, 2]], "one picture"),
        ([[3, 3], [3, 3], [3, 3]], "All votes are the same"),
        ([[1, 3], [2, 3], [5, 3]], "same score: 1"),
        ([[1, np.nan], [np.nan, 2]], "share no picture"),
        ([[1, np.nan], [3, 2]], "1 rows carry no score"),
        ([[4, 4], [3, 2]], "On 1 pictures all votes are the same"),
    ],
)
def test_thin_tables_are_handled_and_told(scores: list, said: str) -> None:
    votes = votes_from_matrix(scores, system="s")
    result = strict(analyse(votes, bootstrap=20, needed=True))
    assert set(result) >= KEYS
    assert any(said in note for note in result["notes"]), result["notes"]
    assert len(result["items"]) == result["counts"]["items"]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.sampled_from(["", "s", "t"]), st.integers(1, 5)),
        max_size=12,
        unique_by=lambda row: row[:3],
    )
)
def test_any_table_gives_strict_json(rows: list) -> None:
    rater, item, system, score = zip(*rows, strict=True) if rows else ((), (), (), ())
    votes = Votes(np.array(rater, str), np.array(item, str), np.array(system, str), np.array(score, float))
    result = strict(analyse(votes, bootstrap=20, needed=True))
    for row in result["items"]:
        assert 1 <= row["mos"] <= 5
        assert (row["ci_low"] is None) == (row["ci_high"] is None)


def test_rejected_raters_are_left_out_only_when_asked() -> None:
    base = small()
    noise = np.random.default_rng(1).integers(1, 6, 12)
    votes = Votes(
        np.append(base.rater, ["spam"] * 12),
        np.append(base.item, np.arange(12).astype(str)),
        np.append(base.system, ["low"] * 6 + ["high"] * 6),
        np.append(base.score, noise),
    )
    kept, left = analyse(votes, bootstrap=20), analyse(votes, bootstrap=20, without="correlation")
    assert "spam" in kept["rejected"]["correlation"]
    assert kept["counts"]["raters"] == 11
    assert left["counts"]["raters"] == 11 - len(kept["rejected"]["correlation"])
    assert "left out" in left["notes"][0]
    with pytest.raises(InputError, match="wanted one of bt500"):
        analyse(votes, without="taste")
    with pytest.raises(InputError, match="response_ms"):
        analyse(votes, without="time")
    with pytest.raises(InputError, match="bootstrap"):
        analyse(votes, bootstrap=3)


def test_steps_are_told_as_they_begin() -> None:
    from scenechange.ratings.analysis.report import STEPS

    steps: list[str] = []
    analyse(small(), bootstrap=20, started=steps.append)
    assert len(steps) == STEPS


def test_plots_are_written_whole_and_the_same_each_time(tmp_path: Path) -> None:
    result = analyse(small(), bootstrap=50, needed=True)
    paths = plot_figures(result, tmp_path / "new")
    assert [path.name for path in paths] == [
        "leaderboard.svg",
        "leaderboard.png",
        "learning-curve.svg",
        "learning-curve.png",
    ]
    text = ElementTree.parse(paths[0]).getroot()
    words = "".join(text.itertext())
    assert "1. high" in words
    assert "2. low" in words
    assert paths[1].read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    again = plot_figures(result, tmp_path / "again")
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in paths]
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="choose another"):
        plot_figures(result, tmp_path / "file")
    assert plot_figures(analyse(votes_from_matrix([[1, 2]]), bootstrap=20), tmp_path / "none") == []


def test_importing_the_statistics_loads_nothing_heavy() -> None:
    code = "import sys, scenechange.ratings.analysis; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in run.stdout.split()}
    assert loaded.isdisjoint({"scipy", "pandas", "choix", "evalica", "crowdkit", "matplotlib"})


def test_a_scale_that_does_not_hold_the_votes_is_refused() -> None:
    votes = votes_from_matrix([[1.0, 5.0], [2.0, 4.0]])
    with pytest.raises(InputError, match=r"got 1 to 3 for votes from 1 to 5"):
        analyse(votes, scale=(1, 3), bootstrap=20)
