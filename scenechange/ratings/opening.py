"""From a study file to its service: where the database and the secret are when nobody says."""

from __future__ import annotations

import os
from pathlib import Path

from scenechange.ratings.keys import load_secret
from scenechange.ratings.service import Service
from scenechange.ratings.study import load_study

DATABASE_VARIABLE = "SCENECHANGE_RATE_DATABASE"


def open_service(study_path: Path, database: str = "", *, must_exist: bool = False) -> Service:
    """The service of a study file.

    Parameters
    ----------
    study_path : Path
        The study file.
    database : str
        A file or ``postgresql://...``; empty means what ``SCENECHANGE_RATE_DATABASE`` says, else a file beside the
        study file with its name and ``.db``.
    must_exist : bool
        Refuse to make a new SQLite file, for commands that only make sense where there are votes.

    Returns
    -------
    Service
        To be closed by the caller, or used in a ``with`` block.

    Raises
    ------
    StudyError
        The study file is wrong.
    InputError
        No such database, or no secret.
    StudyMismatchError
        The database is another study's.
    """
    from scenechange.errors import InputError
    from scenechange.ratings.store.engine import file_of, parse_url

    study = load_study(study_path)
    address = database or os.environ.get(DATABASE_VARIABLE, "") or str(study_path.with_suffix(".db"))
    beside = file_of(parse_url(address))
    if beside is not None and not beside.parent.is_dir():
        raise InputError(
            f"--database {address}: there is no folder {beside.parent}; make it first, or name another file"
        )
    if must_exist and beside is not None and not beside.is_file():
        raise InputError(f"{beside.name}: no such database; name it with --database, or start the study first")
    return Service(study, address, load_secret(beside))
