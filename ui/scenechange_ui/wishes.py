"""What the page asks for, as values of scenechange: whom, where to, and which sliders were moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scenechange.errors import InputError
from scenechange.types import Method, Placement, Prompt, Recipe, Stroke

SLIDERS = {
    "strength": ("harmonize", "strength"),
    "brightness": ("harmonize", "brightness_ev"),
    "warmth": ("harmonize", "warmth"),
    "shadow": ("shadow", "strength"),
    "contact": ("shadow", "contact"),
    "direction": ("shadow", "direction_deg"),
    "softness": ("shadow", "softness_deg"),
    "grain": ("optics", "grain"),
    "relight": ("relight", "strength"),
}
"""Slider of the page -> stage and option of its default method."""
REMEDIES = {
    **{f"{stage}.{option}": slider for slider, (stage, option) in SLIDERS.items()},
    "place.scale": "size",
    "place.flip": "flip",
    "place.at_xy": "frame",
    "matte": "who",
}
"""What the critic says is to be turned -> what of the page turns it."""
METHODS = {"harmonize": "statistics", "relight": "sides", "shadow": "contact-and-cast", "optics": "match"}
MOST_CLICKS, MOST_COMPANIONS, MOST_STROKES, MOST_POINTS = 64, 8, 200, 1000


def number(wish: Mapping[str, Any], key: str, default: float | None = None) -> float | None:
    """A number of a message, or `default` where it is missing or null."""
    given = wish.get(key)
    if given is None:
        return default
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise InputError(f"{key}: wanted a number, got {type(given).__name__}")
    return float(given)


def table(wish: Any, key: str) -> Mapping[str, Any]:
    """A nested object of a message; empty where it is missing."""
    given = wish.get(key) if isinstance(wish, Mapping) else None
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise InputError(f"{key}: wanted an object, got {type(given).__name__}")
    return given


def placement_of(wish: Any, size_hw: tuple[int, int]) -> Placement:
    """Placement in pixels of a scene of this size; the page speaks in shares of the width and height."""
    place = table(wish, "place")
    x, y = number(place, "x"), number(place, "y")
    return Placement(
        at_xy=None if x is None or y is None else (x * size_hw[1] - 0.5, y * size_hw[0] - 0.5),
        height_m=number(place, "height_m"),
        scale=number(place, "scale", 1.0) or 1.0,
        flip=place.get("flip") is True,
        rotate_deg=number(place, "rotate", 0.0) or 0.0,
    )


def recipe_of(wish: Any) -> Recipe:
    """Recipe with the sliders that were moved; what is on automatic stays out of it."""
    tune, options = table(wish, "tune"), dict[str, dict[str, float]]()
    for slider in tune:
        if slider not in SLIDERS:
            raise InputError(f"slider {slider!r}: wanted one of {', '.join(SLIDERS)}")
        given, (stage, option) = number(tune, slider), SLIDERS[slider]
        if given is not None:
            options.setdefault(stage, {})[option] = given
    return Recipe(methods={stage: Method(METHODS[stage], chosen) for stage, chosen in options.items()})


def prompt_of(wish: Any, size_hw: tuple[int, int]) -> Prompt:
    """Prompt in pixels of a photo of this size, from a person's number, clicks and strokes in shares of its size."""
    person, clicks = number(table(wish, "who"), "person"), table(wish, "who").get("clicks", [])
    if not isinstance(clicks, list) or len(clicks) > MOST_CLICKS:
        raise InputError(f"clicks: wanted a list of at most {MOST_CLICKS}")
    companions = table(wish, "who").get("companions", [])
    if not isinstance(companions, list) or len(companions) > MOST_COMPANIONS:
        raise InputError(f"companions: wanted a list of at most {MOST_COMPANIONS}")
    points = [(number(c, "x", 0.0) or 0.0, number(c, "y", 0.0) or 0.0) for c in clicks]
    return Prompt(
        points_xy=tuple((x * size_hw[1] - 0.5, y * size_hw[0] - 0.5) for x, y in points),
        labels=tuple(1 if c.get("adds") is True else 0 for c in clicks),
        person=None if person is None else int(person),
        companions=tuple(companions),
        strokes=_strokes_of(table(wish, "who").get("strokes", []), size_hw),
    )


def _strokes_of(strokes: Any, size_hw: tuple[int, int]) -> tuple[Stroke, ...]:
    """Strokes of the brush; their radius is a share of the photo's longer edge."""
    if not isinstance(strokes, list) or len(strokes) > MOST_STROKES:
        raise InputError(f"strokes: wanted a list of at most {MOST_STROKES}")
    found = []
    for stroke in strokes:
        points = stroke.get("points") if isinstance(stroke, Mapping) else None
        if not isinstance(points, list) or not 1 <= len(points) <= MOST_POINTS:
            raise InputError(f"strokes: wanted each with 1 to {MOST_POINTS} points")
        places = [{"x": p[0], "y": p[1]} if isinstance(p, list) and len(p) == 2 else {} for p in points]
        line = tuple((_share(p, "x") * size_hw[1] - 0.5, _share(p, "y") * size_hw[0] - 0.5) for p in places)
        radius = _share(stroke, "radius") * max(size_hw)
        found.append(Stroke(line, radius, "keep" if stroke.get("adds") is True else "drop"))
    return tuple(found)


def _share(message: Mapping[str, Any], key: str) -> float:
    given = number(message, key)
    if given is None:
        raise InputError(f"{key}: wanted a number")
    return given
