"""What removes data: a worker's rights by receipt code, the end of the retention."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from scenechange.ratings.service_base import ServiceBase
from scenechange.ratings.views import Tombstone


class RemovalSide(ServiceBase):
    """Seeing, withdrawing, erasing, forgetting; see `scenechange.ratings.service.Service`."""

    def by_receipt(self, code: str) -> dict[str, Any]:
        """All that is stored of a session, as values for JSON; UnknownReceiptError where there is none."""
        from scenechange.ratings.store.reading import everything_of

        return self._read(lambda connection: everything_of(connection, self._desk, code))

    def withdraw(self, code: str) -> Tombstone:
        """Delete a session's votes and answers; that it took part stays, so that it can be paid."""
        from scenechange.ratings.store import rights

        return self._remove(lambda turn: rights.withdraw(turn, self._desk, code))

    def erase(self, code: str) -> Tombstone:
        """Delete everything stored of a session, also from the files' free space."""
        from scenechange.ratings.store import rights

        return self._remove(lambda turn: rights.erase(turn, self._desk, code))

    def purge_expired(self) -> int:
        """Cut votes from their workers for all sessions past the retention; how many there were. Call it daily."""
        from scenechange.ratings.store import rights

        number = self._writer.write(lambda turn: rights.purge_expired(turn, self._desk))
        self.scrub()
        return number

    def _remove(self, act: Callable[..., Tombstone]) -> Tombstone:
        tombstone: Any = self._writer.write(act)
        return replace(tombstone, complete=self.scrub())
