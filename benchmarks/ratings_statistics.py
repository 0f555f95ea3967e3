"""Are the statistics of appeal ratings right, and how right are their intervals?

    python benchmarks/ratings_statistics.py                 everything, three minutes on two cores
    python benchmarks/ratings_statistics.py --sims 50       a quick look

Six questions: largest difference from published numbers; from other packages, and time against them; how often
intervals hold the truth in simulated studies; how well screenings find planted spammers; how often the stopping rule
stops wrongly when one looks after every rater, and how many raters it takes; how long a large sparse study takes.
Published numbers are read at $SCENECHANGE_DATA/oracles or ../shared/data/oracles.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from record import record
from scipy import stats

from scenechange.ratings import analysis as ra
from scenechange.ratings.analysis.pairs import pairs_from_wins
from scenechange.ratings.analysis.report import SCREENINGS

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


def histograms() -> np.ndarray:
    """Shares of the five scores of real stimuli, (many, 5)."""
    rows = csv.DictReader((ORACLES / "gsd" / "G_test_results.csv").open(encoding="utf-8"))
    counts = np.array([[float(row[f"count{k}"]) for k in range(1, 6)] for row in rows])
    return counts / counts.sum(1, keepdims=True)


def coverage_of_pictures(rng: np.random.Generator) -> dict:
    """How often 95 % intervals of pictures hold the mean of the real histogram they were drawn from."""
    shares = histograms()
    shares = shares[rng.permutation(len(shares))[:1500]]
    truth = shares @ np.arange(1, 6)
    found: dict = {}
    for n in (3, 5, 8, 15, 24, 40):
        draws = (rng.random((len(shares), n, 1)) > np.cumsum(shares, 1)[:, None, :-1]).sum(2) + 1.0
        votes = ra.votes_from_matrix(draws)
        for name, scores in (
            ("t", ra.mean_opinion_scores(votes)),
            ("bootstrap", ra.bootstrap_opinion_scores(votes, resamples=500)),
        ):
            held = (scores.ci_low <= truth) & (truth <= scores.ci_high)
            varied = scores.sd > 0
            found[f"{name}_{n}_votes"] = float(held.mean())
            found[f"{name}_{n}_votes_where_votes_differ"] = float(held[varied].mean())
    return found


def crossed_study(rng: np.random.Generator, means: np.ndarray, raters: int, sources: int, per_rater: int) -> ra.Votes:
    """Votes with effects of rater, source, source and system, and noise, on a scale without ends."""
    systems = len(means)
    content, special = rng.normal(0, 0.5, sources), rng.normal(0, 0.25, (systems, sources))
    bias, noise = rng.normal(0, 0.4, raters), rng.uniform(0.4, 1.0, raters)
    count = systems * sources
    stimulus = np.concatenate([rng.permutation(count)[:per_rater] for _ in range(raters)])
    rater = np.repeat(np.arange(raters), min(per_rater, count))
    system, source = np.divmod(stimulus, sources)
    score = means[system] + content[source] + special[system, source] + bias[rater]
    score = score + noise[rater] * rng.normal(size=len(score))
    names = np.char.add
    return ra.Votes(
        rater.astype(str), stimulus.astype(str), names("s", system.astype(str)), score, source=source.astype(str)
    )


def coverage_of_systems(rng: np.random.Generator, sims: int) -> dict:
    """How often intervals of systems and of differences hold the truth, and how often Holm's tests cry wolf."""
    found: dict = {}
    designs = {
        "24_raters_20_sources_full": (24, 20, 80),
        "40_raters_25_sources_half": (40, 25, 50),
        "150_raters_50_sources_sparse": (150, 50, 20),
        "12_raters_10_sources_full": (12, 10, 40),
    }
    for name, (raters, sources, per_rater) in designs.items():
        held, naive, differences, wolves = [], [], [], []
        for _ in range(sims):
            means = np.full(4, 3.0)
            votes = crossed_study(rng, means, raters, sources, per_rater)
            board = ra.leaderboard(votes, resamples=200, seed=int(rng.integers(2**31)))
            held += ((board.ci_low <= 3) & (board.ci_high >= 3)).tolist()
            differences += [pair.ci_low <= 0 <= pair.ci_high for pair in board.differences]
            wolves.append(any(pair.p_holm < 0.05 for pair in board.differences))
            for system in board.systems:
                own = votes.score[votes.system == system]
                naive.append(abs(own.mean() - 3) <= 1.96 * own.std(ddof=1) / np.sqrt(len(own)))
        found[name] = {
            "systems": float(np.mean(held)),
            "systems_if_votes_were_independent": float(np.mean(naive)),
            "differences": float(np.mean(differences)),
            "any_false_difference_after_holm": float(np.mean(wolves)),
        }
    return found


