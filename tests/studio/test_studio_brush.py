"""Mending the cut-out by hand in a real browser: mouse, finger, keyboard, undo; and the camera."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest_studio import PHOTOS, Visit

import scenechange as sc
from scenechange import weights

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.weights(*weights.default_names(), *PHOTOS)]
Open = Callable[..., Visit]
Shot = Callable[[Visit, str], None]
SHOULDER = (0.16, 0.78)  # of the example person, in shares of the photo
OUTLINE = "document.querySelector('#s-who .chosen').getAttribute('d')"


def alpha_of(source: str) -> np.ndarray:
    """Opacity ``(H, W)`` of a PNG in a data address."""
    alpha = sc.load_photo(base64.b64decode(source.partition(",")[2])).alpha
    assert alpha is not None
    return alpha[0].numpy()


def pixels_hw(source: str) -> tuple[int, int]:
    """Height and width of a picture in a data address."""
    return sc.load_photo(base64.b64decode(source.partition(",")[2])).size_hw


def shown(visit: Visit) -> str:
    found: str = visit.page.get_attribute("#s-cutout", "src")
    return found


def mended(visit: Visit, action: Callable[[], object]) -> np.ndarray:
    """Opacity after something that changes the cut-out."""
    before = shown(visit)
    action()
    visit.page.wait_for_function("(old) => document.querySelector('#s-cutout').src !== old", arg=before)
    return alpha_of(shown(visit))


def near(alpha: np.ndarray, at: tuple[float, float], reach: float = 0.01) -> np.ndarray:
    h, w = alpha.shape
    rows, cols = (slice(round((p - reach) * n), round((p + reach) * n)) for p, n in ((at[1], h), (at[0], w)))
    return alpha[rows, cols]


def place_of(visit: Visit, at: tuple[float, float]) -> tuple[float, float]:
    box = visit.page.locator("#s-who").bounding_box()
    return box["x"] + at[0] * box["width"], box["y"] + at[1] * box["height"]


def paint(visit: Visit, start: tuple[float, float], end: tuple[float, float], held: Callable[[], object]) -> None:
    (x0, y0), (x1, y1) = place_of(visit, start), place_of(visit, end)
    visit.page.mouse.move(x0, y0)
    visit.page.mouse.down()
    visit.page.mouse.move(x1, y1, steps=8)
    held()
    visit.page.mouse.up()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example person at 1,800 pixels, so that the screen shows a smaller photo than the file's."""
    from PIL import Image

    path = tmp_path_factory.mktemp("large") / "large.jpg"
    Image.open(weights.path_of("demo-astronaut")).resize((1800, 1800)).save(path, quality=92)
    return path


def test_paint_shows_its_outline_at_once_undoes_and_reaches_the_full_photo(
    visit: Open, shot: Shot, large: Path
) -> None:
    one = visit()
    one.to_who(large)
    first, outline = shown(one), one.page.evaluate(OUTLINE)
    one.page.locator("[name=s-click][value=drop]").check(force=True)
    one.page.locator("#s-brush").fill("4")

    def held() -> None:
        one.page.wait_for_function(f"(old) => {OUTLINE} !== old", arg=outline)
        assert one.page.locator("#s-who .paint polyline").count() == 1
        shot(one, "2-who-painting")

    dropped = mended(one, lambda: paint(one, SHOULDER, (SHOULDER[0], 0.95), held))
    assert near(alpha_of(first), SHOULDER).min() > 0.99
    assert near(dropped, SHOULDER).max() < 0.01
    assert near(dropped, (0.5, 0.8)).min() > 0.99, "the other side stays"
    one.page.wait_for_function("() => !document.querySelector('#s-who .paint polyline')")
    shot(one, "2-who-painted")
    one.page.locator("[name=s-click][value=add]").check(force=True)
    kept = mended(one, lambda: paint(one, SHOULDER, (SHOULDER[0], 0.86), lambda: None))
    assert near(kept, SHOULDER).min() > 0.99
    assert np.array_equal(mended(one, lambda: one.page.click("#s-who-undo")), dropped)
    assert mended(one, lambda: one.page.keyboard.press("Control+z")).shape == dropped.shape
    assert shown(one) == first
    assert one.page.locator("#s-who-undo").is_disabled()
    mended(one, lambda: (one.page.locator("[name=s-click][value=drop]").check(force=True),
                         paint(one, SHOULDER, (SHOULDER[0], 0.95), lambda: None)))  # fmt: skip
    one.page.click("#s-who-next")
    one.page.click("[data-view=place] .example:has-text('Beijing')")
    one.settle()
    one.page.click("[data-panel=picture] [data-go=keep]")
    one.page.check("#s-agreed")
    with one.page.expect_download() as waiting:
        one.page.click("[data-file=cutout]")
    full = sc.load_photo(Path(waiting.value.path())).alpha[0].numpy()
    assert full.shape == (1800, 1800)
    assert near(full, SHOULDER).max() < 0.01
    assert abs((full > 0.5).mean() - (dropped > 0.5).mean()) < 0.004, "the file has the parts that the screen showed"
    with one.page.expect_download() as waiting:
        one.page.click("[data-file=recipe]")
    recipe = sc.recipe_from_json(Path(waiting.value.path()).read_text())
    assert [s.label for s in recipe.prompt.strokes] == ["drop"]
    assert one.complaints == []


