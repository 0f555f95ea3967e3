"""Visitors of the studio: kept apart, counted, and forgotten. No network, no browser."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from scenechange_ui.desk import Desk, kind_of
from scenechange_ui.limits import Limits
from scenechange_ui.sessions import FullHouseError, Sessions, UnknownVisitorError
from scenechange_ui.streaming import streamed

import scenechange as sc
from scenechange import registry, weights


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def form(token: str, role: str, content: bytes) -> SimpleNamespace:
    """What gradio hands over when a page sends a file."""
    return SimpleNamespace(data={"token": token, "role": role}, files=[("ignored-name.jpg", content)])


def picture_bytes(level: float = 0.5, size: tuple[int, int] = (30, 40)) -> bytes:
    return sc.encoded(torch.full((3, *size), level), ".png")


def test_each_visitor_has_a_secret_of_their_own() -> None:
    sessions = Sessions(Limits())
    one, two = sessions.open("a"), sessions.open("b")
    assert one.token != two.token
    assert len(one.token) >= 32
    assert sessions.of(one.token) is one
    for wrong in ("", None, 7, one.token[:-1]):
        with pytest.raises(UnknownVisitorError):
            sessions.of(wrong)


def test_a_closed_page_is_forgotten_after_a_moment_unless_it_comes_back() -> None:
    clock, limits = Clock(), Limits(closed_s=60, idle_s=1000)
    sessions = Sessions(limits, clock)
    gone, back = sessions.open("gone"), sessions.open("back")
    gone.inbox["person"] = b"photo"
    sessions.closed("gone")
    sessions.closed("back")
    clock.time = 50
    sessions.of(back.token)
    clock.time = 120
    sessions.sweep()
    assert len(sessions) == 1
    assert not gone.holds_photos
    assert sessions.of(back.token) is back


def test_an_idle_visitor_is_forgotten_but_not_one_in_line() -> None:
    clock = Clock()
    sessions = Sessions(Limits(idle_s=100), clock)
    idle, busy = sessions.open("idle"), sessions.open("busy")
    sessions.stand_in_line(busy)
    clock.time = 101
    sessions.sweep()
    with pytest.raises(UnknownVisitorError):
        sessions.of(idle.token)
    assert sessions.of(busy.token) is busy


def test_no_more_photos_are_held_than_the_limit_says() -> None:
    sessions = Sessions(Limits(visitors=1))
    one, two = sessions.open("one"), sessions.open("two")
    one.inbox["person"] = b"photo"
    sessions.admit(one)
    with pytest.raises(FullHouseError):
        sessions.admit(two)
    one.forget()
    sessions.admit(two)


def test_who_closed_the_page_makes_room_for_who_comes() -> None:
    clock = Clock()
    sessions = Sessions(Limits(visitors=2, closed_s=1000), clock)
    first, second, here = (sessions.open(name) for name in ("first", "second", "here"))
    for number, visitor in enumerate((first, second)):
        visitor.inbox["person"] = b"photo"
        clock.time = float(number)
        sessions.closed(visitor.label)
    sessions.admit(here)
    assert not first.holds_photos
    assert second.holds_photos


def test_the_line_has_an_end_and_tells_how_many_are_ahead() -> None:
    clock = Clock()
    sessions = Sessions(Limits(at_once=1, waiting=1), clock)
    one, two, three = (sessions.open(name) for name in ("one", "two", "three"))
    assert sessions.stand_in_line(one) == 0
    assert sessions.stand_in_line(two) == 1
    with pytest.raises(FullHouseError):
        sessions.stand_in_line(three)
    sessions.leave_line(one)
    assert sessions.stand_in_line(three) == 1
    clock.time = 10_000  # tickets that nobody used are void
    assert sessions.stand_in_line(one) == 0


def test_limits_that_cannot_be_are_refused() -> None:
    for wrong in ({"visitors": 0}, {"file_mb": 0}, {"waiting": -1}, {"idle_s": 0.0}):
        with pytest.raises(sc.InputError):
            Limits(**wrong)


def test_steps_are_told_in_order_and_errors_come_through() -> None:
    def work(tell):
        tell("one")
        raise ValueError("two")

    steps = streamed(work, [])
    assert next(steps) == "one"
    with pytest.raises(ValueError, match="two"):
        next(steps)


def test_a_desk_answers_in_kinds_and_never_with_names() -> None:
    desk = Desk(Limits())
    session, message = desk.welcome("page")
    assert message["token"] == session.token
    assert desk.compose({"token": "stolen"}) == {"ok": False, "error": "forgotten"}
    assert desk.compose({"token": session.token}) == {"ok": False, "error": "input"}
    assert desk.compose("nonsense") == {"ok": False, "error": "input"}
    assert desk.receive(form("stolen", "person", b"x")) == {"ok": False, "error": "forgotten"}
    assert desk.receive(form(session.token, "../etc", b"x")) == {"ok": False, "error": "input"}
    assert desk.receive(form(session.token, "person", b"not a photo")) == {"ok": True}
    *steps, last = desk.work({"id": "7", "token": session.token, "task": "person"})
    assert steps == [{"id": "7", "step": "load"}]
    assert last == {"id": "7", "ok": False, "error": "photo"}
    assert list(desk.work({"id": "8", "token": session.token, "task": "format disk"}))[-1]["error"] == "input"
    assert list(desk.work("nonsense"))[-1]["error"] == "input"


def test_an_example_is_only_what_the_manifest_shows() -> None:
    desk = Desk(Limits())
    session, _ = desk.welcome("page")
    for name in ("../../etc/passwd", "isnet", 7):
        last = list(desk.work({"token": session.token, "task": "person", "example": name}))[-1]
        assert last["error"] == "input"


def test_what_nobody_foresaw_is_logged_by_type_alone(caplog: pytest.LogCaptureFixture) -> None:
    assert kind_of(RuntimeError("holiday-2026.jpg of Jane")) == "unforeseen"
    assert "RuntimeError" in caplog.text
    assert "holiday" not in caplog.text
    assert "Jane" not in caplog.text


def test_forgetting_lets_go_of_everything() -> None:
    desk = Desk(Limits())
    session, _ = desk.welcome("page")
    desk.receive(form(session.token, "person", picture_bytes()))
    assert session.holds_photos
    assert desk.forget({"token": session.token}) == {"ok": True}
    assert not session.holds_photos


def test_no_file_is_given_without_consent() -> None:
    desk = Desk(Limits())
    session, _ = desk.welcome("page")
    last = list(desk.work({"token": session.token, "task": "finish", "file": "recipe"}))[-1]
    assert last == {"id": None, "ok": False, "error": "input"}


@pytest.mark.slow
@pytest.mark.weights(*weights.default_names(), "demo-astronaut", "demo-china", "demo-rocket")
def test_two_visitors_with_different_photos_get_their_own_pictures() -> None:
    desk = Desk(Limits(screen_px=512))
    visits = {}
    for place in ("demo-china", "demo-rocket"):
        session, _ = desk.welcome(place)
        for task, example in (("person", "demo-astronaut"), ("who", None)):
            assert list(desk.work({"token": session.token, "task": task, "example": example}))[-1]["ok"]
        visits[place] = session
    for place, session in visits.items():
        assert list(desk.work({"token": session.token, "task": "place", "example": place}))[-1]["ok"]
    for place, session in visits.items():
        full = session.finish({}, lambda step: None)
        photo = sc.load_photo(weights.path_of(place))
        assert full.scene.photo.size_hw == photo.size_hw
        x0, y0, _, y1 = full.layers.window_xyxy
        assert torch.equal(full.rgb[:, :y0], photo.rgb[:, :y0])
        assert torch.equal(full.rgb[:, y0:y1, :x0], photo.rgb[:, y0:y1, :x0])
    assert set(registry.STAGES) == set(visits["demo-china"].recipe_of({}).methods)
