"""What happens to every request before and after the pages: size, rate, cross-site forms, security headers."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scenechange.ratings.web.faults import refusal
from scenechange.ratings.web.security import security_headers
from scenechange.ratings.web.site import Site


class Guard:
    """Wraps the application; plain ASGI, for it runs on every picture and vote.

    Parameters
    ----------
    app : ASGIApp
        What it guards.
    site : Site
        Gives limits, buckets and the platform.
    """

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self.app, self.site = app, site
        self._headers = security_headers(site.framed_by_mturk, site.https)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sender = self._with_headers(send)
        request = Request(scope)
        status, wait_s = self._stopped(request)
        if status:
            response = refusal(self.site, request, status, wait_s)
            await response(scope, receive, sender)
            return
        limited = _Limited(receive, self.site.limits.body_bytes)
        try:
            await self.app(scope, limited, limited.watching(sender))
        except BodyTooLargeError:
            await refusal(self.site, request, 413)(scope, receive, sender)

    def _with_headers(self, send: Send) -> Send:
        async def sender(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(h for h in self._headers if h[0] not in present)]
            await send(message)

        return sender

    def _stopped(self, request: Request) -> tuple[int, float]:
        """Status and seconds to wait for a request that is not let through; 0 for the others."""
        length = request.headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit():
            return 400, 0.0
        if int(length) > self.site.limits.body_bytes:
            return 413, 0.0
        if request.method == "POST" and request.headers.get("sec-fetch-site") == "cross-site":
            return 403, 0.0
        bucket, key = bucket_of(request)
        wait_s = self.site.buckets[bucket].wait_s(key) if bucket else 0.0
        return (429, wait_s) if wait_s else (0, 0.0)


def bucket_of(request: Request) -> tuple[str, str]:
    """Which bucket a request draws from, and under which key; never the visitor's address."""
    parts = request.scope["path"].strip("/").split("/")
    if parts[0] == "s" and len(parts) > 1:
        return "requests", parts[1]
    if parts[0] == "join":
        return "joins", ""
    return "", ""


class BodyTooLargeError(Exception):
    """A form that goes on beyond the limit though its header said nothing."""


class _Limited:
    """Counts what comes in, for senders that do not say beforehand how much there will be."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive, self._left, self._over = receive, most, False

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                self._over = True
                raise BodyTooLargeError
        return message

    def watching(self, send: Send) -> Send:
        """Keeps an inner handler's own error page back, so that the one for oversize is sent."""

        async def sender(message: Message) -> None:
            if self._over:
                raise BodyTooLargeError
            await send(message)

        return sender
