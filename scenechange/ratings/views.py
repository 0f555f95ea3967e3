"""What the service tells pages and commands: each value is a snapshot, and none holds a token or a platform's id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scenechange.ratings.records import State, Task, Trial


@dataclass(frozen=True, slots=True)
class SessionView:
    """Where a worker is.

    Attributes
    ----------
    state : State
        On the way.
    language : str
        Of the pages, empty where none was chosen.
    done, total : int
        Trials answered and planned: the training's before and during training, the session's own from then on.
    allowed_fields : frozenset of str
        What may be collected: the fields this worker agreed to.
    can_undo : bool
        Whether the last vote may be taken back.
    """

    state: State
    language: str
    done: int
    total: int
    allowed_fields: frozenset[str]
    can_undo: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """All that a page of a trial needs.

    Attributes
    ----------
    view : SessionView
        Where the worker is.
    trial : Trial or None
        The trial that is due; None where all are answered or none is due yet.
    upcoming : tuple of str
        Items of the trial after it, so that a page can load their pictures beforehand; empty at the end.
    """

    view: SessionView
    trial: Trial | None
    upcoming: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A trial as it is found when its answer comes in.

    Attributes
    ----------
    answered : bool
        Whether this trial has an answer, or the answer's key came before: then nothing is stored any more.
    task : Task or None
        What was shown; None where it is answered.
    training : bool
        Whether it is practice.
    allowed_fields : frozenset of str
        What may be collected.
    row : Any
        The store's own note of it, for `Service.vote`.
    """

    answered: bool
    task: Task | None
    training: bool
    allowed_fields: frozenset[str]
    row: Any


@dataclass(frozen=True, slots=True)
class Receipt:
    """That an answer is stored for good.

    Attributes
    ----------
    trial : str
        Name of the trial answered.
    first : bool
        False where the answer had been stored before: a double click, a retry, a second tab. The first answer counts.
    number, total : int
        Place of the trial among the session's, from 1, and how many there are.
    """

    trial: str
    first: bool
    number: int
    total: int


@dataclass(frozen=True, slots=True)
class Completion:
    """What a worker takes home: the platform's code, and the code that opens what is stored about the session."""

    completion_code: str
    receipt_code: str


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What stays after a person's data are gone.

    Attributes
    ----------
    day : str
        ISO 8601, UTC.
    act : str
        ``erase`` or ``withdraw``.
    complete : bool
        Whether the free space of the database's files was cleared too; False where that waits for a quiet moment.
    """

    day: str
    act: str
    complete: bool = True


@dataclass(frozen=True, slots=True)
class RaterSummary:
    """One session in the organiser's eyes.

    Attributes
    ----------
    rater : str
        The session's random name.
    state : State
        On the way.
    votes : int
        Test votes, repeated ones included.
    gold_asked, gold_right : int
        Trials with a known answer, and how many agreed with it.
    median_ms : float or None
        Median response time, where it is collected.
    sum_ms : int or None
        Time spent on answers, where it is collected.
    doubts : tuple of str
        Why the session looks careless: ``gold``, ``fast``, ``constant``, ``one-sided``; empty for most.
    """

    rater: str
    state: State
    votes: int
    gold_asked: int
    gold_right: int
    median_ms: float | None
    sum_ms: int | None
    doubts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """A study in figures.

    Attributes
    ----------
    study : str
        Its name.
    sessions : mapping of State to int
        How many are where.
    votes : int
        Test votes stored.
    wanted : int
        Test votes wanted in all: `Study.votes_per_item` for each unit; for best-worst for each item, in sets.
    per_unit : mapping of str to int
        First votes (repetition 0) of each unit, units without any included.
    open_leases : int
        Trials given out, unanswered, whose time has not run out.
    raters : tuple of RaterSummary
        Sessions with at least one vote.
    closed : bool
        Whether new sessions are refused.
    """

    study: str
    sessions: Mapping[State, int]
    votes: int
    wanted: int
    per_unit: Mapping[str, int]
    open_leases: int
    raters: tuple[RaterSummary, ...]
    closed: bool

    @property
    def suspicious(self) -> tuple[RaterSummary, ...]:
        """Sessions with at least one doubt."""
        return tuple(r for r in self.raters if r.doubts)

    @property
    def spread(self) -> int:
        """Most votes of a unit less the fewest; 0 or 1 is balanced."""
        return max(self.per_unit.values(), default=0) - min(self.per_unit.values(), default=0)


@dataclass(frozen=True, slots=True)
class Approval:
    """What became of payment rows.

    Attributes
    ----------
    standing : tuple of str
        ``done``, ``open``, ``refused`` or ``unknown`` for each participant asked about, in the order asked.
    deleted : int
        Rows of finished sessions that are gone now.
    left : mapping of str to int
        Rows that remain, by standing.
    """

    standing: tuple[str, ...]
    deleted: int
    left: Mapping[str, int]
