"""``scenechange harmonize``: only the colours, for pictures that were composed elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from scenechange.cli.console import FieldOptions, Json, MethodOptions, Offline, emit, ensure_weights
from scenechange.cli.manifest import composite_and_mask, rows_of
from scenechange.errors import InputError


@dataclass(frozen=True, slots=True)
class _Task:
    composite: Path
    mask: Path
    output: Path


def harmonize(
    output: Annotated[Path, typer.Option("--output", "-o", help="Picture to write, or a folder with --manifest.")],
    composite: Annotated[Path | None, typer.Argument(help="Picture with a person set in.")] = None,
    mask: Annotated[Path | None, typer.Argument(help="Grey picture, white where the person is.")] = None,
    manifest: Annotated[
        Path | None, typer.Option("--manifest", help="CSV with columns name, composite, mask; paths relative to it.")
    ] = None,
    method: MethodOptions = None,
    option: FieldOptions = None,
    as_json: Json = False,
    offline: Offline = False,
) -> None:
    """Match the colours and tones of a person that was set into a picture; nothing outside the mask changes."""
    from scenechange import io, registry
    from scenechange.cli.arguments import recipe_of

    if manifest is not None and composite is None and mask is None:
        tasks = _tasks(manifest, output)
    elif manifest is None and composite is not None and mask is not None:
        tasks = [_Task(composite, mask, output)]
    else:
        raise InputError("harmonize: wanted COMPOSITE MASK -o OUT, or --manifest CSV -o DIR")
    recipe = recipe_of(None, method, option)
    stages = {name: registry.make(name, recipe.methods.get(name)) for name in ("calibrate", "light", "harmonize")}
    for task in tasks:
        io.check_writable(task.output)
    ensure_weights(recipe, *stages)
    for task in tasks:
        _one(task, stages)
        if as_json:
            emit({"composite": str(task.composite), "output": str(task.output)})
        else:
            typer.echo(str(task.output))


def _one(task: _Task, stages: dict[str, Any]) -> None:
    from scenechange import io
    from scenechange.harmonize.composite import layers_of_composite
    from scenechange.registry import make

    photo, mask = composite_and_mask(task.composite, task.mask)
    layers = layers_of_composite(photo, mask.inside)
    light = stages["light"](photo, stages["calibrate"](photo))
    io.save(make("compose")(stages["harmonize"](layers, light)), task.output)


def _tasks(manifest: Path, output: Path) -> list[_Task]:
    rows = rows_of(manifest)
    output.mkdir(parents=True, exist_ok=True)
    return [_Task(row.composite, row.mask, output / f"{row.name}.png") for row in rows]
