"""The start of a study: from a folder of pictures to a study file and a table of items with their hashes."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import asdict
from pathlib import Path

from scenechange.ratings.items import items_from
from scenechange.ratings.records import Item, Kind
from scenechange.ratings.rows import COLUMNS, csv_rows, folder_rows, layout_of
from scenechange.ratings.study import STUDY_NAME, load_study, write_template
from scenechange.ratings.table import StudyError, escaped


def start_study(
    pictures: Path,
    output: Path,
    *,
    contact: str = "",
    kind: Kind = Kind.ACR,
    original: str = "",
    name: str = "my-study",
    endless: bool = False,
) -> None:
    """Write a commented study file, and beside it a table of items that pins every picture by its hash.

    Parameters
    ----------
    pictures : Path
        The folder; which of the two layouts it has is found out. A table ``items.csv`` in it says what the items are.
    output : Path
        The study file; the table is called the same with the suffix ``.items.csv``. Neither may exist.
    contact : str
        Whom workers may write to; a study cannot run without.
    kind : Kind
        The design.
    original : str
        System whose pictures are the originals; needed for DCR and WHO.
    name : str
        Short name of the study.
    endless : bool
        Whether it takes new workers even when everything has its votes, as a demo does.

    Raises
    ------
    StudyError
        The folder cannot be used, a file exists, or what would be written cannot be loaded; then nothing is left.
    """
    table = output.with_suffix(".items.csv")
    for path in (output, table):
        if path.exists():
            raise StudyError(f"{path}: is there already; name another file with --output or remove it")
    if not pictures.is_dir():
        raise StudyError(f"{pictures}: no such folder; wanted a folder of pictures, or a study file (.toml) to check")
    if not STUDY_NAME.fullmatch(name):
        raise StudyError(f"--name: wanted lower-case letters, digits and hyphens, at most 64, got {name!r}")
    if not contact:
        raise StudyError("--contact: wanted whom workers may write to, such as an e-mail address, got nothing")
    listed = pictures / "items.csv"  # as `rate runs` writes it, with the teams
    if listed.is_file():
        rows = csv_rows(listed, pictures)
    else:
        rows = folder_rows(pictures, layout_of(pictures), "_", original, {}, frozenset())
    if kind in (Kind.DCR, Kind.WHO) and not original:
        systems = ", ".join(sorted({row.values["system"] for row in rows})[:20])
        raise StudyError(f"--original: design {kind} wants the system whose pictures are the originals, from {systems}")
    items = items_from(rows)
    folder = _relative(pictures, output)
    lines = f'csv = "{table.name}"\nfolder = "{folder}"  # where the table\'s paths begin'
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        table.write_text(_as_csv(items, pictures.resolve()), encoding="utf-8")
        never = {"close": "close_when_complete = false  # go on when everything has its votes"} if endless else {}
        write_template(output, name=name, contact=contact, kind=kind.value, items=lines, **never)
        load_study(output)
    except (OSError, StudyError) as error:
        table.unlink(missing_ok=True)
        output.unlink(missing_ok=True)
        if isinstance(error, StudyError):
            raise
        raise StudyError(f"{table}: cannot be written: {error.strerror}") from error


def _relative(pictures: Path, output: Path) -> str:
    return escaped(Path(os.path.relpath(pictures.resolve(), output.resolve().parent)).as_posix())


def _as_csv(items: tuple[Item, ...], root: Path) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for item in items:
        values = asdict(item) | {"role": item.role.value, "real": str(item.real).lower()}
        writer.writerow(values | {"path": item.path.relative_to(root).as_posix()})
    return out.getvalue()
