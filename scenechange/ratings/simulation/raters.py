"""Raters with a known bias and inconsistency, and some who do not look.

References: Li, Bampis, Recover Subjective Quality Scores from Noisy Measurements, DCC 2017 (u = quality + bias +
inconsistency * noise); Thurstone, A Law of Comparative Judgment, Psychological Review 34 (1927), for comparisons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from scenechange.errors import InputError
from scenechange.ratings.answers import expected_of, score_range
from scenechange.ratings.designs import items_by_name
from scenechange.ratings.records import Answer, Design, Item, Kind, Role, Study, Task


class Habit(StrEnum):
    """How a rater answers."""

    HONEST = "honest"
    RANDOM = "random"  # any answer
    CONSTANT = "constant"  # always the same


@dataclass(frozen=True, slots=True)
class Rater:
    """One synthetic rater.

    Attributes
    ----------
    habit : Habit
        Whether they look.
    bias : float
        Added to every opinion, in scale points of a five-point scale.
    inconsistency : float
        Standard deviation of the noise of one opinion, in the same unit.
    """

    habit: Habit = Habit.HONEST
    bias: float = 0.0
    inconsistency: float = 0.7


@dataclass(frozen=True, slots=True)
class Population:
    """Whom raters are drawn from.

    Attributes
    ----------
    bias_sd : float
        Spread of biases. The default and the next are those of video quality studies in the laboratory (0.35, 0.6 to
        0.8 on five points), which crowds exceed.
    inconsistency : float
        Typical inconsistency; each rater's own is this times a log-normal factor of spread 0.3.
    careless : float
        Share of raters who do not look, 0 to 1; every second of them always gives the same answer.
    """

    bias_sd: float = 0.35
    inconsistency: float = 0.7
    careless: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.careless <= 1 and self.bias_sd >= 0 and self.inconsistency >= 0):
            raise InputError(
                "raters: wanted bias_sd and inconsistency of 0 or more and careless from 0 to 1, got "
                f"{self.bias_sd}, {self.inconsistency}, {self.careless}"
            )

    def draw(self, count: int, seed: int) -> tuple[Rater, ...]:
        """`count` raters; the careless ones are spread among the others."""
        rng = np.random.default_rng([seed, count])
        habits = [Habit.HONEST] * count
        careless = rng.permutation(count)[: round(self.careless * count)]
        for k, place in enumerate(careless):
            habits[place] = Habit.CONSTANT if k % 2 else Habit.RANDOM
        biases = rng.normal(0, self.bias_sd, count)
        noises = self.inconsistency * np.exp(rng.normal(0, 0.3, count))
        return tuple(
            Rater(habit, float(bias), float(noise)) for habit, bias, noise in zip(habits, biases, noises, strict=True)
        )


def draw_quality(study: Study, systems: Mapping[str, float], seed: int) -> dict[str, float]:
    """True quality of every item on a five-point scale: its system's, a source's share, and a little of its own.

    Parameters
    ----------
    study : Study
        Gives the items.
    systems : mapping of system to quality
        1 to 5; systems that are not named are drawn between 2 and 4, originals are 4.5.
    seed : int
        Same seed, same qualities.
    """
    rng = np.random.default_rng([seed, 1])
    names = sorted({item.system for item in study.items})
    strange = sorted(set(systems) - set(names))
    if strange:
        raise InputError(f"quality: {strange[0]!r} is no system of the study; wanted one of {', '.join(names)}")
    of_system = {name: systems.get(name, float(rng.uniform(2, 4))) for name in names}
    of_source = {name: float(rng.normal(0, 0.3)) for name in sorted({item.source for item in study.items})}

    def of(item: Item) -> float:
        own = float(rng.normal(0, 0.15))
        return float(np.clip(4.5 if item.real else of_system[item.system] + of_source[item.source] + own, 1, 5))

    return {item.item: of(item) for item in study.items}


def answer(
    rater: Rater,
    design: Design,
    shown: Sequence[str],
    quality: Mapping[str, float],
    rng: np.random.Generator,
    expected: str = "",
) -> Answer:
    """What a rater says of pictures shown in an order.

    Parameters
    ----------
    rater : Rater
        Who looks.
    design : Design
        What is asked.
    shown : sequence of str
        Items from the left, without a reference.
    quality : mapping of item to quality
        On a five-point scale.
    rng : numpy.random.Generator
        Of this rater.
    expected : str
        The known answer of a gold or training trial, which who looks meets and who does not may miss; see
        `scenechange.ratings.answers.expected_of`.
    """
    if expected and rater.habit is Habit.HONEST:
        return _met(rater, design, shown, quality, rng, expected)
    if design.kind in (Kind.ACR, Kind.DCR):
        return Answer(score=_score(rater, design.points, quality[shown[0]], rng))
    felt = [quality[item] + rater.inconsistency * rng.normal() for item in shown]
    if rater.habit is Habit.RANDOM:
        felt = list(rng.random(len(shown)))
    if rater.habit is Habit.CONSTANT:
        felt = [-k for k in range(len(shown))]
    if design.kind is Kind.BEST_WORST:
        return Answer(best=shown[int(np.argmax(felt))], worst=shown[int(np.argmin(felt))])
    alike = abs(felt[0] - felt[1]) < 0.3 and rater.habit is Habit.HONEST
    if design.kind is Kind.PAIR and design.ties and alike:
        return Answer(chosen="")
    return Answer(chosen=shown[int(np.argmax(felt))])


def _met(
    rater: Rater,
    design: Design,
    shown: Sequence[str],
    quality: Mapping[str, float],
    rng: np.random.Generator,
    expected: str,
) -> Answer:
    """The known answer: of a range of scores the one nearest to what is felt, of a set the best one."""
    if design.kind in (Kind.ACR, Kind.DCR):
        low, high = score_range(expected)
        return Answer(score=int(np.clip(_score(rater, design.points, quality[shown[0]], rng), low, high)))
    if design.kind is Kind.BEST_WORST:
        felt = {item: quality[item] + rater.inconsistency * rng.normal() for item in shown if item != expected}
        return Answer(best=expected, worst=min(felt, key=lambda item: felt[item]))
    return Answer(chosen=expected)


def known_answer(study: Study, shown: Sequence[str]) -> str:
    """The known answer to pictures shown together, told by their roles; empty where there is none."""
    roles = {items_by_name(study)[name].role for name in shown}
    role = next((role for role in (Role.GOLD, Role.TRAINING) if role in roles), Role.TEST)
    return expected_of(study, Task("|".join(sorted(shown)), tuple(shown), role=role))


def _score(rater: Rater, points: int, quality: float, rng: np.random.Generator) -> int:
    if rater.habit is Habit.RANDOM:
        return int(rng.integers(1, points + 1))
    if rater.habit is Habit.CONSTANT:
        return (points + 1) // 2
    opinion = quality + rater.bias + rater.inconsistency * rng.normal()
    return int(np.clip(round(1 + (opinion - 1) * (points - 1) / 4), 1, points))


def vote_on_paper(
    study: Study, tasks: Sequence[Task], rater: Rater, quality: Mapping[str, float], rng: np.random.Generator
) -> list[Answer]:
    """Answers to a planned session, without pages."""
    return [answer(rater, study.design, task.items, quality, rng, known_answer(study, task.items)) for task in tasks]
