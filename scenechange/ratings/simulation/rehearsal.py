"""Many synthetic raters on the real pages at once, and whether the figures found what they felt."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from scenechange.errors import ScenechangeError
from scenechange.ratings.records import Study
from scenechange.ratings.simulation.raters import Habit, Rater
from scenechange.ratings.simulation.walk import Sight, Walked, walk


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What became of all raters.

    Attributes
    ----------
    raters : int
        Sent in.
    careless : int
        Of them, those who do not look.
    finished : int
        Sessions that reached the completion page; raters who came by the same link for one person share one.
    votes : int
        Trials with an acknowledged answer, training included, also of those who did not finish.
    codes : tuple of str
        Completion codes seen.
    faults : tuple of str
        What stopped those who did not finish, each kind once.
    seconds : float
        Wall-clock time.
    """

    raters: int
    careless: int
    finished: int
    votes: int
    codes: tuple[str, ...]
    faults: tuple[str, ...]
    seconds: float


def rehearse(
    links: Sequence[str],
    study: Study,
    raters: Sequence[Rater],
    quality: Mapping[str, float],
    seed: int = 0,
    *,
    at_once: int = 8,
    pause_s: float = 0.0,
    on_rater: Callable[[], None] = lambda: None,
) -> Rehearsal:
    """Send raters through the pages.

    Parameters
    ----------
    links : sequence of str
        One invitation a rater, or one open invitation for all.
    study, raters, quality
        See `walk`.
    seed : int
        Of all noise.
    at_once : int
        How many walk at the same time.
    pause_s : float
        Waited before each vote.
    on_rater : callable
        Called after each rater, from its thread.
    """
    sight, began, lock = Sight(study), time.monotonic(), threading.Lock()
    faults: dict[str, None] = {}
    answered: set[str] = set()

    def one(k: int) -> Walked | None:
        try:
            return walk(
                links[k % len(links)],
                study,
                raters[k],
                quality,
                sight,
                seed + k,
                pause_s=pause_s,
                acknowledged=lambda trial, _: answered.add(trial),
            )
        except ScenechangeError as error:
            with lock:
                faults[str(error)] = None
            return None
        finally:
            on_rater()

    with ThreadPoolExecutor(max(1, min(at_once, len(raters)))) as pool:
        done = [walked for walked in pool.map(one, range(len(raters))) if walked is not None]
    sessions = {walked.session for walked in done}
    if len(sessions) < len(done):
        faults[
            f"{len(done)} raters shared {len(sessions)} session(s): a link for one person is always the same session; "
            "give --link once for each rater, or use the link for everybody"
        ] = None
    return Rehearsal(
        len(raters),
        sum(r.habit is not Habit.HONEST for r in raters),
        len(sessions),
        len(answered),
        tuple(sorted({w.completion_code for w in done if w.completion_code})),
        tuple(faults),
        time.monotonic() - began,
    )
