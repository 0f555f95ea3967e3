"""Slow work in a thread of its own, told step by step."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

T = TypeVar("T")
_END = object()


def streamed(work: Callable[[Callable[[str], None]], T], into: list[T]) -> Iterator[str]:
    """Names of the steps of `work` as they start; its result is appended to `into`, its error raised.

    Examples
    --------
    >>> found = []
    >>> list(streamed(lambda tell: (tell("one"), tell("two"), 42)[2], found)), found
    (['one', 'two'], [42])
    """
    steps: queue.SimpleQueue[object] = queue.SimpleQueue()
    failed: list[BaseException] = []

    def run() -> None:
        try:
            into.append(work(steps.put))
        except BaseException as error:  # handed to the caller's thread below
            failed.append(error)
        finally:
            steps.put(_END)

    threading.Thread(target=run, daemon=True).start()
    while (step := steps.get()) is not _END:
        yield str(step)
    if failed:
        raise failed[0]
