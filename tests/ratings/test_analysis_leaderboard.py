"""The leaderboard, the learning curve, what may be left out, and when a study may stop."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenechange.errors import InputError
from scenechange.ratings.analysis import (
    StopRule,
    Votes,
    is_separated,
    leaderboard,
    learning_curve,
    leave_out_fields,
    leave_out_votes,
    parse_stop_rule,
    votes_for,
    votes_from_matrix,
)
from scenechange.ratings.analysis.leaderboard import crossed_bootstrap, vote_noise
from scenechange.ratings.analysis.ranking import holm, letters
from scenechange.ratings.analysis.votes import number


def study(
    means: list[float], raters: int = 40, sources: int = 20, per_rater: int = 20, seed: int = 0, noise: float = 0.7
) -> Votes:
    """Every system makes one picture of each source; each rater sees a few of all pictures."""
    rng = np.random.default_rng(seed)
    systems = len(means)
    content, bias = rng.normal(0, 0.4, sources), rng.normal(0, 0.4, raters)
    rows = []
    for rater in range(raters):
        for stimulus in rng.choice(systems * sources, min(per_rater, systems * sources), replace=False):
            system, source = divmod(int(stimulus), sources)
            score = means[system] + content[source] + bias[rater] + noise * rng.normal()
            rows.append((f"r{rater}", f"i{stimulus}", f"s{system}", float(np.clip(round(score), 1, 5)), f"p{source}"))
    rater, item, system, score, source = zip(*rows, strict=True)
    return Votes(np.array(rater), np.array(item), np.array(system), np.array(score), source=np.array(source))


# --- leaderboard -----------------------------------------------------------------------------------------------------


def test_clearly_different_systems_get_ranks_1_2_3_and_letters_of_their_own() -> None:
    board = leaderboard(study([4.2, 3.0, 1.8]), resamples=300)
    assert board.systems == ("s0", "s1", "s2")
    assert board.rank.tolist() == [1, 2, 3]
    assert board.group == ("a", "b", "c")
    assert all(pair.p_holm < 0.05 for pair in board.differences)


def test_equal_systems_share_rank_1_and_a_letter() -> None:
    board = leaderboard(study([3.0, 3.0, 3.0], seed=5), resamples=300)
    assert board.rank.tolist() == [1, 1, 1]
    assert board.group == ("a", "a", "a")


def test_a_score_is_the_mean_over_pictures_however_many_votes_each_has() -> None:
    scores = np.array([[5, 5, 5, 5], [1, np.nan, np.nan, np.nan]])
    board = leaderboard(votes_from_matrix(scores, system="s"), resamples=20)
    assert board.mos[0] == 3
    assert (board.n[0], board.pictures[0]) == (5, 2)


def test_interval_is_longer_than_one_that_takes_votes_for_independent() -> None:
    votes = study([3.0, 3.5], raters=12, sources=8, per_rater=16, seed=2)
    board = leaderboard(votes, resamples=500)
    for k, name in enumerate(board.systems):
        own = votes.score[votes.system == name]
        assert board.se[k] > 1.3 * own.std(ddof=1) / np.sqrt(len(own))


def test_paired_sources_make_a_difference_sharper() -> None:
    votes = study([3.0, 3.4], raters=30, sources=15, per_rater=30, noise=0.2)
    paired = leaderboard(votes, resamples=500).differences[0]
    alone = Votes(votes.rater, votes.item, votes.system, votes.score)
    unpaired = leaderboard(alone, resamples=500).differences[0]
    assert paired.ci_high - paired.ci_low < 0.9 * (unpaired.ci_high - unpaired.ci_low)


def test_bootstrap_spread_is_owens_formula_on_a_full_table() -> None:
    """Variance of the mean under resampling of rows and columns, exact for a table without gaps (after Owen 2007)."""
    rng = np.random.default_rng(0)
    table = rng.normal(0, 1, (12, 1)) + rng.normal(0, 0.5, 9) + rng.normal(0, 0.7, (12, 9))
    samples = crossed_bootstrap(number(votes_from_matrix(table, system="s")), 20000, 1)[:, 0]
    centred = table - table.mean()
    rows, columns = centred.mean(1), centred.mean(0)
    both = (centred**2).mean() / (12 * 9)
    exact = (rows**2).mean() / 12 * (1 - 1 / 9) + (columns**2).mean() / 9 * (1 - 1 / 12) + both
    assert samples.var() == pytest.approx(exact, rel=0.04)  # 20,000 samples: 1 % standard error
    assert samples.mean() == pytest.approx(table.mean(), abs=0.01)


def test_noise_of_votes_is_its_variance_in_the_mean() -> None:
    # stimulus 0: votes 1, 3, 5, squares 8 / 9 times 3 / 2; stimulus 1: votes 2, 2: none; two stimuli: / 4
    table = np.array([[1, 3, 5], [2, 2, np.nan]])
    assert vote_noise(number(votes_from_matrix(table, system="s"))) == pytest.approx([8 / 9 * 3 / 2 / 4])
    assert vote_noise(number(votes_from_matrix(table[:1], system="s"))).tolist() == [0]


def test_intervals_of_systems_hold_the_truth_in_nearly_all_simulated_studies() -> None:
    held, wolves = [], 0
    for seed in range(60):
        board = leaderboard(study([3.0, 3.0, 3.0], 24, 12, 18, seed), resamples=60, seed=seed)
        held += ((board.ci_low <= 3) & (board.ci_high >= 3)).tolist()
        wolves += any(pair.p_holm < 0.05 for pair in board.differences)
    assert np.mean(held) >= 0.9
    assert wolves <= 8  # 0.05 of 60 is 3; above 8 has a chance of 0.003


def test_same_seed_same_numbers_and_other_seed_other_numbers() -> None:
    votes = study([3.0, 3.2])
    one, two, three = (leaderboard(votes, resamples=50, seed=seed) for seed in (1, 1, 2))
    assert one.se.tolist() == two.se.tolist() != three.se.tolist()


def test_one_rater_or_one_source_leaves_the_other_factor() -> None:
    one_rater = leaderboard(votes_from_matrix([[1], [2], [5]], system="s"), resamples=50)
    assert np.isfinite(one_rater.se).all()
    one_source = leaderboard(votes_from_matrix([[1, 2, 5]], system="s"), resamples=50)
    assert np.isfinite(one_source.se).all()
    alone = leaderboard(votes_from_matrix([[3]], system="s"), resamples=50)
    assert np.isnan([alone.se[0], alone.ci_low[0]]).all()
    assert leaderboard(votes_from_matrix([[3]]), resamples=50).systems == ()
    with pytest.raises(InputError, match="resamples"):
        leaderboard(votes_from_matrix([[3]]), resamples=5)


def test_holm_is_the_textbook_correction() -> None:
    # p 0.01 0.02 0.03 0.04 times 4 3 2 1, never falling
    assert holm(np.array([0.04, 0.01, 0.03, 0.02])).tolist() == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm(np.empty(0)).tolist() == []


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**16), st.integers(1, 7))
def test_a_letter_is_shared_if_and_only_if_two_do_not_differ(seed: int, size: int) -> None:
    differ = np.triu(np.random.default_rng(seed).random((size, size)) < 0.5, 1)
    differ |= differ.T
    signs = letters(differ)
    for i, j in itertools.combinations(range(size), 2):
        assert bool(set(signs[i]) & set(signs[j])) == (not differ[i, j])


# --- how much is needed ----------------------------------------------------------------------------------------------


def test_learning_curve_rises_to_1_and_intervals_shrink() -> None:
    curve = learning_curve(study([2.5, 3.0, 3.5], raters=60, sources=10, per_rater=20), repeats=5)
    assert [point.votes_per_item for point in curve][:3] == [1, 2, 3]
    assert curve[-1].rank_correlation == pytest.approx(1)
    assert curve[0].rank_correlation < curve[4].rank_correlation
    assert np.isnan(curve[0].interval_width)
    assert curve[2].interval_width > 1.5 * curve[-1].interval_width
    assert curve[0].rank_correlation_rest < curve[0].rank_correlation
    assert votes_for(curve, 0.999999) <= curve[-1].votes_per_item
    assert votes_for((), 0.9) is None
    assert learning_curve(votes_from_matrix(np.empty((0, 0)))) == ()


def test_leaving_out_a_tenth_is_done_ten_times_and_leaves_nine_tenths() -> None:
    votes = study([2.0, 4.0])
    parts = leave_out_votes(votes, resamples=50)
    assert len(parts) == 10
    assert sum(len(votes) - part.votes for part in parts) == len(votes)
    assert all(part.rank_changes == 0 and part.largest_system_change < 0.2 for part in parts)
    assert leave_out_votes(votes_from_matrix([[1, 2]])) == ()


def test_each_collected_field_is_left_out_and_its_loss_is_said() -> None:
    base = study([3.0, 3.3], raters=10)
    again = Votes(
        np.append(base.rater, base.rater[:5]),
        np.append(base.item, base.item[:5]),
        np.append(base.system, base.system[:5]),
        np.append(base.score, base.score[:5] % 5 + 1),
        np.append(base.source, base.source[:5]),
        repetition=np.append(np.zeros(len(base)), np.ones(5)),
        response_ms=np.where(np.append(base.rater, base.rater[:5]) == "r3", 100.0, 3000.0),
        unused=("shoe_size",),
    )
    found = {part.what: part for part in leave_out_fields(again, resamples=50)}
    assert list(found) == ["rater", "system", "source", "repetition", "response_ms", "shoe_size"]
    assert found["repetition"].votes == len(base)
    assert "5 repeated votes are lost" in found["repetition"].said
    assert "rejects 1 raters" in found["response_ms"].said
    assert "do not collect it" in found["shoe_size"].said
    assert found["rater"].width_ratio < 1
    assert leave_out_fields(votes_from_matrix(np.empty((0, 0)))) == ()


# --- when to stop ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("top 3 separated", StopRule(3, 0.05)),
        ("  Top 1 SEPARATED at 0.01 ", StopRule(1, 0.01)),
        ("top 12 separated at .1", StopRule(12, 0.1)),
    ],
)
def test_a_rule_is_read(text: str, rule: StopRule) -> None:
    assert parse_stop_rule(text) == rule


@pytest.mark.parametrize("text", ["", "top separated", "top 0 separated", "top 3", "top 3 separated at 0.9", "top -1"])
def test_a_rule_that_cannot_be_read_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InputError, match="top K separated"):
        parse_stop_rule(text)


def rater_means(rng: np.random.Generator, means: list[float], raters: int, spread: float = 0.8) -> Votes:
    """Raters who give one whole-number vote to one picture of each system."""
    systems = len(means)
    latent = np.array(means) + rng.normal(0, 0.5, (raters, 1)) + rng.normal(0, spread, (raters, systems))
    score = np.clip(np.round(latent), 1, 5)
    rater, system = np.divmod(np.arange(raters * systems), systems)
    return Votes(rater.astype(str), system.astype(str), system.astype(str), score.ravel())


def test_far_apart_leaders_are_separated_and_named() -> None:
    votes = rater_means(np.random.default_rng(0), [4.5, 4.4, 2.0, 2.1], 60)
    found = is_separated(votes, 2, scale=(1, 5))
    assert found.separated
    assert set(found.top) == {"0", "1"}
    assert found.evidence >= found.needed == 12 / 0.05
    assert not is_separated(votes, 1, scale=(1, 5)).separated


def test_few_raters_or_few_systems_are_never_separated() -> None:
    rng = np.random.default_rng(0)
    assert not is_separated(rater_means(rng, [5.0, 1.0], 3), 1, scale=(1, 5)).separated
    assert not is_separated(rater_means(rng, [5.0, 1.0], 50), 2, scale=(1, 5)).separated
    assert not is_separated(votes_from_matrix(np.empty((0, 0))), 1).separated
    with pytest.raises(InputError, match="k from 1"):
        is_separated(rater_means(rng, [5.0, 1.0], 3), 0)
    with pytest.raises(InputError, match="within 2 to 5"):
        is_separated(rater_means(rng, [5.0, 1.0], 30), 1, scale=(2, 5))


def test_raters_who_are_not_done_do_not_count() -> None:
    votes = rater_means(np.random.default_rng(0), [4.5, 2.0], 40)
    some = is_separated(votes, 1, scale=(1, 5), finished=[str(k) for k in range(10)])
    assert some.raters == 10
    assert some.evidence == is_separated(votes.keep(np.arange(20)), 1, scale=(1, 5)).evidence


def test_looking_after_every_rater_stops_wrongly_less_often_than_stated() -> None:
    """Equal systems: every stop is wrong. 600 studies of 150 raters, a look after each; the level is 0.1."""
    rng = np.random.default_rng(0)
    wrong = sum(is_separated(rater_means(rng, [3.0, 3.0], 150), 1, 0.1, (1, 5)).separated for _ in range(600))
    assert 0 < wrong <= 60
    wrong = sum(is_separated(rater_means(rng, [3.0] * 5, 150), 1, 0.1, (1, 5)).separated for _ in range(200))
    assert wrong <= 20


def test_a_tie_at_the_border_of_the_top_is_not_separated() -> None:
    """The second and third are equal, so no top 2 is right; 100 studies of 150 raters at level 0.1."""
    rng = np.random.default_rng(7)
    wrong = sum(is_separated(rater_means(rng, [4, 3, 3, 2], 150), 2, 0.1, (1, 5)).separated for _ in range(100))
    assert wrong <= 10


def test_evidence_at_the_end_holds_every_earlier_look() -> None:
    """Stopping at the first look that crosses is crossing at all, so the test above looks after each rater."""
    votes = rater_means(np.random.default_rng(1), [3.6, 3.0], 80)
    looks = [is_separated(votes.keep(np.arange(2 * n)), 1, scale=(1, 5)) for n in range(1, 81)]
    ahead = [look.evidence for look in looks if look.top == looks[-1].top]
    assert ahead == sorted(ahead)
    assert looks[-1].evidence == max(ahead)
