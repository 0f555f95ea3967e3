"""Votes on their way out: tidy tables in which nobody can be recognised, or no table at all.

A table leaves only if every cell is one that the study itself allows: names of its pictures and systems, numbers, and
options of questions that each at least five raters chose (k-anonymity: Sweeney 2002). Raters get new names for every
export, in random order, so that two exports cannot be joined and rows do not tell who came first.
"""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenechange.errors import InputError
from scenechange.ratings.export_files import FORMATS, write_table
from scenechange.ratings.failures import ExportRefusedError
from scenechange.ratings.records import Kind, Role, Study, Vote

if TYPE_CHECKING:
    from scenechange.ratings.service import Service

MIN_CELL = 5
SCORES = ("rater", "item", "system", "score", "source", "repetition", "response_ms")
PAIRS = ("rater", "a", "b", "winner", "repetition", "response_ms")
WHO = ("rater", "item", "system", "correct", "timed", "repetition", "response_ms")
BEST_WORST = ("rater", "items", "best", "worst", "repetition", "response_ms")
_RATER = re.compile(r"r[0-9]+")
_WINDOW = re.compile(r"[1-9][0-9]*x[1-9][0-9]*")

Cell = str | int | None


@dataclass(frozen=True, slots=True)
class VoteTable:
    """A table that may leave.

    Attributes
    ----------
    columns : tuple of str
        Names.
    rows : tuple of tuple of str, int or None
        One vote each, cells in the order of `columns`.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def export_study(service: Service, path: Path, *, fields: Sequence[str] = (), overwrite: bool = False) -> VoteTable:
    """Write the test votes of a service's study as `export_votes` does, and remember which fields left.

    Raises
    ------
    ExportRefusedError, InputError, MissingExtraError, OutputError
        As `export_votes`.
    """
    earlier = service.exported_fields()
    votes, responses = list(service.votes()), service.responses()
    vote_table(service.study, votes, responses=responses, fields=fields, earlier_fields=earlier)
    if fields:
        service.note_export(fields)  # before the file is there: rather once too often than never
    return export_votes(
        service.study, votes, path, responses=responses, fields=fields, earlier_fields=earlier, overwrite=overwrite
    )


def export_votes(
    study: Study,
    votes: Iterable[Vote],
    path: Path,
    *,
    responses: Mapping[str, Mapping[str, str]] | None = None,
    fields: Sequence[str] = (),
    earlier_fields: Sequence[str] = (),
    overwrite: bool = False,
) -> VoteTable:
    """Write a study's test votes to a CSV, JSON or Parquet file, whole or not at all.

    Parameters
    ----------
    study, votes
        The study and its votes, as `Service.votes` gives them; gold and training are left out.
    path : Path
        Its ending says the format.
    responses : mapping
        Rater to field to chosen option, as `Service.responses` gives them; needed for `fields`.
    fields : sequence of str
        Questions whose answers become columns.
    earlier_fields : sequence of str
        Those of earlier exports of this study, see `Service.exported_fields`: tables with the same votes can be laid
        side by side, so groups are counted over all fields that ever left.
    overwrite : bool
        Whether an existing file is replaced.

    Returns
    -------
    VoteTable
        What was written.

    Raises
    ------
    ExportRefusedError
        An id, a free text, or an answer (or combination of answers) of fewer than 5 raters would leave. Nothing is
        written.
    InputError
        Another ending.
    MissingExtraError
        Parquet without pyarrow.
    OutputError
        The file exists or cannot be written.
    """
    if path.suffix.lower() not in FORMATS:
        raise InputError(f"{path.name}: wanted a name that ends in {', '.join(sorted(FORMATS))}")
    table = vote_table(study, votes, responses=responses, fields=fields, earlier_fields=earlier_fields)
    write_table(table.columns, table.rows, path, overwrite)
    return table


def vote_table(
    study: Study,
    votes: Iterable[Vote],
    *,
    responses: Mapping[str, Mapping[str, str]] | None = None,
    fields: Sequence[str] = (),
    earlier_fields: Sequence[str] = (),
) -> VoteTable:
    """The table of `export_votes` without a file.

    Columns by design: scores ``rater, item, system, score, source``; pairs ``rater, a, b, winner`` (empty winner for no
    difference); "who was really there" ``rater, item, system, correct, timed``; best-worst ``rater, items, best,
    worst`` (items joined by ``|`` in the order shown); each with ``repetition`` and ``response_ms``, then the `fields`.
    """
    tests = [v for v in votes if v.task.role is Role.TEST]
    _check_fields(study, fields)
    names = _new_names({v.rater for v in tests})
    cells = {rater: tuple((responses or {}).get(rater, {}).get(f, "") for f in fields) for rater in names}
    _check_cells(tuple(dict.fromkeys((*fields, *earlier_fields))), responses or {}, names)
    rows: list[tuple[Any, ...]] = [
        (names[v.rater], *_cells_of(study, v), v.task.repetition, v.response_ms, *cells[v.rater]) for v in tests
    ]
    columns = (*_columns(study.design.kind), *fields)
    rows.sort(key=lambda row: (int(row[0][1:]), *map(str, row[1:3])))
    check_table(study, columns, rows, fields)
    return VoteTable(columns, tuple(rows))


def _columns(kind: Kind) -> tuple[str, ...]:
    return {Kind.PAIR: PAIRS, Kind.WHO: WHO, Kind.BEST_WORST: BEST_WORST}.get(kind, SCORES)


def _cells_of(study: Study, vote: Vote) -> tuple[Cell, ...]:
    """What was judged and said, between the rater and the repetition."""
    from scenechange.ratings.designs import items_by_name

    items, answer, kind = items_by_name(study), vote.answer, study.design.kind
    if kind is Kind.PAIR:
        first, second = vote.task.items
        return first, second, answer.chosen or ""
    if kind is Kind.WHO:
        made = next(name for name in vote.task.items if not items[name].real)
        correct = int(answer.chosen is not None and items[answer.chosen].real)
        return made, items[made].system, correct, int(vote.task.shown_ms is not None)
    if kind is Kind.BEST_WORST:
        return "|".join(vote.task.items), answer.best or "", answer.worst or ""
    item = vote.task.items[0]
    return item, items[item].system, answer.score, items[item].source


def _new_names(raters: set[str]) -> dict[str, str]:
    """Random numbers for raters, of this export only."""
    shuffled = sorted(raters)
    secrets.SystemRandom().shuffle(shuffled)
    return {rater: f"r{number}" for number, rater in enumerate(shuffled, 1)}


def _check_fields(study: Study, fields: Sequence[str]) -> None:
    known = {f.name: f for f in study.fields}
    for name in fields:
        if name not in known or name == "response_ms":
            raise ExportRefusedError(
                f"export: {name!r} is no question of this study; it may be an id. Export only fields of the study file"
            )
        if not known[name].options and name != "window_px":
            raise ExportRefusedError(f"export: {name!r} is free text, which never leaves: leave this field out")


def _check_cells(fields: Sequence[str], responses: Mapping[str, Mapping[str, str]], raters: Iterable[str]) -> None:
    """Refuse combinations of answers that fewer than 5 raters share."""
    if not fields:
        return
    cells = Counter(tuple(responses.get(rater, {}).get(name, "") for name in fields) for rater in raters)
    small = [number for number in cells.values() if number < MIN_CELL]
    if small:
        raise ExportRefusedError(
            f"export: {len(small)} combination(s) of {', '.join(fields)} are shared by fewer than {MIN_CELL} raters, "
            "who could be recognised: export fewer fields or none (fields of earlier exports count too, because equal "
            "votes tell which rows belong together)"
        )


def check_table(study: Study, columns: Sequence[str], rows: Iterable[Sequence[Cell]], fields: Sequence[str]) -> None:
    """The last look: refuse a table with any cell that is not on the study's own list of what may leave.

    Raises
    ------
    ExportRefusedError
        Names the column, not the cell.
    """
    items, systems = {i.item for i in study.items}, {i.system for i in study.items}
    options = {f.name: {o for o, _ in f.options} | {""} for f in study.fields}
    texts = {"item": items, "a": items, "b": items, "best": items, "worst": items, "winner": items | {""}}
    sources = {i.source for i in study.items}
    known: dict[str, set[str]] = {**texts, "system": systems, "source": sources, **options}
    for row in rows:
        for column, cell in zip(columns, row, strict=True):
            if not _may_leave(column, cell, known, items):
                kind = "free text or an id" if column in fields else "something that is not of this study"
                raise ExportRefusedError(f"export: column {column!r} holds {kind}: leave it out, or mend the database")


def _may_leave(column: str, cell: Cell, known: Mapping[str, set[str]], items: set[str]) -> bool:
    if column in ("score", "correct", "timed", "repetition"):
        return isinstance(cell, int) and 0 <= cell <= 9
    if column == "response_ms":
        return cell is None or (isinstance(cell, int) and cell >= 0)
    if not isinstance(cell, str):
        return False
    if column == "rater":
        return _RATER.fullmatch(cell) is not None
    if column == "items":
        return set(cell.split("|")) <= items
    if column == "window_px" and _WINDOW.fullmatch(cell):
        return True
    return cell in known.get(column, set())
