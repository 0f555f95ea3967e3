"""Languages of the pages: names, direction of writing, and translations read from the ``.po`` files beside this one."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from importlib import resources

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

NAMES = {"en": "English", "fr": "Français", "de": "Deutsch", "nl": "Nederlands"}
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
DOMAIN = "pages"


def direction(language: str) -> str:
    """``"rtl"`` for languages that are written from the right, else ``"ltr"``: the ``dir`` attribute of a page."""
    return "rtl" if language.split("-")[0] in RIGHT_TO_LEFT else "ltr"


@cache
def translations(language: str) -> NullTranslations:
    """The messages of a language, compiled in memory, so that no binary catalogue has to be kept or shipped.

    English is the language of the messages themselves; a language without a catalogue falls back to it.
    """
    path = resources.files(__package__) / "locale" / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not path.is_file():
        return NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as catalogue:
        write_mo(compiled, read_po(catalogue, locale=language, domain=DOMAIN))
    compiled.seek(0)
    return Translations(compiled, domain=DOMAIN)


def negotiate(accepted: str, offered: Sequence[str]) -> str:
    """The language among `offered` that an ``Accept-Language`` header likes best; the first one where none fits.

    Used for a page and forgotten: the header is never stored (RFC 9110, 12.5.4).
    """
    best, best_quality = offered[0], 0.0
    for part in accepted[:500].split(","):
        name, _, weight = part.strip().partition(";q=")
        code = name.split("-")[0].lower()
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            continue
        if code in offered and quality > best_quality:
            best, best_quality = code, quality
    return best
