"""What leaves in an export, and what never does."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rating_walks import walk

from scenechange.errors import InputError, MissingExtraError, OutputError
from scenechange.ratings.export import GOLD, VoteTable, check_table, export_study, export_votes, vote_table
from scenechange.ratings.failures import ExportRefusedError
from scenechange.ratings.records import Answer, Design, Item, Kind, Role, Study, Task, Vote
from scenechange.ratings.service import Service


def vote(rater: str, *items: str, **also: object) -> Vote:
    answer = also.pop("answer", Answer(score=4))
    task = Task("|".join(sorted(items)), items, **also)  # type: ignore[arg-type]
    return Vote(rater, task, answer, 1200, "2027-01-15T08")  # type: ignore[arg-type]


@pytest.fixture
def votes() -> list[Vote]:
    """Ten raters of two pictures each; one also saw a known one."""
    some = [vote(f"session-{n}", item) for n in range(10) for item in ("ours-1", "theirs-1")]
    return [*some, vote("session-3", "known", role=Role.GOLD)]


def half(many: int = 10, few: int = 5) -> dict[str, dict[str, str]]:
    """Answers of raters, of whom so `few` are left-handed."""
    return {f"session-{n}": {"hand": "left" if n < few else "right", "glasses": "no"} for n in range(many)}


def test_scores_become_a_tidy_table(small_study: Study, votes: list[Vote]) -> None:
    table = vote_table(small_study, votes)
    measured = ("rater", "item", "system", "score", "source", "repetition", "response_ms")
    assert table.columns == (*measured, "gold_asked", "gold_right")
    assert len(table.rows) == 20  # gold stays
    assert Counter(row[1:7] for row in table.rows) == {
        ("ours-1", "ours", 4, "s1", 0, 1200): 10, ("theirs-1", "theirs", 4, "s1", 0, 1200): 10,
    }  # fmt: skip
    assert {row[0] for row in table.rows} == {f"r{n}" for n in range(1, 11)}


def test_known_answers_leave_as_counts_of_each_rater(small_study: Study, votes: list[Vote]) -> None:
    met = vote("session-4", "known", role=Role.GOLD, answer=Answer(score=2))
    table = vote_table(small_study, [*votes, met])
    counts = {row[0]: row[7:] for row in table.rows}
    assert Counter(counts.values()) == {(0, 0): 8, (1, 0): 1, (1, 1): 1}
    tests_only = replace(small_study, items=small_study.of_role(Role.TEST))
    assert "gold_asked" not in vote_table(tests_only, votes[:-1]).columns


def test_times_can_stay_at_home(small_study: Study, votes: list[Vote]) -> None:
    table = vote_table(small_study, votes, responses=half(), fields=("hand",), times=False)
    assert table.columns == ("rater", "item", "system", "score", "source", "repetition", *GOLD, "hand")
    assert not any(1200 in row for row in table.rows)


def test_raters_get_other_names_in_every_export(small_study: Study) -> None:
    votes = [vote(f"session-{n}", "ours-1", answer=Answer(score=1 + n % 5)) for n in range(60)]
    tables = [vote_table(small_study, votes) for _ in range(3)]
    orders = {tuple(row[3] for row in table.rows) for table in tables}
    assert len(orders) == 3  # 60! / 12!^5 orders: equal ones would be a fault, not chance
    assert "session" not in str(tables)


def test_pairs_name_both_and_the_winner(pair_study: Study) -> None:
    votes = [
        vote("s", "theirs-1", "ours-1", answer=Answer(chosen="ours-1")),
        vote("s", "ours-2", "theirs-2", answer=Answer(chosen="")),
    ]
    table = vote_table(pair_study, votes)
    assert table.columns == ("rater", "a", "b", "winner", "system_a", "system_b", "source", "repetition", "response_ms")
    assert table.rows == (
        ("r1", "ours-2", "theirs-2", "", "ours", "theirs", "s2", 0, 1200),
        ("r1", "theirs-1", "ours-1", "ours-1", "theirs", "ours", "s1", 0, 1200),
    )


def test_who_was_there_becomes_right_or_wrong(small_study: Study) -> None:
    items = tuple(replace(i, real=i.system == "theirs") for i in small_study.items)
    items = tuple(i for i in items if i.role is Role.TEST)
    study = replace(small_study, items=items, design=Design(Kind.WHO, shown_ms=500))
    votes = [
        vote("s", "theirs-1", "ours-1", answer=Answer(chosen="ours-1"), shown_ms=500),
        vote("s", "ours-2", "theirs-2", answer=Answer(chosen="theirs-2")),
    ]
    assert vote_table(study, votes).rows == (
        ("r1", "ours-1", "ours", 0, 1, "s1", 0, 1200),
        ("r1", "ours-2", "ours", 1, 0, "s2", 0, 1200),
    )


def test_best_and_worst_name_the_set_as_shown(small_study: Study) -> None:
    items = small_study.of_role(Role.TEST)
    study = replace(small_study, items=items, design=Design(Kind.BEST_WORST, set_size=3))
    one = vote("s", "ours-2", "theirs-1", "ours-3", answer=Answer(best="theirs-1", worst="ours-3"))
    assert vote_table(study, [one]).rows == (
        ("r1", "ours-2|theirs-1|ours-3", "theirs-1", "ours-3", "ours|theirs|ours", "s2", 0, 1200),
    )


def test_answers_of_five_or_more_may_leave(small_study: Study, votes: list[Vote]) -> None:
    table = vote_table(small_study, votes, responses=half(), fields=("hand",))
    assert Counter(row[-1] for row in table.rows) == {"left": 10, "right": 10}
    assert table.columns[-1] == "hand"


@pytest.mark.parametrize("few", [1, 4, 6, 9])
def test_an_answer_of_fewer_than_five_refuses_the_export(small_study: Study, votes: list[Vote], few: int) -> None:
    with pytest.raises(ExportRefusedError, match=r"fewer than 5 raters.*export fewer fields"):
        vote_table(small_study, votes, responses=half(few=few), fields=("hand",))


def test_no_answer_is_an_answer_too(small_study: Study, votes: list[Vote]) -> None:
    with pytest.raises(ExportRefusedError):
        vote_table(small_study, votes, responses=half(many=9), fields=("hand",))  # one rater gave none


def test_fields_of_earlier_exports_count(small_study: Study, votes: list[Vote]) -> None:
    responses = half()
    for n in (0, 1, 5, 6, 7):
        responses[f"session-{n}"]["glasses"] = "yes"  # 2 left with, 3 left without, 3 right with, 2 right without
    for name in ("hand", "glasses"):
        vote_table(small_study, votes, responses=responses, fields=(name,))
    with pytest.raises(ExportRefusedError, match="earlier"):
        vote_table(small_study, votes, responses=responses, fields=("hand",), earlier_fields=("glasses",))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["left", "right", ""]), min_size=1, max_size=24))
def test_every_exported_group_has_at_least_five(hands: list[str]) -> None:
    from scenechange.ratings.records import Field

    item = Item("a", "ours", "s", Path("a.png"), "0" * 64)
    field = Field("hand", {"en": "why"}, (("left", {"en": "l"}), ("right", {"en": "r"})))
    texts = {"en": "x"}
    study = Study("s", ("en",), texts, texts, texts, texts, "me", {}, Design(Kind.ACR), (item,), fields=(field,))
    responses = {f"s{n}": {"hand": hand} for n, hand in enumerate(hands) if hand}
    votes = [vote(f"s{n}", "a") for n in range(len(hands))]
    smallest = min(Counter(hands).values())
    try:
        table = vote_table(study, votes, responses=responses, fields=("hand",))
    except ExportRefusedError:
        assert smallest < 5
    else:
        assert Counter(row[-1] for row in table.rows) == Counter(hands)
        assert smallest >= 5


@pytest.mark.parametrize(
    "name", ["PROLIFIC_PID", "rater", "token_mark", "receipt_mark", "team", "language", "response_ms"]
)
def test_ids_are_no_fields(small_study: Study, votes: list[Vote], name: str) -> None:
    with pytest.raises(ExportRefusedError, match="no question of this study"):
        vote_table(small_study, votes, responses=half(), fields=(name,))


def test_free_text_never_leaves(small_study: Study, votes: list[Vote]) -> None:
    told = {rater: {**answers, "hand": "my name is Jane"} for rater, answers in half().items()}
    with pytest.raises(ExportRefusedError, match="free text or an id"):
        vote_table(small_study, votes, responses=told, fields=("hand",))
    fields = tuple(replace(f, options=()) if f.name == "hand" else f for f in small_study.fields)
    with pytest.raises(ExportRefusedError, match="free text"):
        vote_table(replace(small_study, fields=fields), votes, responses=half(), fields=("hand",))


@pytest.mark.parametrize(
    ("column", "cell"),
    [("rater", "5f3a77aa"), ("item", "jane@example.org"), ("system", "+31 6 1234"), ("score", "4"), ("score", 40),
     ("response_ms", "never"), ("repetition", -1), ("winner", "Jane"), ("comment", "nice"), ("a", None),
     ("system_a", "Jane"), ("systems", "ours|Jane"), ("items", "ours-1|Jane"), ("gold_right", "all"),
     ("gold_asked", -1)],
)  # fmt: skip
def test_the_last_look_refuses_whatever_is_not_the_studys(small_study: Study, column: str, cell: object) -> None:
    with pytest.raises(ExportRefusedError, match=column):
        check_table(small_study, (column,), [(cell,)], ())  # type: ignore[list-item]


@pytest.mark.parametrize("ending", [".csv", ".json", ".parquet"])
def test_all_formats_hold_the_same_table(small_study: Study, votes: list[Vote], tmp_path: Path, ending: str) -> None:
    votes = [*votes, replace(votes[0], rater="silent", response_ms=None)]
    path = tmp_path / f"votes{ending}"
    table = export_votes(small_study, votes, path)
    assert read(path) == table
    assert sorted(p.name for p in tmp_path.iterdir()) == ["pictures", path.name]  # no draft is left


def read(path: Path) -> VoteTable:
    """A table as another program would read it."""
    if path.suffix == ".csv":
        with path.open(newline="") as file:
            head, *rows = csv.reader(file)
        whole = {"score", "repetition", "response_ms", *GOLD}
        cells = [
            tuple((int(c) if c else None) if name in whole else c for name, c in zip(head, row, strict=True))
            for row in rows
        ]
        return VoteTable(tuple(head), tuple(cells))
    if path.suffix == ".json":
        records = json.loads(path.read_text())
    else:
        records = pytest.importorskip("pyarrow.parquet").read_table(path).to_pylist()
    return VoteTable(tuple(records[0]), tuple(tuple(record.values()) for record in records))


def test_a_refused_export_writes_nothing_and_a_file_is_kept(
    small_study: Study, votes: list[Vote], tmp_path: Path
) -> None:
    path = tmp_path / "votes.csv"
    with pytest.raises(ExportRefusedError):
        export_votes(small_study, votes, path, responses=half(few=1), fields=("hand",))
    assert not path.exists()
    path.write_text("mine")
    with pytest.raises(OutputError):
        export_votes(small_study, votes, path)
    assert path.read_text() == "mine"
    export_votes(small_study, votes, path, overwrite=True)
    assert path.read_text().startswith("rater,item")
    with pytest.raises(InputError, match=r"\.csv, \.json, \.parquet"):
        export_votes(small_study, votes, tmp_path / "votes.xlsx")


def test_a_spreadsheet_never_runs_a_name_as_a_formula(small_study: Study, tmp_path: Path) -> None:
    items = (replace(small_study.items[0], system="=HYPERLINK(1)"),)  # no file of a study gets so far
    export_votes(replace(small_study, items=items), [vote("s", "ours-0")], tmp_path / "v.csv")
    assert "r1,ours-0,'=HYPERLINK(1),4" in (tmp_path / "v.csv").read_text()


def test_parquet_without_pyarrow_names_the_extra(
    small_study: Study, votes: list[Vote], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"scenechange\[scale\]"):
        export_votes(small_study, votes, tmp_path / "votes.parquet")
    assert not (tmp_path / "votes.parquet").exists()


def test_an_empty_study_gives_an_empty_table(small_study: Study, tmp_path: Path) -> None:
    assert export_votes(small_study, [], tmp_path / "votes.csv").rows == ()
    assert (tmp_path / "votes.csv").read_text().strip() == (
        "rater,item,system,score,source,repetition,response_ms,gold_asked,gold_right"
    )


def test_a_service_remembers_which_fields_left(
    serve: Callable[..., Service], small_study: Study, tmp_path: Path
) -> None:
    rating = serve(replace(small_study, trials_per_session=1, gold_per_session=0, repeated=0))
    for _ in range(5):
        walk(rating, rating.open_session())
    assert len(export_study(rating, tmp_path / "plain.csv").rows) == 5
    assert rating.exported_fields() == ()
    export_study(rating, tmp_path / "hands.csv", fields=["hand"])
    assert rating.exported_fields() == ("hand",)
    export_study(rating, tmp_path / "glasses.csv", fields=["glasses"])
    assert rating.exported_fields() == ("glasses", "hand")
