"""The way before the first trial, and what is beside it: consent, checks, instructions, language, pause."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from scenechange.ratings.records import State
from scenechange.ratings.views import SessionView
from scenechange.ratings.web.examples import examples_of
from scenechange.ratings.web.forms import window_of
from scenechange.ratings.web.joining import agreed_in, consent_values, decided
from scenechange.ratings.web.plate import number_of, plate_svg
from scenechange.ratings.web.platforms import open_hit
from scenechange.ratings.web.site import PAGE_OF, Site, Way, language_of, see_other, site_of

router = APIRouter(prefix="/s/{token}")
Csrf = Annotated[str, Form(max_length=100)]
Hit = Annotated[str, Query(max_length=1000)]
PLATE_TRIES = 3


def values_of(site: Site, way: Way, view: SessionView, request: Request) -> dict[str, Any]:
    """What every page of a session needs."""
    return {
        "way": way,
        "view": view,
        "csrf": site.signer.csrf(way.token),
        "here": request.scope["path"].rsplit("/", 1)[-1],
    }


def opened(
    request: Request, token: str, hit: str, *states: State, view: SessionView | None = None
) -> tuple[Site, Way, SessionView, str, Response | None]:
    """Site, way, view and language of a session; and where to go instead if it is not in one of the states.

    A `view` that the caller has already is not asked for again.

    Raises
    ------
    UnknownSessionError
        No such session.
    ForgedLinkError
        MTurk's assignment is not as we signed it.
    """
    site = site_of(request)
    open_hit(site.signer, hit)
    view = view or site.service.view(token)
    way = Way(site.root, token, hit)
    elsewhere = None if view.state in states else see_other(way.to(PAGE_OF[view.state]))
    return site, way, view, language_of(site, request, view.language), elsewhere


def page(request: Request, token: str, hit: str, state: State, template: str, **more: Any) -> Response:
    """A page of one state, or the way to the page of the state that is."""
    site, way, view, language, elsewhere = opened(request, token, hit, state)
    return elsewhere or site.page(template, language, {**values_of(site, way, view, request), **more})


@router.get("", summary="Go on where the session stands")
def resume(request: Request, token: str, hit: Hit = "") -> Response:
    """Lead to the page of the session's state: the link to pause and go on elsewhere."""
    _, way, view, _, _ = opened(request, token, hit)
    return see_other(way.to(PAGE_OF[view.state]))


@router.get("/consent", summary="The question of consent, for a session that was opened without")
def consent_page(request: Request, token: str, hit: Hit = "") -> Response:
    """Show the consent page."""
    site = site_of(request)
    action = Way(site.root, token, hit).to("consent")
    teams = any(item.team for item in site.study.items)  # which one this session is of, its page need not say
    values = consent_values(site, action, site.signer.csrf(token), {}, teams)
    return page(request, token, hit, State.CONSENT, "consent.html", **values)


