"""From checked runs to the items of a study, and how pictures that a run lacks are counted."""

from __future__ import annotations

import csv
import io
import os
import shutil
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from scenechange.errors import InputError, OutputError
from scenechange.mediaeval.runs import Run, sha256_of
from scenechange.ratings.items import NAME

if TYPE_CHECKING:
    from scenechange.ratings.analysis import Votes

COLUMNS = ("item", "system", "source", "sha256", "path", "team")


class Missing(StrEnum):
    """What becomes of an image that a run has no picture for."""

    FAIL = "fail"  # refuse the submission
    LOWEST = "lowest"  # as if everybody who judged that image had given the lowest score
    EXCLUDE = "exclude"  # the image is left out for all runs


@dataclass(frozen=True, slots=True)
class Counted:
    """Votes as they count, and what was done to them.

    Attributes
    ----------
    votes : Votes
        Of runs only.
    added : int
        Lowest scores put in for missing pictures.
    excluded : tuple of str
        Images left out for all runs.
    """

    votes: Votes
    added: int
    excluded: tuple[str, ...]


def unpack(runs: Sequence[Run], folder: Path, images: Collection[str] = (), missing: Missing = Missing.FAIL) -> Path:
    """Write the pictures of all runs and ``items.csv`` for a study into a new folder.

    Parameters
    ----------
    runs : sequence of Run
        From `read_runs`.
    folder : Path
        Must not exist or be empty; appears only when everything is written.
    images : collection of str
        The images of the task. Empty: all that any run has.
    missing : Missing
        With FAIL a run that lacks an image is refused here; the others are decided when votes are counted.

    Returns
    -------
    Path
        The table: item, system (``<team>_<run>``), source (the image), sha256, path, team.

    Raises
    ------
    InputError
        A picture is missing (FAIL) or damaged.
    OutputError
        The folder is not empty or cannot be written.
    """
    wanted = set(images) or {p.image for run in runs for p in run.pictures}
    for run in runs:
        lacking = run.missing(wanted)
        if lacking and missing is Missing.FAIL:
            raise InputError(
                f"{run.path.name}: {len(lacking)} of {len(wanted)} images are missing, the first is {lacking[0]}; send "
                "them, or take the run with --missing lowest or --missing exclude"
            )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(f"{folder}: wanted a new or empty folder, got one with files in it")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror})") from error
    try:
        (work / "items.csv").write_text(_table(_write(runs, work)), encoding="utf-8")
        os.chmod(work, 0o755)
        if folder.exists():
            folder.rmdir()
        work.rename(folder)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror})") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder / "items.csv"


def _write(runs: Sequence[Run], folder: Path) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    names: set[str] = set()
    for run in runs:
        (folder / run.system).mkdir()
        for picture, data in run.read():
            path = f"{run.system}/{picture.image}{picture.suffix}"
            (folder / path).write_bytes(data)
            if (item := f"{run.system}_{picture.image}") in names:
                raise InputError(f"{run.path.name}: {item} is the name of a picture of two runs; rename one run")
            names.add(item)
            rows.append((item, run.system, picture.image, sha256_of(data), path, run.team))
    return rows


def _table(rows: list[tuple[str, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return text.getvalue()


def read_items(path: Path) -> dict[str, tuple[str, str, str]]:
    """Item -> (system, image, team) of the table that `unpack` wrote.

    Raises
    ------
    InputError
        The table cannot be read or lacks a column.
    """
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read as a table of items ({error})") from error
    lacking = {"item", "system", "source", "team"} - set(rows[0] if rows else ())
    if lacking:
        raise InputError(f"{path}: wanted the columns {', '.join(COLUMNS)} and a row for each item; check the file")
    for row in rows:
        if row["team"] and not NAME.fullmatch(row["team"]):  # files of results are called so
            raise InputError(
                f"{path}: team {row['team']!r}: wanted letters, digits and ._-, the first no sign, at most 200; its "
                "results become a file of that name"
            )
    return {row["item"]: (row["system"], row["source"], row["team"]) for row in rows if row["team"]}


def count_votes(votes: Votes, items: dict[str, tuple[str, str, str]], missing: Missing, lowest: float = 1.0) -> Counted:
    """Votes on the runs, with missing pictures treated alike for every run.

    Parameters
    ----------
    votes : Votes
        Of a study on `items`; votes on other pictures (originals, baselines without a team) are left out.
    items : dict
        From `read_items`.
    missing : Missing
        FAIL refuses; LOWEST puts in `lowest` from every rater who judged any picture of that image; EXCLUDE leaves
        every image out that some run lacks.
    lowest : float
        The worst score of the scale.

    Raises
    ------
    InputError
        No votes on the items; a missing picture with FAIL; no image is left with EXCLUDE.
    """
    import numpy as np

    from scenechange.ratings.analysis import Votes

    known = np.array([str(name) in items for name in votes.item], bool)
    if not known.any():
        raise InputError("votes: none is on a picture of the runs; wanted the items of items.csv in the column item")
    votes = votes.keep(known)
    of_run: dict[str, set[str]] = {}
    for system, image, _ in items.values():
        of_run.setdefault(system, set()).add(image)
    images = set().union(*of_run.values())
    gaps = sorted((system, image) for system, has in of_run.items() for image in images - has)
    image_of = np.array([items[str(name)][1] for name in votes.item])
    votes = replace(votes, source=image_of)  # pictures of one image belong together, whatever the table says
    if not gaps:
        return Counted(votes, 0, ())
    if missing is Missing.FAIL:
        raise InputError(f"run {gaps[0][0]}: no picture of image {gaps[0][1]} ({len(gaps)} missing in all)")
    if missing is Missing.EXCLUDE:
        excluded = tuple(sorted({image for _, image in gaps}))
        left = ~np.isin(image_of, excluded)
        if not left.any():
            raise InputError("missing=exclude leaves no image that every run has; use lowest")
        return Counted(votes.keep(left), 0, excluded)
    added = [
        (str(rater), f"{system}_{image}", system, image)
        for system, image in gaps
        for rater in np.unique(votes.rater[image_of == image])
    ]
    more = np.array(added, str).reshape(-1, 4)
    joined = Votes(
        np.concatenate([votes.rater, more[:, 0]]),
        np.concatenate([votes.item, more[:, 1]]),
        np.concatenate([votes.system, more[:, 2]]),
        np.concatenate([votes.score, np.full(len(more), lowest)]),
        np.concatenate([image_of, more[:, 3]]),
        known=votes.known,
    )
    return Counted(joined, len(more), ())
