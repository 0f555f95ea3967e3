"""What the tests of the rating service share besides fixtures: a secret, a clock that stands, drawn pictures."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from PIL import Image

from scenechange.ratings.records import Item

SECRET = b"a secret for tests, 32 bytes long"
START = 1_800_000_000.0  # 2027-01-15 08:00 UTC
NEED = {"en": "To compare groups of viewers."}


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: float = START) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


def draw_item(folder: Path, name: str, number: int, **also: object) -> Item:
    """A little picture of noise, saved as PNG, and the item that describes it."""
    rng = np.random.default_rng(number)
    path = folder / f"{name}.png"
    Image.fromarray(rng.integers(0, 255, (24, 32, 3), dtype=np.uint8)).save(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    described = {"item": name, "system": "ours", "source": "s1", "path": path, "sha256": digest} | also
    return Item(**described)  # type: ignore[arg-type]
