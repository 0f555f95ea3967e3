"""Put a person into another place: two photos in, one believable picture out.

Examples
--------
``import scenechange as sc; result = sc.change_scene(sc.load_photo("me.jpg"), sc.load_photo("paris.jpg"))``
and then ``sc.save(result, "out.jpg")``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scenechange.critic.explain import explain
    from scenechange.critic.findings import Critique, Cue
    from scenechange.disclosure import disclosed
    from scenechange.errors import (
        InputError,
        MissingExtraError,
        NobodyFoundError,
        OutputError,
        PhotoError,
        ScenechangeError,
        WeightsError,
    )
    from scenechange.io import encoded, load_photo, save
    from scenechange.matte.mend import mend
    from scenechange.pipeline import (
        Memory,
        change_scene,
        prepare_scene,
        prepare_subject,
        put_in_front,
        suggest_places,
    )
    from scenechange.place.suggest import Suggestion
    from scenechange.readings import Readings, take_readings
    from scenechange.recipe import recipe_from_json, recipe_json, strokes_from_json
    from scenechange.registry import make, method_names
    from scenechange.screen import live_layers, preview
    from scenechange.segment.outlines import Outline, find_outlines, outline_of
    from scenechange.sheet import plain_paste
    from scenechange.together import Group, Guest, bring_together
    from scenechange.types import (
        Composite,
        Cutout,
        Layers,
        Mask,
        Method,
        Photo,
        Placement,
        Prompt,
        Recipe,
        Scene,
        Stroke,
        Subject,
    )

_HOME = {
    "errors": (
        "InputError",
        "MissingExtraError",
        "NobodyFoundError",
        "OutputError",
        "PhotoError",
        "ScenechangeError",
        "WeightsError",
    ),
    "critic.explain": ("explain",),
    "critic.findings": ("Critique", "Cue"),
    "disclosure": ("disclosed",),
    "io": ("encoded", "load_photo", "save"),
    "matte.mend": ("mend",),
    "pipeline": (
        "Memory",
        "change_scene",
        "prepare_scene",
        "prepare_subject",
        "put_in_front",
        "suggest_places",
    ),
    "place.suggest": ("Suggestion",),
    "readings": ("Readings", "take_readings"),
    "screen": ("live_layers", "preview"),
    "segment.outlines": ("Outline", "find_outlines", "outline_of"),
    "sheet": ("plain_paste",),
    "together": ("Group", "Guest", "bring_together"),
    "recipe": ("recipe_from_json", "recipe_json", "strokes_from_json"),
    "registry": ("make", "method_names"),
    "types": (
        "Composite",
        "Cutout",
        "Layers",
        "Mask",
        "Method",
        "Photo",
        "Placement",
        "Prompt",
        "Recipe",
        "Scene",
        "Stroke",
        "Subject",
    ),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}
__all__ = [
    "Composite",
    "Critique",
    "Cue",
    "Cutout",
    "Group",
    "Guest",
    "InputError",
    "Layers",
    "Mask",
    "Memory",
    "Method",
    "MissingExtraError",
    "NobodyFoundError",
    "Outline",
    "OutputError",
    "Photo",
    "PhotoError",
    "Placement",
    "Prompt",
    "Readings",
    "Recipe",
    "Scene",
    "ScenechangeError",
    "Stroke",
    "Subject",
    "Suggestion",
    "WeightsError",
    "bring_together",
    "change_scene",
    "disclosed",
    "encoded",
    "explain",
    "find_outlines",
    "live_layers",
    "load_photo",
    "make",
    "mend",
    "method_names",
    "outline_of",
    "plain_paste",
    "prepare_scene",
    "prepare_subject",
    "preview",
    "put_in_front",
    "recipe_from_json",
    "recipe_json",
    "save",
    "strokes_from_json",
    "suggest_places",
    "take_readings",
]


def __getattr__(name: str) -> Any:
    """Load a public name where it is first used, so that ``import scenechange`` stays instant."""
    if name == "__version__":
        from importlib.metadata import version

        return version("scenechange")
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'scenechange' has no attribute {name!r}")
    return getattr(import_module(f"scenechange.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
