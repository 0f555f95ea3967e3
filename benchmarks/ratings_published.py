"""Figures of appeal ratings beside published numbers and other packages; a part of ratings_statistics.py."""

from __future__ import annotations

import csv
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from scenechange.ratings import analysis as ra
from scenechange.ratings.analysis.pairs import pairs_from_wins

DATA = Path(os.environ.get("SCENECHANGE_DATA", Path(__file__).parents[2] / "shared" / "data"))
ORACLES = DATA / "oracles"
SETS = {
    "NFLX_public_raw": "NFLX_dataset_public_raw.json",
    "NFLX_last4outliers": "NFLX_dataset_public_raw_last4outliers.json",
    "VQEGHD3": "VQEGHD3_dataset_raw.json",
}


def video_set(file: str) -> ra.Votes:
    """Votes of a public video set."""
    videos = json.loads((ORACLES / "sureal" / file).read_text())["dis_videos"]
    return ra.votes_from_matrix(np.array([video["os"] for video in videos], float))


def demo_table(file: str) -> ra.Votes:
    """Votes of an ITU example, repetitions in blocks."""
    blocks: list[list[list[float]]] = [[]]
    for row in csv.reader((ORACLES / "sureal" / file).read_text().splitlines()):
        if any(row):
            blocks[-1].append([float(cell) for cell in row])
        else:
            blocks.append([])
    return ra.votes_from_matrix(np.stack([np.array(block) for block in blocks], axis=-1))


def oracles() -> dict:
    """Largest absolute difference from each published number; rejections as equal or not."""
    models = json.loads((ORACLES / "sureal" / "expected_models_sureal090.json").read_text())
    demos = json.loads((ORACLES / "sureal" / "expected_demo_outputs.json").read_text())
    summary = json.loads((ORACLES / "sureal" / "expected_summary.json").read_text())["agreement_computed_here"]
    found: dict = {"rejections_equal": {}}
    differences: dict[str, list[float]] = {
        "mos": [],
        "mos_se": [],
        "subject_model_summary": [],
        "alpha": [],
        "sos_a": [],
    }
    for name, file in SETS.items():
        votes = video_set(file)
        scores, model = ra.mean_opinion_scores(votes), ra.subject_model(votes)
        expected = models[f"{name}/MosModel"]
        differences["mos"] += [scores.mos.mean() - expected["mean"], scores.mos[0] - expected["q0"]]
        differences["mos_se"].append(scores.se.mean() - expected["meanstd"])
        expected = models[f"{name}/SubjectMLEModelProjectionSolver2"]
        differences["subject_model_summary"] += [
            model.mos[0] - expected["q0"],
            model.sos.mean() - expected["meanstd"],
            model.bias.var() - expected["observer_bias_mean_var"][1],
            model.inconsistency.mean() - expected["observer_inconsistency_mean_var"][0],
            model.inconsistency.var() - expected["observer_inconsistency_mean_var"][1],
        ]
        for method, screen in (
            ("SubjrejMosModel", ra.bt500_screening),
            ("BiasremvSubjrejMosModel", ra.p913_screening),
            ("SubjrejMosModelPearson", ra.correlation_screening),
        ):
            equal = sorted(map(int, screen(votes).rejected)) == models[f"{name}/{method}"]["observer_rejected"]
            found["rejections_equal"][f"{name}/{method}"] = equal
        if name in summary:
            differences["alpha"].append(ra.krippendorff_alpha(votes) - summary[name]["alpha_interval"])
            differences["sos_a"].append(ra.sos_parameter(votes, (1, 5)) - summary[name]["SOS_a_ddof0"])
    itu = []
    for file, key in (
        ("itu_sample_data.csv", "p910:sample_data.csv"),
        ("bt500_small_sample_data_with_repetitions.csv", "bt500:small_sample_data.csv"),
        ("p910_small_sample_data.csv", "p910:small_sample_data.csv"),
    ):
        model = ra.subject_model(demo_table(file))
        order = np.argsort([int(rater) for rater in model.raters])
        columns = (model.mos, model.sos, model.bias[order], model.inconsistency[order])
        for column, name in zip(columns, ("mos_j", "sos_j", "bias_i", "inconsistency_i"), strict=True):
            itu.append(np.abs(column - np.array(demos[key][name])).max())
    cases = json.loads((ORACLES / "krippendorff" / "alpha_cases.json").read_text())
    for name, case in cases.items():
        if name != "note":
            votes = ra.votes_from_matrix(np.array(case["data"], float).T)
            for distance in {"nominal", "ordinal", "interval", "ratio"} & set(case):
                differences["alpha"].append(ra.krippendorff_alpha(votes, distance) - case[distance])
    judges = json.loads((ORACLES / "icc" / "shrout_fleiss_1979.json").read_text())
    found["icc_two_decimals_equal"] = [
        round(one.icc, 2) == icc
        for one, icc in zip(ra.shrout_fleiss(judges["rows_are_targets"]), judges["icc_2dp"], strict=True)
    ]
    found["max_abs_difference"] = {name: float(np.abs(values).max()) for name, values in differences.items()}
    found["max_abs_difference"] |= {"subject_model_itu_examples": float(max(itu)), **comparison_oracles()}
    return found


