"""Files: the study's pictures under opaque names, and the pages' own style sheets and scripts."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from scenechange.ratings.web.site import site_of

if TYPE_CHECKING:
    from scenechange.ratings.service import Service

router = APIRouter()
FOR_EVER = "public, max-age=31536000, immutable"
TIMES_MS = range(50, 60_001)


class PictureFiles:
    """The study's pictures under ``/p/``, as plain ASGI: with each vote a picture is fetched.

    The name belongs to one file for ever, so a browser may keep it.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"allow": "GET, HEAD"})
        name = scope["path"].rsplit("/", 1)[-1]
        etag = f'"{name}"'
        if Headers(scope=scope).get("if-none-match") == etag:
            await Response(status_code=304, headers={"etag": etag})(scope, receive, send)
            return
        found = self._service.picture_at_hand(name)
        if found is None:
            found = await run_in_threadpool(self._service.picture, name)
        content, media_type = found
        headers = {"cache-control": "private, max-age=86400, immutable", "etag": etag, "content-disposition": "inline"}
        await Response(content, media_type=media_type, headers=headers)(scope, receive, send)


@router.get("/static/{name}", summary="A style sheet, script or icon of the pages")
def static(request: Request, name: str) -> Response:
    """One of the files known since the start; nothing is looked up on the disk."""
    file = site_of(request).pages.static.get(name)
    if file is None:
        raise HTTPException(404)
    kept = FOR_EVER if request.query_params.get("v") == file.version else "no-cache"
    return Response(
        file.content, media_type=file.media_type, headers={"cache-control": kept, "etag": f'"{file.version}"'}
    )


@router.get("/timed/{shown_ms}.css", summary="A style sheet that hides pictures after a time")
def timed(shown_ms: int) -> Response:
    """For browsers without script: the pictures of a timed trial vanish by an animation of the style sheet."""
    if shown_ms not in TIMES_MS:
        raise HTTPException(404)
    return Response(timed_css(shown_ms), media_type="text/css", headers={"cache-control": FOR_EVER})


@lru_cache(maxsize=16)
def timed_css(shown_ms: int) -> str:
    """Rules that hide pictures and let the answers be used after `shown_ms` milliseconds."""
    return (
        "@keyframes vanish { from, to { visibility: hidden; } }\n"
        f"html:not(.js) .vanishing img {{ animation: vanish 1ms linear {shown_ms}ms forwards; }}\n"
    )


@router.get("/healthz", summary="Whether the service answers and its database can be read")
def healthz(request: Request) -> Response:
    """``ok``, or an error page with status 503."""
    site_of(request).service.ready()
    return PlainTextResponse("ok", headers={"cache-control": "no-store"})


@router.get("/robots.txt", include_in_schema=False)
def robots() -> Response:
    """Nothing here is for search engines."""
    return PlainTextResponse("User-agent: *\nDisallow: /\n")
