"""The web application of one study."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastapi import FastAPI

from scenechange.errors import InputError
from scenechange.ratings.web import joining, organiser, pictures, receipts, session, trials
from scenechange.ratings.web.faults import add_error_pages
from scenechange.ratings.web.guard import Guard
from scenechange.ratings.web.insight import Insight
from scenechange.ratings.web.quick import Shortcut
from scenechange.ratings.web.rendering import Pages
from scenechange.ratings.web.security import signer_of
from scenechange.ratings.web.showings import Showings
from scenechange.ratings.web.site import Limits, Site

if TYPE_CHECKING:
    from scenechange.ratings.service import Service

MIN_TOKEN_LETTERS = 16
MESSAGES = {
    403: "A form or link that this study did not make.",
    404: "No such session, picture or receipt.",
    409: "The session is at another point of the way.",
    410: "The link has expired, or the study is closed.",
    413: "A form beyond the size limit.",
    422: "Something was missing or could not be chosen.",
    429: "Too many requests; Retry-After says when to come again.",
    503: "The database is busy; nothing was stored.",
    507: "The database's disk is full; nothing was stored.",
}


def create_app(
    service: Service,
    *,
    organiser_token: str,
    base_url: str = "http://127.0.0.1:8000",
    limits: Limits = Limits(),
) -> FastAPI:
    """The pages of a study as an ASGI application.

    Parameters
    ----------
    service : Service
        Of the study. It is not closed with the application.
    organiser_token : str
        Opens the organiser's pages; at least 16 letters.
    base_url : str
        How workers reach the service. Its path, if any, goes before every address on the pages.
    limits : Limits
        Rates and sizes.

    Raises
    ------
    InputError
        A token too short to keep others out, or an address that is none.
    """
    if len(organiser_token) < MIN_TOKEN_LETTERS:
        raise InputError(f"organiser_token: wanted at least {MIN_TOKEN_LETTERS} letters, got {len(organiser_token)}")
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise InputError(f"base_url: wanted an address such as https://ratings.example.org, got {base_url!r}")
    pages = Pages(service.study, parts.path.rstrip("/"))
    site = Site(service, pages, signer_of(service), organiser_token, base_url, limits, Showings(), Insight(service))
    app = FastAPI(
        title="Scenechange ratings",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan,
        responses={status: {"description": text} for status, text in MESSAGES.items()},
    )
    app.state.site = site
    files = pictures.PictureFiles(service)
    app.mount("/p", files)
    app.include_router(trials.quick)
    for part in (trials, session, pictures, joining, receipts, organiser):
        app.include_router(part.router)
    add_error_pages(app)
    app.add_middleware(Shortcut, pictures=files, endpoints=trials.OFTEN)
    app.add_middleware(Guard, site=site)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Set how many threads work; see `Limits.threads`."""
    from anyio.to_thread import current_default_thread_limiter

    current_default_thread_limiter().total_tokens = app.state.site.limits.threads
    yield
    app.state.site.insight.close()
