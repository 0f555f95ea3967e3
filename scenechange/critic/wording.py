"""The critic's sentences. They lie beside this module, one file a language, in ``wordings/``."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from scenechange.errors import InputError

LANGUAGES = ("en", "fr")


@cache
def _wording(language: str) -> dict[str, dict[str, str]]:
    path = files("scenechange.critic") / "wordings" / f"{language}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def words(language: str, cue: str, message: str) -> str:
    """The sentence of a cue, with places for numbers."""
    if language not in LANGUAGES:
        raise InputError(f"language: wanted one of {', '.join(LANGUAGES)}, got {language!r}")
    return _wording(language)[cue][message]
