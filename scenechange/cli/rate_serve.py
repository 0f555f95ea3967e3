"""``scenechange rate serve``: a study on the web."""

from __future__ import annotations

import gc
import os
import secrets
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scenechange.cli.console import Json, emit, say

if TYPE_CHECKING:
    from scenechange.ratings.service import Service

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def serve(
    study: Annotated[Path, typer.Argument(help="The study file.", metavar="STUDY")],
    database: Annotated[
        str,
        typer.Option(
            "--database", "--db", help="File or postgresql://... (default: beside the study file).", metavar="ADDRESS"
        ),
    ] = "",
    host: Annotated[str, typer.Option("--host", help="Address to listen at; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port to listen at; 0 for any that is free.", min=0)] = 8000,
    base_url: Annotated[
        str,
        typer.Option("--base-url", help="How workers reach the service, if by another name.", metavar="URL"),
    ] = "",
    open_invitations: Annotated[
        int, typer.Option("--open-invitations", help="Print so many links, each for one person.", min=0)
    ] = 0,
    days: Annotated[float, typer.Option("--days", help="How long the printed links hold.", min=0.01, max=400)] = 30.0,
    team: Annotated[
        str, typer.Option("--team", help="The links are for raters of this team, who never see its own pictures.")
    ] = "",
    stop_when: Annotated[str, typer.Option("--stop-when", help="Close early: 'top 3 separated'.", metavar="RULE")] = "",
    reopen: Annotated[
        bool, typer.Option("--reopen", help="Take new workers again after the study was closed.")
    ] = False,
    processes: Annotated[int, typer.Option("--processes", help="More than 1 needs PostgreSQL.", min=1)] = 1,
    as_json: Json = False,
) -> None:
    """Put a study on the web until Ctrl-C; prints the link for workers and the organiser's own."""
    from scenechange.errors import InputError
    from scenechange.ratings.opening import DATABASE_VARIABLE, open_service

    with _ending_well(), open_service(study, database) as service:
        teams = sorted({item.team for item in service.study.items if item.team})
        if team and team not in teams:
            raise InputError(f"--team: wanted one of {', '.join(teams) or 'none (no item has a team)'}, got {team!r}")
        if processes > 1 and not (database or os.environ.get(DATABASE_VARIABLE, "")).startswith("postgresql"):
            raise InputError("--processes: SQLite has one writer; use one process, or --database postgresql://...")
        if reopen:
            service.set_closed(False)
        elif service.is_closed():
            say("the study is closed to new workers: --reopen takes them again; raise votes_per_item first if need be")
        listener = listen(host, port, shared=processes > 1)
        port = listener.getsockname()[1]
        address = base_url or f"http://{f'[{host}]' if ':' in host else host}:{port}"
        organiser_token = secrets.token_urlsafe(24)
        links = {
            "organiser": f"{address.rstrip('/')}/organiser?token={organiser_token}",
            "join": join_links(service, address, open_invitations, team, days),
        }
        _tell(links, host, address, as_json)
        helpers = [_spawn(study, database, organiser_token, address, host, port) for _ in range(processes - 1)]
        try:
            _run(service, organiser_token, address, listener, stop_when or service.study.stop_when)
        finally:
            for helper in helpers:
                helper.terminate()
                helper.join(15)


def join_links(service: Service, address: str, personal: int, team: str, days: float) -> list[str]:
    """Links for workers: one that everybody may use, or so many that are for one person each."""
    from scenechange.ratings.web.platforms import join_url
    from scenechange.ratings.web.security import Invitation, signer_of

    signer, platform = signer_of(service), service.study.platform
    if not personal:
        return [join_url(address, platform, signer.invitation(Invitation(team=team), days))]
    return [f"{address.rstrip('/')}/join?i={signer.personal(team, days)}" for _ in range(personal)]


def listen(host: str, port: int, shared: bool = False) -> socket.socket:
    """A socket for the pages; InputError where the port is taken or the address is not ours.

    With `shared`, each process opens one of its own at the same port, and the system spreads visitors evenly
    (SO_REUSEPORT, Linux 3.9): at one common socket the first process to wake takes most of them and is overrun.
    """
    from scenechange.errors import InputError

    try:
        if shared:  # whoever else listens there is noticed now: a shared port would let us in beside them
            with open_listener(host, port, shared=False) as alone:
                port = alone.getsockname()[1]
        return open_listener(host, port, shared)
    except ValueError as error:
        raise InputError("--processes: this system cannot share a port between processes; use one process") from error
    except OSError as error:
        raise InputError(
            f"--port {port}: cannot listen at {host} ({error.strerror}); choose another port, or end what runs there"
        ) from error


def open_listener(host: str, port: int, shared: bool) -> socket.socket:
    """A listening socket; OSError or, where the system cannot share a port, ValueError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=2048, reuse_port=shared)
    # Connections inherit it; asyncio sets it only on sockets that it made itself. Without, a page on a kept connection
    # comes 40 to 90 ms late (Nagle's algorithm against delayed acknowledgement).
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _tell(links: dict[str, Any], host: str, address: str, as_json: bool) -> None:
    if as_json:
        emit(links)
    for link in links["join"]:
        say(f"for workers    {link}")
    say(f"for you alone  {links['organiser']}")
    if host not in LOOPBACK and not address.startswith("https:"):
        say("warning: without HTTPS others on the network can read along; put a proxy with a certificate in front")


def _run(service: Service, organiser_token: str, address: str, listener: socket.socket, stop_when: str) -> None:
    """Serve a study until a signal."""
    from scenechange.ratings.web.app import create_app
    from scenechange.ratings.web.upkeep import Upkeep

    app = create_app(service, organiser_token=organiser_token, base_url=address)
    with Upkeep(service, stop_when, say):
        answer(app, listener)


def answer(app: Any, listener: socket.socket) -> None:
    """Answer an ASGI application's requests until a signal. No access log: addresses of pages are the workers' keys."""
    import uvicorn

    # What lives as long as the process need not be looked through for garbage again and again while votes wait.
    gc.collect()
    gc.freeze()
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, proxy_headers=False, timeout_keep_alive=75
    )
    uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def _ending_well() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does: uvicorn raises it once more when the last page is out, which would
    else end the process with the database's log not yet written back into its file.
    """

    def end(number: int, frame: object) -> None:
        raise SystemExit(0)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _spawn(study: Path, database: str, organiser_token: str, address: str, host: str, port: int) -> Any:
    import multiprocessing

    process = multiprocessing.get_context("spawn").Process(
        target=_help, args=(study, database, organiser_token, address, host, port), daemon=True
    )
    process.start()
    return process


def _help(study: Path, database: str, organiser_token: str, address: str, host: str, port: int) -> None:
    """Another process of the same study at the same port."""
    from scenechange.ratings.opening import open_service

    with _ending_well(), open_service(study, database) as service:
        listener = open_listener(host, port, shared=True)
        _run(service, organiser_token, address, listener, "")
