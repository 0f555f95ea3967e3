"""Connections: SQLite set up so that a commit is durable and a deletion is one, PostgreSQL as it comes."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from scenechange.errors import InputError
from scenechange.ratings.failures import RatingError, StoreBusyError, StoreError, StoreFullError

T = TypeVar("T")
BUSY_MS = 5_000
# Connections of a process. All are kept: opening one beyond a small pool for every request costs more than reading.
# Four processes stay below the hundred that PostgreSQL allows by default.
READERS = {"sqlite": 32, "postgresql": 16}
_SQLITE_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_PG_FULL = frozenset({"53000", "53100", "53200"})
_PG_RETRY = frozenset({"40001", "40P01"})  # serialization failure, deadlock
_PG_LOCKED_ROW = "55P03"
_PG_BUSY = frozenset({_PG_LOCKED_ROW, "57014", "53300", "57P01", "57P02", "57P03"})


def parse_url(text: str) -> URL:
    """A database address as SQLAlchemy wants it.

    Parameters
    ----------
    text : str
        ``sqlite:///file``, ``postgresql://user:password@host/name``, or simply a file's name.

    Raises
    ------
    InputError
        Another database, or no address at all.
    """
    if "://" not in text:
        if not text:
            raise InputError("database: wanted a file or postgresql://..., got nothing")
        return URL.create("sqlite", database=text)
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise InputError("database: wanted a file or postgresql://user:password@host/name, got neither") from error
    if url.get_backend_name() == "sqlite":
        if not url.database or url.database == ":memory:":
            raise InputError("database: wanted a file, got a database in memory, which forgets all votes")
        return url.set(drivername="sqlite")
    if url.get_backend_name() in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    raise InputError(f"database: wanted sqlite or postgresql, got {url.get_backend_name()!r}")


def file_of(url: URL) -> Path | None:
    """The file of an SQLite database, None for a server."""
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def open_engine(url: URL, *, busy_ms: int = BUSY_MS, reads_only: bool = False) -> Engine:
    """A pool of connections.

    Parameters
    ----------
    url : URL
        See `parse_url`.
    busy_ms : int
        How long to wait for a lock before `StoreBusyError`, in milliseconds.
    reads_only : bool
        SQLite connections that refuse to write and never wait for the writer.
    """
    if url.get_backend_name() != "sqlite":
        options = {"options": f"-c lock_timeout={busy_ms} -c synchronous_commit=on -c timezone=UTC"}
        return create_engine(
            url, hide_parameters=True, pool_size=READERS["postgresql"], max_overflow=0, pool_use_lifo=True,
            pool_timeout=busy_ms / 1000,
            # A reader gains nothing from a transaction in which each statement has its own snapshot anyway: without,
            # it sends half as many messages.
            isolation_level="AUTOCOMMIT" if reads_only else "READ COMMITTED",
            connect_args={**options, "connect_timeout": 5},
        )  # fmt: skip
    _claim_file(url)
    engine = create_engine(
        url, hide_parameters=True, pool_size=READERS["sqlite"], max_overflow=0, pool_use_lifo=True,
        pool_timeout=busy_ms / 1000, connect_args={"check_same_thread": False, "timeout": busy_ms / 1000},
    )  # fmt: skip
    event.listen(engine, "connect", lambda raw, _: _set_up(raw, busy_ms, reads_only))
    event.listen(engine, "begin", lambda c: c.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE"))
    return engine


@contextmanager
def speaking_our_errors() -> Iterator[None]:
    """Turn what the database says into our errors, without its own words, which may hold a person's data."""
    try:
        yield
    except (DBAPIError, PoolTimeoutError) as error:
        raise as_failure(error) from None


def read(engine: Engine, act: Callable[[Connection], T]) -> T:
    """What `act` finds, within one transaction; it is asked again if the connection was lost before."""
    with speaking_our_errors():
        try:
            with engine.connect() as connection:
                return act(connection)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        with engine.connect() as connection:
            return act(connection)


def _claim_file(url: URL) -> None:
    """Make the file readable for its owner alone before anything is in it."""
    path = file_of(url)
    assert path is not None
    if not path.parent.is_dir():
        raise InputError(f"database: the folder of {path.name} does not exist; create it first")
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise InputError(f"database: {path.name} cannot be opened for writing ({error.strerror})") from error


def _set_up(raw: Any, busy_ms: int, reads_only: bool) -> None:
    raw.isolation_level = None  # we say BEGIN ourselves, see the listener
    cursor = raw.cursor()
    for pragma in (
        f"busy_timeout={busy_ms}",
        "journal_mode=WAL",
        "synchronous=FULL",  # in WAL mode only FULL syncs at every commit; NORMAL may lose the last ones
        "foreign_keys=ON",
        "secure_delete=ON",  # deleted content is overwritten with zeros
        "temp_store=MEMORY",  # nothing in temporary files
        "wal_autocheckpoint=4000",  # 16 MB: each checkpoint holds up votes, and most pages change again and again
        "journal_size_limit=16777216",
        "trusted_schema=OFF",
        f"query_only={'ON' if reads_only else 'OFF'}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def lock_study(connection: Connection) -> None:
    """Let one process at a time plan sessions, until the transaction ends; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('scenechange-rate'))"))


def is_passing(error: DBAPIError) -> bool:
    """Whether the same transaction may well succeed at once: deadlock, serialization failure, lost connection."""
    return getattr(error.orig, "sqlstate", None) in _PG_RETRY or error.connection_invalidated


def blames_all(error: DBAPIError) -> bool:
    """Whether it makes no sense to try the acts of a group one by one: the whole database is locked or away."""
    return isinstance(as_failure(error), StoreBusyError) and getattr(error.orig, "sqlstate", None) != _PG_LOCKED_ROW


def as_failure(error: DBAPIError | PoolTimeoutError) -> RatingError:
    """The typed error for what a database said. The message repeats no values, for they may be a person's."""
    if isinstance(error, PoolTimeoutError):
        return StoreBusyError("the database has no free connection: nothing was saved; try again in a moment")
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    state = getattr(error.orig, "sqlstate", None) or ""
    if code == sqlite3.SQLITE_FULL or state in _PG_FULL:
        return StoreFullError("the database's disk is full: nothing was saved; make room, then try again")
    if code in _SQLITE_BUSY or state in _PG_BUSY or state in _PG_RETRY:
        return StoreBusyError("the database is locked: nothing was saved; try again in a moment")
    if isinstance(error, OperationalError) and (error.connection_invalidated or state.startswith("08") or not code):
        return StoreBusyError("the database cannot be reached: nothing was saved; try again in a moment")
    name = getattr(error.orig, "sqlite_errorname", "") or state or type(error.orig).__name__
    return StoreError(f"the database failed ({name}): nothing was saved; the organiser must look at it")
