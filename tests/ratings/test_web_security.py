"""What the pages refuse, hide and forget."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from rating_base import SECRET
from starlette.testclient import TestClient
from web_walks import CONSENT, ORGANISER, Worker, hidden

from scenechange.errors import InputError
from scenechange.ratings.failures import ExpiredLinkError, StoreBusyError, StoreFullError
from scenechange.ratings.records import Platform, Study
from scenechange.ratings.service import Service
from scenechange.ratings.web.app import create_app
from scenechange.ratings.web.organiser import new_cookie
from scenechange.ratings.web.security import ForgedLinkError, Invitation, Signer, signer_of
from scenechange.ratings.web.site import Limits


@pytest.fixture
def worker(app: FastAPI, service: Service) -> Worker:
    """In the trials."""
    one = Worker(app)
    one.join(signer_of(service).invitation())
    one.to_trials()
    return one


def test_an_invitation_expires(service: Service) -> None:
    now = [1_800_000_000.0]
    signer = Signer(SECRET, "small", lambda: now[0])
    link = signer.invitation(Invitation("", "delft"), days=2)
    now[0] += 2 * 86400 - 5
    assert signer.read_invitation(link) == Invitation("", "delft")
    now[0] += 10
    with pytest.raises(ExpiredLinkError):
        signer.read_invitation(link)


@pytest.mark.parametrize(("secret", "study"), [(b"another secret of enough letters", "small"), (SECRET, "other")])
def test_an_invitation_of_another_study_or_secret_is_refused(secret: bytes, study: str) -> None:
    link = Signer(secret, study).invitation()
    with pytest.raises(ForgedLinkError):
        Signer(SECRET, "small").read_invitation(link)


def test_a_signed_value_of_one_kind_is_no_other_kind() -> None:
    signer = Signer(SECRET, "small")
    with pytest.raises(ForgedLinkError):
        signer.read_invitation(signer.seal("told", ["", "", 86400]))


@pytest.mark.parametrize(
    "link", ["", "i=", "i=x", "i=WyIiLCIiLDFd.aaaa.bbbb", "PROLIFIC_PID=a&STUDY_ID=b&SESSION_ID=c"]
)
def test_nobody_joins_without_a_valid_link(app: FastAPI, link: str) -> None:
    assert TestClient(app).get(f"/join?{link}").status_code == 403


def test_an_expired_link_says_so(app: FastAPI, service: Service) -> None:
    link = signer_of(service, lambda: time.time() - 86400).invitation(days=0.5)
    reply = TestClient(app).get("/join", params={"i": link})
    assert reply.status_code == 410
    assert "expired" in reply.text


@pytest.mark.parametrize("page", ["vote", "undo", "finish", "start", "language", "show", "checks"])
@pytest.mark.parametrize("csrf", ["", "0" * 32, "é", "of another session"])
def test_a_form_without_the_sessions_own_token_is_refused(
    worker: Worker, app: FastAPI, service: Service, page: str, csrf: str
) -> None:
    if csrf == "of another session":
        csrf = app.state.site.signer.csrf(service.open_session())
    form = {**hidden(worker.page, "/vote"), "csrf": csrf, "score": "3", "code": "fr"}
    reply = worker.client.post(f"/s/{worker.token}/{page}", data=form, follow_redirects=False)
    assert reply.status_code == 403 if csrf else reply.status_code in (403, 422)
    assert not list(service.votes())


def test_forms_from_other_sites_are_refused(worker: Worker, service: Service) -> None:
    form = {**hidden(worker.page, "/vote"), "score": "3"}
    reply = worker.client.post(f"/s/{worker.token}/vote", data=form, headers={"sec-fetch-site": "cross-site"})
    assert reply.status_code == 403
    assert not list(service.votes())


def test_workers_get_no_cookie(worker: Worker) -> None:
    assert not worker.client.cookies


def _every_page(worker: Worker) -> list[Any]:
    token = worker.token
    own = [f"/s/{token}/{name}" for name in ("trial", "pause")]
    static = [f"/static/{name}" for name in ("style.css", "rate.js", "early.js", "once.js", "icon.svg")]
    pictures = re.findall(r"/p/[\w-]+", worker.page)
    others = ["/receipt", "/refused", "/join", "/nowhere", "/s/none", "/healthz", "/robots.txt", "/organiser"]
    return [worker.client.get(address) for address in (*own, *static, *pictures, *others)]


def test_every_response_bears_the_security_headers(worker: Worker) -> None:
    for reply in _every_page(worker):
        policy = reply.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert reply.headers["x-frame-options"] == "DENY"
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["referrer-policy"] == "same-origin"


def test_no_page_has_inline_script_or_style_or_asks_another_host(worker: Worker) -> None:
    for reply in _every_page(worker):
        if "html" not in reply.headers["content-type"]:
            continue
        assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=", reply.text)
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', reply.text)


def test_pages_of_a_session_are_never_kept_by_browsers_and_pictures_are(worker: Worker) -> None:
    assert worker.client.get(f"/s/{worker.token}/trial").headers["cache-control"] == "no-store"
    picture = worker.client.get(re.findall(r"/p/[\w-]+", worker.page)[0])
    assert "immutable" in picture.headers["cache-control"]
    again = worker.client.get(picture.request.url, headers={"if-none-match": picture.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_strict_transport_is_promised_only_over_https(service: Service) -> None:
    for base, promised in (("http://127.0.0.1:1", False), ("https://example.org", True)):
        reply = TestClient(create_app(service, organiser_token=ORGANISER, base_url=base)).get("/receipt")
        assert ("strict-transport-security" in reply.headers) is promised


@pytest.mark.parametrize(
    "address",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static/style.css%00",
        "/static//etc/passwd",
        "/static/base.html",
        "/p/../../etc/passwd",
        "/p/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/p/ours-0",
        "/p/ours-0.png",
        "/s/..%2f..%2f/trial",
        "/timed/0.css",
        "/timed/999999.css",
        "/timed/x.css",
    ],
)
def test_no_address_leads_to_other_files(app: FastAPI, address: str) -> None:
    reply = TestClient(app).get(address)
    assert reply.status_code in (404, 422)
    assert "root:" not in reply.text
    assert "import" not in reply.text


def test_too_much_is_refused_whether_announced_or_not(worker: Worker) -> None:
    address = f"/s/{worker.token}/vote"
    form = {"content-type": "application/x-www-form-urlencoded"}
    announced = worker.client.post(address, content=b"a=" + b"x" * 20_000, headers=form)
    unannounced = worker.client.post(address, content=(b"x" * 1000 for _ in range(30)), headers=form)
    assert (announced.status_code, unannounced.status_code) == (413, 413)


def test_an_upload_is_no_answer(worker: Worker, service: Service) -> None:
    form = hidden(worker.page, "/vote")
    reply = worker.client.post(
        f"/s/{worker.token}/vote", data=form, files={"score": ("../../x.png", b"3", "image/png")}
    )
    assert reply.status_code == 422
    assert not list(service.votes())


def test_a_session_that_asks_too_fast_must_wait_and_others_need_not(service: Service) -> None:
    app = create_app(service, organiser_token=ORGANISER, limits=Limits(requests=(0.5, 3.0)))
    client = TestClient(app)
    first, second = service.open_session(), service.open_session()
    codes = [client.get(f"/s/{first}/consent").status_code for _ in range(5)]
    assert codes == [200, 200, 200, 429, 429]
    reply = client.get(f"/s/{first}/consent")
    assert 1 <= int(reply.headers["retry-after"]) <= 2
    assert "too fast" in reply.text
    assert client.get(f"/s/{second}/consent").status_code == 200


def test_receipt_codes_cannot_be_tried_at_will(service: Service) -> None:
    client = TestClient(create_app(service, organiser_token=ORGANISER, limits=Limits(tries=(0.1, 2.0))))
    form = hidden(client.get("/receipt").text)
    codes = [client.post("/receipt", data={**form, "code": f"AAAAA-{n}"}).status_code for n in range(4)]
    assert codes == [404, 404, 429, 429]


def test_a_stranger_who_tries_codes_keeps_nobody_from_the_right_one(worker: Worker, service: Service) -> None:
    code = service.receipt_code(worker.token)
    client = TestClient(create_app(service, organiser_token=ORGANISER, limits=Limits(tries=(0.001, 1.0))))
    form = hidden(client.get("/receipt").text)
    for page in ("", "/download", "/remove"):
        wrong = {**form, "code": "AAAAA", "what": "erase", "sure": "yes"}
        assert client.post(f"/receipt{page}", data=wrong).status_code in (404, 429)
    assert client.post("/receipt", data={**form, "code": "BBBBB"}).status_code == 429
    assert client.post("/receipt", data={**form, "code": code}).status_code == 200
    gone = client.post("/receipt/remove", data={**form, "code": code, "what": "erase", "sure": "yes"})
    assert gone.url.path == "/receipt/removed"


def test_a_stranger_who_tries_tokens_keeps_no_organiser_out(service: Service) -> None:
    client = TestClient(create_app(service, organiser_token=ORGANISER, limits=Limits(tries=(0.001, 1.0))))
    codes = [client.get("/organiser", params={"token": "x" * 20}).status_code for _ in range(3)]
    assert codes == [404, 429, 429]
    assert client.get("/organiser", params={"token": ORGANISER}).status_code == 200


class _Failing:
    """A service on which one thing fails."""

    def __init__(self, service: Service, error: Exception) -> None:
        self._service, self._error = service, error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._service, name)

    def vote(self, *_: object) -> None:
        raise self._error


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (StoreBusyError("locked: /secret/place.db"), 503, "busy"),
        (StoreFullError("no room: /secret/place.db"), 507, "no room"),
        (RuntimeError("/secret/place.db"), 500, "our side"),
    ],
)
def test_a_vote_that_was_not_stored_is_never_called_saved(
    worker: Worker, app: FastAPI, service: Service, error: Exception, status: int, words: str
) -> None:
    app.state.site.service = _Failing(service, error)
    form = {**hidden(worker.page, "/vote"), "score": "3"}
    reply = worker.client.post(f"/s/{worker.token}/vote", data=form)
    assert reply.status_code == status
    assert words in reply.text
    assert "Nothing was saved" in reply.text
    assert "secret/place" not in reply.text
    assert "Traceback" not in reply.text
    said = worker.client.post(f"/s/{worker.token}/vote", data=form, headers={"accept": "application/json"})
    assert said.status_code == status
    assert set(said.json()) == {"error"}


def test_mturk_may_frame_its_own_studies_only(small_study: Study, tmp_path: Path) -> None:
    study = replace(small_study, name="m", platform=Platform.MTURK)
    with Service(study, str(tmp_path / "m.db"), SECRET) as service:
        reply = TestClient(create_app(service, organiser_token=ORGANISER)).get("/receipt")
    assert "frame-ancestors https://worker.mturk.com" in reply.headers["content-security-policy"]
    assert "x-frame-options" not in reply.headers


def test_organisers_pages_are_not_there_for_anybody_else(app: FastAPI) -> None:
    client = TestClient(app)
    for address in ("/organiser", "/organiser?token=", "/organiser?token=wrong", "/organiser/status.json"):
        assert client.get(address).status_code == 404
    assert client.get("/organiser/plots/balance.svg").status_code == 404
    for usual in ("/docs", "/redoc", "/openapi.json", "/organiser/openapi.json"):
        assert client.get(usual).status_code == 404


def test_the_organisers_token_leaves_the_address_for_a_guarded_cookie(service: Service) -> None:
    app = create_app(service, organiser_token=ORGANISER, base_url="https://example.org/study")
    client = TestClient(app, base_url="https://example.org")
    reply = client.get("/organiser", params={"token": ORGANISER}, follow_redirects=False)
    assert (reply.status_code, reply.headers["location"]) == (303, "/study/organiser")
    cookie = reply.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "samesite=lax", "secure", "path=/study/organiser"))
    assert ORGANISER not in cookie


def test_a_made_up_cookie_opens_nothing(app: FastAPI, service: Service) -> None:
    for value in ("x", Signer(b"another secret of enough letters", "small").form("organiser")):
        assert TestClient(app, cookies={"organiser": value}).get("/organiser").status_code == 403
    other_purpose = signer_of(service).form("join")
    assert TestClient(app, cookies={"organiser": other_purpose}).get("/organiser").status_code == 403


def test_a_cookie_dies_with_the_token_it_was_given_for(service: Service) -> None:
    first, second = (create_app(service, organiser_token=f"{ORGANISER} {n}") for n in (1, 2))
    cookie = {"organiser": new_cookie(first.state.site)}
    assert TestClient(first, cookies=cookie).get("/organiser").status_code == 200
    assert TestClient(second, cookies=cookie).get("/organiser").status_code == 403


def test_a_short_organisers_token_or_a_wrong_address_refuses_to_start(service: Service) -> None:
    with pytest.raises(InputError, match="at least 16"):
        create_app(service, organiser_token="short")
    with pytest.raises(InputError, match="base_url"):
        create_app(service, organiser_token=ORGANISER, base_url="example.org")


def test_the_database_knows_no_address_and_no_browser(app: FastAPI, service: Service, tmp_path: Path) -> None:
    agent = "A very special browser 42"
    one = Worker(app, headers={"user-agent": agent, "x-forwarded-for": "203.0.113.77"}, client=("203.0.113.77", 50000))
    one.join(signer_of(service).invitation())
    one.to_trials()
    one.vote_all()
    one.send("/finish")
    stored = json.dumps(service.by_receipt(service.receipt_code(one.token)))
    bytes_on_disk = b"".join(path.read_bytes() for path in tmp_path.glob("votes.db*"))
    for trace in (agent, "203.0.113.77", one.token):
        assert trace not in stored
        assert trace.encode() not in bytes_on_disk
    assert CONSENT["field-hand"] in stored  # the search does find what is there
