"""What goes back: one zip file a team, a leaderboard for all, a LaTeX table."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenechange.errors import OutputError
from scenechange.io.atomic import write_whole

if TYPE_CHECKING:
    from scenechange.ratings.analysis import Votes

Items = dict[str, tuple[str, str, str]]
EPOCH = (1980, 1, 1, 0, 0, 0)  # of every entry: a zip file tells no time of day, and the same results the same bytes
BOARD = ("rank", "system", "team", "pictures", "votes", "mos", "ci_low", "ci_high", "tied_group")


def leaderboard_rows(analysis: dict[str, Any], items: Items) -> list[dict[str, Any]]:
    """Runs by rank, with their teams.

    Parameters
    ----------
    analysis : dict
        From `scenechange.ratings.analysis.analyse`.
    items : dict
        From `read_items`.
    """
    team_of = {system: team for system, _, team in items.values()}
    rows = [
        {
            **{key: row[key] for key in ("rank", "system", "pictures", "mos", "ci_low", "ci_high", "tied_group")},
            "votes": row["n"],
            "team": team_of[row["system"]],
        }
        for row in analysis["systems"]
    ]
    return sorted(
        ({key: row[key] for key in BOARD} for row in rows), key=lambda row: (row["rank"], -row["mos"], row["system"])
    )


def picture_rows(analysis: dict[str, Any], votes: Votes, items: Items, team: str) -> list[dict[str, Any]]:
    """A team's own pictures, worst first: mean, interval, and how often each score was given."""
    rows = []
    for row in analysis["items"]:
        if items.get(row["item"], ("", "", ""))[2] != team:
            continue
        system, image, _ = items[row["item"]]
        scores = votes.score[votes.item == row["item"]]
        counts = {f"{score:g}": int((scores == score).sum()) for score in sorted(set(scores.tolist()))}
        rows.append(
            {
                "system": system,
                "image": image,
                "votes": row["n"],
                "mos": row["mos"],
                "ci_low": row["ci_low"],
                "ci_high": row["ci_high"],
                "scores": json.dumps(counts),
            }
        )
    return sorted(rows, key=lambda row: (row["mos"], row["system"], row["image"]))


def team_zip(analysis: dict[str, Any], votes: Votes, items: Items, team: str, about: str) -> bytes:
    """The zip file for one team: leaderboard of all runs, its own pictures, how the figures were made.

    Nothing of another team's pictures and nothing of a rater is in it.
    """
    board = leaderboard_rows(analysis, items)
    files = {
        "leaderboard.csv": as_csv(board),
        "pictures.csv": as_csv(picture_rows(analysis, votes, items, team)),
        "summary.json": json.dumps({"team": team, "runs": [r for r in board if r["team"] == team]}, indent=2) + "\n",
        "README.txt": f"Results of team {team}.\n\n{about}\n\n"
        "leaderboard.csv: all runs. Runs that share a letter in tied_group are not told apart by these votes.\n"
        "pictures.csv: your own pictures, the least appealing first.\n",
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(f"{team}/{name}", EPOCH), text, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def latex_table(board: Sequence[dict[str, Any]], caption: str) -> str:
    """A LaTeX table (package booktabs) of the leaderboard; nothing in it needs to be typed again.

    Examples
    --------
    >>> row = {"rank": 1, "system": "a_b", "team": "a", "pictures": 9, "votes": 90, "mos": 3.456,
    ...        "ci_low": 3.2, "ci_high": None, "tied_group": "a"}
    >>> print(latex_table([row], "Runs").splitlines()[6])
    1 & a\\_b & 9 & 90 & 3.46 & [3.20, --] & a \\\\
    """
    lines = [
        r"\begin{table}",
        rf"\caption{{{escape(caption)}}}",
        r"\begin{tabular}{rlrrrll}",
        r"\toprule",
        r"Rank & Run & Pictures & Votes & MOS & Interval & Tied \\",
        r"\midrule",
    ]
    for row in board:
        low, high = _number(row["ci_low"]), _number(row["ci_high"])
        cells = (row["rank"], escape(row["system"]), row["pictures"], row["votes"], _number(row["mos"]))
        lines.append(" & ".join(map(str, cells)) + rf" & [{low}, {high}] & {escape(str(row['tied_group']))} \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", r"\end{table}"]) + "\n"


def escape(text: str) -> str:
    r"""Text with LaTeX's special characters made harmless.

    Examples
    --------
    >>> print(escape("50 % of a_b & {c}"))
    50 \% of a\_b \& \{c\}
    """
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return "".join(special.get(c) or (f"\\{c}" if c in "&%$#_{}" else c) for c in text)


def as_csv(rows: Sequence[dict[str, Any]]) -> str:
    """Rows as a CSV table with a header; nothing for what is not known, and nothing that a spreadsheet would run."""
    from scenechange.ratings.export_files import as_csv as table_as_csv

    return table_as_csv(list(rows[0]), [list(row.values()) for row in rows]).decode() if rows else ""


def write_files(folder: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Write each file whole or not at all.

    Raises
    ------
    OutputError
        The folder or a file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files:
            write_whole(folder / name, data, overwrite=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror or error})") from error


def _number(value: float | None) -> str:
    return "--" if value is None else f"{value:.2f}"
