"""`Recipe` as JSON, both ways: all that made a picture besides the two photos."""

from __future__ import annotations

import json
from dataclasses import asdict, fields, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TypeVar

from scenechange import registry
from scenechange.errors import InputError
from scenechange.types import Method, Placement, Prompt, Recipe, Stroke

PACKAGES = ("scenechange", "numpy", "onnxruntime", "opencv-python-headless", "pillow", "torch")
T = TypeVar("T")


@cache
def package_versions() -> dict[str, str]:
    """Versions of the packages that decide on pixels."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def recipe_json(recipe: Recipe) -> str:
    """The recipe as JSON text, sorted and indented; holds no file name and nothing of the photos' metadata."""
    return json.dumps(asdict(recipe), indent=2, sort_keys=True) + "\n"


def recipe_from_json(text: str) -> Recipe:
    """The recipe of a JSON text; unknown keys, stages, methods and options raise `InputError`."""
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"recipe: wanted JSON, got an error at line {error.lineno}: {error.msg}") from None
    known = _only_known(data, Recipe, "recipe")
    methods = {}
    for stage, entry in _object(known.get("methods", {}), "recipe.methods").items():
        method = _build(Method, entry, f"recipe.methods.{stage}")
        registry.make(stage, method)  # a wrong name or option is told here, not after a minute of work
        methods[stage] = method
    return Recipe(
        methods=methods,
        prompt=_prompt(known.get("prompt", {})),
        place=_build(Placement, known.get("place", {}), "recipe.place"),
        seed=_whole(known.get("seed", 0), "recipe.seed"),
        versions=_object(known.get("versions", {}), "recipe.versions"),
    )


def strokes_from_json(text: str) -> tuple[Stroke, ...]:
    """Strokes of a JSON text: a list of objects with `points_xy`, `radius_px` and `label`, in the order of painting."""
    try:
        return _strokes(json.loads(text), "scribbles")
    except json.JSONDecodeError as error:
        raise InputError(f"scribbles: wanted JSON, got an error at line {error.lineno}: {error.msg}") from None


def _prompt(data: Any) -> Prompt:
    values = dict(_object(data, "recipe.prompt"))
    strokes = _strokes(values.pop("strokes", []), "recipe.prompt.strokes")
    return replace(_build(Prompt, values, "recipe.prompt"), strokes=strokes)


def _strokes(data: Any, where: str) -> tuple[Stroke, ...]:
    if not isinstance(data, list):
        raise InputError(f"{where}: wanted a list of strokes, got {type(data).__name__}")
    return tuple(_build(Stroke, entry, f"{where}[{number}]") for number, entry in enumerate(data))


def _object(data: Any, where: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise InputError(f"{where}: wanted a JSON object, got {type(data).__name__}")
    return data


def _whole(data: Any, where: str) -> int:
    if not isinstance(data, int) or isinstance(data, bool):
        raise InputError(f"{where}: wanted a whole number, got {data!r}")
    return data


def _only_known(data: Any, kind: type, where: str) -> dict[str, Any]:
    legal = {f.name for f in fields(kind)}
    unknown = sorted(set(_object(data, where)) - legal)
    if unknown:
        raise InputError(f"{where}: unknown key {unknown[0]!r}; wanted some of {', '.join(sorted(legal))}")
    return data


def _build(kind: type[T], data: Any, where: str) -> T:
    values = {key: _frozen(value) for key, value in _only_known(data, kind, where).items()}
    try:
        return kind(**values)
    except TypeError as error:
        raise InputError(f"{where}: {error}") from None


def _frozen(value: Any) -> Any:
    return tuple(_frozen(v) for v in value) if isinstance(value, list) else value