def coverage_of_subject_model(rng: np.random.Generator, sims: int) -> dict:
    """How often intervals of the subject model hold the true quality, raters' mean bias taken as zero."""
    found: dict = {}
    for name, items, raters, per_rater, prior in (
        ("79_items_26_raters_full", 79, 26, 79, 0.0),
        ("200_items_100_raters_20_votes_an_item", 200, 100, 40, 0.0),
        ("200_items_100_raters_20_votes_an_item_prior_2", 200, 100, 40, 2.0),
        ("300_items_60_raters_8_votes_an_item_prior_2", 300, 60, 40, 2.0),
        ("2000_items_300_raters_6_votes_an_item_prior_2", 2000, 300, 40, 2.0),
    ):
        held, held_t, error, error_mean = [], [], [], []
        for _ in range(max(3, sims // (1 if items < 1000 else 10))):
            quality, bias, noise = (
                rng.uniform(1.5, 4.5, items),
                rng.normal(0, 0.4, raters),
                rng.uniform(0.3, 1.1, raters),
            )
            bias -= bias.mean()
            item = np.concatenate([rng.permutation(items)[:per_rater] for _ in range(raters)])
            rater = np.repeat(np.arange(raters), per_rater)
            score = quality[item] + bias[rater] + noise[rater] * rng.normal(size=len(item))
            votes = ra.Votes(rater.astype(str), item.astype(str), np.full(len(item), ""), score)
            model, plain = ra.subject_model(votes, prior_votes=prior), ra.mean_opinion_scores(votes)
            truth = quality[[int(name) for name in model.items]]
            held += ((model.ci_low <= truth) & (truth <= model.ci_high)).tolist()
            held_t += ((plain.ci_low <= truth) & (truth <= plain.ci_high)).tolist()
            error.append(np.sqrt(np.mean((model.mos - truth) ** 2)))
            error_mean.append(np.sqrt(np.mean((plain.mos - truth) ** 2)))
        found[name] = {
            "subject_model": float(np.mean(held)),
            "t_of_plain_mean": float(np.mean(held_t)),
            "rms_error_subject_model": float(np.mean(error)),
            "rms_error_plain_mean": float(np.mean(error_mean)),
        }
    return found


def spam(kind: str, honest: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What a careless rater would answer instead of `honest`."""
    if kind == "random":
        return rng.integers(1, 6, len(honest)).astype(float)
    if kind == "middle":
        return np.where(rng.random(len(honest)) < 0.9, 3.0, 4.0)
    if kind == "ends":
        return rng.choice([1.0, 5.0], len(honest))
    return 6 - honest  # reversed


def screening_quality(rng: np.random.Generator, sims: int) -> dict:
    """Precision and recall of each screening for planted spammers, a tenth of the raters; share rejected if none."""
    found: dict = {}
    designs = {
        "full_26_raters_79_items": (26, 79, 79, 1.7),
        "sparse_150_raters_400_items": (150, 400, 30, 1.7),
        "very_sparse_300_raters_2000_items": (300, 2000, 40, 1.7),
        "like_pictures_150_raters_400_items": (150, 400, 30, 0.8),
    }
    for design, (raters, items, per_rater, reach) in designs.items():
        for kind in ("nobody", "random", "middle", "ends", "reversed"):
            counts = {name: np.zeros(3) for name in SCREENINGS if name != "time"}
            for _ in range(sims):
                quality = rng.uniform(3 - reach, 3 + reach, items)
                spammers = set() if kind == "nobody" else set(range(raters // 10))
                columns: list[np.ndarray] = []
                for rater in range(raters):
                    seen = rng.permutation(items)[:per_rater]
                    honest = quality[seen] + rng.normal(0, 0.35) + rng.uniform(0.4, 0.9) * rng.normal(size=per_rater)
                    honest = np.clip(np.round(honest), 1, 5)
                    score = spam(kind, honest, rng) if rater in spammers else honest
                    columns.append(np.stack([np.full(per_rater, rater), seen, score]))
                rater, item, score = np.concatenate(columns, axis=1)
                names = rater.astype(int).astype(str)
                votes = ra.Votes(names, item.astype(int).astype(str), np.full(len(item), ""), score)
                for name, count in counts.items():
                    rejected = {int(r) for r in SCREENINGS[name](votes).rejected}
                    count += [len(rejected & spammers), len(rejected), len(spammers)]
            if kind == "nobody":
                found[f"{design}/nobody"] = {
                    name: {"honest_rejected": c[1] / (sims * raters)} for name, c in counts.items()
                }
                continue
            found[f"{design}/{kind}"] = {
                name: {"precision": c[0] / c[1] if c[1] else None, "recall": c[0] / c[2]} for name, c in counts.items()
            }
    return found


def arrivals(rng: np.random.Generator, means: np.ndarray, raters: int, pictures: int = 1) -> ra.Votes:
    """Raters one by one, each with whole-number votes on `pictures` pictures of every system."""
    systems = len(means)
    latent = means + rng.normal(0, 0.5, (raters, 1, 1)) + rng.normal(0, 0.9, (raters, pictures, systems))
    score = np.clip(np.round(latent), 1, 5).ravel()
    cell = np.arange(len(score))
    rater, system = cell // (pictures * systems), cell % systems
    item = cell % (pictures * systems)
    return ra.Votes(rater.astype(str), item.astype(str), system.astype(str), score)


def stopping(rng: np.random.Generator, sims: int) -> dict:
    """Wrong stops where no stop is right, looking after every rater; a t test that peeks; raters that a stop takes."""
    found: dict = {}
    for name, means, k in (
        ("two_equal", [3.0, 3.0], 1),
        ("five_equal", [3.0] * 5, 1),
        ("tie_at_the_border", [4.0, 3.4, 3.4, 2.5], 2),
    ):
        wrong = [ra.is_separated(arrivals(rng, np.array(means), 400), k, 0.05, (1, 5)).separated for _ in range(sims)]
        found[f"wrong_stops_{name}_level_005"] = float(np.mean(wrong))
    peeked = []
    for _ in range(sims):
        score = arrivals(rng, np.array([3.0, 3.0]), 400).score.reshape(400, 2)
        d = score[:, 0] - score[:, 1]
        n = np.arange(1, 401)
        mean = np.cumsum(d) / n
        sd = np.sqrt(np.maximum(np.cumsum(d**2) / n - mean**2, 1e-9) * n / np.maximum(n - 1, 1))
        peeked.append(bool((np.abs(mean) / sd * np.sqrt(n) > stats.t.ppf(0.975, np.maximum(n - 1, 1)))[9:].any()))
    found["wrong_stops_two_equal_t_test_at_every_rater"] = float(np.mean(peeked))
    for gap in (0.2, 0.4, 0.8):
        means = np.array([3.6, 3.6 - gap, 3.3 - gap, 3.0 - gap, 2.7 - gap])
        needed, wrong = [], 0
        for _ in range(max(10, sims // 10)):
            votes = arrivals(rng, means, 1200, pictures=4)
            low, high = 1, 1201
            while low < high:  # evidence only grows, so the first look that stops is found by halving
                middle = (low + high) // 2
                decided = (
                    ra.is_separated(votes.keep(np.arange(20 * middle)), 1, 0.05, (1, 5)) if middle <= 1200 else None
                )
                if decided is None or decided.separated:
                    high = middle
                else:
                    low = middle + 1
            needed.append(low)
            if low <= 1200:
                wrong += ra.is_separated(votes.keep(np.arange(20 * low)), 1, 0.05, (1, 5)).top != ("0",)
        found[f"gap_{gap}_points"] = {
            "raters_median": float(np.median(needed)),
            "raters_10_to_90_percent": np.quantile(needed, [0.1, 0.9]),
            "not_within_1200": float(np.mean(np.array(needed) > 1200)),
            "wrong": wrong,
        }
    return found


def speed(rng: np.random.Generator) -> dict:
    """A large sparse study from votes to report."""
    votes = crossed_study(rng, np.linspace(2.5, 3.5, 10), 300, 200, 40)
    votes = ra.Votes(votes.rater, votes.item, votes.system, np.clip(np.round(votes.score), 1, 5), source=votes.source)
    return {
        "votes": len(votes),
        "analyse_s": seconds(lambda: ra.analyse(votes), 3),
        "analyse_needed_s": seconds(lambda: ra.analyse(votes, needed=True), 1),
        "is_separated_s": seconds(lambda: ra.is_separated(votes, 3, scale=(1, 5)), 5),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sims", type=int, default=400, help="simulated studies per question")
    sims = parser.parse_args().sims
    if not ORACLES.is_dir():
        raise SystemExit(f"published numbers not found at {ORACLES}; set SCENECHANGE_DATA")
    results: dict = {"sims": sims}

    def rng(question: int) -> np.random.Generator:
        """Each question has its own chance, so that changing one does not change the others."""
        return np.random.default_rng([20261123, question])

    for name, work in (
        ("oracles", oracles),
        ("peers", peers),
        ("coverage_pictures", lambda: coverage_of_pictures(rng(1))),
        ("coverage_systems", lambda: coverage_of_systems(rng(2), sims)),
        ("coverage_subject_model", lambda: coverage_of_subject_model(rng(3), max(5, sims // 4))),
        ("screening", lambda: screening_quality(rng(4), max(3, sims // 20))),
        ("stopping", lambda: stopping(rng(5), 2 * sims)),
        ("speed", lambda: speed(rng(6))),
    ):
        started = time.perf_counter()
        results[name] = work()
        print(f"{name} ({time.perf_counter() - started:.0f} s): {json.dumps(results[name], default=str)}", flush=True)
    record("ratings-statistics", results)


if __name__ == "__main__":
    main()
