"""A worker's rights: with the receipt code see, download, withdraw and erase, without asking anybody.

The code travels in forms only, never in an address, so that it stays in no history and no log.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Literal, TypeVar

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from scenechange.ratings.failures import UnknownReceiptError
from scenechange.ratings.web.site import Site, language_of, see_other, site_of
from scenechange.ratings.web.tries import wrong_try

T = TypeVar("T")
router = APIRouter(prefix="/receipt")
Code = Annotated[str, Form(max_length=100)]
Token = Annotated[str, Form(max_length=500)]
Language = Annotated[str, Form(max_length=16)]


def _form(site: Site, request: Request, lang: str, problem: str = "", status: int = 200) -> Response:
    values = {"form_token": site.signer.form("receipt"), "problem": problem}
    return site.page("receipt.html", language_of(site, request, lang), values, status)


@router.get("", summary="Where to enter a receipt code")
def receipt_page(request: Request, lang: str = "") -> Response:
    """Ask for the code."""
    return _form(site_of(request), request, lang)


def _known(site: Site, act: Callable[[str], T], code: str) -> T:
    """What an act on a receipt code gives; a code that nobody has is counted as a wrong try."""
    try:
        return act(code)
    except UnknownReceiptError:
        wrong_try(site, "receipt")
        raise


@router.post("", summary="See what is stored")
def see(request: Request, code: Code, form_token: Token, lang: Language = "") -> Response:
    """Show everything that is stored about the session of a receipt code."""
    site = site_of(request)
    site.signer.read_form("receipt", form_token)
    try:
        stored = site.service.by_receipt(code)
    except UnknownReceiptError:
        wrong_try(site, "receipt")
        return _form(site, request, lang, "unknown", 404)
    values = {"code": code, "stored": stored, "form_token": site.signer.form("receipt"), "unsure": ""}
    return site.page("stored.html", language_of(site, request, lang), values)


@router.post("/download", summary="Download what is stored, as JSON")
def download(request: Request, code: Code, form_token: Token) -> Response:
    """Everything that is stored about the session, as a file."""
    site = site_of(request)
    site.signer.read_form("receipt", form_token)
    content = json.dumps(_known(site, site.service.by_receipt, code), ensure_ascii=False, indent=2)
    headers = {
        "content-disposition": f'attachment; filename="{site.study.name}-my-answers.json"',
        "cache-control": "no-store",
    }
    return Response(content, media_type="application/json", headers=headers)


@router.post("/remove", summary="Withdraw the votes, or erase everything")
def remove(
    request: Request,
    code: Code,
    form_token: Token,
    what: Annotated[Literal["withdraw", "erase"], Form()],
    sure: Annotated[str, Form(max_length=5)] = "",
    lang: Language = "",
) -> Response:
    """Do it if the box beside the button is ticked, else ask for the tick."""
    site = site_of(request)
    site.signer.read_form("receipt", form_token)
    language = language_of(site, request, lang)
    if sure != "yes":
        stored = _known(site, site.service.by_receipt, code)
        values = {"code": code, "stored": stored, "form_token": site.signer.form("receipt"), "unsure": what}
        return site.page("stored.html", language, values, 422)
    stone = _known(site, site.service.erase if what == "erase" else site.service.withdraw, code)
    later = "" if stone.complete else "&later=true"
    return see_other(f"{site.root}/receipt/removed?what={what}&lang={language}{later}")


@router.get("/removed", summary="What was removed")
def removed_page(
    request: Request, what: Literal["withdraw", "erase"] = "erase", lang: str = "", later: bool = False
) -> Response:
    """Say what is gone now, and where traces are left in the database's files, when they will be gone."""
    site = site_of(request)
    return site.page("removed.html", language_of(site, request, lang), {"what": what, "later": later})
