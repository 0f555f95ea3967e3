"""What no single key of a study can show: whether items, design and rules fit together."""

from __future__ import annotations

import re

from scenechange.errors import InputError
from scenechange.ratings.answers import score_range
from scenechange.ratings.designs import all_units, gold_tasks, items_by_name, training_tasks
from scenechange.ratings.records import Kind, Role, Study, Task
from scenechange.ratings.table import StudyError

_STOP = re.compile(r"top ([1-9][0-9]{0,3}) separated")


def check_consistency(study: Study) -> None:
    """Refuse a study whose parts do not fit.

    Raises
    ------
    StudyError
        Nothing to judge, a known answer missing or impossible, originals missing, a stop rule that cannot come true.
    """
    if not all_units(study):
        raise StudyError("items: wanted pictures to judge (role test), got none")
    for task in (*gold_tasks(study), *training_tasks(study)):
        _check_expected(study, task)
    for item in study.of_role(Role.TRAINING):
        if item.team:
            raise StudyError(
                f"items: training {item.item!r}: team: wanted nothing, because everybody sees the training, "
                f"got {item.team!r}; take the team out, or use pictures of nobody's"
            )
    _check_stop(study)


def _check_expected(study: Study, task: Task) -> None:
    items = [items_by_name(study)[name] for name in task.items]
    given = {item.expected for item in items if item.expected}
    where = f"items: {task.role} {task.unit!r}: expected"
    kind = study.design.kind
    if kind is Kind.WHO:
        real = next(item.item for item in items if item.real)
        if given - {"real", real}:
            raise StudyError(f"{where}: wanted 'real' or {real!r}, got {', '.join(sorted(given))!r}")
        if given:
            return
    if not given:
        raise StudyError(f"{where}: wanted the known answer, got nothing; {_wanted(kind, study.design.points, task)}")
    if len(given) > 1:
        raise StudyError(f"{where}: wanted one answer for the pictures shown together, got {', '.join(sorted(given))}")
    answer = given.pop()
    if kind in (Kind.ACR, Kind.DCR):
        try:
            high = score_range(answer)[1]
        except InputError as error:
            raise StudyError(f"{where}: {_wanted(kind, study.design.points, task)}, got {answer!r}") from error
        if high > study.design.points:
            raise StudyError(f"{where}: {_wanted(kind, study.design.points, task)}, got {answer!r}")
    elif answer not in task.items:
        raise StudyError(f"{where}: {_wanted(kind, study.design.points, task)}, got {answer!r}")


def _wanted(kind: Kind, points: int, task: Task) -> str:
    if kind in (Kind.ACR, Kind.DCR):
        return f"wanted scores from 1 to {points}, such as '1' or '{points - 1}-{points}'"
    if kind is Kind.WHO:
        return "write 'real'"
    return f"wanted the best of {', '.join(task.items)}"


def _check_stop(study: Study) -> None:
    if not study.stop_when:
        return
    if study.design.assignment == "active":
        raise StudyError(
            "study.stop_when: wanted design.assignment = 'balanced' with a rule to stop, got 'active': pairs that are "
            "chosen by earlier answers make the rule wrong. Take one of the two out"
        )
    match = _STOP.fullmatch(study.stop_when)
    systems = {item.system for item in study.of_role(Role.TEST)}
    if match is None or int(match[1]) >= len(systems):
        raise StudyError(
            f"study.stop_when: wanted 'top N separated' with N below the number of systems ({len(systems)}), "
            f"got {study.stop_when!r}"
        )
