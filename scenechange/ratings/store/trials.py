"""Trials: planned in one piece, answered exactly once each, the last one taken back if wished.

Leases
------
A session's trials are planned when the first one is due, and all of them count as given out until the worker has not
been seen for `Study.lease_s`. Then what is unanswered returns to the pool: others are given it. A worker who comes
back goes on with the same trials, and a late answer counts like any other, once per session, even if somebody else
was given the same unit meanwhile: that unit then has a vote more than planned, and the least judged units come first
for the next session, which evens it out. Throwing an honest answer away would cost more.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, delete, exists, func, insert, select, update

from scenechange.ratings.failures import WrongStateError
from scenechange.ratings.keys import new_token
from scenechange.ratings.records import Answer, Role, State, Task, Trial
from scenechange.ratings.store.desk import Desk, is_past, unknown_session
from scenechange.ratings.store.passage import set_standing
from scenechange.ratings.store.tables import session, trial, vote
from scenechange.ratings.store.writer import Turn
from scenechange.ratings.views import Completion, Receipt

MAX_RESPONSE_MS = 3_600_000  # an hour; longer means the page was left open


def start_training(turn: Turn, desk: Desk, token: str) -> None:
    """From the instructions to the training, or to the trials where the study has no training."""
    from scenechange.ratings.designs import present, training_tasks

    found = desk.session_of(turn.connection, token)
    if is_past(found.state, State.INSTRUCTIONS):
        return
    if found.state != State.INSTRUCTIONS:
        raise WrongStateError("training comes after consent and checks: go through those first")
    tasks = training_tasks(desk.study)
    if not tasks:
        _plan(turn, desk, found)
        return
    shown = tuple(present(task, secrets.randbelow(1 << 30), desk.study.design) for task in tasks)
    _store_tasks(turn.connection, found.id, "training", shown)
    desk.change(turn.connection, found.id, state=State.TRAINING.value)


def start_trials(turn: Turn, desk: Desk, token: str) -> None:
    """From the finished training to the trials."""
    from scenechange.ratings.designs import training_tasks

    found = desk.session_of(turn.connection, token)
    if is_past(found.state, State.TRAINING):
        return
    ready = found.state == State.TRAINING and next_row(turn.connection, found) is None
    if not ready and not (found.state == State.INSTRUCTIONS and not training_tasks(desk.study)):
        raise WrongStateError("trials come after instructions and training: finish those first")
    _plan(turn, desk, found)


def _plan(turn: Turn, desk: Desk, found: Row[Any]) -> None:
    from scenechange.ratings.assignment import plan_session
    from scenechange.ratings.store.reading import all_votes

    counts = turn.shared.get("counts")
    if counts is None:
        counts = turn.shared["counts"] = count_given(turn.connection, desk)
    votes = tuple(all_votes(turn.connection)) if desk.study.design.assignment == "active" else ()
    tasks = plan_session(desk.study, counts, found.team, secrets.randbits(62), votes)
    if not tasks:
        raise WrongStateError("no picture of this study may be shown to this rater: all belong to the rater's team")
    _store_tasks(turn.connection, found.id, "trials", tasks)
    change = {"state": State.TRIALS.value, "planned": len(tasks), "lease_minute": desk.lease_minute()}
    desk.change(turn.connection, found.id, **change)
    counts.update(task.unit for task in tasks if task.role is Role.TEST and task.repetition == 0)


def count_given(connection: Connection, desk: Desk) -> Counter[str]:
    """Votes and open leases of each test unit, first showings only."""
    counts = Counter({row[0]: row[1] for row in connection.execute(_COUNT_DONE)})
    counts.update({row[0]: row[1] for row in connection.execute(_COUNT_LEASED, {"now": desk.minute()})})
    return counts


def _store_tasks(connection: Connection, session_id: int, phase: str, tasks: tuple[Task, ...]) -> None:
    rows = [
        {
            "session_id": session_id, "phase": phase, "number": number, "name": new_token(), "unit": task.unit,
            "repetition": task.repetition, "role": task.role.value, "shown": _shown(task), "done": False,
            "counts": phase == "trials" and task.role is Role.TEST and task.repetition == 0,
        }
        for number, task in enumerate(tasks, 1)
    ]  # fmt: skip
    connection.execute(_STORE_TRIALS, rows)


def _shown(task: Task) -> str:
    return json.dumps([list(task.items), task.reference, task.shown_ms], separators=(",", ":"))


def task_of(row: Row[Any]) -> Task:
    """The task of a row of the trial table."""
    return _task(row.unit, row.shown, row.role, row.repetition)


@lru_cache(maxsize=1 << 15)
def _task(unit: str, shown: str, role: str, repetition: int) -> Task:
    """Remembered, for a study shows few different tasks very often."""
    items, reference, shown_ms = json.loads(shown)
    return Task(unit, tuple(items), reference, Role(role), repetition, shown_ms)


def next_row(connection: Connection, found: Row[Any]) -> Row[Any] | None:
    """The first unanswered trial of where a session is; None where all are answered or none is due."""
    return connection.execute(_NEXT_ROW, {"session": found.id, "phase": found.state}).first()


def shown_in(task: Task) -> tuple[str, ...]:
    """Items of all pictures on a trial's page."""
    return ((task.reference,) if task.reference else ()) + task.items


