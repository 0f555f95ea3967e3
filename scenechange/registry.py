"""The only module that knows methods by name: stage -> name -> "module:Symbol", imported on demand.

Third parties add methods through the entry-point group ``scenechange.methods``; the entry point's name is
``stage.name`` and its value ``module:Symbol``.
"""

from __future__ import annotations

import dataclasses
import difflib
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from scenechange.errors import InputError
from scenechange.types import Method

BUILT_IN: dict[str, dict[str, str]] = {
    "segment": {
        "isnet": "scenechange.segment.isnet:IsNet",
        "u2net": "scenechange.segment.u2net:U2Net",
        "sam": "scenechange.segment.sam:SegmentAnything",
        "alpha": "scenechange.segment.alpha:AlphaChannel",
    },
    "matte": {
        "large-kernel": "scenechange.matte.large_kernel:LargeKernel",
        "guided": "scenechange.matte.guided:Guided",
        "closed-form": "scenechange.matte.closed_form:ClosedForm",
    },
    "person": {"blazepose": "scenechange.person.blazepose:BlazePose"},
    "calibrate": {
        "cues": "scenechange.calibrate.cues:Cues",
        "vanishing": "scenechange.calibrate.vanishing:Vanishing",
        "exif": "scenechange.calibrate.exif:Exif",
    },
    "ground": {"plane": "scenechange.ground.plane:Plane"},
    "occlude": {
        "objects": "scenechange.occlude.objects:Objects",
        "none": "scenechange.occlude.none:Nothing",
    },
    "light": {"cues": "scenechange.light.cues:Cues"},
    "place": {"upright": "scenechange.place.upright:Upright"},
    "harmonize": {
        "statistics": "scenechange.harmonize.statistics:Statistics",
        "reinhard": "scenechange.harmonize.reinhard:Reinhard",
        "none": "scenechange.harmonize.none:Untouched",
    },
    "relight": {
        "sides": "scenechange.relight.sides:Sides",
        "none": "scenechange.relight.none:Untouched",
    },
    "shadow": {
        "contact-and-cast": "scenechange.shadow.contact_and_cast:ContactAndCast",
        "none": "scenechange.shadow.none:NoShadow",
    },
    "optics": {
        "match": "scenechange.optics.match:Match",
        "none": "scenechange.optics.none:Untouched",
    },
    "compose": {"over": "scenechange.compose.over:Over"},
}
DEFAULTS = {stage: next(iter(names)) for stage, names in BUILT_IN.items()}
STAGES = tuple(BUILT_IN)


@cache
def _methods() -> dict[str, dict[str, str]]:
    table = {stage: dict(names) for stage, names in BUILT_IN.items()}
    for point in entry_points(group="scenechange.methods"):
        stage, _, name = point.name.partition(".")
        if stage not in table or not name:
            raise InputError(f"entry point {point.name!r}: wanted STAGE.NAME with a stage of {', '.join(table)}")
        table[stage].setdefault(name, point.value)
    return table


def method_names(stage: str) -> tuple[str, ...]:
    """Names of the methods of `stage`, the default first."""
    return tuple(_methods()[_known("stage", stage, tuple(_methods()))])


def method_type(stage: str, name: str) -> type:
    """The class of a method; unknown names raise `InputError` with the legal ones."""
    target = _methods()[_known("stage", stage, tuple(_methods()))][_known(f"{stage} method", name, method_names(stage))]
    module, _, symbol = target.partition(":")
    try:
        return getattr(import_module(module), symbol)
    except (ImportError, AttributeError) as error:
        raise InputError(f"{stage} method {name!r}: cannot import {target} ({error}); is its package whole?") from error


def make(stage: str, method: Method | None = None) -> Any:
    """The callable of a stage: `method`, or the default one. A misspelt option raises `InputError`."""
    method = method or Method(DEFAULTS[stage])
    kind = method_type(stage, method.name)
    fields = tuple(f.name for f in dataclasses.fields(kind))
    for option in method.options:
        _known(f"option of {stage}={method.name}", option, fields)
    return kind(**method.options)


def networks_of(stage: str, method: Method | None = None) -> tuple[str, ...]:
    """Names in the weights manifest of what a method will load: its `networks`, where it has any."""
    return tuple(getattr(make(stage, method), "networks", ()))


def _known(what: str, name: str, legal: tuple[str, ...]) -> str:
    if name in legal:
        return name
    near = difflib.get_close_matches(name, legal, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise InputError(f"unknown {what} {name!r}: wanted one of {', '.join(legal) or '(none)'}{hint}")
