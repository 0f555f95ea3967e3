"""The page's own files, put together: one piece of HTML, one style sheet, one script, the words."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

SCRIPTS = ("words.js", "talk.js", "stage.js", "tune.js", "flow.js", "who.js", "start.js")
STYLES = ("page.css", "stage.css", "panel.css")


def _text(name: str) -> str:
    return files("scenechange_ui").joinpath("page", name).read_text(encoding="utf-8")


@cache
def words() -> dict[str, dict[str, str]]:
    """Language -> key -> words."""
    found: dict[str, dict[str, str]] = json.loads(_text("words.json"))
    return found


def body() -> str:
    """The page's HTML."""
    return _text("page.html")


def style() -> str:
    """The page's style sheet."""
    return "\n".join(_text(name) for name in STYLES)


def script() -> str:
    """The page's script: the body of a function of gradio's `element`, `trigger`, `props`, `server` and `watch`."""
    return f"const WORDS = {json.dumps(words(), ensure_ascii=False)};\n" + "\n".join(_text(name) for name in SCRIPTS)
