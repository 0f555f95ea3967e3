"""Answers: exactly what the design asks for is taken, known answers are met or not, JSON goes both ways."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenechange.errors import InputError
from scenechange.ratings.answers import check_answer, expected_of, from_json, is_expected, score_range, to_json
from scenechange.ratings.designs import all_units, gold_tasks
from scenechange.ratings.records import Answer, Design, Item, Kind, Role, Study, Task


def study_of(design: Design, *items: Item) -> Study:
    text = {"en": "x"}
    return Study("s", ("en",), text, text, text, text, "c", {}, design, items)


def item(name: str, **more) -> Item:
    return Item(name, name, "i", Path("x.jpg"), "0" * 64, **more)


ACR = study_of(Design(Kind.ACR, points=7), item("a"), item("g", role=Role.GOLD, expected="6-7"))
PAIR = study_of(
    Design(Kind.PAIR),
    *(item(name) for name in "ab"),
    item("g", role=Role.GOLD, expected="g"),
    item("h", role=Role.GOLD, expected="g"),
)
TIES = study_of(Design(Kind.PAIR, ties=True), item("a"), item("b"))
WHO = study_of(
    Design(Kind.WHO), item("a"), item("o", real=True, role=Role.REFERENCE), item("g", role=Role.GOLD, expected="real")
)
BEST = study_of(
    Design(Kind.BEST_WORST, set_size=3),
    *(item(name) for name in "abc"),
    *(item(name, role=Role.GOLD, expected="h") for name in "ghi"),
)


@pytest.mark.parametrize(
    ("study", "answer"),
    [
        (ACR, Answer(score=1)),
        (ACR, Answer(score=7)),
        (PAIR, Answer(chosen="b")),
        (TIES, Answer(chosen="")),
        (WHO, Answer(chosen="o")),
        (BEST, Answer(best="a", worst="c")),
    ],
)
def test_a_legal_answer_passes(study, answer):
    check_answer(study, all_units(study)[0], answer)


@pytest.mark.parametrize(
    ("study", "answer", "told"),
    [
        (ACR, Answer(), "answer.score"),
        (ACR, Answer(score=0), "from 1 to 7, got 0"),
        (ACR, Answer(score=8), "from 1 to 7, got 8"),
        (ACR, Answer(score=True), "whole number"),
        (ACR, Answer(score=3.0), "whole number"),  # type: ignore[arg-type]
        (ACR, Answer(score=3, chosen="a"), "answer.chosen"),
        (PAIR, Answer(chosen="c"), "one of a, b, got 'c'"),
        (PAIR, Answer(chosen=""), "no difference"),
        (WHO, Answer(chosen=""), "no difference"),
        (PAIR, Answer(score=1), "answer.score"),
        (BEST, Answer(best="a"), "answer.worst"),
        (BEST, Answer(best="a", worst="a"), "another picture"),
        (BEST, Answer(best="a", worst="z"), "answer.worst"),
    ],
)
def test_any_other_answer_is_refused_with_its_field(study, answer, told):
    with pytest.raises(InputError, match=told):
        check_answer(study, all_units(study)[0], answer)


@pytest.mark.parametrize(
    ("study", "right", "wrong"),
    [
        (ACR, Answer(score=6), Answer(score=5)),
        (PAIR, Answer(chosen="g"), Answer(chosen="h")),
        (WHO, Answer(chosen="o"), Answer(chosen="g")),
        (BEST, Answer(best="h", worst="g"), Answer(best="g", worst="h")),
    ],
)
def test_a_known_answer_is_met_or_not(study, right, wrong):
    task = gold_tasks(study)[0]
    assert is_expected(study, task, right) is True
    assert is_expected(study, task, wrong) is False


def test_a_test_task_has_no_known_answer():
    task = all_units(WHO)[0]
    assert is_expected(WHO, task, Answer(chosen="o")) is None
    assert expected_of(WHO, task) == ""


def test_gold_without_a_known_answer_says_neither():
    study = study_of(Design(Kind.ACR), item("a"), item("g", role=Role.GOLD))
    assert is_expected(study, gold_tasks(study)[0], Answer(score=3)) is None


def test_what_was_expected_can_be_shown_after_training():
    assert expected_of(ACR, gold_tasks(ACR)[0]) == "6-7"
    assert expected_of(WHO, gold_tasks(WHO)[0]) == "o"
    assert expected_of(BEST, gold_tasks(BEST)[0]) == "h"


def test_score_ranges_are_read():
    assert score_range("1") == (1, 1)
    assert score_range("4-5") == (4, 5)


@pytest.mark.parametrize("text", ["", "0", "5-4", "4-", "-4", "10", "4 - 5", "a"])
def test_other_texts_are_no_score_range(text):
    with pytest.raises(InputError, match="expected"):
        score_range(text)


answers = st.builds(
    Answer,
    score=st.none() | st.integers(1, 9),
    chosen=st.none() | st.text(max_size=5),
    best=st.none() | st.text(max_size=5),
    worst=st.none() | st.text(max_size=5),
)


@settings(max_examples=50, deadline=None)
@given(answers)
def test_json_goes_both_ways(answer):
    assert from_json(to_json(answer)) == answer


@pytest.mark.parametrize(
    "values", [{"scor": 1}, {"score": "1"}, {"score": True}, {"chosen": 1}, {"best": ["a"]}, [], "a", None]
)
def test_json_of_another_shape_is_refused(values):
    with pytest.raises(InputError, match="answer"):
        from_json(values)


def test_a_task_that_was_never_gold_is_not_judged_by_its_items():
    assert is_expected(ACR, Task("g", ("g",)), Answer(score=7)) is None
