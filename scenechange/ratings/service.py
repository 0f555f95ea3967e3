"""The rating service: everything that pages and commands may ask of a study and its database."""

from __future__ import annotations

from scenechange.ratings.service_organiser import OrganisersSide
from scenechange.ratings.service_worker import WorkersSide

__all__ = ["Service"]


class Service(WorkersSide, OrganisersSide):
    """A study at work. Safe to call from many threads; one per process, several processes on PostgreSQL.

    Every method that changes something returns only after the change is durable on disk, and any may raise
    `StoreBusyError`, `StoreFullError` or `StoreError` (`scenechange.ratings.failures`); then nothing was stored.

    Parameters
    ----------
    study : Study
        See `scenechange.ratings.study.load_study`.
    database_url : str
        A file's name, ``sqlite:///file`` or ``postgresql://user:password@host/name``. Tables are made as needed.
    secret : bytes
        At least 16, the study's own; see `scenechange.ratings.keys.load_secret`.
    clock : callable
        Seconds since 1970.
    busy_ms : int
        How long to wait for a locked database, in milliseconds.

    Raises
    ------
    StudyMismatchError
        The database belongs to another study, another version of it, or another secret.
    InputError
        Not a database address, or a picture that cannot be found.
    """
