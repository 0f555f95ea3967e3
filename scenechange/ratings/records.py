"""The nouns of appeal ratings: every value that passes between two modules of this room.

Appeal is "the degree to which a picture is realistic or acceptable" (Larson, MediaEval Scene Change). An *item* is
one picture that a *system* made from a *source*. A *study* says what is asked about which items. A *session* is one
worker's way through a study; in each *trial* the worker sees one item, or a few together, and gives one *answer*. A
stored answer is a *vote*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

Texts = Mapping[str, str]  # language code -> text


class Kind(StrEnum):
    """What a worker does in a trial."""

    ACR = "acr"  # absolute category rating: one picture, one score (ITU-T P.910, 6.1)
    DCR = "dcr"  # degradation category rating: a reference, then one picture, one score (P.910, 6.2)
    PAIR = "pair"  # two pictures of one source, which is better (P.910, 6.3)
    WHO = "who"  # two pictures of one source, which person was really there
    BEST_WORST = "best-worst"  # a few pictures, the best and the worst (Louviere, Flynn, Marley 2015)


class Role(StrEnum):
    """Why an item is shown."""

    TEST = "test"
    TRAINING = "training"  # first, with an answer explained; never counted
    GOLD = "gold"  # among the others, with a known answer; tells whether the worker looks
    REFERENCE = "reference"  # only beside another item: the original of a source


class Platform(StrEnum):
    """Where workers come from."""

    NONE = "none"
    PROLIFIC = "prolific"
    MTURK = "mturk"


class State(StrEnum):
    """Where on the way a session is. The order of the first six is the way."""

    CONSENT = "consent"
    CHECKS = "checks"
    INSTRUCTIONS = "instructions"
    TRAINING = "training"
    TRIALS = "trials"
    DONE = "done"
    REFUSED = "refused"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Item:
    """One picture of a study.

    Attributes
    ----------
    item : str
        Unique within the study; letters, digits, ``._-``, at most 200.
    system : str
        Who or what made it; what a leaderboard ranks.
    source : str
        What it was made from: items of one source may be compared with each other.
    path : Path
        The picture's file.
    sha256 : str
        Of the file, 64 hexadecimal digits, checked whenever the file is read.
    team : str
        Whose it is; a rater of the same team never sees it. Empty for nobody's.
    role : Role
        Why it is shown.
    expected : str
        The known answer of training and gold items: scores as ``"4-5"`` or ``"1"``, or an item, or ``"real"`` for WHO.
        Empty where there is none.
    real : bool
        Whether the picture is an original photo, for WHO.
    """

    item: str
    system: str
    source: str
    path: Path
    sha256: str
    team: str = ""
    role: Role = Role.TEST
    expected: str = ""
    real: bool = False


@dataclass(frozen=True, slots=True)
class Design:
    """What is asked in a trial.

    Attributes
    ----------
    kind : Kind
        The task.
    points : int
        Of the scale, 5, 7 or 9; ACR and DCR only.
    ties : bool
        Whether "no difference" may be answered; PAIR only.
    set_size : int
        Pictures in a trial, 3 to 6; BEST_WORST only.
    shown_ms : int or None
        After so many milliseconds the pictures are hidden; None shows them until the answer. WHO may be run with and
        without in one study, see `untimed_share`.
    untimed_share : float
        Share of trials shown without limit though `shown_ms` is set, 0 to 1: the error with limit less the error
        without is a measure of appeal (MediaEval 2020).
    assignment : str
        ``"balanced"``, or ``"active"`` for pairs chosen by expected information gain.
    """

    kind: Kind
    points: int = 5
    ties: bool = False
    set_size: int = 4
    shown_ms: int | None = None
    untimed_share: float = 0.0
    assignment: str = "balanced"


@dataclass(frozen=True, slots=True)
class Field:
    """Something that is collected besides the answers. Without a purpose it may not be collected.

    Attributes
    ----------
    name : str
        ``response_ms`` and ``window_px`` are measured by the page; any other name is asked for after consent.
    purpose : Texts
        Why it is collected, in each language; shown where consent is asked.
    options : tuple of (str, Texts)
        What may be chosen: stored value and label. Never free text. Empty for measured fields.
    optional : bool
        Whether the worker may say no to this alone and still take part.
    """

    name: str
    purpose: Texts
    options: tuple[tuple[str, Texts], ...] = ()
    optional: bool = True


@dataclass(frozen=True, slots=True)
class Checks:
    """What a worker's device and eyes must pass before the first trial; 0 and False ask for nothing."""

    min_width_px: int = 0
    min_height_px: int = 0
    colour_plate: bool = False


