"""What the votes say so far, worked out beside the pages: asked for at any time, answered from the last result."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scenechange.errors import ScenechangeError
from scenechange.ratings.designs import items_by_name
from scenechange.ratings.records import Item, Kind, Role, Study, Vote

if TYPE_CHECKING:
    from scenechange.ratings.analysis.pairs import Pairs
    from scenechange.ratings.analysis.stopping import Decision
    from scenechange.ratings.analysis.system_board import SystemRow
    from scenechange.ratings.analysis.votes import Votes
    from scenechange.ratings.service import Service

OLDEST_S = 10.0
RESAMPLES = 500
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """One line of the leaderboard; `low` and `high` are the ends of a 95 % interval, NaN where there is none."""

    system: str
    votes: int
    value: float
    low: float
    high: float
    rank: int
    group: str


@dataclass(frozen=True, slots=True)
class Board:
    """The systems, the best first.

    Attributes
    ----------
    measure : str
        ``mos``, ``strength`` (log-odds), ``fooled`` (share) or ``best-worst`` (-1 to 1).
    standings : tuple of Standing
        Empty until there are votes.
    ends : (float, float)
        Of the measure's scale, for the plot.
    votes : int
        How many went in.
    seconds : float
        How long it took.
    """

    measure: str
    standings: tuple[Standing, ...]
    ends: tuple[float, float]
    votes: int
    seconds: float


def scored(study: Study, votes: list[Vote]) -> Votes:
    """Test votes on single pictures as the statistics want them; comparisons turn into a score for each picture.

    ACR and DCR: the score. WHO: 1 where the composite was taken for the real one, else 0. BEST_WORST: 1 for the best,
    -1 for the worst, 0 for the others (counting analysis: Louviere, Flynn, Marley 2015, chapter 2).
    """
    from scenechange.ratings.analysis.votes import Votes

    rows = [(v.rater, item, score) for v in votes for item, score in _scores(study, v)]
    return (
        Votes(
            rater=[rater for rater, _, _ in rows],  # type: ignore[arg-type]
            item=[item.item for _, item, _ in rows],  # type: ignore[arg-type]
            system=[item.system for _, item, _ in rows],  # type: ignore[arg-type]
            score=[score for _, _, score in rows],  # type: ignore[arg-type]
            source=[item.source for _, item, _ in rows],  # type: ignore[arg-type]
        )
        if rows
        else _no_votes()
    )


def _no_votes() -> Votes:
    import numpy as np

    from scenechange.ratings.analysis.votes import Votes

    words = np.empty(0, dtype=str)
    return Votes(words, words, words, np.empty(0))


def _scores(study: Study, vote: Vote) -> Iterator[tuple[Item, float]]:
    known, answer = items_by_name(study), vote.answer
    for name in vote.task.items:
        if (item := known.get(name)) is None:
            continue
        if answer.score is not None:
            yield item, float(answer.score)
        elif study.design.kind is Kind.WHO and not item.real:
            yield item, float(answer.chosen == name)
        elif study.design.kind is Kind.BEST_WORST:
            yield item, float(answer.best == name) - float(answer.worst == name)


def board(study: Study, votes: list[Vote]) -> Board:
    """The leaderboard of a study's test votes; trials shown a second time are left out."""
    started = time.perf_counter()
    counted = [v for v in votes if v.task.role is Role.TEST and v.task.repetition == 0]
    measure, ends = _scale(study)
    standings = _strengths(study, counted) if study.design.kind is Kind.PAIR else _means(study, counted)
    return Board(measure, standings, ends, len(counted), time.perf_counter() - started)


def _means(study: Study, votes: list[Vote]) -> tuple[Standing, ...]:
    from scenechange.ratings.analysis.system_board import board_of_scores

    return _standings(board_of_scores(scored(study, votes), resamples=RESAMPLES))


def _strengths(study: Study, votes: list[Vote]) -> tuple[Standing, ...]:
    from scenechange.ratings.analysis.system_board import board_of_pairs

    return _standings(board_of_pairs(compared(study, votes)))


