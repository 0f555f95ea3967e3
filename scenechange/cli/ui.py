"""``scenechange ui``: the studio in a browser, served from this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from scenechange.cli.console import Offline, ensure_weights, say
from scenechange.errors import MissingExtraError, WeightsError

EXAMPLES = ("demo-astronaut", "demo-china", "demo-rocket", "demo-eiffel")


def ui(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option("--port", help="Port; by default the first free one from 7860 on.")
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")] = True,
    visitors: Annotated[int, typer.Option("--visitors", help="Visitors whose photos are held at a time.")] = 8,
    at_once: Annotated[int, typer.Option("--at-once", help="Slow steps that run side by side.")] = 2,
    file_mb: Annotated[int, typer.Option("--file-mb", help="Largest upload in megabytes.")] = 40,
    megapixels: Annotated[int, typer.Option("--megapixels", help="Largest photo that is opened.")] = 100,
    offline: Offline = False,
) -> None:
    """Open the studio: put yourself into another place in the browser."""
    try:
        from scenechange_ui import Limits
        from scenechange_ui.studio import launch
    except ImportError as error:
        raise MissingExtraError(
            f"the studio needs gradio ({error.name} is missing): run pip install 'scenechange[ui]'"
        ) from error
    from scenechange import weights
    from scenechange.types import Recipe

    limits = Limits(visitors=visitors, at_once=at_once, file_mb=file_mb, megapixels=megapixels)
    ensure_weights(Recipe())
    for name in EXAMPLES:
        try:
            weights.path_of(name)
        except WeightsError as error:
            say(f"example left out: {error}")
    studio = launch(limits, host, port, browser, block=False)
    typer.echo(studio.address)
    say("The studio is open. Photos are held in memory and forgotten when their page is closed. Ctrl+C ends it.")
    studio.blocks.block_thread()
