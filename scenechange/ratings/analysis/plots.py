"""The leaderboard and the learning curve as pictures, SVG and PNG."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from scenechange.errors import OutputError
from scenechange.ratings.analysis.optional import need

INK, FIRST, SECOND = "#222222", "#0072b2", "#d55e00"  # Okabe and Ito 2008: told apart by colour-blind readers


def plot_figures(result: dict[str, Any], folder: Path) -> list[Path]:
    """Draw what a result of `analyse` holds.

    Parameters
    ----------
    result : dict
        From `analyse`.
    folder : Path
        Made if it is not there. Files of the same names are replaced.

    Returns
    -------
    list of Path
        ``leaderboard.svg``, ``.png`` if there are systems; ``learning-curve.svg``, ``.png`` if it was asked for.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    MissingExtraError
        Without matplotlib.
    """
    figures = {}
    if result.get("systems"):
        figures["leaderboard"] = leaderboard_figure(result["systems"], result["options"]["level"])
    if (result.get("needed") or {}).get("learning_curve"):
        figures["learning-curve"] = learning_curve_figure(
            result["needed"]["learning_curve"], np.ptp(result["options"]["scale"])
        )
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


def leaderboard_figure(systems: list[dict[str, Any]], level: float) -> Any:
    """Systems with their intervals and the letters of their groups, the best on top.

    Parameters
    ----------
    systems : list of dict
        As in a result of `analyse`.
    level : float
        Of the intervals, for the caption.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = need("matplotlib.figure").Figure(figsize=(7, 1.2 + 0.34 * len(systems)), layout="constrained")
    axes = figure.subplots()
    for place, row in enumerate(systems):
        if row["ci_low"] is not None:
            axes.plot([row["ci_low"], row["ci_high"]], [place, place], color=FIRST, linewidth=2)
        axes.plot(row["mos"], place, "o", color=FIRST, markersize=6)
        axes.annotate(
            row["tied_group"],
            (1.01, place),
            xycoords=("axes fraction", "data"),
            va="center",
            color=INK,
            annotation_clip=False,
        )
    axes.set_yticks(range(len(systems)), [f"{row['rank']}. {row['system']}" for row in systems])
    axes.set_ylim(len(systems) - 0.4, -0.6)
    axes.set_xlabel(
        f"mean opinion score, {100 * level:g} % interval over raters and pictures\nsame letter: cannot be told apart"
    )
    axes.grid(axis="x", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


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
