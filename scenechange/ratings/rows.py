"""Where items are listed: a folder's layout, a CSV file, or tables of the study file. Pictures are not opened here."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scenechange.ratings.records import Role
from scenechange.ratings.table import StudyError, Table, did_you_mean

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
LAYOUTS = ("system/source", "system_source")
COLUMNS = ("item", "system", "source", "sha256", "path", "team", "role", "expected", "real")


@dataclass(frozen=True)
class Row:
    """One item as it was found or written, before its picture is looked at; `where` names it in messages."""

    where: str
    values: Mapping[str, str]
    root: Path

    @property
    def file(self) -> Path:
        """The picture's file as it is named, links followed; it need not be there."""
        return (self.root / self.values.get("path", "")).resolve()


def folder_rows(
    folder: Path, layout: str, separator: str, original: str, teams: Mapping[str, str], skipped: frozenset[Path]
) -> list[Row]:
    """The pictures of a folder.

    Parameters
    ----------
    folder : Path
        ``<folder>/<system>/<source>.jpg`` for layout ``system/source``, ``<folder>/<system>_<source>.jpg`` for
        ``system_source``; other files than pictures are passed over, as are names that begin with a dot.
    separator : str
        Between system and source in the flat layout.
    original : str
        The system whose pictures are the originals: role reference, real. Empty for none.
    teams : mapping of system to team
        Whose a system is.
    skipped : frozenset of Path
        Files that are items by a line of their own.

    Raises
    ------
    StudyError
        No such folder, no pictures, the other layout, a name that cannot be split.
    """
    if not folder.is_dir():
        raise StudyError(f"items.folder: wanted a folder of pictures, got {folder.name!r}, which is not one")
    pictures = [path for path in _pictures(folder, layout) if path.resolve() not in skipped]
    if not pictures:
        other = "system/source" if layout == "system_source" else "system_source"
        hint = f"; its pictures lie as layout = {other!r} says" if any(_pictures(folder, other)) else ""
        raise StudyError(f"items.folder: wanted {', '.join(SUFFIXES)} files in {folder.name!r}, got none{hint}")
    rows = []
    for path in pictures:
        system, source = _split(path, layout, separator)
        values = {"item": f"{system}_{source}", "system": system, "source": source}
        values |= {"path": str(path.relative_to(folder)), "team": teams.get(system, "")}
        if original and system == original:
            values |= {"role": Role.REFERENCE.value, "real": "true"}
        rows.append(Row(str(path.relative_to(folder)), values, folder))
    systems = sorted({row.values["system"] for row in rows})
    for key, named in (("original", [original] if original else []), ("teams", list(teams))):
        for system in named:
            if system not in systems:
                raise StudyError(
                    f"items.{key}: no pictures of system {system!r}; systems are {', '.join(systems[:20])}. "
                    + did_you_mean(system, systems)
                )
    return rows


def layout_of(folder: Path) -> str:
    """Which layout the pictures of a folder have: ``system/source`` or ``system_source``.

    Raises
    ------
    StudyError
        No such folder, no pictures, or some of both.
    """
    if not folder.is_dir():
        raise StudyError(f"{folder}: wanted a folder of pictures, got none")
    found = [layout for layout in LAYOUTS if _pictures(folder, layout)]
    if len(found) != 1:
        came = "both" if found else "none"
        raise StudyError(
            f"{folder}: wanted pictures ({', '.join(SUFFIXES)}) either as SYSTEM/SOURCE.jpg or as SYSTEM_SOURCE.jpg, "
            f"got {came}"
        )
    return found[0]


def _pictures(folder: Path, layout: str) -> list[Path]:
    pattern = "*" if layout == "system_source" else "*/*"
    found = (path for path in folder.glob(pattern) if path.suffix.lower() in SUFFIXES and path.is_file())
    return sorted(path for path in found if not any(p.startswith(".") for p in path.relative_to(folder).parts))


def _split(path: Path, layout: str, separator: str) -> tuple[str, str]:
    if layout == "system/source":
        return path.parent.name, path.stem
    parts = path.stem.split(separator)
    if len(parts) != 2 or not all(parts):
        raise StudyError(
            f"items: {path.name}: wanted <system>{separator}<source>{path.suffix} with one {separator!r}, got "
            f"{len(parts) - 1}; rename the file, set items.separator, use folders, or name items in a CSV file"
        )
    return parts[0], parts[1]


def csv_rows(path: Path, root: Path) -> list[Row]:
    """The lines of a table of items, with a header; `root` is where its paths begin.

    Raises
    ------
    StudyError
        No such file, not UTF-8, a column missing, twice or unknown, a line of another length, no line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(f"items.csv: {path.name} cannot be read as UTF-8 text: {error}") from error
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip() for name in next(reader, [])]
    for name in header:
        if name not in COLUMNS or header.count(name) > 1:
            fault = "twice" if header.count(name) > 1 else f"unknown. {did_you_mean(name, COLUMNS)}"
            raise StudyError(f"{path.name}: column {name!r} {fault} Known: {', '.join(COLUMNS)}")
    missing = [name for name in ("item", "system", "source") if name not in header]
    if missing:
        raise StudyError(f"{path.name}: wanted columns item, system and source, got no {missing[0]!r}")
    rows = []
    for values in reader:
        if not any(value.strip() for value in values):
            continue
        where = f"{path.name} line {reader.line_num}"
        if len(values) != len(header):
            raise StudyError(f"{where}: wanted {len(header)} values, as in the header, got {len(values)}")
        rows.append(Row(where, dict(zip(header, map(str.strip, values), strict=True)), root))
    if not rows:
        raise StudyError(f"{path.name}: wanted at least one item below the header, got none")
    return rows


def listed_rows(tables: Sequence[Table], root: Path) -> list[Row]:
    """The tables ``[[items.extra]]``: gold, training and reference pictures beside a folder of test pictures.

    Only `path` must be given: item, system and source follow from the file's name.
    """
    rows = []
    for table in tables:
        named = table.text("path", wanted="a picture's file")
        values = {"path": named} | {key: table.text(key, "") for key in COLUMNS if key not in ("path", "real")}
        stem = Path(named).stem
        values |= {key: values[key] or stem for key in ("item", "source")} | {"system": values["system"] or "extra"}
        values["real"] = str(table.flag("real", False)).lower()
        rows.append(Row(table.name, values, root))
        table.close()
    return rows
