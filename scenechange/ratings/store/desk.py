"""What all acts on the database need to know: the study, the keys, the time; and how they find a session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from scenechange.ratings.failures import UnknownReceiptError, UnknownSessionError
from scenechange.ratings.keys import Keys, tidy_receipt
from scenechange.ratings.records import State, Study
from scenechange.ratings.store.tables import audit, session

WAY = tuple(State)[:6]  # consent, checks, instructions, training, trials, done


@dataclass(frozen=True)
class Desk:
    """The study, its keys and a clock.

    Attributes
    ----------
    study : Study
        As it is now.
    keys : Keys
        Of its secret.
    clock : callable
        Seconds since 1970.
    """

    study: Study
    keys: Keys
    clock: Callable[[], float]

    def day(self) -> str:
        """Today, ISO 8601, UTC."""
        return self._now().strftime("%Y-%m-%d")

    def hour(self) -> str:
        """This hour, ISO 8601, UTC."""
        return self._now().strftime("%Y-%m-%dT%H")

    def minute(self) -> int:
        """Whole minutes since 1970."""
        return int(self.clock() // 60)

    def lease_minute(self) -> int:
        """The minute from which open trials of somebody who was just here return to the pool."""
        return int((self.clock() + self.study.lease_s) // 60) + 1

    def token_mark(self, token: str) -> str:
        """What is stored of a link."""
        return self.keys.mark("token", token)

    def receipt_mark(self, code: str) -> str:
        """What is stored of a receipt code, however it was typed."""
        return self.keys.mark("receipt", tidy_receipt(code))

    def session_of(self, connection: Connection, token: str) -> Row[Any]:
        """The session of a link, locked until the transaction ends where the database locks rows.

        Raises
        ------
        UnknownSessionError
            None.
        """
        found = connection.execute(_BY_TOKEN, {"mark": self.token_mark(token)}).first()
        if found is None:
            raise unknown_session()
        return found

    def look_at(self, connection: Connection, token: str) -> Row[Any]:
        """The session of a link for reading only; UnknownSessionError where there is none."""
        found = connection.execute(_BY_TOKEN_UNLOCKED, {"mark": self.token_mark(token)}).first()
        if found is None:
            raise unknown_session()
        return found

    def session_of_receipt(self, connection: Connection, code: str, locked: bool = True) -> Row[Any]:
        """The session of a receipt code, locked likewise unless it is for reading only.

        Raises
        ------
        UnknownReceiptError
            None.
        """
        rows = select(session).where(session.c.receipt_mark == self.receipt_mark(code))
        found = connection.execute(rows.with_for_update() if locked else rows).first()
        if found is None:
            raise UnknownReceiptError("no votes belong to this receipt code: check the letters; erased ones are gone")
        return found

    @staticmethod
    def change(connection: Connection, session_id: int, **values: object) -> None:
        """Change columns of a session."""
        connection.execute(_CHANGE, {"which": session_id, **values})

    def note(self, connection: Connection, act: str, amount: int = 1) -> None:
        """Leave an act in the audit log, without a person."""
        connection.execute(insert(audit).values(day=self.day(), act=act, amount=amount))

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)


# Built once: making statements anew costs more than running them.
_BY_TOKEN_UNLOCKED = select(session).where(session.c.token_mark == bindparam("mark"))
_CHANGE = update(session).where(session.c.id == bindparam("which"))
_BY_TOKEN = _BY_TOKEN_UNLOCKED.with_for_update()


def unknown_session() -> UnknownSessionError:
    """The error for a link that nobody has."""
    return UnknownSessionError("no session has this link: check it, or open your invitation again")


def is_past(state: str, other: State) -> bool:
    """Whether a session on the way has left `other` behind."""
    return state in WAY and WAY.index(State(state)) > WAY.index(other)
