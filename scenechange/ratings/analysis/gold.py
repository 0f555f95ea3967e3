"""Who met the known answers: counts of gold trials beside the votes, and the screening by them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from scenechange.errors import InputError
from scenechange.ratings.analysis.screening import Screening
from scenechange.ratings.analysis.votes import Known, Words

GOLD_COLUMNS = ("gold_asked", "gold_right")
MIN_GOLD_SHARE = 0.5  # as the dashboard's doubt: whoever looks meets well above half, whoever does not rarely half


def read_known(path: Path, header: Iterable[str], rows: Iterable[tuple[int, Mapping[str, str]]]) -> Known | None:
    """How many trials with a known answer each rater had, and how many he met.

    Parameters
    ----------
    path : Path
        For messages.
    header : iterable of str
        Column names of the table.
    rows : iterable of (row number, column -> text)
        Every row of a rater says the same ``gold_asked`` and ``gold_right``; both empty is not known.

    Returns
    -------
    mapping of rater to (asked, right), or None without these columns

    Raises
    ------
    InputError
        One of the columns without the other, no whole numbers, more met than asked, or rows of a rater that differ.
    """
    found = [name for name in GOLD_COLUMNS if name in set(header)]
    if not found:
        return None
    if len(found) < len(GOLD_COLUMNS):
        raise InputError(f"{path}: column {found[0]} stands alone; wanted both of {', '.join(GOLD_COLUMNS)}, or none")
    known: dict[str, tuple[int, int]] = {}
    for row_number, row in rows:
        texts = [row[name] for name in GOLD_COLUMNS]
        if not any(texts):
            continue
        if not all(text.isascii() and text.isdigit() for text in texts) or int(texts[1]) > int(texts[0]):
            raise InputError(
                f"{path}, row {row_number}: gold_asked {texts[0]!r}, gold_right {texts[1]!r}; wanted whole numbers, "
                "the second not above the first"
            )
        counts = int(texts[0]), int(texts[1])
        if known.setdefault(row["rater"], counts) != counts:
            raise InputError(
                f"{path}, row {row_number}: gold_asked and gold_right of {row['rater']} differ from an earlier row; "
                "wanted the rater's totals in every row"
            )
    return known


def gold_screening(rater: Words, known: Known | None) -> Screening:
    """Raters who met fewer than half of the known answers they were asked for.

    Parameters
    ----------
    rater : (N,) array of str
        Of each row of a table of votes, comparisons or choices.
    known : mapping of rater to (asked, right)
        See `read_known`.

    Returns
    -------
    Screening
        `statistic` is the share met; raters who were asked for none are undecided.

    Raises
    ------
    InputError
        If nothing is known.

    References
    ----------
    Hossfeld et al., Best practices for QoE crowdtesting, IEEE Trans. Multimedia 16, 2014, section IV (gold standard
    data); the share is ours.
    """
    if known is None:
        raise InputError(
            "gold: wanted the columns gold_asked and gold_right, which `rate export` writes for a study with known "
            "answers; this table has not"
        )
    names = tuple(dict.fromkeys(rater.tolist()))
    counts = np.array([known.get(name, (0, 0)) for name in names], float).reshape(-1, 2)
    with np.errstate(invalid="ignore"):
        share = counts[:, 1] / counts[:, 0]
    as_words = np.array(names, dtype=object)
    return Screening(names, share, tuple(as_words[share < MIN_GOLD_SHARE]), tuple(as_words[~np.isfinite(share)]))
