"""Nobody is singled out by laying two exports side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rating_walks import AGREED, CHOSEN, answer_to

from scenechange.ratings.anonymity import (
    MIN_CELL,
    ExportRecord,
    cells_of,
    check_since,
    record_as_text,
    record_from_text,
)
from scenechange.ratings.export import export_study
from scenechange.ratings.failures import ExportRefusedError
from scenechange.ratings.records import Study
from scenechange.ratings.service import Service

LEFT, RIGHT = ("left",), ("right",)


def record(left: int, right: int, removals: int = 0) -> ExportRecord:
    return ExportRecord(("hand",), ((LEFT, left), (RIGHT, right)), removals)


@pytest.mark.parametrize(
    ("now", "removals", "may"),
    [
        ((6, 6), 0, True),  # nothing happened
        ((7, 6), 0, False),  # one left-handed rater more
        ((10, 10), 0, False),  # four more of each
        ((11, 6), 0, True),  # five more of one, none of the other
        ((11, 11), 0, True),
        ((11, 7), 0, False),
        ((5, 6), 1, True),  # one erased, nobody new
        ((6, 6), 1, False),  # one erased, and one new: of the same answer or not, it is not remembered
        ((10, 6), 1, False),  # five new and one erased, or four new
        ((11, 11), 1, True),
        ((11, 6), 1, False),  # a right-handed one may have been replaced
        ((5, 5), 2, True),
    ],
)
def test_a_later_table_shows_five_new_raters_of_an_answer_or_none(
    now: tuple[int, int], removals: int, may: bool
) -> None:
    cells = {LEFT: now[0], RIGHT: now[1]}
    if may:
        check_since(("hand",), cells, record(6, 6), removals)
    else:
        with pytest.raises(ExportRefusedError, match="side by side"):
            check_since(("hand",), cells, record(6, 6), removals)


def test_answers_that_were_not_there_before_count_as_none_before() -> None:
    check_since(("hand",), {LEFT: 6, RIGHT: 6, ("",): 5}, record(6, 6), 0)
    with pytest.raises(ExportRefusedError):
        check_since(("hand",), {LEFT: 6, RIGHT: 6, ("",): 4}, record(6, 6), 0)
    check_since(("hand",), {LEFT: 1}, None, 0)


def test_a_field_that_is_new_is_added_up_before_it_is_compared() -> None:
    both = ("hand", "glasses")
    cells = {("left", "yes"): 6, ("left", "no"): 5, ("right", "no"): 6}
    check_since(both, cells, record(6, 6), 0)
    with pytest.raises(ExportRefusedError):
        check_since(both, {**cells, ("left", "no"): 4}, record(6, 6), 0)


def test_a_record_is_read_as_it_was_written() -> None:
    for one in (record(6, 7, 2), ExportRecord(("a", "b"), ((("x", ""), 5),), 0)):
        assert record_from_text(record_as_text(one)) == one


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from("lr"), min_size=10, max_size=30),
    st.lists(st.sampled_from("lr"), max_size=14),
    st.sets(st.integers(0, 29), max_size=6),
)
def test_whatever_is_let_through_singles_nobody_out(before: list[str], came: list[str], erased: set[int]) -> None:
    """Sets of raters, of which the rule sees only numbers: newcomers of an answer are none, or five and more."""
    first = {f"r{n}": {"hand": hand} for n, hand in enumerate(before)}
    later = {name: answers for name, answers in first.items() if int(name[1:]) not in erased}
    removed = len(first) - len(later)
    newcomers = {f"n{n}": {"hand": hand} for n, hand in enumerate(came)}
    told = ExportRecord(("hand",), tuple(sorted(cells_of(("hand",), first, first).items())), 3)
    now = later | newcomers
    try:
        check_since(("hand",), cells_of(("hand",), now, now), told, 3 + removed)
    except ExportRefusedError:
        return
    assert all(came.count(hand) == 0 or came.count(hand) >= MIN_CELL for hand in "lr")


def join(service: Service, hand: str) -> str:
    """A rater of one vote; the receipt code."""
    token = service.open_session()
    service.consent(token, AGREED, {**CHOSEN, "hand": hand})
    service.start_training(token)
    while service.view(token).state == "training" and (trial := service.current_trial(token)):
        service.vote(token, trial.trial, answer_to(trial), None, "")
    service.start_trials(token)
    trial = service.current_trial(token)
    assert trial is not None
    service.vote(token, trial.trial, answer_to(trial), None, "")
    return service.receipt_code(token)


def test_one_rater_more_refuses_the_next_export_of_the_field(
    serve: Callable[..., Service], small_study: Study, tmp_path: Path
) -> None:
    rating = serve(replace(small_study, trials_per_session=1, gold_per_session=0, repeated=0))
    codes = [join(rating, hand) for hand in ("left", "right") * 5]
    export_study(rating, tmp_path / "1.csv", fields=["hand"])
    export_study(rating, tmp_path / "2.csv", fields=["hand"])  # the same once more
    join(rating, "left")
    with pytest.raises(ExportRefusedError, match="side by side"):
        export_study(rating, tmp_path / "3.csv", fields=["hand"])
    assert not (tmp_path / "3.csv").exists()
    export_study(rating, tmp_path / "plain.csv")
    for _ in range(4):
        join(rating, "left")
    assert len(export_study(rating, tmp_path / "4.csv", fields=["hand"]).rows) == 15
    rating.erase(codes[0])
    assert len(export_study(rating, tmp_path / "5.csv", fields=["hand"]).rows) == 14
    assert rating.last_export() == ExportRecord(("hand",), ((LEFT, 9), (RIGHT, 5)), 1)


def test_an_export_that_cannot_be_written_is_not_remembered(
    serve: Callable[..., Service], small_study: Study, tmp_path: Path
) -> None:
    from scenechange.errors import OutputError

    rating = serve(replace(small_study, trials_per_session=1, gold_per_session=0, repeated=0))
    for _ in range(5):
        join(rating, "left")
    (tmp_path / "mine.csv").write_text("mine")
    with pytest.raises(OutputError):
        export_study(rating, tmp_path / "mine.csv", fields=["hand"])
    assert rating.last_export() is None
