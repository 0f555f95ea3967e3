"""A worker at the pages, for tests: reads forms as a browser without script does, and sends them."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from starlette.testclient import TestClient

ORGANISER = "a token for tests, long enough"
CONSENT = {"decision": "agree", "field-response_ms": "yes", "field-hand": "left", "field-glasses": "no"}


def hidden(page: str, near: str = "") -> dict[str, str]:
    """The hidden fields of a page's first form whose address ends with `near`."""
    for address, inside in re.findall(r'<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>', page, re.S):
        if unescape(address).split("?")[0].endswith(near):
            found = re.findall(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?', inside)
            return {name: unescape(value) for name, value in found}
    raise AssertionError(f"no form goes to {near!r}")


def code_of(page: str) -> str:
    """The last code shown on a page."""
    return re.findall(r'class="code"[^>]*>([^<]+)<', page)[-1]


class Worker:
    """One worker: a client, the last page and where it was."""

    def __init__(self, app: Any, **options: Any) -> None:
        self.client = TestClient(app, raise_server_exceptions=False, **options)
        self.page = ""
        self.path = ""
        self.status = 0

    def open(self, path: str, **values: Any) -> str:
        """Follow a link."""
        return self._seen(self.client.get(path, params=values or None))

    def send(self, near: str, **values: str) -> str:
        """Send the form that goes there."""
        action = next(
            unescape(a) for a in re.findall(r'action="([^"]*)"', self.page) if unescape(a).split("?")[0].endswith(near)
        )
        return self._seen(self.client.post(action, data={**hidden(self.page, near), **values}))

    def _seen(self, reply: Any) -> str:
        self.page, self.path, self.status = reply.text, reply.url.path, reply.status_code
        return self.page

    @property
    def token(self) -> str:
        """The session's name."""
        return self.path.split("/")[2]

    def join(self, invitation: str, **consent: str) -> str:
        """Open the invitation and agree."""
        self.open("/join", i=invitation)
        return self.send("/join", **{**CONSENT, **consent})

    def to_trials(self) -> str:
        """From the instructions through the training."""
        self.send("/start")
        while "/vote" in self.page and "Practice" in self.page:
            self.send("/vote", score="4")
            self.open(f"/s/{self.token}/trial")
        return self.send("/start")

    def vote_all(self, score: str = "3") -> int:
        """Answer every trial there is; how many there were."""
        number = 0
        while 'id="rate"' in self.page:
            self.send("/vote", score=score)
            number += 1
        return number