def total_of(connection: Connection, found: Row[Any]) -> int:
    """How many trials there are where a session is."""
    if found.state == State.TRAINING:
        rows = select(func.count()).where(trial.c.session_id == found.id, trial.c.phase == "training")
        return connection.execute(rows).scalar_one()
    return int(found.planned)


def trial_of(row: Row[Any], total: int) -> Trial:
    """What is shown to the worker."""
    return Trial(row.name, task_of(row), row.number, total)


def renew(turn: Turn, desk: Desk, token: str) -> None:
    """Note that a worker in the trials is still here."""
    found = desk.session_of(turn.connection, token)
    if found.state == State.TRIALS:
        change = {"lease_minute": desk.lease_minute()}
        desk.change(turn.connection, found.id, **change)


def cast(
    turn: Turn,
    desk: Desk,
    token: str,
    name: str,
    answer: Answer,
    response_ms: int | None,
    key: str,
    seen: Row[Any] | None = None,
) -> Receipt:
    """Store an answer, or return the receipt of the first one for the same trial or the same key.

    What `row_to_answer` has `seen` a moment ago is not read again; if it is no longer so, it is.
    """
    from scenechange.ratings.answers import check_answer, to_json

    row = seen or row_to_answer(turn.connection, desk, token, name, key)
    if row.earlier_name is not None:
        return Receipt(row.earlier_name, False, row.earlier_number, row.planned)
    total = row.planned if row.phase == "trials" else total_of(turn.connection, row)
    if row.done:
        return Receipt(name, False, row.number, total)
    if row.state not in (State.TRIALS, State.TRAINING) or (row.phase == "trials") != (row.state == State.TRIALS):
        raise WrongStateError("this picture is not up for rating now: open your link to see what is")
    check_answer(desk.study, task_of(row), answer)
    if turn.connection.execute(_MARK_DONE, {"which": row.trial_id, "under": name}).rowcount != 1:
        # Another process changed the trial since we looked: it was answered, taken back or erased. Look again.
        return cast(turn, desk, token, name, answer, response_ms, key)
    if row.phase == "trials":
        may_time = response_ms is not None and "response_ms" in row.agreed.split("\n")
        stored = {
            "session_id": row.id, "trial_id": row.trial_id, "unit": row.unit, "repetition": row.repetition,
            "key": key or None, "answer": json.dumps(to_json(answer)), "hour": desk.hour(),
            "response_ms": min(max(int(response_ms or 0), 0), MAX_RESPONSE_MS) if may_time else None,
        }  # fmt: skip
        turn.connection.execute(_STORE_VOTE, stored)
        if not row.can_undo or row.lease_minute != desk.lease_minute():
            here = {"which": row.id, "lease": desk.lease_minute()}
            turn.connection.execute(_NOTE_PRESENCE, here)
    return Receipt(name, True, row.number, total)


def row_to_answer(connection: Connection, desk: Desk, token: str, name: str, key: str) -> Row[Any]:
    """A session's trial, and beside it the trial that the same key answered earlier, if any."""
    wanted = {"mark": desk.token_mark(token), "name": name, "given_key": key or None}
    found = connection.execute(_ROW_TO_ANSWER, wanted).first()
    if found is None:
        raise unknown_session()
    if found.trial_id is None and found.earlier_name is None:
        raise WrongStateError("this trial is not open any more, or its answer was taken back: open your link to go on")
    return found