def test_going_back_to_paint_changes_the_picture_that_is_there(visit: Open) -> None:
    one = visit()
    one.to_picture("demo-china")
    picture = one.picture()
    one.page.click("[data-go=who]")
    one.page.locator("[name=s-click][value=drop]").check(force=True)
    mended(one, lambda: paint(one, SHOULDER, (0.3, 0.9), lambda: None))
    one.page.click("[data-go=picture]")
    one.page.wait_for_function("(old) => document.querySelector('#s-exact').src !== old", arg=picture)
    assert one.page.evaluate("document.querySelector('.studio').dataset.step") == "picture"


def test_a_photo_given_while_strokes_are_followed_waits_and_the_newest_wins(visit: Open, tmp_path: Path) -> None:
    from PIL import Image

    tall, wide = tmp_path / "tall.jpg", tmp_path / "wide.jpg"
    Image.open(weights.path_of("demo-china")).crop((0, 0, 300, 420)).save(tall)
    Image.open(weights.path_of("demo-china")).save(wide)
    one = visit()
    one.to_who()
    one.page.locator("[name=s-click][value=drop]").check(force=True)
    mended(one, lambda: paint(one, SHOULDER, (0.3, 0.9), lambda: None))
    one.page.click("#s-who-next")
    for path in (tall, wide):
        one.page.set_input_files("#s-file-place", path)
    one.settle()
    assert pixels_hw(one.picture()) == Image.open(wide).size[::-1]
    assert one.complaints == []


def test_a_finger_paints_and_two_fingers_do_not(visit: Open, shot: Shot) -> None:
    one = visit(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True, device_scale_factor=2)
    one.to_who()
    one.page.locator("[name=s-click][value=drop]").check(force=True)
    one.page.evaluate("window.scrollTo(0, 0)")
    wire = one.context.new_cdp_session(one.page)

    def touch(kind: str, *spots: tuple[float, float]) -> None:
        points = [dict(zip("xy", place_of(one, spot), strict=True), id=k) for k, spot in enumerate(spots)]
        wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def stroke() -> None:
        touch("touchStart", SHOULDER)
        for step in range(1, 7):
            touch("touchMove", (SHOULDER[0] + 0.01 * step, SHOULDER[1] + 0.03 * step))
        shot(one, "phone-who-painting")
        touch("touchEnd")

    dropped = mended(one, stroke)
    assert near(dropped, SHOULDER).max() < 0.01
    assert one.page.evaluate("window.scrollY") == 0, "the page stays where it is while one paints"
    shot(one, "phone-who-painted")
    before = shown(one)
    touch("touchStart", (0.5, 0.6))
    touch("touchMove", (0.52, 0.66))
    touch("touchStart", (0.52, 0.66), (0.7, 0.7))
    touch("touchMove", (0.5, 0.6), (0.8, 0.8))
    touch("touchEnd")
    one.page.wait_for_timeout(800)
    assert shown(one) == before
    assert one.page.locator("#s-who .paint polyline").count() == 0


def test_everything_of_the_brush_can_be_done_from_the_keyboard(visit: Open, shot: Shot) -> None:
    one = visit()
    one.to_who()
    one.page.locator("[name=s-click][value=drop]").check(force=True)
    one.page.focus("#s-who")
    for key, times in (("Shift+ArrowLeft", 6), ("Shift+ArrowDown", 6)):
        for _ in range(times):
            one.page.keyboard.press(key)
    shot(one, "2-who-keyboard")

    def painted() -> None:
        one.page.keyboard.press("Enter")
        for _ in range(10):
            one.page.keyboard.press("ArrowRight")
        one.page.keyboard.press("Enter")

    dropped = mended(one, painted)
    assert near(dropped, (0.25, 0.8), 0.005).max() < 0.01
    tapped = mended(one, lambda: (one.page.keyboard.press("Shift+ArrowUp"), one.page.keyboard.press(" ")))
    assert tapped.sum() < dropped.sum()
    assert np.array_equal(mended(one, lambda: one.page.keyboard.press("Control+z")), dropped)


def test_a_tap_changes_the_part_it_points_at_and_little_else(visit: Open) -> None:
    one = visit()
    one.to_who()
    before = alpha_of(shown(one))
    one.page.locator("[name=s-click][value=drop]").check(force=True)
    after = mended(one, lambda: one.page.mouse.click(*place_of(one, SHOULDER)))
    assert near(after, SHOULDER, 0.004).max() < 0.01
    assert 0.0002 < (before - after).clip(0).mean() < 0.1
    assert (after - before).max() <= 0


def test_the_camera_takes_a_photo_and_is_switched_off(visit: Open, shot: Shot) -> None:
    one = visit()
    one.page.click("[data-camera]")
    one.page.wait_for_function("() => document.querySelector('#s-camera video').videoWidth > 0")
    shot(one, "1-camera")
    one.page.evaluate("window.track = document.querySelector('#s-camera video').srcObject.getVideoTracks()[0]")
    assert one.page.evaluate("window.track.readyState") == "live"
    one.page.click("[data-shoot]")
    one.page.wait_for_selector("#s-who-next:not([disabled])")
    assert one.page.evaluate("window.track.readyState") == "ended"
    size = one.page.evaluate(
        "(() => { const i = document.querySelector('#s-photo'); return [i.naturalWidth, i.naturalHeight]; })()"
    )
    assert size[0] / size[1] == pytest.approx(4 / 3, abs=0.01)
    assert alpha_of(shown(one)).mean() > 0.1
    assert one.complaints == []
