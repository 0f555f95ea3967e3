"""All visitors of one server: who is who, how many there may be, and when they are forgotten."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from scenechange_ui.limits import Limits
from scenechange_ui.session import Session

LOST_S = 600.0
"""A ticket that nobody used for so long is void."""


class FullHouseError(Exception):
    """More visitors, or more work in line, than the server takes on."""


class UnknownVisitorError(Exception):
    """A page whose visitor was forgotten: idle for too long, or the server was started anew."""


class Sessions:
    """The visitors of a server by their secret token.

    Parameters
    ----------
    limits : Limits
        How many, and for how long.
    now : callable
        A clock in seconds.
    """

    def __init__(self, limits: Limits, now: Callable[[], float] = time.monotonic) -> None:
        self.limits, self._now = limits, now
        self._lock = threading.Lock()
        self._visitors: dict[str, Session] = {}
        self._tickets: dict[str, float] = {}

    def open(self, label: str) -> Session:
        """A new visitor; `label` is what the web server calls their page."""
        session = Session(self.limits, label)
        session.seen_at, session.closed_at = self._now(), None
        self.sweep()
        with self._lock:
            self._visitors[session.token] = session
        return session

    def of(self, token: object) -> Session:
        """The visitor of a token, seen just now."""
        self.sweep()
        with self._lock:
            session = self._visitors.get(token) if isinstance(token, str) else None
        if session is None:
            raise UnknownVisitorError
        session.seen_at, session.closed_at = self._now(), None
        return session

    def admit(self, session: Session) -> None:
        """Make room for the photos of a visitor, or raise `FullHouseError`.

        Where all room is taken, those who closed their page are forgotten at once, who left first, first.
        """
        with self._lock:
            others = [s for s in self._visitors.values() if s is not session and s.holds_photos]
            left = [s for s in others if s.closed_at is not None and s.token not in self._tickets]
        left.sort(key=lambda s: s.closed_at or 0.0)
        excess = len(others) - self.limits.visitors + 1
        if excess > len(left):
            raise FullHouseError
        for leaver in left[: max(excess, 0)]:
            self.forget(leaver.token)

    def closed(self, label: str | None) -> None:
        """Note that a page was closed: its visitor is forgotten soon, unless they come back."""
        with self._lock:
            for session in self._visitors.values():
                if session.label == label:
                    session.closed_at = self._now()

    def forget(self, token: str) -> None:
        """Forget a visitor and everything of theirs."""
        with self._lock:
            session = self._visitors.pop(token, None)
            self._tickets.pop(token, None)
        if session is not None:
            session.forget()

    def forget_everybody(self) -> None:
        """Forget all visitors."""
        for token in list(self._visitors):
            self.forget(token)

    def sweep(self) -> None:
        """Forget visitors who are gone: closed pages after a moment, idle ones after a while."""
        now = self._now()
        with self._lock:
            gone = [token for token, s in self._visitors.items() if self._is_gone(s, now)]
        for token in gone:
            self.forget(token)

    def _is_gone(self, session: Session, now: float) -> bool:
        if session.token in self._tickets:
            return False
        closed = session.closed_at is not None and now - session.closed_at > self.limits.closed_s
        return closed or now - session.seen_at > self.limits.idle_s

    def stand_in_line(self, session: Session) -> int:
        """Take a ticket for a slow step; gives how many are ahead. Raises `FullHouseError` where the line is full."""
        with self._lock:
            lost = [token for token, since in self._tickets.items() if self._now() - since > LOST_S]
            for token in lost:
                del self._tickets[token]
            ahead = sum(token != session.token for token in self._tickets)
            if ahead >= self.limits.at_once + self.limits.waiting:
                raise FullHouseError
            self._tickets[session.token] = self._now()
        return max(0, ahead - self.limits.at_once + 1)

    def leave_line(self, session: Session) -> None:
        """Give the ticket back."""
        with self._lock:
            self._tickets.pop(session.token, None)

    def everybody(self) -> tuple[Session, ...]:
        """All visitors, for tests and for who looks after the server."""
        with self._lock:
            return tuple(self._visitors.values())

    def __len__(self) -> int:
        return len(self._visitors)
