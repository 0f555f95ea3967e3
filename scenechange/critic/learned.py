"""What was learned from pictures: usual gaps in real photos, and the weights of the score of realism.

``learned.json`` beside this module is written by ``weights/train_realism.py``.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def learned() -> dict[str, Any]:
    """The whole page."""
    page: dict[str, Any] = json.loads((files("scenechange.critic") / "learned.json").read_text(encoding="utf-8"))
    return page


def usual(cue: str) -> float:
    """Gap that 19 of 20 people in untouched photos stay below, in the unit of the cue."""
    return float(learned()["usual"][cue])
