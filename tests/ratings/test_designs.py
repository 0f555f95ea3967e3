"""Designs: what a study judges, and that every order and every limit of time comes equally often."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenechange.errors import InputError
from scenechange.ratings.designs import all_units, gold_tasks, present, training_tasks
from scenechange.ratings.latin import williams_row, williams_rows
from scenechange.ratings.records import Design, Item, Kind, Role, Study, Task
from scenechange.ratings.sets import balanced_sets


def item(system: str, source: str, **more) -> Item:
    return Item(f"{system}_{source}", system, source, Path(f"{system}_{source}.jpg"), "0" * 64, **more)


def study(design: Design, items: list[Item], **more) -> Study:
    text = {"en": "x"}
    return Study("s", ("en",), text, text, text, text, "c", {}, design, tuple(items), **more)


def grid(systems: str, sources: str, **more) -> list[Item]:
    return [item(system, source, **more) for system in systems for source in sources]


def originals(sources: str) -> list[Item]:
    return grid("o", sources, role=Role.REFERENCE, real=True)


def test_acr_judges_each_test_item_alone():
    units = all_units(study(Design(Kind.ACR), [*grid("ba", "12"), item("g", "1", role=Role.GOLD, expected="1")]))
    assert [unit.unit for unit in units] == ["a_1", "a_2", "b_1", "b_2"]
    assert all(unit.items == (unit.unit,) for unit in units)


def test_dcr_shows_each_item_beside_the_reference_of_its_source():
    units = all_units(study(Design(Kind.DCR), [*grid("ab", "12"), *originals("12")]))
    assert {(unit.unit, unit.reference) for unit in units} == {
        ("a_1", "o_1"),
        ("a_2", "o_2"),
        ("b_1", "o_1"),
        ("b_2", "o_2"),
    }


def test_pairs_are_all_pairs_within_a_source_and_none_across():
    units = all_units(study(Design(Kind.PAIR), grid("abc", "12")))
    assert {unit.items for unit in units} == {
        (f"{one}_{source}", f"{two}_{source}") for source in "12" for one, two in combinations("abc", 2)
    }
    assert {unit.unit for unit in units} == {"|".join(unit.items) for unit in units}


def test_who_sets_each_composite_beside_the_real_picture_of_its_source():
    units = all_units(study(Design(Kind.WHO), [*grid("ab", "12"), *originals("12")]))
    assert {unit.unit for unit in units} == {"a_1|o_1", "a_2|o_2", "b_1|o_1", "b_2|o_2"}


@pytest.mark.parametrize(
    ("design", "items", "told"),
    [
        (Design(Kind.DCR), grid("a", "1"), "0 picture of role reference"),
        (Design(Kind.WHO), grid("a", "1"), "0 real picture"),
        (Design(Kind.WHO), [*grid("a", "1"), *originals("1"), item("p", "1", real=True)], "2 real picture"),
        (Design(Kind.PAIR), [*grid("ab", "1"), *grid("a", "2")], "source '2' has 1 test picture"),
        (Design(Kind.BEST_WORST), grid("abc", "1"), "at least 4"),
    ],
)
def test_a_source_that_the_design_cannot_use_is_told(design, items, told):
    with pytest.raises(InputError, match=told):
        all_units(study(design, items))


def test_gold_pairs_are_the_two_gold_items_of_a_source():
    gold = [item("x", "9", role=Role.GOLD, expected="x_9"), item("y", "9", role=Role.GOLD)]
    tasks = gold_tasks(study(Design(Kind.PAIR), [*grid("ab", "1"), *gold]))
    assert tasks == (Task("x_9|y_9", ("x_9", "y_9"), role=Role.GOLD),)
    with pytest.raises(InputError, match="exactly 2"):
        gold_tasks(study(Design(Kind.PAIR), [*grid("ab", "1"), gold[0]]))


def test_a_gold_composite_takes_the_original_of_its_own_role_first():
    items = [*grid("a", "1"), *originals("1"), item("x", "1", role=Role.GOLD, expected="real")]
    assert gold_tasks(study(Design(Kind.WHO), items))[0].unit == "o_1|x_1"
    items.append(item("y", "1", role=Role.GOLD, real=True))
    assert gold_tasks(study(Design(Kind.WHO), items))[0].unit == "x_1|y_1"
    assert [unit.unit for unit in all_units(study(Design(Kind.WHO), items))] == ["a_1|o_1"]


def test_training_comes_in_the_order_of_the_file():
    training = [item(name, "1", role=Role.TRAINING, expected="1") for name in "zay"]
    tasks = training_tasks(study(Design(Kind.ACR), [*grid("b", "1"), *training]))
    assert [task.unit for task in tasks] == ["z_1", "a_1", "y_1"]
    assert all(task.role is Role.TRAINING for task in tasks)


def test_seven_items_in_threes_are_a_fano_plane():
    # The (7, 3, 1) design: every two items meet exactly once.
    sets = balanced_sets(7, 3)
    assert len(sets) == 7
    assert set(Counter(pair for block in sets for pair in combinations(block, 2)).values()) == {1}


def test_thirteen_items_in_fours_are_a_projective_plane():
    sets = balanced_sets(13, 4)
    meetings = Counter(pair for block in sets for pair in combinations(block, 2))
    assert len(sets) == 13
    assert len(meetings) == 78
    assert set(meetings.values()) == {1}


@settings(max_examples=40, deadline=None)
@given(st.integers(3, 6), st.integers(0, 20))
def test_sets_hold_every_item_equally_often_and_link_all(size, more):
    items = size + more
    sets = balanced_sets(items, size)
    assert len(set(sets)) == len(sets)
    assert all(len(set(block)) == size for block in sets)
    assert len(set(Counter(place for block in sets for place in block).values())) == 1
    reached, before = {0}, 0
    while len(reached) > before:
        before = len(reached)
        reached |= {place for block in sets if reached & set(block) for place in block}
    assert reached == set(range(items))


def test_sets_bring_every_two_of_twenty_items_nearly_as_often_together():
    meetings = Counter(pair for block in balanced_sets(20, 4) for pair in combinations(block, 2))
    assert len(meetings) >= 180  # of 190: the ten pairs of opposites may be left out
    assert max(meetings.values()) == 2  # 40 sets make 240 meetings


def test_best_worst_sets_stay_within_a_source():
    units = all_units(study(Design(Kind.BEST_WORST, set_size=3), grid("abcdefg", "12")))
    assert len(units) == 14
    assert all(len({name[-1] for name in unit.items}) == 1 for unit in units)


@pytest.mark.parametrize("size", range(1, 10))
def test_williams_rows_balance_places_and_neighbours(size):
    rows = [williams_row(size, row) for row in range(williams_rows(size))]
    times = len(rows) // size
    assert all(sorted(row) == list(range(size)) for row in rows)
    assert set(Counter((place, symbol) for row in rows for place, symbol in enumerate(row)).values()) == {times}
    follows = Counter((a, b) for row in rows for a, b in pairwise(row))
    assert len(follows) == size * (size - 1)
    assert set(follows.values()) <= {times}


def test_two_pictures_change_sides_every_time():
    task = Task("a|b", ("a", "b"))
    left = [present(task, showing).items[0] for showing in range(10)]
    assert left in (["a", "b"] * 5, ["b", "a"] * 5)


@pytest.mark.parametrize("size", [3, 4, 5, 6])
def test_pictures_of_a_set_stand_everywhere_equally_often(size):
    task = Task("set", tuple("abcdef"[:size]))
    showings = [present(task, seed).items for seed in range(2 * size * 5)]
    assert set(Counter((place, name) for items in showings for place, name in enumerate(items)).values()) == {10}


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.9, 1.0])
def test_the_untimed_share_is_kept_on_both_sides(share):
    design = Design(Kind.WHO, shown_ms=500, untimed_share=share)
    task = Task("a|b", ("a", "b"))
    showings = [present(task, seed, design) for seed in range(80)]
    untimed = [shown for shown in showings if shown.shown_ms is None]
    assert len(untimed) == 80 * share
    assert sum(shown.items[0] == "a" for shown in untimed) == 40 * share
    assert {shown.shown_ms for shown in showings} <= {500, None}


def test_presenting_changes_nothing_but_order_and_time():
    task = Task("a|b", ("a", "b"), role=Role.GOLD, repetition=1, shown_ms=7)
    shown = present(task, 1)
    assert (shown.unit, set(shown.items), shown.role, shown.repetition, shown.shown_ms) == (
        "a|b",
        {"a", "b"},
        Role.GOLD,
        1,
        7,
    )
    assert task.items == ("a", "b")


def test_units_are_made_once_for_each_study():
    one, other = (study(Design(Kind.PAIR), grid("abc", "12")) for _ in range(2))
    assert all_units(one) is all_units(one)
    assert all_units(one) is not all_units(other)
    assert all_units(one) == all_units(other)
