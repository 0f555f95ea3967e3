"""Tables of votes and comparisons: what is read, what is refused, how names become numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scenechange.errors import InputError
from scenechange.ratings.analysis import Pairs, Votes, read_pairs, read_votes, votes_from_matrix
from scenechange.ratings.analysis.pairs import pairs_from_wins, tournament
from scenechange.ratings.analysis.votes import connected_groups, number


def written(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def words(*values: str) -> np.ndarray:
    return np.array(values, dtype=str)


def test_all_columns_of_a_table_are_read_and_unknown_ones_only_named(tmp_path: Path) -> None:
    text = (
        "\ufeffitem,rater,score,system,source,repetition,response_ms,age\na,r1,4,s,p,0,1200,33\na,r1, 5 ,s,p,1,,33\n\n"
    )
    votes = read_votes(written(tmp_path, text))
    assert votes.score.tolist() == [4, 5]
    assert votes.repetition.tolist() == [0, 1]
    assert votes.response_ms[0] == 1200
    assert np.isnan(votes.response_ms[1])
    assert votes.source.tolist() == ["p", "p"]
    assert votes.unused == ("age",)
    assert "33" not in repr(votes)


def test_an_empty_score_is_a_missing_vote(tmp_path: Path) -> None:
    votes = read_votes(written(tmp_path, "rater,item,system,score\nr,a,s,\nr,b,s,NaN\nr,c,s,3\n"))
    assert (len(votes), votes.missing) == (1, 2)


def test_names_may_hold_commas_and_line_breaks_and_blank_lines_are_skipped(tmp_path: Path) -> None:
    votes = read_votes(written(tmp_path, '\n\nrater,item,system,score\n\nr,"a, b","s\nt",3\n,,,\n'))
    assert (votes.item.tolist(), votes.system.tolist()) == (["a, b"], ["s\nt"])


def test_a_header_without_lines_gives_no_votes(tmp_path: Path) -> None:
    assert len(read_votes(written(tmp_path, "rater,item,system,score\n"))) == 0
    assert len(read_pairs(written(tmp_path, "rater,a,b,winner\n"))) == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        (",,,\n", "no header"),
        ("rater,item,system,score\nr,a,s,1e300\n", "within"),
        (" \n", "empty"),
        ("rater,item,score\nr,a,1\n", "no column system"),
        ("rater;item;system;score\nr;a;s;1\n", "semicolons"),
        ("rater,item,system,score,score\nr,a,s,1,1\n", "twice"),
        ("rater,item,system,score\nr,a,s,1\nr,b,s,good\n", "row 3: score is 'good'"),
        ("rater,item,system,score\nr,a,s,inf\n", "row 2: score is 'inf'"),
        ("rater,item,system,score\nr,a,s,1\nr,a,s,2\n", "row 3: r already voted on a in row 2"),
        ("rater,item,system,score\n,a,s,1\n", "row 2: rater is empty"),
        ("rater,item,system,score\nr,a,s\n", "row 2: 3 columns"),
        ('rater,item,system,score\nr,a,s,"1\n', "not CSV"),
        ("rater,item,system,score,repetition\nr,a,s,1,0.5\n", "repetition is '0.5'"),
        ("rater,item,system,score,response_ms\nr,a,s,1,fast\n", "response_ms is 'fast'"),
    ],
)
def test_a_bad_table_of_votes_is_refused_with_the_reason(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_votes(written(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rater,a,b\nr,x,y\n", "no column winner"),
        ("rater,a,b,winner\nr,x,y,z\n", "row 2: winner is 'z'"),
        ("rater,a,b,winner\nr,x,x,x\n", "compared with itself"),
        ("rater,a,b,winner\nr,,x,x\n", "a is empty"),
    ],
)
def test_a_bad_table_of_comparisons_is_refused_with_the_reason(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_pairs(written(tmp_path, text))


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_votes(tmp_path / "none.csv")
    (tmp_path / "picture.csv").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(InputError, match="UTF-8"):
        read_votes(tmp_path / "picture.csv")


def test_an_empty_winner_is_half_a_win_for_each(tmp_path: Path) -> None:
    pairs = read_pairs(written(tmp_path, "rater,a,b,winner\nr,x,y,\nr,y,x,x\n"))
    assert tournament(pairs).wins().tolist() == [[0, 1.5], [0.5, 0]]


def test_wins_become_comparisons_and_back() -> None:
    wins = np.array([[0, 3, 1], [2, 0, 0], [0, 4, 0]])
    games = tournament(pairs_from_wins(wins))
    order = np.argsort([int(name) for name in games.items])
    assert (games.wins()[np.ix_(order, order)] == wins).all()


@pytest.mark.parametrize("wins", [[[0, 1]], [[0, -1], [0, 0]], [[0, 0.5], [0, 0]]])
def test_wins_that_are_no_counts_are_refused(wins: list) -> None:
    with pytest.raises(InputError, match="wins"):
        pairs_from_wins(np.array(wins))


def test_columns_of_unequal_length_and_endless_scores_are_refused() -> None:
    with pytest.raises(InputError, match="system"):
        Votes(words("r", "r"), words("a", "b"), words("s"), np.array([1.0, 2.0]))
    with pytest.raises(InputError, match="finite"):
        Votes(words("r"), words("a"), words("s"), np.array([np.nan]))
    with pytest.raises(InputError, match="itself"):
        Pairs(words("r"), words("a"), words("a"), words("a"))
    with pytest.raises(InputError, match="neither"):
        Pairs(words("r"), words("a"), words("b"), words("c"))
    with pytest.raises(InputError, match="items x raters"):
        votes_from_matrix([1.0, 2.0])


def test_one_item_name_under_two_systems_is_two_pictures_of_one_source() -> None:
    votes = Votes(words("r", "r", "r"), words("x", "x", "y"), words("s", "t", "t"), np.array([1.0, 2.0, 3.0]))
    data = number(votes)
    assert data.items == ("x", "x", "y")
    assert data.system_of.tolist() == [0, 1, 1]
    assert data.source_of.tolist() == [0, 0, 1]


def test_votes_cannot_be_changed_and_do_not_change_what_they_were_made_of() -> None:
    scores = np.array([1.0, 2.0])
    votes = Votes(words("r", "q"), words("a", "a"), words("", ""), scores)
    with pytest.raises(ValueError, match="read-only"):
        votes.score[0] = 9
    scores[0] = 9
    assert votes.score.tolist() == [1, 2]


def test_raters_without_a_picture_in_common_live_on_different_islands() -> None:
    nan = np.nan
    scores = [[1, 2, nan, nan], [nan, 3, nan, 1], [nan, nan, 4, nan]]
    assert connected_groups(number(votes_from_matrix(scores))).tolist() == [0, 0, 0, 1]
