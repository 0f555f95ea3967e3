"""The pages in a real browser: without barriers, by keyboard, on small windows, without script, on a bad network."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from rating_base import SECRET, draw_item
from web_walks import ORGANISER

from scenechange.ratings import wording
from scenechange.ratings.records import Checks, Design, Kind, Role, Study
from scenechange.ratings.service import Service
from scenechange.ratings.web.app import create_app
from scenechange.ratings.web.insight import Insight
from scenechange.ratings.web.security import signer_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LANGUAGES = ("en", "fr", "de", "nl")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PHONE, SMALL, LAPTOP = (360, 640), (320, 640), (1366, 768)
WAIT_MS = 15_000


@pytest.fixture
def browser(chromium: Any) -> Any:
    """Chromium, without a window."""
    return chromium


class Place:
    """A study that is served: its address, the service and a link for workers."""

    def __init__(self, service: Service) -> None:
        import uvicorn

        self.service = service
        self.app = create_app(service, organiser_token=ORGANISER)
        self.app.state.site.insight = Insight(service, oldest_s=0)
        listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.join = f"{self.address}/join?i={signer_of(service).invitation()}"
        config = uvicorn.Config(self.app, log_level="warning", access_log=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([listener],))
        self._thread.start()

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self.service.close()


def _photo(folder: Path, name: str, number: int, **also: object) -> Any:
    """An item with a picture large enough to fill a window."""
    item = draw_item(folder, name, number, **also)
    small = Image.open(item.path).resize((800, 600), Image.Resampling.NEAREST)
    small.save(item.path)
    import hashlib

    return replace(item, sha256=hashlib.sha256(item.path.read_bytes()).hexdigest())


def _study(small: Study, folder: Path, design: Design, checks: Checks) -> Study:
    folder.mkdir()
    systems = ("ours", "theirs", "others")
    items = [
        _photo(folder, f"{s}-{n}", 10 * n + k, system=s, source=f"s{n}")
        for k, s in enumerate(systems)
        for n in range(3)
    ]
    if design.kind in (Kind.ACR, Kind.DCR):
        items.append(_photo(folder, "try", 98, role=Role.TRAINING, expected="1-2", source="t"))
    if design.kind is Kind.DCR:
        sources = ("s0", "s1", "s2", "t")
        items += [_photo(folder, f"o-{s}", 200 + n, role=Role.REFERENCE, source=s) for n, s in enumerate(sources)]
    if design.kind is Kind.WHO:
        items += [_photo(folder, f"r{n}", 300 + n, system="photo", source=f"s{n}", real=True) for n in range(3)]
    kind, scale = design.kind, design.kind in (Kind.ACR, Kind.DCR)
    return replace(
        small,
        languages=LANGUAGES,
        title={code: wording.title(code) for code in LANGUAGES},
        question={code: wording.question(code, kind) for code in LANGUAGES},
        instructions={code: wording.instructions(code, kind, design.ties, False) for code in LANGUAGES},
        consent={code: wording.consent(code, small.contact, 180) for code in LANGUAGES},
        labels={code: wording.labels(code, kind, design.points) for code in LANGUAGES} if scale else {},
        design=design,
        checks=checks,
        items=tuple(items),
        trials_per_session=3,
        repeated=0,
        gold_per_session=0,
    )


@pytest.fixture
def place(small_study: Study, tmp_path: Path) -> Iterator[Callable[..., Place]]:
    """Serves a study of a design."""
    opened: list[Place] = []

    def serve(design: Design = Design(Kind.ACR), checks: Checks = Checks()) -> Place:
        study = _study(small_study, tmp_path / f"photos{len(opened)}", design, checks)
        opened.append(Place(Service(study, str(tmp_path / f"votes{len(opened)}.db"), SECRET)))
        return opened[-1]

    yield serve
    for one in opened:
        one.close()


def _page(browser: Any, size: tuple[int, int] = LAPTOP, **options: Any) -> Any:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="en", **options)
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("console", lambda said: page.faults.append(said.text) if "Content Security Policy" in said.text else None)
    return page


def _agree(page: Any, place: Place) -> None:
    page.goto(place.join)
    page.locator("input[name=field-glasses]").first.check()
    page.click("button[value=agree]")


def _to_the_first_trial(page: Any, place: Place) -> None:
    _agree(page, place)
    page.click("main form[action$=start] button")
    page.wait_for_selector("#rate", state="attached")
    if "Practice" in page.title():
        page.wait_for_selector("body.open")
        page.locator("#choices button").nth(1).click()
        page.click("#onward")
        page.click("form[action$=start] button")
    page.wait_for_selector("body.open .bar label:not(:text('Practice'))")


def _answer(page: Any, place: int = 1) -> None:
    """Answer the trial on the page, and wait for the next page."""
    page.wait_for_selector("body.open")
    if page.locator("input[name=best]").count():
        page.locator("input[name=best]").nth(0).check()
        page.locator("input[name=worst]").nth(1).check()
        place = 0
    before = page.locator("#rate input[name=key]").get_attribute("value")
    page.locator("#choices button").nth(place).click()
    page.locator(f'#rate input[value="{before}"]').wait_for(state="detached")
    page.wait_for_load_state()


def _look(page: Any, seen: dict[str, list[str]], name: str) -> None:
    """Note what is wrong with a page: axe's violations, and scrolling sideways."""
    from axe_playwright_python.sync_playwright import Axe

    if name in seen:
        return
    page.wait_for_load_state()
    found = Axe().run(page, options=RULES).response["violations"]
    faults = [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found]
    if page.evaluate("document.documentElement.scrollWidth") > page.viewport_size["width"]:
        faults.append("scrolls sideways")
    seen[name] = faults


