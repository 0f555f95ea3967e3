"""Errors as pages: plain words, what to do next, and nothing of the inside - no path, no trace, no name."""

from __future__ import annotations

import logging
import math

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from scenechange.errors import InputError, ScenechangeError
from scenechange.ratings.failures import (
    ClosedStudyError,
    ExpiredLinkError,
    StoreBusyError,
    StoreFullError,
    UnknownPictureError,
    UnknownReceiptError,
    UnknownSessionError,
    WrongStateError,
)
from scenechange.ratings.web.security import ForgedLinkError
from scenechange.ratings.web.site import Site, language_of, see_other, site_of

# The first class that fits decides: children stand before their parents.
STATUS_OF: tuple[tuple[type[Exception], int], ...] = (
    (UnknownReceiptError, 404),
    (UnknownSessionError, 404),
    (UnknownPictureError, 404),
    (ForgedLinkError, 403),
    (ExpiredLinkError, 410),
    (ClosedStudyError, 410),
    (StoreBusyError, 503),
    (StoreFullError, 507),
    (WrongStateError, 409),
    (InputError, 422),
)
KINDS = {
    400: "unclear",
    403: "forged",
    404: "unknown",
    405: "unclear",
    409: "elsewhere",
    410: "expired",
    413: "oversize",
    422: "unclear",
    429: "hurry",
    503: "busy",
    507: "full",
}
log = logging.getLogger(__name__)


PAGED = (ScenechangeError, RequestValidationError, HTTPException)


def add_error_pages(app: FastAPI) -> None:
    """Answer every error of an application with a page."""

    async def answer(request: Request, error: Exception) -> Response:
        return error_page(request, error)

    for kind in (*PAGED, Exception):
        app.add_exception_handler(kind, answer)


def error_page(request: Request, error: Exception) -> Response:
    """The page for an error, whatever it is."""
    if isinstance(error, ScenechangeError):
        return _of_ours(request, error)
    if isinstance(error, RequestValidationError):
        return refusal(site_of(request), request, 422)
    response = refusal(site_of(request), request, error.status_code if isinstance(error, HTTPException) else 500)
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)
    return response


def status_of(error: Exception) -> int:
    """HTTP status for an error of ours; 500 for what nobody expected."""
    return next((status for kind, status in STATUS_OF if isinstance(error, kind)), 500)


def refusal(site: Site, request: Request, status: int, wait_s: float = 0.0, kind: str = "") -> Response:
    """The page, or for scripts the JSON, of an error status."""
    kind = kind or KINDS.get(status, "broken")
    headers = {"cache-control": "no-store"}
    if status in (429, 503):
        headers["retry-after"] = str(max(1, math.ceil(wait_s)))
    if wants_json(request):
        return JSONResponse({"error": kind}, status_code=status, headers=headers)
    response = site.page("error.html", language_of(site, request), {"kind": kind, "back": _back(site, request)}, status)
    response.headers.update(headers)
    return response


def wants_json(request: Request) -> bool:
    """Whether the page's own script asks."""
    return "application/json" in request.headers.get("accept", "")


def _back(site: Site, request: Request) -> str:
    """Where a worker may go on: the start of the session, where the address has one."""
    parts = request.url.path.strip("/").split("/")
    if len(parts) > 2 and parts[0] == "s":
        return f"{site.root}/s/{parts[1]}" + (f"?{request.url.query}" if "hit=" in request.url.query else "")
    return ""


def _of_ours(request: Request, error: ScenechangeError) -> Response:
    status = status_of(error)
    site = site_of(request)
    back = _back(site, request)
    if isinstance(error, WrongStateError) and request.method == "POST" and back and not wants_json(request):
        # An old page, a second tab or a double click: nothing is wrong, the session is simply further on.
        return see_other(back)
    if status == 500:
        log.error("a page failed: %s", type(error).__name__)
    kind = "closed" if isinstance(error, ClosedStudyError) else ""
    kind = "receipt" if isinstance(error, UnknownReceiptError) else kind
    return refusal(site, request, status, 2.0, kind)
