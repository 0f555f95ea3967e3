"""Who is given what: balance under a rush, trials that return to the pool, late answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from rating_walks import answer_to, walk_to_trials
from sqlalchemy import select

from scenechange.ratings.failures import WrongStateError
from scenechange.ratings.records import Study
from scenechange.ratings.service import Service
from scenechange.ratings.store.tables import trial as trials
from scenechange.ratings.store.trials import count_given


def given(service: Service) -> Counter[str]:
    """Votes and open leases by unit, as the planner sees them."""
    with service._reading.connect() as connection:
        return count_given(connection, service._desk)


def planned_of_all(service: Service) -> Counter[str]:
    """How often each unit was planned, whatever became of it."""
    rows = select(trials.c.unit).where(trials.c.role == "test", trials.c.repetition == 0, trials.c.phase == "trials")
    with service._reading.connect() as connection:
        return Counter(connection.execute(rows).scalars())


def test_a_rush_of_joiners_in_two_processes_stays_within_one(serve: Callable[..., Service], small_study: Study) -> None:
    study = replace(small_study, trials_per_session=3, repeated=0)
    services = [serve(study), serve(study)]

    def join(number: int) -> None:
        service = services[number % 2]
        walk_to_trials(service, service.open_session())

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(join, range(41)))
    counts = planned_of_all(services[0])
    assert sum(counts.values()) == 41 * 3
    assert len(counts) == 10
    assert max(counts.values()) - min(counts.values()) <= 1
    assert given(services[1]) == counts
    assert services[0].status().open_leases == 41 * 4  # gold is given out too


def test_an_abandoned_session_returns_its_trials(rating: Service, clock) -> None:  # type: ignore[no-untyped-def]
    token = rating.open_session()
    walk_to_trials(rating, token)
    trial = rating.current_trial(token)
    assert trial is not None
    rating.vote(token, trial.trial, answer_to(trial), None, "k")
    assert sum(given(rating).values()) == 5
    clock.wait(rating.study.lease_s - 1)
    assert sum(given(rating).values()) == 5
    clock.wait(120)
    assert sum(given(rating).values()) == 1  # the vote
    assert rating.status().open_leases == 0


def test_who_works_slowly_keeps_the_trials(rating: Service, clock) -> None:  # type: ignore[no-untyped-def]
    token = rating.open_session()
    walk_to_trials(rating, token)
    for n in range(3):
        clock.wait(rating.study.lease_s * 0.8)
        trial = rating.current_trial(token)
        assert trial is not None
        clock.wait(rating.study.lease_s * 0.8)
        assert sum(given(rating).values()) == 5
        rating.vote(token, trial.trial, answer_to(trial), None, f"k{n}")


def test_a_late_answer_counts_once_though_the_unit_was_given_away(
    serve: Callable[..., Service], small_study: Study, clock
) -> None:  # type: ignore[no-untyped-def]
    study = replace(small_study, trials_per_session=10, repeated=0, gold_per_session=0)
    rating = serve(study)
    late, other = rating.open_session(), rating.open_session()
    walk_to_trials(rating, late)
    mine = rating.current_trial(late)
    assert mine is not None
    clock.wait(study.lease_s + 120)
    walk_to_trials(rating, other)  # is given all units, mine among them
    while trial := rating.current_trial(other):
        rating.vote(other, trial.trial, answer_to(trial), None, trial.trial)
    assert rating.vote(late, mine.trial, answer_to(mine), None, "k").first
    assert not rating.vote(late, mine.trial, answer_to(mine), None, "k2").first
    votes = Counter((v.rater, v.task.unit) for v in rating.votes())
    assert set(votes.values()) == {1}
    assert Counter(unit for _, unit in votes)[mine.task.unit] == 2


def test_who_comes_back_holds_the_rest_again(rating: Service, clock) -> None:  # type: ignore[no-untyped-def]
    token = rating.open_session()
    walk_to_trials(rating, token)
    clock.wait(rating.study.lease_s * 3)
    assert sum(given(rating).values()) == 0
    assert rating.current_trial(token) is not None
    assert sum(given(rating).values()) == 5


def test_a_team_never_rates_its_own_pictures(rating: Service) -> None:
    token = rating.open_session(team="team-ours")
    walk_to_trials(rating, token)
    shown = set()
    while trial := rating.current_trial(token):
        shown.update(trial.task.items)
        rating.vote(token, trial.trial, answer_to(trial), None, trial.trial)
    assert len([name for name in shown if name.startswith("theirs")]) == 5
    assert not [name for name in shown if name.startswith("ours")]


def test_a_team_that_owns_everything_is_told(serve: Callable[..., Service], small_study: Study) -> None:
    items = tuple(replace(item, team="all") for item in small_study.items)
    rating = serve(replace(small_study, items=items))
    token = rating.open_session(team="all")
    with pytest.raises(WrongStateError, match="team"):
        walk_to_trials(rating, token)


def test_balance_over_whole_sessions_ends_with_equal_votes(serve: Callable[..., Service], small_study: Study) -> None:
    rating = serve(replace(small_study, trials_per_session=4, repeated=0, gold_per_session=0))
    for _ in range(5):  # 5 x 4 trials over 10 units
        token = rating.open_session()
        walk_to_trials(rating, token)
        while trial := rating.current_trial(token):
            rating.vote(token, trial.trial, answer_to(trial), None, trial.trial)
        rating.finish(token)
    assert set(rating.status().per_unit.values()) == {2}
