"""The rule to stop on comparisons: right about clear leads, rarely wrong about equals however often one looks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenechange.errors import InputError
from scenechange.ratings.analysis import Pairs, are_pairs_separated
from scenechange.ratings.records import Answer, Design, Kind, Study, Task, Vote
from scenechange.ratings.web.insight import decision


def arrivals(seed: int, chances: dict[tuple[str, str], float], raters: int) -> Pairs:
    """Raters one by one; each compares every two systems once, and the first wins with its chance."""
    rng = np.random.default_rng(seed)
    rows = []
    for rater in range(raters):
        for (a, b), chance in chances.items():
            names = (f"{a}-1", f"{b}-1")
            rows.append((f"r{rater}", *names, names[int(rng.random() >= chance)], a, b))
    return Pairs(*(np.array(column) for column in zip(*rows, strict=True)))


CLEAR = {("a", "b"): 0.9, ("a", "c"): 0.9, ("b", "c"): 0.9}


def test_a_clear_order_stops_at_every_place() -> None:
    pairs = arrivals(0, CLEAR, 60)
    for k, top in ((1, ("a",)), (2, ("a", "b"))):
        found = are_pairs_separated(pairs, k)
        assert (found.separated, found.top, found.raters) == (True, top, 60)
    assert found.needed == 6 / 0.05
    assert not are_pairs_separated(arrivals(0, CLEAR, 5), 1).separated


def test_sides_do_not_matter_and_ties_and_pictures_of_one_system_say_nothing() -> None:
    pairs = arrivals(1, CLEAR, 40)
    turned = Pairs(pairs.rater, pairs.b, pairs.a, pairs.winner, pairs.system_b, pairs.system_a)
    assert are_pairs_separated(turned, 1).evidence == pytest.approx(are_pairs_separated(pairs, 1).evidence)
    tied = replace(pairs, winner=np.full(len(pairs), ""))
    assert are_pairs_separated(tied, 1).evidence == 1.0
    own = replace(pairs, system_b=pairs.system_a)
    assert not are_pairs_separated(own, 1).separated
    assert not are_pairs_separated(Pairs(pairs.rater, pairs.a, pairs.b, pairs.winner), 1).separated


def test_equals_are_rarely_told_apart_though_one_looks_after_every_rater() -> None:
    """The promise is 5 % of studies of any length; 300 of them allow 5 % + 3 standard errors = 8.8 %."""
    equal = dict.fromkeys((("a", "b"), ("a", "c"), ("b", "c")), 0.5)
    wrong = [are_pairs_separated(arrivals(seed, equal, 80), 1).separated for seed in range(300)]
    assert np.mean(wrong) < 0.088


def test_only_finished_raters_count_and_bad_rules_are_refused() -> None:
    pairs = arrivals(2, CLEAR, 30)
    some = are_pairs_separated(pairs, 1, finished=[f"r{n}" for n in range(10)])
    assert (some.raters, some.evidence) == (10, are_pairs_separated(pairs.keep(np.arange(30)), 1).evidence)
    with pytest.raises(InputError, match="k from 1"):
        are_pairs_separated(pairs, 0)
    assert "can be separated only" in are_pairs_separated(pairs, 3).note


def test_a_study_of_pairs_stops_by_the_rule_unless_pairs_are_chosen_by_answers(pair_study: Study) -> None:
    study = replace(pair_study, design=Design(Kind.PAIR))
    votes = [
        Vote(f"r{r}", Task("u", (f"ours-{n}", f"theirs-{n}")), Answer(chosen=f"ours-{n}"), None, "2027-01-15T08")
        for r in range(30)
        for n in range(2)
    ]
    raters = frozenset(vote.rater for vote in votes)
    said = decision(study, votes, "top 1 separated", raters)
    assert said is not None
    assert (said.separated, said.top) == (True, ("ours",))
    active = replace(study, design=Design(Kind.PAIR, assignment="active"))
    assert decision(active, votes, "top 1 separated", raters) is None
