"""The study file: one TOML file says all of a study, and a mistake in it is told before the first worker comes."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from scenechange.errors import InputError
from scenechange.ratings import wording
from scenechange.ratings.collected import MEASURED_FIELDS, read_fields
from scenechange.ratings.consistency import check_consistency
from scenechange.ratings.designs import all_units, gold_tasks
from scenechange.ratings.items import items_from
from scenechange.ratings.records import Checks, Design, Item, Kind, Platform, Role, Study, Texts
from scenechange.ratings.rows import LAYOUTS, csv_rows, folder_rows, listed_rows
from scenechange.ratings.table import StudyError, Table, escaped

__all__ = ["MEASURED_FIELDS", "StudyError", "load_study", "write_template"]

STUDY_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_LARGEST = 1 << 20  # bytes of a study file


def load_study(path: Path) -> Study:
    """Read a study file, look at all its pictures, and check that everything fits together.

    Parameters
    ----------
    path : Path
        A TOML file as `write_template` writes it; folders and tables it names are looked for beside it.

    Returns
    -------
    Study
        All texts in all its languages, defaults filled in, every item's picture found and hashed.

    Raises
    ------
    StudyError
        Not readable, not TOML, a key unknown, missing or with a bad value, a field without a purpose, an item or
        picture that cannot be used, a design that the items do not allow. The message names the key.
    """
    path = Path(path)
    whole = Table(_read(path), "")
    try:
        return _study(whole, path.resolve().parent)
    except InputError as error:
        raise StudyError(f"{path.name}: {error}") from error.__cause__


def write_template(path: Path, **values: str) -> None:
    """Write a commented study file to start from.

    Parameters
    ----------
    path : Path
        A new file; one that exists is never replaced.
    **values : str
        Of the template's places: ``name``, ``contact``, ``kind``, and, as lines of TOML, ``close`` (when the study
        takes no new workers) and ``items``, the first of that table.

    Raises
    ------
    StudyError
        The file exists or cannot be written.
    """
    text = (files("scenechange.ratings") / "template.toml").read_text(encoding="utf-8")
    items = 'folder = "pictures"\nlayout = "system/source"'
    close = "# close_when_complete = true  # take no new workers once everything has its votes"
    places = {"name": "my-study", "contact": "", "kind": "acr", "items": items, "close": close} | values
    filled = {key: value if key in ("items", "close") else escaped(value) for key, value in places.items()}
    text = re.sub(r"\{(\w+)\}", lambda place: filled[place[1]], text)
    try:
        with Path(path).open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise StudyError(f"{path}: is there already; name another file or remove it") from error
    except OSError as error:
        raise StudyError(f"{path}: cannot be written: {error.strerror}") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST:
            raise StudyError(f"{path.name}: wanted a study file of at most {_LARGEST:,} bytes")
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyError(f"{path.name}: not a TOML file: {error}") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        if isinstance(error, StudyError):
            raise
        reason = error.strerror if isinstance(error, OSError) else "not a legal path"
        raise StudyError(f"{path}: cannot be read: {reason}; `scenechange rate init` writes one") from error


def _study(whole: Table, folder: Path) -> Study:
    main = whole.table("study")
    design = _design(whole.table("design"))
    items = _items(whole.table("items"), folder)
    languages = _languages(main)
    contact = main.text("contact", wanted="whom workers may write to, such as an e-mail address")
    retention_days = main.whole("retention_days", 180, 1, 3650)
    texts = whole.table("texts", {})
    platform, completion_code, refusal_code = _platform(whole.table("platform", {}))
    name = main.text("name", wanted="a short name")
    if not STUDY_NAME.fullmatch(name):
        raise main.fault("name", "lower-case letters, digits and hyphens, at most 64")
    common: dict[str, Any] = {
        "name": name,
        "languages": languages,
        "contact": contact,
        "labels": _labels(texts, languages, design),
        "design": design,
        "items": items,
        "retention_days": retention_days,
        "completion_code": completion_code,
        "refusal_code": refusal_code,
        "platform": platform,
        "fields": read_fields(whole, languages),
        "checks": _checks(whole.table("checks", {})),
        "votes_per_item": main.whole("votes_per_item", 10, 1, 100_000),
        "lease_s": main.whole("lease_s", 900, 30, 86_400),
        "stop_when": main.text("stop_when", ""),
        "close_when_complete": main.flag("close_when_complete", True),
    }
    common |= _wordings(texts, languages, design, contact, retention_days)
    study = Study(**common)
    study = _with_sizes(study, main)
    for table in (whole, main, texts):
        table.close()
    check_consistency(study)
    return study


def _languages(main: Table) -> tuple[str, ...]:
    languages = main.words("languages", ("en",))
    strange = [code for code in languages if code not in wording.LANGUAGES]
    if strange or not languages or len(set(languages)) != len(languages):
        raise main.fault("languages", f"each once, from {', '.join(wording.LANGUAGES)}")
    return languages


def _design(table: Table) -> Design:
    kind = table.choice("kind", Kind)
    points = table.whole("points", 5)
    if points not in (5, 7, 9):
        raise table.fault("points", "5, 7 or 9")
    shown_ms = table.whole("shown_ms", 0, 50, 600_000)
    design = Design(
        kind=kind,
        points=points,
        ties=table.flag("ties", False),
        set_size=table.whole("set_size", 4, 3, 6),
        shown_ms=shown_ms or None,
        untimed_share=table.share("untimed_share", 0.0),
        assignment=table.text("assignment", "balanced"),
    )
    for key, kinds in (("points", (Kind.ACR, Kind.DCR)), ("ties", (Kind.PAIR,)), ("set_size", (Kind.BEST_WORST,))):
        if key in table and kind not in kinds:
            raise table.fault(key, f"no such key for kind {kind.value!r}", "Take it out")
    if design.assignment not in ("balanced", "active"):
        raise table.fault("assignment", "'balanced' or 'active'")
    if design.assignment == "active" and kind is not Kind.PAIR:
        raise table.fault("assignment", f"'balanced' for kind {kind.value!r}", "Active sampling is for pairs")
    if design.untimed_share and not shown_ms:
        raise table.fault("untimed_share", "0 where there is no design.shown_ms")
    table.close()
    return design


def _items(table: Table, folder: Path) -> tuple[Item, ...]:
    listed = listed_rows(table.tables("extra"), folder)
    where = table.text("folder", "")
    if "csv" in table:
        named = folder / table.text("csv")
        for key in ("layout", "separator", "original", "teams"):
            if key in table:
                raise table.fault(key, "no such key beside items.csv", "Use the table's columns role, real and team")
        rows = csv_rows(named, folder / where if where else named.parent)
    elif where:
        layout = table.text("layout", "system/source")
        if layout not in LAYOUTS:
            raise table.fault("layout", "'system/source' (folders) or 'system_source' (file names)")
        original, teams = table.text("original", ""), table.raw("teams", {})
        if not isinstance(teams, dict) or not all(isinstance(team, str) for team in teams.values()):
            raise table.fault("teams", "a table of systems and their teams")
        separator = table.text("separator", "_")
        rows = folder_rows(folder / where, layout, separator, original, teams, frozenset(r.file for r in listed))
    else:
        raise table.fault("folder", "a folder of pictures, or items.csv")
    table.close()
    return items_from([*rows, *listed])


def _platform(table: Table) -> tuple[Platform, str, str]:
    platform = table.choice("name", Platform, Platform.NONE)
    completion, refusal = table.text("completion_code", ""), table.text("refusal_code", "")
    if platform is Platform.PROLIFIC and not completion:
        raise table.fault("completion_code", "the code that Prolific shows for this study")
    table.close()
    return platform, completion, refusal


def _labels(texts: Table, languages: tuple[str, ...], design: Design) -> dict[str, tuple[str, ...]]:
    defaults = {code: wording.labels(code, design.kind, design.points) for code in languages}
    if "labels" not in texts:
        return defaults
    if design.kind not in (Kind.ACR, Kind.DCR):
        raise texts.fault("labels", f"no labels for kind {design.kind.value!r}, which has no scale")
    table = texts.table("labels")
    labels = {code: table.words(code, defaults[code]) for code in languages}
    for code, words in labels.items():
        if len(words) != design.points or len(set(words)) != len(words):
            raise table.fault(code, f"{design.points} different words, from worst to best")
    table.close()
    return labels


def _wordings(
    texts: Table, languages: tuple[str, ...], design: Design, contact: str, retention_days: int
) -> dict[str, Texts]:
    kind, is_timed = design.kind, design.shown_ms is not None
    defaults = {
        "title": {code: wording.title(code) for code in languages},
        "question": {code: wording.question(code, kind) for code in languages},
        "instructions": {code: wording.instructions(code, kind, design.ties, is_timed) for code in languages},
        "consent": {code: wording.consent(code, contact, retention_days) for code in languages},
    }
    return {key: texts.texts(key, languages, default) for key, default in defaults.items()}


def _checks(table: Table) -> Checks:
    checks = Checks(
        table.whole("min_width_px", 0, 0, 10_000),
        table.whole("min_height_px", 0, 0, 10_000),
        table.flag("colour_plate", False),
    )
    table.close()
    return checks


def _with_sizes(study: Study, main: Table) -> Study:
    """How long a session is; by default as long as there are units (WHO: originals), with one gold trial in ten."""
    units, gold = len(all_units(study)), len(gold_tasks(study))
    # Who sees an original a second time, beside another composite, knows which picture is real.
    fresh = len({item.source for item in study.of_role(Role.TEST)}) if study.design.kind is Kind.WHO else units
    trials = main.whole("trials_per_session", min(20, fresh), 1, units)
    return replace(
        study,
        trials_per_session=trials,
        repeated=main.whole("repeated", 0, 0, trials // 2),
        gold_per_session=main.whole("gold_per_session", min(gold, -(-trials // 10)), 0, min(gold, trials)),
    )
