"""Tables of choices "who was really there?" and of best and worst, as `rate export` writes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from scenechange.errors import InputError
from scenechange.ratings.analysis.detection import Choices
from scenechange.ratings.analysis.pairs import Pairs
from scenechange.ratings.analysis.tables import open_table
from scenechange.ratings.analysis.votes import Words

CHOICE_COLUMNS = ("rater", "system", "correct", "timed")
BEST_WORST_COLUMNS = ("rater", "items", "best", "worst")


def read_choices(path: Path) -> tuple[Choices, Words]:
    """Choices of a CSV file with the columns rater, system, correct, timed (both 0 or 1), and whose composite it was.

    Raises
    ------
    InputError
        No such file, an empty file, a missing column, or something else than 0 and 1.
    """
    _, rows = open_table(path, CHOICE_COLUMNS)
    kept: list[tuple[str, str, bool, bool]] = []
    for row_number, row in rows:
        for name in ("correct", "timed"):
            if row[name] not in ("0", "1"):
                raise InputError(f"{path}, row {row_number}: {name} is {row[name]!r}; wanted 0 or 1")
        if not row["rater"]:
            raise InputError(f"{path}, row {row_number}: rater is empty; wanted a name")
        kept.append((row["rater"], row["system"], row["correct"] == "1", row["timed"] == "1"))
    rater, system, correct, timed = zip(*kept, strict=True) if kept else ((), (), (), ())
    choices = Choices(np.array(rater, str), np.array(timed, bool), np.array(correct, bool))
    return choices, np.array(system, str)


def read_best_worst(path: Path) -> Pairs:
    """Comparisons that best-worst answers stand for: the best beats all others shown, and all beat the worst.

    Parameters
    ----------
    path : Path
        CSV with the columns rater, items (joined by ``|``), best, worst.

    Raises
    ------
    InputError
        No such file, an empty file, a missing column, or an answer that was not shown.

    References
    ----------
    Louviere, Flynn, Marley, Best-Worst Scaling, 2015, section 2.2 (the pairs that an answer implies).
    """
    _, rows = open_table(path, BEST_WORST_COLUMNS)
    kept: list[tuple[str, str, str, str]] = []
    for row_number, row in rows:
        shown, best, worst = row["items"].split("|"), row["best"], row["worst"]
        if best not in shown or worst not in shown or best == worst or len(set(shown)) < len(shown):
            raise InputError(
                f"{path}, row {row_number}: wanted two different ones of {row['items']!r} as best and worst, got "
                f"{best!r} and {worst!r}"
            )
        between = [item for item in shown if item not in (best, worst)]
        kept += [(row["rater"], best, item, best) for item in (*between, worst)]
        kept += [(row["rater"], item, worst, item) for item in between]
    columns = list(zip(*kept, strict=True)) if kept else [()] * 4
    return Pairs(*(np.array(column, str) for column in columns))
