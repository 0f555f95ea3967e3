"""``scenechange ui``: the studio in a browser, served from this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from scenechange.cli.console import Offline, ensure_weights, say
from scenechange.errors import MissingExtraError, WeightsError

EXAMPLES = ("demo-astronaut", "demo-china", "demo-rocket", "demo-eiffel")


Visitors = Annotated[int, typer.Option("--visitors", help="Visitors whose photos are held at a time.")]
AtOnce = Annotated[int, typer.Option("--at-once", help="Slow steps that run side by side.")]
FileMb = Annotated[int, typer.Option("--file-mb", help="Largest upload in megabytes.")]
Megapixels = Annotated[int, typer.Option("--megapixels", help="Largest photo that is opened.")]


def ui(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option("--port", help="Port; by default the first free one from 7860 on.")
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")] = True,
    visitors: Visitors = 8,
    at_once: AtOnce = 2,
    file_mb: FileMb = 40,
    megapixels: Megapixels = 100,
    offline: Offline = False,
) -> None:
    """Open the studio: put yourself into another place in the browser."""
    with studio_extra():
        from scenechange_ui import Limits
        from scenechange_ui.studio import launch

    limits = Limits(visitors=visitors, at_once=at_once, file_mb=file_mb, megapixels=megapixels)
    have_files()
    studio = launch(limits, host, port, browser, block=False)
    typer.echo(studio.address)
    say("The studio is open. Photos are held in memory and forgotten when their page is closed. Ctrl+C ends it.")
    studio.blocks.block_thread()


@contextmanager
def studio_extra() -> Iterator[None]:
    """Say which extra is missing where the studio cannot be imported."""
    try:
        yield
    except ImportError as error:
        raise MissingExtraError(
            f"the studio needs gradio ({error.name} is missing): run pip install 'scenechange[ui]'"
        ) from error


def have_files() -> None:
    """Networks and example photos of the studio: an example that cannot be had is left out."""
    from scenechange import weights
    from scenechange.types import Recipe

    ensure_weights(Recipe())
    for name in EXAMPLES:
        try:
            weights.path_of(name)
        except WeightsError as error:
            say(f"example left out: {error}")
