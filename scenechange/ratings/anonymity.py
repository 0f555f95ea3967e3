"""Groups of raters in exports: none of fewer than five, neither within an export nor between one and a later one.

An answer leaves only if at least five raters share it (k-anonymity: Sweeney 2002). That is not enough over time: who
lays two exports side by side sees whose rows are new, and if one left-handed rater was added, he is known. So of the
last export it is remembered how many raters gave each answer, and the next must not have added one to four to any.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from scenechange.ratings.failures import ExportRefusedError

MIN_CELL = 5
Combination = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExportRecord:
    """What is remembered of an export: numbers that left with it, no names.

    Attributes
    ----------
    fields : tuple of str
        Questions that were counted: those of this export and of all before.
    cells : tuple of (tuple of str, int)
        Each combination of their answers, in this order, and how many raters gave it: five or more.
    removals : int
        Sessions erased, withdrawn or past their retention until then.
    """

    fields: tuple[str, ...]
    cells: tuple[tuple[Combination, int], ...]
    removals: int


def cells_of(
    fields: Sequence[str], responses: Mapping[str, Mapping[str, str]], raters: Iterable[str]
) -> dict[Combination, int]:
    """How many raters gave each combination of answers; no answer is an answer too."""
    return dict(Counter(tuple(responses.get(rater, {}).get(name, "") for name in fields) for rater in raters))


def check_cells(fields: Sequence[str], cells: Mapping[Combination, int]) -> None:
    """Refuse combinations of answers that fewer than five raters share.

    Raises
    ------
    ExportRefusedError
        Says how many, not which.
    """
    small = [number for number in cells.values() if number < MIN_CELL]
    if fields and small:
        raise ExportRefusedError(
            f"export: {len(small)} combination(s) of {', '.join(fields)} are shared by fewer than {MIN_CELL} raters, "
            "who could be recognised: export fewer fields or none (fields of earlier exports count too, because equal "
            "votes tell which rows belong together)"
        )


def check_since(
    fields: Sequence[str], cells: Mapping[Combination, int], last: ExportRecord | None, removals: int
) -> None:
    """Refuse a table that, laid beside the one before, shows one to four new raters of one combination of answers.

    Parameters
    ----------
    fields : sequence of str
        Questions that are counted now; they include those of the last export.
    cells : mapping of combination to int
        Of these fields, see `cells_of`.
    last : ExportRecord or None
        The last export with answers. It is enough: who was new in it was one of five or more then.
    removals : int
        Sessions erased, withdrawn or past their retention until now.

    Raises
    ------
    ExportRefusedError
        Says how many, not which.

    Notes
    -----
    A combination that was c and is c + d raters got at least max(d, 0) new ones, and at most d + r, where r sessions
    were removed since (which of them were in the last table is not remembered); all together got at most D + r new
    ones, where D is the sum of all d. It may leave if that proves 0, or 5 and more. Rows that are missing in the later
    table tell nothing new: their answers left with the earlier one. A question that the last export did not have is not
    compared, for it was not counted then.
    """
    if last is None:
        return
    places = [list(fields).index(name) for name in last.fields]
    now: Counter[Combination] = Counter()
    for combination, number in cells.items():
        now[tuple(combination[place] for place in places)] += number
    before, removed = dict(last.cells), max(removals - last.removals, 0)
    newest = now.total() - sum(before.values()) + removed
    changes = [now[combination] - before.get(combination, 0) for combination in {*now, *before}]
    unsure = [d for d in changes if min(d + removed, newest) > 0 and d < MIN_CELL]
    if unsure:
        raise ExportRefusedError(
            f"export: since the last export of {', '.join(last.fields)}, {len(unsure)} combination(s) of answers may "
            f"have got fewer than {MIN_CELL} new raters, who could be recognised by laying both tables side by side: "
            f"wait until each has got {MIN_CELL} more or none, or export without these fields"
        )


def record_as_text(record: ExportRecord) -> str:
    """A record as JSON, to be stored."""
    return json.dumps(asdict(record), ensure_ascii=True, sort_keys=True)


def record_from_text(text: str) -> ExportRecord:
    """A record as it was stored."""
    one = json.loads(text)
    cells = tuple((tuple(combination), number) for combination, number in one["cells"])
    return ExportRecord(tuple(one["fields"]), cells, one["removals"])
