"""A colour plate in the manner of Ishihara: a two-digit number of dots that differs from its ground in hue alone.

A screen for red-green colour vision, no medical test. Our own drawing: dots are thrown at random and kept where they
do not touch; lightness varies alike inside and outside the number, so that it cannot be read by lightness.

References
----------
Ishihara 1917, Tests for Colour-Blindness (the idea). CIE 1976 L*a*b*, ISO/CIE 11664-4, for the colours: both hues
have one lightness distribution, and differ along a*, which is what red-green deficient eyes cannot tell.
"""

from __future__ import annotations

import random
from functools import lru_cache

RADIUS = 100.0
DIGITS = {  # 5 by 7, our own letters of squares
    2: ("01110", "11011", "00011", "00110", "01100", "11000", "11111"),
    3: ("11110", "00011", "00011", "01110", "00011", "00011", "11110"),
    4: ("00011", "00111", "01111", "11011", "11111", "00011", "00011"),
    5: ("11111", "11000", "11110", "00011", "00011", "11011", "01110"),
    6: ("01110", "11000", "11110", "11011", "11011", "11011", "01110"),
    7: ("11111", "00011", "00110", "00110", "01100", "01100", "01100"),
    9: ("01110", "11011", "11011", "01111", "00011", "00011", "01110"),
}
CELL = 15.0
FIGURE_AB, GROUND_AB = (38.0, 42.0), (-14.0, 42.0)


def number_of(seed: int) -> int:
    """The two-digit number on the plate of a seed."""
    chosen = random.Random(seed).sample(sorted(DIGITS), 2)
    return 10 * chosen[0] + chosen[1]


@lru_cache(maxsize=64)
def plate_svg(seed: int) -> str:
    """The plate as SVG, 220 by 220 units; the same seed gives the same bytes. No text says the number."""
    rng = random.Random(seed ^ 0x5EED)
    dots = []
    for x, y, radius in _dots(rng):
        inside = _is_figure(x, y, number_of(seed))
        lightness = rng.uniform(52.0, 74.0)
        a, b = FIGURE_AB if inside else GROUND_AB
        colour = srgb_of_lab(lightness, a + rng.uniform(-5, 5), b + rng.uniform(-9, 9))
        dots.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{colour}"/>')
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-110 -110 220 220" width="440" height="440">'
        '<circle r="110" fill="#f4f1ea"/>' + "".join(dots) + "</svg>"
    )


def _dots(rng: random.Random) -> list[tuple[float, float, float]]:
    """Dots (x, y, radius) in a disc that do not touch: large ones first, small ones into the gaps."""
    grid: dict[tuple[int, int], list[tuple[float, float, float]]] = {}
    dots = []
    for radius, tries in ((4.4, 900), (3.4, 2400), (2.5, 4500), (1.7, 6000)):
        for _ in range(tries):
            x, y = rng.uniform(-RADIUS, RADIUS), rng.uniform(-RADIUS, RADIUS)
            if x * x + y * y > (RADIUS - radius) ** 2:
                continue
            column, row = int(x // 10), int(y // 10)
            near = (d for i in (-1, 0, 1) for j in (-1, 0, 1) for d in grid.get((column + i, row + j), ()))
            if all((x - u) ** 2 + (y - v) ** 2 > (radius + r + 0.5) ** 2 for u, v, r in near):
                grid.setdefault((column, row), []).append((x, y, radius))
                dots.append((x, y, radius))
    return dots


def _is_figure(x: float, y: float, number: int) -> bool:
    row = int((y + 3.5 * CELL) // CELL)
    for digit, left in ((number // 10, -5.5 * CELL), (number % 10, 0.5 * CELL)):
        column = int((x - left) // CELL)
        if 0 <= row < 7 and 0 <= column < 5:
            return DIGITS[digit][row][column] == "1"
    return False


def srgb_of_lab(lightness: float, a: float, b: float) -> str:
    """CIE L*a*b* (D65) as an sRGB colour ``#rrggbb``, channels cut to their range (ISO/CIE 11664-4, IEC 61966-2-1)."""
    fy = (lightness + 16) / 116
    xyz = [
        white * _f_inverse(f)
        for white, f in zip((0.95047, 1.0, 1.08883), (fy + a / 500, fy, fy - b / 200), strict=True)
    ]
    rows = ((3.2406, -1.5372, -0.4986), (-0.9689, 1.8758, 0.0415), (0.0557, -0.2040, 1.0570))
    linear = (sum(m * v for m, v in zip(row, xyz, strict=True)) for row in rows)
    return "#" + "".join(f"{round(255 * _encoded(min(1.0, max(0.0, v)))):02x}" for v in linear)


def _f_inverse(f: float) -> float:
    return f**3 if f > 6 / 29 else 3 * (6 / 29) ** 2 * (f - 4 / 29)


def _encoded(linear: float) -> float:
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
