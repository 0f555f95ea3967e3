"""The organiser's side of the service: figures, votes, payment, the end of a study."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from scenechange.ratings.anonymity import ExportRecord
from scenechange.ratings.records import Vote
from scenechange.ratings.service_removal import RemovalSide
from scenechange.ratings.views import Approval, Status

PAGE = 1000


class OrganisersSide(RemovalSide):
    """What the organiser's pages and commands call; see `scenechange.ratings.service.Service`."""

    def votes(self) -> Iterator[Vote]:
        """Every stored vote, test and gold, read a thousand at a time so that nobody waits for a slow reader.

        Whatever was acknowledged before the first page is asked for is among them. On PostgreSQL a vote that is stored
        meanwhile may be missing though a later one is there, for numbers are given out before the commit; no reading
        goes on from where another ended, so the next one has both.
        """
        from scenechange.ratings.store.reading import votes_after

        after = 0
        while True:
            page, after = self._read(partial(votes_after, after=after, limit=PAGE))
            yield from page
            if len(page) < PAGE:
                return

    def responses(self) -> Mapping[str, Mapping[str, str]]:
        """Answers to the study's own questions, by the random name of the session."""
        from scenechange.ratings.store.reading import raters_with_responses

        return self._read(raters_with_responses)

    def status(self) -> Status:
        """The study in figures."""
        from scenechange.ratings.store.reading import status

        return self._read(lambda connection: status(connection, self._desk))

    def is_complete(self) -> bool:
        """Whether every test picture (pair, original; best-worst: every picture) has its `Study.votes_per_item`."""
        from scenechange.ratings.store.goal import fewest_votes

        return self._read(lambda connection: fewest_votes(connection, self.study)) >= self.study.votes_per_item

    def is_closed(self) -> bool:
        """Whether new sessions are refused."""
        from scenechange.ratings.store.binding import is_closed

        return self._read(is_closed)

    def payments(self) -> Mapping[str, int]:
        """How many payment rows stand how: open, done, refused."""
        from scenechange.ratings.store.payments import standings

        return self._read(standings)

    def approve(self, participants: Sequence[str] | None = None) -> Approval:
        """Delete the payment rows of finished sessions: of these participants, or of all."""
        from scenechange.ratings.store import payments

        approval = self._writer.write(lambda turn: payments.approve(turn, self._desk, participants))
        self.scrub()
        return approval

    def exported_fields(self) -> tuple[str, ...]:
        """The questions whose answers left with any export so far."""
        from scenechange.ratings.store.binding import exported_fields

        return self._read(exported_fields)

    def last_export(self) -> ExportRecord | None:
        """How many raters of which answers left with the last export that had answers; no names."""
        from scenechange.ratings.store.binding import last_export

        return self._read(last_export)

    def removals(self) -> int:
        """How many sessions were erased, withdrawn or past their retention so far."""
        from scenechange.ratings.store.binding import removals

        return self._read(removals)

    def note_export(self, record: ExportRecord) -> None:
        """Remember, before a table leaves, which questions' answers are in it, and how many raters gave which."""
        from scenechange.ratings.store.binding import note_export

        self._writer.write(lambda turn: note_export(turn.connection, record), plans=True)

    def set_closed(self, closed: bool) -> None:
        """Refuse new sessions from now on, or take them again; sessions that run may go on."""
        from scenechange.ratings.store.binding import set_closed

        self._writer.write(lambda turn: set_closed(turn.connection, self._desk.day(), closed), plans=True)
