"""Who is left out of the figures, by which rule, and why."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from scenechange.errors import InputError
from scenechange.ratings.analysis import screening
from scenechange.ratings.analysis.gold import gold_screening
from scenechange.ratings.analysis.screening import Screening
from scenechange.ratings.analysis.votes import Known, Votes

SCREENINGS: dict[str, Callable[[Votes], Screening]] = {
    "bt500": screening.bt500_screening,
    "bt500_sparse": screening.bt500_sparse_screening,
    "p913": screening.p913_screening,
    "correlation": screening.correlation_screening,
    "correlation_sparse": screening.correlation_sparse_screening,
    "time": screening.time_screening,
    "gold": lambda votes: gold_screening(votes.rater, votes.known),
}
PAIR_SCREENINGS = ("likelihood", "gold")
CHOICE_SCREENINGS = ("gold",)
RULES = {
    "bt500": "far from the others on more than 5 % of all pictures, on both sides",
    "bt500_sparse": "far from the others on more than 5 % of the rater's own votes, on both sides",
    "p913": "far from the others on more than 5 % of the rater's own votes, on both sides, bias taken off",
    "correlation": "correlation with the mean opinion scores too low",
    "correlation_sparse": "correlation with the means of everyone else too low",
    "time": "median response time below a third of the median over raters",
    "gold": "fewer than half of the known answers met",
    "likelihood": "choices unlikely under everyone else's",
}


def screened(votes: Votes) -> dict[str, Screening]:
    """What every screening says that this table has the columns for."""
    absent = {"time"} if votes.response_ms is None else set()
    absent |= {"gold"} if votes.known is None else set()
    return {name: screen(votes) for name, screen in SCREENINGS.items() if name not in absent}


def check_screening(without: str | None, known: Collection[str], found: Collection[str]) -> None:
    """Refuse the name of a screening that there is none of, or that this table has no columns for.

    Parameters
    ----------
    without : str or None
        What was asked for.
    known : collection of str
        Names of all screenings of such tables.
    found : collection of str
        Those that this table has the columns for.

    Raises
    ------
    InputError
        Says which there are, or which column is missing.
    """
    if without is None or without in found:
        return
    if without not in known:
        raise InputError(f"without: wanted one of {', '.join(known)}, got {without!r}")
    needs = "columns gold_asked and gold_right" if without == "gold" else "a column response_ms"
    raise InputError(f"without: the screening {without!r} needs {needs}, which this table has not")


def screening_for(without: str | None, kinds: Sequence[str]) -> dict[str, str | None]:
    """What to leave raters out by in each of several tables.

    Parameters
    ----------
    without : str or None
        What was asked for.
    kinds : sequence of str
        The tables there are: ``votes``, ``pairs``, ``choices``.

    Returns
    -------
    dict
        For each kind of table the screening, None where such tables know none of this name.

    Raises
    ------
    InputError
        If no table knows it.
    """
    names: dict[str, Collection[str]] = {"votes": SCREENINGS, "pairs": PAIR_SCREENINGS, "choices": CHOICE_SCREENINGS}
    known = dict.fromkeys(name for kind in kinds for name in names[kind])
    check_screening(without, known, known)
    return {kind: without if without in names[kind] else None for kind in kinds}


def excluded(without: str | None, found: Mapping[str, Screening], known: Known | None) -> list[dict[str, Any]]:
    """The raters that are left out, each with the rule and the number it looked at.

    Parameters
    ----------
    without : str or None
        The chosen screening.
    found : mapping of str to Screening
        See `screened`.
    known : mapping of rater to (asked, right) or None
        Of known answers; told beside the share for ``gold``.

    Returns
    -------
    list of dict
        ``rater``, ``screening``, ``rule``, ``statistic``, and for gold ``gold_asked`` and ``gold_right``.
    """
    if without is None:
        return []
    chosen = found[without]
    statistic = dict(zip(chosen.raters, chosen.statistic.tolist(), strict=True))
    rows: list[dict[str, Any]] = []
    for rater in chosen.rejected:
        row = {"rater": rater, "screening": without, "rule": RULES[without], "statistic": statistic[rater]}
        if without == "gold" and known is not None:
            row |= dict(zip(("gold_asked", "gold_right"), known[rater], strict=True))
        rows.append(row)
    return rows
