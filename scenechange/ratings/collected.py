"""What a study collects besides answers: each field with its purpose, never free text, never a name."""

from __future__ import annotations

import re

from scenechange.ratings.records import Field, Texts
from scenechange.ratings.table import Table

MEASURED_FIELDS = ("response_ms", "window_px")
NEVER_COLLECTED = ("ip", "ip_address", "address", "user_agent", "keystrokes", "email", "name", "phone", "birthday")
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_OPTION = re.compile(r"[A-Za-z0-9+][A-Za-z0-9+._-]{0,39}")


def read_fields(whole: Table, languages: tuple[str, ...]) -> tuple[Field, ...]:
    """The tables ``[[fields]]`` of a study file.

    Raises
    ------
    StudyError
        A field without a purpose in every language, one that would name somebody, or one without options to choose.
    """
    fields: list[Field] = []
    for table in whole.tables("fields"):
        name = table.text("name")
        if not _FIELD_NAME.fullmatch(name) or name in [field.name for field in fields]:
            raise table.fault("name", "lower-case letters, digits and _, each name once")
        if name in NEVER_COLLECTED:
            raise table.fault("name", "a field that names nobody", "This service never collects it")
        if "purpose" not in table:
            wanted = f"why {name!r} is collected, in every language ({', '.join(languages)})"
            raise table.fault("purpose", wanted, "Write it, or delete the field")
        purpose = table.texts("purpose", languages)
        options = _options(table, name, languages)
        fields.append(Field(name, purpose, options, table.flag("optional", True)))
        table.close()
    return tuple(fields)


def _options(table: Table, name: str, languages: tuple[str, ...]) -> tuple[tuple[str, Texts], ...]:
    options: list[tuple[str, Texts]] = []
    values = table.raw("options", [])
    if not isinstance(values, list) or (len(values) < 2) != (name in MEASURED_FIELDS):
        wanted = "no options: it is measured" if name in MEASURED_FIELDS else "a list of at least two options"
        hint = f"Measured fields are {', '.join(MEASURED_FIELDS)}; free text is never asked for"
        raise table.fault("options", wanted, hint)
    for number, value in enumerate(values, 1):
        entry = Table({"value": value, "label": dict.fromkeys(languages, value)} if isinstance(value, str) else value,
                      f"{table.key('options')}[{number}]")  # fmt: skip
        stored = entry.text("value")
        if not _OPTION.fullmatch(stored) or stored in [known for known, _ in options]:
            raise entry.fault("value", "letters, digits and +._-, at most 40, each value once")
        options.append((stored, entry.texts("label", languages)))
        entry.close()
    return tuple(options)
