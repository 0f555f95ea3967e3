"""Can raters tell who was really there? Sensitivity, and the price of little time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenechange.errors import InputError
from scenechange.ratings.analysis.opinion import check_level
from scenechange.ratings.analysis.optional import need
from scenechange.ratings.analysis.votes import Floats, Known, Words


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """Answers to "who was really there?", one entry per trial.

    Parameters
    ----------
    rater : (N,) array of str
        Who answered.
    timed : (N,) array of bool
        Whether the picture was shown for a limited time.
    correct : (N,) array of bool
        Whether the answer was right.
    known : mapping of rater to (asked, right), optional
        Trials with a known answer, and how many of them the rater met.

    Raises
    ------
    InputError
        If lengths differ.
    """

    rater: Words
    timed: np.ndarray
    correct: np.ndarray
    known: Known | None = None

    def __post_init__(self) -> None:
        for name, kind in (("rater", str), ("timed", bool), ("correct", bool)):
            column = np.array(getattr(self, name), dtype=kind)
            column.flags.writeable = False
            object.__setattr__(self, name, column)
            if column.shape != self.rater.shape or column.ndim != 1:
                raise InputError(f"{name}: wanted one value for each of {len(self.rater)} trials, got {column.shape}")

    def keep(self, kept: np.ndarray) -> Choices:
        """The chosen trials, by mask."""
        return Choices(self.rater[kept], self.timed[kept], self.correct[kept], self.known)


@dataclass(frozen=True, slots=True)
class TimedUntimed:
    """Errors and sensitivity with and without a time limit; NaN where there are no trials.

    Parameters
    ----------
    timed_error, untimed_error : float
        Share of wrong answers.
    difference, ci_low, ci_high : float
        Timed minus untimed, with an interval over raters.
    timed_d, untimed_d : float
        Sensitivity d' of the two-alternative choice.
    n_timed, n_untimed, raters : int
        Trials, and raters in all.
    """

    timed_error: float
    untimed_error: float
    difference: float
    ci_low: float
    ci_high: float
    timed_d: float
    untimed_d: float
    n_timed: int
    n_untimed: int
    raters: int


def sensitivity(hits: int, signals: int, false_alarms: int, noises: int) -> float:
    """d' of a yes-no task, z(hit rate) - z(false alarm rate), with the log-linear correction.

    Parameters
    ----------
    hits, signals : int
        "Changed" answers on changed pictures, and changed pictures.
    false_alarms, noises : int
        "Changed" answers on real pictures, and real pictures.

    Raises
    ------
    InputError
        If a count is negative or above its total, or a total is 0.

    Notes
    -----
    The log-linear correction adds 0.5 to both counts and 1 to both totals, always: rates of 0 and 1 stay finite.

    References
    ----------
    Hautus, Behavior Research Methods 27, 1995; Macmillan and Creelman, Detection Theory, 2005, chapter 1.
    """
    for name, count, total in (("hits", hits, signals), ("false alarms", false_alarms, noises)):
        if not 0 <= count <= total or total < 1:
            raise InputError(f"{name}: wanted from 0 to a total of at least 1, got {count} of {total}")
    z = need("scipy.special").ndtri
    return float(z((hits + 0.5) / (signals + 1)) - z((false_alarms + 0.5) / (noises + 1)))


def choice_sensitivity(correct: int, trials: int) -> float:
    """d' of a two-alternative forced choice without bias for a side: sqrt(2) z(share correct), log-linear correction.

    Raises
    ------
    InputError
        If `correct` is not within 0 to `trials`, or there are no trials.

    References
    ----------
    Macmillan and Creelman 2005, chapter 7; Hautus 1995 for the correction.
    """
    if not 0 <= correct <= trials or trials < 1:
        raise InputError(f"correct: wanted from 0 to a total of at least 1, got {correct} of {trials}")
    return float(np.sqrt(2) * need("scipy.special").ndtri((correct + 0.5) / (trials + 1)))


def timed_untimed(choices: Choices, level: float = 0.95, resamples: int = 2000, seed: int = 0) -> TimedUntimed:
    """Error with a time limit minus error without, the figure of MediaEval 2020, and d' of each.

    Parameters
    ----------
    choices : Choices
        Raters may have seen one condition or both.
    level : float
        Of the interval: a percentile bootstrap over raters, which keeps each rater's trials together and so is paired
        where raters saw both conditions.
    resamples, seed : int
        Bootstrap samples, and where they come from.

    References
    ----------
    MediaEval 2020, Scene Change: a change that fools only at first glance has a large
    difference. Cluster bootstrap: Davison and Hinkley 1997, section 3.8.
    """
    check_level(level)
    names, rater = np.unique(choices.rater, return_inverse=True)
    wrong = (~choices.correct).astype(float)
    tables = np.zeros((4, len(names)))
    for row, condition in enumerate((choices.timed, ~choices.timed)):
        tables[row] = np.bincount(rater, weights=wrong * condition, minlength=len(names))
        tables[row + 2] = np.bincount(rater, weights=condition.astype(float), minlength=len(names))
    errors, trials = tables[:2].sum(1), tables[2:].sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        rates = errors / trials
    low = high = float("nan")
    if len(names) > 1 and (trials > 0).all():
        drawn = np.random.default_rng(seed).multinomial(len(names), np.full(len(names), 1 / len(names)), resamples)
        with np.errstate(invalid="ignore", divide="ignore"):
            sampled: Floats = (drawn @ tables[0]) / (drawn @ tables[2]) - (drawn @ tables[1]) / (drawn @ tables[3])
        low, high = np.nanquantile(sampled, [(1 - level) / 2, (1 + level) / 2]).tolist()
    timed_d, untimed_d = (
        choice_sensitivity(int(n - e), int(n)) if n else float("nan") for e, n in zip(errors, trials, strict=True)
    )
    difference = float(rates[0] - rates[1])
    return TimedUntimed(
        timed_error=float(rates[0]),
        untimed_error=float(rates[1]),
        difference=difference,
        ci_low=low,
        ci_high=high,
        timed_d=timed_d,
        untimed_d=untimed_d,
        n_timed=int(trials[0]),
        n_untimed=int(trials[1]),
        raters=len(names),
    )
