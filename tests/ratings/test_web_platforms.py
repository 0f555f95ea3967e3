"""Prolific and MTurk: parameters in, completion out, and nothing of the ids kept in the clear."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from rating_base import SECRET
from web_walks import CONSENT, ORGANISER, Worker

from scenechange.ratings.records import Platform, Study
from scenechange.ratings.service import Service
from scenechange.ratings.web.app import create_app
from scenechange.ratings.web.platforms import join_url, platform_ids, seal_hit
from scenechange.ratings.web.security import ForgedLinkError, Signer

PROLIFIC = {"PROLIFIC_PID": "5f00aa11bb22cc33dd44ee55", "STUDY_ID": "60", "SESSION_ID": "61"}
MTURK = {
    "workerId": "A2WORKER4567",
    "hitId": "3HIT",
    "assignmentId": "3ASSIGNMENT",
    "turkSubmitTo": "https://workersandbox.mturk.com",
}


@pytest.fixture
def on(small_study: Study, tmp_path: Path) -> Iterator[Callable[[Platform], tuple[Worker, Service]]]:
    """A study on a platform: a worker at its door, and the service."""
    opened = []

    def start(platform: Platform) -> tuple[Worker, Service]:
        study = replace(small_study, name=platform.value, platform=platform, refusal_code="R3FUSED")
        service = Service(study, str(tmp_path / "votes.db"), SECRET)
        opened.append(service)
        return Worker(create_app(service, organiser_token=ORGANISER)), service

    yield start
    for service in opened:
        service.close()


def _to_the_end(worker: Worker) -> None:
    worker.send("/join", **CONSENT)
    worker.send("/start")
    worker.send("/vote", score="4")
    worker.open(unescape(re.search(r'href="([^"]*/trial[^"]*)"', worker.page)[1]))  # type: ignore[index]
    worker.send("/start")
    worker.vote_all()
    worker.send("/finish")


def test_prolific_worker_gets_the_code_and_the_way_back(on: Callable[[Platform], tuple[Worker, Service]]) -> None:
    worker, service = on(Platform.PROLIFIC)
    worker.open("/join", **PROLIFIC)
    _to_the_end(worker)
    assert "https://app.prolific.com/submissions/complete?cc=C0MPLETE" in worker.page
    assert service.payments()["done"] == 1


def test_the_same_participant_comes_back_to_the_same_session(on: Callable[[Platform], tuple[Worker, Service]]) -> None:
    worker, service = on(Platform.PROLIFIC)
    worker.open("/join", **PROLIFIC)
    worker.send("/join", **CONSENT)
    first = worker.token
    worker.send("/start")
    worker.open("/join", **PROLIFIC)
    worker.send("/join", **CONSENT)
    assert worker.token == first
    assert worker.path.endswith("/trial")
    assert sum(service.status().sessions.values()) == 1


def test_platform_ids_are_not_on_disk(on: Callable[[Platform], tuple[Worker, Service]], tmp_path: Path) -> None:
    worker, _ = on(Platform.PROLIFIC)
    worker.open("/join", **PROLIFIC)
    _to_the_end(worker)
    assert PROLIFIC["PROLIFIC_PID"] not in worker.page
    for path in tmp_path.glob("votes.db*"):
        assert PROLIFIC["PROLIFIC_PID"].encode() not in path.read_bytes()


def test_refusing_gives_the_refusal_code_and_no_payment_row(on: Callable[[Platform], tuple[Worker, Service]]) -> None:
    worker, service = on(Platform.PROLIFIC)
    worker.open("/join", **PROLIFIC)
    worker.send("/join", decision="refuse")
    assert "R3FUSED" in worker.page
    assert not any(service.payments().values())


@pytest.mark.parametrize("missing", ["PROLIFIC_PID", "STUDY_ID", "SESSION_ID"])
def test_all_parameters_are_needed(on: Callable[[Platform], tuple[Worker, Service]], missing: str) -> None:
    worker, _ = on(Platform.PROLIFIC)
    worker.open("/join", **{name: value for name, value in PROLIFIC.items() if name != missing})
    assert worker.status == 403


def test_mturk_preview_shows_the_task_and_no_form(on: Callable[[Platform], tuple[Worker, Service]]) -> None:
    worker, service = on(Platform.MTURK)
    worker.open("/join", assignmentId="ASSIGNMENT_ID_NOT_AVAILABLE", hitId="3HIT")
    assert worker.status == 200
    assert "<form" not in worker.page
    assert "This is a preview" in worker.page
    assert sum(service.status().sessions.values()) == 0


def test_mturk_assignment_comes_back_at_the_end_and_is_stored_nowhere(
    on: Callable[[Platform], tuple[Worker, Service]], tmp_path: Path
) -> None:
    worker, _ = on(Platform.MTURK)
    worker.open("/join", **MTURK)
    _to_the_end(worker)
    assert 'action="https://workersandbox.mturk.com/mturk/externalSubmit"' in worker.page
    assert '<input type="hidden" name="assignmentId" value="3ASSIGNMENT">' in worker.page
    for path in tmp_path.glob("votes.db*"):
        content = path.read_bytes()
        assert b"3ASSIGNMENT" not in content
        assert b"A2WORKER4567" not in content


@pytest.mark.parametrize(
    "address", ["https://evil.example", "http://www.mturk.com", "https://www.mturk.com.evil.example", "javascript:x"]
)
def test_an_assignment_goes_to_mturk_only(address: str) -> None:
    with pytest.raises(ForgedLinkError):
        seal_hit(Signer(SECRET, "s"), {**MTURK, "turkSubmitTo": address})


def test_a_changed_hit_is_refused(on: Callable[[Platform], tuple[Worker, Service]]) -> None:
    worker, service = on(Platform.MTURK)
    token = service.open_session(MTURK)
    worker.open(f"/s/{token}/consent", hit="made-up")
    assert worker.status == 403


def test_links_to_give_out_name_the_platforms_places() -> None:
    base = "https://example.org/"
    assert join_url(base, Platform.NONE, "abc") == "https://example.org/join?i=abc"
    assert join_url(base, Platform.MTURK, "abc") == "https://example.org/join"
    assert join_url(base, Platform.PROLIFIC, "abc") == (
        "https://example.org/join?PROLIFIC_PID={{%PROLIFIC_PID%}}&STUDY_ID={{%STUDY_ID%}}&SESSION_ID={{%SESSION_ID%}}"
    )


@pytest.mark.parametrize("value", ["", "a b", "x" * 101, "{{%PROLIFIC_PID%}}", "a\n"])
def test_malformed_ids_are_none(value: str) -> None:
    assert platform_ids(Platform.PROLIFIC, {**PROLIFIC, "PROLIFIC_PID": value}) is None
