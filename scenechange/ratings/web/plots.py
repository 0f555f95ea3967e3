"""Plots as SVG, drawn by hand: pure functions from numbers to text. Colours come from the page's style sheet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

WIDTH = 640.0
ROW = 30.0
LEFT, RIGHT = 170.0, 24.0


def _number(value: float) -> str:
    """A coordinate or label with at most two digits after the point."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if value else "0"


def ticks(low: float, high: float, most: int = 7) -> list[float]:
    """Round numbers from `low` to `high`, at most `most` and at least two: steps of 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(power * k for k in (1, 2, 5, 10, 20) if (high - low) / (power * k) <= most - 1)
    first = math.ceil(low / step - 1e-9)
    return [k * step for k in range(first, math.floor(high / step + 1e-9) + 1)]


def _svg(height: float, label: str, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="plot" viewBox="0 0 {WIDTH:g} {height:g}" role="img" '
        f'aria-label="{escape(label, quote=True)}" font-family="system-ui, sans-serif" font-size="13" '
        'fill="currentColor">' + "".join(parts) + "</svg>"
    )


def intervals_svg(rows: Sequence[tuple[str, float, float, float]], ends: tuple[float, float], label: str) -> str:
    """Points with intervals, one row each, the first on top.

    Parameters
    ----------
    rows : sequence of (name, value, low, high)
        NaN ends draw no interval.
    ends : (float, float)
        Of the axis; widened where an interval leaves them.
    label : str
        What a screen reader says of the whole plot.
    """
    known = [v for _, *values in rows for v in values if math.isfinite(v)]
    low, high = min([ends[0], *known]), max([ends[1], *known])
    span = (high - low) or 1.0

    def x(value: float) -> float:
        return LEFT + (value - low) / span * (WIDTH - LEFT - RIGHT)

    bottom = ROW * len(rows) + 8
    parts = []
    for tick in ticks(low, low + span):
        at = _number(x(tick))
        parts.append(f'<path d="M{at} 4V{bottom:g}" stroke="currentColor" stroke-opacity="0.18"/>')
        parts.append(f'<text x="{at}" y="{bottom + 18:g}" text-anchor="middle">{_number(tick)}</text>')
    for place, (name, value, first, last) in enumerate(rows):
        y = ROW * (place + 0.5) + 4
        short = name if len(name) <= 22 else name[:21] + "…"
        parts.append(f'<text x="{LEFT - 12:g}" y="{y + 4:g}" text-anchor="end">{escape(short)}</text>')
        if math.isfinite(first) and math.isfinite(last):
            parts.append(
                f'<path d="M{_number(x(first))} {y:g}H{_number(x(last))}" stroke="currentColor" stroke-width="2.5" '
                'stroke-linecap="round"/>'
            )
        parts.append(f'<circle class="accent" cx="{_number(x(value))}" cy="{y:g}" r="5.5" fill="currentColor"/>')
    return _svg(bottom + 28, label, parts)


def bars_svg(rows: Sequence[tuple[str, float]], label: str) -> str:
    """Bars from the bottom, one for each (name, value at least 0), in the order given; names below, values above."""
    height, base = 190.0, 150.0
    most = max([value for _, value in rows], default=0.0) or 1.0
    room = (WIDTH - 20) / max(1, len(rows))
    wide = min(56.0, room * 0.72)
    parts = [f'<path d="M10 {base:g}H{WIDTH - 10:g}" stroke="currentColor" stroke-opacity="0.4"/>']
    for place, (name, value) in enumerate(rows):
        middle, tall = 10 + room * (place + 0.5), value / most * (base - 26)
        parts.append(
            f'<rect class="accent" x="{_number(middle - wide / 2)}" y="{_number(base - tall)}" width="{_number(wide)}" '
            f'height="{_number(tall)}" rx="3" fill="currentColor"/>'
        )
        parts.append(f'<text x="{_number(middle)}" y="{base + 20:g}" text-anchor="middle">{escape(name)}</text>')
        if value:
            place_of = f'x="{_number(middle)}" y="{_number(base - tall - 6)}"'
            parts.append(f'<text {place_of} text-anchor="middle">{_number(value)}</text>')
    return _svg(height, label, parts)


def histogram(values: Sequence[float], edges: Sequence[float]) -> list[int]:
    """How many values lie in each interval from an edge (included) to the next (not); the last one is open."""
    counts = [0] * len(edges)
    for value in values:
        place = sum(value >= edge for edge in edges) - 1
        if place >= 0:
            counts[place] += 1
    return counts