@dataclass(frozen=True, slots=True)
class Study:
    """All of a study file, validated; see `scenechange.ratings.study`.

    Attributes
    ----------
    name : str
        Short name for files and links: lower-case letters, digits, hyphens.
    languages : tuple of str
        Of the pages, the first is the default; from ``en fr de nl``.
    title, question, instructions, consent : Texts
        In every language of the study.
    contact : str
        Whom workers may write to.
    labels : mapping of language to tuple of str
        Of the scale from worst to best, one a point; empty for kinds without a scale.
    design : Design
        What is asked.
    items : tuple of Item
        All roles.
    votes_per_item : int
        How many votes each test item should get (PAIR and WHO: each pair; BEST_WORST: how often each is shown).
    trials_per_session : int
        Test trials that one worker sees, gold not counted.
    repeated : int
        Test trials of a session that are shown a second time, to see whether a worker agrees with himself.
    gold_per_session : int
        Gold trials among the test trials.
    fields : tuple of Field
        What is collected besides the answers.
    retention_days : int
        After so many days from a session's start, votes are kept without any link to a worker and receipts are deleted.
    completion_code, refusal_code : str
        What the platform wants to see at the end, and from those who refuse. Empty where there is no platform.
    platform : Platform
        Where workers come from.
    checks : Checks
        Of device and eyes.
    lease_s : int
        An unanswered trial returns to the pool after so many seconds.
    stop_when : str
        Rule to stop early, such as ``"top 3 separated"``; empty for none.
    close_when_complete : bool
        Whether new workers are refused once everything has its `votes_per_item`.
    """

    name: str
    languages: tuple[str, ...]
    title: Texts
    question: Texts
    instructions: Texts
    consent: Texts
    contact: str
    labels: Mapping[str, tuple[str, ...]]
    design: Design
    items: tuple[Item, ...]
    votes_per_item: int = 10
    trials_per_session: int = 20
    repeated: int = 0
    gold_per_session: int = 0
    fields: tuple[Field, ...] = ()
    retention_days: int = 180
    completion_code: str = ""
    refusal_code: str = ""
    platform: Platform = Platform.NONE
    checks: Checks = field(default_factory=Checks)
    lease_s: int = 900
    stop_when: str = ""
    close_when_complete: bool = True

    def of_role(self, role: Role) -> tuple[Item, ...]:
        """The items that are shown for one reason."""
        return tuple(i for i in self.items if i.role is role)


@dataclass(frozen=True, slots=True)
class Task:
    """What a trial shows, before it is given to anybody: made by `scenechange.ratings.designs`.

    Attributes
    ----------
    unit : str
        Name of what is judged, whatever the order shown: the item, or the items sorted and joined by ``|``.
    items : tuple of str
        In the order shown, from the left: 1 for ACR and DCR, 2 for PAIR and WHO, `Design.set_size` for BEST_WORST.
    reference : str
        Item shown beside them as the original, for DCR; empty otherwise.
    role : Role
        TEST, TRAINING or GOLD.
    repetition : int
        0, or 1 for a trial shown a second time in the session.
    shown_ms : int or None
        See `Design.shown_ms`.
    """

    unit: str
    items: tuple[str, ...]
    reference: str = ""
    role: Role = Role.TEST
    repetition: int = 0
    shown_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """A task given to a session.

    Attributes
    ----------
    trial : str
        Opaque, unguessable name.
    task : Task
        What is shown.
    number, total : int
        Place among the session's trials, from 1, and how many there are.
    """

    trial: str
    task: Task
    number: int
    total: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a worker said in one trial; exactly the fields of the design's kind are set.

    Attributes
    ----------
    score : int or None
        1 (worst) to `Design.points`; ACR and DCR.
    chosen : str or None
        The item that is better or real, ``""`` for no difference; PAIR and WHO.
    best, worst : str or None
        Items; BEST_WORST.
    """

    score: int | None = None
    chosen: str | None = None
    best: str | None = None
    worst: str | None = None


@dataclass(frozen=True, slots=True)
class Vote:
    """A stored answer. `rater` is a random name of the session, nothing else is known of the person.

    `at_hour` is the hour of the vote as ISO 8601 UTC (``2026-11-23T05``): finer times could single somebody out.
    `response_ms` is None where the study or the worker does not collect it.
    """

    rater: str
    task: Task
    answer: Answer
    response_ms: int | None
    at_hour: str
