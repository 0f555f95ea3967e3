"""The workers' side of the service: from the invitation to the codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scenechange.ratings.keys import new_token
from scenechange.ratings.records import Answer, Task, Trial
from scenechange.ratings.service_base import ServiceBase
from scenechange.ratings.views import Asked, Completion, Receipt, SessionView, Standing


class WorkersSide(ServiceBase):
    """What workers' pages call; see `scenechange.ratings.service.Service`."""

    def open_session(self, platform_ids: Mapping[str, str] | None = None, team: str = "", language: str = "") -> str:
        """A new session's token; for a participant the platform sent before, the token of the same session.

        Parameters
        ----------
        platform_ids : mapping of str to str or None
            What the platform put into the address, such as ``PROLIFIC_PID`` or ``workerId``; only a keyed hash of the
            participant is kept.
        team : str
            Team of a peer rater, whose own pictures are not shown.
        language : str
            Of the pages, one of the study's, or empty.

        Returns
        -------
        str
            22 letters that suit a link. It is stored as a keyed hash only and cannot be found again.

        Raises
        ------
        ClosedStudyError
            The organiser closed the study.
        """
        from scenechange.ratings.store import passage

        mark = passage.participant_mark(self._desk, platform_ids or {})
        visit = passage.visit_of(self._desk, platform_ids or {})
        token = passage.invited_token(self._desk, platform_ids or {}) or new_token()
        return self._writer.write(
            lambda turn: passage.open_session(turn, self._desk, mark, visit, team, language, token),
            order=mark or token,
            plans=bool(mark),
        )

    def view(self, token: str) -> SessionView:
        """Where the session of a link is.

        Raises
        ------
        UnknownSessionError
            Nobody has this link.
        """
        from scenechange.ratings.store.reading import view

        return self._read(lambda connection: view(connection, self._desk, token))

    def set_language(self, token: str, code: str) -> None:
        """Remember the language of a worker's pages; InputError where the study does not have it."""
        from scenechange.ratings.store import passage

        self._write(token, lambda turn: passage.set_language(turn, self._desk, token, code))

    def consent(self, token: str, agreed: frozenset[str], answers: Mapping[str, str]) -> None:
        """Store what a worker agreed to and answered, and go on to the checks or instructions.

        Parameters
        ----------
        token : str
            The session's.
        agreed : frozenset of str
            Names of the fields that may be collected; all that are not optional must be among them.
        answers : mapping of str to str
            Field to chosen option, for fields that are asked for and were agreed to.

        Raises
        ------
        InputError
            Names the field that is missing, unknown or answered off the list.
        WrongStateError
            The session was refused before.
        """
        from scenechange.ratings.store import passage

        self._write(token, lambda turn: passage.consent(turn, self._desk, token, agreed, answers))

    def refuse(self, token: str) -> None:
        """End a session at the worker's wish before the first trial; nothing answered is kept."""
        from scenechange.ratings.store import passage

        self._write(token, lambda turn: passage.refuse(turn, self._desk, token))

    def passed_checks(self, token: str, window_px: str | None = None) -> None:
        """Go on from the checks. The window's size (``"1366x768"``) is kept in whole hundreds if agreed to."""
        from scenechange.ratings.store import passage

        self._write(token, lambda turn: passage.passed_checks(turn, self._desk, token, window_px))

    def failed_checks(self, token: str) -> None:
        """End a session whose device or eyes did not pass; nothing of why is kept."""
        from scenechange.ratings.store import passage

        self._write(token, lambda turn: passage.refuse(turn, self._desk, token))

    def start_training(self, token: str) -> None:
        """Go on from the instructions to the training, or straight to the trials where there is none."""
        from scenechange.ratings.designs import training_tasks
        from scenechange.ratings.store import trials

        plans = not training_tasks(self.study)
        self._write(token, lambda turn: trials.start_training(turn, self._desk, token), plans)

    def start_trials(self, token: str) -> None:
        """Go on from the finished training to the trials, which are planned now."""
        from scenechange.ratings.store import trials

        self._write(token, lambda turn: trials.start_trials(turn, self._desk, token), plans=True)

    # --- trials

    def current_trial(self, token: str) -> Trial | None:
        """The trial that is due, the same one until it is answered; None where all are, or none is due yet."""
        return self.standing(token).trial

    def asked(self, token: str, trial: str, key: str = "") -> Asked:
        """What an answer that has come in belongs to; give it to `vote`, which then need not look again.

        Parameters
        ----------
        token, trial, key : str
            As in `vote`.

        Raises
        ------
        UnknownSessionError
            Nobody has this link.
        WrongStateError
            Another trial is due, or this one was taken back.
        """
        from scenechange.ratings.store.reading import before_answer

        return self._read(lambda connection: before_answer(connection, self._desk, token, trial, key[:64]))

    def standing(self, token: str) -> Standing:
        """`view`, `current_trial` and what comes after it at one look."""
        from scenechange.ratings.store import reading, trials

        found, stale = self._read(lambda connection: reading.standing(connection, self._desk, token))
        if stale:
            self._write(token, lambda turn: trials.renew(turn, self._desk, token))
        return found

    def vote(
        self, token: str, trial: str, answer: Answer, response_ms: int | None, key: str, asked: Asked | None = None
    ) -> Receipt:
        """Store an answer exactly once.

        Parameters
        ----------
        token, trial : str
            Of the session, and `Trial.trial`.
        answer : Answer
            What the worker said.
        response_ms : int or None
            Kept only where the study collects it and the worker agreed.
        key : str
            Idempotency key of this page, at most 64 letters; empty for none.
        asked : Asked or None
            What `asked` said of the same trial a moment ago.

        Returns
        -------
        Receipt
            Of the first answer that was stored for this trial or this key.

        Raises
        ------
        InputError
            The design does not allow this answer.
        WrongStateError
            The trial is not due, or its answer was taken back.
        """
        from scenechange.ratings.store import trials

        seen = [asked.row] if asked else []

        def act(turn: Any) -> Receipt:
            # Tried again, after another act broke the transaction, it looks anew.
            row = seen.pop() if seen else None
            return trials.cast(turn, self._desk, token, trial, answer, response_ms, key[:64], row)

        return self._write(token, act)

    def undo(self, token: str) -> Trial | None:
        """Take the last vote back and reopen its trial; twice in a row changes nothing. The trial that is due then."""
        from scenechange.ratings.store import trials

        self._write(token, lambda turn: trials.undo(turn, self._desk, token))
        return self.current_trial(token)

    def finish(self, token: str) -> Completion:
        """The codes of a session whose last vote is stored; the same codes whenever asked again.

        Raises
        ------
        WrongStateError
            Trials are left.
        """
        from scenechange.ratings.store import trials

        return self._write(token, lambda turn: trials.finish(turn, self._desk, token))

    def receipt_code(self, token: str) -> str:
        """The receipt code of a session, at any time, so that who stops half-way has the same rights."""
        self.view(token)
        return self._keys.receipt(token)

    def expected(self, task: Task) -> str:
        """The known answer of a training or gold task, empty where there is none."""
        from scenechange.ratings.answers import expected_of

        return expected_of(self.study, task)

    # --- pictures

    def picture_token(self, item: str) -> str:
        """Opaque name of a picture for links."""
        return self._pictures.token(item)

    def picture_at_hand(self, token: str) -> tuple[bytes, str] | None:
        """What `picture` gives, where that needs no reading; None otherwise."""
        return self._pictures.at_hand(token)

    def picture(self, token: str) -> tuple[bytes, str]:
        """A picture without its metadata, and its media type.

        Raises
        ------
        UnknownPictureError
            No picture has this name.
        PhotoError
            The file is not the one of the study file any more, or cannot be read.
        """
        return self._pictures.read(token)
