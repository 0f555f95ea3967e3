"""The studio as a gradio app: one page of our own inside gradio's, its queue, its sessions, its server."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # gradio reads these when it is imported
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import gradio as gr

from scenechange_ui import page
from scenechange_ui.answers import Message
from scenechange_ui.desk import Desk
from scenechange_ui.limits import Limits

# What arrives for the page is handed on in the browser; the page itself is drawn once and never by gradio again.
MAILBOX = "watch('value', () => window.dispatchEvent(new CustomEvent('studio-mail', { detail: props.value })));"
SWEEP_S = 15.0


@dataclass(frozen=True, slots=True)
class Visitor:
    """What gradio keeps for a page: the token of its visitor, nothing else."""

    token: str = ""


@dataclass(frozen=True, slots=True)
class Studio:
    """A running studio: gradio's app, the desk behind it, and its address."""

    blocks: gr.Blocks
    desk: Desk
    address: str

    def close(self) -> None:
        """End the server and forget everybody."""
        self.blocks.close(verbose=False)
        self.desk.sessions.forget_everybody()


def build(desk: Desk) -> gr.Blocks:
    """The page over a desk. Photos never pass through gradio's components, so none is written to its cache."""

    def welcome(visitor: Visitor, request: gr.Request) -> tuple[Visitor, Message]:
        if visitor.token:
            desk.sessions.forget(visitor.token)
        session, message = desk.welcome(request.session_hash or "")
        return Visitor(session.token), {"welcome": message}

    def work(visitor: Visitor, event: gr.EventData) -> Iterator[Message]:
        message: Any = event._data
        if not visitor.token or message.get("token") != visitor.token:
            message = {"id": message.get("id")}
        yield from desk.work(message)

    def closed(request: gr.Request) -> None:
        desk.sessions.closed(request.session_hash)

    calls = [
        desk.receive,
        desk.stand_in_line,
        desk.mend,
        desk.compose,
        desk.layers,
        desk.plain,
        desk.places,
        desk.explain,
        desk.forget,
    ]
    with gr.Blocks(title="Scenechange", analytics_enabled=False, fill_width=True, delete_cache=(300, 300)) as blocks:
        # No time to live of gradio's own: it counts from the first moment, not from the last sign of life.
        visitor = gr.State(Visitor(), delete_callback=lambda v: desk.sessions.forget(v.token))
        mailbox = gr.HTML(value=None, html_template="", js_on_load=MAILBOX, elem_id="studio-mailbox", padding=False)
        studio = gr.HTML(
            html_template=page.body(),
            css_template="",
            js_on_load=page.script(),
            apply_default_css=False,
            padding=False,
            elem_id="studio-page",
            server_functions=[_plain_function(call) for call in calls],
        )
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "trigger_mode": "multiple"}
        studio.arrive(welcome, [visitor], [visitor, mailbox], queue=False, **quiet)
        studio.work(work, [visitor], [mailbox], concurrency_limit=desk.limits.at_once, **quiet)
        blocks.unload(closed)
    return blocks


def _plain_function(call: Any) -> Any:
    """A function of the same name: gradio marks the functions it serves, and bound methods bear no marks."""

    def served(message: Any) -> Any:
        return call(message)

    served.__name__ = call.__name__
    return served


def theme() -> gr.themes.Base:
    """Plain, with the fonts that the reader's machine has: none is fetched."""
    return gr.themes.Base(
        font=["ui-sans-serif", "system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"], primary_hue="stone"
    )


def launch(
    limits: Limits | None = None,
    host: str = "127.0.0.1",
    port: int | None = None,
    open_browser: bool = False,
    block: bool = True,
) -> Studio:
    """Serve the studio. Nothing of a visitor is on disk once it has arrived.

    Parameters
    ----------
    limits : Limits, optional
        How much it takes on.
    host, port : str, int, optional
        Where it listens. This machine only, and the first free port from 7860 on, unless told otherwise.
    open_browser : bool
        Open the page in the user's browser.
    block : bool
        Wait until the server ends; otherwise the caller closes it.
    """
    desk, blocks = _opened(limits or Limits())
    _, address, _ = blocks.launch(
        server_name=host,
        server_port=port,
        inbrowser=open_browser,
        prevent_thread_lock=True,
        share=False,
        quiet=True,
        **_manners(desk.limits),
    )
    if block:
        blocks.block_thread()
    return Studio(blocks, desk, address)


def mount(app: Any, limits: Limits | None = None, path: str = "/") -> Desk:
    """Put the studio into a FastAPI application, which then begins and ends with it.

    Parameters
    ----------
    app : FastAPI
        What is to be reached below other paths of the same host must be in it already.
    limits : Limits, optional
        How much it takes on.
    path : str
        Where the page is.
    """
    desk, blocks = _opened(limits or Limits())
    gr.mount_gradio_app(app, blocks, path, **_manners(desk.limits))
    return desk


def _opened(limits: Limits) -> tuple[Desk, gr.Blocks]:
    """A desk with its page, and what they need of this process."""
    desk = Desk(limits)
    blocks = build(desk).queue(max_size=limits.waiting + limits.at_once, default_concurrency_limit=limits.at_once)
    _one_thread_a_picture()
    _sweep_for_ever(desk)
    _own_temporary_folder()
    return desk, blocks


def _manners(limits: Limits) -> dict[str, Any]:
    """What of gradio is shut, however the page is served."""
    return {
        "show_error": False,
        "allowed_paths": [],
        "max_file_size": limits.file_mb * 1_000_000,
        "footer_links": [],
        "run_history": False,
        "ssr_mode": False,
        "pwa": False,
        "enable_monitoring": False,
        "mcp_server": False,
        "theme": theme(),
        "css": page.style(),
    }


def _one_thread_a_picture() -> None:
    """Tensors are worked on by the thread that asks: of a small picture, several threads mostly wait for each other.

    On two busy cores a moved picture took half the time; visitors side by side use the other cores.
    """
    import torch

    torch.set_num_threads(1)


def _own_temporary_folder() -> None:
    """A folder of this server's own for what gradio may want to write, removed when it ends."""
    folder = tempfile.mkdtemp(prefix="scenechange-")
    os.environ["GRADIO_TEMP_DIR"] = folder
    atexit.register(shutil.rmtree, folder, ignore_errors=True)


def _sweep_for_ever(desk: Desk) -> None:
    """Forget visitors who left, also while nobody asks for anything."""

    def sweep() -> None:
        while not threading.Event().wait(SWEEP_S):
            desk.sessions.sweep()

    threading.Thread(target=sweep, daemon=True, name="scenechange-sweep").start()
