"""What is asked for with every vote - the vote, the next trial, its picture - goes past FastAPI's general machinery.

FastAPI describes these routes and would answer them too, but finding the route, its stacks of contexts and its way of
solving parameters cost more than half of a vote's time (`benchmarks/ratings_load.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from scenechange.ratings.web.faults import PAGED, error_page

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 50
M = TypeVar("M", bound=BaseModel)
Endpoint = Callable[[Request, str], Coroutine[Any, Any, Response]]


class Shortcut:
    """Plain ASGI in front of the routes: answers the few that are asked for most, passes all else on.

    Parameters
    ----------
    app : ASGIApp
        All routes.
    pictures : ASGIApp
        Answers what is below ``/p/``.
    endpoints : mapping of (method, page) to endpoint
        Answer ``/s/{token}/{page}``.
    """

    def __init__(self, app: ASGIApp, pictures: ASGIApp, endpoints: Mapping[tuple[str, str], Endpoint]) -> None:
        self.app, self._pictures, self._endpoints = app, pictures, endpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        known = scope["type"] == "http" and not scope.get("root_path")
        parts: list[str] = scope["path"].split("/") if known else []
        if len(parts) == 3 and parts[1] == "p" and scope["method"] == "GET":
            answer: ASGIApp = self._pictures
        elif len(parts) == 4 and parts[1] == "s" and (scope["method"], parts[3]) in self._endpoints:
            answer = self._page(self._endpoints[scope["method"], parts[3]], parts[2])
        else:
            await self.app(scope, receive, send)
            return
        try:
            await answer(scope, receive, send)
        except PAGED as error:
            await error_page(Request(scope), error)(scope, receive, send)

    @staticmethod
    def _page(endpoint: Endpoint, token: str) -> ASGIApp:
        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            response = await endpoint(Request(scope, receive), token)
            await response(scope, receive, send)

        return answer


class QuickRoute(APIRoute):
    """A route whose endpoint gets the request and the session's token, and reads the rest of the request by itself."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers a request that `Shortcut` passed on."""
        endpoint: Endpoint = self.endpoint

        async def handle(request: Request) -> Response:
            return await endpoint(request, request.path_params["token"])

        return handle


def described(query: type[BaseModel], form: type[BaseModel] | None = None) -> dict[str, Any]:
    """The part of the OpenAPI description that FastAPI cannot see."""
    properties = query.model_json_schema()["properties"]
    extra: dict[str, Any] = {
        "parameters": [
            {"name": name, "in": "query", "required": False, "schema": schema} for name, schema in properties.items()
        ]
    }
    if form is not None:
        extra["requestBody"] = {"required": True, "content": {FORM: {"schema": form.model_json_schema()}}}
    return extra


def query_of(request: Request, kind: type[M]) -> M:
    """The values in the address.

    Raises
    ------
    RequestValidationError
        One of them does not fit.
    """
    return _checked(kind, dict(request.query_params))


async def form_of(request: Request, kind: type[M]) -> M:
    """The fields of a form; errors as in `query_of`."""
    if not request.headers.get("content-type", "").startswith(FORM):
        return _checked(kind, {name: value for name, value in (await request.form()).items() if isinstance(value, str)})
    try:
        fields = parse_qsl((await request.body()).decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:  # not UTF-8, or more fields than any page of ours has
        raise RequestValidationError([]) from error
    return _checked(kind, dict(fields))


def _checked(kind: type[M], values: dict[str, Any]) -> M:
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False)) from error
