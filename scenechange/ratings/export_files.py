"""Tables as CSV, JSON and Parquet files, written whole under another name and then renamed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from scenechange.errors import MissingExtraError

Cell = str | int | float | None
Columns = Sequence[str]
Rows = Sequence[Sequence[Cell]]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_table(columns: Columns, rows: Rows, path: Path, overwrite: bool) -> None:
    """Write a table in the format of the file's ending.

    Raises
    ------
    OutputError
        The file exists and may not be replaced, or cannot be written.
    MissingExtraError
        Parquet without pyarrow.
    """
    from scenechange.io.atomic import write_whole

    write_whole(path, FORMATS[path.suffix.lower()](columns, rows), overwrite)


def as_csv(columns: Columns, rows: Rows) -> bytes:
    """RFC 4180, UTF-8; nothing in a cell becomes an empty one, and numbers have at most six digits after the point.

    A text that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return file.getvalue().encode()


def _harmless(cell: Cell) -> Cell:
    if isinstance(cell, float):
        return round(cell, 6)
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def as_json(columns: Columns, rows: Rows) -> bytes:
    """A list with one object for each row."""
    records = [dict(zip(columns, row, strict=True)) for row in rows]
    return (json.dumps(records, ensure_ascii=False, indent=0) + "\n").encode()


def as_parquet(columns: Columns, rows: Rows) -> bytes:
    """Apache Parquet; whole numbers as 64 bits, texts as UTF-8, without metadata about who wrote it when."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtraError(
            "Parquet files need pyarrow: install scenechange[scale], or export to .csv or .json"
        ) from error
    whole = {"score", "correct", "timed", "repetition", "response_ms", "gold_asked", "gold_right"}
    kinds = {name: pyarrow.int64() if name in whole else pyarrow.string() for name in columns}
    arrays = [pyarrow.array([row[k] for row in rows], kinds[name]) for k, name in enumerate(columns)]
    sink = pyarrow.BufferOutputStream()
    parquet.write_table(pyarrow.table(arrays, names=list(columns)), sink)
    return sink.getvalue().to_pybytes()


FORMATS: Mapping[str, Callable[[Columns, Rows], bytes]] = {".csv": as_csv, ".json": as_json, ".parquet": as_parquet}
