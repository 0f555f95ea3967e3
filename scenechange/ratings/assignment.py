"""Assignment: who sees what next, so that every unit gets equally many votes, at every place and on every side."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import repeat

import numpy as np

from scenechange.ratings.designs import all_units, gold_tasks, items_by_name, once_per_study, present
from scenechange.ratings.latin import williams_row
from scenechange.ratings.records import Kind, Study, Task, Vote

_SEEDS = 1 << 62  # seeds are taken modulo this: generators want them non-negative


@dataclass(frozen=True)
class _Table:
    """The units of a study as arrays, made once.

    `members` (units, items of a unit) are numbers of items; `of_team` says for each team which units have a picture of
    it; `labels` (what orders are balanced for) and `sources` say which units should not follow each other.
    """

    units: tuple[Task, ...]
    names: tuple[str, ...]
    places: Mapping[str, int]
    members: np.ndarray
    items: int
    of_team: Mapping[str, np.ndarray]
    labels: np.ndarray
    sources: np.ndarray


@once_per_study
def _table(study: Study) -> _Table:
    units, known = all_units(study), items_by_name(study)
    numbers = {name: number for number, name in enumerate(sorted({item for unit in units for item in unit.items}))}
    members = [[numbers[item] for item in unit.items] for unit in units]
    names = tuple(unit.unit for unit in units)
    labels = [_label(study, unit) for unit in units]
    sources = [known[unit.items[0]].source for unit in units]
    return _Table(
        units,
        names,
        {name: place for place, name in enumerate(names)},
        np.array(members, int).reshape(len(units), len(units[0].items) if units else 1),
        len(numbers),
        _of_teams([{known[item].team for item in unit.items} for unit in units]),
        np.unique(labels, return_inverse=True)[1],
        np.unique(sources, return_inverse=True)[1],
    )


def _of_teams(teams: Sequence[set[str]]) -> dict[str, np.ndarray]:
    named = set().union(*teams) - {""}
    return {team: np.array([team in of_unit for of_unit in teams], bool) for team in named}


def _label(study: Study, unit: Task) -> str:
    """What the order of a session is balanced for: the systems shown, originals apart."""
    items = [items_by_name(study)[item] for item in unit.items]
    if study.design.kind is Kind.BEST_WORST:
        return items[0].source
    return "|".join(sorted(item.system for item in items if not (study.design.kind is Kind.WHO and item.real)))


def _counted(table: _Table, counts: Mapping[str, int]) -> np.ndarray:
    """Counts of all units as an array; names that are no units (any more) are passed over."""
    return np.fromiter(map(counts.get, table.names, repeat(0)), int, len(table.names))


def _allowed(table: _Table, seen: Collection[str], team: str) -> np.ndarray:
    allowed = ~table.of_team.get(team, np.zeros(len(table.names), bool))
    for name in seen:
        if name in table.places:
            allowed[table.places[name]] = False
    return allowed


def choose_units(
    study: Study, counts: Mapping[str, int], seen: Collection[str], team: str, seed: int, count: int
) -> tuple[Task, ...]:
    """The next units for one worker: the least judged first, ties mixed and at random, then put into a Latin order.

    Parameters
    ----------
    study : Study
        The study.
    counts : mapping of str to int
        Votes and open leases of each unit, first showings only (`Task.repetition` 0); a missing unit has none.
    seen : collection of str
        Units this worker was given already; they are left out.
    team : str
        The worker's team; units with one of its pictures are left out. Empty for none.
    seed : int
        Same arguments, same tasks.
    count : int
        How many; fewer come back where there are no more.

    Returns
    -------
    tuple of Task
        In the order to be shown, each as `scenechange.ratings.designs.present` shows it for the `counts`-th time.

    Notes
    -----
    Where sessions of any length follow each other and every one is counted, the counts of any two units differ by at
    most 1: a session takes units with the lowest count before any with a higher one, and none twice. With teams the
    same holds among the units that all workers may see.
    """
    table = _table(study)
    counted = _counted(table, counts)
    rng = np.random.default_rng(seed % _SEEDS)
    chosen = _least(table, counted, _allowed(table, seen, team), rng, count)
    return _shown(study, table, _latin(table, chosen, counted, rng), counted)


def _least(table: _Table, counted: np.ndarray, allowed: np.ndarray, rng: np.random.Generator, count: int) -> list[int]:
    """Places of the least counted units; among equals of a source this session had least, then least shown, then any.

    Of many scenes each comes once before one comes again: who sees an original twice may know it.
    """
    count = min(count, int(allowed.sum()))
    ties = rng.random(len(counted))
    shown = np.bincount(table.members.ravel(), np.repeat(counted, table.members.shape[1]), table.items)
    used = np.zeros(int(table.sources.max(initial=-1)) + 1)
    much = table.members.shape[1] * (shown.max(initial=0) + count) + 1  # more than any exposure
    chosen: list[int] = []
    for level in np.unique(counted[allowed]):
        pool = np.flatnonzero(allowed & (counted == level))
        members, sources, rank = table.members[pool], table.sources[pool], ties[pool]
        for _ in range(min(len(pool), count - len(chosen))):
            cost = used[sources] * much + sum(shown[column] for column in members.T)
            best = int(np.argmin(np.where(cost == cost[rank <= 1].min(), rank, 2.0)))
            used[sources[best]] += 1
            shown[members[best]] += 1
            rank[best] = 3.0  # taken
            chosen.append(int(pool[best]))
    return chosen


def _latin(table: _Table, chosen: Sequence[int], counted: np.ndarray, rng: np.random.Generator) -> list[int]:
    """Chosen units in rounds of one unit per label, each round a row of a Williams square over the labels.

    The row follows from how many sessions there were, so that successive sessions run through the square. Units of one
    label then change places where that keeps pictures of one source apart.
    """
    waiting: dict[int, list[int]] = {}
    for place in rng.permutation(np.array(chosen, int)).tolist():
        waiting.setdefault(int(table.labels[place]), []).append(place)
    labels = sorted(waiting)
    rounds = max(map(len, waiting.values()), default=0)
    row = int(counted.sum()) // max(len(chosen), 1) * rounds
    ordered: list[int] = []
    for turn in range(rounds):
        for symbol in williams_row(len(labels), row + turn):
            if places := waiting[labels[symbol]]:
                ordered.append(places.pop())
    _keep_apart(table, ordered)
    return ordered


def _keep_apart(table: _Table, ordered: list[int]) -> None:
    """Change places within labels, in `ordered` itself, as long as fewer neighbours are of one source."""
    sources, labels = table.sources[ordered].tolist(), table.labels[ordered].tolist()

    def clashes(*places: int) -> int:
        edges = {edge for place in places for edge in (place, place + 1) if 0 < edge < len(sources)}
        return sum(sources[edge - 1] == sources[edge] for edge in edges)

    for one in range(len(ordered)):
        if not clashes(one):
            continue
        for other in (place for place in range(len(ordered)) if labels[place] == labels[one] and place != one):
            before = clashes(one, other)
            sources[one], sources[other] = sources[other], sources[one]
            if clashes(one, other) < before:
                ordered[one], ordered[other] = ordered[other], ordered[one]
                break
            sources[one], sources[other] = sources[other], sources[one]


def _shown(study: Study, table: _Table, places: Sequence[int], counted: np.ndarray) -> tuple[Task, ...]:
    return tuple(present(table.units[place], int(counted[place]), study.design) for place in places)


def plan_session(
    study: Study, counts: Mapping[str, int], team: str, seed: int, votes: Collection[Vote] = ()
) -> tuple[Task, ...]:
    """All trials of one session after training: test, gold among them, and some test trials a second time.

    Parameters
    ----------
    study : Study
        Says how many of each.
    counts : mapping of str to int
        Votes and open leases of each unit, first showings only.
    team : str
        The worker's team; nothing of it is shown. Empty for none.
    seed : int
        Same arguments, same session.
    votes : collection of Vote
        All so far; used by ``assignment = "active"`` only.

    Returns
    -------
    tuple of Task
        Gold is spread evenly and never comes first. What is shown again (repetition 1) comes a third of the session
        or more after its first time, with the pictures the other way round. Empty where nothing may be shown.
    """
    rng = np.random.default_rng([seed % _SEEDS, 1])
    if study.design.assignment == "active":
        tests = _active(study, counts, team, seed, votes)
    else:
        tests = choose_units(study, counts, (), team, seed, study.trials_per_session)
    return _with_gold(study, _with_repeats(study, tests, rng), team, rng) if tests else ()


def _active(study: Study, counts: Mapping[str, int], team: str, seed: int, votes: Collection[Vote]) -> tuple[Task, ...]:
    """The pairs that promise the most information, in a Latin order."""
    from scenechange.ratings.active import Pairs, choose_pairs

    table = _table(study)
    counted, allowed = _counted(table, counts), _allowed(table, (), team)
    rng = np.random.default_rng(seed % _SEEDS)
    wins, voted = _outcomes(table, votes)
    pairs = Pairs(table.members, table.sources, table.items)
    chosen = choose_pairs(pairs, wins, np.maximum(counted - voted, 0), allowed, study.trials_per_session, rng)
    return _shown(study, table, _latin(table, chosen, counted, rng), counted)


def _outcomes(table: _Table, votes: Collection[Vote]) -> tuple[np.ndarray, np.ndarray]:
    """Wins of the first and the second item of each pair, (units, 2), a tie half to each; and votes of each pair."""
    outcomes = []  # unit and outcome in one number: 0 the first item, 1 the second, 2 a tie
    for vote in votes:
        place = table.places.get(vote.task.unit)
        if place is not None and not vote.task.repetition:
            chosen, items = vote.answer.chosen, table.units[place].items
            outcomes.append(3 * place + (0 if chosen == items[0] else 1 if chosen == items[1] else 2))
    tally = np.bincount(np.array(outcomes, int), minlength=3 * len(table.units)).reshape(-1, 3)
    return tally[:, :2] + tally[:, 2:] / 2, tally.sum(axis=1)


def _with_repeats(study: Study, tests: tuple[Task, ...], rng: np.random.Generator) -> list[Task]:
    """Test trials, some of the first half shown again at least a third of the session later."""
    early = tests[: max(1, len(tests) // 2)]
    number = min(study.repeated, len(early))
    session = list(tests)
    distance = max(1, len(tests) // 3)
    for place in sorted(rng.choice(len(early), number, replace=False).tolist()):
        task = early[place]
        again = replace(task, items=task.items[::-1], repetition=1)
        first = next(i for i, t in enumerate(session) if t.unit == task.unit)
        lowest = min(first + 1 + distance, len(session))
        session.insert(int(rng.integers(lowest, len(session) + 1)), again)
    return session


def _with_gold(study: Study, session: list[Task], team: str, rng: np.random.Generator) -> tuple[Task, ...]:
    """One gold task somewhere in each of as many equal stretches of the session."""
    known = items_by_name(study)
    open_ = [t for t in gold_tasks(study) if not (team and any(known[i].team == team for i in t.items))]
    number = min(study.gold_per_session, len(open_))
    chosen = rng.choice(len(open_), number, replace=False).tolist() if number else []
    edges = np.linspace(1, len(session), number + 1)
    for stretch in reversed(range(number)):
        low, high = round(edges[stretch]), max(round(edges[stretch + 1]), round(edges[stretch]) + 1)
        gold = present(open_[chosen[stretch]], int(rng.integers(1 << 30)), study.design)
        session.insert(int(rng.integers(low, high)), gold)
    return tuple(session)


def is_complete(study: Study, counts: Mapping[str, int]) -> bool:
    """Whether every unit has the votes that the study wants for it, see `votes_per_unit`."""
    wanted = votes_per_unit(study)
    return all(counts.get(unit.unit, 0) >= wanted for unit in all_units(study))


@once_per_study
def votes_per_unit(study: Study) -> int:
    """Votes that each unit needs so that each item (pair, for PAIR and WHO) gets `Study.votes_per_item`.

    Only for BEST_WORST are the two different: an item is in several sets.
    """
    if study.design.kind is not Kind.BEST_WORST:
        return study.votes_per_item
    fewest_sets = int(np.bincount(_table(study).members.ravel()).min())
    return -(-study.votes_per_item // fewest_sets)
