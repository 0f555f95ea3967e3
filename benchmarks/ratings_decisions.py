"""How often verdicts on simulated raters are wrong: screenings, leaderboards of pairs, rules to stop.

A part of ratings_statistics.py.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from scenechange.ratings import analysis as ra
from scenechange.ratings.analysis.exclusion import SCREENINGS


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
            counts = {name: np.zeros(3) for name in SCREENINGS if name not in ("time", "gold")}
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


def duels(
    rng: np.random.Generator, strengths: np.ndarray, raters: int, sources: int, per_pair: int = 2, spread: float = 0.4
) -> ra.Pairs:
    """Every rater compares every two systems on a few sources; strengths in log-odds differ by source and rater."""
    size = len(strengths)
    first, second = np.triu_indices(size, 1)
    felt = strengths + rng.normal(0, spread, (sources, size))
    columns = []
    for rater in range(raters):
        taste = rng.normal(0, spread, size)
        a, b = np.repeat(first, per_pair), np.repeat(second, per_pair)
        source = np.concatenate([rng.permutation(sources)[:per_pair] for _ in first])
        gap = felt[source, a] - felt[source, b] + taste[a] - taste[b]
        won = np.where(rng.random(len(gap)) < 1 / (1 + np.exp(-gap)), a, b)
        columns.append(np.stack([np.full(len(a), rater), a, b, won, source]))
    rater_, a, b, won, source = np.concatenate(columns, axis=1)

    def pictures(system: np.ndarray) -> np.ndarray:
        return np.char.add(np.char.add(system.astype(str), "-"), source.astype(str))

    return ra.Pairs(
        rater_.astype(str), pictures(a), pictures(b), pictures(won), a.astype(str), b.astype(str), source.astype(str)
    )


def pair_boards(rng: np.random.Generator, sims: int) -> dict:
    """How often intervals of systems hold the truth (all equal), and how often any two of four are told apart."""
    found: dict = {}
    for name, (raters, sources) in {"12_raters_10_sources": (12, 10), "40_raters_20_sources": (40, 20)}.items():
        held, held_raters, wolves = [], [], []
        for _ in range(sims):
            pairs = duels(rng, np.zeros(4), raters, sources)
            board, fit = ra.pair_board(pairs), ra.pair_board(pairs).fit
            held += ((board.ci_low <= 0) & (board.ci_high >= 0)).tolist()
            held_raters += ((fit.robust_low <= 0) & (fit.robust_high >= 0)).tolist()
            wolves.append(bool((board.rank > 1).any()))
        found[name] = {
            "systems": float(np.mean(held)),
            "systems_if_only_raters_varied": float(np.mean(held_raters)),
            "any_false_difference_after_holm": float(np.mean(wolves)),
        }
    return found


def pair_stopping(rng: np.random.Generator, sims: int) -> dict:
    """Wrong stops on comparisons where no stop is right, looking after every rater, and the raters that a stop takes.

    One scene and one taste: the claim is about these pictures, so nothing but the raters' noise may vary.
    """
    found: dict = {}
    for name, strengths in (("two_equal", [0.0, 0.0]), ("four_equal", [0.0] * 4)):
        wrong = [
            ra.are_pairs_separated(duels(rng, np.array(strengths), 300, 4, 2, 0.0), 1).separated for _ in range(sims)
        ]
        found[f"wrong_stops_{name}_level_005"] = float(np.mean(wrong))
    for gap in (0.5, 1.0):
        needed = []
        for _ in range(max(10, sims // 10)):
            pairs = duels(rng, np.array([gap, 0.0, 0.0, -gap]), 400, 4, 2, 0.0)
            each = len(pairs) // 400
            low, high = 1, 401
            while low < high:  # evidence only grows
                middle = (low + high) // 2
                stops = middle > 400 or ra.are_pairs_separated(pairs.keep(np.arange(each * middle)), 1).separated
                low, high = (low, middle) if stops else (middle + 1, high)
            needed.append(low)
        found[f"gap_{gap}_log_odds"] = {
            "raters_median": float(np.median(needed)),
            "raters_10_to_90_percent": np.quantile(needed, [0.1, 0.9]),
            "not_within_400": float(np.mean(np.array(needed) > 400)),
        }
    return found
