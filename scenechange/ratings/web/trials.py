"""Trials: show, vote, take back, finish. A vote is acknowledged only after the store has it for good."""

from __future__ import annotations

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from pydantic import BaseModel
from pydantic import Field as PydanticField
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from scenechange.errors import InputError
from scenechange.ratings.answers import check_answer
from scenechange.ratings.designs import training_tasks
from scenechange.ratings.records import Answer, State, Task, Trial
from scenechange.ratings.views import SessionView
from scenechange.ratings.web.examples import example, picture_url
from scenechange.ratings.web.faults import wants_json
from scenechange.ratings.web.forms import answer_of, response_ms_of
from scenechange.ratings.web.platforms import open_hit
from scenechange.ratings.web.quick import QuickRoute, described, form_of, query_of
from scenechange.ratings.web.session import Csrf, Hit, opened, values_of
from scenechange.ratings.web.showings import Showing
from scenechange.ratings.web.site import Site, Way, see_other, site_of

quick = APIRouter(prefix="/s/{token}", route_class=QuickRoute)
router = APIRouter(prefix="/s/{token}")
Choice = Annotated[str, PydanticField(max_length=10)]


class TrialQuery(BaseModel):
    """In the address of a trial's page."""

    hit: str = PydanticField("", max_length=1000)
    same: bool = False


class VoteQuery(BaseModel):
    """In the address that a vote goes to."""

    hit: str = PydanticField("", max_length=1000)


class VoteForm(BaseModel):
    """The form of a trial."""

    csrf: str = PydanticField(max_length=100)
    trial: str = PydanticField(max_length=100)
    key: str = PydanticField(pattern=r"^[A-Za-z0-9_-]{8,64}$")
    score: Choice = ""
    chosen: Choice = ""
    best: Choice = ""
    worst: Choice = ""
    response_ms: Choice = ""


@quick.get("/trial", summary="The next trial", openapi_extra=described(TrialQuery))
async def trial_page(request: Request, token: str) -> Response:
    """Show the trial that waits for an answer; the same one until it is answered."""
    return await run_in_threadpool(_trial_page, request, token, query_of(request, TrialQuery))


def _trial_page(request: Request, token: str, query: TrialQuery) -> Response:
    now = site_of(request).service.standing(token)
    site, way, view, language, elsewhere = opened(
        request, token, query.hit, State.TRAINING, State.TRIALS, view=now.view
    )
    if elsewhere:
        return elsewhere
    values = {**values_of(site, way, view, request), "upcoming": [picture_url(site, item) for item in now.upcoming]}
    trial = now.trial
    if trial is None:
        return site.page("trained.html" if view.state is State.TRAINING else "last.html", language, values)
    return site.page("trial.html", language, {**values, **_trial_values(site, view, trial), "same": query.same})


def _trial_values(site: Site, view: SessionView, trial: Trial) -> dict[str, Any]:
    task, timed = trial.task, trial.task.shown_ms is not None
    return {
        "trial": trial,
        "kind": site.study.design.kind.value,
        "pictures": [picture_url(site, item) for item in (task.reference, *task.items) if item],
        "reference": bool(task.reference),
        "key": secrets.token_urlsafe(16),
        "showing": site.showings.take(trial.trial).value if timed else Showing.NOW.value,
        "timed": timed,
        "training": view.state is State.TRAINING,
        "measured": "response_ms" in view.allowed_fields and view.state is State.TRIALS,
    }


@router.post("/show", summary="Show the pictures of a timed trial")
def show(
    request: Request,
    token: str,
    csrf: Csrf,
    trial: Annotated[str, Form(max_length=100)],
    hit: Hit = "",
    seen: Annotated[bool, Form()] = False,
) -> Response:
    """Let the next page show the pictures, once; the script says `seen` for it has shown them itself."""
    site = site_of(request)
    site.signer.check_csrf(token, csrf)
    waiting = site.service.current_trial(token)
    if waiting is not None and waiting.trial == trial:
        site.showings.ask(trial, seen)
    return see_other(Way(site.root, token, hit).to("trial"))


@quick.post("/vote", summary="Answer a trial", openapi_extra=described(VoteQuery, VoteForm))
async def vote(request: Request, token: str) -> Response:
    """Store one answer. Sent twice, it is stored once, and the second time goes on like the first."""
    hit = query_of(request, VoteQuery).hit
    return await run_in_threadpool(_vote, request, token, hit, await form_of(request, VoteForm))