DESIGNS = {
    "acr-5": Design(Kind.ACR),
    "acr-9": Design(Kind.ACR, points=9),
    "dcr": Design(Kind.DCR),
    "pair": Design(Kind.PAIR, ties=True),
    "who": Design(Kind.WHO, shown_ms=200),
    "best-worst": Design(Kind.BEST_WORST, set_size=3),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [SMALL, LAPTOP], ids=["320", "1366"])
@pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS.keys())
def test_no_page_has_a_barrier_or_scrolls_sideways(
    browser: Any, place: Callable[..., Place], design: Design, size: tuple[int, int], scheme: str
) -> None:
    here = place(design)
    page = _page(browser, size, color_scheme=scheme)
    seen: dict[str, list[str]] = {}
    page.goto(here.join)
    _look(page, seen, "consent")
    _agree(page, here)
    _look(page, seen, "instructions")
    page.click("main form[action$=start] button")
    while "/done" not in page.url:
        page.wait_for_load_state()
        if "/explained" in page.url:
            _look(page, seen, "explained")
            page.click("#onward")
        elif page.locator("#show").count():
            _look(page, seen, "curtain")
            page.click("#show button")
            _answer(page)
        elif page.locator("#rate").count():
            page.wait_for_selector("body.open")
            _look(page, seen, "practice" if "Practice" in page.title() else "trial")
            _answer(page)
        else:
            _look(page, seen, "last" if page.locator("#finish").count() else "trained")
            page.locator("main form[action$=start] button, button[form=finish]").click()
    _look(page, seen, "done")
    assert {name: faults for name, faults in seen.items() if faults} == {}
    assert page.faults == []
    assert {"consent", "instructions", "last", "done"} <= set(seen)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [SMALL, LAPTOP], ids=["320", "1366"])
