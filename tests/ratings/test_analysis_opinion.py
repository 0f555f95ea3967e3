"""Mean opinion scores, screening and the subject model against published numbers."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from scenechange.errors import InputError
from scenechange.ratings.analysis import (
    Votes,
    bootstrap_opinion_scores,
    bt500_screening,
    bt500_sparse_screening,
    correlation_screening,
    correlation_sparse_screening,
    mean_opinion_scores,
    p913_screening,
    rater_bias,
    subject_model,
    time_screening,
    votes_from_matrix,
    without_bias,
)

DATASETS = {
    "NFLX_public_raw": "NFLX_dataset_public_raw.json",
    "NFLX_last4outliers": "NFLX_dataset_public_raw_last4outliers.json",
    "VQEGHD3": "VQEGHD3_dataset_raw.json",
}


@pytest.fixture(scope="module")
def sureal(data_dir: Path) -> Path:
    return data_dir / "oracles" / "sureal"


def dataset(folder: Path, file: str) -> Votes:
    videos = json.loads((folder / file).read_text())["dis_videos"]
    return votes_from_matrix(np.array([video["os"] for video in videos], float))


def demo_table(path: Path) -> Votes:
    """Rows of stimuli, columns of raters; a row without numbers begins the next repetition."""
    blocks: list[list[list[float]]] = [[]]
    for row in csv.reader(path.read_text().splitlines()):
        if not any(row):
            blocks.append([])
        else:
            blocks[-1].append([float(cell) for cell in row])
    return votes_from_matrix(np.stack([np.array(block) for block in blocks], axis=-1))


def published(folder: Path, dataset_name: str, model: str) -> dict:
    return json.loads((folder / "expected_models_sureal090.json").read_text())[f"{dataset_name}/{model}"]


def planted(raters: int = 40, items: int = 60, per_rater: int = 30, spammers: int = 4, seed: int = 3) -> Votes:
    """Votes on a five-point scale; the first raters press a button at random."""
    rng = np.random.default_rng(seed)
    quality = rng.uniform(1.5, 4.5, items)
    scores = np.full((items, raters), np.nan)
    for rater in range(raters):
        seen = rng.choice(items, per_rater, replace=False)
        honest = quality[seen] + rng.normal(0, 0.3) + rng.normal(0, 0.6, per_rater)
        scores[seen, rater] = rng.integers(1, 6, per_rater) if rater < spammers else np.clip(np.round(honest), 1, 5)
    return votes_from_matrix(scores)


# --- mean opinion scores ---------------------------------------------------------------------------------------------


@pytest.mark.data
@pytest.mark.parametrize("name", DATASETS)
def test_mean_opinion_scores_are_the_published_ones(sureal: Path, name: str) -> None:
    scores, expected = mean_opinion_scores(dataset(sureal, DATASETS[name])), published(sureal, name, "MosModel")
    assert scores.mos.mean() == pytest.approx(expected["mean"], abs=1e-12)
    assert (scores.mos[0], scores.mos[10]) == pytest.approx((expected["q0"], expected["q10"]), abs=1e-12)
    assert scores.se.mean() == pytest.approx(expected["meanstd"], abs=1e-12)


@pytest.mark.data
def test_votes_that_miss_change_nothing_for_others(sureal: Path) -> None:
    videos = json.loads((sureal / "NFLX_dataset_public_raw_PARTIAL.json").read_text())["dis_videos"]
    scores = mean_opinion_scores(votes_from_matrix(np.array([video["os"] for video in videos], float)))
    expected = json.loads((sureal / "expected_summary.json").read_text())["MOS_PARTIAL"]
    assert scores.mos[0] == pytest.approx(expected["scores[0]"], abs=1e-12)
    assert scores.mos.mean() == pytest.approx(expected["mean"], abs=1e-12)
    assert scores.se.mean() == pytest.approx(expected["mean_std"], abs=1e-12)


def test_interval_is_the_t_interval_of_the_textbook() -> None:
    scores = mean_opinion_scores(votes_from_matrix([[3, 4, 1, 5, 4]]), level=0.9)
    low, high = stats.t.interval(0.9, 4, np.mean([3, 4, 1, 5, 4]), stats.sem([3, 4, 1, 5, 4]))
    assert (scores.ci_low[0], scores.ci_high[0]) == pytest.approx((low, high), abs=1e-12)
    assert scores.sd[0] == pytest.approx(np.std([3, 4, 1, 5, 4], ddof=1))


def test_one_vote_has_a_score_but_no_interval() -> None:
    for scores in (
        mean_opinion_scores(votes_from_matrix([[4.0]])),
        bootstrap_opinion_scores(votes_from_matrix([[4.0]])),
    ):
        assert scores.mos[0] == 4
        assert np.isnan([scores.ci_low[0], scores.ci_high[0], scores.se[0]]).all()


def test_copies_of_a_vote_by_the_same_rater_do_not_shorten_the_interval() -> None:
    once = np.array([[1, 3, 4, 5, 2]], float)
    twice = np.stack([once, once], axis=-1)
    a, b = mean_opinion_scores(votes_from_matrix(once)), mean_opinion_scores(votes_from_matrix(twice))
    assert b.n[0] == 10
    assert b.ci_low[0] == pytest.approx(a.ci_low[0])


def test_bootstrap_interval_agrees_with_scipy() -> None:
    votes = np.array([5, 4, 4, 3, 2, 5, 1, 4, 3, 3, 4, 2], float)
    ours = bootstrap_opinion_scores(votes_from_matrix(votes[None]), resamples=20000)
    theirs = stats.bootstrap(
        (votes,), np.mean, method="percentile", n_resamples=20000, random_state=1
    ).confidence_interval
    assert (ours.ci_low[0], ours.ci_high[0]) == pytest.approx((theirs.low, theirs.high), abs=0.06)  # the grid is 1/12


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.integers(1, 5), min_size=3, max_size=3), min_size=1, max_size=6))
def test_bootstrap_interval_holds_the_mean_and_stays_on_the_votes(scores: list[list[int]]) -> None:
    found = bootstrap_opinion_scores(votes_from_matrix(scores), resamples=50)
    assert (found.ci_low >= np.min(scores, axis=1) - 1e-9).all()
    assert (found.ci_high <= np.max(scores, axis=1) + 1e-9).all()
    assert (found.ci_low <= found.ci_high).all()


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0, 95.0, float("nan")])
def test_a_level_that_is_none_is_refused(level: float) -> None:
    with pytest.raises(InputError, match="level"):
        mean_opinion_scores(votes_from_matrix([[1, 2]]), level)


# --- screening -------------------------------------------------------------------------------------------------------


@pytest.mark.data
@pytest.mark.parametrize("name", DATASETS)
@pytest.mark.parametrize(
    ("screen", "model"),
    [
        (bt500_screening, "SubjrejMosModel"),
        (bt500_sparse_screening, "SubjrejMosModel"),
        (p913_screening, "BiasremvSubjrejMosModel"),
        (correlation_screening, "SubjrejMosModelPearson"),
    ],
)
def test_rejected_raters_are_the_published_ones(sureal: Path, name: str, screen, model: str) -> None:
    votes, expected = dataset(sureal, DATASETS[name]), published(sureal, name, model)
    found = screen(votes)
    assert sorted(map(int, found.rejected)) == expected["observer_rejected"]
    assert found.statistic.var() == pytest.approx(expected["observer_rejected_1st_stats_mean_var"][1], abs=1e-12)


@pytest.mark.data
def test_share_of_far_votes_is_published_but_for_stimuli_on_which_all_agree(sureal: Path) -> None:
    """The reference program counts those as far off for every rater, both ways: one stimulus of 79 here."""
    votes = dataset(sureal, DATASETS["NFLX_public_raw"])
    expected = published(sureal, "NFLX_public_raw", "SubjrejMosModel")["observer_rejected_1st_stats_mean_var"][0]
    unanimous = int((mean_opinion_scores(votes).sd == 0).sum())
    assert unanimous == 1
    assert bt500_screening(votes).statistic.mean() + 2 * unanimous / 79 == pytest.approx(expected, abs=1e-12)


@pytest.mark.data
def test_bias_is_the_published_one_and_once_removed_is_gone(sureal: Path) -> None:
    votes = dataset(sureal, DATASETS["VQEGHD3"])
    expected = published(sureal, "VQEGHD3", "BiasremvMosModel")
    assert rater_bias(votes)[1].var() == pytest.approx(expected["observer_bias_mean_var"][1], abs=1e-12)
    assert np.abs(rater_bias(without_bias(votes))[1]).max() < 1e-12
    assert mean_opinion_scores(without_bias(votes)).se.mean() == pytest.approx(expected["meanstd"], abs=1e-12)


def test_denominators_of_each_rater_find_a_spammer_whom_the_classic_denominator_lets_pass() -> None:
    rng = np.random.default_rng(1)
    scores = np.full((400, 60), np.nan)
    for item in range(400):
        seen = 1 + rng.choice(59, 15, replace=False)
        scores[item, seen] = np.clip(np.round(3 + rng.normal(0, 0.5, 15)), 1, 5)
    scores[:20, 0] = [1, 5] * 10  # sees a twentieth of the stimuli, always far off, both ways
    votes = votes_from_matrix(scores)
    assert "0" not in bt500_screening(votes).rejected
    assert "0" in bt500_sparse_screening(votes).rejected


def test_leaving_out_the_own_vote_finds_random_raters_in_a_sparse_design() -> None:
    votes = planted(raters=100, items=400, per_rater=30, spammers=8)
    found = correlation_sparse_screening(votes)
    assert set(found.rejected) >= {"0", "1", "2", "3", "4", "5", "6", "7"} - set(found.undecided)
    assert len(found.rejected) <= 10


def test_a_rater_is_compared_with_the_others_only() -> None:
    scores = np.random.default_rng(0).integers(1, 6, (12, 2)).astype(float)
    found = correlation_sparse_screening(votes_from_matrix(scores))
    assert found.statistic == pytest.approx(np.full(2, np.corrcoef(scores.T)[0, 1]))


def test_raters_with_few_or_constant_votes_are_undecided_not_rejected() -> None:
    scores = np.tile(np.array([[1.0], [5.0]] * 6), (1, 12))
    scores[:, 0] = 3
    scores[3:, 1] = np.nan
    found = correlation_screening(votes_from_matrix(scores))
    assert set(found.undecided) == {"0", "1"}
    assert found.rejected == ()


def test_raters_far_faster_than_others_are_rejected_by_time() -> None:
    base = planted(raters=10)
    times = np.where(base.rater == "4", 300.0, 2000.0)
    votes = Votes(base.rater, base.item, base.system, base.score, response_ms=times)
    assert time_screening(votes).rejected == ("4",)
    with pytest.raises(InputError, match="response_ms"):
        time_screening(base)


# --- the subject model -----------------------------------------------------------------------------------------------


@pytest.mark.data
@pytest.mark.parametrize("name", DATASETS)
def test_subject_model_gives_the_published_summary(sureal: Path, name: str) -> None:
    model = subject_model(dataset(sureal, DATASETS[name]))
    expected = published(sureal, name, "SubjectMLEModelProjectionSolver2")
    assert model.mos.mean() == pytest.approx(expected["mean"], abs=1e-8)
    assert (model.mos[0], model.mos[10]) == pytest.approx((expected["q0"], expected["q10"]), abs=1e-8)
    assert model.sos.mean() == pytest.approx(expected["meanstd"], abs=1e-8)
    assert model.bias.var() == pytest.approx(expected["observer_bias_mean_var"][1], abs=1e-8)
    assert model.inconsistency.mean() == pytest.approx(expected["observer_inconsistency_mean_var"][0], abs=1e-8)
    assert model.inconsistency.var() == pytest.approx(expected["observer_inconsistency_mean_var"][1], abs=1e-8)


@pytest.mark.data
@pytest.mark.parametrize(
    ("file", "key"),
    [
        ("itu_sample_data.csv", "p910:sample_data.csv"),
        ("itu_sample_data.csv", "bt500:sample_data.csv"),
        ("bt500_small_sample_data_with_repetitions.csv", "bt500:small_sample_data.csv"),
        ("p910_small_sample_data.csv", "p910:small_sample_data.csv"),
    ],
)
def test_subject_model_gives_every_number_of_the_itu_examples(sureal: Path, file: str, key: str) -> None:
    model = subject_model(demo_table(sureal / file))
    expected = json.loads((sureal / "expected_demo_outputs.json").read_text())[key]
    order = np.argsort([int(name) for name in model.raters])
    # both programs stop when a step is below 1e-8
    assert model.mos == pytest.approx(np.array(expected["mos_j"]), abs=5e-8)
    assert model.sos == pytest.approx(np.array(expected["sos_j"]), abs=5e-8)
    assert model.bias[order] == pytest.approx(np.array(expected["bias_i"]), abs=5e-8)
    assert model.inconsistency[order] == pytest.approx(np.array(expected["inconsistency_i"]), abs=5e-8)


def test_subject_model_weighs_careful_raters_more() -> None:
    rng = np.random.default_rng(0)
    truth, noise = rng.uniform(2, 4, 80), np.repeat([0.2, 1.5], 8)
    scores = truth[:, None] + rng.normal(0, 1, (80, 16)) * noise + rng.normal(0, 0.5, 16)
    model = subject_model(votes_from_matrix(scores))
    plain = mean_opinion_scores(votes_from_matrix(scores)).mos
    centred = truth - truth.mean()
    assert np.std(model.mos - model.mos.mean() - centred) < 0.5 * np.std(plain - plain.mean() - centred)
    assert model.inconsistency == pytest.approx(noise, rel=0.35)


def test_unbounded_likelihood_is_told_and_held_together_by_prior_votes() -> None:
    votes = votes_from_matrix([[1, 2, np.nan], [2, 4, 3], [3, np.nan, 5], [4, np.nan, 5]])
    assert subject_model(votes).collapsed != ()
    held = subject_model(votes, prior_votes=5)
    assert held.collapsed == ()
    assert held.converged
    assert held.inconsistency.max() < 3 * held.inconsistency.min()


def test_subject_model_refuses_no_votes_and_negative_priors() -> None:
    with pytest.raises(InputError, match="at least one vote"):
        subject_model(votes_from_matrix(np.empty((0, 0))))
    with pytest.raises(InputError, match="prior_votes"):
        subject_model(votes_from_matrix([[1, 2]]), prior_votes=-1)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**16), st.floats(-2, 2), st.floats(0.5, 3))
def test_subject_model_moves_and_stretches_with_the_scale(seed: int, shift: float, stretch: float) -> None:
    scores = np.random.default_rng(seed).integers(1, 6, (12, 6)).astype(float)
    one = subject_model(votes_from_matrix(scores), prior_votes=5)
    other = subject_model(votes_from_matrix(stretch * scores + shift), prior_votes=5)
    assert other.mos == pytest.approx(stretch * one.mos + shift, abs=1e-5)
    assert other.inconsistency == pytest.approx(stretch * one.inconsistency, abs=1e-5)
