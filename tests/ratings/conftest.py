"""Fixtures of the rating service: a small study of ten drawn pictures, services on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from house_rules import ROOT
from rating_base import NEED, SECRET, Clock, draw_item
from web_walks import ORGANISER

from scenechange.ratings.records import Design, Field, Kind, Role, Study
from scenechange.ratings.service import Service


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def small_study(tmp_path: Path) -> Study:
    """Ten test pictures (two systems, five sources), one to train on, one with a known answer."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    tests = [
        draw_item(folder, f"{system}-{n}", 10 * n + k, system=system, source=f"s{n}", team=f"team-{system}")
        for k, system in enumerate(("ours", "theirs"))
        for n in range(5)
    ]
    training = draw_item(folder, "try", 98, role=Role.TRAINING, expected="5", source="t")
    gold = draw_item(folder, "known", 99, role=Role.GOLD, expected="1-2", source="g")
    texts = {"en": "Text"}
    return Study(
        name="small",
        languages=("en", "fr"),
        title=texts,
        question=texts,
        instructions=texts,
        consent=texts,
        contact="somebody@example.org",
        labels={"en": ("bad", "poor", "fair", "good", "excellent")},
        design=Design(Kind.ACR),
        items=(*tests, training, gold),
        trials_per_session=5,
        repeated=1,
        gold_per_session=1,
        votes_per_item=4,
        fields=(
            Field("response_ms", NEED),
            Field("window_px", NEED),
            Field("hand", NEED, (("left", {"en": "left"}), ("right", {"en": "right"}))),
            Field("glasses", NEED, (("yes", {"en": "yes"}), ("no", {"en": "no"})), optional=False),
        ),
        completion_code="C0MPLETE",
    )


@pytest.fixture
def pair_study(small_study: Study) -> Study:
    """The same pictures, two of a source beside each other, with ties."""
    tests = tuple(i for i in small_study.items if i.role is Role.TEST)
    design = Design(Kind.PAIR, ties=True)
    return replace(small_study, name="pairs", labels={}, items=tests, repeated=0, gold_per_session=0, design=design)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """Address of a real server, started for these tests in a temporary folder, without network; formattable by name."""
    pytest.importorskip("psycopg", reason="the PostgreSQL driver psycopg is not installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        from peers.postgresql import MISSING, postgresql, programs
    if programs() is None:
        pytest.skip(MISSING)
    with postgresql(network=False, settings="-c wal_recycle=off") as address:
        yield address


@pytest.fixture
def postgresql(postgresql_server: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of a fresh, empty database on the real server."""
    import psycopg

    name = "t" + hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:16]
    with psycopg.connect(postgresql_server.format("postgres"), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        yield postgresql_server.format(name)
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty database: what holds for one must hold for the other."""
    return str(tmp_path / "votes.db") if request.param == "sqlite" else request.getfixturevalue("postgresql")


@pytest.fixture
def serve(database: str, clock: Clock) -> Iterator[Callable[..., Service]]:
    """Opens services on the database; several on one database act like several processes."""
    opened: list[Service] = []

    def open_service(study: Study, **options: object) -> Service:
        opened.append(Service(study, database, SECRET, clock, **options))  # type: ignore[arg-type]
        return opened[-1]

    yield open_service
    for service in opened:
        service.close()


@pytest.fixture
def rating(serve: Callable[..., Service], small_study: Study) -> Service:
    """A service of the small study, on SQLite and on PostgreSQL."""
    return serve(small_study)


@pytest.fixture
def service(small_study: Study, tmp_path: Path) -> Iterator[Service]:
    """A service of the small study on SQLite, by the real clock."""
    with Service(small_study, str(tmp_path / "votes.db"), SECRET) as opened:
        yield opened


@pytest.fixture
def app(service: Service) -> FastAPI:
    """Its pages."""
    from scenechange.ratings.web.app import create_app

    return create_app(service, organiser_token=ORGANISER)
