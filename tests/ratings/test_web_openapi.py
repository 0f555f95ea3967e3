"""Whatever is sent to the pages, none of them breaks: schemathesis draws requests from their own description."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from rating_base import SECRET
from rating_walks import walk
from web_walks import ORGANISER

from scenechange.ratings.records import Study
from scenechange.ratings.service import Service
from scenechange.ratings.web.app import create_app
from scenechange.ratings.web.organiser import new_cookie
from scenechange.ratings.web.security import signer_of
from scenechange.ratings.web.site import Limits

schemathesis = pytest.importorskip("schemathesis", reason="the package schemathesis is not installed")
pytestmark = pytest.mark.slow
MANY = (1e6, 1e6)


@pytest.fixture
def pages(small_study: Study, tmp_path: Path) -> Iterator[Any]:
    with Service(small_study, str(tmp_path / "votes.db"), SECRET) as service:
        app = create_app(service, organiser_token=ORGANISER, limits=Limits(joins=MANY, requests=MANY, tries=MANY))
        signer, token = signer_of(service), service.open_session()
        walk(service, token, votes=2)
        cookie = new_cookie(app.state.site)
        schema = schemathesis.openapi.from_asgi(
            "/organiser/openapi.json", app, headers={"cookie": f"organiser={cookie}"}
        )
        app.state.known = {
            "token": token,
            "csrf": signer.csrf(token),
            "code": service.receipt_code(token),
            "i": signer.invitation(),
            "cookie": cookie,
            "receipt": signer.form("receipt"),
            "join": signer.form("join"),
        }
        yield schema


def _try_all(pages: Any, prepare: Callable[[Any], None]) -> int:
    """Send a few drawn requests to every page; how many pages there were."""
    headers = {"cookie": f"organiser={pages.app.state.known['cookie']}"}
    number = 0
    for found in pages.get_all_operations():
        operation = found.ok()

        @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(case=operation.as_strategy())
        def send(case: Any) -> None:
            prepare(case)
            assert case.call(headers=headers).status_code < 500

        send()
        number += 1
    return number


def test_no_request_of_a_stranger_breaks_a_page(pages: Any) -> None:
    assert _try_all(pages, lambda case: None) > 25


def test_no_request_within_a_session_breaks_a_page(pages: Any) -> None:
    known = pages.app.state.known

    def prepare(case: Any) -> None:
        if "token" in (case.path_parameters or {}):
            case.path_parameters["token"] = known["token"]
        if isinstance(case.body, dict):
            form = {"/join": "join", "/s/{token}/consent": "csrf"}.get(case.path, "receipt")
            filled = {"csrf": known["csrf"], "form_token": known[form], "code": known["code"], "i": known["i"]}
            # Erasing would end the session that the other requests need.
            kept = {name: value for name, value in case.body.items() if name != "sure"}
            case.body = {name: filled.get(name, value) for name, value in kept.items()}

    assert _try_all(pages, prepare) > 25


def test_every_form_and_page_is_described(pages: Any) -> None:
    paths = pages.raw_schema["paths"]
    assert {"/join", "/s/{token}/vote", "/s/{token}/undo", "/receipt/remove", "/organiser"} <= set(paths)
    for path, methods in paths.items():
        for method, described in methods.items():
            assert described["summary"], f"{method} {path}"
            assert described["description"], f"{method} {path}"
