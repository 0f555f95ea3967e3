"""What changes when a tenth of the votes, or a collected field, is left out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from scenechange.ratings.analysis.agreement import repeatability
from scenechange.ratings.analysis.leaderboard import leaderboard
from scenechange.ratings.analysis.learning import spearman
from scenechange.ratings.analysis.screening import correlation_sparse_screening, p913_screening, time_screening
from scenechange.ratings.analysis.votes import Floats, Ints, Votes, number


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What changes without a part of the data.

    Parameters
    ----------
    what : str
        ``"votes 1/10"`` ... or the name of a field.
    votes : int
        That remain.
    item_rank_correlation, system_rank_correlation : float
        Spearman with the figures of all data; NaN where they cannot be computed.
    largest_system_change : float
        Points of the scale.
    rank_changes : int
        Systems whose rank differs.
    width_ratio : float
        Mean width of the systems' intervals over that with all data.
    said : str
        One plain sentence.
    """

    what: str
    votes: int
    item_rank_correlation: float
    system_rank_correlation: float
    largest_system_change: float
    rank_changes: int
    width_ratio: float
    said: str


def leave_out_votes(votes: Votes, seed: int = 0, resamples: int = 200) -> tuple[LeftOut, ...]:
    """The figures without each tenth of the votes in turn, tenths drawn at random."""
    if len(votes) < 10:
        return ()
    tenth = np.random.default_rng(seed).permutation(len(votes)) % 10
    whole = _Figures.of(votes, resamples, seed)
    found = []
    for k in range(10):
        part = _compare(f"votes {k + 1}/10", whole, _Figures.of(votes.keep(tenth != k), resamples, seed))
        moved = "no rank changes" if not part.rank_changes else f"{part.rank_changes} systems change rank"
        shift = f"systems move by at most {part.largest_system_change:.3f} points" if whole.mos.size else "no systems"
        found.append(replace(part, said=f"Without this tenth of the votes {moved}; {shift}."))
    return tuple(found)


def leave_out_fields(votes: Votes, seed: int = 0, resamples: int = 200) -> tuple[LeftOut, ...]:
    """The figures without each collected field in turn, and what only that field can give."""
    if not len(votes):
        return ()
    whole = _Figures.of(votes, resamples, seed)
    found = [_without_rater(votes, whole, resamples, seed)]
    if (votes.system != "").any():
        nameless = replace(votes, system=np.full(len(votes), ""), item=_joined(votes.item, votes.system))
        part = _compare("system", whole, _Figures.of(nameless, resamples, seed))
        found.append(replace(part, said="Without system there is no leaderboard; pictures keep their scores."))
    if votes.source is not None:
        part = _compare("source", whole, _Figures.of(replace(votes, source=None), resamples, seed))
        said = f"Without source, intervals of systems are {part.width_ratio:.2f} times as long, {_ranks(part)}."
        found.append(replace(part, said=said))
    if votes.repetition is not None:
        found.append(_without_repetition(votes, whole, resamples, seed))
    if votes.response_ms is not None:
        found.append(_without_time(votes, whole, resamples, seed))
    for name in votes.unused:
        said = f"No figure uses {name}: without it nothing changes, so do not collect it."
        found.append(replace(_compare(name, whole, whole), said=said))
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class _Figures:
    """What is compared: scores of stimuli by name, systems, ranks, widths."""

    votes: int
    items: dict[tuple[str, str], float]
    systems: tuple[str, ...]
    mos: Floats
    rank: Ints
    width: Floats

    @classmethod
    def of(cls, votes: Votes, resamples: int, seed: int) -> _Figures:
        data = number(votes)
        names = [data.systems[k] if k >= 0 else "" for k in data.system_of.tolist()]
        scores = data.mean_by_stimulus(data.score).tolist()
        board = leaderboard(votes, resamples=resamples, seed=seed)
        keys = zip(data.items, names, strict=True)
        return cls(
            len(votes), dict(zip(keys, scores, strict=True)), board.systems, board.mos, board.rank,
            board.ci_high - board.ci_low,
        )  # fmt: skip


