"""Tables of choices "who was really there?" and of best and worst, as `rate export` writes them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from scenechange.errors import InputError
from scenechange.ratings.analysis.detection import Choices
from scenechange.ratings.analysis.gold import read_known
from scenechange.ratings.analysis.pairs import Pairs
from scenechange.ratings.analysis.tables import open_table
from scenechange.ratings.analysis.votes import Known, Votes, Words

CHOICE_COLUMNS = ("rater", "system", "correct", "timed")
BEST_WORST_COLUMNS = ("rater", "items", "best", "worst")
BEST, WORST = 1.0, -1.0


def read_choices(path: Path) -> tuple[Choices, Words]:
    """Choices of a CSV file with the columns rater, system, correct, timed (both 0 or 1), and whose composite it was.

    Raises
    ------
    InputError
        No such file, an empty file, a missing column, or something else than 0 and 1.
    """
    header, rows = open_table(path, CHOICE_COLUMNS)
    kept: list[tuple[str, str, bool, bool]] = []
    for row_number, row in rows:
        for name in ("correct", "timed"):
            if row[name] not in ("0", "1"):
                raise InputError(f"{path}, row {row_number}: {name} is {row[name]!r}; wanted 0 or 1")
        if not row["rater"]:
            raise InputError(f"{path}, row {row_number}: rater is empty; wanted a name")
        kept.append((row["rater"], row["system"], row["correct"] == "1", row["timed"] == "1"))
    rater, system, correct, timed = zip(*kept, strict=True) if kept else ((), (), (), ())
    known = read_known(path, header, rows)
    choices = Choices(np.array(rater, str), np.array(timed, bool), np.array(correct, bool), known)
    return choices, np.array(system, str)


def read_fooled(path: Path) -> Votes | None:
    """The same table as scores of pictures: 1 where a composite was taken for the real picture, else 0.

    Returns
    -------
    Votes or None
        None without a column item, for then nothing says how far other pictures would differ. The column source, where
        there is one, says which pictures go together.

    Raises
    ------
    InputError
        As `read_choices`.
    """
    choices, system = read_choices(path)
    header, rows = open_table(path, CHOICE_COLUMNS)
    if "item" not in header:
        return None
    source = np.array([row["source"] for _, row in rows], str) if "source" in header else None
    item, fooled = np.array([row["item"] for _, row in rows], str), (~choices.correct).astype(float)
    return Votes(choices.rater, item, system, fooled, source, known=choices.known)


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
    _, rows, known = _sets(path)
    kept: list[tuple[str, str, str, str]] = []
    for row in rows:
        best, worst = row["best"], row["worst"]
        between = [item for item in row["items"].split("|") if item not in (best, worst)]
        kept += [(row["rater"], best, item, best) for item in (*between, worst)]
        kept += [(row["rater"], item, worst, item) for item in between]
    rater, a, b, winner = zip(*kept, strict=True) if kept else ((),) * 4
    return Pairs(np.array(rater, str), np.array(a, str), np.array(b, str), np.array(winner, str), known=known)


def read_best_less_worst(path: Path) -> Votes | None:
    """The same table as scores of pictures: 1 for the best, -1 for the worst, 0 for the others shown.

    Returns
    -------
    Votes or None
        None without a column systems (joined by ``|`` as the items are). The column source, where there is one, says
        which pictures go together.

    Raises
    ------
    InputError
        As `read_best_worst`, or another number of systems than of items.

    References
    ----------
    Louviere, Flynn, Marley, Best-Worst Scaling, 2015, chapter 2 (best less worst counts).
    """
    header, rows, known = _sets(path)
    if "systems" not in header:
        return None
    kept: list[tuple[str, str, str, str, float]] = []
    for row in rows:
        items, systems = row["items"].split("|"), row["systems"].split("|")
        if len(items) != len(systems):
            raise InputError(f"{path}: {len(items)} items {row['items']!r} but {len(systems)} systems; wanted one each")
        for item, system in zip(items, systems, strict=True):
            score = BEST if item == row["best"] else WORST if item == row["worst"] else 0.0
            kept.append((row["rater"], item, system, row.get("source", item), score))
    rater, item_, system_, source, score_ = zip(*kept, strict=True) if kept else ((),) * 5
    return Votes(
        np.array(rater, str), np.array(item_, str), np.array(system_, str), np.array(score_, float),
        np.array(source, str) if "source" in header else None, known=known,
    )  # fmt: skip


def _sets(path: Path) -> tuple[list[str], list[Mapping[str, str]], Known | None]:
    """Header, checked rows and known answers of a table of best and worst."""
    header, rows = open_table(path, BEST_WORST_COLUMNS)
    for row_number, row in rows:
        shown, best, worst = row["items"].split("|"), row["best"], row["worst"]
        if best not in shown or worst not in shown or best == worst or len(set(shown)) < len(shown):
            raise InputError(
                f"{path}, row {row_number}: wanted two different ones of {row['items']!r} as best and worst, got "
                f"{best!r} and {worst!r}"
            )
    return header, [row for _, row in rows], read_known(path, header, rows)
