"""Which timed pictures were shown already, so that reloading the page does not show them again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from enum import StrEnum


class Showing(StrEnum):
    """What a page of a timed trial shows."""

    READY = "ready"  # a button that shows the pictures
    NOW = "now"  # the pictures, which then vanish
    OVER = "over"  # only the question


class Showings:
    """Remembers timed trials by their opaque names, the last `most` of them, in memory.

    A guard against a reload, not a proof: another process of the same study, or a restart, does not know.
    """

    def __init__(self, most: int = 20_000) -> None:
        self._most, self._lock = most, threading.Lock()
        self._shown: OrderedDict[str, Showing] = OrderedDict()

    def ask(self, trial: str, seen: bool = False) -> None:
        """The worker pressed "show": the next page shows the pictures; with `seen` the script has shown them."""
        with self._lock:
            if trial not in self._shown or seen:
                self._shown[trial] = Showing.OVER if seen else Showing.NOW
            while len(self._shown) > self._most:
                self._shown.popitem(last=False)

    def take(self, trial: str) -> Showing:
        """What to show on this page; pictures come once."""
        with self._lock:
            showing = self._shown.get(trial, Showing.READY)
            if showing is Showing.NOW:
                self._shown[trial] = Showing.OVER
        return showing

    def forget(self, trial: str) -> None:
        """The trial is answered; taken back, it may be looked at again."""
        with self._lock:
            self._shown.pop(trial, None)
