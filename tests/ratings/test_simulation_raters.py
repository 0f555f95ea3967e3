"""Synthetic raters: known bias and noise come out of their votes again, and the careless ones do not look."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenechange.errors import InputError
from scenechange.ratings.records import Design, Kind, Study
from scenechange.ratings.simulation.forms import read_page
from scenechange.ratings.simulation.power import power_of
from scenechange.ratings.simulation.raters import Habit, Population, Rater, answer, draw_quality

ACR = Design(Kind.ACR)


def scores(rater: Rater, design: Design, quality: float, count: int = 400) -> np.ndarray:
    """Many answers of one rater on one picture."""
    rng = np.random.default_rng(0)
    return np.array([answer(rater, design, ("p",), {"p": quality}, rng).score for _ in range(count)])


def test_bias_and_inconsistency_come_out_again() -> None:
    found = scores(Rater(bias=0.5, inconsistency=0.6), ACR, 3.0)
    assert abs(found.mean() - 3.5) < 0.1
    assert abs(found.std() - np.hypot(0.6, np.sqrt(1 / 12))) < 0.08  # rounding adds a variance of 1/12


@pytest.mark.parametrize(("points", "quality", "wanted"), [(5, 5, 5), (7, 5, 7), (9, 5, 9), (9, 1, 1), (7, 3, 4)])
def test_the_scale_is_used_to_its_ends(points: int, quality: float, wanted: int) -> None:
    assert set(scores(Rater(inconsistency=0), replace(ACR, points=points), quality, 3)) == {wanted}


def test_careless_raters_do_not_look() -> None:
    for habit in (Habit.RANDOM, Habit.CONSTANT):
        good, bad = (scores(Rater(habit), ACR, quality) for quality in (5, 1))
        assert abs(good.mean() - bad.mean()) < 0.2
    assert len(set(scores(Rater(Habit.CONSTANT), ACR, 4))) == 1


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(Kind), st.integers(0, 99), st.sampled_from(Habit))
def test_every_answer_is_one_that_the_design_allows(kind: Kind, seed: int, habit: Habit) -> None:
    size = {Kind.ACR: 1, Kind.DCR: 1, Kind.PAIR: 2, Kind.WHO: 2, Kind.BEST_WORST: 4}[kind]
    shown = tuple("abcd"[:size])
    rng = np.random.default_rng(seed)
    said = answer(Rater(habit), Design(kind, ties=True), shown, dict.fromkeys(shown, 3.0), rng)
    if size == 1:
        assert 1 <= said.score <= 5
    elif size == 2:
        assert said.chosen in shown or (said.chosen == "" and kind is Kind.PAIR)
    else:
        assert said.best in shown
        assert said.worst in shown
        assert said.best != said.worst


def test_the_better_picture_is_chosen_more_often() -> None:
    rng = np.random.default_rng(0)
    won = [answer(Rater(), Design(Kind.PAIR), ("a", "b"), {"a": 3.7, "b": 3.0}, rng).chosen for _ in range(600)]
    # Thurstone, case V: P = Phi(0.7 / (0.7 sqrt 2)) = 0.760
    assert abs(won.count("a") / 600 - 0.760) < 0.05


def test_a_population_has_the_share_of_careless_raters_it_says_and_is_repeatable() -> None:
    population = Population(careless=0.25)
    people = population.draw(40, 3)
    assert sum(p.habit is not Habit.HONEST for p in people) == 10
    assert people == population.draw(40, 3)
    assert people != population.draw(40, 4)
    with pytest.raises(InputError, match="careless from 0 to 1"):
        Population(careless=1.5)


def test_quality_follows_the_system_and_unknown_systems_are_told(small_study: Study) -> None:
    felt = draw_quality(small_study, {"ours": 4.0, "theirs": 2.0}, 0)
    ours = [felt[i.item] for i in small_study.items if i.item.startswith("ours")]
    theirs = [felt[i.item] for i in small_study.items if i.item.startswith("theirs")]
    assert min(ours) > max(theirs)
    with pytest.raises(InputError, match="'our' is no system"):
        draw_quality(small_study, {"our": 4.0}, 0)


def test_power_grows_with_the_difference_and_stays_small_without_one(small_study: Study) -> None:
    study = replace(small_study, trials_per_session=10, repeated=0, gold_per_session=0)
    none, large = (
        power_of(study, {"ours": 3.0, "theirs": theirs}, Population(), 8, studies=12, seed=2) for theirs in (3.0, 1.8)
    )
    assert large.power == 1.0
    assert none.power + none.wrong <= 0.25
    assert large.wrong == 0
    assert 0 < large.half_width < 1


def test_power_says_what_it_needs(small_study: Study, pair_study: Study) -> None:
    with pytest.raises(InputError, match="at least two systems"):
        power_of(small_study, {"ours": 3.0}, Population(), 8)
    with pytest.raises(InputError, match="acr or dcr"):
        power_of(pair_study, {"ours": 3.0, "theirs": 2.0}, Population(), 8)


def test_a_page_is_read_as_a_browser_without_script_reads_it() -> None:
    page = read_page(
        '<body class="trial"><form id="a" action="/x/vote?hit=1"><input type="hidden" name="csrf" value="1&amp;2">'
        '<input type="radio" name="q" value="no" checked><input type="radio" name="q" value="yes">'
        '<input type="radio" name="must" value="m1" required><input type="checkbox" name="may" value="yes">'
        '<img src="/p/1"><img data-src="/p/2"></form><button form="a" name="d" value="go">Go</button>'
        '<output id="code">AB</output><a id="on" href="/n">on</a>'
    )
    form = page.form("vote")
    assert form is page.form("a")
    assert form.fields == {"csrf": "1&2", "q": "no"}
    assert (form.needed, form.boxes, form.buttons) == ({"must": ["m1"]}, {"may": "yes"}, [("d", "go")])
    assert (page.pictures, page.texts, page.links) == (["/p/1", "/p/2"], {"code": "AB"}, {"on": "/n"})
    assert page.form("nothing") is None
