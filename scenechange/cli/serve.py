"""``scenechange serve``: the studio and a study on one host, under one FastAPI application; either may be left out."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from scenechange.cli.console import Json, Offline, emit, say
from scenechange.cli.rate_serve import LOOPBACK, answer, join_links, listen
from scenechange.cli.ui import AtOnce, FileMb, Megapixels, Visitors, have_files, studio_extra
from scenechange.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from scenechange.ratings.service import Service

RATINGS = "/ratings"
Scope = MutableMapping[str, Any]


def serve(
    study: Annotated[
        Path | None, typer.Argument(help="Study file; without one there is only the studio.", metavar="[STUDY]")
    ] = None,
    studio: Annotated[bool, typer.Option("--studio/--no-studio", help="Serve the studio.")] = True,
    host: Annotated[str, typer.Option("--host", help="Address to listen at; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port to listen at; 0 for any that is free.", min=0)] = 8000,
    base_url: Annotated[
        str, typer.Option("--base-url", help="How visitors reach this server, if by another name.", metavar="URL")
    ] = "",
    database: Annotated[
        str,
        typer.Option(
            "--database",
            "--db",
            help="Of the study: file or postgresql://... (default: beside the study).",
            metavar="ADDRESS",
        ),
    ] = "",
    visitors: Visitors = 8,
    at_once: AtOnce = 2,
    file_mb: FileMb = 40,
    megapixels: Megapixels = 100,
    as_json: Json = False,
    offline: Offline = False,
) -> None:
    """Serve the studio at / and a study at /ratings, until Ctrl-C."""
    if study is None and not studio:
        raise InputError("serve: wanted the studio, a STUDY, or both; got neither")
    if urlsplit(base_url).path.strip("/"):
        raise InputError(f"--base-url: wanted an address without a path, such as https://example.org, got {base_url!r}")
    limits = None
    with ExitStack() as stack:
        if studio:
            with studio_extra():
                import scenechange_ui.studio  # noqa: F401
                from scenechange_ui import Limits
            limits = Limits(visitors=visitors, at_once=at_once, file_mb=file_mb, megapixels=megapixels)
        service = stack.enter_context(_service(study, database)) if study is not None else None
        listener = listen(host, port)
        own = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
        address = (base_url or own).rstrip("/")
        token = secrets.token_urlsafe(24)
        app = build(service, token, address, limits)
        if studio:
            have_files()
        _tell(service, token, address, studio, host, as_json)
        _run(app, service, listener)


@contextmanager
def _service(study: Path, database: str) -> Iterator[Service]:
    """The service of a study; says which extra is missing where it cannot be opened."""
    try:
        import scenechange.ratings.store.engine
        import scenechange.ratings.web.app  # noqa: F401
        from scenechange.ratings.opening import open_service
    except ImportError as error:
        raise MissingExtraError(
            f"a study on the web needs the extra rate ({error.name} is missing): run pip install 'scenechange[rate]'"
        ) from error
    with open_service(study, database) as service:
        yield service


def build(service: Service | None, organiser_token: str, address: str, limits: Any | None) -> Any:
    """The FastAPI application of what is wanted: a study's pages below `RATINGS`, the studio at the top.

    Each keeps its own headers, limits and secrets; nothing passes from one to the other.
    """
    from fastapi import FastAPI

    ratings = None
    if service is not None:
        from scenechange.ratings.web.app import create_app

        ratings = create_app(service, organiser_token=organiser_token, base_url=address + RATINGS)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if ratings is None:
            yield
            return
        async with ratings.router.lifespan_context(ratings):  # a mounted application is not told of its own accord
            yield

    app = FastAPI(title="Scenechange", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    if ratings is not None:
        app.mount(RATINGS, AtTheTop(ratings, RATINGS))
    if limits is not None:
        from scenechange_ui.studio import mount

        mount(app, limits)
    return app


class AtTheTop:
    """An application below a path, told that it is at the top: it meters requests by their path.

    Parameters
    ----------
    app : ASGI application
        Its own links bear the path already.
    prefix : str
        The path that is taken off.
    """

    def __init__(self, app: Any, prefix: str) -> None:
        self.app, self.prefix = app, prefix

    async def __call__(
        self, scope: Scope, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        """Serve one request."""
        raw = scope.get("raw_path") or scope["path"].encode()
        path = scope["path"].removeprefix(self.prefix) or "/"
        inner = {**scope, "path": path, "raw_path": raw.removeprefix(self.prefix.encode()) or b"/", "root_path": ""}
        await self.app(inner, receive, send)


def _tell(service: Service | None, token: str, address: str, studio: bool, host: str, as_json: bool) -> None:
    told: dict[str, Any] = {"studio": f"{address}/"} if studio else {}
    if service is not None:
        told["join"] = join_links(service, address + RATINGS, 0, "", 30.0)
        told["organiser"] = f"{address}{RATINGS}/organiser?token={token}"
    if as_json:
        emit(told)
    elif studio:
        typer.echo(told["studio"])
    for link in told.get("join", ()):
        say(f"for workers    {link}")
    if service is not None:
        say(f"for you alone  {told['organiser']}")
    if host not in LOOPBACK and not address.startswith("https:"):
        say("warning: without HTTPS others on the network can read along; put a proxy with a certificate in front")


def _run(app: Any, service: Service | None, listener: Any) -> None:
    with ExitStack() as stack:
        if service is not None:
            from scenechange.ratings.web.upkeep import Upkeep

            stack.enter_context(Upkeep(service, service.study.stop_when, say))
        answer(app, listener)
