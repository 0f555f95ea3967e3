"""What a person may ask for, and that nothing is left of who asked: searched for in the bytes of the files."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rating_walks import AGREED, walk, walk_to_trials
from sqlalchemy import MetaData, create_engine, select

from scenechange.ratings.failures import UnknownReceiptError, UnknownSessionError, WrongStateError
from scenechange.ratings.keys import Keys
from scenechange.ratings.records import Platform, State, Study
from scenechange.ratings.service import Service
from scenechange.ratings.store import tables
from scenechange.ratings.store.due import done, due_word, now_due

SECRET = b"a secret for tests, 32 bytes long"
DAY = 86_400
RARE = "ambidextrous-7f3a9"
IDS = {"PROLIFIC_PID": "5f3a77aa0123456789abcdef", "SESSION_ID": "s-88c1"}


def with_rare_option(study: Study) -> Study:
    """The study on Prolific, with an answer that only one person gives."""
    fields = tuple(
        replace(f, options=(*f.options, (RARE, {"en": "both"}))) if f.name == "hand" else f for f in study.fields
    )
    return replace(study, fields=fields, platform=Platform.PROLIFIC)


def traces_of(service: Service, token: str) -> dict[str, bytes]:
    """Everything that the database holds of one session alone, by what it is."""
    desk = service._desk
    with service._reading.connect() as connection:
        found = desk.look_at(connection, token)
        rows = select(tables.trial.c.name).where(tables.trial.c.session_id == found.id)
        names = connection.execute(rows).scalars().all()
        keys = connection.execute(select(tables.vote.c.key).where(tables.vote.c.session_id == found.id)).scalars().all()
        paid = connection.execute(select(tables.payment)).first()
    texts = {"token": found.token_mark, "receipt": found.receipt_mark, "rater": found.rater, "option": RARE}
    texts |= {f"trial {n}": name for n, name in enumerate(names)} | {f"key {n}": key for n, key in enumerate(keys)}
    texts |= {"participant": paid.participant_mark, "payment": paid.session_mark, "salt": paid.salt}
    return {what: text.encode() for what, text in texts.items()}


def found_in(files: list[Path], traces: dict[str, bytes]) -> set[str]:
    """Which traces are somewhere in the files."""
    contents = [path.read_bytes() for path in files if path.is_file()]
    return {what for what, trace in traces.items() if any(trace in content for content in contents)}


def take_part(service: Service, ids: dict[str, str] | None, key: str, hand: str = "left") -> str:
    """A whole session whose votes bear recognisable keys."""
    token = service.open_session(ids)
    service.consent(token, AGREED, {"hand": hand, "glasses": "no"})
    walk_to_trials(service, token)
    while trial := service.current_trial(token):
        receipt = service.vote(token, trial.trial, _score(), 1234, f"{key}-{trial.number}")
        assert receipt.first
    service.finish(token)
    return token


def _score():  # type: ignore[no-untyped-def]
    from scenechange.ratings.records import Answer

    return Answer(score=3)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "votes.db"


@pytest.fixture
def on_sqlite(path: Path, small_study: Study, clock: Callable[[], float]) -> Iterator[Service]:
    with Service(with_rare_option(small_study), str(path), SECRET, clock) as service:
        yield service


def database_files(path: Path) -> list[Path]:
    return [p for p in path.parent.glob("votes.db*") if p.suffix != ".secret"]


@pytest.mark.parametrize("act", ["erase", "withdraw", "purge"])
def test_no_byte_of_the_person_is_left_in_the_files(
    on_sqlite: Service,
    path: Path,
    clock,
    act: str,  # type: ignore[no-untyped-def]
) -> None:
    take_part(on_sqlite, None, "others")
    token = take_part(on_sqlite, IDS, "a-key-of-the-person", RARE)
    take_part(on_sqlite, None, "others")
    traces = traces_of(on_sqlite, token)
    assert len(traces) == 7 + 8 + 7  # 1 training trial, 7 trials, 7 keys
    assert found_in(database_files(path), traces) == set(traces)  # or the search could not fail
    code = on_sqlite.receipt_code(token)
    if act == "purge":
        clock.wait((on_sqlite.study.retention_days + 1) * DAY)
        assert on_sqlite.purge_expired() == 3
        stays: set[str] = set()
    else:
        assert getattr(on_sqlite, act)(code).complete
        stays = set() if act == "erase" else {"token", "receipt", "rater", "participant", "payment", "salt"}
    assert found_in(database_files(path), traces) == stays
    on_sqlite.close()
    assert found_in(database_files(path), traces) == stays
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_platform_ids_and_tokens_are_never_in_the_files(on_sqlite: Service, path: Path) -> None:
    token = take_part(on_sqlite, IDS, "k", RARE)
    code = on_sqlite.receipt_code(token)
    plain = {"token": token, "code": code, "letters": code.replace("-", ""), **IDS}
    assert found_in(database_files(path), {k: v.encode() for k, v in plain.items()}) == set()
    assert SECRET not in b"".join(p.read_bytes() for p in database_files(path))


def test_erasing_leaves_a_tombstone_without_a_person(rating: Service, database: str) -> None:
    token = rating.open_session()
    walk(rating, token)
    stone = rating.erase(rating.receipt_code(token))
    assert (stone.day, stone.act, stone.complete) == ("2027-01-15", "erase", True)
    with rating._reading.connect() as connection:
        assert connection.execute(select(tables.audit)).all() == [(1, "2027-01-15", "erase", 1)]
        for table in (tables.session, tables.trial, tables.vote, tables.response, tables.payment):
            assert connection.execute(select(table)).all() == []
    with pytest.raises(UnknownSessionError):
        rating.view(token)
    with pytest.raises(UnknownReceiptError):
        rating.erase(Keys(SECRET).receipt(token))


def test_everything_stored_can_be_seen_and_is_json(serve: Callable[..., Service], small_study: Study) -> None:
    rating = serve(with_rare_option(small_study))
    token = take_part(rating, IDS, "k", RARE)
    code = rating.receipt_code(token)
    seen = json.loads(json.dumps(rating.by_receipt(code)))
    assert seen["answers"] == {"hand": RARE, "glasses": "no"}
    assert (seen["started"], seen["state"], seen["payment_row"]) == ("2027-01-15", "done", "done")
    assert len(seen["votes"]) == 7
    assert {v["response_ms"] for v in seen["votes"]} == {1234}
    assert token not in json.dumps(seen)


def test_a_receipt_is_found_however_it_was_typed(rating: Service) -> None:
    token = rating.open_session()
    code = rating.receipt_code(token)
    typed = code.lower().replace("-", " ").replace("o", "0").replace("i", "1").replace("b", "8")
    assert rating.by_receipt(f" {typed}\n")["state"] == "consent"
    for wrong in ("", "A" * 20, "x" * 5000, code[:-1], "é🙂"):
        with pytest.raises(UnknownReceiptError):
            rating.by_receipt(wrong)


def test_withdrawing_takes_the_votes_and_keeps_the_payment(serve: Callable[..., Service], small_study: Study) -> None:
    rating = serve(with_rare_option(small_study))
    token = take_part(rating, IDS, "k", RARE)
    done = rating.finish(token)
    rating.withdraw(done.receipt_code)
    assert list(rating.votes()) == []
    assert dict(rating.responses()) == {}
    assert rating.payments() == {"done": 1}
    assert rating.finish(token) == done
    assert rating.by_receipt(done.receipt_code)["votes"] == []
    assert set(rating.status().per_unit.values()) == {0}


def test_withdrawing_half_way_ends_the_session(rating: Service) -> None:
    token = rating.open_session()
    walk(rating, token, votes=2)
    trial = rating.current_trial(token)
    assert trial is not None
    rating.withdraw(rating.receipt_code(token))
    assert rating.view(token).state == State.REFUSED
    with pytest.raises(WrongStateError):
        rating.vote(token, trial.trial, _score(), None, "late")
    assert list(rating.votes()) == []


def test_statistics_after_erasing_are_those_without_the_person(rating: Service) -> None:
    stay, go = rating.open_session(), rating.open_session()
    walk(rating, stay, score=4)
    walk(rating, go, score=1)
    rating.erase(rating.receipt_code(go))
    assert {v.answer.score for v in rating.votes()} == {4}
    assert len(rating.status().raters) == 1


def test_after_the_retention_votes_stay_and_links_go(
    serve: Callable[..., Service],
    small_study: Study,
    clock,  # type: ignore[no-untyped-def]
) -> None:
    rating = serve(with_rare_option(small_study))
    old = take_part(rating, IDS, "k", RARE)
    idle = rating.open_session()
    code = rating.receipt_code(old)
    before = [(v.task, v.answer) for v in rating.votes()]
    raters = {v.rater for v in rating.votes()}
    clock.wait(rating.study.retention_days * DAY)
    assert rating.purge_expired() == 0  # the last day still counts
    clock.wait(DAY)
    young = take_part(rating, None, "k2")
    assert rating.purge_expired() == 2
    votes = list(rating.votes())
    assert [(v.task, v.answer) for v in votes[:7]] == before
    assert {v.at_hour for v in votes[:7]} == {""}
    assert not raters & {v.rater for v in votes}
    for token in (old, idle):
        with pytest.raises(UnknownSessionError):
            rating.view(token)
    with pytest.raises(UnknownReceiptError):
        rating.by_receipt(code)
    assert rating.payments() == {}
    assert rating.view(young).state == State.DONE
    assert rating.purge_expired() == 0
    assert sum(rating.status().per_unit.values()) == 10


def test_a_scrub_that_a_crash_left_undone_is_done_at_the_next_start(
    path: Path, small_study: Study, clock: Callable[[], float], monkeypatch: pytest.MonkeyPatch
) -> None:
    study = with_rare_option(small_study)
    service = Service(study, str(path), SECRET, clock)
    token = take_part(service, IDS, "a-key-of-the-person", RARE)
    traces = traces_of(service, token)
    with monkeypatch.context() as patched:
        patched.setattr(Service, "scrub", lambda self: False)  # as if the power failed right after the deletion
        assert not service.erase(service.receipt_code(token)).complete
        service.close()
    Service(study, str(path), SECRET, clock).close()
    assert found_in(database_files(path), traces) == set()


def test_a_reader_who_never_ends_delays_the_scrub_and_it_is_told(
    path: Path, small_study: Study, clock: Callable[[], float]
) -> None:
    service = Service(with_rare_option(small_study), str(path), SECRET, clock, busy_ms=50)
    token = take_part(service, IDS, "a-key-of-the-person", RARE)
    traces = traces_of(service, token)
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM vote").fetchone()
    assert not service.erase(service.receipt_code(token)).complete
    with pytest.raises(UnknownSessionError):
        service.view(token)
    reader.close()
    assert service.scrub()
    assert found_in(database_files(path), traces) == set()
    service.close()


@pytest.mark.postgresql
def test_postgresql_keeps_no_byte_in_tables_nor_log_once_that_is_recycled(
    postgresql: str, small_study: Study, clock: Callable[[], float]
) -> None:
    import psycopg

    with Service(with_rare_option(small_study), postgresql, SECRET, clock) as service:
        take_part(service, None, "others")
        token = take_part(service, IDS, "a-key-of-the-person", RARE)
        traces = traces_of(service, token)
        with psycopg.connect(postgresql, autocommit=True) as admin:
            admin.execute("CHECKPOINT")
            folder = Path(admin.execute("SHOW data_directory").fetchone()[0])  # type: ignore[index]
            files = lambda: [p for p in folder.rglob("*") if p.is_file()]  # noqa: E731
            assert found_in(files(), traces) == set(traces)
            assert service.erase(service.receipt_code(token)).complete
            admin.execute("CHECKPOINT")
            assert found_in([p for p in files() if "pg_wal" not in p.parts], traces) == set()
            for _ in range(2):
                admin.execute("SELECT pg_switch_wal()")
                admin.execute("CHECKPOINT")
            assert found_in(files(), traces) == set()


def test_no_column_could_hold_an_address_an_agent_or_a_time(rating: Service, database: str) -> None:
    from scenechange.ratings.store.engine import parse_url

    reflected = MetaData()
    engine = create_engine(parse_url(database))
    reflected.reflect(engine)
    engine.dispose()
    columns = {f"{t.name}.{c.name}": str(c.type) for t in reflected.sorted_tables for c in t.columns}
    assert [c for c, kind in columns.items() if "TIME" in kind or "DATE" in kind or "BLOB" in kind] == []
    assert [c for c in columns if any(word in c for word in ("ip", "agent", "address", "mail")) and "receipt" not in c
            and "participant" not in c] == []  # fmt: skip


def test_a_deletion_during_a_scrub_stays_due(rating: Service) -> None:
    with rating._writing.begin() as connection:
        now_due(connection)
        before = due_word(connection)
        now_due(connection)  # another deletion, after the scrub has read the word
        done(connection, before)
        assert due_word(connection) not in (None, before)
        done(connection, due_word(connection))
        assert due_word(connection) is None


def test_a_locked_database_delays_the_scrub_and_nothing_breaks(small_study: Study, tmp_path: Path) -> None:
    with Service(small_study, str(tmp_path / "votes.db"), SECRET, busy_ms=50) as service:
        with service._writing.begin() as connection:
            now_due(connection)
        holder = sqlite3.connect(tmp_path / "votes.db", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        assert service.scrub() is False
        holder.execute("ROLLBACK")
        holder.close()
        assert service.scrub() is True
