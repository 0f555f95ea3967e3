"""All commands, gathered."""

from __future__ import annotations

from typing import Annotated

import typer

from scenechange.cli import (
    compose,
    cutout,
    demo,
    explain,
    harmonize,
    measure,
    methods,
    places,
    rate,
    serve,
    ui,
    weights,
)

app = typer.Typer(
    name="scenechange",
    help="Put a person into another place: two photos in, one believable picture out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("compose")(compose.compose)
app.command("places")(places.places)
app.command("cutout")(cutout.cutout)
app.command("calibrate")(measure.calibrate)
app.command("light")(measure.light)
app.command("harmonize")(harmonize.harmonize)
app.command("explain")(explain.explain)
app.command("methods")(methods.methods)
app.command("demo")(demo.demo)
app.command("ui")(ui.ui)
app.command("serve")(serve.serve)
app.add_typer(rate.app, name="rate")
app.add_typer(weights.app, name="weights")


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(version("scenechange"))
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Put a person into another place: two photos in, one believable picture out."""
