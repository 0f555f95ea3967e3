"""A source that has nothing for us: the errors that mean 'ask the next source'."""

from __future__ import annotations


class Unavailable(Exception):  # noqa: N818 - a state of the source, not a fault of ours
    """A source does not answer, or answers with something else; the message is half a sentence for the reader."""


class Silent(Unavailable):
    """Nobody answers there at all, so there is no use in asking for the next file either."""