def test_pages_beside_the_way_have_no_barrier(
    browser: Any, place: Callable[..., Place], size: tuple[int, int], scheme: str
) -> None:
    here = place(Design(Kind.ACR), Checks(300, 300, True))
    page = _page(browser, size, color_scheme=scheme)
    seen: dict[str, list[str]] = {}
    _agree(page, here)
    _look(page, seen, "checks")
    page.goto(page.url.replace("/checks", "/pause"))
    _look(page, seen, "pause")
    page.go_back()
    page.locator("button", has_text="I see no number").click()
    _look(page, seen, "refused")
    token = here.service.open_session()
    for name, path in {"receipt": "/receipt", "error": "/join", "removed": "/receipt/removed"}.items():
        page.goto(here.address + path)
        _look(page, seen, name)
    page.goto(here.address + "/receipt")
    page.fill("#code", here.service.receipt_code(token))
    page.click("main button")
    _look(page, seen, "stored")
    page.goto(f"{here.address}/organiser?token={ORGANISER}")
    _look(page, seen, "dashboard")
    assert {name: faults for name, faults in seen.items() if faults} == {}
    assert page.faults == []
    assert len(seen) == 8


@pytest.mark.parametrize("size", [PHONE, (640, 360), LAPTOP], ids=["phone", "sideways", "laptop"])
@pytest.mark.parametrize("name", [name for name in DESIGNS if name != "best-worst"])
def test_picture_and_scale_fit_the_window_without_scrolling(
    browser: Any, place: Callable[..., Place], name: str, size: tuple[int, int]
) -> None:
    design = replace(DESIGNS[name], shown_ms=None)
    page = _page(browser, size)
    _to_the_first_trial(page, place(design))
    assert page.evaluate("document.documentElement.scrollHeight") <= size[1]
    boxes = [box.bounding_box() for box in page.locator("#choices button, .pictures img").all()]
    for box in boxes:
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= size[1]
    assert all(box.bounding_box()["height"] >= 48 for box in page.locator("#choices button").all())
    assert all(box.bounding_box()["width"] >= 48 for box in page.locator("#choices button").all())


def test_pairs_stand_side_by_side_on_a_laptop_and_one_above_the_other_on_a_phone(
    browser: Any, place: Callable[..., Place]
) -> None:
    here = place(DESIGNS["pair"])
    for size, beside in ((LAPTOP, True), (PHONE, False)):
        page = _page(browser, size)
        _to_the_first_trial(page, here)
        first, second = (image.bounding_box() for image in page.locator(".pictures figure").all())
        assert (first["y"] == second["y"]) is beside


def test_the_whole_way_by_keyboard_alone(browser: Any, place: Callable[..., Place]) -> None:
    here = place()
    page = _page(browser)
    page.goto(here.join)

    def tab_to(selector: str) -> None:
        for _ in range(60):
            if page.evaluate(f"document.activeElement.matches({selector!r})"):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"{selector} cannot be reached by keyboard")

    def press(selector: str, key: str = "Enter") -> None:
        tab_to(selector)
        page.keyboard.press(key)
        page.wait_for_load_state()

    tab_to("input[name=field-glasses]")
    page.keyboard.press("Space")
    press("button[value=agree]")
    page.wait_for_url("**/instructions")
    press("main form button")
    page.wait_for_selector("body.open")
    page.keyboard.press("2")
    page.wait_for_url("**/explained*")
    press("#onward")
    page.wait_for_url("**/trial")
    press("form[action$=start] button")
    page.wait_for_selector("body.open")
    page.keyboard.press("5")
    page.wait_for_selector("#undo")
    page.wait_for_selector("body.open")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    page.locator("label", has_text="3 / 3").wait_for()
    page.wait_for_selector("body.open")
    page.keyboard.press("4")
    page.wait_for_selector("#finish", state="attached")
    press("button[form=finish]")
    page.wait_for_selector("#receipt-code")
    assert [vote.answer.score for vote in here.service.votes()] == [5, 1, 4]


def test_number_keys_do_nothing_while_the_focus_is_elsewhere(browser: Any, place: Callable[..., Place]) -> None:
    here = place()
    page = _page(browser)
    _to_the_first_trial(page, here)
    page.locator("summary").focus()
    page.keyboard.press("3")
    page.wait_for_timeout(300)
    assert not list(here.service.votes())


