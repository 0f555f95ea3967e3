"""What all commands share: stderr messages, progress, timing, common options."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scenechange.errors import InputError, ScenechangeError

if TYPE_CHECKING:
    from scenechange.types import Recipe

Json = Annotated[bool, typer.Option("--json", help="Machine-readable output on stdout.")]
Offline = Annotated[
    bool,
    typer.Option(
        "--offline", help="Never use the network: missing weights are an error.", callback=lambda on: go_offline(on)
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite/--no-overwrite", help="Replace files that exist.")]
MethodOptions = Annotated[
    list[str] | None,
    typer.Option("--method", help="Method of a stage, as stage=name. Repeatable.", metavar="STAGE=NAME"),
]
FieldOptions = Annotated[
    list[str] | None,
    typer.Option("--option", help="Option of a method, as stage.field=value. Repeatable.", metavar="STAGE.FIELD=VALUE"),
]


def go_offline(on: bool) -> bool:
    """Forbid the network for the rest of this process."""
    if on:
        os.environ["SCENECHANGE_OFFLINE"] = "1"
    return on


def say(message: str) -> None:
    """One message on stderr."""
    print(message, file=sys.stderr)


def emit(result: dict[str, Any]) -> None:
    """One JSON object, one line, on stdout."""
    print(json.dumps(result), flush=True)


def ensure_weights(recipe: Recipe, *stages: str) -> None:
    """Have the networks of a recipe's methods at hand before work starts, so that two progress bars never mix."""
    from scenechange import registry, weights

    for stage in stages or registry.STAGES:
        for name in registry.networks_of(stage, recipe.methods.get(stage)):
            weights.path_of(name)


class Stopwatch:
    """Seconds per stage, from the names of the stages as they start."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._stage: str | None = None
        self._since = time.perf_counter()

    def __call__(self, stage: str | None) -> None:
        now = time.perf_counter()
        if self._stage is not None:
            self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + now - self._since
        self._stage, self._since = stage, now


@contextmanager
def stages(total: int) -> Iterator[tuple[Callable[[str], None], Stopwatch]]:
    """A progress bar of named stages on stderr (drawn on a terminal only) and a stopwatch that follows them."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    watch = Stopwatch()
    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<20}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=total)

        def started(stage: str) -> None:
            first = not watch.seconds and watch._stage is None
            watch(stage)
            progress.update(bar, description=stage, advance=0 if first else 1)

        yield started, watch
        watch(None)


def each(photos: list[Path], work: Callable[[Path], None]) -> None:
    """Do the work for every photo; a photo that fails is told on stderr, the others go on, the exit code is 2."""
    failed = 0
    for photo in photos:
        try:
            work(photo)
        except ScenechangeError as error:
            failed += 1
            say(f"error: {photo}: {error}" if str(photo) not in str(error) else f"error: {error}")
    if failed:
        if len(photos) > 1:
            say(f"{failed} of {len(photos)} photos failed")
        raise typer.Exit(2)


def outputs_for(inputs: list[Path], output: Path, suffix: str) -> list[Path]:
    """One output for each input: `output` itself for a single one with a file name, else files in the folder."""
    if len(inputs) == 1 and output.suffix and not output.is_dir():
        return [output]
    if output.exists() and not output.is_dir():
        raise InputError(f"--output: wanted a folder for {len(inputs)} photos, got the file {output}")
    outputs = [output / f"{photo.stem}{suffix}" for photo in inputs]
    twice = {o for o in outputs if outputs.count(o) > 1}
    if twice:
        raise InputError(f"--output: two photos would both be written to {sorted(twice)[0]}; rename one")
    output.mkdir(parents=True, exist_ok=True)
    return outputs
