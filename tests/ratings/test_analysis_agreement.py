"""Agreement, spread of opinions, categories and sensitivity against published numbers."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenechange.errors import InputError, MissingExtraError
from scenechange.ratings.analysis import (
    Choices,
    Votes,
    choice_sensitivity,
    dawid_skene,
    intraclass_correlations,
    krippendorff_alpha,
    repeatability,
    sensitivity,
    shrout_fleiss,
    sos_parameter,
    timed_untimed,
    votes_for_reliability,
    votes_from_matrix,
)
from scenechange.ratings.analysis.agreement import one_way

N = np.nan
# Krippendorff, Computing Krippendorff's alpha-reliability, 2011: four observers, twelve units
KRIPPENDORFF = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3],
    [N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N],
]
# Shrout and Fleiss 1979, table 2: six targets, four judges
JUDGES = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


def dataset(folder: Path, file: str) -> Votes:
    videos = json.loads((folder / "oracles" / "sureal" / file).read_text())["dis_videos"]
    return votes_from_matrix(np.array([video["os"] for video in videos], float))


def words(*values: str) -> np.ndarray:
    return np.array(values, dtype=str)


@pytest.mark.parametrize(
    ("distance", "expected"),
    [("nominal", 904 / 1216), ("ordinal", 0.81538750), ("interval", 0.84910714), ("ratio", 0.79740277)],
)
def test_alpha_is_krippendorffs_own_example(distance: str, expected: float) -> None:
    assert krippendorff_alpha(votes_from_matrix(np.array(KRIPPENDORFF).T), distance) == pytest.approx(
        expected, abs=1e-8
    )


@pytest.mark.data
def test_alpha_is_the_reference_on_every_case(data_dir: Path) -> None:
    cases = json.loads((data_dir / "oracles" / "krippendorff" / "alpha_cases.json").read_text())
    for name, case in cases.items():
        if name != "note":
            votes = votes_from_matrix(np.array(case["data"], float).T)
            for distance in {"nominal", "ordinal", "interval", "ratio"} & set(case):
                assert krippendorff_alpha(votes, distance) == pytest.approx(case[distance], abs=1e-6), (name, distance)


def test_alpha_does_not_exist_without_pairs_or_without_variation() -> None:
    assert np.isnan(krippendorff_alpha(votes_from_matrix([[3, 3], [3, 3]])))
    assert np.isnan(krippendorff_alpha(votes_from_matrix([[3, N], [N, 4]])))
    assert np.isnan(krippendorff_alpha(votes_from_matrix(np.empty((0, 0)))))
    with pytest.raises(InputError, match="distance"):
        krippendorff_alpha(votes_from_matrix([[1, 2]]), "city block")


def test_the_six_correlations_are_those_of_shrout_and_fleiss() -> None:
    found = shrout_fleiss(JUDGES)
    assert [one.form for one in found] == ["ICC(1,1)", "ICC(A,1)", "ICC(C,1)", "ICC(1,k)", "ICC(A,k)", "ICC(C,k)"]
    assert [round(one.icc, 2) for one in found] == [0.17, 0.29, 0.71, 0.44, 0.62, 0.91]
    assert [round(one.f, 1) for one in found] == [1.8, 11.0, 11.0, 1.8, 11.0, 11.0]
    assert [(one.df1, one.df2) for one in found] == [(5, 18), (5, 15), (5, 15)] * 2
    # intervals as in R psych and pingouin, two decimals
    assert [round(one.ci_low, 2) for one in found] == [-0.13, 0.02, 0.34, -0.88, 0.07, 0.68]
    assert [round(one.ci_high, 2) for one in found] == [0.72, 0.76, 0.95, 0.91, 0.93, 0.99]
    assert found[0].p == pytest.approx(0.1648, abs=1e-4)
    assert found[2].p == pytest.approx(0.00013, abs=1e-5)


@pytest.mark.data
def test_correlations_use_the_stimuli_that_everybody_judged(data_dir: Path) -> None:
    folder = data_dir / "oracles" / "sureal"
    expected = json.loads((folder / "expected_summary.json").read_text())["agreement_computed_here"]
    rows = csv.reader((folder / "itu_sample_data.csv").read_text().splitlines())
    votes = votes_from_matrix([[float(cell) for cell in row] for row in rows])
    found = {one.form: one.icc for one in intraclass_correlations(votes)}
    table = expected["itu_sample_data.csv"]
    assert found["ICC(C,1)"] == pytest.approx(table["ICC(C,1)_78_complete_rows"], abs=1e-12)
    for form in ("ICC(A,1)", "ICC(1,1)", "ICC(C,k)"):
        assert found[form] == pytest.approx(table[form], abs=1e-12)
    assert sos_parameter(votes, (1, 5)) == pytest.approx(table["SOS_a_ddof0"], abs=1e-12)
    assert sos_parameter(votes, (1, 5), ddof=1) == pytest.approx(table["SOS_a_ddof1"], abs=1e-12)


@pytest.mark.data
def test_alpha_and_spread_are_the_reference_on_video_sets(data_dir: Path) -> None:
    summary = json.loads((data_dir / "oracles" / "sureal" / "expected_summary.json").read_text())
    for name, file in (("NFLX_public_raw", "NFLX_dataset_public_raw.json"), ("VQEGHD3", "VQEGHD3_dataset_raw.json")):
        votes, expected = dataset(data_dir, file), summary["agreement_computed_here"][name]
        assert krippendorff_alpha(votes) == pytest.approx(expected["alpha_interval"], abs=1e-10)
        assert krippendorff_alpha(votes, "ordinal") == pytest.approx(expected["alpha_ordinal"], abs=1e-10)
        assert sos_parameter(votes, (1, 5)) == pytest.approx(expected["SOS_a_ddof0"], abs=1e-12)


def test_one_way_form_does_not_need_equal_numbers_of_votes() -> None:
    whole = shrout_fleiss(JUDGES)[0]
    assert one_way(votes_from_matrix(JUDGES)).icc == pytest.approx(whole.icc)
    gaps = np.array(JUDGES, float)
    gaps[[0, 2, 4], [1, 3, 0]] = N
    assert [one.form for one in intraclass_correlations(votes_from_matrix(gaps[[0, 2, 4]]))] == ["ICC(1,1)"]
    assert one_way(votes_from_matrix([[1, 2, 3]])) is None
    assert one_way(votes_from_matrix([[1, N], [N, 3]])) is None


def test_a_table_with_gaps_or_a_single_judge_is_refused() -> None:
    for table in ([[1, N], [2, 3]], [[1], [2]], [1, 2]):
        with pytest.raises(InputError, match="without gaps"):
            shrout_fleiss(table)


def test_votes_for_a_reliability_follow_spearman_and_brown() -> None:
    single = shrout_fleiss(JUDGES)[0].icc  # 0.1657: k r / (1 + (k - 1) r) passes 0.9 between k = 45 and k = 46
    assert 45 * single / (1 + 44 * single) < 0.9 < 46 * single / (1 + 45 * single)
    assert votes_for_reliability(votes_from_matrix(JUDGES), 0.9) == 46
    assert votes_for_reliability(votes_from_matrix([[1, 2], [2, 1]])) is None


def test_spread_parameter_recovers_the_one_that_was_put_in() -> None:
    """Votes only on the ends of the scale have the widest spread there is: a = 1."""
    ends = np.array([[1, 5, 5, 5], [1, 1, 5, 5], [1, 1, 1, 5]], float)
    assert sos_parameter(votes_from_matrix(ends), (1, 5)) == pytest.approx(1)
    assert sos_parameter(votes_from_matrix([[2, 2], [3, 3]]), (1, 5)) == 0
    assert np.isnan(sos_parameter(votes_from_matrix([[1, 1], [5, 5]]), (1, 5)))
    with pytest.raises(InputError, match="scale"):
        sos_parameter(votes_from_matrix(ends), (5, 1))


def test_repeatability_is_the_within_rater_standard_deviation() -> None:
    twice = np.array([[[1, 3], [2, N]], [[4, 4], [5, 3]]], float)
    assert repeatability(votes_from_matrix(twice)) == pytest.approx(np.sqrt((2 + 0 + 2) / 3))
    assert np.isnan(repeatability(votes_from_matrix([[1, 2]])))


ANSWERS = (
    "w1 t1 no,w1 t2 yes,w1 t3 yes,w1 t4 yes,w1 t5 yes,w2 t1 yes,w2 t2 yes,w2 t3 no,w2 t4 yes,w2 t5 no,w3 t2 yes,"
    "w3 t3 no,w3 t4 yes,w3 t5 no,w4 t1 yes,w4 t2 no,w4 t3 yes,w4 t4 yes,w4 t5 no,"
    "w5 t1 no,w5 t2 no,w5 t3 no,w5 t4 yes,w5 t5 no"
)


def test_categories_of_the_toy_example_are_the_published_ones() -> None:
    rater, item, answer = np.array([entry.split() for entry in ANSWERS.split(",")]).T
    found = dawid_skene(rater, item, answer)
    assert dict(zip(found.items, found.category, strict=True)) == {
        "t1": "yes", "t2": "yes", "t3": "no", "t4": "yes", "t5": "no",
    }  # fmt: skip
    assert ((found.accuracy >= 0) & (found.accuracy <= 1)).all()
    assert found.accuracy[found.raters.index("w3")] > found.accuracy[found.raters.index("w1")]
    with pytest.raises(InputError, match="at least one"):
        dawid_skene(words(), words(), words())


def test_a_missing_package_is_told_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "crowdkit", None)
    monkeypatch.setitem(sys.modules, "crowdkit.aggregation", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'scenechange\[analysis\]'"):
        dawid_skene(words("r"), words("a"), words("yes"))


def test_sensitivity_is_the_textbook_example_with_the_correction() -> None:
    # rates (5 + 0.5) / 7 and (1 + 0.5) / 5; z(0.785714) = 0.791639, z(0.3) = -0.524401 in a table of the normal
    assert sensitivity(5, 6, 1, 4) == pytest.approx(0.791639 + 0.524401, abs=1e-6)
    assert np.isfinite(sensitivity(6, 6, 0, 4))
    assert choice_sensitivity(50, 100) == 0
    assert choice_sensitivity(1, 1) == pytest.approx(np.sqrt(2) * 0.67448975, abs=1e-7)  # (1 + 0.5) / 2 = 0.75


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 20), st.integers(0, 20))
def test_sensitivity_changes_sign_when_answers_are_swapped(hits: int, alarms: int) -> None:
    assert sensitivity(hits, 20, alarms, 20) == pytest.approx(-sensitivity(alarms, 20, hits, 20), abs=1e-12)
    assert choice_sensitivity(hits, 20) == pytest.approx(-choice_sensitivity(20 - hits, 20), abs=1e-12)


@pytest.mark.parametrize("counts", [(3, 2, 0, 1), (-1, 2, 0, 1), (0, 0, 0, 1), (1, 2, 2, 1)])
def test_impossible_counts_are_refused(counts: tuple) -> None:
    with pytest.raises(InputError, match="wanted from 0"):
        sensitivity(*counts)


def test_error_difference_is_timed_minus_untimed_with_a_paired_interval() -> None:
    rng = np.random.default_rng(0)
    rater = np.repeat(np.arange(60), 20).astype(str)
    timed = np.tile(np.repeat([True, False], 10), 60)
    weakness = np.repeat(rng.uniform(0, 0.4, 60), 20)
    correct = rng.random(1200) > weakness + 0.25 * timed
    found = timed_untimed(Choices(rater, timed, correct))
    assert found.difference == pytest.approx(found.timed_error - found.untimed_error)
    assert found.ci_low < 0.25 < found.ci_high
    assert found.timed_d < found.untimed_d
    assert (found.n_timed, found.n_untimed, found.raters) == (600, 600, 60)
    shuffled = timed_untimed(Choices(rng.permutation(rater), timed, correct))
    assert found.ci_high - found.ci_low < shuffled.ci_high - shuffled.ci_low + 0.02


def test_one_condition_alone_has_no_difference() -> None:
    found = timed_untimed(Choices(words("a", "b"), np.array([True, True]), np.array([True, False])))
    assert found.timed_error == 0.5
    assert np.isnan([found.untimed_error, found.difference, found.ci_low, found.untimed_d]).all()
    with pytest.raises(InputError, match="correct"):
        Choices(words("a"), np.array([True]), np.array([True, False]))
