"""What the page can ask for. Each call names its visitor by a token; nothing is shared between two of them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import scenechange as sc
from scenechange.errors import (
    InputError,
    NobodyFoundError,
    OutputError,
    PhotoError,
    ScenechangeError,
    WeightsError,
)
from scenechange_ui import answers
from scenechange_ui.answers import Message
from scenechange_ui.limits import Limits
from scenechange_ui.session import Session
from scenechange_ui.sessions import FullHouseError, Sessions, UnknownVisitorError
from scenechange_ui.streaming import streamed

log = logging.getLogger("scenechange_ui")
ROLES = ("person", "place")
LABELS = {"en": "Composite picture", "fr": "Photomontage"}
# The page has its own words for each kind; the messages of the library speak to programs.
KINDS: tuple[tuple[type[Exception], str], ...] = (
    (UnknownVisitorError, "forgotten"),
    (FullHouseError, "full"),
    (PhotoError, "photo"),
    (NobodyFoundError, "nobody"),
    (WeightsError, "weights"),
    (OutputError, "output"),
    (InputError, "input"),
    (ScenechangeError, "input"),
    (MemoryError, "memory"),
)


def kind_of(error: Exception) -> str:
    """The page's name for what went wrong. What nobody foresaw is logged by type alone: no file name, no photo."""
    for kind, name in KINDS:
        if isinstance(error, kind):
            return name
    log.error("unforeseen %s", type(error).__name__, exc_info=False)
    return "unforeseen"


def answered(call: Callable[[Desk, Message], Message]) -> Callable[[Desk, Any], Message]:
    """A call whose errors become answers, so that the page can tell them in its own words."""

    def wrapped(self: Desk, message: Any) -> Message:
        try:
            return {"ok": True, **call(self, _checked(message))}
        except Exception as error:
            return {"ok": False, "error": kind_of(error)}

    wrapped.__name__, wrapped.__doc__ = call.__name__, call.__doc__
    return wrapped


def _checked(message: Any) -> Message:
    if not isinstance(message, Mapping):
        raise InputError(f"message: wanted an object, got {type(message).__name__}")
    return dict(message)


