"""Ways through a study, for tests of the rating service."""

from __future__ import annotations

from scenechange.ratings.records import Answer, Trial
from scenechange.ratings.service import Service

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


def answer_to(trial: Trial, score: int = 3) -> Answer:
    """Some legal answer."""
    return Answer(score=score) if len(trial.task.items) == 1 else Answer(chosen=trial.task.items[0])


def walk(service: Service, token: str, votes: int | None = None, score: int = 3) -> None:
    """Take a session through its trials, or through so many of them, without finishing."""
    walk_to_trials(service, token)
    number = 0
    while (votes is None or number < votes) and (trial := service.current_trial(token)):
        service.vote(token, trial.trial, answer_to(trial, score), 1500, f"key-{number}")
        number += 1
