"""Are the statistics of appeal ratings right, and how right are their intervals?

    python benchmarks/ratings_statistics.py                 everything, three minutes on two cores
    python benchmarks/ratings_statistics.py --sims 50       a quick look

Seven questions: largest difference from published numbers; from other packages, and time against them; how often
intervals hold the truth in simulated studies, of scores and of comparisons; how well screenings find planted spammers;
how often the rules to stop do so wrongly when one looks after every rater, and how many raters they take; how long a
large sparse study takes.
Published numbers are read at $SCENECHANGE_DATA/oracles or ../shared/data/oracles.
"""

from __future__ import annotations

import argparse
import csv
import json
import time

import numpy as np
from ratings_decisions import pair_boards, pair_stopping, screening_quality, stopping
from ratings_published import ORACLES, oracles, peers, seconds
from record import record

from scenechange.ratings import analysis as ra


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
        ("pair_boards", lambda: pair_boards(rng(7), sims)),
        ("pair_stopping", lambda: pair_stopping(rng(8), sims)),
    ):
        started = time.perf_counter()
        results[name] = work()
        print(f"{name} ({time.perf_counter() - started:.0f} s): {json.dumps(results[name], default=str)}", flush=True)
    record("ratings-statistics", results)


if __name__ == "__main__":
    main()
