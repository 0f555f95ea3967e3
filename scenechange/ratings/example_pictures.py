"""Drawn pictures to try a study with: a person in five places, put in with care or with one of four common faults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL import Image
    from PIL.ImageDraw import ImageDraw

SIZE = 960, 640  # pixels
FINE = 2  # drawn so much larger, then reduced: smooth edges
Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Place:
    """A scene: colours of the sky from top to horizon, of houses and ground, and the height of the horizon."""

    sky: tuple[Rgb, Rgb]
    houses: tuple[Rgb, ...]
    ground: Rgb
    horizon: float
    light: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class _Fault:
    """What went wrong with the person: size, height above the ground in heads, colour, shadow, rim."""

    size: float = 1.0
    lift: float = 0.0
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    shadow: bool = True
    rim: bool = False
    own_light: bool = False  # the colours of where the person really was


PLACES = {
    "square": _Place(
        sky=((92, 148, 214), (206, 224, 240)),
        houses=((214, 178, 140), (190, 120, 96), (226, 206, 168)),
        ground=(150, 146, 140),
        horizon=0.56,
        light=(1.0, 0.98, 0.94),
    ),
    "quay": _Place(
        sky=((70, 62, 110), (244, 170, 120)),
        houses=((84, 70, 92), (110, 84, 88), (70, 62, 84)),
        ground=(96, 88, 100),
        horizon=0.60,
        light=(0.95, 0.72, 0.62),
    ),
    "park": _Place(
        sky=((140, 176, 206), (222, 230, 226)),
        houses=((206, 196, 172), (176, 132, 112), (222, 212, 186)),
        ground=(126, 152, 92),
        horizon=0.52,
        light=(0.96, 1.0, 0.9),
    ),
    "snow": _Place(
        sky=((176, 192, 212), (226, 232, 240)),
        houses=((150, 150, 164), (172, 164, 160), (138, 150, 168)),
        ground=(226, 232, 240),
        horizon=0.58,
        light=(0.95, 0.98, 1.08),
    ),
    "old-town": _Place(
        sky=((120, 160, 210), (250, 226, 190)),
        houses=((206, 140, 92), (226, 184, 120), (178, 112, 86)),
        ground=(170, 146, 120),
        horizon=0.54,
        light=(1.05, 0.93, 0.78),
    ),
}
FAULTS = {
    "careful": _Fault(),
    "floating": _Fault(lift=0.7, shadow=False),
    "giant": _Fault(size=1.7),
    "paste": _Fault(lift=0.25, shadow=False, rim=True, own_light=True),
    "tinted": _Fault(tint=(0.62, 0.95, 1.5)),
}


def write_example_pictures(folder: Path, systems: Sequence[str] = ("careful", "paste")) -> tuple[Path, ...]:
    """Write ``<system>/<source>.jpg`` for each system and five sources; the same bytes each time.

    Parameters
    ----------
    folder : Path
        Is made as needed.
    systems : sequence of str
        From ``careful floating giant paste tinted``. Default: two, which makes ten pictures.
    """
    written = []
    for system in systems:
        fault = FAULTS[system]
        (folder / system).mkdir(parents=True, exist_ok=True)
        for source, place in PLACES.items():
            path = folder / system / f"{source}.jpg"
            draw(place, fault).save(path, "JPEG", quality=90)
            written.append(path)
    return tuple(written)


def draw(place: _Place, fault: _Fault) -> Image.Image:
    """The picture, `SIZE` pixels."""
    from PIL import Image, ImageDraw

    width, height = SIZE[0] * FINE, SIZE[1] * FINE
    top, bottom = (np.array(colour, float) for colour in place.sky)
    share = np.clip(np.arange(height) / (height * place.horizon), 0, 1)[:, None]
    rows = top + (bottom - top) * share
    below = np.arange(height) > height * place.horizon
    depth = np.clip((np.arange(height) / height - place.horizon) / (1 - place.horizon), 0, 1)[:, None]
    rows[below] = (np.array(place.ground) * (0.75 + 0.4 * depth))[below]
    image = Image.fromarray(np.repeat(rows[:, None].clip(0, 255).astype(np.uint8), width, 1))
    pen = ImageDraw.Draw(image, "RGBA")
    _houses(pen, place, width, height)
    _person(pen, place, fault, width, height)
    small = image.resize(SIZE, Image.Resampling.LANCZOS)
    grain = np.random.default_rng(1).normal(0, 2.5, (*SIZE[::-1], 1))
    return Image.fromarray((np.asarray(small, float) + grain).clip(0, 255).astype(np.uint8))


def _houses(pen: ImageDraw, place: _Place, width: int, height: int) -> None:
    rng, x, line = np.random.default_rng(3), 0, height * place.horizon
    while x < width:
        wide, tall = int(rng.uniform(0.10, 0.17) * width), rng.uniform(0.18, 0.34) * height
        wall = place.houses[int(rng.integers(len(place.houses)))]
        pen.rectangle((x, line - tall, x + wide, line + height * 0.02), fill=wall)
        roof = tuple(int(c * 0.6) for c in wall)
        pen.polygon([(x, line - tall), (x + wide / 2, line - tall * 1.3), (x + wide, line - tall)], fill=roof)
        pane = tuple(int(c * 0.45) for c in wall)
        for floor in range(2):
            for k in range(3):
                left, up = x + wide * (0.14 + 0.27 * k), line - tall * (0.85 - 0.42 * floor)
                pen.rectangle((left, up, left + wide * 0.15, up + tall * 0.24), fill=pane)
        x += wide


def _person(pen: ImageDraw, place: _Place, fault: _Fault, width: int, height: int) -> None:
    """A standing figure whose eyes are at the horizon, for the camera is at eye level."""
    feet = height * 0.93
    tall = (feet - height * place.horizon) / 0.93 * fault.size
    head, middle = tall / 7.5, width * 0.64
    feet -= fault.lift * head
    light = (1.0, 1.0, 1.0) if fault.own_light else place.light

    def lit(colour: Rgb) -> Rgb:
        r, g, b = (int(min(255, c * m * t)) for c, m, t in zip(colour, light, fault.tint, strict=True))
        return r, g, b

    def shape(box: tuple[float, float, float, float], colour: tuple[int, ...], round_: float = 0.3) -> None:
        x0, y0, x1, y1 = (middle + box[0] * head, feet - box[1] * head, middle + box[2] * head, feet - box[3] * head)
        pen.rounded_rectangle((x0, y0, x1, y1), radius=round_ * head, fill=colour)

    if fault.shadow:
        for k in range(6):
            reach, dark = 2.6 - 0.3 * k, 26
            pen.ellipse(
                (middle - 0.9 * head, feet - 0.16 * head, middle + reach * head, feet + 0.2 * head),
                fill=(0, 0, 0, dark),
            )
    parts = (
        ((-0.85, 3.9, -0.1, 0.1), lit((52, 58, 86)), 0.2),
        ((0.1, 3.9, 0.85, 0.1), lit((46, 52, 78)), 0.2),
        ((-1.45, 6.1, -1.0, 3.2), lit((226, 178, 150)), 0.22),
        ((1.0, 6.1, 1.45, 3.2), lit((206, 158, 130)), 0.22),
        ((-1.1, 6.3, 1.1, 3.4), lit((196, 60, 66)), 0.45),
        ((-0.22, 6.7, 0.22, 6.1), lit((216, 168, 140)), 0.1),
        ((-0.48, 7.5, 0.48, 6.45), lit((232, 186, 158)), 0.48),
        ((-0.52, 7.62, 0.52, 7.1), lit((66, 46, 36)), 0.3),
        ((-0.95, 0.25, -0.05, -0.02), lit((34, 30, 30)), 0.1),
        ((0.05, 0.25, 0.95, -0.02), lit((30, 26, 26)), 0.1),
    )
    if fault.rim:
        for (x0, y0, x1, y1), _, round_ in parts:
            shape((x0 - 0.09, y0 + 0.09, x1 + 0.09, y1 - 0.09), (214, 240, 206), round_ + 0.05)
    for box, colour, round_ in parts:
        shape(box, colour, round_)
