"""The least of a browser: keeps a connection, follows redirects, sends forms, comes again after a failure."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping
from urllib.parse import urlencode, urljoin, urlsplit

from scenechange.errors import InputError
from scenechange.ratings.failures import RatingError

FORM = {"content-type": "application/x-www-form-urlencoded"}
BUSY = (429, 500, 502, 503, 507)


class UnreachableError(RatingError):
    """The service does not answer, or not with a page that was expected."""


class Browser:
    """One worker's browser.

    Parameters
    ----------
    timeout_s : float
        Of one request.
    patience_s : float
        How long a request is tried again while nobody answers or the service is busy; 0 tries once.
    """

    def __init__(self, timeout_s: float = 30.0, patience_s: float = 10.0) -> None:
        self._timeout_s, self._patience_s = timeout_s, patience_s
        self._connection: http.client.HTTPConnection | None = None
        self._host = ""
        self.retries = 0

    def get(self, address: str) -> tuple[str, bytes]:
        """Where the redirects led, and what is there."""
        return self._follow("GET", address, None, {})

    def post(self, address: str, fields: Mapping[str, str]) -> tuple[str, bytes]:
        """Send a form and follow the redirects."""
        return self._follow("POST", address, urlencode(fields).encode(), FORM)

    def send(self, address: str, fields: Mapping[str, str]) -> dict[str, object]:
        """Send a form as the pages' script does, and get its JSON answer."""
        headers = {**FORM, "accept": "application/json"}
        status, _, body = self._patiently("POST", address, urlencode(fields).encode(), headers)
        if status != 200:
            raise UnreachableError(
                f"wanted an answer to a form, got status {status} from {urlsplit(address).path[:3]}…"
            )
        return dict(json.loads(body))

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _follow(self, method: str, address: str, body: bytes | None, headers: dict[str, str]) -> tuple[str, bytes]:
        for _ in range(10):
            status, location, content = self._patiently(method, address, body, headers)
            if status in (301, 302, 303, 307) and location:
                address, method, body, headers = urljoin(address, location), "GET", None, {}
                continue
            if status != 200:
                raise UnreachableError(f"wanted a page, got status {status}")
            return address, content
        raise UnreachableError("wanted a page, got more than ten redirects")

    def _patiently(
        self, method: str, address: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, str, bytes]:
        until, pause = time.monotonic() + self._patience_s, 0.05
        while True:
            try:
                status, location, content = self._once(method, address, body, headers)
                if status not in BUSY or time.monotonic() > until:
                    return status, location, content
            except (OSError, http.client.HTTPException) as error:
                self.close()
                if time.monotonic() > until:
                    raise UnreachableError(
                        f"nobody answers at {self._host}: {error or type(error).__name__}"
                    ) from error
            self.retries += 1
            time.sleep(pause)
            pause = min(2 * pause, 1.0)

    def _once(self, method: str, address: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, str, bytes]:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InputError(f"wanted an address such as http://127.0.0.1:8000/join?i=…, got {address[:60]!r}")
        if self._connection is None or self._host != parts.netloc:
            self.close()
            kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
            self._connection, self._host = kind(parts.hostname, parts.port, timeout=self._timeout_s), parts.netloc
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        content = response.read()
        return response.status, response.headers.get("location", ""), content
