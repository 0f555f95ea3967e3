"""The mark that something was deleted of which traces may be left in the database's files."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from scenechange.ratings.keys import new_token
from scenechange.ratings.store.tables import meta

_DUE = "scrub-due"


def now_due(connection: Connection) -> None:
    """Remember, with the deletion itself, that the files need scrubbing: a crash in between must not forget it.

    Each time another word is written, so that a scrub which began earlier does not take this mark away.
    """
    connection.execute(delete(meta).where(meta.c.name == _DUE))
    connection.execute(insert(meta).values(name=_DUE, text=new_token()))


def due_word(connection: Connection) -> str | None:
    """The word of the mark; None where nothing is due."""
    return connection.execute(select(meta.c.text).where(meta.c.name == _DUE)).scalar()


def done(connection: Connection, word: str | None) -> None:
    """Take the mark away, unless a deletion since then has written another word."""
    connection.execute(delete(meta).where(meta.c.name == _DUE, meta.c.text == word))
