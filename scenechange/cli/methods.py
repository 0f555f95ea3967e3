"""``scenechange methods``: what can be swapped."""

from __future__ import annotations

import dataclasses
from typing import Any

import typer

from scenechange import registry
from scenechange.cli.console import Json, emit


def methods(as_json: Json = False) -> None:
    """List the stages, their methods (the default first) and the options of each."""
    for stage in registry.STAGES:
        for name in registry.method_names(stage):
            kind = registry.method_type(stage, name)
            options = {f.name: _plain(f) for f in dataclasses.fields(kind)}
            about = (kind.__doc__ or "").strip().splitlines()[0]
            if as_json:
                default = name == registry.DEFAULTS[stage]
                emit({"stage": stage, "method": name, "default": default, "options": options, "about": about})
                continue
            star = "*" if name == registry.DEFAULTS[stage] else " "
            typer.echo(f"{stage:10} {star} {name:18} {about}")
            for option, value in options.items():
                typer.echo(f"{'':32}{stage}.{option}={value}")
    if not as_json:
        typer.echo("* default")


def _plain(field: dataclasses.Field[Any]) -> object:
    value = field.default if field.default is not dataclasses.MISSING else None
    return value if isinstance(value, str | int | float | bool | None) else str(value)
