"""Votes on their way out: tidy tables in which nobody can be recognised, or no table at all.

A table leaves only if every cell is one that the study itself allows: names of its pictures and systems, numbers, and
options of questions that each at least five raters chose, see `scenechange.ratings.anonymity`. Raters get new names for
every export, in random order, so that rows do not tell who came first. Equal votes still tell which rows of two exports
belong together, so earlier exports are counted in.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenechange.errors import InputError
from scenechange.ratings.anonymity import ExportRecord, cells_of, check_cells, check_since
from scenechange.ratings.export_files import FORMATS, write_table
from scenechange.ratings.failures import ExportRefusedError
from scenechange.ratings.records import Kind, Role, Study, Vote

if TYPE_CHECKING:
    from scenechange.ratings.service import Service

SCORES = ("rater", "item", "system", "score", "source", "repetition", "response_ms")
PAIRS = ("rater", "a", "b", "winner", "system_a", "system_b", "source", "repetition", "response_ms")
WHO = ("rater", "item", "system", "correct", "timed", "source", "repetition", "response_ms")
BEST_WORST = ("rater", "items", "best", "worst", "systems", "source", "repetition", "response_ms")
GOLD = ("gold_asked", "gold_right")
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


def export_study(
    service: Service, path: Path, *, fields: Sequence[str] = (), times: bool = True, overwrite: bool = False
) -> VoteTable:
    """Write the test votes of a service's study as `export_votes` does, and remember which groups of raters left.

    Raises
    ------
    ExportRefusedError, InputError, MissingExtraError, OutputError
        As `export_votes`; refused, too, if a group got one to four new raters since the last export, see
        `scenechange.ratings.anonymity.check_since`.
    """
    _check_file(path, overwrite)
    last, removals = service.last_export(), service.removals()
    votes, responses = list(service.votes()), service.responses()
    together = tuple(dict.fromkeys((*fields, *service.exported_fields())))
    table = vote_table(service.study, votes, responses=responses, fields=fields, earlier_fields=together, times=times)
    if fields:
        cells = cells_of(together, responses, {v.rater for v in votes if v.task.role is Role.TEST})
        check_since(together, cells, last, service.removals())  # counted after the votes, and for later before them
        # before the file is there: rather once too often than never
        service.note_export(ExportRecord(together, tuple(sorted(cells.items())), removals))
    write_table(table.columns, table.rows, path, overwrite)
    return table


def export_votes(
    study: Study,
    votes: Iterable[Vote],
    path: Path,
    *,
    responses: Mapping[str, Mapping[str, str]] | None = None,
    fields: Sequence[str] = (),
    earlier_fields: Sequence[str] = (),
    times: bool = True,
    overwrite: bool = False,
) -> VoteTable:
    """Write a study's test votes to a CSV, JSON or Parquet file, whole or not at all.

    Parameters
    ----------
    study, votes
        The study and its votes, as `Service.votes` gives them; training is left out, of gold only counts leave.
    path : Path
        Its ending says the format.
    responses : mapping
        Rater to field to chosen option, as `Service.responses` gives them; needed for `fields`.
    fields : sequence of str
        Questions whose answers become columns.
    earlier_fields : sequence of str
        Those of earlier exports of this study, see `Service.exported_fields`: tables with the same votes can be laid
        side by side, so groups are counted over all fields that ever left.
    times : bool
        Whether there is a column response_ms.
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
    _check_file(path, overwrite)
    table = vote_table(study, votes, responses=responses, fields=fields, earlier_fields=earlier_fields, times=times)
    write_table(table.columns, table.rows, path, overwrite)
    return table


def _check_file(path: Path, overwrite: bool) -> None:
    from scenechange.io.atomic import check_target

    if path.suffix.lower() not in FORMATS:
        raise InputError(f"{path.name}: wanted a name that ends in {', '.join(sorted(FORMATS))}")
    check_target(path, overwrite)


