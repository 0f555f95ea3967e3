"""A person's rights over what is stored, and the end of the retention. What is deleted leaves no trace in the files."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, or_, select, text, update

from scenechange.ratings.failures import StoreBusyError
from scenechange.ratings.keys import new_token
from scenechange.ratings.records import State
from scenechange.ratings.store.desk import Desk
from scenechange.ratings.store.due import done, due_word, now_due
from scenechange.ratings.store.passage import payment_link, set_standing
from scenechange.ratings.store.tables import payment, response, session, trial, vote
from scenechange.ratings.store.writer import Turn
from scenechange.ratings.views import Tombstone

SCRUB_TRIES = 3  # each waits for readers as long as for any lock
_OF_A_SESSION = (vote, trial, response)


def withdraw(turn: Turn, desk: Desk, code: str) -> Tombstone:
    """Delete a session's votes and answers; that it took part stays, for payment. Trials left cannot be answered."""
    found = desk.session_of_receipt(turn.connection, code)
    _delete_of(turn.connection, found)
    ended = State.DONE if found.state == State.DONE else State.REFUSED
    change = {"state": ended.value, "agreed": "", "lease_minute": None, "can_undo": False, "planned": 0}
    desk.change(turn.connection, found.id, **change)
    if ended is State.REFUSED:
        set_standing(turn, desk, found, "refused")
    now_due(turn.connection)
    desk.note(turn.connection, "withdraw")
    return Tombstone(desk.day(), "withdraw")


def erase(turn: Turn, desk: Desk, code: str) -> Tombstone:
    """Delete all rows of a session, the payment row too, and note that this happened, but not to whom."""
    found = desk.session_of_receipt(turn.connection, code)
    _delete_of(turn.connection, found)
    link = payment_link(desk, found.receipt_mark)
    turn.connection.execute(delete(payment).where(payment.c.session_mark == link))
    turn.connection.execute(delete(session).where(session.c.id == found.id))
    now_due(turn.connection)
    desk.note(turn.connection, "erase")
    return Tombstone(desk.day(), "erase")


def _delete_of(connection: Connection, found: Row[Any]) -> None:
    for table in _OF_A_SESSION:
        connection.execute(delete(table).where(table.c.session_id == found.id))


def purge_expired(turn: Turn, desk: Desk) -> int:
    """Cut the link between votes and workers for sessions past the retention; how many there were.

    Votes stay under a new random name without their hour. Links, receipts, answers to questions, languages, teams,
    keys, payment rows and sessions without a vote go.
    """
    oldest = (date.fromisoformat(desk.day()) - timedelta(days=desk.study.retention_days)).isoformat()
    linked = or_(session.c.token_mark.is_not(None), session.c.receipt_mark.is_not(None))
    expired = turn.connection.execute(select(session.c.id).where(session.c.day < oldest, linked)).scalars().all()
    for session_id in expired:
        _unlink(turn.connection, session_id)
    paid = turn.connection.execute(delete(payment).where(payment.c.day < oldest)).rowcount
    if expired or paid:
        now_due(turn.connection)
        desk.note(turn.connection, "purge", len(expired))
    return len(expired)


def _unlink(connection: Connection, session_id: int) -> None:
    connection.execute(delete(response).where(response.c.session_id == session_id))
    voted = select(vote.c.trial_id).where(vote.c.session_id == session_id)
    connection.execute(delete(trial).where(trial.c.session_id == session_id, trial.c.id.not_in(voted)))
    if connection.execute(voted.limit(1)).first() is None:
        connection.execute(delete(session).where(session.c.id == session_id))
        return
    connection.execute(update(vote).where(vote.c.session_id == session_id).values(key=None, hour=""))
    connection.execute(update(trial).where(trial.c.session_id == session_id).values(name=""))
    connection.execute(
        update(session)
        .where(session.c.id == session_id)
        .values(
            token_mark=None, receipt_mark=None, rater=new_token(), team="", language="", agreed="", can_undo=False,
            state=State.DONE.value, lease_minute=None, day="",
        )
    )  # fmt: skip


def scrub(engine: Engine) -> None:
    """Remove deleted content from the database's files.

    SQLite: VACUUM writes the file anew from what is left, and the write-ahead log is emptied. PostgreSQL: VACUUM FULL
    writes each table anew; what its own log keeps is the server's, see the documentation.

    Raises
    ------
    StoreBusyError
        Others read all the time, so that the log could not be emptied, or may still see what was deleted. It stays due.
    """
    with engine.begin() as connection:
        word = due_word(connection)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "postgresql":
            _check_nobody_sees(connection)
            for table in (*_OF_A_SESSION, session, payment):
                connection.execute(text(f'VACUUM (FULL) "{table.name}"'))
            _check_nobody_sees(connection)
        else:
            _scrub_sqlite(connection)
    with engine.begin() as connection:
        done(connection, word)


def _check_nobody_sees(connection: Connection) -> None:
    """Refuse while an older snapshot is open somewhere: VACUUM FULL copies what that may still see."""
    for name, where in _OLDER_SNAPSHOTS.items():
        if connection.execute(text(f"SELECT 1 FROM {name} WHERE {where} LIMIT 1")).first() is not None:
            raise StoreBusyError(
                "an older view of the database is open (a backup, a prepared transaction, a replica): traces of what "
                "was deleted stay until it ends"
            )


_OLDER_SNAPSHOTS = {
    "pg_stat_activity": "backend_xmin IS NOT NULL AND pid <> pg_backend_pid() AND datname = current_database()",
    "pg_prepared_xacts": "database = current_database()",
    "pg_replication_slots": "xmin IS NOT NULL",
}


def _scrub_sqlite(connection: Connection) -> None:
    raw: Any = connection.connection.dbapi_connection  # SQLAlchemy would begin a transaction, in which nothing vacuums
    try:
        raw.execute("VACUUM")
        for _ in range(SCRUB_TRIES):
            if raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0:
                return
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        raise StoreBusyError(f"the database's files could not be scrubbed ({name}): it is tried again later") from None
    raise StoreBusyError("others read the database all the time: traces of what was deleted stay until a quiet moment")
