"""What visitors see before they are in: the bare address, and what a link for a team stores."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.testclient import TestClient

from scenechange.ratings.service import Service
from scenechange.ratings.web.security import Invitation, signer_of


def test_a_visitor_without_a_link_is_told_how_one_gets_in(service: Service, app: FastAPI) -> None:
    page = TestClient(app).get("/")
    assert page.status_code == 200
    assert "open the link that you were given" in page.text
    assert 'href="/receipt"' in page.text
    assert not service.status().raters


def test_a_link_for_a_team_says_that_the_team_is_stored(service: Service, app: FastAPI) -> None:
    words = "never shown its own pictures"
    signer = signer_of(service)
    of_team, of_nobody = signer.invitation(Invitation(team="team-ours")), signer.invitation()
    assert words in TestClient(app).get("/join", params={"i": of_team}).text
    assert words not in TestClient(app).get("/join", params={"i": of_nobody}).text
