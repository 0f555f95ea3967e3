"""Tables of finished composites: one row a picture, with columns name, composite and mask."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scenechange.errors import InputError

if TYPE_CHECKING:
    from scenechange.types import Mask, Photo

COLUMNS = {"name", "composite", "mask"}


@dataclass(frozen=True, slots=True)
class Row:
    """One finished composite: a plain name, its picture and its mask."""

    name: str
    composite: Path
    mask: Path


def rows_of(manifest: Path) -> list[Row]:
    """The rows of a CSV file; paths are relative to it.

    Raises
    ------
    InputError
        Where it cannot be read, lacks a column or a row, or a name is no plain file name.
    """
    try:
        with manifest.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{manifest}: wanted a readable CSV file, got: {error}") from None
    missing = COLUMNS - set(rows[0] if rows else ())
    if missing:
        raise InputError(
            f"{manifest}: wanted rows with columns name, composite, mask; missing: {', '.join(sorted(missing))}"
        )
    for row in rows:
        if not row["name"] or Path(row["name"]).name != row["name"]:
            raise InputError(f"{manifest}: wanted a plain file name in column name, got {row['name']!r}")
        if not row["composite"] or not row["mask"]:
            raise InputError(f"{manifest}: wanted a composite and a mask in row {row['name']!r}, got an empty cell")
    base = manifest.parent
    return [Row(row["name"], base / row["composite"], base / row["mask"]) for row in rows]


def composite_and_mask(composite: Path, mask: Path) -> tuple[Photo, Mask]:
    """A finished picture and its mask from their files; the mask's numbers are opacity, not light."""
    from scenechange import io
    from scenechange.math.colour import luminance, srgb_from_linear
    from scenechange.types import Mask

    photo, grey = io.load_photo(composite), io.load_photo(mask)
    if photo.size_hw != grey.size_hw:
        raise InputError(f"{mask}: wanted a mask of size {photo.size_hw}, got {grey.size_hw}")
    return photo, Mask(srgb_from_linear(luminance(grey.rgb))[0].contiguous())
