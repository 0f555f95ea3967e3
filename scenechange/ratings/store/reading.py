"""What can be read: votes, the study in figures, and everything stored of one session."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from statistics import median
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, func, select

from scenechange.ratings.failures import WrongStateError
from scenechange.ratings.records import Answer, Kind, Role, State, Study, Vote
from scenechange.ratings.store.binding import is_closed
from scenechange.ratings.store.desk import Desk, unknown_session
from scenechange.ratings.store.passage import payment_link
from scenechange.ratings.store.tables import payment, response, session, trial, vote
from scenechange.ratings.store.trials import row_to_answer, shown_in, task_of, total_of, trial_of
from scenechange.ratings.views import Asked, RaterSummary, SessionView, Standing, Status

MIN_JUDGED = 8  # votes below which nobody is called careless for their pattern
FAST_MS = 400.0  # a choice between shown alternatives takes longer once the picture was looked at (Luce 1986)
MIN_GOLD_SHARE = 0.5
ONE_SIDED = 0.9


def _vote_rows() -> Select[Any]:
    return (
        select(
            vote.c.id, session.c.rater, vote.c.answer, vote.c.response_ms, vote.c.hour,
            trial.c.unit, trial.c.shown, trial.c.role, trial.c.repetition,
        )
        .join(trial, trial.c.id == vote.c.trial_id)
        .join(session, session.c.id == vote.c.session_id)
    )  # fmt: skip


def _vote(row: Any) -> Vote:
    return Vote(row.rater, task_of(row), _answer(row.answer), row.response_ms, row.hour)


@lru_cache(maxsize=1 << 12)
def _answer(text: str) -> Answer:
    return Answer(**json.loads(text))


def votes_after(connection: Connection, after: int, limit: int) -> tuple[list[Vote], int]:
    """The next votes in the order stored, test and gold, and where to go on; none left where the list is empty."""
    rows = connection.execute(_vote_rows().where(vote.c.id > after).order_by(vote.c.id).limit(limit)).all()
    return [_vote(row) for row in rows], rows[-1].id if rows else after


def all_votes(connection: Connection) -> Iterator[Vote]:
    """Every stored vote as this transaction sees them."""
    for row in connection.execute(_vote_rows().order_by(vote.c.id)):
        yield _vote(row)


def raters_with_responses(connection: Connection) -> Mapping[str, Mapping[str, str]]:
    """Random name of each session to its answers to the study's own questions."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    rows = select(session.c.rater, response.c.field, response.c.chosen).join(session)
    for rater, field, chosen in connection.execute(rows):
        found[rater][field] = chosen
    return found


def status(connection: Connection, desk: Desk) -> Status:
    """The study in figures."""
    from scenechange.ratings.designs import all_units

    study = desk.study
    votes = list(all_votes(connection))
    tests = [v for v in votes if v.task.role is Role.TEST]
    states = {
        row[0]: row[1] for row in connection.execute(select(session.c.state, func.count()).group_by(session.c.state))
    }
    counted = Counter(v.task.unit for v in tests if v.task.repetition == 0)
    units = [task.unit for task in all_units(study)]
    open_ = and_(trial.c.phase == "trials", ~trial.c.done, session.c.lease_minute > desk.minute())
    leases = select(func.count()).select_from(trial.join(session)).where(open_)
    return Status(
        study=study.name,
        sessions={state: states.get(state.value, 0) for state in State},
        votes=len(tests),
        wanted=_wanted(study, len(units)),
        per_unit={unit: counted[unit] for unit in units},
        open_leases=connection.execute(leases).scalar_one(),
        raters=tuple(_summaries(connection, study, votes)),
        closed=is_closed(connection),
    )