def _vote(request: Request, token: str, hit: str, form: VoteForm) -> Response:
    site = site_of(request)
    site.signer.check_csrf(token, form.csrf)
    way, asked = Way(site.root, token, hit), site.service.asked(token, form.trial, form.key)
    if asked.task is None:  # a double click, a retry after a lost reply, another tab
        return _onward(request, way.to("trial"), False)
    if form.best != "" and form.best == form.worst:
        return _same_twice() if wants_json(request) else see_other(way.to("trial", same="true"))
    answer = answer_of(site.study.design, asked.task, form.score, form.chosen, form.best, form.worst)
    check_answer(site.study, asked.task, answer)
    measured = response_ms_of(form.response_ms) if "response_ms" in asked.allowed_fields else None
    first = site.service.vote(token, form.trial, answer, measured, form.key, asked).first
    site.showings.forget(form.trial)
    if asked.training and (told := _told(site, asked.task, answer)):
        return _onward(request, way.to("explained", of=told), first)
    return _onward(request, way.to("trial"), first)


OFTEN = {("GET", "trial"): trial_page, ("POST", "vote"): vote}


def _same_twice() -> Response:
    return JSONResponse({"error": "same"}, status_code=422)


def _onward(request: Request, address: str, first: bool) -> Response:
    """To the next page: as an address for the script, as a redirect without it."""
    if wants_json(request):
        return JSONResponse({"next": address, "first": first}, headers={"cache-control": "no-store"})
    return see_other(address)


def _told(site: Site, task: Task, answer: Answer) -> str:
    """A training answer, signed, so that the page which explains it needs no store: places only, no names."""
    units = [t.unit for t in training_tasks(site.study)]
    if task.unit not in units:
        return ""
    places = {item: place for place, item in enumerate(sorted(task.items))}
    given = [
        answer.score,
        *(places.get(item, -1) if item else item for item in (answer.chosen, answer.best, answer.worst)),
    ]
    return site.signer.seal("told", [units.index(task.unit), [places[item] for item in task.items], given])


def _untold(site: Site, sealed: str) -> tuple[Task, Answer]:
    unit, order, (score, *given) = site.signer.unseal("told", sealed)
    tasks = training_tasks(site.study)
    if unit >= len(tasks):
        raise InputError("of: wanted an answer of this study's training, got another; go on with the next picture")
    names = sorted(tasks[unit].items)
    chosen, best, worst = (names[place] if isinstance(place, int) else place for place in given)
    task = Task(tasks[unit].unit, tuple(names[p] for p in order), tasks[unit].reference, tasks[unit].role)
    return task, Answer(score=score, chosen=chosen, best=best, worst=worst)


@router.get("/explained", summary="What we would have answered")
def explained_page(request: Request, token: str, of: Annotated[str, Query(max_length=2000)], hit: Hit = "") -> Response:
    """Explain the known answer of a training trial, whatever the worker said."""
    site, way, view, language, elsewhere = opened(request, token, hit, State.TRAINING)
    if elsewhere:
        return elsewhere
    task, answer = _untold(site, of)
    told = example(site, task, language, answer)
    if told is None:
        return see_other(way.to("trial"))
    values = {"told": told, "answer": answer, "given": task.items.index(answer.chosen) if answer.chosen else None}
    return site.page("explained.html", language, {**values_of(site, way, view, request), **values})


@router.post("/undo", summary="Take the last vote back")
def undo(request: Request, token: str, csrf: Csrf, hit: Hit = "") -> Response:
    """Open the last trial again; where there is none, nothing happens."""
    site = site_of(request)
    site.signer.check_csrf(token, csrf)
    if site.service.view(token).can_undo:
        site.service.undo(token)
    return see_other(Way(site.root, token, hit).to("trial"))


@router.post("/finish", summary="End the session after the last vote")
def finish(request: Request, token: str, csrf: Csrf, hit: Hit = "") -> Response:
    """End the session; before the last vote it leads back to the next trial."""
    site = site_of(request)
    site.signer.check_csrf(token, csrf)
    if site.service.view(token).state is State.TRIALS and site.service.current_trial(token) is None:
        site.service.finish(token)
    return see_other(Way(site.root, token, hit).to(""))


@router.get("/done", summary="Thanks, completion code and receipt code")
def done_page(request: Request, token: str, hit: Hit = "") -> Response:
    """Show the codes; the page can be opened again."""
    site, way, view, language, elsewhere = opened(request, token, hit, State.DONE)
    if elsewhere:
        return elsewhere
    values = {
        "completion": site.service.finish(token),
        "assignment": open_hit(site.signer, hit),
        "platform": site.study.platform.value,
    }
    return site.page("done.html", language, {**values_of(site, way, view, request), **values})
