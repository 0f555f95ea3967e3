"""``scenechange places``: where in a photo a person could stand, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scenechange.cli.console import FieldOptions, Json, MethodOptions, Offline, emit, ensure_weights
from scenechange.cli.cutout import BoxOption, Click, Person

if TYPE_CHECKING:
    from scenechange.place.suggest import Suggestion


def places(
    subject: Annotated[Path, typer.Argument(help="Photo with the person.")],
    scene: Annotated[Path, typer.Argument(help="Photo of the place.")],
    count: Annotated[int, typer.Option("--count", help="How many places, at most.", min=1)] = 3,
    person: Person = None,
    click: Click = None,
    box: BoxOption = None,
    height_m: Annotated[float | None, typer.Option("--height-m", help="Real height of the person in metres.")] = None,
    method: MethodOptions = None,
    option: FieldOptions = None,
    as_json: Json = False,
    offline: Offline = False,
) -> None:
    """Name the best places for the person of SUBJECT in SCENE, unlike each other, with reasons."""
    from scenechange import io
    from scenechange.cli.arguments import prompt_of, recipe_of
    from scenechange.pipeline import prepare_scene, prepare_subject, suggest_places
    from scenechange.types import Placement

    recipe = recipe_of(None, method, option)
    ensure_weights(recipe)
    who = prepare_subject(io.load_photo(subject), prompt_of(person, click, box), recipe)
    where = prepare_scene(io.load_photo(scene), recipe)
    for found in suggest_places(where, who, count, Placement(height_m=height_m), recipe):
        _show(found, as_json)


def _show(found: Suggestion, as_json: bool) -> None:
    x, y = found.placement.at_xy or (0.0, 0.0)
    if as_json:
        emit({"at_xy": [x, y], "score": found.score, "stands": found.stands, "reasons": list(found.reasons)})
    else:
        typer.echo(f"--at {x:.0f},{y:.0f}: {'; '.join(found.reasons)}")