def _wanted(study: Study, units: int) -> int:
    """Test votes until everything has its own: for best-worst each picture is to be shown so often, in sets."""
    if study.design.kind is not Kind.BEST_WORST:
        return study.votes_per_item * units
    return -(-study.votes_per_item * len(study.of_role(Role.TEST)) // study.design.set_size)


def _summaries(connection: Connection, study: Study, votes: Sequence[Vote]) -> Iterator[RaterSummary]:
    states = {row[0]: row[1] for row in connection.execute(select(session.c.rater, session.c.state))}
    by_rater: dict[str, list[Vote]] = defaultdict(list)
    for one in votes:
        by_rater[one.rater].append(one)
    for rater, own in by_rater.items():
        yield summarise(study, rater, State(states.get(rater, State.DONE)), own)


def summarise(study: Study, rater: str, state: State, votes: Sequence[Vote]) -> RaterSummary:
    """One session's votes in figures, and what about them looks careless.

    Doubts: ``gold`` fewer than half of the known answers met; ``fast`` median below 400 ms; ``constant`` one score, or
    ``one-sided`` the same side nine times out of ten, in at least 8 test votes. They are hints for the organiser, not a
    screening: see `scenechange.ratings.analysis` for those with published rules.

    References
    ----------
    Luce, Response Times, 1986, chapter 2: simple reactions alone take about 200 ms, choices more.
    """
    from scenechange.ratings.answers import is_expected

    tests = [v for v in votes if v.task.role is Role.TEST]
    known = [is_expected(study, v.task, v.answer) for v in votes if v.task.role is Role.GOLD]
    asked = [right for right in known if right is not None]
    times = [v.response_ms for v in votes if v.response_ms is not None]
    doubts = []
    if asked and sum(asked) < MIN_GOLD_SHARE * len(asked):
        doubts.append("gold")
    if len(times) >= MIN_JUDGED and median(times) < FAST_MS:
        doubts.append("fast")
    if len(tests) >= MIN_JUDGED and study.design.kind in (Kind.ACR, Kind.DCR) and len({v.answer for v in tests}) == 1:
        doubts.append("constant")
    if len(tests) >= MIN_JUDGED and study.design.kind not in (Kind.ACR, Kind.DCR) and _one_side(tests):
        doubts.append("one-sided")
    return RaterSummary(
        rater, state, len(tests), len(asked), sum(asked), median(times) if times else None,
        sum(times) if times else None, tuple(doubts),
    )  # fmt: skip


def _one_side(votes: Sequence[Vote]) -> bool:
    """Whether nearly all choices fell on one place, or on "no difference"."""
    chosen = [(v.task.items, v.answer.best if v.answer.chosen is None else v.answer.chosen) for v in votes]
    places = Counter(items.index(item) if item in items else -1 for items, item in chosen)
    return max(places.values()) >= ONE_SIDED * len(votes)


def everything_of(connection: Connection, desk: Desk, code: str) -> dict[str, Any]:
    """All that is stored of one session, as plain values for JSON, found by its receipt code."""
    found = desk.session_of_receipt(connection, code, locked=False)
    rows = connection.execute(_vote_rows().where(vote.c.session_id == found.id).order_by(trial.c.number))
    responses = select(response.c.field, response.c.chosen).where(response.c.session_id == found.id)
    link = payment_link(desk, found.receipt_mark)
    paid = connection.execute(select(payment.c.standing).where(payment.c.session_mark == link)).scalar()
    return {
        "study": desk.study.name,
        "rater": found.rater,
        "state": found.state,
        "started": found.day,
        "team": found.team,
        "language": found.language,
        "agreed_to": [name for name in found.agreed.split("\n") if name],
        "answers": {row[0]: row[1] for row in connection.execute(responses)},
        "votes": [_plain_vote(row) for row in rows],
        "payment_row": paid or "none",
    }


def _plain_vote(row: Any) -> dict[str, Any]:
    task = task_of(row)
    return {
        "pictures": list(task.items),
        "reference": task.reference,
        "shown_ms": task.shown_ms,
        "role": task.role.value,
        "repetition": task.repetition,
        "answer": json.loads(row.answer),
        "response_ms": row.response_ms,
        "hour": row.hour,
    }


_PROGRESS = select(func.count(), func.count().filter(trial.c.done)).where(
    trial.c.session_id == bindparam("session"), trial.c.phase == bindparam("phase")
)


def view(connection: Connection, desk: Desk, token: str) -> SessionView:
    """Where the session of a link is."""
    return _view_of(connection, desk.look_at(connection, token))


def _view_of(connection: Connection, found: Row[Any]) -> SessionView:
    phase = "trials" if found.planned else "training"
    total, done = connection.execute(_PROGRESS, {"session": found.id, "phase": phase}).one()
    return _seen(found, done, total)


def _seen(found: Row[Any], done: int, total: int) -> SessionView:
    return SessionView(State(found.state), found.language, done, total, _fields(found), bool(found.can_undo))


def _fields(found: Row[Any]) -> frozenset[str]:
    return frozenset(name for name in found.agreed.split("\n") if name)


def standing(connection: Connection, desk: Desk, token: str) -> tuple[Standing, bool]:
    """`view`, the trial that is due and what comes after it; and whether half of the lease is over, so renew it."""
    rows = connection.execute(_STANDING, {"mark": desk.token_mark(token)}).all()
    if not rows:
        raise unknown_session()
    found = rows[0]
    if found.name is None:
        return Standing(_view_of(connection, found), None, ()), False
    stale = found.state == State.TRIALS and (found.lease_minute or 0) - desk.minute() < desk.study.lease_s / 120
    total = total_of(connection, found)
    upcoming = shown_in(task_of(rows[1])) if len(rows) > 1 else ()
    # Trials are answered in their order, so as many are done as stand before the one that is due.
    return Standing(_seen(found, found.number - 1, total), trial_of(found, total), upcoming), stale


_STANDING = (
    select(session, *(trial.c[name] for name in ("name", "number", "unit", "shown", "role", "repetition")))
    .outerjoin(trial, and_(trial.c.session_id == session.c.id, trial.c.phase == session.c.state, ~trial.c.done))
    .where(session.c.token_mark == bindparam("mark"))
    .order_by(trial.c.number)
    .limit(2)
)


def before_answer(connection: Connection, desk: Desk, token: str, name: str, key: str) -> Asked:
    """What is known of a trial whose answer has come in."""
    row = row_to_answer(connection, desk, token, name, key)
    if row.earlier_name is None and not row.done and not (row.due and row.phase == row.state):
        raise WrongStateError("this picture is not up for rating now: open your link to see what is")
    answered = row.earlier_name is not None or row.done
    return Asked(answered, None if answered else task_of(row), row.state == State.TRAINING, _fields(row), row)
