"""``scenechange harmonize``: only the colours, for pictures that were composed elsewhere."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from scenechange.cli.console import FieldOptions, Json, MethodOptions, Offline, emit, ensure_weights
from scenechange.errors import InputError

COLUMNS = {"name", "composite", "mask"}


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
    from scenechange.math.colour import luminance, srgb_from_linear
    from scenechange.registry import make

    photo, mask = io.load_photo(task.composite), io.load_photo(task.mask)
    if photo.size_hw != mask.size_hw:
        raise InputError(f"{task.mask}: wanted a mask of size {photo.size_hw}, got {mask.size_hw}")
    inside = srgb_from_linear(luminance(mask.rgb))[0]  # a mask's numbers are opacity, not light
    layers = layers_of_composite(photo, inside)
    light = stages["light"](photo, stages["calibrate"](photo))
    io.save(make("compose")(stages["harmonize"](layers, light)), task.output)


def _tasks(manifest: Path, output: Path) -> list[_Task]:
    try:
        with manifest.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{manifest}: wanted a readable CSV file, got: {error}") from None
    missing = COLUMNS - set(rows[0] if rows else ())
    if missing:
        raise InputError(
            f"{manifest}: wanted rows with columns name, composite, mask; missing: {', '.join(sorted(missing))}"
        )
    output.mkdir(parents=True, exist_ok=True)
    tasks = []
    for row in rows:
        if not row["name"] or Path(row["name"]).name != row["name"]:
            raise InputError(f"{manifest}: wanted a plain file name in column name, got {row['name']!r}")
        base = manifest.parent
        tasks.append(_Task(base / row["composite"], base / row["mask"], output / f"{row['name']}.png"))
    return tasks
