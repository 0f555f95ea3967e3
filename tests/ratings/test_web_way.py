"""The worker's way through the pages, as a browser without script takes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from rating_base import SECRET, Clock
from web_walks import CONSENT, ORGANISER, Worker, code_of, hidden

from scenechange.ratings.records import Checks, Role, Study
from scenechange.ratings.service import Service
from scenechange.ratings.web.app import create_app
from scenechange.ratings.web.plate import number_of
from scenechange.ratings.web.security import signer_of


@pytest.fixture
def service(small_study: Study, tmp_path: Path, clock: Clock) -> Iterator[Service]:
    with Service(small_study, str(tmp_path / "votes.db"), SECRET, clock) as opened:
        yield opened


@pytest.fixture
def app(service: Service) -> FastAPI:
    return create_app(service, organiser_token=ORGANISER)


@pytest.fixture
def worker(app: FastAPI) -> Worker:
    return Worker(app)


@pytest.fixture
def invitation(service: Service) -> str:
    return signer_of(service).invitation()


def test_whole_way_without_script_ends_with_both_codes_and_every_vote_stored(
    worker: Worker, service: Service, invitation: str
) -> None:
    worker.join(invitation)
    assert worker.path.endswith("/instructions")
    worker.to_trials()
    votes = worker.vote_all()
    assert "C0MPLETE" not in worker.page
    worker.send("/finish")
    assert worker.path.endswith("/done")
    assert "C0MPLETE" in worker.page
    assert votes == 7  # five, one of them twice, one with a known answer
    assert len(list(service.votes())) == 7
    assert len(service.by_receipt(code_of(worker.page))["votes"]) == 7


def test_nothing_is_stored_before_consent(worker: Worker, service: Service, invitation: str) -> None:
    worker.open("/join", i=invitation)
    assert worker.status == 200
    assert sum(service.status().sessions.values()) == 0


def test_consent_page_names_each_purpose_and_ticks_nothing_beforehand(
    worker: Worker, small_study: Study, invitation: str
) -> None:
    page = worker.open("/join", i=invitation)
    for field in small_study.fields:
        assert f'name="field-{field.name}"' in page
        assert field.purpose["en"] in page
    assert not re.search(r'type="checkbox"[^>]*checked', page)
    assert re.findall(r'name="field-hand" value="([^"]*)" checked', page) == [""]


def test_refusing_costs_one_click_and_links_to_nobody(worker: Worker, service: Service, invitation: str) -> None:
    worker.open("/join", i=invitation)
    worker.send("/join", decision="refuse")
    assert worker.path == "/refused"
    assert service.status().sessions["refused"] == 1
    assert not service.payments().get("refused")


def test_a_form_without_a_decision_is_neither_yes_nor_no(worker: Worker, service: Service, invitation: str) -> None:
    worker.open("/join", i=invitation)
    worker.send("/join", decision="")
    assert worker.status == 422
    assert sum(service.status().sessions.values()) == 0


def test_only_what_was_agreed_to_is_stored(worker: Worker, service: Service, invitation: str) -> None:
    worker.join(invitation, **{"field-response_ms": "", "field-hand": ""})
    worker.to_trials()
    worker.send("/vote", score="2", response_ms="1234")
    stored = service.by_receipt(service.receipt_code(worker.token))
    assert stored["agreed_to"] == ["glasses"]
    assert [vote["response_ms"] for vote in stored["votes"]] == [None]


def test_response_time_is_stored_after_agreement(worker: Worker, service: Service, invitation: str) -> None:
    worker.join(invitation)
    worker.to_trials()
    worker.send("/vote", score="2", response_ms="1234")
    assert [vote.response_ms for vote in service.votes()] == [1234]


def test_a_needed_answer_that_is_missing_is_asked_again(worker: Worker, invitation: str) -> None:
    worker.join(invitation, **{"field-glasses": ""})
    assert worker.status == 422


def test_completion_code_cannot_be_had_early(worker: Worker, invitation: str) -> None:
    worker.join(invitation)
    worker.to_trials()
    for near in ("done", "trial"):
        assert "C0MPLETE" not in worker.open(f"/s/{worker.token}/{near}")
    reply = worker.client.post(f"/s/{worker.token}/finish", data={"csrf": hidden(worker.page)["csrf"]})
    assert reply.url.path.endswith("/trial")


def test_a_form_sent_twice_gives_one_vote_and_goes_on(worker: Worker, service: Service, invitation: str) -> None:
    worker.join(invitation)
    worker.to_trials()
    form = {**hidden(worker.page, "/vote"), "score": "5"}
    replies = [worker.client.post(f"/s/{worker.token}/vote", data=form) for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200, 200, 200]
    assert [vote.answer.score for vote in service.votes()] == [5]


def test_back_button_and_an_old_form_change_nothing(worker: Worker, service: Service, invitation: str) -> None:
    worker.join(invitation)
    worker.to_trials()
    old = {**hidden(worker.page, "/vote"), "score": "1"}
    worker.send("/vote", score="5")
    worker.send("/vote", score="4")
    worker.client.post(f"/s/{worker.token}/vote", data=old)
    assert [vote.answer.score for vote in service.votes()] == [5, 4]


def test_script_gets_the_next_address_and_whether_the_vote_was_first(worker: Worker, invitation: str) -> None:
    worker.join(invitation)
    worker.to_trials()
    form = {**hidden(worker.page, "/vote"), "score": "5"}
    address = f"/s/{worker.token}/vote"
    replies = [worker.client.post(address, data=form, headers={"accept": "application/json"}) for _ in range(2)]
    assert [reply.json() for reply in replies] == [
        {"next": f"/s/{worker.token}/trial", "first": True},
        {"next": f"/s/{worker.token}/trial", "first": False},
    ]


def test_undo_opens_the_last_trial_again(worker: Worker, service: Service, invitation: str) -> None:
    worker.join(invitation)
    worker.to_trials()
    pictures = re.findall(r"/p/[\w-]+", worker.page)
    worker.send("/vote", score="1")
    worker.send("/undo")
    assert re.findall(r"/p/[\w-]+", worker.page) == pictures
    worker.send("/vote", score="5")
    assert [vote.answer.score for vote in service.votes()] == [5]


def test_the_last_vote_can_be_taken_back_before_finishing(worker: Worker, service: Service, invitation: str) -> None:
    worker.join(invitation)
    worker.to_trials()
    worker.vote_all()
    worker.send("/undo")
    assert 'id="rate"' in worker.page
    assert len(list(service.votes())) == 6


@pytest.mark.parametrize("score", ["", "0", "6", "-1", "1.5", "³", "1; drop"])
def test_an_answer_off_the_scale_is_refused(worker: Worker, service: Service, invitation: str, score: str) -> None:
    worker.join(invitation)
    worker.to_trials()
    worker.send("/vote", score=score)
    assert worker.status == 422
    assert not list(service.votes())


def test_the_link_goes_on_in_another_browser(worker: Worker, app: FastAPI, invitation: str) -> None:
    worker.join(invitation)
    worker.to_trials()
    worker.send("/vote", score="4")
    link = re.search(r'value="http://[^/]+(/s/[\w-]+)"', worker.open(f"/s/{worker.token}/pause"))[1]  # type: ignore[index]
    elsewhere = Worker(app)
    elsewhere.open(link)
    assert elsewhere.path.endswith("/trial")
    assert "2 / 7" in elsewhere.page


def test_who_stops_half_way_finds_the_receipt_code_on_the_pause_page(
    worker: Worker, service: Service, invitation: str
) -> None:
    worker.join(invitation)
    worker.to_trials()
    worker.send("/vote", score="4")
    worker.open(f"/s/{worker.token}/pause")
    assert len(service.by_receipt(code_of(worker.page))["votes"]) == 1


def test_training_is_explained_and_not_counted(worker: Worker, service: Service, invitation: str) -> None:
    worker.join(invitation)
    worker.send("/start")
    worker.send("/vote", score="2")
    assert worker.path.endswith("/explained")
    assert "You said: 2 – poor." in worker.page
    assert "We would say: 5 – excellent." in worker.page
    assert not list(service.votes())


def test_pages_speak_the_chosen_language(worker: Worker, invitation: str) -> None:
    page = worker.open("/join", i=invitation, lang="fr")
    assert '<html lang="fr" dir="ltr">' in page
    assert "accepte et je participe" in page
    worker.send("/join", **CONSENT)
    assert "Ce qu’il faut faire" in worker.page
    worker.send("/language", code="en")
    assert "What to do" in worker.page


def test_browser_language_is_used_where_the_study_has_it(app: FastAPI, invitation: str) -> None:
    french = Worker(app, headers={"accept-language": "nl;q=0.9, fr-CH, de"})
    assert '<html lang="fr"' in french.open("/join", i=invitation)


def test_workers_pages_never_name_what_made_a_picture(worker: Worker, small_study: Study, invitation: str) -> None:
    seen = worker.join(invitation)
    seen += worker.to_trials()
    while 'id="rate"' in worker.page:
        seen += worker.send("/vote", score="3")
    for item in small_study.of_role(Role.TEST):
        assert item.item not in seen
        assert str(item.path) not in seen
    assert "theirs" not in seen


def test_every_page_of_a_state_leads_to_where_the_session_is(worker: Worker, invitation: str) -> None:
    worker.join(invitation)
    for page in ("", "consent", "checks", "trial", "done", "refused", "instructions"):
        worker.open(f"/s/{worker.token}/{page}".rstrip("/"))
        assert worker.path.endswith("/instructions")


@pytest.fixture
def checked(small_study: Study, tmp_path: Path) -> Iterator[tuple[Worker, Service]]:
    study = replace(small_study, name="checked", checks=Checks(800, 600, True))
    with Service(study, str(tmp_path / "checked.db"), SECRET) as service:
        worker = Worker(create_app(service, organiser_token=ORGANISER))
        worker.join(signer_of(service).invitation())
        yield worker, service


def _number(worker: Worker, service: Service, again: int) -> str:
    return str(number_of(signer_of(service).number(f"plate/{worker.token}/{again}")))


def test_checks_pass_with_room_and_the_right_number(checked: tuple[Worker, Service]) -> None:
    worker, service = checked
    assert worker.path.endswith("/checks")
    worker.send("/checks", window="1366x768", number=_number(worker, service, 0))
    assert worker.path.endswith("/instructions")


def test_without_script_the_line_measures_the_window(checked: tuple[Worker, Service]) -> None:
    worker, service = checked
    worker.send("/checks", ends="no", number=_number(worker, service, 0))
    assert "too small" in worker.page
    worker.send("/checks", ends="yes", number=_number(worker, service, 0))
    assert worker.path.endswith("/instructions")


def test_a_wrong_number_gets_another_plate_and_at_last_a_kind_word(checked: tuple[Worker, Service]) -> None:
    worker, service = checked
    first = worker.client.get(f"/s/{worker.token}/plate/0.svg").text
    worker.send("/checks", window="1366x768", number="11")
    assert worker.client.get(f"/s/{worker.token}/plate/1.svg").text != first
    worker.send("/checks", window="1366x768", number="11")
    worker.send("/checks", window="1366x768", number="11")
    assert worker.path.endswith("/refused")
    assert "nothing wrong" in worker.page
    assert service.view(worker.token).state == "refused"


def test_who_sees_no_number_ends_kindly_at_once(checked: tuple[Worker, Service]) -> None:
    worker, _ = checked
    worker.send("/checks", window="1366x768", number="", again="2")
    assert worker.path.endswith("/refused")


def test_a_vote_that_is_not_stored_is_never_answered_like_one_that_is(
    worker: Worker, service: Service, invitation: str
) -> None:
    worker.join(invitation)
    worker.to_trials()
    form = {**hidden(worker.page, "/vote"), "score": "3"}
    script = {"accept": "application/json"}
    unknown = worker.client.post(f"/s/{worker.token}/vote", data=form | {"trial": "nonsense"}, headers=script)
    assert unknown.status_code == 409
    strange = worker.client.post(f"/s/{worker.token}/vote", data=form | {"key": "nul\0 in the key"}, headers=script)
    assert strange.status_code == 422
    assert list(service.votes()) == []
    stored = worker.client.post(f"/s/{worker.token}/vote", data=form, headers=script)
    assert stored.json()["first"] is True


def test_consent_that_lacks_an_answer_opens_no_session(worker: Worker, service: Service, invitation: str) -> None:
    worker.open("/join", i=invitation)
    worker.send("/join", decision="agree", **{"field-hand": "left"})
    assert worker.status == 422
    assert sum(service.status().sessions.values()) == 0


def test_refusing_is_possible_when_the_study_is_closed(worker: Worker, service: Service, invitation: str) -> None:
    service.set_closed(True)
    worker.open("/join", i=invitation)
    worker.send("/join", decision="refuse")
    assert (worker.status, worker.path) == (200, "/refused")
