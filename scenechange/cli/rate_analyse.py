"""``scenechange rate analyse``: from votes to figures with intervals."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from scenechange.cli.console import Json, emit, say, stages
from scenechange.errors import InputError

VotesFile = Annotated[
    Path | None,
    typer.Argument(help="CSV: rater,item,system,score; optional source,repetition,response_ms.", metavar="VOTES"),
]


def analyse(
    votes: VotesFile = None,
    pairs: Annotated[
        Path | None, typer.Option("--pairs", help="CSV of comparisons: rater,a,b,winner; empty winner = tie.")
    ] = None,
    choices: Annotated[
        Path | None, typer.Option("--choices", help='CSV of "who was really there?": rater,system,correct,timed.')
    ] = None,
    best_worst: Annotated[
        Path | None, typer.Option("--best-worst", help="CSV of best and worst: rater,items,best,worst.")
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
        read_best_worst,
        read_choices,
        read_pairs,
        read_votes,
    )
    from scenechange.ratings.analysis.report import STEPS

    if all(table is None for table in (votes, pairs, choices, best_worst)):
        raise InputError(
            "nothing to analyse: wanted a CSV file of votes, or --pairs, --choices or --best-worst and one"
        )
    if pairs is not None and best_worst is not None:
        raise InputError("--pairs and --best-worst both give comparisons: wanted one of them")
    if votes is None and (needed or plot or without or scale):
        raise InputError("--needed, --plot, --without and --scale speak of votes: wanted a CSV file of votes too")
    result: dict[str, Any] = {}
    with stages(STEPS + 1) as (started, _):
        if votes is not None:
            started("reading")
            result = analyse_votes(
                read_votes(votes),
                level=level,
                bootstrap=bootstrap,
                seed=seed,
                scale=_ends(scale),
                without=without,
                needed=needed,
                started=started,
            )
        for table, read in ((pairs, read_pairs), (best_worst, read_best_worst)):
            if table is not None:
                started("comparisons")
                result = _joined(result, analyse_pairs(read(table), level=level))
        if choices is not None:
            started("choices")
            found = analyse_choices(*read_choices(choices), level=level, resamples=max(bootstrap, 20), seed=seed)
            result = _joined(result, found)
    if plot is not None:
        from scenechange.ratings.analysis.plots import plot_figures

        for path in plot_figures(result, plot):
            say(f"wrote {path}")
    if as_json:
        emit(result)
    else:
        typer.echo("\n".join(_table(result)))


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


def _table(result: dict[str, Any]) -> list[str]:
    """The figures a reader asks for first, as lines of text."""
    lines: list[str] = []
    if "counts" in result:
        counts = result["counts"]
        lines.append(
            f"{counts['votes']} votes of {counts['raters']} raters on {counts['items']} pictures "
            f"of {counts['systems']} systems"
        )
    if result.get("systems"):
        lines += ["", f"{'rank':>4}  {'system':24} {'votes':>6} {'mos':>6}  {'interval':15} group"]
        lines += [
            f"{row['rank']:>4}  {row['system']:24} {row['n']:>6} {_number(row['mos']):>6}  {_interval(row):15} "
            f"{row['tied_group']}"
            for row in result["systems"]
        ]
    elif result.get("items"):
        lines += ["", f"{'item':30} {'votes':>6} {'mos':>6}  interval"]
        lines += [
            f"{row['item']:30} {row['n']:>6} {_number(row['mos']):>6}  {_interval(row)}" for row in result["items"][:50]
        ]
        if len(result["items"]) > 50:
            lines.append(f"... and {len(result['items']) - 50} more (--json has all)")
    if "agreement" in result:
        lines += ["", *_agreement(result)]
    if result.get("pairs"):
        lines += ["", f"{'item':24} {'n':>6} {'wins':>6} {'ties':>6} {'strength':>9}  {'interval':15} jod"]
        lines += [
            f"{row['item']:24} {row['n']:>6} {row['wins']:>6} {row['ties']:>6} {_number(row['strength']):>9}  "
            f"{_interval(row):15} {_number(row['jod'])}"
            for row in result["pairs"]
        ]
        listed = ", ".join(result["pairs_rejected"]["likelihood"]) or "nobody"
        lines.append(f"rejected by likelihood of their choices: {listed}")
    if result.get("choices"):
        lines += ["", f"{'system':24} {'trials':>6} {'timed':>7} {'untimed':>8} {'difference':>10}  interval"]
        lines += [
            f"{row['system'] or 'all':24} {row['n_timed'] + row['n_untimed']:>6} {_number(row['timed_error']):>7} "
            f"{_number(row['untimed_error']):>8} {_number(row['difference']):>10}  {_interval(row)}"
            for row in result["choices"]
        ]
    if result.get("needed"):
        lines += ["", *_needed(result["needed"])]
    return [*lines, *([""] if result["notes"] else []), *(f"note: {note}" for note in result["notes"])]


def _agreement(result: dict[str, Any]) -> list[str]:
    agreement, icc = result["agreement"], result["agreement"]["icc"] or {}
    lines = [f"Krippendorff's alpha {_number(agreement['alpha'])}, SOS parameter a {_number(result['sos_a'])}"]
    if icc:
        lines.append(", ".join(f"{form} {_number(one['icc'])}" for form, one in icc.items()))
    for method, names in result["rejected"].items():
        listed = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
        lines.append(f"rejected by {method}: {listed or 'nobody'}")
    return lines


def _needed(needed: dict[str, Any]) -> list[str]:
    lines = [f"{'votes per picture':>17} {'rank correlation':>17} {'with the rest':>14} {'systems':>11} {'width':>7}"]
    lines += [
        f"{point['votes_per_item']:>17} {_number(point['rank_correlation']):>17} "
        f"{_number(point['rank_correlation_rest']):>14} {_number(point['system_rank_correlation']):>11} "
        f"{_number(point['interval_width']):>7}"
        for point in needed["learning_curve"]
    ]
    enough = needed["votes_for_reliability_090"]
    lines.append(f"votes per picture for a reliability of 0.9: {'-' if enough is None else enough}")
    return lines + [f"{part['what']}: {part['said']}" for part in (*needed["without_votes"], *needed["without_field"])]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _interval(row: dict[str, Any]) -> str:
    return "-" if row["ci_low"] is None else f"{row['ci_low']:.3f} {row['ci_high']:.3f}"
