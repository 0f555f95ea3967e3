"""Rate limits by token buckets, in memory only: what is counted is forgotten when the process ends."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable


class Buckets:
    """A bucket of permits for each key: `burst` at once, then `per_s` a second.

    Keys are kept only as short hashes, at most `most` of them, the longest unused is dropped first. No address of a
    visitor is ever a key.

    Parameters
    ----------
    per_s : float
        Permits that flow back each second, above 0.
    burst : float
        Permits of a full bucket, at least 1.
    clock : callable
        Seconds that never go back.
    most : int
        Buckets kept.
    """

    def __init__(
        self, per_s: float, burst: float, clock: Callable[[], float] = time.monotonic, most: int = 50_000
    ) -> None:
        self.per_s, self.burst = per_s, burst
        self._clock, self._most, self._lock = clock, most, threading.Lock()
        self._filled: OrderedDict[bytes, tuple[float, float]] = OrderedDict()  # key -> (permits, when counted)

    def wait_s(self, key: str) -> float:
        """Take a permit: 0 where there was one, else the seconds until there will be."""
        name = hashlib.blake2b(key.encode(), digest_size=12).digest()
        now = self._clock()
        with self._lock:
            permits, then = self._filled.pop(name, (self.burst, now))
            permits = min(self.burst, permits + (now - then) * self.per_s)
            wait = 0.0 if permits >= 1 else (1 - permits) / self.per_s
            self._filled[name] = (permits if wait else permits - 1, now)
            while len(self._filled) > self._most:
                self._filled.popitem(last=False)
        return wait
