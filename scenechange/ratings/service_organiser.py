"""The organiser's side of the service: figures, votes, payment, the end of a study."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

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
            with self._reader() as connection:
                page, after = votes_after(connection, after, PAGE)
            yield from page
            if len(page) < PAGE:
                return

    def responses(self) -> Mapping[str, Mapping[str, str]]:
        """Answers to the study's own questions, by the random name of the session."""
        from scenechange.ratings.store.reading import raters_with_responses

        with self._reader() as connection:
            return raters_with_responses(connection)

    def status(self) -> Status:
        """The study in figures."""
        from scenechange.ratings.store.reading import status

        with self._reader() as connection:
            return status(connection, self._desk)

    def payments(self) -> Mapping[str, int]:
        """How many payment rows stand how: open, done, refused."""
        from scenechange.ratings.store.payments import standings

        with self._reader() as connection:
            return standings(connection)

    def approve(self, participants: Sequence[str] | None = None) -> Approval:
        """Delete the payment rows of finished sessions: of these participants, or of all."""
        from scenechange.ratings.store import payments

        approval = self._writer.write(lambda turn: payments.approve(turn, self._desk, participants))
        self.scrub()
        return approval

    def exported_fields(self) -> tuple[str, ...]:
        """The questions whose answers left with any export so far."""
        from scenechange.ratings.store.binding import exported_fields

        with self._reader() as connection:
            return exported_fields(connection)

    def note_export(self, fields: Sequence[str]) -> None:
        """Remember, before a table leaves, which questions' answers are in it."""
        from scenechange.ratings.store.binding import note_export

        self._writer.write(lambda turn: note_export(turn.connection, fields), plans=True)

    def set_closed(self, closed: bool) -> None:
        """Refuse new sessions from now on, or take them again; sessions that run may go on."""
        from scenechange.ratings.store.binding import set_closed

        self._writer.write(lambda turn: set_closed(turn.connection, self._desk.day(), closed), plans=True)
