"""Default texts of a study, so that a study file may be short: question, scale, instructions and consent.

They lie beside this module, one file a language, in ``wordings/``. The scale words of ACR are those of ITU-T P.910 and
ITU-R BT.500 (five points), of the extended continuous scale of ITU-T P.851 (seven) and of P.910's nine-grade scale,
whose even grades have no word of their own and are named by their neighbours; DCR's are the degradation words of P.910.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from scenechange.ratings.records import Kind

LANGUAGES = ("en", "fr", "de", "nl")


@cache
def _wording(language: str) -> dict[str, Any]:
    path = files("scenechange.ratings") / "wordings" / f"{language}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def title(language: str) -> str:
    """What workers see as the name of a study that has none of its own."""
    return str(_wording(language)["title"])


def question(language: str, kind: Kind) -> str:
    """What is asked in every trial."""
    return str(_wording(language)["question"][kind.value])


def instructions(language: str, kind: Kind, has_ties: bool, is_timed: bool) -> str:
    """What a worker shall do, in a few sentences."""
    words = _wording(language)["instructions"]
    parts = [words["start"], words[kind.value]]
    if has_ties and kind is Kind.PAIR:
        parts.append(words["ties"])
    if is_timed:
        parts.append(words["timed"])
    return " ".join([*parts, words["end"]])


def labels(language: str, kind: Kind, points: int) -> tuple[str, ...]:
    """Words of a scale, from worst to best; none for kinds without a scale."""
    if kind not in (Kind.ACR, Kind.DCR):
        return ()
    return tuple(_wording(language)["labels"][f"{kind.value}-{points}"])


def consent(language: str, contact: str, retention_days: int) -> str:
    """What a worker agrees to; the purposes of the fields collected are shown beside it by the page."""
    words = str(_wording(language)["consent"])
    return words.replace("{contact}", contact).replace("{days}", str(retention_days))
