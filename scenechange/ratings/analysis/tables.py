"""Votes and comparisons from CSV files, checked at the door."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from scenechange.errors import InputError
from scenechange.ratings.analysis.gold import GOLD_COLUMNS, read_known
from scenechange.ratings.analysis.pairs import Pairs
from scenechange.ratings.analysis.votes import Votes

MISSING = {"", "nan", "na", "n/a", "null", "none"}
VOTE_COLUMNS = ("rater", "item", "system", "score")
OPTIONAL_COLUMNS = ("source", "repetition", "response_ms")
PAIR_COLUMNS = ("rater", "a", "b", "winner")
PAIR_SYSTEMS = ("system_a", "system_b")
OPTIONAL_OF_PAIRS = (*PAIR_SYSTEMS, "source")


def read_votes(path: Path) -> Votes:
    """Votes of a CSV file: rater, item, system, score, and optionally source, repetition, response_ms and gold's two.

    Parameters
    ----------
    path : Path
        UTF-8, comma between columns, one header line, one line per vote. An empty score is a missing vote. A file with
        a header and no line gives no votes. Of gold_asked and gold_right see `read_known`.

    Raises
    ------
    InputError
        No such file, an empty file, a missing column, a value that is not a number, or the same vote twice; the message
        names the row, counted from 1 with the header as row 1.
    """
    header, rows = open_table(path, VOTE_COLUMNS)
    optional = [name for name in OPTIONAL_COLUMNS if name in header]
    columns: dict[str, list[str]] = {name: [] for name in (*VOTE_COLUMNS[:3], "source")}
    numbers: dict[str, list[float]] = {"score": [], "repetition": [], "response_ms": []}
    seen: dict[tuple[str, str, str, float], int] = {}
    missing = 0
    for row_number, row in rows:
        score = _number(row["score"], "score", path, row_number)
        if score is None:
            missing += 1
            continue
        for name in ("rater", "item"):
            if not row[name]:
                raise InputError(f"{path}, row {row_number}: {name} is empty; wanted a name for every vote")
        repetition = _whole(row.get("repetition", ""), path, row_number)
        key = (row["rater"], row["item"], row["system"], repetition)
        if key in seen:
            raise InputError(
                f"{path}, row {row_number}: {row['rater']} already voted on {row['item']} in row {seen[key]}; wanted "
                "one vote per rater, item and repetition: remove one row or tell them apart in a column repetition"
            )
        seen[key] = row_number
        for name in columns:
            columns[name].append(row.get(name) or (row["item"] if name == "source" else ""))
        numbers["score"].append(score)
        numbers["repetition"].append(repetition)
        response = _number(row.get("response_ms", ""), "response_ms", path, row_number)
        numbers["response_ms"].append(math.nan if response is None else response)
    return Votes(
        np.array(columns["rater"], str),
        np.array(columns["item"], str),
        np.array(columns["system"], str),
        np.array(numbers["score"], float),
        source=np.array(columns["source"], str) if "source" in optional else None,
        repetition=np.array(numbers["repetition"], float).astype(np.int64) if "repetition" in optional else None,
        response_ms=np.array(numbers["response_ms"], float) if "response_ms" in optional else None,
        missing=missing,
        unused=tuple(name for name in header if name not in (*VOTE_COLUMNS, *OPTIONAL_COLUMNS, *GOLD_COLUMNS)),
        known=read_known(path, header, rows),
    )


def read_pairs(path: Path) -> Pairs:
    """Comparisons of a CSV file with the columns rater, a, b, winner; an empty winner is a tie.

    Parameters
    ----------
    path : Path
        UTF-8, comma between columns, one header line, one line per comparison. Optional columns: system_a and system_b
        (both or none), source, gold_asked and gold_right (see `read_known`).

    Raises
    ------
    InputError
        No such file, an empty file, a missing column, an item against itself, or a winner that is neither a nor b.
    """
    header, rows = open_table(path, PAIR_COLUMNS)
    if len(there := [name for name in PAIR_SYSTEMS if name in header]) == 1:
        raise InputError(f"{path}: column {there[0]} stands alone; wanted both of {', '.join(PAIR_SYSTEMS)}, or none")
    for row_number, row in rows:
        for name in PAIR_COLUMNS[:3]:
            if not row[name]:
                raise InputError(f"{path}, row {row_number}: {name} is empty; wanted a name")
        if row["a"] == row["b"]:
            raise InputError(f"{path}, row {row_number}: {row['a']} is compared with itself; wanted two items")
        if row["winner"] not in (row["a"], row["b"], ""):
            raise InputError(
                f"{path}, row {row_number}: winner is {row['winner']!r}; wanted {row['a']!r}, {row['b']!r} or nothing "
                "for a tie"
            )
    columns = {
        name: np.array([row[name] for _, row in rows], str)
        for name in (*PAIR_COLUMNS, *OPTIONAL_OF_PAIRS)
        if name in header
    }
    return Pairs(**columns, known=read_known(path, header, rows))


def open_table(path: Path, wanted: tuple[str, ...]) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """Header, and the lines as (row number, column -> stripped text)."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); wanted a CSV file of votes") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8 text (byte {error.start}); save the table as CSV in UTF-8") from error
    if not text.strip():
        raise InputError(f"{path}: the file is empty; wanted a header line {','.join(wanted)} and one line per vote")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        table = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise InputError(f"{path}, row {reader.line_num}: is not CSV ({error}); check the quotes") from error
    if not table:
        raise InputError(f"{path}: no header; wanted {','.join(wanted)} in the first line")
    header = [name.strip() for name in table[0][1]]
    absent = [name for name in wanted if name not in header]
    if absent:
        semicolon = " (columns seem to be separated by semicolons; wanted commas)" if ";" in table[0][1][0] else ""
        raise InputError(
            f"{path}: no column {', '.join(absent)}; wanted {','.join(wanted)}, got {','.join(header)}{semicolon}"
        )
    twice = {name for name in header if header.count(name) > 1}
    if twice:
        raise InputError(f"{path}: column {sorted(twice)[0]} comes twice; wanted each name once")
    return header, list(_rows(path, header, table[1:]))


def _rows(path: Path, header: list[str], table: list[tuple[int, list[str]]]) -> Iterator[tuple[int, dict[str, str]]]:
    for row_number, row in table:
        if len(row) != len(header):
            raise InputError(f"{path}, row {row_number}: {len(row)} columns, wanted {len(header)} as in the header")
        yield row_number, {name: cell.strip() for name, cell in zip(header, row, strict=True)}


def _number(text: str, column: str, path: Path, row_number: int) -> float | None:
    if text.lower() in MISSING:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.inf
    if not math.isfinite(value):
        raise InputError(f"{path}, row {row_number}: {column} is {text!r}; wanted a number, or nothing if missing")
    return value


def _whole(text: str, path: Path, row_number: int) -> float:
    value = _number(text, "repetition", path, row_number)
    if value is not None and value != int(value):
        raise InputError(f"{path}, row {row_number}: repetition is {text!r}; wanted a whole number")
    return 0.0 if value is None else value
