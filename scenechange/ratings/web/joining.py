"""The door: a link leads to the consent page, and only agreeing opens a session. Until then nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from scenechange.errors import InputError
from scenechange.ratings.failures import ClosedStudyError
from scenechange.ratings.records import Field, Platform, State
from scenechange.ratings.web.examples import examples_of
from scenechange.ratings.web.platforms import PARAMETERS, is_preview, platform_ids, seal_hit
from scenechange.ratings.web.security import ForgedLinkError, Invitation
from scenechange.ratings.web.site import Site, Way, language_of, see_other, site_of

router = APIRouter()
CARRIED = ("i", *PARAMETERS[Platform.PROLIFIC], *PARAMETERS[Platform.MTURK], "turkSubmitTo")
MEASURED = ("response_ms", "window_px")


@router.get("/", summary="For visitors without a link")
def welcome_page(request: Request, lang: str = "") -> Response:
    """Say what this is, and how one gets in: by a link."""
    site = site_of(request)
    return site.page("welcome.html", language_of(site, request, lang), {})


@router.get("/join", summary="What the study is about, and the question of consent")
def join_page(request: Request, i: Annotated[str, Query(max_length=2000)] = "", lang: str = "") -> Response:
    """Show the consent page to somebody with a valid link, or MTurk's preview. Stores nothing."""
    site = site_of(request)
    asked = {name: request.query_params[name] for name in CARRIED if name in request.query_params}
    language = language_of(site, request, lang)
    if is_preview(site.study.platform, asked):
        return site.page("preview.html", language, {"examples": examples_of(site, language)})
    invitation, _ = _invited(site, asked)
    values = consent_values(site, f"{site.root}/join", site.signer.form("join"), asked, bool(invitation.team))
    return site.page("consent.html", language, values)


@router.post("/join", summary="Agree, and start or go on with a session; or refuse")
async def join(
    request: Request, form_token: Annotated[str, Form(max_length=500)], lang: Annotated[str, Form()] = ""
) -> Response:
    """Open the session of somebody who agrees, and lead them to where it stands; show the refusal page otherwise."""
    from starlette.concurrency import run_in_threadpool

    return await run_in_threadpool(_join, request, await request.form(), form_token, lang)


def _join(request: Request, form: FormData, form_token: str, lang: str) -> Response:
    site = site_of(request)
    fields = {name: str(value) for name, value in form.items()}
    language = language_of(site, request, lang)
    asked = {name: fields[name] for name in CARRIED if name in fields}
    invitation, ids = _invited(site, asked)
    nonce = site.signer.read_form("join", form_token)
    if not decided(fields):
        # Counted, not linked to anybody: the platform's ids are not given to the store.
        with suppress(ClosedStudyError):
            site.service.refuse(site.service.open_session(None, "", language))
        return see_other(f"{site.root}/refused?lang={language}")
    from scenechange.ratings.store.passage import check_consent

    check_consent(site.study.fields, *agreed_in(site.study.fields, fields))  # before anything is stored
    if not ids:
        # A link for everybody: the form's own random name makes a double click one session.
        ids = {"invitation": invitation.person or nonce}
    hit = seal_hit(site.signer, asked) if site.study.platform is Platform.MTURK else ""
    token = site.service.open_session(ids, invitation.team, language)
    if site.service.view(token).state is State.CONSENT:
        site.service.consent(token, *agreed_in(site.study.fields, fields))
    return see_other(Way(site.root, token, hit).to(""))


@router.get("/refused", summary="Thanks to somebody who does not take part")
def refused_page(request: Request, lang: str = "") -> Response:
    """Say that refusing is fine and costs nothing; on a platform, with the code that ends the assignment."""
    site = site_of(request)
    return site.page("refused.html", language_of(site, request, lang), {"failed_checks": False})


def consent_values(site: Site, action: str, form_token: str, carried: Mapping[str, str], teams: bool) -> dict[str, Any]:
    """What the consent page needs; `teams` says whether a team may be stored."""
    fields = site.study.fields
    return {
        "action": action,
        "form_token": form_token,
        "carried": carried,
        "measured": [f for f in fields if f.name in MEASURED],
        "asked": [f for f in fields if f.name not in MEASURED],
        "switch": carried,
        "teams": teams,
    }


def agreed_in(fields: tuple[Field, ...], form: Mapping[str, str]) -> tuple[frozenset[str], dict[str, str]]:
    """Names of the fields agreed to, and the answers given; a value the study does not offer counts as none."""
    agreed, answers = set(), {}
    for field in fields:
        given = form.get(f"field-{field.name}", "")
        if not field.options:
            if not field.optional or given == "yes":
                agreed.add(field.name)
        elif given in {value for value, _ in field.options}:
            agreed.add(field.name)
            answers[field.name] = given
    return frozenset(agreed), answers


def decided(form: Mapping[str, str]) -> bool:
    """Whether the form says yes; InputError where it says neither yes nor no, for silence is neither."""
    if form.get("decision") not in ("agree", "refuse"):
        raise InputError("decision: wanted 'agree' or 'refuse', got neither; press one of the two buttons")
    return form["decision"] == "agree"


def _invited(site: Site, asked: Mapping[str, str]) -> tuple[Invitation, dict[str, str]]:
    """What the link says: from the platform all its parameters, from elsewhere our signature."""
    ids = platform_ids(site.study.platform, asked)
    if asked.get("i"):
        return site.signer.read_invitation(asked["i"]), ids or {}
    if ids is None:
        raise ForgedLinkError("wanted an invitation link or the platform's link, got neither; ask for a new link")
    return Invitation(), ids
