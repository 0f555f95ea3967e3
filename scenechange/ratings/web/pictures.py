"""Files: the study's pictures under opaque names, and the pages' own style sheets and scripts."""

from __future__ import annotations

from functools import lru_cache

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from scenechange.ratings.web.site import site_of

router = APIRouter()
FOR_EVER = "public, max-age=31536000, immutable"
TIMES_MS = range(50, 60_001)


@router.get("/p/{picture}", summary="A picture of the study")
def picture(request: Request, picture: str) -> Response:
    """Its bytes without metadata. The name belongs to one file for ever, so a browser may keep it."""
    site = site_of(request)
    etag = f'"{picture}"'
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers={"etag": etag})
    content, media_type = site.service.picture(picture)
    headers = {"cache-control": "private, max-age=86400, immutable", "etag": etag, "content-disposition": "inline"}
    return Response(content, media_type=media_type, headers=headers)


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
