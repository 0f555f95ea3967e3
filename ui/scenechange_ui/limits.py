"""How much the studio takes on, from one visitor and from all of them."""

from __future__ import annotations

from dataclasses import dataclass

from scenechange.errors import InputError


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one server.

    Attributes
    ----------
    visitors : int
        Visitors whose photos are held in memory at a time; each takes up to about 1 GB with two large photos.
    at_once : int
        Slow steps (cutting out, reading a place, full resolution) that run side by side, and as many quick ones. 2:
        more would only make each slower on a small machine.
    waiting : int
        Slow steps that may wait in line; beyond, visitors are told to come back.
    file_mb : int
        Largest upload in megabytes.
    megapixels : int
        Largest photo that is opened.
    long_side_px : int
        Larger photos are worked on at this size, longer side.
    screen_px : int
        Longer side of the live picture.
    idle_s : float
        Seconds without a sign of life after which a visitor's photos are forgotten.
    closed_s : float
        The same after the page was closed; a phone that sleeps for a moment comes back in time.
    """

    visitors: int = 8
    at_once: int = 2
    waiting: int = 16
    file_mb: int = 40
    megapixels: int = 100
    long_side_px: int = 6000
    screen_px: int = 1024
    idle_s: float = 1800.0
    closed_s: float = 300.0

    def __post_init__(self) -> None:
        for name in ("visitors", "at_once", "file_mb", "megapixels", "long_side_px", "screen_px"):
            if getattr(self, name) < 1:
                raise InputError(f"{name}: wanted 1 or more, got {getattr(self, name)}")
        if self.waiting < 0 or self.idle_s <= 0 or self.closed_s < 0:
            raise InputError("waiting, idle_s, closed_s: wanted no negative numbers")
