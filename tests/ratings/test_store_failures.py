"""What the service says when the database cannot: nothing is called saved that is not."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rating_walks import answer_to, walk, walk_to_trials
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from scenechange.errors import InputError
from scenechange.ratings.failures import StoreBusyError, StoreError, StoreFullError
from scenechange.ratings.records import Study, Trial
from scenechange.ratings.service import Service
from scenechange.ratings.store.engine import open_engine, parse_url
from scenechange.ratings.store.writer import Turn, Writer

SECRET = b"a secret for tests, 32 bytes long"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "votes.db"


@pytest.fixture
def on_sqlite(path: Path, small_study: Study, clock: Callable[[], float]) -> Iterator[Service]:
    with Service(small_study, str(path), SECRET, clock, busy_ms=100) as service:
        yield service


@pytest.fixture
def waiting(on_sqlite: Service) -> tuple[str, Trial]:
    """A session and the trial that is due in it."""
    token = on_sqlite.open_session()
    walk_to_trials(on_sqlite, token)
    trial = on_sqlite.current_trial(token)
    assert trial is not None
    return token, trial


def limit_pages(service: Service, pages: int) -> int:
    """Let the writing connection use so many pages at most, as if the disk ended there; how many there are."""

    def limit(turn: Turn) -> int:
        turn.connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        return int(turn.connection.exec_driver_sql("PRAGMA page_count").scalar_one())

    return service._writer.write(limit)


def test_a_full_disk_is_told_and_saves_nothing(on_sqlite: Service, waiting: tuple[str, Trial]) -> None:
    tokens: list[str] = []
    limit_pages(on_sqlite, limit_pages(on_sqlite, 1 << 30))
    with pytest.raises(StoreFullError, match="nothing was saved"):
        tokens.extend(on_sqlite.open_session() for _ in range(500))
    assert [on_sqlite.view(token).state for token in tokens] == ["consent"] * len(tokens)
    limit_pages(on_sqlite, 1 << 30)
    token, trial = waiting
    assert on_sqlite.vote(token, trial.trial, answer_to(trial), None, "k").first
    assert on_sqlite.open_session()


def test_a_full_disk_in_a_group_fails_only_who_needs_room(on_sqlite: Service) -> None:
    def fill(turn: Turn) -> None:
        turn.connection.exec_driver_sql("CREATE TABLE hog (x)")
        turn.connection.exec_driver_sql("INSERT INTO hog VALUES (randomblob(100000000))")

    limit_pages(on_sqlite, limit_pages(on_sqlite, 1 << 30) + 20)
    token = on_sqlite.open_session()
    held, go = threading.Event(), threading.Event()
    hold = threading.Thread(target=lambda: on_sqlite._writer.write(lambda _: (held.set(), go.wait(10))))
    hold.start()
    held.wait(10)
    failures: list[Exception] = []

    def hog() -> None:
        try:
            on_sqlite._writer.write(fill)
        except StoreFullError as error:
            failures.append(error)

    threads = [threading.Thread(target=hog)]
    threads += [threading.Thread(target=on_sqlite.set_language, args=(token, "fr")) for _ in range(3)]
    for thread in threads:
        thread.start()
    while on_sqlite._writer._jobs.qsize() < 4:
        pass
    go.set()
    for thread in (hold, *threads):
        thread.join()
    assert len(failures) == 1
    assert on_sqlite.view(token).language == "fr"


def test_a_locked_database_is_told_and_saves_nothing(
    on_sqlite: Service, waiting: tuple[str, Trial], path: Path
) -> None:
    token, trial = waiting
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreBusyError, match="nothing was saved"):
        on_sqlite.vote(token, trial.trial, answer_to(trial), None, "k")
    other.execute("ROLLBACK")
    other.close()
    assert list(on_sqlite.votes()) == []
    assert on_sqlite.vote(token, trial.trial, answer_to(trial), None, "k").first


def test_reading_goes_on_while_another_process_writes(
    on_sqlite: Service, waiting: tuple[str, Trial], path: Path
) -> None:
    token, trial = waiting
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert on_sqlite.current_trial(token) == trial
    on_sqlite.ready()
    other.execute("ROLLBACK")
    other.close()


def test_a_damaged_database_is_told(path: Path, small_study: Study) -> None:
    path.write_bytes(b"this is no database, whatever its name says" * 100)
    with pytest.raises(StoreError, match="SQLITE_NOTADB"):
        Service(small_study, str(path), SECRET)


@pytest.mark.postgresql
def test_a_vanished_database_is_not_ready(small_study: Study, postgresql_server: str) -> None:
    with pytest.raises(StoreBusyError, match="cannot be reached"):
        Service(small_study, postgresql_server.format("nobody_made_this"), SECRET)


@pytest.mark.parametrize("address", ["", "sqlite://", "sqlite:///:memory:", "mysql://host/name", "nowhere://", "://"])
def test_addresses_that_would_lose_votes_are_refused(address: str) -> None:
    with pytest.raises(InputError, match="database"):
        parse_url(address)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path, small_study: Study) -> None:
    with pytest.raises(InputError, match="folder"):
        Service(small_study, str(tmp_path / "no" / "votes.db"), SECRET)


def test_the_database_is_its_owners_alone(on_sqlite: Service, path: Path) -> None:
    on_sqlite.open_session()
    assert {p.name: p.stat().st_mode & 0o077 for p in path.parent.glob("votes.db*")} == {
        "votes.db": 0, "votes.db-wal": 0, "votes.db-shm": 0,
    }  # fmt: skip


def test_commits_are_durable_and_deletions_overwrite(on_sqlite: Service) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "temp_store": 2}

    def settings(connection: Connection) -> dict[str, object]:
        return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}

    assert on_sqlite._writer.write(lambda turn: settings(turn.connection)) == wanted
    with on_sqlite._reading.connect() as connection:
        assert settings(connection) == wanted
        with pytest.raises(OperationalError, match="readonly"):
            connection.exec_driver_sql("DELETE FROM vote")


class _PassingError(Exception):
    sqlstate = "40001"


def test_a_serialization_failure_is_tried_again(path: Path) -> None:
    writer = Writer(open_engine(parse_url(str(path))))
    tries: list[int] = []

    def act(turn: Turn) -> int:
        turn.connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS tried (x)")
        turn.connection.exec_driver_sql("INSERT INTO tried VALUES (1)")
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("", None, _PassingError())
        return int(turn.connection.exec_driver_sql("SELECT count(*) FROM tried").scalar_one())

    assert writer.write(act) == 1  # the first two were undone
    assert len(tries) == 3
    writer.close()


def test_one_that_never_passes_is_given_up_as_busy(path: Path) -> None:
    writer = Writer(open_engine(parse_url(str(path))))

    def act(_: Turn) -> None:
        raise OperationalError("", None, _PassingError())

    with pytest.raises(StoreBusyError, match="nothing was saved"):
        writer.write(act)
    writer.close()


def test_a_mistake_in_an_act_reaches_its_caller_and_the_writer_lives_on(path: Path) -> None:
    writer = Writer(open_engine(parse_url(str(path))))
    with pytest.raises(ZeroDivisionError):
        writer.write(lambda _: 1 // 0)
    assert writer.write(lambda turn: turn.connection.exec_driver_sql("SELECT 7").scalar()) == 7
    writer.close()
    with pytest.raises(StoreBusyError, match="shutting down"):
        writer.write(lambda _: None)


def test_a_writer_that_gets_no_connection_tells_and_goes_on(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_engine(parse_url(str(path)))
    writer = Writer(engine)

    def no_connection() -> Connection:
        raise PoolTimeoutError("all connections are out")

    with monkeypatch.context() as patched:
        patched.setattr(engine, "connect", no_connection)
        with pytest.raises(StoreBusyError, match="no free connection"):
            writer.write(lambda _: None)
    assert writer.write(lambda _: 7) == 7
    writer.close()


def test_closing_saves_what_is_queued(path: Path, small_study: Study) -> None:
    service = Service(small_study, str(path), SECRET)
    results: list[str] = []
    threads = [threading.Thread(target=lambda: results.append(service.open_session())) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    service.close()
    service.close()
    with Service(small_study, str(path), SECRET) as again:
        assert [again.view(token).state for token in results] == ["consent"] * 20


def test_messages_of_the_database_do_not_repeat_what_somebody_said(on_sqlite: Service) -> None:
    def clash(turn: Turn) -> None:
        for _ in range(2):
            turn.connection.exec_driver_sql("INSERT INTO meta VALUES ('same', 'a private matter')")

    with pytest.raises(StoreError) as caught:
        on_sqlite._writer.write(clash)
    assert "private" not in str(caught.value)


def test_a_whole_session_after_all_this_still_works(on_sqlite: Service) -> None:
    token = on_sqlite.open_session()
    walk(on_sqlite, token)
    assert on_sqlite.finish(token).completion_code == "C0MPLETE"
