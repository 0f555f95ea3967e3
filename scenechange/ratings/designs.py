"""Designs: which units a study judges, its gold and training tasks, and the order in which pictures are shown."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import combinations
from typing import TypeVar
from zlib import crc32

from scenechange.errors import InputError
from scenechange.ratings.latin import williams_row, williams_rows
from scenechange.ratings.records import Design, Item, Kind, Role, Study, Task
from scenechange.ratings.sets import balanced_sets

T = TypeVar("T")


class _Same:
    """A study as a key of a cache: equal to itself only, so that nothing of it needs to be hashed."""

    def __init__(self, study: Study) -> None:
        self.study = study

    def __hash__(self) -> int:
        return id(self.study)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.study is self.study


def once_per_study(build: Callable[[Study], T]) -> Callable[[Study], T]:
    """Remember what was built from a study, for the last 8 studies: sessions are planned thousands of times."""
    cached = lru_cache(maxsize=8)(lambda key: build(key.study))

    def remembered(study: Study) -> T:
        return cached(_Same(study))

    remembered.__name__, remembered.__doc__ = build.__name__, build.__doc__
    remembered.__wrapped__ = build  # type: ignore[attr-defined]
    return remembered


@once_per_study
def items_by_name(study: Study) -> Mapping[str, Item]:
    """Every item of a study under its name."""
    return {item.item: item for item in study.items}


@once_per_study
def all_units(study: Study) -> tuple[Task, ...]:
    """Everything that a study's test trials can judge, in a fixed order, items of a unit sorted by name.

    ACR and DCR: each test item. PAIR: all pairs of test items of one source. WHO: each test composite with the real
    picture of its source. BEST_WORST: in each source, sets in which every item, and as far as possible every pair of
    items, comes equally often; see `scenechange.ratings.sets`.

    Parameters
    ----------
    study : Study
        Remembered while in use: asking again costs nothing.

    Returns
    -------
    tuple of Task
        Role TEST, repetition 0, `shown_ms` None until `present` says.

    Raises
    ------
    InputError
        A source that lacks its original, or has too few pictures for the design.
    """
    return _tasks(study, Role.TEST)


@once_per_study
def gold_tasks(study: Study) -> tuple[Task, ...]:
    """The tasks whose answer is known and that are mixed among the test trials, in a fixed order.

    PAIR and BEST_WORST: the gold items of one source make one task, so there are exactly as many as the design shows.
    """
    return _tasks(study, Role.GOLD)


@once_per_study
def training_tasks(study: Study) -> tuple[Task, ...]:
    """The tasks with an explained answer that come first, in the order of the study's items; made as gold ones are."""
    return _tasks(study, Role.TRAINING)


def _tasks(study: Study, role: Role) -> tuple[Task, ...]:
    kind = study.design.kind
    items = [item for item in study.of_role(role) if not (kind is Kind.WHO and item.real)]
    if role is Role.TEST:
        items.sort(key=lambda item: item.item)
    if kind is Kind.ACR:
        return tuple(Task(item.item, (item.item,), role=role) for item in items)
    if kind is Kind.DCR:
        return tuple(Task(i.item, (i.item,), reference=original_of(study, i).item, role=role) for i in items)
    if kind is Kind.WHO:
        return tuple(_joined((item.item, original_of(study, item).item), role) for item in items)
    size = 2 if kind is Kind.PAIR else study.design.set_size
    return tuple(_joined(names, role) for names in _groups(items, size, kind, role))


def _groups(items: list[Item], size: int, kind: Kind, role: Role) -> Iterable[tuple[str, ...]]:
    """The names that are compared with each other, source by source."""
    sources: dict[str, list[str]] = defaultdict(list)
    for item in items:
        sources[item.source].append(item.item)
    for source, names in sources.items():
        few = len(names) < size
        if few or (role is not Role.TEST and len(names) != size):
            wanted = f"{'at least' if role is Role.TEST else 'exactly'} {size}"
            raise InputError(
                f"items: source {source!r} has {len(names)} {role} picture(s), the design {kind} wants {wanted}; "
                "add pictures of this source or take it out"
            )
        if kind is Kind.PAIR:
            yield from combinations(names, 2)
        else:
            yield from (tuple(names[place] for place in places) for places in balanced_sets(len(names), size))


def _joined(names: Iterable[str], role: Role) -> Task:
    ordered = tuple(sorted(names))
    return Task("|".join(ordered), ordered, role=role)


def original_of(study: Study, item: Item) -> Item:
    """The original an item is shown beside: the reference (DCR) or the real picture (WHO) of its source.

    Raises
    ------
    InputError
        None, or more than one that could be meant.
    """
    who = study.design.kind is Kind.WHO
    found = _originals(study).get(item.source, ())
    own = [other for other in found if other.role is item.role]
    found = own if own and item.role is not Role.TEST else [o for o in found if o.role in (Role.REFERENCE, Role.TEST)]
    if len(found) != 1:
        what = "real picture (real = true)" if who else "picture of role reference"
        raise InputError(
            f"items: source {item.source!r} of {item.item!r} has {len(found)} {what}, the design {study.design.kind} "
            "wants exactly one; name the folder or system of the originals as items.original"
        )
    return found[0]


@once_per_study
def _originals(study: Study) -> Mapping[str, list[Item]]:
    who = study.design.kind is Kind.WHO
    found: dict[str, list[Item]] = defaultdict(list)
    for item in study.items:
        if item.real if who else item.role is Role.REFERENCE:
            found[item.source].append(item)
    return found


def present(task: Task, seed: int, design: Design | None = None) -> Task:
    """A task as one worker sees it: from the left in which order, and for how long.

    Parameters
    ----------
    task : Task
        A unit, a gold or a training task.
    seed : int
        Any whole number. Successive numbers (how often the unit was shown so far) run through a Latin square: two
        pictures change sides every time, and of a set every picture stands at every place equally often and beside
        every other. Among them, the share of trials without time limit is kept exactly, not just on average.
    design : Design or None
        Says for how long; None leaves `shown_ms` as it is.

    Returns
    -------
    Task
        The same unit, role and repetition.
    """
    size = len(task.items)
    offset = crc32(task.unit.encode())
    rows = williams_rows(size)
    order = williams_row(size, seed + offset)
    shown_ms = task.shown_ms if design is None else design.shown_ms
    if design is not None and shown_ms is not None and design.untimed_share > 0:
        # A block of `rows` showings has one time limit, so that sides and time are never mixed up.
        block, start = seed // rows, (offset >> 8) / (1 << 24)
        before = math.floor(block * design.untimed_share + start)
        shown_ms = None if math.floor((block + 1) * design.untimed_share + start) > before else shown_ms
    return replace(task, items=tuple(task.items[place] for place in order), shown_ms=shown_ms)
