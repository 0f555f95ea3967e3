"""Ways through a study, for tests of the rating service."""

from __future__ import annotations

from collections.abc import Callable

from scenechange.ratings.records import Answer, Task, Trial
from scenechange.ratings.service import Service

Choose = Callable[[Task], str]

AGREED = frozenset({"response_ms", "hand", "glasses"})
CHOSEN = {"hand": "left", "glasses": "no"}


def walk_to_trials(service: Service, token: str) -> None:
    """Take a session through consent and training."""
    names = {field.name for field in service.study.fields}
    service.consent(token, AGREED & names, {k: v for k, v in CHOSEN.items() if k in names})
    service.start_training(token)
    while service.view(token).state == "training" and (trial := service.current_trial(token)):
        service.vote(token, trial.trial, answer_to(trial), 900, "")
    service.start_trials(token)


def answer_to(trial: Trial, score: int = 3, choose: Choose = lambda task: task.items[0]) -> Answer:
    """Some legal answer: a score, or what is chosen; of a set that is the best, and another the worst."""
    shown = trial.task.items
    if len(shown) == 1:
        return Answer(score=score)
    chosen = choose(trial.task)
    if len(shown) == 2:
        return Answer(chosen=chosen)
    return Answer(best=chosen, worst=next(item for item in sorted(shown, reverse=True) if item != chosen))


def walk(
    service: Service,
    token: str,
    votes: int | None = None,
    score: int = 3,
    choose: Choose = lambda task: task.items[0],
) -> None:
    """Take a session through its trials, or through so many of them, without finishing."""
    walk_to_trials(service, token)
    number = 0
    while (votes is None or number < votes) and (trial := service.current_trial(token)):
        service.vote(token, trial.trial, answer_to(trial, score, choose), 1500, f"key-{number}")
        number += 1
