"""The organiser's side of the service: figures, votes, payment, the end of a study."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from scenechange.ratings.records import Vote
from scenechange.ratings.service_removal import RemovalSide
from scenechange.ratings.views import Approval, Status

PAGE = 1000


class OrganisersSide(RemovalSide):
    """What the organiser's pages and commands call; see `scenechange.ratings.service.Service`."""

    def votes(self) -> Iterator[Vote]:
        """Every stored vote, test and gold, read a thousand at a time so that nobody waits for a slow reader."""
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

    def note_export(self, fields: Sequence[str]) -> None:
        """Remember, before a table leaves, which questions' answers are in it."""
        from scenechange.ratings.store.binding import note_export

        self._writer.write(lambda turn: note_export(turn.connection, fields), plans=True)

    def set_closed(self, closed: bool) -> None:
        """Refuse new sessions from now on, or take them again; sessions that run may go on."""
        from scenechange.ratings.store.binding import set_closed

        self._writer.write(lambda turn: set_closed(turn.connection, self._desk.day(), closed), plans=True)
