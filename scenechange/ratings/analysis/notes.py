"""What a reader of the figures must know, in plain sentences."""

from __future__ import annotations

import numpy as np

from scenechange.ratings.analysis.votes import Numbered, Votes, connected_groups


def guess_scale(score: np.ndarray) -> tuple[float, float]:
    """The shortest usual scale that holds all scores: 1 to 5, 7 or 9, 0 to 100, else lowest to highest.

    Examples
    --------
    >>> import numpy as np
    >>> guess_scale(np.array([2.0, 6.0]))
    (1.0, 7.0)
    """
    if not len(score):
        return 1.0, 5.0
    low, high = float(score.min()), float(score.max())
    for scale in ((1.0, 5.0), (1.0, 7.0), (1.0, 9.0), (0.0, 100.0)):
        if scale[0] <= low and high <= scale[1]:
            return scale
    return low, high


def notes_on_votes(votes: Votes, data: Numbered) -> list[str]:
    """What is thin or odd about the votes.

    Parameters
    ----------
    votes : Votes
        The table.
    data : Numbered
        The same, numbered.
    """
    if not len(votes):
        return ["There are no votes: no figure can be computed."]
    return [*_on_gaps(votes, data), *_on_raters(data), *_on_items(data)]


def _on_gaps(votes: Votes, data: Numbered) -> list[str]:
    notes = []
    if votes.missing:
        notes.append(f"{votes.missing} rows carry no score; they count as votes not given.")
    nameless = int((votes.system == "").sum())
    if nameless:
        notes.append(f"{nameless} votes are on pictures without a system; they are left out of the leaderboard.")
    if len(set(data.items)) < len(data.items):
        notes.append("Some item names occur with several systems: each pair of item and system is one picture.")
    if len(votes) == 1:
        notes.append("There is a single vote: it is its own mean, and nothing can be said of its error.")
    if votes.unused:
        notes.append(f"Columns that no figure uses: {', '.join(votes.unused)}.")
    return notes


def _on_raters(data: Numbered) -> list[str]:
    notes = []
    count = data.sum_by_rater(np.ones_like(data.score))
    spread = np.full(len(data.raters), -np.inf)
    np.maximum.at(spread, data.rater_of, data.score)
    lowest = np.full(len(data.raters), np.inf)
    np.minimum.at(lowest, data.rater_of, data.score)
    constant = [name for name, c, s in zip(data.raters, count, spread - lowest, strict=True) if c > 1 and s == 0]
    if len(data.raters) == 1:
        notes.append("There is one rater: no interval, no screening and no agreement can be computed.")
    if constant:
        notes.append(f"{len(constant)} raters gave every picture the same score: {_some(constant)}.")
    islands = len(set(connected_groups(data).tolist()))
    if islands > 1:
        notes.append(
            f"The raters fall into {islands} groups that share no picture: between groups a bias of raters cannot be "
            "told from a difference of pictures, so scores of the subject model do not compare."
        )
    return notes


def _on_items(data: Numbered) -> list[str]:
    notes = []
    n = data.sum_by_stimulus(np.ones_like(data.score))
    single = int((n == 1).sum())
    if len(n) == 1:
        notes.append("There is one picture: nothing can be ranked or correlated.")
    if single and len(data.score) > 1:
        notes.append(f"{single} of {len(n)} pictures have a single vote: they have a score but no interval.")
    mean = data.mean_by_stimulus(data.score)
    spread = data.sum_by_stimulus((data.score - mean[data.stimulus_of]) ** 2)
    agreed = int(((spread < 1e-12) & (n > 1)).sum())
    if agreed:
        notes.append(f"On {agreed} pictures all votes are the same: an interval of length 0 is no certainty.")
    if np.ptp(data.score) == 0 and len(data.score) > 1:
        notes.append("All votes are the same: agreement and the spread of opinions are not defined.")
    filled = len(data.score) / (len(n) * len(data.raters))
    if len(data.raters) > 1 and len(n) > 1:
        which = "correlation, bt500 and p913" if filled > 0.8 else "correlation_sparse"
        notes.append(
            f"Raters saw {100 * min(filled, 1):.0f} % of the pictures and pictures have {np.median(n):.0f} votes "
            f"(median): of the screenings, read {which}."
        )
    return notes


def _some(names: list[str]) -> str:
    return ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
