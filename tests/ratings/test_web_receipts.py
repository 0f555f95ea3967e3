"""A worker's rights on the pages: see, download, withdraw, erase."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rating_base import SECRET
from web_walks import ORGANISER, Worker, code_of, hidden

from scenechange.ratings.records import Study
from scenechange.ratings.service import Service
from scenechange.ratings.web.app import create_app
from scenechange.ratings.web.security import signer_of


@pytest.fixture
def done(small_study: Study, tmp_path: Path) -> Iterator[tuple[Worker, Service, str]]:
    """A worker who finished, the service, and the receipt code."""
    with Service(small_study, str(tmp_path / "votes.db"), SECRET) as service:
        worker = Worker(create_app(service, organiser_token=ORGANISER))
        worker.join(signer_of(service).invitation())
        worker.to_trials()
        worker.vote_all()
        worker.send("/finish")
        yield worker, service, code_of(worker.page)


def test_the_code_shows_every_answer_and_never_stands_in_an_address(done: tuple[Worker, Service, str]) -> None:
    worker, _, code = done
    worker.open("/receipt")
    worker.send("/receipt", code=code.lower().replace("-", " "))
    assert worker.page.count("<tr><td>") == 7
    assert worker.path == "/receipt"
    assert code not in str(worker.client.get("/receipt").text)


def test_download_is_the_same_as_what_is_stored(done: tuple[Worker, Service, str]) -> None:
    worker, service, code = done
    worker.open("/receipt")
    reply = worker.client.post("/receipt/download", data={**hidden(worker.page), "code": code})
    assert reply.headers["content-disposition"].startswith("attachment")
    assert reply.json() == service.by_receipt(code)


@pytest.mark.parametrize(("what", "votes"), [("withdraw", 0), ("erase", None)])
def test_removal_needs_a_tick_and_then_happens(done: tuple[Worker, Service, str], what: str, votes: int | None) -> None:
    worker, service, code = done
    worker.open("/receipt")
    form = {**hidden(worker.page), "code": code, "what": what}
    reply = worker.client.post("/receipt/remove", data=form)
    assert reply.status_code == 422
    assert "tick the box" in reply.text
    assert len(list(service.votes())) == 7
    reply = worker.client.post("/receipt/remove", data={**form, "sure": "yes"})
    assert reply.url.path == "/receipt/removed"
    assert code not in str(reply.url)
    assert not list(service.votes())
    worker.open("/receipt")
    worker.send("/receipt", code=code)
    assert worker.status == (404 if votes is None else 200)


def test_after_erasure_the_sessions_link_leads_nowhere(done: tuple[Worker, Service, str]) -> None:
    worker, service, code = done
    token = worker.token
    service.erase(code)
    worker.open(f"/s/{token}")
    assert worker.status == 404


@pytest.mark.parametrize("code", ["", "x", "AAAAA-AAAAA-AAAAA-AAAAA", "' OR 1=1 --", "é" * 50])
def test_an_unknown_code_is_told_kindly(done: tuple[Worker, Service, str], code: str) -> None:
    worker, _, _ = done
    worker.open("/receipt")
    worker.send("/receipt", code=code)
    assert worker.status in (404, 422)
    assert "Traceback" not in worker.page


@pytest.mark.parametrize("complete", [True, False])
def test_the_page_says_when_traces_are_left_and_what_becomes_of_them(
    done: tuple[Worker, Service, str], monkeypatch: pytest.MonkeyPatch, complete: bool
) -> None:
    worker, service, code = done
    monkeypatch.setattr(service, "scrub", lambda: complete)
    worker.open("/receipt")
    form = {**hidden(worker.page), "code": code, "what": "erase", "sure": "yes"}
    page = worker.client.post("/receipt/remove", data=form).text
    assert "Everything is erased" in page
    assert ("tries again every hour" in page) is not complete


def test_receipt_forms_of_another_study_are_refused(done: tuple[Worker, Service, str]) -> None:
    worker, _, code = done
    reply = worker.client.post("/receipt/download", data={"form_token": "made-up", "code": code})
    assert reply.status_code == 403
