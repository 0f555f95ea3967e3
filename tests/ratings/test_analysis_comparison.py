"""Strengths from paired comparisons against published numbers and other programs."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from scenechange.errors import InputError
from scenechange.ratings.analysis import Pairs, analyse_pairs, bradley_terry, jod, likelihood_screening, thurstone
from scenechange.ratings.analysis.pairs import pairs_from_wins

# Bradley and Terry's model, worked example of Wikipedia: 22 games
WINS = {"AB": 2, "BA": 3, "AD": 1, "DA": 4, "BC": 5, "CB": 3, "CD": 1, "DC": 3}
# choix, tests/test_opt.py (MIT): nobody can be placed by maximum likelihood alone; penalty 0.5
CHOIX = (
    "73 20 52 42 21 45 63 54 70 23 40 04 65 32 34 34 52 73 76 65",
    [-0.51974039, -0.46280878, -0.31376862, -0.06854694, -0.3185146, -0.00346107, 0.63032783, 1.05651257],
)


def of_games(games: list[tuple[str, str]], rater: str = "r") -> Pairs:
    """Winner first."""
    winner, loser = (np.array(side, str) for side in zip(*games, strict=True))
    return Pairs(np.full(len(games), rater), winner, loser, winner)


def example() -> Pairs:
    return of_games([(pair[0], pair[1]) for pair, wins in WINS.items() for _ in range(wins)])


def test_strengths_and_errors_are_those_of_the_worked_example() -> None:
    found = bradley_terry(example())
    strength = dict(zip(found.items, found.strength, strict=True))
    error = dict(zip(found.items, found.se, strict=True))
    assert strength == pytest.approx({"A": -0.44654524, "B": 0.04240257, "C": -0.41580307, "D": 0.81994573}, abs=1e-7)
    assert error == pytest.approx({"A": 0.54806966, "B": 0.48178052, "C": 0.52040123, "D": 0.62134262}, abs=1e-7)
    assert found.penalty == 0
    assert found.bounded


def test_penalised_strengths_are_those_of_choix() -> None:
    found = bradley_terry(of_games([(pair[0], pair[1]) for pair in CHOIX[0].split()]), penalty=0.5)
    order = np.argsort(found.items)
    assert found.strength[order] == pytest.approx(np.array(CHOIX[1]), abs=1e-7)
    assert not found.bounded


def test_unbounded_strengths_get_a_prior_and_say_so_or_are_refused() -> None:
    pairs = of_games([("a", "b"), ("b", "c")])
    assert bradley_terry(pairs).penalty > 0
    with pytest.raises(InputError, match="finite"):
        bradley_terry(pairs, penalty=0)
    with pytest.raises(InputError, match="penalty"):
        bradley_terry(pairs, penalty=-1)
    assert any("prior" in note for note in analyse_pairs(pairs)["notes"])


def test_items_never_compared_are_on_islands() -> None:
    found = bradley_terry(of_games([("a", "b"), ("b", "a"), ("c", "d"), ("d", "c")]))
    assert found.islands.tolist() == [0, 0, 1, 1]
    assert not found.bounded


def test_neighbours_at_75_percent_are_one_jod_apart() -> None:
    # mantiuk/pwcmp, examples/ex1 (MIT): 1 JOD is 75 % by definition
    found = thurstone(pairs_from_wins(np.array([[0, 25, 0], [75, 0, 25], [0, 75, 0]])))
    assert jod(found.strength) == pytest.approx(np.array([-1, 0, 1]), abs=1e-9)
    two = thurstone(pairs_from_wins(np.array([[0, 30], [10, 0]])))
    assert two.strength[0] - two.strength[1] == pytest.approx(stats.norm.ppf(0.75), abs=1e-9)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**16))
def test_strengths_agree_with_choix(seed: int) -> None:
    choix = pytest.importorskip("choix")
    rng = np.random.default_rng(seed)
    truth = rng.normal(0, 1, 5)
    games = []
    for i, j in rng.choice(5, (120, 2)):
        if i != j:
            games.append((i, j) if rng.random() < 1 / (1 + np.exp(truth[j] - truth[i])) else (j, i))
    found = bradley_terry(of_games([(str(i), str(j)) for i, j in games]), penalty=0.3)
    theirs = choix.opt_pairwise(5, [(int(i), int(j)) for i, j in games], alpha=0.3, tol=1e-10)
    assert found.strength[np.argsort(found.items)] == pytest.approx(theirs, abs=1e-5)


def test_ties_count_half_a_win_as_in_evalica() -> None:
    evalica = pytest.importorskip("evalica")
    rows = [
        ("0", "1", ""),
        ("0", "1", "0"),
        ("1", "2", "2"),
        ("2", "0", "0"),
        ("1", "2", ""),
        ("2", "1", "1"),
        ("0", "2", "2"),
    ]
    a, b, winner = (np.array(column, str) for column in zip(*rows, strict=True))
    found = bradley_terry(Pairs(np.full(len(rows), "r"), a, b, winner))
    signs = {True: evalica.Winner.Draw}
    theirs = evalica.bradley_terry(
        a.tolist(),
        b.tolist(),
        [signs.get(w == "", evalica.Winner.X if w == x else evalica.Winner.Y) for x, w in zip(a, winner, strict=True)],
        tolerance=1e-12,
        limit=10000,
    ).scores
    logs = np.log([theirs[name] for name in found.items])
    assert found.strength == pytest.approx(logs - logs.mean(), abs=1e-5)


@pytest.mark.data
def test_order_of_a_large_public_set_is_that_of_evalica(data_dir: Path) -> None:
    folder = data_dir / "oracles" / "evalica"
    rows = list(csv.DictReader((folder / "food.csv").open(encoding="utf-8")))
    golden = csv.DictReader((folder / "food-golden.csv").open(encoding="utf-8"))
    scores = {row["item"]: float(row["score"]) for row in golden if row["algorithm"] == "bradley_terry"}
    a, b = (np.array([row[side] for row in rows], str) for side in ("left", "right"))
    won = [{"left": row["left"], "right": row["right"], "tie": ""}[row["winner"]] for row in rows]
    found = bradley_terry(Pairs(np.full(len(rows), "r"), a, b, np.array(won, str)))
    logs = np.log([scores[name] for name in found.items])
    assert found.strength == pytest.approx(logs - logs.mean(), abs=1e-4)


@pytest.mark.data
def test_exactly_the_two_published_observers_are_outliers(data_dir: Path) -> None:
    """mantiuk/pwcmp, example 3: exactly two observers of 18 lie more than 1.5 quartile ranges below."""
    rows = list(csv.DictReader((data_dir / "oracles" / "pwcmp" / "ex3_tmo_cmp_data.csv").open(encoding="utf-8")))
    a, b = (np.array([f"{row['scene']}/{row[f'condition_{side}']}" for row in rows], str) for side in "AB")
    winner = np.where([row["is_A_selected"] == "1" for row in rows], a, b)
    found = likelihood_screening(Pairs(np.array([row["observer"] for row in rows], str), a, b, winner))
    assert len(found.rejected) == 2
    assert np.sort(found.statistic)[-3] < 1.5 < 3 < np.sort(found.statistic)[-2]


def test_a_rater_who_turns_choices_round_is_rejected_and_one_with_few_is_undecided() -> None:
    rng = np.random.default_rng(0)
    games = []
    for rater in range(20):
        for _ in range(30 if rater else 5):
            i, j = sorted(rng.choice(5, 2, replace=False))
            better = rng.random() < (0.1 if rater == 7 else 0.9)
            games.append((str(rater), str(i), str(j), str(i if better else j)))
    found = likelihood_screening(Pairs(*(np.array(column, str) for column in zip(*games, strict=True))))
    assert found.rejected == ("7",)
    assert found.undecided == ("0",)


def test_robust_error_is_larger_when_raters_repeat_themselves() -> None:
    rng = np.random.default_rng(0)
    games: list[Pairs] = []
    for rater in range(30):
        likes = rng.random() < 0.5
        games.append(of_games([("a", "b") if likes else ("b", "a")] * 10, str(rater)))
    columns = [np.concatenate([getattr(p, name) for p in games]) for name in ("rater", "a", "b", "winner")]
    found = bradley_terry(Pairs(*columns))
    assert found.robust_se[0] > 2 * found.se[0]
    assert np.isnan(bradley_terry(example()).robust_se).all()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30))
def test_swapping_winners_turns_strengths_round(games: list[tuple[int, int]]) -> None:
    kept = [(str(a), str(b)) for a, b in games if a != b]
    if kept:
        for fit in (bradley_terry, thurstone):
            one, other = fit(of_games(kept)), fit(of_games([(b, a) for a, b in kept]))
            back = dict(zip(other.items, other.strength, strict=True))
            assert [-back[name] for name in one.items] == pytest.approx(one.strength, abs=1e-6)
            assert one.strength.sum() == pytest.approx(0, abs=1e-8)


def test_report_of_comparisons_counts_and_ranks() -> None:
    rows = analyse_pairs(example())["pairs"]
    assert [row["item"] for row in rows] == ["D", "B", "C", "A"]
    assert (rows[0]["wins"], rows[0]["losses"], rows[0]["ties"], rows[0]["n"]) == (7, 2, 0, 9)
    assert rows[0]["ci_low"] < rows[0]["strength"] < rows[0]["ci_high"]
    assert rows[0]["robust_low"] is None
    empty = np.empty(0, str)
    assert analyse_pairs(Pairs(empty, empty, empty, empty))["notes"] == ["There are no comparisons."]
    with pytest.raises(InputError, match="at least one comparison"):
        bradley_terry(Pairs(empty, empty, empty, empty))