def vote_table(
    study: Study,
    votes: Iterable[Vote],
    *,
    responses: Mapping[str, Mapping[str, str]] | None = None,
    fields: Sequence[str] = (),
    earlier_fields: Sequence[str] = (),
    times: bool = True,
) -> VoteTable:
    """The table of `export_votes` without a file.

    Columns by design: scores ``rater, item, system, score``; pairs ``rater, a, b, winner, system_a, system_b`` (empty
    winner for no difference); "who was really there" ``rater, item, system, correct, timed``; best-worst ``rater,
    items, best, worst, systems`` (items and systems joined by ``|`` in the order shown); each with ``source``,
    ``repetition`` and, with `times`, ``response_ms``. Where the study has known answers, ``gold_asked`` and
    ``gold_right`` say in every row how many the rater was asked for and met. Then the `fields`.
    """
    votes = list(votes)
    tests = [v for v in votes if v.task.role is Role.TEST]
    _check_fields(study, fields)
    names = _new_names({v.rater for v in tests})
    cells = {rater: tuple((responses or {}).get(rater, {}).get(f, "") for f in fields) for rater in names}
    together = tuple(dict.fromkeys((*fields, *earlier_fields)))
    check_cells(together, cells_of(together, responses or {}, names))
    gold = _gold_of(study, votes)
    rows: list[tuple[Any, ...]] = [
        (
            names[v.rater],
            *_cells_of(study, v),
            v.task.repetition,
            *((v.response_ms,) if times else ()),
            *(gold.get(v.rater, (0, 0)) if gold is not None else ()),
            *cells[v.rater],
        )
        for v in tests
    ]
    measured = _columns(study.design.kind) if times else _columns(study.design.kind)[:-1]
    columns = (*measured, *(() if gold is None else GOLD), *fields)
    rows.sort(key=lambda row: (int(row[0][1:]), *map(str, row[1:3])))
    check_table(study, columns, rows, fields)
    return VoteTable(columns, tuple(rows))


def _columns(kind: Kind) -> tuple[str, ...]:
    return {Kind.PAIR: PAIRS, Kind.WHO: WHO, Kind.BEST_WORST: BEST_WORST}.get(kind, SCORES)


def _gold_of(study: Study, votes: Sequence[Vote]) -> dict[str, tuple[int, int]] | None:
    """Known answers each rater was asked for and met; None where the study has none."""
    from scenechange.ratings.answers import is_expected
    from scenechange.ratings.designs import gold_tasks

    if not gold_tasks(study):
        return None
    met: dict[str, list[bool]] = {}
    for vote in votes:
        if vote.task.role is Role.GOLD and (right := is_expected(study, vote.task, vote.answer)) is not None:
            met.setdefault(vote.rater, []).append(right)
    return {rater: (len(answers), sum(answers)) for rater, answers in met.items()}


def _cells_of(study: Study, vote: Vote) -> tuple[Cell, ...]:
    """What was judged and said, between the rater and the repetition."""
    from scenechange.ratings.designs import items_by_name

    items, answer, kind = items_by_name(study), vote.answer, study.design.kind
    if kind is Kind.PAIR:
        first, second = vote.task.items
        source = items[first].source
        return first, second, answer.chosen or "", items[first].system, items[second].system, source
    if kind is Kind.WHO:
        made = next(name for name in vote.task.items if not items[name].real)
        correct = int(answer.chosen is not None and items[answer.chosen].real)
        return made, items[made].system, correct, int(vote.task.shown_ms is not None), items[made].source
    if kind is Kind.BEST_WORST:
        shown = [items[name] for name in vote.task.items]
        systems = "|".join(item.system for item in shown)
        return "|".join(vote.task.items), answer.best or "", answer.worst or "", systems, shown[0].source
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
    known: dict[str, set[str]] = {**texts, "source": sources, **options}
    known |= dict.fromkeys(("system", "system_a", "system_b"), systems)
    for row in rows:
        for column, cell in zip(columns, row, strict=True):
            if not _may_leave(column, cell, known):
                kind = "free text or an id" if column in fields else "something that is not of this study"
                raise ExportRefusedError(f"export: column {column!r} holds {kind}: leave it out, or mend the database")


def _may_leave(column: str, cell: Cell, known: Mapping[str, set[str]]) -> bool:
    if column in ("score", "correct", "timed", "repetition"):
        return isinstance(cell, int) and 0 <= cell <= 9
    if column in GOLD:
        return isinstance(cell, int) and 0 <= cell <= 999
    if column == "response_ms":
        return cell is None or (isinstance(cell, int) and cell >= 0)
    if not isinstance(cell, str):
        return False
    if column == "rater":
        return _RATER.fullmatch(cell) is not None
    if column in ("items", "systems"):
        return set(cell.split("|")) <= known[column.removesuffix("s")]
    if column == "window_px" and _WINDOW.fullmatch(cell):
        return True
    return cell in known.get(column, set())
