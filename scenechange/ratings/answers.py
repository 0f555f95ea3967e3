"""Answers: which ones a task allows, whether a known answer was met, and their plain form for JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields

from scenechange.errors import InputError
from scenechange.ratings.designs import items_by_name
from scenechange.ratings.records import Answer, Design, Kind, Role, Study, Task

_WANTED = {
    Kind.ACR: ("score",),
    Kind.DCR: ("score",),
    Kind.PAIR: ("chosen",),
    Kind.WHO: ("chosen",),
    Kind.BEST_WORST: ("best", "worst"),
}
_SCORES = re.compile(r"([1-9])(?:-([1-9]))?")


def check_answer(study: Study, task: Task, answer: Answer) -> None:
    """Refuse an answer that the design does not allow for this task.

    Raises
    ------
    InputError
        A field too few or too many, a score off the scale, an item that was not shown, a tie where none is allowed,
        best and worst the same.
    """
    design = study.design
    wanted = _WANTED[design.kind]
    for field in fields(Answer):
        value = getattr(answer, field.name)
        if (value is not None) != (field.name in wanted):
            came = "nothing" if value is None else repr(value)
            least = f"{' and '.join(wanted)} alone"
            raise InputError(f"answer.{field.name}: the design {design.kind} wants {least}, got {came} for it")
    if "score" in wanted:
        _check_score(answer.score, design.points)
    elif "chosen" in wanted:
        _check_chosen(answer.chosen, task, design)
    else:
        _check_extremes(answer.best, answer.worst, task)


def _check_score(score: object, points: int) -> None:
    if isinstance(score, bool) or not isinstance(score, int) or not 1 <= score <= points:
        raise InputError(f"answer.score: wanted a whole number from 1 to {points}, got {score!r}")


def _check_chosen(chosen: object, task: Task, design: Design) -> None:
    if chosen == "" and design.kind is Kind.PAIR and design.ties:
        return
    if chosen == "":
        raise InputError("answer.chosen: 'no difference' is not allowed in this study; choose one of the pictures")
    if chosen not in task.items:
        raise InputError(f"answer.chosen: wanted one of {', '.join(task.items)}, got {chosen!r}")


def _check_extremes(best: object, worst: object, task: Task) -> None:
    for name, item in (("best", best), ("worst", worst)):
        if item not in task.items:
            raise InputError(f"answer.{name}: wanted one of {', '.join(task.items)}, got {item!r}")
    if best == worst:
        raise InputError(f"answer.worst: wanted another picture than the best one, got {worst!r} for both")


def is_expected(study: Study, task: Task, answer: Answer) -> bool | None:
    """Whether an answer meets the known one of a gold or training task; None where there is none.

    Parameters
    ----------
    study : Study
        Whose items know the answers.
    task : Task
        What was shown.
    answer : Answer
        A legal answer to it, see `check_answer`.

    Returns
    -------
    bool or None
        For scores: within the expected range. For pairs and "who was really there": the expected item was chosen. For
        best-worst: the expected item was called best.
    """
    if task.role not in (Role.GOLD, Role.TRAINING):
        return None
    known = expected_of(study, task)
    if not known:
        return None
    if study.design.kind in (Kind.ACR, Kind.DCR):
        low, high = score_range(known)
        return answer.score is not None and low <= answer.score <= high
    return known == (answer.best if study.design.kind is Kind.BEST_WORST else answer.chosen)


def expected_of(study: Study, task: Task) -> str:
    """The known answer of a gold or training task: scores such as ``"4-5"``, or the item; empty for other tasks."""
    if task.role not in (Role.GOLD, Role.TRAINING):
        return ""
    items = [items_by_name(study)[name] for name in task.items]
    if study.design.kind is Kind.WHO:
        return next(item.item for item in items if item.real)
    return next((item.expected for item in items if item.expected), "")


def score_range(expected: str) -> tuple[int, int]:
    """Lowest and highest score of an expected answer such as ``"4-5"`` or ``"1"``.

    Raises
    ------
    InputError
        Not of that form, or the first score is above the second.
    """
    match = _SCORES.fullmatch(expected)
    low = int(match[1]) if match else 0
    high = int(match[2] or match[1]) if match else 0
    if not 1 <= low <= high:
        raise InputError(f"expected: wanted a score such as '1' or a range such as '4-5', got {expected!r}")
    return low, high


def to_json(answer: Answer) -> dict[str, int | str]:
    """The fields of an answer that are set.

    Examples
    --------
    >>> to_json(Answer(score=4))
    {'score': 4}
    """
    values = {field.name: getattr(answer, field.name) for field in fields(Answer)}
    return {name: value for name, value in values.items() if value is not None}


def from_json(values: Mapping[str, object]) -> Answer:
    """An answer from its plain form; whether a task allows it is for `check_answer` to say.

    Raises
    ------
    InputError
        A field that no answer has, or a value of a wrong kind.
    """
    if not isinstance(values, Mapping):
        raise InputError(f"answer: wanted a table with score, chosen, or best and worst, got {type(values).__name__}")
    known = [field.name for field in fields(Answer)]
    found: dict[str, object] = {}
    for name, value in values.items():
        if name not in known:
            raise InputError(f"answer.{name}: unknown, wanted {', '.join(known)}")
        kind: type = int if name == "score" else str
        if value is not None and (isinstance(value, bool) or not isinstance(value, kind)):
            raise InputError(f"answer.{name}: wanted {'a whole number' if kind is int else 'an item'}, got {value!r}")
        found[name] = value
    return Answer(**found)  # type: ignore[arg-type]
