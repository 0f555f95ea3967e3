"""How many raters are needed: whole studies voted on paper, again and again.

Power is the share of simulated studies that tell the two best systems apart (the leaderboard puts them into different
tied groups), with the assignment, session length and screening of the study file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenechange.errors import InputError
from scenechange.ratings.records import Kind, Role, Study
from scenechange.ratings.simulation.raters import Population, draw_quality, vote_on_paper

if TYPE_CHECKING:
    from scenechange.ratings.analysis import Votes


@dataclass(frozen=True, slots=True)
class Power:
    """Result for one number of raters.

    Attributes
    ----------
    raters : int
        In each simulated study.
    power : float
        Share of studies in which the two best systems are told apart the right way round.
    wrong : float
        Share in which they are told apart the wrong way round.
    half_width : float
        Mean half width of the best system's interval, in scale points.
    """

    raters: int
    power: float
    wrong: float
    half_width: float


def power_of(
    study: Study,
    systems: Mapping[str, float],
    population: Population,
    raters: int,
    studies: int = 100,
    seed: int = 0,
    on_study: Callable[[], None] = lambda: None,
) -> Power:
    """Simulate a study many times with one number of raters.

    Parameters
    ----------
    study : Study
        ACR or DCR.
    systems : mapping of system to quality
        True qualities of at least two systems, 1 to 5.
    population : Population
        Whom raters are drawn from.
    raters, studies : int
        How many raters in each study, and how many studies.
    seed : int
        Same seed, same result.
    on_study : callable
        Called after each study.

    Raises
    ------
    InputError
        Another design, or fewer than two systems with a quality.
    """
    from scenechange.ratings.analysis import leaderboard

    if study.design.kind not in (Kind.ACR, Kind.DCR):
        raise InputError(f"power: wanted a study with scores (acr or dcr), got {study.design.kind.value}")
    if len(systems) < 2:
        raise InputError("power: wanted the quality of at least two systems, as --quality SYSTEM=3.4")
    best, second = sorted(systems, key=lambda name: -systems[name])[:2]
    right = wrong = 0
    widths = []
    for k in range(studies):
        board = leaderboard(_votes(study, systems, population, raters, seed + 1000 * k), resamples=200, seed=k)
        place = {name: i for i, name in enumerate(board.systems)}
        if best in place and second in place:
            a, b = place[best], place[second]
            if not set(board.group[a]) & set(board.group[b]):
                right += bool(board.mos[a] > board.mos[b])
                wrong += bool(board.mos[a] < board.mos[b])
            widths.append(float(board.ci_high[a] - board.ci_low[a]) / 2)
        on_study()
    return Power(raters, right / studies, wrong / studies, float(np.nanmean(widths)) if widths else float("nan"))


def _votes(study: Study, systems: Mapping[str, float], population: Population, raters: int, seed: int) -> Votes:
    """Votes of one simulated study, test trials only."""
    from scenechange.ratings.analysis import Votes
    from scenechange.ratings.assignment import plan_session

    quality = draw_quality(study, systems, seed)
    items = {item.item: item for item in study.items}
    counts: Counter[str] = Counter()
    rows: list[tuple[str, str, str, str, float, int]] = []
    for k, rater in enumerate(population.draw(raters, seed)):
        tasks = [t for t in plan_session(study, counts, "", seed + k) if t.role is Role.TEST]
        counts.update(t.unit for t in tasks if not t.repetition)
        given = vote_on_paper(study, tasks, rater, quality, np.random.default_rng([seed, k]))
        rows += [
            (f"r{k}", t.items[0], items[t.items[0]].system, items[t.items[0]].source, float(a.score or 0), t.repetition)
            for t, a in zip(tasks, given, strict=True)
        ]
    rater_, item, system, source, score, repetition = (np.array(column) for column in zip(*rows, strict=True))
    return Votes(rater_, item, system, score, source, repetition)
