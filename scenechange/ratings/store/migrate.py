"""Bring a database to the tables of this version (Alembic, with its steps inside this package)."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from scenechange.ratings.failures import StudyMismatchError
from scenechange.ratings.store.engine import lock_study

STEPS = Path(__file__).parent / "migrations"


def upgrade(engine: Engine, to: str = "head") -> None:
    """Make or change the tables, all or nothing; two processes that start together take turns.

    Raises
    ------
    StudyMismatchError
        The database was made by a newer version.
    """
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory
    from alembic.util.exc import CommandError

    steps = ScriptDirectory(str(STEPS), version_locations=[str(STEPS / "versions")])
    with engine.begin() as connection:
        lock_study(connection)
        with EnvironmentContext(Config(), steps, destination_rev=to) as environment:
            environment.configure(connection=connection, fn=lambda now, _: steps._upgrade_revs(to, now))
            try:
                environment.run_migrations()
            except CommandError as error:
                raise StudyMismatchError(
                    "the database was made by a newer version of scenechange: install that version"
                ) from error