def comparison_oracles() -> dict:
    """Differences of strengths from published ones."""
    example = json.loads((ORACLES / "bt" / "wikipedia_worked_example.json").read_text())
    games = [(pair[0], pair[2]) for pair, wins in example["wins"].items() for _ in range(wins)]
    fit = ra.bradley_terry(of_games(games))
    strength = np.array([example["log_strength_mean_0"][name] for name in fit.items])
    error = np.array([example["se_log_strength_sum_to_zero_fisher"][name] for name in fit.items])
    choix_case = json.loads((ORACLES / "bt" / "choix_regularised_8items.json").read_text())
    held = ra.bradley_terry(of_games([(str(a), str(b)) for a, b in choix_case["pairs"]]), penalty=0.5)
    theta = np.array(choix_case["theta"])[[int(name) for name in held.items]]
    chain = json.loads((ORACLES / "pwcmp" / "thurstone_chain.json").read_text())
    jods = ra.jod(ra.thurstone(pairs_from_wins(np.array(chain["D"]))).strength)
    return {
        "bradley_terry": float(np.abs(fit.strength - strength).max()),
        "bradley_terry_se": float(np.abs(fit.se - error).max()),
        "bradley_terry_penalised": float(np.abs(held.strength - theta).max()),
        "thurstone_jod": float(np.abs(jods - np.array(chain["jod_mean0_no_prior"])).max()),
    }


def of_games(games: list[tuple[str, str]]) -> ra.Pairs:
    """Comparisons from winners and losers."""
    winner, loser = (np.array(side, str) for side in zip(*games, strict=True))
    return ra.Pairs(np.full(len(games), "r"), winner, loser, winner)


def seconds(work: Callable[[], object], repeats: int = 3) -> float:
    """Median seconds after one run to warm up."""
    work()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return float(np.median(times))


def peers() -> dict:
    """The same figures by other packages, on llmfao: 1,000s of comparisons with ties."""
    import choix
    import evalica

    rows = list(csv.DictReader((ORACLES / "evalica" / "llmfao.csv").open(encoding="utf-8")))
    a, b = (np.array([row[side] for row in rows], str) for side in ("left", "right"))
    sides = {"left": evalica.Winner.X, "right": evalica.Winner.Y, "tie": evalica.Winner.Draw}
    winner = np.array([{"left": row["left"], "right": row["right"]}.get(row["winner"], "") for row in rows], str)
    pairs = ra.Pairs(np.array([row["worker"] for row in rows], str), a, b, winner)
    signs = [sides[row["winner"] if row["winner"] in sides else "tie"] for row in rows]
    ours = ra.bradley_terry(pairs)
    theirs = evalica.bradley_terry(a.tolist(), b.tolist(), signs, tolerance=1e-12, limit=100000).scores
    logs = np.log([theirs[name] for name in ours.items])
    place = {name: k for k, name in enumerate(ours.items)}
    decided = winner != ""
    lost = np.where(winner == a, b, a)
    games = [(place[w], place[x]) for w, x in zip(winner[decided], lost[decided], strict=True)]
    only = ra.bradley_terry(pairs.keep(decided), penalty=0.1)
    reference = choix.opt_pairwise(len(place), games, alpha=0.1, tol=1e-9)
    order = [place[name] for name in only.items]
    return {
        "comparisons": len(rows),
        "items": len(place),
        "bradley_terry_with_ties_vs_evalica": float(np.abs(ours.strength - (logs - logs.mean())).max()),
        "bradley_terry_penalised_vs_choix": float(np.abs(only.strength - reference[order]).max()),
        "seconds_ours_with_intervals": seconds(lambda: ra.bradley_terry(pairs)),
        "seconds_evalica_no_intervals": seconds(
            lambda: evalica.bradley_terry(a.tolist(), b.tolist(), signs, tolerance=1e-12, limit=100000)
        ),
        "seconds_choix_no_intervals": seconds(lambda: choix.opt_pairwise(len(place), games, alpha=0.1, tol=1e-9), 1),
    }
