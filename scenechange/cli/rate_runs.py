"""``scenechange rate runs`` and ``results``: submissions of teams in, results for teams out."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from scenechange.cli.console import Json, emit, say
from scenechange.errors import InputError
from scenechange.mediaeval.submissions import Missing

MissingRule = Annotated[
    Missing,
    typer.Option("--missing", help="Images that a run lacks: refuse, count as the lowest score, or leave out for all."),
]


def runs(
    files: Annotated[list[Path], typer.Argument(help="Submissions named TEAM_RUN.zip.", metavar="ZIP…")],
    output: Annotated[Path, typer.Option("--output", "-o", help="New folder for pictures and items.csv.")],
    images: Annotated[Path | None, typer.Option("--images", help="Names of the task's images, one a line.")] = None,
    missing: MissingRule = Missing.FAIL,
    as_json: Json = False,
) -> None:
    """Check run submissions of teams and unpack them as items of a study."""
    from scenechange.mediaeval.runs import read_runs
    from scenechange.mediaeval.submissions import unpack

    wanted = _names(images) if images else ()
    found = read_runs(files, wanted)
    table = unpack(found, output, wanted, missing)
    every = set(wanted) or {p.image for run in found for p in run.pictures}
    for run in found:
        lacking = run.missing(every)
        row = {"team": run.team, "run": run.run, "pictures": len(run.pictures), "missing": list(lacking)}
        if as_json:
            emit(row)
        else:
            typer.echo(f"{run.team:20} {run.run:20} {len(run.pictures):5} pictures, {len(lacking)} missing")
    say(f"items for a study: {table}")


def results(
    votes: Annotated[Path, typer.Argument(help="Votes: rater,item,system,score.", metavar="VOTES.csv")],
    items: Annotated[Path, typer.Option("--items", help="items.csv of `scenechange rate runs`.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the results.")],
    missing: MissingRule = Missing.FAIL,
    lowest: Annotated[float, typer.Option("--lowest", help="The worst score of the scale.")] = 1.0,
    bootstrap: Annotated[int, typer.Option("--bootstrap", help="Bootstrap samples.")] = 1000,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same figures.")] = 0,
    without: Annotated[
        str | None,
        typer.Option("--without", help="Leave out the raters that this screening rejects.", metavar="SCREENING"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a leaderboard, one zip file a team, a LaTeX table, and a methods paragraph that cites every number."""
    from scenechange.mediaeval.methods import figures_json, methods_paragraph
    from scenechange.mediaeval.results import as_csv, latex_table, leaderboard_rows, team_zip, write_files
    from scenechange.mediaeval.submissions import count_votes, read_items
    from scenechange.ratings.analysis import analyse, read_votes

    table = read_items(items)
    counted = count_votes(read_votes(votes), table, missing, lowest)
    found: dict[str, Any] = analyse(counted.votes, bootstrap=bootstrap, seed=seed, without=without)
    found["missing"] = {"rule": missing.value, "added": counted.added, "excluded": list(counted.excluded)}
    words = [
        "scenechange",
        "rate",
        "results",
        votes.name,
        "--items",
        items.name,
        "--missing",
        missing.value,
        "-o",
        "results",
    ]
    words += ["--bootstrap", str(bootstrap), "--seed", str(seed)]
    command = shlex.join([*words, *(["--without", without] if without else []), "--json"])
    paragraph, figures = methods_paragraph(found, counted, missing, command)
    board = leaderboard_rows(found, table)
    about = "\n".join(line for line in paragraph.splitlines() if not line.startswith("%")).replace("\\%", "%")
    files = {
        "leaderboard.csv": as_csv(board),
        "leaderboard.tex": latex_table(board, "Appeal of the runs: mean opinion score and interval."),
        "methods.tex": paragraph,
        "methods.json": figures_json(figures),
        "analysis.json": json.dumps(found, indent=2) + "\n",
    }
    zips = {
        f"{team}.zip": team_zip(found, counted.votes, table, team, about) for team in {t for _, _, t in table.values()}
    }
    write_files(output, [*((name, text.encode()) for name, text in files.items()), *zips.items()])
    if as_json:
        emit(found)
    else:
        for row in board:
            typer.echo(f"{row['rank']:4} {row['system']:30} {row['mos']:.2f}  {row['tied_group']}")
    say(f"results of {len(zips)} teams in {output}")


def _names(path: Path) -> tuple[str, ...]:
    """One name a line; endings of picture files are taken off."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"--images: {path} cannot be read as a list of names ({error})") from error
    names = tuple(
        dict.fromkeys(n[: -len(s)] if (s := Path(n).suffix) in (".jpg", ".jpeg", ".png") else n for n in lines)
    )
    if not names:
        raise InputError(f"--images: wanted one name a line, {path} is empty")
    return names
