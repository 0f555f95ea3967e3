"""A session's way from invitation to the first trial: open, consent or refuse, checks, training."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update

from scenechange.errors import InputError
from scenechange.ratings.failures import ClosedStudyError, WrongStateError
from scenechange.ratings.keys import new_token
from scenechange.ratings.records import Checks, Field, Platform, State
from scenechange.ratings.store.binding import is_closed
from scenechange.ratings.store.desk import Desk, is_past
from scenechange.ratings.store.due import now_due
from scenechange.ratings.store.tables import payment, response, session, trial
from scenechange.ratings.store.writer import Turn

MEASURED = frozenset({"response_ms", "window_px"})
PARTICIPANT = {Platform.PROLIFIC: "PROLIFIC_PID", Platform.MTURK: "workerId"}
VISIT = {Platform.PROLIFIC: "SESSION_ID", Platform.MTURK: "assignmentId"}
_WINDOW = re.compile(r"([1-9][0-9]{1,4})x([1-9][0-9]{1,4})")


def participant_mark(desk: Desk, platform_ids: Mapping[str, str]) -> str:
    """Keyed hash of who takes part, from what the platform sent; empty where it sent nobody."""
    name = PARTICIPANT.get(desk.study.platform)
    participant = platform_ids.get(name, "") if name else ""
    return desk.keys.mark("participant", desk.study.name, participant) if participant else ""


def visit_of(desk: Desk, platform_ids: Mapping[str, str]) -> str:
    """What the platform calls this participation: ids of participants are known to others, this one hardly is."""
    return platform_ids.get(VISIT.get(desk.study.platform, ""), "")


def invited_token(desk: Desk, platform_ids: Mapping[str, str]) -> str:
    """The link that belongs to an invitation, empty where nobody was invited by name.

    It follows from the invitation by the secret, so nothing about the invitation is stored.
    """
    invitation = platform_ids.get("invitation", "")
    return desk.keys.name("invitation", desk.study.name, invitation) if invitation else ""


def open_session(turn: Turn, desk: Desk, mark: str, visit: str, team: str, language: str, token: str) -> str:
    """A new session's link, or the link of the session this participant has.

    Raises
    ------
    WrongStateError
        The participant has a session of another visit: that one is not given away.
    ClosedStudyError
        New sessions are refused.
    """
    salt = new_token()
    if mark:
        known = turn.connection.execute(select(payment.c.salt).where(payment.c.participant_mark == mark)).scalar()
        if known is not None:
            token = desk.keys.name("link", mark, known, visit)
            if turn.connection.execute(_KNOWN, {"mark": desk.token_mark(token)}).first() is None:
                raise WrongStateError(
                    "this participant takes part already, under another session of the platform: go on from there"
                )
            return token
        token = desk.keys.name("link", mark, salt, visit)
    elif turn.connection.execute(_KNOWN, {"mark": desk.token_mark(token)}).first() is not None:
        return token
    if is_closed(turn.connection):
        raise ClosedStudyError("the study is closed: it has all the votes it needs; nothing was stored about you")
    receipt_mark = desk.receipt_mark(desk.keys.receipt(token))
    row = {
        "token_mark": desk.token_mark(token), "receipt_mark": receipt_mark, "rater": new_token(),
        "state": State.CONSENT.value, "team": team, "language": language, "day": desk.day(),
    }  # fmt: skip
    turn.connection.execute(_NEW_SESSION, row)
    if mark:
        turn.connection.execute(
            insert(payment).values(
                participant_mark=mark, session_mark=payment_link(desk, receipt_mark), salt=salt, standing="open",
                day=desk.day(),
            )
        )  # fmt: skip
    return token


_KNOWN = select(session.c.id).where(session.c.token_mark == bindparam("mark"))
_NEW_SESSION = insert(session)  # built once: making statements anew costs more than running them


def payment_link(desk: Desk, receipt_mark: str) -> str:
    """What ties a payment row to a session: only who has the secret can tell which."""
    return desk.keys.mark("payment", receipt_mark)


def set_standing(turn: Turn, desk: Desk, found: Row[Any], standing: str) -> None:
    """Say in the payment table how a session ended."""
    link = payment_link(desk, found.receipt_mark)
    turn.connection.execute(update(payment).where(payment.c.session_mark == link).values(standing=standing))


def consent(turn: Turn, desk: Desk, token: str, agreed: frozenset[str], chosen: Mapping[str, str]) -> None:
    """Note what a worker agreed to, store the answers, and go on. A second time changes nothing."""
    found = desk.session_of(turn.connection, token)
    if is_past(found.state, State.CONSENT):
        return
    if found.state != State.CONSENT:
        raise WrongStateError("this session was ended by refusing: open your invitation again to take part")
    check_consent(desk.study.fields, agreed, chosen)
    after = State.CHECKS if desk.study.checks != Checks() else State.INSTRUCTIONS
    change = {"state": after.value, "agreed": "\n".join(sorted(agreed))}
    desk.change(turn.connection, found.id, **change)
    if chosen:
        rows = [{"session_id": found.id, "field": name, "chosen": value} for name, value in sorted(chosen.items())]
        turn.connection.execute(insert(response), rows)


def check_consent(fields: tuple[Field, ...], agreed: frozenset[str], chosen: Mapping[str, str]) -> None:
    """Refuse consent that lacks a needed field, or answers that nobody asked for or agreed to.

    Raises
    ------
    InputError
        Names the field.
    """
    known = {f.name: f for f in fields}
    for name in sorted(agreed - set(known)):
        raise InputError(f"consent: {name!r} is not collected by this study")
    for name, field in known.items():
        if not field.optional and name not in agreed:
            raise InputError(f"consent: {name!r} is needed to take part; agree to it, or refuse the whole study")
        if not field.optional and field.options and name not in chosen:
            raise InputError(f"consent: choose an answer for {name!r}")
    for name, value in chosen.items():
        if name not in agreed:
            raise InputError(f"consent: an answer for {name!r} came without agreement to store it")
        if name in MEASURED or value not in [option for option, _ in known[name].options]:
            raise InputError(f"consent: the answer for {name!r} is none of those offered")


def refuse(turn: Turn, desk: Desk, token: str) -> None:
    """End a session before its first trial and forget what was answered. A second time changes nothing."""
    found = desk.session_of(turn.connection, token)
    if found.state == State.REFUSED:
        return
    if is_past(found.state, State.TRAINING):
        raise WrongStateError(
            "votes were given already: to take them back, use withdraw or erase with the receipt code"
        )
    gone = sum(
        turn.connection.execute(delete(table).where(table.c.session_id == found.id)).rowcount
        for table in (trial, response)
    )
    if gone:
        now_due(turn.connection)
    change = {"state": State.REFUSED.value, "agreed": "", "lease_minute": None}
    desk.change(turn.connection, found.id, **change)
    set_standing(turn, desk, found, "refused")


def passed_checks(turn: Turn, desk: Desk, token: str, window_px: str | None) -> None:
    """Go on to the instructions; keep the window's size to the next lower 100 px if that was agreed to."""
    found = desk.session_of(turn.connection, token)
    if is_past(found.state, State.CHECKS):
        return
    if found.state != State.CHECKS:
        raise WrongStateError("the device is checked after consent: give or refuse consent first")
    change = {"state": State.INSTRUCTIONS.value}
    desk.change(turn.connection, found.id, **change)
    if window_px is not None and "window_px" in found.agreed.split("\n"):
        size = coarse_window(window_px)
        turn.connection.execute(insert(response).values(session_id=found.id, field="window_px", chosen=size))


def coarse_window(window_px: str) -> str:
    """Width and height such as ``"1366x768"`` down to whole hundreds, ``"1300x700"``: exact sizes single people out."""
    match = _WINDOW.fullmatch(window_px)
    if match is None:
        raise InputError("window_px: wanted a size such as 1280x720")
    return "x".join(str(int(side) // 100 * 100) for side in match.groups())


def set_language(turn: Turn, desk: Desk, token: str, language: str) -> None:
    """Remember the language of the pages."""
    if language not in desk.study.languages:
        raise InputError(f"language: wanted one of {', '.join(desk.study.languages)}")
    found = desk.session_of(turn.connection, token)
    desk.change(turn.connection, found.id, language=language)
