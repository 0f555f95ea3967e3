"""What a running study does by itself: keep its promise on retention, and stop when its rule says so."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from scenechange.errors import InputError
from scenechange.ratings.records import State
from scenechange.ratings.web.insight import decision

if TYPE_CHECKING:
    from scenechange.ratings.service import Service

LOOK_S = 30.0
PURGE_S = 3600.0
log = logging.getLogger(__name__)


class Upkeep:
    """A thread that looks after a study while it is served. Use it in a ``with`` block.

    Parameters
    ----------
    service : Service
        Of the study.
    stop_when : str
        Rule such as ``"top 3 separated"``; empty for none.
    tell : callable
        Takes one line for the organiser.
    look_s : float
        Seconds from one look at the votes to the next.
    """

    def __init__(
        self, service: Service, stop_when: str = "", tell: Callable[[str], None] = log.info, look_s: float = LOOK_S
    ) -> None:
        from scenechange.ratings.analysis.stopping import parse_stop_rule

        if stop_when:
            parse_stop_rule(stop_when)  # so that a wrong rule fails now and not in the thread
            if service.study.design.assignment == "active":
                raise InputError(
                    "stop rule: wanted design.assignment = 'balanced', got 'active': pairs that are chosen by earlier "
                    "answers make the rule wrong"
                )
        self._service, self._stop_when, self._tell, self._look_s = service, stop_when, tell, look_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def __enter__(self) -> Upkeep:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(10.0)

    def _run(self) -> None:
        since_purge = PURGE_S
        while True:
            try:
                if since_purge >= PURGE_S:
                    self.purge()
                    since_purge = 0.0
                self.look()
            except Exception as error:  # whatever it is: retention and the stop rule must go on
                log.warning("upkeep comes again later: %s", type(error).__name__)
            if self._over.wait(self._look_s):
                return
            since_purge += self._look_s

    def purge(self) -> None:
        """Cut votes from their workers where the retention is over."""
        if gone := self._service.purge_expired():
            self._tell(f"retention is over for {gone} sessions: their votes belong to nobody now")

    def look(self) -> bool:
        """Close the study to new workers if everything has its votes or the rule says so; whether it is closed now."""
        study = self._service.study
        if not (self._stop_when or study.close_when_complete):
            return False
        if self._service.is_closed():
            return True
        if study.close_when_complete and self._service.is_complete():
            return self._close(f"everything has its {study.votes_per_item} votes")
        return bool(self._stop_when) and self._stop_early()

    def _stop_early(self) -> bool:
        status = self._service.status()
        done = frozenset(rater.rater for rater in status.raters if rater.state is State.DONE)
        said = decision(self._service.study, list(self._service.votes()), self._stop_when, done)
        if said is None or not said.separated:
            return False
        return self._close(said.note)

    def _close(self, why: str) -> bool:
        self._service.set_closed(True)
        self._tell(f"closed to new workers, sessions that run may end: {why}")
        return True
