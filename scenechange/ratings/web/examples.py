"""Examples for the instructions, and what is said after a training trial: both from training items with an answer."""

from __future__ import annotations

from dataclasses import dataclass

from scenechange.ratings.answers import expected_of, is_expected, score_range
from scenechange.ratings.designs import training_tasks
from scenechange.ratings.records import Answer, Kind, Task
from scenechange.ratings.web.rendering import text_in
from scenechange.ratings.web.site import Site

MOST = 2


@dataclass(frozen=True, slots=True)
class Example:
    """A training task with its answer.

    Attributes
    ----------
    pictures : tuple of str
        Addresses, in the order shown; a reference first.
    reference : bool
        Whether the first picture is the original.
    scores : tuple of (int, str)
        Expected scores with their labels; empty for comparisons.
    chosen : int or None
        Place of the expected picture from 0, a reference not counted; None where it is a score or a tie.
    met : bool or None
        Whether an answer met it; None for an example nobody answered.
    """

    pictures: tuple[str, ...]
    reference: bool
    scores: tuple[tuple[int, str], ...]
    chosen: int | None
    met: bool | None = None


def example(site: Site, task: Task, language: str, answer: Answer | None = None) -> Example | None:
    """A training task explained, None where the study does not know its answer."""
    known = expected_of(site.study, task)
    if not known:
        return None
    shown = ((task.reference,) if task.reference else ()) + task.items
    scores: tuple[tuple[int, str], ...] = ()
    if site.study.design.kind in (Kind.ACR, Kind.DCR):
        labels = text_in(site.study.labels, language)
        low, high = score_range(known)
        scores = tuple((score, labels[score - 1]) for score in range(low, high + 1))
    return Example(
        tuple(picture_url(site, item) for item in shown),
        bool(task.reference),
        scores,
        task.items.index(known) if known in task.items else None,
        None if answer is None else is_expected(site.study, task, answer),
    )


def examples_of(site: Site, language: str) -> list[Example]:
    """The examples of the instructions: of the training tasks the lowest and the highest, or just the first."""
    known = [task for task in training_tasks(site.study) if expected_of(site.study, task)]
    if site.study.design.kind in (Kind.ACR, Kind.DCR):
        known.sort(key=lambda task: score_range(expected_of(site.study, task)))
        known = list(dict.fromkeys((known[0], known[-1]))) if known else []
    else:
        known = known[:1]
    return [found for task in known[:MOST] if (found := example(site, task, language))]


def picture_url(site: Site, item: str) -> str:
    """Address of an item's picture; it says nothing of what made it."""
    return f"{site.root}/p/{site.service.picture_token(item)}"
