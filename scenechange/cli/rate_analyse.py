"""``scenechange rate analyse``: from votes to figures with intervals."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from scenechange.cli.console import Json, emit, say, stages
from scenechange.cli.rate_lines import lines_of
from scenechange.errors import InputError

VotesFile = Annotated[
    Path | None,
    typer.Argument(help="CSV: rater,item,system,score; optional source,repetition,response_ms.", metavar="VOTES"),
]


def analyse(
    votes: VotesFile = None,
    pairs: Annotated[
        Path | None,
        typer.Option("--pairs", help="CSV of comparisons: rater,a,b,winner; optional system_a,system_b,source."),
    ] = None,
    choices: Annotated[
        Path | None,
        typer.Option("--choices", help='CSV of "who was really there?": rater,system,correct,timed; optional item.'),
    ] = None,
    best_worst: Annotated[
        Path | None,
        typer.Option("--best-worst", help="CSV of best and worst: rater,items,best,worst; optional systems,source."),
    ] = None,
    as_json: Json = False,
    needed: Annotated[bool, typer.Option("--needed", help="Also find how much data was really needed.")] = False,
    plot: Annotated[Path | None, typer.Option("--plot", help="Folder for plots, SVG and PNG.", metavar="DIR")] = None,
    level: Annotated[float, typer.Option("--level", help="Level of all intervals.")] = 0.95,
    bootstrap: Annotated[int, typer.Option("--bootstrap", help="Bootstrap samples.", metavar="N")] = 1000,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same figures.", min=0)] = 0,
    scale: Annotated[
        str | None,
        typer.Option("--scale", help="Ends of the scale, e.g. 1-5. Default: guessed and told.", metavar="LOW-HIGH"),
    ] = None,
    without: Annotated[
        str | None,
        typer.Option("--without", help="Leave out the raters that this screening rejects.", metavar="SCREENING"),
    ] = None,
) -> None:
    """Turn votes into scores, a leaderboard with intervals, screening, a subject model and agreement."""
    from scenechange.ratings.analysis import analyse as analyse_votes
    from scenechange.ratings.analysis import (
        analyse_choices,
        analyse_pairs,
        read_best_less_worst,
        read_best_worst,
        read_choices,
        read_fooled,
        read_pairs,
        read_votes,
    )
    from scenechange.ratings.analysis.exclusion import screening_for
    from scenechange.ratings.analysis.report import STEPS

    if all(table is None for table in (votes, pairs, choices, best_worst)):
        raise InputError(
            "nothing to analyse: wanted a CSV file of votes, or --pairs, --choices or --best-worst and one"
        )
    if pairs is not None and best_worst is not None:
        raise InputError("--pairs and --best-worst both give comparisons: wanted one of them")
    if votes is None and (needed or scale):
        raise InputError("--needed and --scale speak of votes: wanted a CSV file of votes too")
    if bootstrap < 20:
        raise InputError(f"bootstrap: wanted at least 20 samples, got {bootstrap}")
    given = {"votes": votes, "pairs": pairs or best_worst, "choices": choices}
    left_out = screening_for(without, [kind for kind, table in given.items() if table is not None])
    result: dict[str, Any] = {}
    with stages(STEPS + 1) as (started, _):
        if votes is not None:
            started("reading")
            result = analyse_votes(
                read_votes(votes), level=level, bootstrap=bootstrap, seed=seed, scale=_ends(scale),
                without=left_out["votes"], needed=needed, started=started,
            )  # fmt: skip
        if (compared := pairs or best_worst) is not None:
            started("comparisons")
            table = read_pairs(compared) if pairs else read_best_worst(compared)
            scores = None if pairs else read_best_less_worst(compared)
            without = left_out["pairs"]
            found = analyse_pairs(table, scores, level=level, bootstrap=bootstrap, seed=seed, without=without)
            result = _joined(result, found)
        if choices is not None:
            started("choices")
            found = analyse_choices(
                *read_choices(choices), read_fooled(choices), level=level, resamples=bootstrap, seed=seed,
                without=left_out["choices"],
            )  # fmt: skip
            result = _joined(result, found)
    if plot is not None:
        from scenechange.ratings.analysis.plots import plot_figures

        for path in plot_figures(result, plot):
            say(f"wrote {path}")
    if as_json:
        emit(result)
    else:
        typer.echo("\n".join(lines_of(result)))


def _joined(result: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    return {**result, **more, "notes": [*result.get("notes", []), *more["notes"]]}


def _ends(text: str | None) -> tuple[float, float] | None:
    """Ends of a scale from ``1-5`` or ``0-100``."""
    if text is None:
        return None
    low, _, high = text.partition("-")
    try:
        ends = float(low), float(high)
    except ValueError:
        ends = (1.0, 0.0)
    if not ends[0] < ends[1]:
        raise InputError(f"--scale: wanted two ends, the low one first, e.g. 1-5, got {text!r}")
    return ends