class Desk:
    """All calls of the page, over the visitors of one server."""

    def __init__(self, limits: Limits) -> None:
        self.limits, self.sessions = limits, Sessions(limits)
        self._hands = threading.BoundedSemaphore(limits.at_once)

    def welcome(self, label: str) -> tuple[Session, Message]:
        """A new visitor, and what their page needs to begin."""
        session = self.sessions.open(label)
        return session, {"token": session.token, "examples": answers.examples_answer(), "file_mb": self.limits.file_mb}

    def receive(self, form: Any) -> Message:
        """Take in the bytes of a photo: a form with token, role and one file. They stay in memory."""
        try:
            session = self.sessions.of(form.data.get("token"))
            role = form.data.get("role")
            if role not in ROLES or len(form.files) != 1:
                raise InputError("photo: wanted a role and one file")
            self.sessions.admit(session)
            with session.lock:
                session.inbox[role] = form.files[0][1]
        except Exception as error:
            return {"ok": False, "error": kind_of(error)}
        return {"ok": True}

    @answered
    def stand_in_line(self, message: Message) -> Message:
        """Take a ticket for a slow step; tells how many are ahead."""
        session = self.sessions.of(message.get("token"))
        if message.get("example"):
            self.sessions.admit(session)
        return {"ahead": self.sessions.stand_in_line(session)}

    @answered
    def mend(self, message: Message) -> Message:
        """The cut-out after a stroke of the brush, at screen size."""
        session, is_passing = self.sessions.of(message.get("token")), message.get("passing") is True
        with session.lock, self._hands:
            return answers.mended_answer(session.mend(message, is_passing), is_passing)

    @answered
    def compose(self, message: Message) -> Message:
        """The picture for a wish, at screen size."""
        session = self.sessions.of(message.get("token"))
        with session.lock, self._hands:
            return answers.picture_answer(session.compose(message))

    @answered
    def layers(self, message: Message) -> Message:
        """The layers that the page moves while one drags, and the numbers beside the picture."""
        session = self.sessions.of(message.get("token"))
        with session.lock, self._hands:
            composite = session.compose(message)
            return {**answers.layers_answer(composite), "readings": answers.readings_answer(composite)}

    @answered
    def plain(self, message: Message) -> Message:
        """The plain paste at the same place."""
        session = self.sessions.of(message.get("token"))
        with session.lock, self._hands:
            return answers.plain_answer(session.compose(message))

    @answered
    def places(self, message: Message) -> Message:
        """Other good places for the person, best first."""
        session = self.sessions.of(message.get("token"))
        with session.lock, self._hands:
            return {"places": session.places(message)}

    @answered
    def explain(self, message: Message) -> Message:
        """What may give the picture away."""
        session = self.sessions.of(message.get("token"))
        language = str(message.get("language"))
        with session.lock, self._hands:
            return answers.findings_answer(session.compose(message), language if language in LABELS else "en")

    @answered
    def forget(self, message: Message) -> Message:
        """Forget everything of this visitor; the page goes on with nothing."""
        session = self.sessions.of(message.get("token"))
        with session.lock:
            session.forget()
        return {}

    def work(self, message: Any) -> Iterator[Message]:
        """A slow step, told as it goes: messages with `step`, then one with the answer or the error."""
        ident = message.get("id") if isinstance(message, Mapping) else None
        session = None
        try:
            session = self.sessions.of(_checked(message).get("token"))
            task = {"person": self._person, "who": self._who, "place": self._place, "finish": self._finish}
            if message.get("task") not in task:
                raise InputError(f"task: wanted one of {', '.join(task)}")
            found: list[Message] = []
            chosen, visitor = task[message["task"]], session

            def locked(tell: Callable[[str], None]) -> Message:
                with visitor.lock:
                    return chosen(visitor, message, tell)

            for step in streamed(locked, found):
                yield {"id": ident, "step": step}
            yield {"id": ident, "ok": True, **found[0]}
        except Exception as error:
            yield {"id": ident, "ok": False, "error": kind_of(error)}
        finally:
            if session is not None:
                self.sessions.leave_line(session)

    def _person(self, session: Session, message: Message, tell: Callable[[str], None]) -> Message:
        tell("load")
        outlines = session.take_person(message.get("example"))
        if session.photo is None:
            raise InputError("person: wanted a photo")
        return answers.person_answer(session.photo, outlines, self.limits.screen_px)

    def _who(self, session: Session, message: Message, tell: Callable[[str], None]) -> Message:
        return answers.cutout_answer(session.cut_out(message, tell))

    def _place(self, session: Session, message: Message, tell: Callable[[str], None]) -> Message:
        scene = session.take_place(message.get("example"), tell)
        tell("compose")
        return {**answers.place_answer(scene), **answers.picture_answer(session.compose(message))}

    def _finish(self, session: Session, message: Message, tell: Callable[[str], None]) -> Message:
        """A file: the picture as JPEG or PNG, the recipe, or the cut-out. Without consent there is none."""
        wanted = message.get("file")
        if message.get("agreed") is not True:
            raise InputError("finish: wanted the word that everyone shown has agreed")
        if wanted == "recipe":
            text = sc.recipe_json(session.recipe_of(message))
            return answers.file_answer(text.encode(), "scenechange-recipe.json")
        if wanted == "cutout":
            if session.subject is None:
                raise InputError("cutout: wanted a person first")
            tell("save")
            return answers.cutout_file(session.subject.cutout)
        if wanted not in ("jpg", "png"):
            raise InputError("file: wanted jpg, png, recipe or cutout")
        composite = session.finish(message, tell)
        if message.get("disclosed") is True:
            label = LABELS.get(str(message.get("language")), LABELS["en"])
            composite = replace(composite, rgb=sc.disclosed(composite.rgb, label))
        tell("save")
        content = sc.encoded(composite, f".{wanted}", marked=message.get("marked") is True)
        return answers.file_answer(content, f"scenechange.{wanted}")
