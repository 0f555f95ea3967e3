"""A study, its database and its pictures held together: what both sides of the service stand on."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self, TypeVar

from scenechange.errors import ScenechangeError
from scenechange.ratings.failures import StoreError
from scenechange.ratings.keys import Keys
from scenechange.ratings.pictures import Pictures
from scenechange.ratings.records import Study

if TYPE_CHECKING:
    from sqlalchemy import Connection

T = TypeVar("T")


class ServiceBase:
    """Opening, closing, reading and writing; see `scenechange.ratings.service.Service`."""

    def __init__(
        self,
        study: Study,
        database_url: str,
        secret: bytes,
        clock: Callable[[], float] = time.time,
        *,
        busy_ms: int = 5_000,
    ) -> None:
        from scenechange.ratings.store.desk import Desk
        from scenechange.ratings.store.engine import open_engine, parse_url
        from scenechange.ratings.store.writer import Writer

        url = parse_url(database_url)
        self.study = study
        self._keys = Keys(secret)
        self._desk = Desk(study, self._keys, clock)
        self._pictures = Pictures(study, self._keys)
        self._writing = open_engine(url, busy_ms=busy_ms)
        self._writer = Writer(self._writing)
        self._reading = open_engine(url, busy_ms=busy_ms, reads_only=True)
        try:
            self._prepare()
        except ScenechangeError:
            self.close()
            raise

    def _prepare(self) -> None:
        from scenechange.ratings.designs import all_units
        from scenechange.ratings.store.binding import bind
        from scenechange.ratings.store.engine import speaking_our_errors
        from scenechange.ratings.store.migrate import upgrade

        all_units(self.study)  # so that a study that cannot be planned fails now, and the first worker need not wait
        with speaking_our_errors():
            upgrade(self._writing)
        self._writer.write(lambda turn: bind(turn.connection, self.study, self._keys), plans=True)
        self.scrub()  # what a crash left undone

    def ready(self) -> None:
        """Do nothing where the database can be read, else raise the StoreError that says why."""
        from scenechange.ratings.store.binding import is_closed

        self._read(is_closed)

    def scrub(self) -> bool:
        """Remove what was deleted from the free space of the database's files; whether no trace is left.

        False where others read without a pause; what is due is remembered, and done at the next removal, at the next
        `purge_expired` or at the next start.
        """
        from scenechange.ratings.store import rights
        from scenechange.ratings.store.due import due_word

        if self._read(due_word) is None:
            return True
        try:
            self._writer.between(rights.scrub)
        except StoreError:
            return False
        return True

    def close(self) -> None:
        """Save what is under way and let the database go."""
        self._writer.close()
        self._writing.dispose()
        self._reading.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self, act: Callable[[Connection], T]) -> T:
        from scenechange.ratings.store.engine import read

        return read(self._reading, act)

    def _write(self, token: str, act: Callable[..., Any], plans: bool = False) -> Any:
        return self._writer.write(act, order=self._desk.token_mark(token), plans=plans)
