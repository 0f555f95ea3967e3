"""From a form to an answer. Forms name pictures by their place on the page, never by what made them."""

from __future__ import annotations

from scenechange.errors import InputError
from scenechange.ratings.records import Answer, Design, Kind, Task

TIE = "tie"
LONGEST_MS = 3_600_000


def answer_of(design: Design, task: Task, score: str, chosen: str, best: str, worst: str) -> Answer:
    """The answer that a form gives to a task.

    Parameters
    ----------
    design : Design
        What was asked.
    task : Task
        What was shown: places count in its order, from 0.
    score, chosen, best, worst : str
        As sent; those that the design does not ask for are not looked at.

    Raises
    ------
    InputError
        Nothing chosen, or something that was not on the page.
    """
    if design.kind in (Kind.ACR, Kind.DCR):
        return Answer(score=_place(score, "score", design.points + 1))
    if design.kind in (Kind.PAIR, Kind.WHO):
        if chosen == TIE and design.ties and design.kind is Kind.PAIR:
            return Answer(chosen="")
        return Answer(chosen=task.items[_place(chosen, "chosen", len(task.items))])
    first, last = (_place(text, name, len(task.items)) for text, name in ((best, "best"), (worst, "worst")))
    return Answer(best=task.items[first], worst=task.items[last])


def _place(text: str, name: str, end: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 3 and int(text) < end):
        raise InputError(f"{name}: wanted one of the choices on the page, got {text[:20]!r}; go back and choose")
    return int(text)


def response_ms_of(text: str) -> int | None:
    """Milliseconds that the page measured, None where it could not: no script, or nonsense."""
    if text.isascii() and text.isdigit() and len(text) <= 8 and int(text) <= LONGEST_MS:
        return int(text)
    return None


def window_of(text: str) -> tuple[int, int] | None:
    """Width and height in CSS pixels from ``"1366x768"``; None for anything else."""
    width, _, height = text.partition("x")
    if all(side.isascii() and side.isdigit() and len(side) <= 5 for side in (width, height)):
        return int(width), int(height)
    return None
