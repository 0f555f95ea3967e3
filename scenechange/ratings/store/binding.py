"""Which study a database belongs to: the parts of a study that give its votes their meaning, and its secret."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from sqlalchemy import Connection, delete, func, insert, select

from scenechange.ratings.anonymity import ExportRecord, record_as_text, record_from_text
from scenechange.ratings.failures import StudyMismatchError
from scenechange.ratings.keys import SECRET_VARIABLE, Keys
from scenechange.ratings.records import Study
from scenechange.ratings.store.tables import audit, meta


def meaning(study: Study) -> dict[str, str]:
    """Hash of each part of a study that its votes or its workers' consent depend on.

    Not among them, and free to change while a study runs: title, instructions, contact, how many votes and trials,
    completion codes, platform, checks, lease, when it closes, and where the pictures lie.
    """
    items = sorted([i.item, i.system, i.source, i.sha256, i.team, i.role, i.expected, i.real] for i in study.items)
    design = study.design
    fields = [[f.name, _plain(f.purpose), [[o, _plain(t)] for o, t in f.options], f.optional] for f in study.fields]
    parts: dict[str, object] = {
        "name": study.name,
        "items": items,
        "design": [str(design.kind), design.points, design.ties, design.set_size, design.shown_ms],
        "question": _plain(study.question),
        "labels": {language: list(labels) for language, labels in study.labels.items()},
        "consent": _plain(study.consent),
        "fields": sorted(fields, key=str),
        "retention_days": study.retention_days,
    }
    return {part: _hash(value) for part, value in parts.items()}


def bind(connection: Connection, study: Study, keys: Keys) -> None:
    """Tie a new database to a study and its secret, or check that it is tied to these.

    Raises
    ------
    StudyMismatchError
        Another study, a changed one (the message names the parts), or another secret.
    """
    wanted = {**meaning(study), "secret": keys.mark("binding", study.name)}
    found = {row.name: row.text for row in connection.execute(select(meta)) if row.name in wanted}
    if not found:
        connection.execute(insert(meta), [{"name": name, "text": text} for name, text in wanted.items()])
        return
    changed = sorted(name for name, text in wanted.items() if found.get(name) != text)
    if "name" in changed:
        raise StudyMismatchError(
            f"the database holds another study than {study.name!r}: name its own file, or choose a new database"
        )
    parts = [name for name in changed if name != "secret"]
    if parts:
        raise StudyMismatchError(
            f"the study file changed in {', '.join(parts)} since the first start, and votes from before and after "
            "would not mean the same: put it back (default texts come with the version of scenechange), or give the "
            "study a new name and a new database"
        )
    if changed:
        raise StudyMismatchError(
            f"the secret is not the one this database was made with: put back its .secret file or {SECRET_VARIABLE}; "
            "with another one no link, receipt or payment could be found again"
        )


def is_closed(connection: Connection) -> bool:
    """Whether the organiser refuses new sessions."""
    return connection.execute(_CLOSED).scalar() is not None


_CLOSED = select(meta.c.text).where(meta.c.name == "closed")


def exported_fields(connection: Connection) -> tuple[str, ...]:
    """The questions whose answers left with any export so far."""
    found = connection.execute(select(meta.c.text).where(meta.c.name == "exported-fields")).scalar()
    return tuple(found.split("\n")) if found else ()


def last_export(connection: Connection) -> ExportRecord | None:
    """How many raters of which answers left with the last export that had answers."""
    found = connection.execute(select(meta.c.text).where(meta.c.name == "exported-cells")).scalar()
    return record_from_text(found) if found else None


def note_export(connection: Connection, record: ExportRecord) -> None:
    """Add its questions to those that left, and keep its numbers in place of the last one's."""
    fields = sorted({*exported_fields(connection), *record.fields})
    for name, text in (("exported-fields", "\n".join(fields)), ("exported-cells", record_as_text(record))):
        connection.execute(delete(meta).where(meta.c.name == name))
        connection.execute(insert(meta).values(name=name, text=text))


def removals(connection: Connection) -> int:
    """How many sessions were erased, withdrawn or past their retention so far."""
    acts = select(func.coalesce(func.sum(audit.c.amount), 0)).where(audit.c.act.in_(("erase", "withdraw", "purge")))
    return int(connection.execute(acts).scalar_one())


def _plain(texts: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted(texts.items()))


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def set_closed(connection: Connection, day: str, closed: bool) -> None:
    """Refuse new sessions, or take them again."""
    connection.execute(delete(meta).where(meta.c.name == "closed"))
    if closed:
        connection.execute(insert(meta).values(name="closed", text=day))
