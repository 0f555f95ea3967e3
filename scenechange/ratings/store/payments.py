"""Payment rows: who of the platform's participants is done, without storing who they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, select

from scenechange.ratings.store.desk import Desk
from scenechange.ratings.store.due import now_due
from scenechange.ratings.store.passage import PARTICIPANT, participant_mark
from scenechange.ratings.store.tables import payment
from scenechange.ratings.store.writer import Turn
from scenechange.ratings.views import Approval


def standings(connection: Connection) -> dict[str, int]:
    """Payment rows by standing."""
    rows = connection.execute(select(payment.c.standing, func.count()).group_by(payment.c.standing))
    return {row[0]: row[1] for row in rows}


def approve(turn: Turn, desk: Desk, participants: Sequence[str] | None) -> Approval:
    """Standing of participants, and deletion of the rows of those who are done.

    Parameters
    ----------
    participants : sequence of str or None
        Ids as the platform gives them; None means everybody, and then nothing is looked up.
    """
    found = turn.connection.execute(select(payment.c.participant_mark, payment.c.standing))
    rows = {row[0]: row[1] for row in found}
    name = PARTICIPANT.get(desk.study.platform, "")
    marks = [participant_mark(desk, {name: one.strip()}) for one in participants or ()]
    standing = tuple(rows.get(mark, "unknown") for mark in marks)
    gone = [mark for mark in (rows if participants is None else dict.fromkeys(marks)) if rows.get(mark) == "done"]
    for mark in gone:
        turn.connection.execute(delete(payment).where(payment.c.participant_mark == mark))
    if gone:
        now_due(turn.connection)
        desk.note(turn.connection, "approve", len(gone))
    left = Counter(rows[mark] for mark in rows.keys() - set(gone))
    return Approval(standing, len(gone), dict(left))