def test_the_whole_way_without_script(browser: Any, place: Callable[..., Place]) -> None:
    here = place()
    page = _page(browser, PHONE, java_script_enabled=False)
    _agree(page, here)
    page.click("main form[action$=start] button")
    page.click("#choices button >> nth=1")
    page.click("#onward")
    page.click("form[action$=start] button")
    for _ in range(3):
        page.click("#choices button >> nth=3")
    page.click("button[form=finish]")
    assert page.inner_text("#completion-code") == "C0MPLETE"
    assert [vote.answer.score for vote in here.service.votes()] == [4, 4, 4]
    assert {vote.response_ms for vote in here.service.votes()} == {None}


def test_timed_pictures_vanish_without_script_too_and_a_reload_does_not_bring_them_back(
    browser: Any, place: Callable[..., Place]
) -> None:
    page = _page(browser, java_script_enabled=False)
    _agree(page, place(Design(Kind.WHO, shown_ms=1500)))
    page.click("main form[action$=start] button")
    assert page.locator("#choices").is_hidden()
    page.click("#show button")
    image = page.locator(".pictures img").first
    assert image.is_visible()
    image.wait_for(state="hidden")
    page.reload()
    assert page.locator(".pictures img").count() == 0
    page.click("#choices button >> nth=0")
    assert page.locator("#show").count() == 1


def test_timed_pictures_vanish_after_their_time_with_script(browser: Any, place: Callable[..., Place]) -> None:
    here = place(Design(Kind.WHO, shown_ms=400))
    page = _page(browser)
    _agree(page, here)
    page.click("main form[action$=start] button")
    assert page.locator("#choices").is_hidden()
    page.locator("#show button:enabled").click()
    page.wait_for_selector("body.open")
    page.locator(".pictures.veiled").wait_for()
    assert page.locator(".pictures img").first.is_hidden()
    page.reload()
    assert page.locator(".pictures img").count() == 0


def test_a_picture_cannot_be_rated_before_it_is_decoded(browser: Any, place: Callable[..., Place]) -> None:
    here = place()
    page = _page(browser)
    _to_the_first_trial(page, here)
    held: list[Any] = []
    slow = True
    other = _page(browser)  # with an empty cache
    other.route("**/p/*", lambda route: held.append(route) if slow else route.continue_())
    other.goto(page.url, wait_until="commit")
    other.wait_for_selector("#choices button[disabled]", state="attached")
    other.keyboard.press("3")
    other.locator("#choices button").first.dispatch_event("click")
    other.wait_for_timeout(300)
    assert not list(here.service.votes())
    assert "loading" in other.inner_text("#status")
    slow = False
    for route in held:
        route.continue_()
    _answer(other)
    assert len(list(here.service.votes())) == 1


def test_a_picture_that_never_comes_cannot_be_rated_and_says_why(browser: Any, place: Callable[..., Place]) -> None:
    here = place()
    page = _page(browser)
    _to_the_first_trial(page, here)
    other = browser.new_context().new_page()
    other.route("**/p/*", lambda route: route.abort())
    other.goto(page.url)
    other.locator("#status", has_text="could not be loaded").wait_for(timeout=WAIT_MS)
    assert other.locator("#choices button:enabled").count() == 0
    assert other.locator("#status button").count() == 1


def test_a_lost_connection_loses_no_vote_and_counts_it_once(browser: Any, place: Callable[..., Place]) -> None:
    here = place()
    page = _page(browser)
    _to_the_first_trial(page, here)
    tries: list[str] = []

    def unreliable(route: Any) -> None:
        tries.append(route.request.post_data)
        if len(tries) == 1:
            route.abort()  # never arrives
        elif len(tries) == 2:
            route.fetch()  # arrives, but the answer is lost
            route.abort()
        else:
            route.continue_()

    page.route("**/vote", unreliable)
    page.locator("#choices button").nth(4).click()
    page.locator("#status", has_text="not saved yet").wait_for()
    page.locator("label", has_text="2 / 3").wait_for()
    assert [vote.answer.score for vote in here.service.votes()] == [5]
    assert len(tries) == 3
    assert len(set(tries)) == 1


