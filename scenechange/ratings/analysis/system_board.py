"""Systems in order, whatever was asked: rows for a report, from scores of pictures or from comparisons of two."""

from __future__ import annotations

from dataclasses import dataclass

from scenechange.ratings.analysis.leaderboard import leaderboard
from scenechange.ratings.analysis.pair_board import pair_board
from scenechange.ratings.analysis.pairs import Pairs
from scenechange.ratings.analysis.votes import Votes


@dataclass(frozen=True, slots=True)
class SystemRow:
    """One line of a leaderboard.

    Parameters
    ----------
    system : str
        Name.
    n : int
        Votes, or comparisons with another system.
    value, se, ci_low, ci_high : float
        Mean score or strength, its standard error and interval; NaN where there is none.
    rank : int
        1 + number of systems that are significantly better.
    tied_group : str
        Letters; systems that share one cannot be told apart.
    """

    system: str
    n: int
    value: float
    se: float
    ci_low: float
    ci_high: float
    rank: int
    tied_group: str


def board_of_scores(votes: Votes, level: float = 0.95, resamples: int = 1000, seed: int = 0) -> tuple[SystemRow, ...]:
    """The leaderboard of scores of pictures, see `leaderboard`, the best first."""
    found = leaderboard(votes, level, resamples, seed)
    columns = (found.n, found.mos, found.se, found.ci_low, found.ci_high, found.rank)
    rows = zip(found.systems, *(column.tolist() for column in columns), found.group, strict=True)
    return tuple(SystemRow(*row) for row in rows)


def board_of_pairs(pairs: Pairs, level: float = 0.95) -> tuple[SystemRow, ...]:
    """The leaderboard of comparisons, see `pair_board`, the strongest first."""
    found = pair_board(pairs, level)
    columns = (found.n, found.strength, found.se, found.ci_low, found.ci_high, found.rank)
    rows = zip(found.systems, *(column.tolist() for column in columns), found.group, strict=True)
    return tuple(SystemRow(*row) for row in rows)
