"""The rehearsal on real pages over real HTTP, the demo's pictures, and votes that survive kill -9."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from house_rules import ROOT
from study_files import MINIMAL, draw

from scenechange.errors import InputError
from scenechange.ratings.example_pictures import FAULTS, write_example_pictures
from scenechange.ratings.opening import open_service
from scenechange.ratings.records import Kind, State
from scenechange.ratings.service import Service
from scenechange.ratings.simulation.browser import Browser, UnreachableError
from scenechange.ratings.simulation.raters import Habit, Population, Rater, draw_quality
from scenechange.ratings.simulation.rehearsal import rehearse
from scenechange.ratings.simulation.walk import Sight, walk
from scenechange.ratings.starting import start_study
from scenechange.ratings.web.app import create_app
from scenechange.ratings.web.security import signer_of


@contextlib.contextmanager
def served(service: Service) -> Iterator[str]:
    """An invitation to a service that is served on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = create_app(service, organiser_token="a" * 20, base_url=address)
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"{address}/join?i={signer_of(service).invitation()}"
        finally:
            server.should_exit = True
            thread.join(10)


@pytest.fixture
def study_file(tmp_path: Path) -> Path:
    """A study on the ten drawn pictures."""
    write_example_pictures(tmp_path / "pictures")
    start_study(tmp_path / "pictures", tmp_path / "study.toml", contact="x@example.org")
    return tmp_path / "study.toml"


def test_ten_drawn_pictures_all_differ_and_are_the_same_each_time(tmp_path: Path) -> None:
    first, again = (write_example_pictures(tmp_path / name) for name in ("a", "b"))
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in first]
    assert len(set(digests)) == 10
    assert digests == [hashlib.sha256(path.read_bytes()).hexdigest() for path in again]


@pytest.mark.parametrize("kind", Kind)
def test_raters_reach_the_end_and_every_acknowledged_vote_is_there(tmp_path: Path, kind: Kind) -> None:
    write_example_pictures(tmp_path / "pictures", tuple(FAULTS))
    original = "careful" if kind in (Kind.DCR, Kind.WHO) else ""
    path = tmp_path / "study.toml"
    start_study(tmp_path / "pictures", path, contact="x@example.org", kind=kind, original=original)
    with open_service(path) as service, served(service) as link:
        study = service.study
        done = rehearse([link], study, Population(careless=0.5).draw(4, 0), draw_quality(study, {}, 0), at_once=2)
        stored, status = list(service.votes()), service.status()
    assert (done.raters, done.finished, done.careless, done.faults) == (4, 4, 2, ())
    assert done.votes == len(stored) > 0
    assert status.sessions[State.DONE] == 4
    assert status.spread <= 1


def test_the_votes_say_what_the_raters_felt(study_file: Path) -> None:
    with open_service(study_file) as service, served(service) as link:
        felt = {i.item: 4.5 if i.system == "careful" else 1.5 for i in service.study.items}
        rehearse([link], service.study, [Rater(inconsistency=0.1)] * 3, felt)
        votes = list(service.votes())
    scores = {True: [], False: []}
    for vote in votes:
        scores[vote.task.unit.startswith("careful")].append(vote.answer.score)
    assert min(scores[True]) >= 4
    assert max(scores[False]) <= 2


def test_raters_who_look_meet_known_answers_and_others_do_not(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    names = [f"{system}/{source}" for system in ("one", "two") for source in "abcdefgh"]
    for number, name in enumerate([*names, "extra/known1", "extra/known2"]):
        draw(tmp_path / "pictures" / f"{name}.png", number)
    extra = [
        f'[[items.extra]]\npath = "pictures/extra/known{k}.png"\nrole = "gold"\nexpected = "{expected}"\n'
        for k, expected in ((1, "1"), (2, "5"))
    ]
    path.write_text(
        MINIMAL.replace("[design]", "".join(extra) + "[design]").replace("[study]", "[study]\ngold_per_session = 2")
    )
    with open_service(path) as service, served(service) as link:
        felt = dict.fromkeys((item.item for item in service.study.items), 3.0)
        rehearse([link], service.study, [Rater(), Rater(Habit.CONSTANT)], felt, at_once=1)
        found = sorted((r.gold_right, r.gold_asked) for r in service.status().raters)
    assert found == [(0, 2), (2, 2)]


def test_raters_who_share_a_link_for_one_person_are_one_session(study_file: Path) -> None:
    with open_service(study_file) as service, served(service) as link:
        one = link.split("/join?")[0] + f"/join?i={signer_of(service).personal('', 1.0)}"
        done = rehearse([one], service.study, [Rater()] * 3, draw_quality(service.study, {}, 0), at_once=1)
        stored = list(service.votes())
    assert (done.raters, done.finished, done.votes) == (3, 1, len(stored))
    assert "3 raters shared 1 session(s)" in done.faults[0]


def test_the_same_picture_in_two_systems_breaks_no_rehearsal(tmp_path: Path) -> None:
    write_example_pictures(tmp_path / "pictures", ("careful", "paste", "giant", "tinted"))
    for path in (tmp_path / "pictures" / "careful").iterdir():
        (tmp_path / "pictures" / "paste" / path.name).write_bytes(path.read_bytes())
    start_study(tmp_path / "pictures", tmp_path / "study.toml", contact="x@example.org", kind=Kind.BEST_WORST)
    with open_service(tmp_path / "study.toml") as service, served(service) as link:
        felt = draw_quality(service.study, {}, 0)
        done = rehearse([link], service.study, [Rater(), Rater(Habit.CONSTANT)], felt)
    assert (done.finished, done.faults) == (2, ())


def test_careless_raters_are_found_by_the_service(study_file: Path) -> None:
    with open_service(study_file) as service, served(service) as link:
        rehearse([link], service.study, [Rater(Habit.CONSTANT), Rater()], draw_quality(service.study, {}, 0))
        suspicious = service.status().suspicious
    assert [rater.doubts for rater in suspicious] == [("constant",)] or "constant" in suspicious[0].doubts


def test_nobody_there_and_another_study_are_told(study_file: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(UnreachableError, match="nobody answers"):
        Browser(timeout_s=1, patience_s=0).get(f"http://127.0.0.1:{port}/join")
    with pytest.raises(InputError, match="wanted an address"):
        Browser(patience_s=0).get("ftp://example.org")
    with open_service(study_file) as service, served(service) as link:
        stranger = Sight(service.study)
        stranger._items.clear()
        with pytest.raises(InputError, match="none of the study file"):
            walk(link, service.study, Rater(), draw_quality(service.study, {}, 0), stranger, 0)


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_no_acknowledged_vote_is_lost_or_doubled_by_kill_9(
    study_file: Path, database: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    from ratings_kill import killing

    address = str(study_file.with_suffix(".db")) if database == "sqlite" else request.getfixturevalue("postgresql")
    found = killing(study_file, address, kills=3)
    assert found["acknowledged"] > 0
    assert (found["lost"], found["doubled"], found["changed"]) == (0, 0, 0)
    assert found["integrity_check"] in ("ok", "not asked")
    assert found["stored"] >= found["acknowledged"]
