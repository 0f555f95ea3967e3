"""The cut-out at screen size while somebody paints over it: each stroke costs itself, not those before it."""

from __future__ import annotations

import scenechange as sc
from scenechange.types import Cutout, Photo, Stroke

KEPT = 8
"""Steps that are remembered, so that undoing is at once; each holds a cut-out of screen size."""


class Drafts:
    """A cut-out and what the last strokes made of it.

    Parameters
    ----------
    of : str
        Who was asked for; whoever asks for somebody else needs other drafts.
    photo, cutout : Photo, Cutout
        At screen size, before any stroke.
    """

    def __init__(self, of: str, photo: Photo, cutout: Cutout) -> None:
        self.of, self.photo, self._first = of, photo, cutout
        self._steps: list[tuple[tuple[Stroke, ...], Cutout]] = []

    def mended(self, strokes: tuple[Stroke, ...], is_passing: bool = False) -> Cutout:
        """The cut-out with these strokes followed, from the longest part of them that is known already.

        `is_passing` is for a stroke that is still being drawn: it is not remembered.
        """
        known: tuple[Stroke, ...] = ()
        cutout = self._first
        for done, found in self._steps:
            if len(known) < len(done) and strokes[: len(done)] == done:
                known, cutout = done, found
        cutout = sc.mend(self.photo, cutout, strokes[len(known) :])
        if not is_passing and known != strokes:
            self._steps = [*self._steps[1 - KEPT :], (strokes, cutout)]
        return cutout