def _compare(what: str, whole: _Figures, part: _Figures) -> LeftOut:
    keys = [key for key in whole.items if key in part.items]
    items = spearman(np.array([whole.items[k] for k in keys]), np.array([part.items[k] for k in keys]))
    places = {name: k for k, name in enumerate(part.systems)}
    both = [(k, places[name]) for k, name in enumerate(whole.systems) if name in places]
    first, second = np.array([p[0] for p in both], int), np.array([p[1] for p in both], int)
    change = np.abs(whole.mos[first] - part.mos[second])
    return LeftOut(
        what,
        part.votes,
        items,
        spearman(whole.mos[first], part.mos[second]),
        float(change.max()) if len(change) else float("nan"),
        int((whole.rank[first] != part.rank[second]).sum()),
        _ratio(part.width[second], whole.width[first]),
        "",
    )


def _without_rater(votes: Votes, whole: _Figures, resamples: int, seed: int) -> LeftOut:
    nobody = replace(votes, rater=np.arange(len(votes)).astype(str))
    part = _compare("rater", whole, _Figures.of(nobody, resamples, seed))
    said = (
        "Without rater there is no screening, no subject model and no agreement; intervals of systems come out "
        f"{part.width_ratio:.2f} times as long, which is wrong, since votes of one rater go together."
    )
    return replace(part, said=said)


def _without_repetition(votes: Votes, whole: _Figures, resamples: int, seed: int) -> LeftOut:
    data = number(votes)
    cell = data.stimulus_of * len(data.raters) + data.rater_of
    first = np.sort(np.unique(cell, return_index=True)[1])
    part = _compare("repetition", whole, _Figures.of(votes.keep(first), resamples, seed))
    dropped, spread = len(votes) - len(first), repeatability(votes)
    said = (
        f"Without repetition {dropped} repeated votes are lost and nothing tells how well raters repeat themselves "
        f"(now a standard deviation of {spread:.2f} points); {_ranks(part)}."
        if dropped
        else "Nobody voted twice on a picture: repetition changes nothing, so do not collect it."
    )
    return replace(part, said=said)


def _without_time(votes: Votes, whole: _Figures, resamples: int, seed: int) -> LeftOut:
    fast = set(time_screening(votes).rejected)
    others = set(correlation_sparse_screening(votes).rejected) | set(p913_screening(votes).rejected)
    only = tuple(sorted(fast - others))
    kept = votes.without_raters(tuple(fast))
    part = _compare("response_ms", whole, _Figures.of(kept, resamples, seed) if len(kept) else whole)
    said = (
        f"Without response_ms, screening by time is lost: it rejects {len(fast)} raters, {len(only)} of whom no other "
        f"screening finds. The numbers here compare with those raters removed; {_ranks(part)}."
        if fast
        else "Screening by time rejects nobody: without response_ms nothing changes."
    )
    return replace(part, said=said)


def _ratio(part: Floats, whole: Floats) -> float:
    known = np.isfinite(part) & np.isfinite(whole) & (whole > 0)
    return float(part[known].mean() / whole[known].mean()) if known.any() else float("nan")


def _ranks(part: LeftOut) -> str:
    return "no rank changes" if not part.rank_changes else f"{part.rank_changes} systems change rank"


def _joined(items: np.ndarray, systems: np.ndarray) -> np.ndarray:
    """Item names that stay distinct when the system is forgotten, only where they must."""
    pairs = {(item, system) for item, system in zip(items.tolist(), systems.tolist(), strict=True)}
    if len(pairs) == len(set(items.tolist())):
        return items
    return np.array([f"{item} ({system})" for item, system in zip(items.tolist(), systems.tolist(), strict=True)])
