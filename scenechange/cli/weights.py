"""`scenechange weights list|fetch|verify`: see, bring and check the networks."""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated

import typer

from scenechange import weights
from scenechange.cli.console import Offline
from scenechange.errors import InputError, WeightsError

app = typer.Typer(help="See, fetch and check the networks (and the demo's photos).", no_args_is_help=True)

_PAGE_WIDTH = 160  # columns of a table that goes into a file or a pipe
Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Names as `weights list` shows them.")]


@app.command("list")
def list_weights(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, with all that is known.")] = False,
) -> None:
    """Every file of the manifest: whether it is here, its size, its licence, what it is for."""
    if as_json:
        for name in weights.names():
            print(json.dumps({"present": weights.is_present(name), **dataclasses.asdict(weights.entry(name))}))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("name", "here", "default", "MB", "licence", "commercial", "use", box=None, pad_edge=False)
    table.columns[3].justify = "right"
    for name in weights.names():
        entry = weights.entry(name)
        here, default, commercial = weights.is_present(name), entry.default, entry.commercial
        marks = ("yes" if mark else "no" for mark in (here, default))
        size, allowed = f"{entry.bytes / 1e6:.1f}", "yes" if commercial else "no"
        table.add_row(name, *marks, size, entry.licence, allowed, entry.use)
    console = Console()
    (console if console.is_terminal else Console(width=_PAGE_WIDTH)).print(table)


@app.command("fetch")
def fetch_weights(
    names: Names = None,
    everything: Annotated[bool, typer.Option("--all", help="All files, Segment Anything included (5 GB).")] = False,
    offline: Offline = False,
) -> None:
    """Bring and verify files, by default the set that the default methods need; prints name and path of each."""
    if names and everything:
        raise InputError("weights fetch: name files or say --all, not both")
    wanted = weights.names() if everything else tuple(names or weights.default_names())
    from scenechange.weights.progress import bars

    with bars() as on_progress:
        paths = weights.fetch(wanted, on_progress, offline=offline or None)
    for name, path in zip(dict.fromkeys(wanted), paths, strict=True):
        print(f"{name}\t{path}")


@app.command("verify")
def verify_weights(
    names: Names = None,
    offline: Offline = False,
) -> None:
    """Read files again and compare their sha256; by default the default set and all else that is here."""
    verdicts = weights.verify(names)
    for verdict in verdicts:
        print(f"{verdict.name}\t{verdict.state}\t{verdict.path or ''}".rstrip())
    faulty = [verdict.name for verdict in verdicts if verdict.state != "intact"]
    if faulty:
        raise WeightsError(f"damaged or missing: run `scenechange weights fetch {' '.join(faulty)}`")
