"""One writer a process: what many callers want to write is committed together, and each hears of it afterwards.

A durable commit costs one wait for the disk, whatever is in it. So the writer takes all that has queued up while the
last commit was under way and commits it as one (group commit: DeWitt et al. 1984, section 5.2). Under load, groups
grow by themselves; a lone vote never waits for company.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from scenechange.ratings.failures import StoreBusyError
from scenechange.ratings.store.engine import as_failure, blames_all, is_passing, lock_study

T = TypeVar("T")
MAX_GROUP = 256
MAX_WAITING = 4096
MAX_WAIT_S = 30.0
ATTEMPTS = 6
FIRST_PAUSE_S = 0.005  # doubled each time: 0.3 s in all


@dataclass
class Turn:
    """One transaction of the writer.

    Attributes
    ----------
    connection : Connection
        Within the transaction.
    shared : dict
        What acts of this transaction remember for each other, such as counts; forgotten at its end.
    """

    connection: Connection
    shared: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Job:
    act: Callable[[Turn], Any]
    order: str
    plans: bool
    alone: bool
    done: Future[Any] = field(default_factory=Future)


@dataclass
class _Outcome:
    job: _Job
    result: Any
    error: Exception | None

    def tell(self) -> None:
        if self.error is None:
            self.job.done.set_result(self.result)
        else:
            self.job.done.set_exception(self.error)


class Writer:
    """A thread that owns the only writing connection of this process. It starts with the first act.

    Parameters
    ----------
    engine : Engine
        Where to write.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._jobs: queue.Queue[_Job | None] = queue.Queue(MAX_WAITING)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closed = False
        self._connection: Connection | None = None
        self.groups = 0  # transactions committed so far

    def write(self, act: Callable[[Turn], T], *, order: str = "", plans: bool = False) -> T:
        """Do something within a transaction and return its result once that is durable.

        Parameters
        ----------
        act : callable
            Gets the `Turn`. May run more than once (after a deadlock, or when another act of its group broke the
            transaction) and must change nothing but the database. An error it raises undoes it alone.
        order : str
            Acts of a group run sorted by this, so that two processes lock rows in the same order: the session's mark.
        plans : bool
            Whether it reads the counts of the whole study to decide; such acts run one process at a time.

        Raises
        ------
        StoreBusyError, StoreFullError, StoreError
            Nothing was stored.
        """
        return self._wait(_Job(act, order, plans, alone=False))

    def between(self, act: Callable[[Engine], T]) -> T:
        """Do something in the writer's thread while no transaction is open, such as VACUUM."""
        return self._wait(_Job(act, "", False, alone=True))  # type: ignore[arg-type]

    def close(self) -> None:
        """Finish what is queued, then end the thread."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            thread = self._thread
        if thread is not None:
            self._jobs.put(None)
            thread.join()

    def _wait(self, job: _Job) -> Any:
        with self._lock:
            if self._closed:
                raise StoreBusyError("the service is shutting down: nothing was saved; try again in a moment")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="rating-writer", daemon=True)
                self._thread.start()
            try:
                self._jobs.put_nowait(job)
            except queue.Full:
                raise StoreBusyError("too much is waiting to be saved; try again in a moment") from None
        try:
            return job.done.result(MAX_WAIT_S)
        except FutureTimeoutError:
            raise StoreBusyError("the database took too long; try again, an answer counts once however often") from None

    def _run(self) -> None:
        while (group := self._next_group()) is not None:
            together = [job for job in group if not job.alone]
            if together:
                self._commit_or_tell(sorted(together, key=lambda job: job.order))
            for job in group:
                if job.alone:
                    self._act_alone(job)
        self._drop_connection()

    def _next_group(self) -> list[_Job] | None:
        first = self._jobs.get()
        group: list[_Job] = []
        while first is not None:
            group.append(first)
            if len(group) >= MAX_GROUP:
                return group
            try:
                first = self._jobs.get_nowait()
            except queue.Empty:
                return group
        if group:
            self._jobs.put(None)
        return group or None

    def _commit_or_tell(self, jobs: list[_Job]) -> None:
        """Whatever goes wrong, nobody waits for ever and the thread lives on."""
        try:
            self._commit(jobs)
        except Exception as error:
            self._drop_connection()
            failure = as_failure(error) if isinstance(error, PoolTimeoutError) else error
            for job in jobs:
                if not job.done.done():
                    job.done.set_exception(failure)

    def _commit(self, jobs: list[_Job], apart: bool = False) -> None:
        """Run a group as one transaction; where one act breaks it for all, each act as its own."""
        failure: Exception = StoreBusyError("the database is too busy: nothing was saved; try again in a moment")
        for attempt in range(ATTEMPTS):
            try:
                outcomes = self._attempt(jobs, apart)
            except DBAPIError as error:
                self._drop_connection()
                failure = as_failure(error)
                if is_passing(error):
                    time.sleep(FIRST_PAUSE_S * 2**attempt)
                    continue
                if len(jobs) > 1 and not blames_all(error):
                    for job in jobs:
                        self._commit([job])
                    return
                break
            if outcomes is None:  # somebody failed, so the others start again, each apart from each
                self._commit(jobs, apart=True)
                return
            self.groups += 1
            for outcome in outcomes:
                outcome.tell()
            return
        for job in jobs:
            job.done.set_exception(failure)

    def _attempt(self, jobs: list[_Job], apart: bool) -> list[_Outcome] | None:
        """Outcomes of a group after its commit; None where one failed that was not kept apart from the others.

        Failures are rare, and savepoints cost two messages to the server for every act: so they come only after one.
        """
        if self._connection is None:
            self._connection = self._engine.connect()
        with self._connection.begin() as transaction:
            if any(job.plans for job in jobs):
                lock_study(self._connection)
            turn = Turn(self._connection)
            if apart:
                return [self._kept_apart(turn, job) for job in jobs]
            try:
                return [_Outcome(job, job.act(turn), None) for job in jobs]
            except IntegrityError:
                transaction.rollback()
                return None
            except DBAPIError:
                raise
            except Exception as error:
                transaction.rollback()
                return [_Outcome(jobs[0], None, error)] if len(jobs) == 1 else None

    @staticmethod
    def _kept_apart(turn: Turn, job: _Job) -> _Outcome:
        """One act within its savepoint.

        Where another process was first with the same row, the second look finds what that one left.
        """
        for last in (False, True):
            savepoint = turn.connection.begin_nested()
            try:
                result = job.act(turn)
                savepoint.commit()
            except IntegrityError as error:
                savepoint.rollback()
                if last:
                    return _Outcome(job, None, as_failure(error))
            except DBAPIError:
                raise  # the transaction may be gone: the group starts again
            except Exception as error:  # whatever it is, it is its caller's, and the thread lives on
                savepoint.rollback()
                return _Outcome(job, None, error)
            else:
                return _Outcome(job, result, None)
        raise AssertionError("the second try always returns")

    def _act_alone(self, job: _Job) -> None:
        self._drop_connection()
        try:
            job.done.set_result(job.act(self._engine))  # type: ignore[arg-type]
        except DBAPIError as error:
            job.done.set_exception(as_failure(error))
        except Exception as error:
            job.done.set_exception(error)

    def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except DBAPIError:
                connection.invalidate()