@router.post("/consent", summary="Agree or refuse")
async def consent(request: Request, token: str, form_token: Csrf, hit: Hit = "") -> Response:
    """Store what was agreed to, or that the worker refused."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    return await run_in_threadpool(_consent, request, token, form, form_token, hit)


def _consent(request: Request, token: str, form: dict[str, str], form_token: str, hit: str) -> Response:
    site = site_of(request)
    site.signer.check_csrf(token, form_token)
    if decided(form):
        site.service.consent(token, *agreed_in(site.study.fields, form))
    else:
        site.service.refuse(token)
    return see_other(Way(site.root, token, hit).to(""))


@router.get("/refused", summary="Thanks to somebody who does not take part")
def refused_page(
    request: Request, token: str, hit: Hit = "", checks: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    """Say that it is fine, and why where device or eyes did not suit the study."""
    return page(request, token, hit, State.REFUSED, "refused.html", failed_checks=checks == "failed")


@router.get("/checks", summary="Window size and colour plate")
def checks_page(
    request: Request, token: str, hit: Hit = "", again: int = Query(0, ge=0, le=PLATE_TRIES), small: bool = False
) -> Response:
    """Show the checks that the study demands."""
    return page(request, token, hit, State.CHECKS, "checks.html", again=again, small=small, tries=PLATE_TRIES)


@router.get("/plate/{again}.svg", summary="A colour plate")
def plate(request: Request, token: str, again: int) -> Response:
    """A plate that is the same whenever this session asks, and another at the next try."""
    site = site_of(request)
    site.service.view(token)
    drawing = plate_svg(site.signer.number(f"plate/{token}/{again % PLATE_TRIES}"))
    return Response(drawing, media_type="image/svg+xml", headers={"cache-control": "private, max-age=3600"})


@router.post("/checks", summary="Pass or fail the checks")
def checks(
    request: Request,
    token: str,
    csrf: Csrf,
    hit: Hit = "",
    window: Annotated[str, Form(max_length=20)] = "",
    ends: Annotated[str, Form(max_length=5)] = "",
    number: Annotated[str, Form(max_length=20)] = "",
    again: Annotated[int, Form(ge=0, le=PLATE_TRIES)] = 0,
) -> Response:
    """Let the worker on; else offer another try, and after the last one end kindly."""
    site = site_of(request)
    site.signer.check_csrf(token, csrf)
    way, wanted = Way(site.root, token, hit), site.study.checks
    size = window_of(window)
    fits = size[0] >= wanted.min_width_px and size[1] >= wanted.min_height_px if size else ends == "yes"
    if (wanted.min_width_px or wanted.min_height_px) and not fits:
        return see_other(way.to("checks", again=str(again), small="true"))
    if wanted.colour_plate and number.strip() != str(number_of(site.signer.number(f"plate/{token}/{again}"))):
        if again + 1 < PLATE_TRIES and number.strip():
            return see_other(way.to("checks", again=str(again + 1)))
        site.service.failed_checks(token)
        return see_other(way.to("refused", checks="failed"))
    site.service.passed_checks(token, f"{size[0]}x{size[1]}" if size else None)
    return see_other(way.to(""))


@router.get("/instructions", summary="What to do, with examples")
def instructions_page(request: Request, token: str, hit: Hit = "") -> Response:
    """Show the instructions."""
    site = site_of(request)
    language = language_of(site, request, site.service.view(token).language)
    return page(request, token, hit, State.INSTRUCTIONS, "instructions.html", examples=examples_of(site, language))


@router.post("/start", summary="From the instructions to the training, from the training to the trials")
def start(request: Request, token: str, csrf: Csrf, hit: Hit = "") -> Response:
    """Take the next step; pressed twice it is taken once."""
    site = site_of(request)
    site.signer.check_csrf(token, csrf)
    if site.service.view(token).state is State.INSTRUCTIONS:
        site.service.start_training(token)
    elif site.service.view(token).state is State.TRAINING and site.service.current_trial(token) is None:
        site.service.start_trials(token)
    return see_other(Way(site.root, token, hit).to(""))


@router.post("/language", summary="Choose the language of the pages")
def language(
    request: Request, token: str, csrf: Csrf, code: Annotated[str, Form(max_length=16)], hit: Hit = ""
) -> Response:
    """Keep the language for the session."""
    site = site_of(request)
    site.signer.check_csrf(token, csrf)
    site.service.set_language(token, language_of(site, request, code))
    return see_other(Way(site.root, token, hit).to(""))


@router.get("/pause", summary="How to go on later or on another device")
def pause_page(request: Request, token: str, hit: Hit = "") -> Response:
    """Show the link of the session, and that leaving is fine."""
    site, way, view, spoken, _ = opened(request, token, hit)
    values = {"link": f"{site.base_url.rstrip('/')}/s/{token}", "receipt": site.service.receipt_code(token)}
    return site.page("pause.html", spoken, {**values_of(site, way, view, request), **values})
