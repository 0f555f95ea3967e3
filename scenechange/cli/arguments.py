"""Words of the command line turned into values: points, boxes, methods, options."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenechange import registry
from scenechange.errors import InputError
from scenechange.recipe import recipe_from_json, strokes_from_json
from scenechange.types import Method, Placement, Prompt, Recipe

if TYPE_CHECKING:
    from scenechange.pipeline import Progress
    from scenechange.together import Guest
    from scenechange.types import Photo, Scene


def numbers(text: str, count: int, option: str, form: str) -> tuple[float, ...]:
    """`count` finite numbers separated by commas."""
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        values = ()
    if len(values) != count or not all(math.isfinite(v) for v in values):
        raise InputError(f"{option}: wanted {form}, got {text!r}")
    return values


def prompt_of(
    person: int | None, click: list[str] | None, box: str | None, scribbles: Path | None = None
) -> Prompt | None:
    """The prompt, or None where nothing was asked. A click ending in ``,0`` marks what does not belong."""
    if person is None and not click and box is None and scribbles is None:
        return None
    points, labels = [], []
    for text in click or ():
        exclude = text.count(",") == 2
        values = numbers(text, 3 if exclude else 2, "--click", "X,Y or X,Y,0 in pixels")
        points.append((values[0], values[1]))
        labels.append(int(values[2]) if exclude else 1)
    corners = numbers(box, 4, "--box", "X0,Y0,X1,Y1 in pixels") if box is not None else None
    strokes = strokes_from_json(_text(scribbles, "strokes")) if scribbles is not None else ()
    return Prompt(tuple(points), tuple(labels), corners, person, strokes=strokes)  # type: ignore[arg-type]


def placement_of(base: Placement, **changes: Any) -> Placement:
    """`base` with everything that was given on the command line."""
    given = {name: value for name, value in changes.items() if value is not None}
    if "at_xy" in given:
        given["at_xy"] = numbers(given["at_xy"], 2, "--at", "X,Y in pixels of the scene")
    return replace(base, **given)


def guests_of(photos: list[Path] | None, people: list[int] | None, places: list[str] | None) -> list[Guest]:
    """Those who come along: the n-th person and the n-th place belong to the n-th photo."""
    from scenechange import io
    from scenechange.together import Guest

    photos, people, places = photos or [], people or [], places or []
    if max(len(people), len(places)) > len(photos):
        raise InputError(
            f"--with: wanted a photo for each --with-person and --with-at, got {len(photos)} photos, "
            f"{len(people)} people and {len(places)} places"
        )
    guests = []
    for k, path in enumerate(photos):
        at = numbers(places[k], 2, "--with-at", "X,Y in pixels of the scene") if k < len(places) else None
        place = Placement(at_xy=(at[0], at[1]) if at is not None else None)
        guests.append(Guest(io.load_photo(path), Prompt(person=people[k] if k < len(people) else None), place))
    return guests


def scene_of(path: Path, occlude: str | None, recipe: Recipe, started: Progress) -> Photo | Scene:
    """The photo of the place; measured, and with what a mask marks in front, where `occlude` names one."""
    from scenechange import io
    from scenechange.math.colour import luminance, srgb_from_linear
    from scenechange.pipeline import prepare_scene, put_in_front

    photo = io.load_photo(path)
    if occlude is None or occlude in ("auto", "none"):
        return photo
    mask = srgb_from_linear(luminance(io.load_photo(Path(occlude)).rgb))[0]
    alone = replace(recipe, methods={**recipe.methods, "occlude": Method("none")})
    return put_in_front(prepare_scene(photo, alone, started), mask, recipe)


def recipe_of(
    path: Path | None, methods: list[str] | None, options: list[str] | None, seed: int | None = None
) -> Recipe:
    """The recipe of a file (or the default one) with methods and options of the command line laid over it."""
    recipe = recipe_from_json(_text(path, "a recipe")) if path else Recipe()
    chosen = dict(recipe.methods)
    for text in methods or ():
        stage, name = _split(text, "--method", "stage=name")
        registry.method_type(stage, name)
        chosen[stage] = Method(name)
    for text in options or ():
        key, value = _split(text, "--option", "stage.field=value")
        stage, dot, field = key.partition(".")
        if not dot:
            raise InputError(f"--option: wanted stage.field=value, got {text!r}")
        registry.method_names(stage)
        method = chosen.get(stage, Method(registry.DEFAULTS[stage]))
        chosen[stage] = Method(method.name, {**method.options, field: _literal(value)})
    for stage, method in chosen.items():
        registry.make(stage, method)
    return replace(recipe, methods=chosen, seed=recipe.seed if seed is None else seed)


def _text(path: Path, what: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise InputError(f"{path}: wanted {what} in JSON that can be read, got: {reason}") from None


def _split(text: str, option: str, form: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key or not value:
        raise InputError(f"{option}: wanted {form}, got {text!r}")
    return key, value


def _literal(text: str) -> Any:
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        return text
    return tuple(value) if isinstance(value, list) else value
