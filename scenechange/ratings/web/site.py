"""What every page needs: the service, the templates, signed values and limits; and where a session's pages lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from scenechange.ratings.records import Platform, State, Study
from scenechange.ratings.web.buckets import Buckets
from scenechange.ratings.web.language import negotiate
from scenechange.ratings.web.rendering import Pages
from scenechange.ratings.web.security import Signer

if TYPE_CHECKING:
    from scenechange.ratings.service import Service
    from scenechange.ratings.web.insight import Insight
    from scenechange.ratings.web.showings import Showings

PAGE_OF = {
    State.CONSENT: "consent",
    State.CHECKS: "checks",
    State.INSTRUCTIONS: "instructions",
    State.TRAINING: "trial",
    State.TRIALS: "trial",
    State.DONE: "done",
    State.REFUSED: "refused",
    State.ERASED: "erased",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may come in how short a time. The first number of each pair is a second's, the other at once.

    Attributes
    ----------
    joins : (float, float)
        Join pages and new sessions of all visitors together.
    requests : (float, float)
        Pages and votes of one session.
    tries : (float, float)
        Receipt codes and organiser's tokens of all visitors together.
    body_bytes : int
        Largest form.
    threads : int
        Requests worked on at the same time. More of them share a commit, but beyond a few they only take the
        interpreter's lock from each other: with 64, a short jam fed itself for seconds (`benchmarks/ratings_load.py`).
    """

    joins: tuple[float, float] = (300.0, 2000.0)
    requests: tuple[float, float] = (20.0, 60.0)
    tries: tuple[float, float] = (2.0, 20.0)
    body_bytes: int = 16_384
    threads: int = 8


@dataclass(frozen=True, slots=True)
class Way:
    """The addresses of one session's pages.

    Attributes
    ----------
    root : str
        Path of the service on its host.
    token : str
        The session's name.
    hit : str
        Signed MTurk assignment that is carried from page to page, empty elsewhere: nothing of it is stored.
    """

    root: str
    token: str
    hit: str = ""

    def to(self, page: str, **values: str) -> str:
        """Address of a page such as ``trial``."""
        asked = {**({"hit": self.hit} if self.hit else {}), **values}
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in asked.items())
        return f"{self.root}/s/{self.token}" + (f"/{page}" if page else "") + (f"?{query}" if query else "")


@dataclass(slots=True)
class Site:
    """One running service; lies in ``app.state.site``."""

    service: Service
    pages: Pages
    signer: Signer
    organiser_token: str
    base_url: str
    limits: Limits
    showings: Showings
    insight: Insight
    buckets: dict[str, Buckets] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("joins", "requests", "tries"):
            self.buckets[name] = Buckets(*getattr(self.limits, name))

    @property
    def study(self) -> Study:
        """What is run."""
        return self.pages.study

    @property
    def root(self) -> str:
        """Path of the service on its host, without a slash at the end."""
        return self.pages.root

    @property
    def https(self) -> bool:
        """Whether workers reach the service by HTTPS."""
        return urlsplit(self.base_url).scheme == "https"

    @property
    def framed_by_mturk(self) -> bool:
        """Whether MTurk may show the pages in its frame."""
        return self.study.platform is Platform.MTURK

    def page(self, name: str, language: str, values: Mapping[str, Any], status: int = 200) -> Response:
        """A rendered template. Browsers never keep pages: the back button asks again and finds what holds now."""
        return HTMLResponse(
            self.pages.render(name, language, values), status_code=status, headers={"cache-control": "no-store"}
        )


def site_of(request: Request) -> Site:
    """The service a request came to."""
    site: Site = request.app.state.site
    return site


def language_of(site: Site, request: Request, chosen: str = "") -> str:
    """The language for a visitor without a session: what was asked for, else what the browser prefers."""
    languages = site.study.languages
    wanted = chosen or request.query_params.get("lang", "")
    return wanted if wanted in languages else negotiate(request.headers.get("accept-language", ""), languages)


def see_other(address: str) -> Response:
    """After a form, on to a page: reloading it or going back never sends the form again."""
    return RedirectResponse(address, status_code=303, headers={"cache-control": "no-store"})