def _select_row_to_answer() -> Select[Any]:
    earlier_vote, earlier, before = vote.alias("earlier_vote"), trial.alias("earlier"), trial.alias("before")
    comes_first = (before.c.session_id == trial.c.session_id, before.c.phase == trial.c.phase, ~before.c.done)
    by_key = and_(earlier_vote.c.session_id == session.c.id, earlier_vote.c.key == bindparam("given_key"))
    return (
        select(
            *(session.c[name] for name in ("id", "state", "agreed", "planned", "can_undo", "lease_minute")),
            *(trial.c[name] for name in ("phase", "number", "unit", "repetition", "role", "shown", "done")),
            trial.c.id.label("trial_id"),
            earlier.c.name.label("earlier_name"),
            earlier.c.number.label("earlier_number"),
            ~exists().where(*comes_first, before.c.number < trial.c.number).label("due"),
        )
        .select_from(session)
        .outerjoin(trial, and_(trial.c.session_id == session.c.id, trial.c.name == bindparam("name")))
        .outerjoin(earlier_vote, by_key)
        .outerjoin(earlier, earlier.c.id == earlier_vote.c.trial_id)
        .where(session.c.token_mark == bindparam("mark"))
    )


# Built once: making statements anew costs more than running them.
_ROW_TO_ANSWER = _select_row_to_answer()
_NEXT_ROW = (
    select(trial)
    .where(trial.c.session_id == bindparam("session"), trial.c.phase == bindparam("phase"), ~trial.c.done)
    .order_by(trial.c.number)
    .limit(1)
)
_COUNT_DONE = select(trial.c.unit, func.count()).where(trial.c.counts, trial.c.done).group_by(trial.c.unit)
_COUNT_LEASED = (
    select(trial.c.unit, func.count())
    .join(session, session.c.id == trial.c.session_id)
    .where(session.c.lease_minute > bindparam("now"), trial.c.counts, ~trial.c.done)
    .group_by(trial.c.unit)
)
_STORE_VOTE = insert(vote)
_STORE_TRIALS = insert(trial)
_MARK_DONE = (
    update(trial)
    .where(trial.c.id == bindparam("which"), trial.c.name == bindparam("under"), ~trial.c.done)
    .values(done=True)
)
_NOTE_PRESENCE = (
    update(session).where(session.c.id == bindparam("which")).values(can_undo=True, lease_minute=bindparam("lease"))
)


def undo(turn: Turn, desk: Desk, token: str) -> None:
    """Take the last vote back; a second time in a row changes nothing.

    The reopened trial gets a new name, so that a late retry of the vote taken back cannot bring it back.
    """
    found = desk.session_of(turn.connection, token)
    if found.state != State.TRIALS:
        raise WrongStateError("only during the trials can a vote be taken back; afterwards use the receipt code")
    if not found.can_undo:
        return
    rows = select(trial.c.id).where(trial.c.session_id == found.id, trial.c.phase == "trials", trial.c.done)
    last = turn.connection.execute(rows.order_by(trial.c.number.desc()).limit(1)).scalar_one()
    turn.connection.execute(delete(vote).where(vote.c.trial_id == last))
    turn.connection.execute(update(trial).where(trial.c.id == last).values(done=False, name=new_token()))
    change = {"can_undo": False, "lease_minute": desk.lease_minute()}
    desk.change(turn.connection, found.id, **change)
    desk.note(turn.connection, "undo")


def finish(turn: Turn, desk: Desk, token: str) -> Completion:
    """End a session whose trials are all answered; asked again, the same codes."""
    found = desk.session_of(turn.connection, token)
    if found.state not in (State.TRIALS, State.DONE):
        raise WrongStateError("the completion code comes after the last trial: open your link to go on")
    if found.state == State.TRIALS:
        if next_row(turn.connection, found) is not None:
            raise WrongStateError("some trials have no answer yet: open your link to go on")
        change = {"state": State.DONE.value, "can_undo": False, "lease_minute": None}
        desk.change(turn.connection, found.id, **change)
        set_standing(turn, desk, found, "done")
    return Completion(desk.study.completion_code, desk.keys.receipt(token))
