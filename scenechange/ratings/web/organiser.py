"""The organiser's pages: behind a token printed at the start, exchanged for a cookie so that it leaves the address."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from hashlib import sha256
from itertools import pairwise
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from scenechange.ratings.records import State
from scenechange.ratings.views import Status
from scenechange.ratings.web.insight import Board
from scenechange.ratings.web.plots import bars_svg, histogram, intervals_svg
from scenechange.ratings.web.security import ORGANISER_HOURS, same_secret
from scenechange.ratings.web.site import Site, language_of, see_other, site_of
from scenechange.ratings.web.tries import wrong_try

router = APIRouter(prefix="/organiser")
COOKIE = "organiser"
SECONDS = (0, 1, 2, 3, 5, 8, 12, 20, 40)
MOST_RATERS = 50


def _purpose(site: Site) -> str:
    """Of the cookie: with another organiser's token, after a new start, an old cookie opens nothing."""
    return "organiser/" + sha256(site.organiser_token.encode()).hexdigest()


def new_cookie(site: Site) -> str:
    """What an organiser's browser shows instead of the token from now on."""
    return site.signer.form(_purpose(site))


def _enter(site: Site) -> Response:
    answer = see_other(f"{site.root}/organiser")
    answer.set_cookie(
        COOKIE,
        new_cookie(site),
        max_age=ORGANISER_HOURS * 3600,
        path=f"{site.root}/organiser",
        httponly=True,
        samesite="lax",
        secure=site.https,
    )
    return answer


def admitted(request: Request) -> tuple[Site, str]:
    """The site and the cookie of an organiser.

    Raises
    ------
    HTTPException
        404 for everybody else: that there is something to see is not told.
    ForgedLinkError, ExpiredLinkError
        A cookie that is not ours, or too old.
    """
    site, cookie = site_of(request), request.cookies.get(COOKIE, "")
    if not cookie:
        raise HTTPException(404)
    site.signer.unseal(f"form/{_purpose(site)}", cookie, ORGANISER_HOURS / 24)
    return site, cookie


@router.get("", summary="Dashboard")
def dashboard(request: Request, token: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Show how the study goes. With the right token in the address: set the cookie and come back without it."""
    if token:
        if not same_secret(site_of(request).organiser_token, token):
            wrong_try(site_of(request), "organiser")
            raise HTTPException(404)
        return _enter(site_of(request))
    site, cookie = admitted(request)
    status, board = site.service.status(), site.insight.latest()
    values = {
        "status": status,
        "complete": site.service.is_complete(),
        "board": board,
        "figures": figures(status),
        "states": [(state.value, status.sessions.get(state, 0)) for state in State if status.sessions.get(state, 0)],
        "raters": sorted(status.suspicious, key=lambda r: (-len(r.doubts), r.rater))[:MOST_RATERS],
        "plots": {name: Markup(svg) for name, svg in plots(status, board).items()},
        "csrf": site.signer.csrf(cookie),
    }
    return site.page("organiser.html", language_of(site, request), values)


def figures(status: Status) -> dict[str, Any]:
    """Numbers on top of the dashboard."""
    times = sorted(r.median_ms for r in status.raters if r.median_ms is not None)
    return {
        "share": min(1.0, status.votes / status.wanted) if status.wanted else 0.0,
        "fewest": min(status.per_unit.values(), default=0),
        "most": max(status.per_unit.values(), default=0),
        "median_s": times[len(times) // 2] / 1000 if times else None,
    }


def plots(status: Status, board: Board | None) -> dict[str, str]:
    """The plots that there are numbers for, by name."""
    drawn = {}
    if board is not None and board.standings:
        rows = [(s.system, s.value, s.low, s.high) for s in board.standings]
        drawn["leaderboard"] = intervals_svg(rows, board.ends, "Systems with 95 % intervals, the best on top")
    if status.per_unit:
        counts = Counter(status.per_unit.values())
        span = range(min(counts), max(counts) + 1)
        step = math.ceil(len(span) / 14)
        bars = [(str(k), float(sum(counts[j] for j in range(k, k + step)))) for k in span[::step]]
        drawn["balance"] = bars_svg(bars, "How many units have how many votes")
    times = [r.median_ms / 1000 for r in status.raters if r.median_ms is not None]
    if times:
        names = [f"{low}–{high}" for low, high in pairwise(SECONDS)] + [f"{SECONDS[-1]}+"]
        rows_of_times = zip(names, map(float, histogram(times, SECONDS)), strict=True)
        drawn["times"] = bars_svg(list(rows_of_times), "How many sessions have which median seconds a vote")
    return drawn


@router.get("/status.json", summary="The dashboard's numbers")
def status_json(request: Request) -> Response:
    """Everything that the dashboard shows, for scripts."""
    site, _ = admitted(request)
    status, board = site.service.status(), site.insight.latest()
    content = {
        **dataclasses.asdict(status),
        "sessions": {state.value: count for state, count in status.sessions.items()},
        "leaderboard": None if board is None else _plain(dataclasses.asdict(board)),
    }
    return JSONResponse(content, headers={"cache-control": "no-store"})


def _plain(value: Any) -> Any:
    """The same with None for numbers that JSON does not know."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@router.get("/plots/{name}.svg", summary="A plot")
def plot(request: Request, name: str) -> Response:
    """One of the dashboard's plots as a file."""
    site, _ = admitted(request)
    drawn = plots(site.service.status(), site.insight.latest())
    if name not in drawn:
        raise HTTPException(404)
    headers = {"cache-control": "no-store", "content-disposition": f'attachment; filename="{name}.svg"'}
    return Response(drawn[name], media_type="image/svg+xml", headers=headers)


@router.get("/openapi.json", summary="This description", include_in_schema=False)
def openapi(request: Request) -> Response:
    """The OpenAPI description of all pages."""
    admitted(request)
    return JSONResponse(request.app.openapi(), headers={"cache-control": "no-store"})


@router.post("/leave", summary="Forget the cookie")
def leave(request: Request, csrf: Annotated[str, Form(max_length=100)]) -> Response:
    """End the organiser's visit in this browser."""
    site, cookie = admitted(request)
    site.signer.check_csrf(cookie, csrf)
    answer = see_other(f"{site.root}/organiser/left")
    answer.delete_cookie(COOKIE, path=f"{site.root}/organiser")
    return answer


@router.get("/left", summary="Goodbye to the organiser", include_in_schema=False)
def left(request: Request) -> Response:
    """Say how to come back."""
    site = site_of(request)
    return site.page("left.html", language_of(site, request), {})
