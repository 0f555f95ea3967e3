"""A copy of the database is whole: made by SQLite while workers vote, or by hand once the service has ended."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from rating_base import SECRET
from rating_walks import walk

from scenechange.ratings.records import Study
from scenechange.ratings.service import Service


def test_a_copy_by_vacuum_into_has_every_vote_while_the_service_runs(service: Service, tmp_path: Path) -> None:
    walk(service, service.open_session())
    assert (tmp_path / "votes.db-wal").stat().st_size > 0  # what the file alone does not have
    copied = sqlite3.connect(tmp_path / "votes.db")
    copied.execute("VACUUM INTO ?", [str(tmp_path / "copy.db")])
    copied.close()
    with Service(service.study, str(tmp_path / "copy.db"), SECRET) as copy:
        assert list(copy.votes()) == list(service.votes()) != []


def test_the_file_alone_is_whole_once_the_service_has_ended(small_study: Study, tmp_path: Path) -> None:
    with Service(small_study, str(tmp_path / "votes.db"), SECRET) as service:
        walk(service, service.open_session())
        votes = list(service.votes())
    (tmp_path / "else").mkdir()
    shutil.copy(tmp_path / "votes.db", tmp_path / "else")
    with Service(small_study, str(tmp_path / "else" / "votes.db"), SECRET) as copy:
        assert list(copy.votes()) == votes != []
