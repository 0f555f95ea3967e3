"""One process at a time: a lock that the operating system takes back when its holder dies."""

from __future__ import annotations

import errno
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_BUSY = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
_POLL_S = 0.1


@contextmanager
def file_lock(path: Path, while_waiting: Callable[[], None]) -> Iterator[None]:
    """Hold `path` as a lock, across processes and threads.

    The file stays behind on purpose: to delete it would let a third process lock a name that the second still waits on.

    Parameters
    ----------
    path : Path
        Lock file; made, with its folder, where it is missing.
    while_waiting : callable
        Called about ten times a second as long as another process holds the lock.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        while not _try_lock(file):
            while_waiting()
            time.sleep(_POLL_S)
        try:
            yield
        finally:
            _unlock(file)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: BinaryIO) -> bool:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError as error:
            if error.errno in _BUSY:
                return False
            raise
        return True

    def _unlock(file: BinaryIO) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(file: BinaryIO) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _BUSY:
                return False
            raise
        return True

    def _unlock(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