def test_two_quick_clicks_give_one_vote(browser: Any, place: Callable[..., Place]) -> None:
    here = place()
    page = _page(browser)
    _to_the_first_trial(page, here)
    page.locator("#choices button").nth(2).dblclick(no_wait_after=True)
    page.locator("label", has_text="2 / 3").wait_for()
    page.wait_for_selector("body.open")
    assert len(list(here.service.votes())) == 1


def test_undo_and_the_back_button(browser: Any, place: Callable[..., Place]) -> None:
    here = place()
    page = _page(browser)
    _to_the_first_trial(page, here)
    first = page.locator(".pictures img").get_attribute("src")
    _answer(page, 0)
    page.click("#undo button")
    page.wait_for_selector("body.open")
    assert page.locator(".pictures img").get_attribute("src") == first
    _answer(page, 4)
    second = page.locator(".pictures img").get_attribute("src")
    page.go_back()
    page.goto(page.url.split("/s/")[0] + "/s/" + page.url.split("/s/")[1].split("/")[0])
    page.wait_for_selector("body.open")
    assert page.locator(".pictures img").get_attribute("src") == second
    assert [vote.answer.score for vote in here.service.votes()] == [5]


def test_the_pause_link_goes_on_in_another_browser(browser: Any, place: Callable[..., Place]) -> None:
    here = place()
    page = _page(browser)
    _to_the_first_trial(page, here)
    _answer(page)
    page.click("summary")
    page.click(".menu-inside a")
    link = page.input_value("#link").replace("http://127.0.0.1:8000", here.address)
    elsewhere = _page(browser, PHONE)
    elsewhere.goto(link)
    elsewhere.locator("label", has_text="2 / 3").wait_for()


def test_response_time_starts_when_the_picture_is_seen(browser: Any, place: Callable[..., Place]) -> None:
    here = place()
    page = _page(browser)
    page.goto(here.join)
    page.locator("#field-response_ms").check()
    page.locator("input[name=field-glasses]").first.check()
    page.click("button[value=agree]")
    page.click("main form[action$=start] button")
    _answer(page)
    page.click("#onward")
    page.click("form[action$=start] button")
    page.wait_for_selector("body.open")
    begun = time.monotonic()
    page.wait_for_timeout(700)
    _answer(page)
    longest = (time.monotonic() - begun) * 1000
    (vote,) = here.service.votes()
    assert vote.response_ms is not None
    assert 650 <= vote.response_ms <= longest + 1000


@pytest.mark.parametrize("language", LANGUAGES)
def test_long_words_of_every_language_stay_inside_their_buttons(
    browser: Any, place: Callable[..., Place], language: str
) -> None:
    here = place(Design(Kind.ACR, points=9))
    page = _page(browser, SMALL)
    page.goto(f"{here.join}&lang={language}")
    page.locator("input[name=field-glasses]").first.check()
    page.click("button[value=agree]")
    page.click("main form[action$=start] button")
    page.wait_for_selector("body.open")
    over = page.evaluate(
        "[...document.querySelectorAll('#choices button')].filter((b) => b.scrollWidth > b.clientWidth + 1).length"
    )
    assert over == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL[0]
    assert page.evaluate("document.documentElement.lang") == language


def test_pictures_are_not_blurred_by_the_page(browser: Any, place: Callable[..., Place]) -> None:
    here = place()
    page = _page(browser)
    _to_the_first_trial(page, here)
    size = page.locator(".pictures img").evaluate("(image) => [image.naturalWidth, image.naturalHeight]")
    assert size == [800, 600]
    assert np.isclose(size[0] / size[1], 4 / 3)
