"""Whether a study has the votes it asked for."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, func, select

from scenechange.ratings.records import Kind, Study
from scenechange.ratings.store.tables import trial

_ANSWERED = select(trial.c.unit, func.count()).where(trial.c.counts, trial.c.done).group_by(trial.c.unit)


def fewest_votes(connection: Connection, study: Study) -> int:
    """Votes of the test unit that has fewest, second showings not counted; best-worst: showings of an item.

    What was withdrawn or erased counts no longer. Read from an index, so that it may be asked often.
    """
    from scenechange.ratings.designs import all_units

    answered: Counter[str] = Counter({row[0]: row[1] for row in connection.execute(_ANSWERED)})
    if study.design.kind is not Kind.BEST_WORST:
        return min((answered[task.unit] for task in all_units(study)), default=0)
    shown: Counter[str] = Counter()
    for task in all_units(study):
        shown.update(dict.fromkeys(task.items, answered[task.unit]))
    return min(shown.values(), default=0)
