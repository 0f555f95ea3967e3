"""The figures of a report as pictures, SVG and PNG."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from scenechange.errors import OutputError
from scenechange.ratings.analysis.optional import need

INK, FIRST, SECOND = "#222222", "#0072b2", "#d55e00"  # Okabe and Ito 2008: told apart by colour-blind readers
MOST_ROWS = 60


def plot_figures(result: dict[str, Any], folder: Path) -> list[Path]:
    """Draw what a result of `analyse` holds.

    Parameters
    ----------
    result : dict
        From `analyse`, `analyse_pairs`, `analyse_choices`, or several joined.
    folder : Path
        Made if it is not there. Files of the same names are replaced.

    Returns
    -------
    list of Path
        ``leaderboard.svg``, ``.png`` if there are systems; ``learning-curve`` if it was asked for; for comparisons
        ``pairs`` and, if there are systems, ``pairs-leaderboard``; for choices ``choices`` and ``choices-leaderboard``.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    MissingExtraError
        Without matplotlib.
    """
    figures = _figures(result)
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with need("matplotlib").rc_context({"svg.hashsalt": "scenechange", "svg.fonttype": "none"}):
            for name, figure in figures.items():
                for suffix, metadata in ((".svg", {"Date": None}), (".png", {"Software": None})):
                    path = folder / f"{name}{suffix}"
                    figure.savefig(path, dpi=150, metadata=metadata)
                    written.append(path)
    except OSError as error:
        raise OutputError(f"{folder}: cannot write the plots ({error.strerror or error}); choose another") from error
    return written


def _figures(result: dict[str, Any]) -> dict[str, Any]:
    """What there are numbers for, by the name of its file."""
    figures = {}
    if result.get("systems"):
        rows = [{**row, "value": row["mos"]} for row in result["systems"]]
        figures["leaderboard"] = leaderboard_figure(rows, result["options"]["level"], "mean opinion score")
    if (result.get("needed") or {}).get("learning_curve"):
        figures["learning-curve"] = learning_curve_figure(
            result["needed"]["learning_curve"], np.ptp(result["options"]["scale"])
        )
    if result.get("pairs"):
        options = result["pairs_options"]
        figures["pairs"] = strengths_figure(result["pairs"], options["level"])
        if result["pairs_systems"]:
            what = {"strength": "strength, log-odds", "best-worst": "best less worst"}[options["measure"]]
            figures["pairs-leaderboard"] = leaderboard_figure(result["pairs_systems"], options["level"], what)
    if result.get("choices"):
        level = result["choices_options"]["level"]
        figures["choices"] = choices_figure(result["choices"], level)
        if result["choices_systems"]:
            what = "share taken for the real picture"
            figures["choices-leaderboard"] = leaderboard_figure(result["choices_systems"], level, what)
    return figures


def leaderboard_figure(systems: list[dict[str, Any]], level: float, measure: str) -> Any:
    """Systems with their intervals and the letters of their groups, the best on top.

    Parameters
    ----------
    systems : list of dict
        ``system, value, ci_low, ci_high, rank, tied_group``.
    level : float
        Of the intervals, for the caption.
    measure : str
        What `value` is, for the caption.

    Returns
    -------
    matplotlib.figure.Figure
    """
    names = [f"{row['rank']}. {row['system']}" for row in systems]
    caption = f"{measure}, {100 * level:g} % interval over raters and pictures\nsame letter: cannot be told apart"
    figure, axes = _rows_figure(names, caption)
    for place, row in enumerate(systems):
        _interval(axes, place, row["value"], row["ci_low"], row["ci_high"], FIRST)
        axes.annotate(
            row["tied_group"],
            (1.01, place),
            xycoords=("axes fraction", "data"),
            va="center",
            color=INK,
            annotation_clip=False,
        )
    return figure


def strengths_figure(items: list[dict[str, Any]], level: float) -> Any:
    """Bradley-Terry strengths of the strongest pictures with their intervals.

    Parameters
    ----------
    items : list of dict
        As ``pairs`` in a result of `analyse_pairs`; at most the 60 strongest are drawn.
    level : float
        Of the intervals, for the caption.

    Returns
    -------
    matplotlib.figure.Figure
    """
    shown = items[:MOST_ROWS]
    more = f" (the {MOST_ROWS} strongest of {len(items)})" if len(items) > MOST_ROWS else ""
    caption = f"strength, log-odds, {100 * level:g} % interval{more}"
    figure, axes = _rows_figure([row["item"] for row in shown], caption)
    for place, row in enumerate(shown):
        _interval(axes, place, row["strength"], row["ci_low"], row["ci_high"], FIRST)
    return figure


def choices_figure(rows: list[dict[str, Any]], level: float) -> Any:
    """Share of wrong answers with a time limit (filled) and without (open), and their difference in words.

    Parameters
    ----------
    rows : list of dict
        As ``choices`` in a result of `analyse_choices`.
    level : float
        Of the intervals of the differences.

    Returns
    -------
    matplotlib.figure.Figure
    """
    caption = f"share of wrong answers; right: timed minus untimed, {100 * level:g} % interval"
    figure, axes = _rows_figure([row["system"] or "all" for row in rows], caption)
    for place, row in enumerate(rows):
        both = [row["timed_error"], row["untimed_error"]]
        if None not in both:
            axes.plot(both, [place, place], color=INK, linewidth=1, zorder=1)
        for error, colour, filled in zip(both, (SECOND, FIRST), (True, False), strict=True):
            if error is not None:
                axes.plot(error, place, "o", color=colour, markerfacecolor=colour if filled else "white", zorder=2)
        if row["ci_low"] is not None:
            said = f"{row['difference']:+.2f} ({row['ci_low']:+.2f} to {row['ci_high']:+.2f})"
            axes.annotate(said, (1.01, place), xycoords=("axes fraction", "data"), va="center", annotation_clip=False)
    for label, colour, filled in (("time limit", SECOND, True), ("no limit", FIRST, False)):
        axes.plot([], [], "o", color=colour, markerfacecolor=colour if filled else "white", label=label)
    axes.set_xlim(-0.02, 1.02)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.0 + 0.5 / len(rows)), ncols=2, frameon=False)
    return figure


def _rows_figure(names: list[str], caption: str) -> tuple[Any, Any]:
    """A figure with one row for each name, the first on top."""
    figure = need("matplotlib.figure").Figure(figsize=(7, 1.2 + 0.34 * len(names)), layout="constrained")
    axes = figure.subplots()
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlabel(caption)
    axes.grid(axis="x", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _interval(axes: Any, place: int, value: float, low: float | None, high: float | None, colour: str) -> None:
    if low is not None:
        axes.plot([low, high], [place, place], color=colour, linewidth=2)
    axes.plot(value, place, "o", color=colour, markersize=6)


def learning_curve_figure(curve: list[dict[str, Any]], longest: float) -> Any:
    """Rank correlation (left axis) and width of intervals (right axis) against votes per picture.

    Parameters
    ----------
    curve : list of dict
        As in a result of `analyse`.
    longest : float
        Length of the scale, points: intervals longer than that say nothing and are cut off.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = need("matplotlib.figure").Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    lines = []
    for key, label, style in (
        ("rank_correlation", "rank correlation with all votes", "o-"),
        ("rank_correlation_rest", "with the other votes only", "s--"),
        ("system_rank_correlation", "of systems, with all votes", "^:"),
    ):
        known = [(point["votes_per_item"], point[key]) for point in curve if point[key] is not None]
        if known:
            lines += axes.plot(*zip(*known, strict=True), style, color=FIRST, label=label, markersize=5)
    axes.set_xlabel("votes per picture")
    axes.set_ylabel("Spearman's rank correlation", color=FIRST)
    axes.set_ylim(top=1.01)
    axes.grid(alpha=0.3)
    known = [
        (point["votes_per_item"], point["interval_width"]) for point in curve if point["interval_width"] is not None
    ]
    if any(width > 0 for _, width in known):
        other = axes.twinx()
        lines += other.plot(*zip(*known, strict=True), "D-", color=SECOND, label="width of the interval", markersize=5)
        other.set_ylabel("width of the interval, points", color=SECOND)
        other.set_ylim(0, min(longest, 1.05 * max(width for _, width in known)))
    axes.legend(handles=lines, loc="center right", frameon=False)
    return figure