def _standings(rows: Sequence[SystemRow]) -> tuple[Standing, ...]:
    return tuple(Standing(r.system, r.n, r.value, r.ci_low, r.ci_high, r.rank, r.tied_group) for r in rows)


def compared(study: Study, votes: list[Vote]) -> Pairs:
    """Test votes on pairs as the statistics want them."""
    import numpy as np

    from scenechange.ratings.analysis.pairs import Pairs

    known = items_by_name(study)
    rows = []
    for vote in votes:
        first, second = (known[name] for name in vote.task.items)
        chosen = vote.answer.chosen or ""
        rows.append((vote.rater, first.item, second.item, chosen, first.system, second.system, first.source))
    columns = zip(*rows, strict=True) if rows else [()] * 7
    rater, a, b, winner, system_a, system_b, source = (np.array(column, str) for column in columns)
    return Pairs(rater, a, b, winner, system_a, system_b, source)


def decision(study: Study, votes: list[Vote], rule_text: str, finished: frozenset[str]) -> Decision | None:
    """What a rule to stop says now; None while too few systems have votes, and for active sampling of pairs.

    Parameters
    ----------
    study : Study
        Whose votes they are.
    votes : list of Vote
        In the order stored.
    rule_text : str
        Such as ``"top 3 separated"``.
    finished : frozenset of str
        Raters whose sessions are over: only they count, so that looking often does not bend the rule.
    """
    from scenechange.ratings.analysis.stopping import are_pairs_separated, is_separated, parse_stop_rule

    rule = parse_stop_rule(rule_text)
    counted = [v for v in votes if v.task.role is Role.TEST and v.task.repetition == 0]
    known = items_by_name(study)
    shown = [known[name] for vote in counted for name in vote.task.items]
    if len({item.system for item in shown if not (study.design.kind is Kind.WHO and item.real)}) <= rule.k:
        return None
    if study.design.kind is Kind.PAIR:
        if study.design.assignment == "active":
            return None
        return are_pairs_separated(compared(study, counted), rule.k, rule.alpha, finished)
    return is_separated(scored(study, counted), rule.k, rule.alpha, _scale(study)[1], finished)


def _scale(study: Study) -> tuple[str, tuple[float, float]]:
    """What the leaderboard measures, and the ends of that scale."""
    known = {
        Kind.WHO: ("fooled", (0.0, 1.0)),
        Kind.BEST_WORST: ("best-worst", (-1.0, 1.0)),
        Kind.PAIR: ("strength", (-2.0, 2.0)),
    }
    return known.get(study.design.kind, ("mos", (1.0, float(study.design.points))))


class Insight:
    """Keeps the newest leaderboard; works out the next one in a thread of its own, never more than one at a time.

    Parameters
    ----------
    service : Service
        Whose votes are read.
    oldest_s : float
        A result older than this is renewed when somebody asks.
    work : callable
        From study and votes to the result.
    """

    def __init__(
        self, service: Service, oldest_s: float = OLDEST_S, work: Callable[[Study, list[Vote]], Board] = board
    ) -> None:
        self._service, self._oldest_s, self._work = service, oldest_s, work
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._board: Board | None = None
        self._at = -math.inf

    def latest(self, wait_s: float = 1.5) -> Board | None:
        """The last result, at once; where there is none yet, after at most `wait_s` seconds, or None."""
        with self._lock:
            fresh = time.monotonic() - self._at < self._oldest_s
            if not fresh and (self._thread is None or not self._thread.is_alive()):
                self._thread = threading.Thread(target=self._renew, name="insight", daemon=True)
                self._thread.start()
            thread = self._thread
        if self._board is None and thread is not None:
            thread.join(wait_s)
        return self._board

    def _renew(self) -> None:
        try:
            found = self._work(self._service.study, list(self._service.votes()))
        except ScenechangeError as error:
            log.warning("no leaderboard now: %s", type(error).__name__)
            return
        with self._lock:
            self._board, self._at = found, time.monotonic()

    def close(self) -> None:
        """Wait for what is under way."""
        if self._thread is not None:
            self._thread.join(5.0)
