"""Assignment: counts stay level whoever joins, orders are balanced, and nobody sees their own team's pictures."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenechange.ratings.assignment import choose_units, is_complete, plan_session, votes_per_unit
from scenechange.ratings.designs import all_units
from scenechange.ratings.records import Answer, Design, Item, Kind, Role, Study, Vote

KINDS = {
    Kind.ACR: Design(Kind.ACR),
    Kind.DCR: Design(Kind.DCR),
    Kind.PAIR: Design(Kind.PAIR),
    Kind.WHO: Design(Kind.WHO, shown_ms=800, untimed_share=0.5),
    Kind.BEST_WORST: Design(Kind.BEST_WORST, set_size=3),
}


def make_study(kind: Kind, systems: int, sources: int, **more) -> Study:
    items = [
        Item(f"s{s}_i{i}", f"s{s}", f"i{i}", Path("x.jpg"), "0" * 64, team=f"t{s}")
        for s in range(systems)
        for i in range(sources)
    ]
    items += [
        Item(f"o_i{i}", "o", f"i{i}", Path("x.jpg"), "0" * 64, role=Role.REFERENCE, real=True) for i in range(sources)
    ]
    expected = {Kind.PAIR: "g0_i0", Kind.BEST_WORST: "g0_i0", Kind.WHO: "real"}.get(kind, "1")
    golds = {Kind.PAIR: 2, Kind.BEST_WORST: 3}.get(kind, 1)
    items += [
        Item(f"g{g}_i{i}", f"g{g}", f"i{i}", Path("x.jpg"), "0" * 64, role=Role.GOLD, expected=expected)
        for g in range(golds)
        for i in range(3)
    ]
    text = {"en": "x"}
    return Study("s", ("en",), text, text, text, text, "c", {}, KINDS[kind], tuple(items), **more)


def spread(counts: Counter) -> int:
    return max(counts.values()) - min(counts.values())


def join(study: Study, counts: Counter, team: str, seed: int, size: int) -> list[str]:
    units = [task.unit for task in choose_units(study, counts, (), team, seed, size)]
    counts.update(units)
    return units


@pytest.mark.parametrize("kind", list(Kind))
def test_two_hundred_joiners_with_sessions_of_any_length_leave_counts_within_one(kind):
    study, rng = make_study(kind, 5, 8), np.random.default_rng(1)
    counts = Counter({unit.unit: 0 for unit in all_units(study)})
    for joiner in range(200):
        join(study, counts, "", joiner, int(rng.integers(1, 60)))
        assert spread(counts) <= 1


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 20), st.sampled_from(["", "", "t0", "t1", "t2", "t3"])), max_size=60))
def test_with_teams_counts_differ_by_one_more_than_the_sessions_of_a_unit_s_own_teams(sessions):
    study = make_study(Kind.ACR, 4, 3)
    counts = Counter({unit.unit: 0 for unit in all_units(study)})
    of_team: Counter = Counter()
    for number, (size, team) in enumerate(sessions):
        units = join(study, counts, team, number, size)
        of_team[team] += 1
        assert not any(team and unit.startswith(f"s{team[1:]}_") for unit in units)
        bound = 1 + max((times for name, times in of_team.items() if name), default=0)
        assert spread(counts) <= bound
        for system in range(4):  # pictures of one team are always level among themselves
            assert spread(Counter({u: n for u, n in counts.items() if u.startswith(f"s{system}_")})) <= 1


def test_with_every_second_joiner_from_one_of_five_teams_counts_stay_within_four():
    study, rng = make_study(Kind.ACR, 5, 8), np.random.default_rng(2)
    counts = Counter({unit.unit: 0 for unit in all_units(study)})
    worst = 0
    for joiner in range(200):
        team = f"t{rng.integers(5)}" if joiner % 2 else ""
        join(study, counts, team, joiner, int(rng.integers(1, 40)))
        worst = max(worst, spread(counts))
    assert worst <= 4  # measured: 2 or 3


def test_outsiders_fill_what_a_team_could_not_judge():
    study = make_study(Kind.PAIR, 5, 4)
    counts = Counter({unit.unit: 0 for unit in all_units(study)})
    for joiner in range(30):
        join(study, counts, "t0", joiner, 10)
    assert spread(counts) > 1
    while spread(counts) > 1 and sum(counts.values()) < 1000:
        join(study, counts, "", sum(counts.values()), 10)
    assert spread(counts) <= 1


def test_after_abandoned_sessions_the_next_ones_level_the_counts():
    study, rng = make_study(Kind.ACR, 5, 8), np.random.default_rng(3)
    counts = Counter({unit.unit: 0 for unit in all_units(study)})
    given_up = []
    for joiner in range(100):
        units = join(study, counts, "", joiner, 15)
        if rng.random() < 0.3:
            given_up.append(units[int(rng.integers(len(units))) :])
    for units in given_up:  # their leases run out, all at once
        counts.subtract(units)
    lost = spread(counts)
    assert lost > 1
    for joiner in range(100, 140):
        before = spread(counts)
        join(study, counts, "", joiner, 15)
        assert spread(counts) <= max(before, 1)
    assert spread(counts) <= 1


def test_items_of_pairs_and_sets_are_shown_equally_often_too():
    for kind in (Kind.PAIR, Kind.BEST_WORST):
        study = make_study(kind, 7, 4)
        counts = Counter({unit.unit: 0 for unit in all_units(study)})
        for joiner in range(6):
            join(study, counts, "", joiner, 5)
        shown = Counter(item for unit, times in counts.items() for item in unit.split("|") * times)
        assert spread(shown) <= 2


@pytest.mark.parametrize("kind", [Kind.PAIR, Kind.WHO, Kind.BEST_WORST])
def test_every_item_stands_at_every_place_equally_often(kind):
    study = make_study(kind, 4, 3, trials_per_session=6)
    counts = Counter({unit.unit: 0 for unit in all_units(study)})
    places: Counter = Counter()
    size = 3 if kind is Kind.BEST_WORST else 2
    rounds = 12 * len(counts)
    while sum(counts.values()) < rounds:
        for task in plan_session(study, counts, "", sum(counts.values()), ()):
            counts[task.unit] += 1
            places.update((task.unit, place, item) for place, item in enumerate(task.items))
    assert spread(counts) <= 1
    assert set(counts.values()) == {12}
    assert set(places.values()) == {12 // size}


def test_systems_follow_each_other_equally_often_where_everybody_sees_all():
    # Four systems of one source: successive sessions run through a Williams square, so each of the twelve ordered
    # neighbours comes once in four sessions.
    study = make_study(Kind.ACR, 4, 1, trials_per_session=4)
    counts: Counter = Counter()
    follows: Counter = Counter()
    places: Counter = Counter()
    for session in range(8):
        units = [task.unit for task in plan_session(study, counts, "", session, ()) if task.role is Role.TEST]
        counts.update(units)
        follows.update(pairwise(units))
        places.update(enumerate(units))
    assert len(follows) == 12
    assert set(follows.values()) == {2}
    assert set(places.values()) == {2}  # and each system stands at each place twice


def test_no_source_comes_twice_in_a_row_where_that_can_be_avoided():
    study = make_study(Kind.ACR, 5, 8)
    known = {item.item: item.source for item in study.items}
    sessions = [choose_units(study, {}, (), "", seed, 20) for seed in range(20)]
    repeats = sum(known[a.unit] == known[b.unit] for tasks in sessions for a, b in pairwise(tasks))
    assert repeats <= 4  # of 380; by chance it would be 47


@pytest.mark.parametrize("kind", [Kind.ACR, Kind.WHO, Kind.PAIR])
def test_every_source_comes_once_before_one_comes_again(kind):
    # Who sees a real picture twice, beside two composites, knows which one it is.
    study = make_study(kind, 5, 12)
    known = {item.item: item.source for item in study.items}
    for seed in range(10):
        tasks = choose_units(study, {}, (), "", seed, 12)
        assert len({known[task.items[0]] for task in tasks}) == 12


@pytest.mark.parametrize("kind", list(Kind))
def test_a_session_has_its_trials_its_gold_and_its_repeats(kind):
    study = make_study(kind, 5, 6, trials_per_session=12, repeated=3, gold_per_session=2)
    for seed in range(20):
        session = plan_session(study, {}, "", seed)
        tests = [task for task in session if task.role is Role.TEST and not task.repetition]
        again = [(place, task) for place, task in enumerate(session) if task.repetition]
        gold = [place for place, task in enumerate(session) if task.role is Role.GOLD]
        assert (len(tests), len(again), len(gold)) == (12, 3, 2)
        assert len({task.unit for task in tests}) == 12
        assert 0 not in gold
        assert gold[0] <= len(session) // 2 + 1 <= gold[1] + 1
        for place, task in again:
            first = next(i for i, t in enumerate(session) if t.unit == task.unit and not t.repetition)
            assert place - first > 4
            assert task.items == session[first].items[::-1]
            assert task.shown_ms == session[first].shown_ms


def test_nothing_of_the_own_team_is_shown_not_even_as_gold():
    study = make_study(Kind.PAIR, 3, 4, trials_per_session=12, gold_per_session=2)
    mine = tuple(replace(item, team="t1") if item.role is Role.GOLD else item for item in study.items)
    session = plan_session(replace(study, items=mine), {}, "t1", 5)
    assert len(session) == 4
    assert all("s1_" not in task.unit and task.role is Role.TEST for task in session)


def test_a_rater_whose_team_owns_everything_gets_nothing():
    study = make_study(Kind.ACR, 3, 4, gold_per_session=1)
    mine = replace(study, items=tuple(replace(item, team="t0") for item in study.items))
    assert plan_session(mine, {}, "t0", 1) == ()


def test_a_study_without_test_items_has_nothing_to_give():
    study = make_study(Kind.ACR, 0, 3)
    assert choose_units(study, {}, (), "", 1, 5) == plan_session(study, {}, "", 1) == ()


def test_units_seen_are_left_out_and_unknown_names_are_passed_over():
    study = make_study(Kind.ACR, 3, 2)
    seen = {"s0_i0", "s1_i1", "long gone"}
    units = {task.unit for task in choose_units(study, {"long gone": 9}, seen, "", 1, 99)}
    assert units == {unit.unit for unit in all_units(study)} - seen


@pytest.mark.parametrize("kind", list(Kind))
def test_same_seed_same_session_other_seed_another(kind):
    study = make_study(kind, 5, 6, trials_per_session=8, repeated=2, gold_per_session=2)
    counts = {"s0_i0": 3}
    assert plan_session(study, counts, "", 7) == plan_session(study, counts, "", 7)
    assert plan_session(study, counts, "", 7) != plan_session(study, counts, "", 8)
    assert counts == {"s0_i0": 3}


def test_seeds_may_be_any_whole_number():
    study = make_study(Kind.ACR, 3, 2, trials_per_session=3)
    assert all(len(plan_session(study, {}, "", seed)) == 3 for seed in (-1, 0, 1 << 200))


def test_a_study_is_complete_when_the_last_unit_has_its_votes():
    study = make_study(Kind.BEST_WORST, 7, 1, votes_per_item=10)
    assert len(all_units(study)) == 7
    assert votes_per_unit(study) == 4  # each item is in three sets: 3 x 4 >= 10
    counts = {unit.unit: 4 for unit in all_units(study)}
    assert is_complete(study, counts)
    assert not is_complete(study, counts | {all_units(study)[0].unit: 3})


def test_active_sampling_prefers_undecided_pairs_and_passes_over_pairs_that_are_asked_already():
    study = make_study(Kind.PAIR, 4, 1, trials_per_session=1)
    study = replace(study, design=replace(study.design, assignment="active"))
    units = {unit.unit: unit for unit in all_units(study)}
    votes, counts = [], Counter()
    for unit, task in units.items():  # s0 beats everybody clearly, nothing is known among the others
        if "s0" in unit:
            votes += [Vote("r", task, Answer(chosen="s0_i0"), None, "2026-11-23T05")] * 12
            counts[unit] = 12
    chosen = {plan_session(study, counts, "", seed, votes)[0].unit for seed in range(30)}
    assert chosen == {unit for unit in units if "s0" not in unit}
    counts["s1_i0|s2_i0"] += 5  # open leases
    assert "s1_i0|s2_i0" not in {plan_session(study, counts, "", seed, votes)[0].unit for seed in range(30)}


def test_active_sampling_never_shows_the_own_team():
    study = make_study(Kind.PAIR, 4, 2, trials_per_session=12)
    study = replace(study, design=replace(study.design, assignment="active"))
    session = plan_session(study, {}, "t2", 1)
    assert len(session) == 6
    assert not any("s2_" in task.unit for task in session)
