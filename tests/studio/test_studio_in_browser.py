"""The studio in a real browser with the real networks, from the first photo to the downloaded file."""

from __future__ import annotations

import io
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest_studio import PHOTOS, Visit
from scenechange_ui.studio import Studio

import scenechange as sc
from scenechange import weights

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.weights(*weights.default_names(), *PHOTOS),
]
Open = Callable[..., Visit]
Shot = Callable[[Visit, str], None]


def pixels(source: bytes | Path) -> np.ndarray:
    """8-bit values ``(H, W, 3)`` of a picture."""
    return np.asarray(sc.io.to_uint8(sc.load_photo(source).rgb)).astype(int)


def of_address(address: str) -> bytes:
    import base64

    return base64.b64decode(address.partition(",")[2])


def download(visit: Visit, kind: str) -> tuple[str, bytes]:
    """Name and bytes of a file of the last step."""
    with visit.page.expect_download() as waiting:
        visit.page.click(f"[data-file={kind}]")
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def middle(visit: Visit) -> tuple[float, float]:
    box = visit.page.locator("#s-frame").bounding_box()
    stage = visit.page.locator("#s-stage").bounding_box()
    right, bottom = min(box["x"] + box["width"], stage["x"] + stage["width"]), stage["y"] + stage["height"]
    return (box["x"] + right) / 2, (box["y"] + min(box["y"] + box["height"], bottom)) / 2


def drag(visit: Visit, dx: float, dy: float, while_held: Callable[[], object] = lambda: None) -> None:
    x, y = middle(visit)
    visit.page.mouse.move(x, y)
    visit.page.mouse.down()
    visit.page.mouse.move(x + dx, y + dy, steps=5)
    visit.page.wait_for_timeout(60)
    while_held()
    visit.page.mouse.up()


@pytest.fixture
def own_place(tmp_path: Path) -> Path:
    """A place of one's own, as a phone would write it: with a position, a time and a camera in it."""
    from PIL import Image

    photo = Image.open(weights.path_of("demo-china")).resize((1280, 854))
    exif = Image.Exif()
    exif[0x010F], exif[0x0132] = "SecretCamera", "2026:01:02 03:04:05"
    exif.get_ifd(0x8825).update({1: "N", 2: (39.0, 59.0, 59.0), 3: "E", 4: (116.0, 16.0, 16.0)})
    photo.save(tmp_path / "secret-place.jpg", exif=exif, quality=95)
    return tmp_path / "secret-place.jpg"


def test_from_two_photos_to_a_file_that_can_be_kept(visit: Open, shot: Shot, own_place: Path) -> None:
    from PIL import Image

    one = visit()
    shot(one, "1-photo")
    one.to_who(weights.path_of("demo-astronaut"))
    shot(one, "2-who")
    one.page.click("#s-who-next")
    shot(one, "3-where")
    one.page.set_input_files("#s-file-place", own_place)
    one.settle()
    shot(one, "4-picture")
    one.page.click("[data-panel=picture] [data-go=keep]")
    assert one.page.locator("[data-file=jpg]").is_disabled()
    one.page.check("#s-agreed")
    one.page.uncheck("#s-disclosed")
    one.page.uncheck("#s-marked")
    one.page.wait_for_selector("#s-pair:not([hidden])")
    one.page.wait_for_selector("#s-findings:not([hidden]) li")
    shot(one, "5-keep")
    name, content = download(one, "jpg")
    assert name == "scenechange.jpg"
    one.page.wait_for_selector("#s-saved:not([hidden])")
    assert "1280 × 854" in one.page.inner_text("#s-saved")
    picture = Image.open(io.BytesIO(content))
    assert (picture.size, picture.format) == ((1280, 854), "JPEG")
    assert dict(picture.getexif()) == {}
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "icc_profile"}
    assert b"Secret" not in content
    changed = np.abs(pixels(content) - pixels(own_place)).max(2) > 24
    screen = pixels(of_address(one.picture()))
    assert 0.03 < changed.mean() < 0.6, "the person is there, and the place is left alone elsewhere"
    small = Image.fromarray(pixels(content).astype(np.uint8)).resize(screen.shape[1::-1], Image.Resampling.BOX)
    assert np.abs(np.asarray(small).astype(int) - screen).mean() < 4, "what was shown is what is kept"
    assert one.strangers() == []
    assert one.complaints == []


def test_png_recipe_and_cutout_can_be_kept_too(visit: Open) -> None:
    one = visit()
    one.to_picture("demo-china")
    one.page.click("[data-panel=picture] [data-go=keep]")
    one.page.check("#s-agreed")
    plain_name, with_label = download(one, "png")
    assert b"digitalsourcetype/compositeCapture" in with_label, "the mark is on unless it is taken off"
    one.page.uncheck("#s-disclosed")
    _, without = download(one, "png")
    corner = np.abs(pixels(with_label) - pixels(without)).max(2)
    assert plain_name == "scenechange.png"
    assert corner[-20:, -200:].max() > 60
    assert corner[:-40].max() == 0
    _, text = download(one, "recipe")
    recipe = sc.recipe_from_json(text.decode())
    assert recipe.place.at_xy is not None
    again = sc.change_scene(
        sc.load_photo(weights.path_of("demo-astronaut")), sc.load_photo(weights.path_of("demo-china")), recipe=recipe
    )
    assert np.abs(np.asarray(sc.io.to_uint8(again.rgb)).astype(int) - pixels(without)).max() <= 1
    _, cutout = download(one, "cutout")
    assert sc.load_photo(cutout).alpha is not None


def test_dragging_moves_layers_at_once_and_the_exact_picture_follows(visit: Open, shot: Shot) -> None:
    one = visit()
    one.to_picture("demo-china")
    lifted: list[bool] = []

    def look() -> None:
        lifted.append(one.page.evaluate("document.querySelector('#s-stage').classList.contains('lifted')"))
        shot(one, "4-drag")

    first = one.picture()
    moved = one.after(lambda: drag(one, -160, 0, look))
    assert lifted == [True]
    empty = pixels(weights.path_of("demo-china"))
    before, after = (np.abs(pixels(of_address(p)) - empty).max(2) > 40 for p in (first, moved))
    shift = np.nonzero(after)[1].mean() - np.nonzero(before)[1].mean()
    stage = one.page.locator("#s-stage").bounding_box()
    assert shift == pytest.approx(-160 * before.shape[1] / stage["width"], rel=0.25)
    one.page.wait_for_function("() => !document.querySelector('#s-stage').classList.contains('lifted')")
    assert one.after(lambda: one.page.click("#s-undo")) == first
    assert one.page.locator("#s-undo").is_disabled()


def test_corner_mirror_keys_and_sliders_change_the_picture_and_undo_takes_all_back(visit: Open) -> None:
    one = visit()
    one.to_picture("demo-china")
    first = one.picture()

    def pull_corner() -> None:
        box = one.page.locator("#s-frame .corner.nw").bounding_box()
        one.page.hover("#s-frame", position={"x": 60, "y": 60})
        one.page.mouse.move(box["x"] + 8, box["y"] + 8)
        one.page.mouse.down()
        one.page.mouse.move(box["x"] - 40, box["y"] - 40, steps=4)
        one.page.mouse.up()

    seen = [first, one.after(pull_corner)]
    assert float(one.page.input_value("#s-size-slider")) > 1.03
    seen.append(one.after(lambda: one.page.click("#s-flip")))
    one.page.focus("#s-frame")
    seen.append(one.after(lambda: one.page.keyboard.press("Shift+ArrowLeft")))
    one.page.focus("#s-brightness-slider")
    seen.append(one.after(lambda: one.page.keyboard.press("PageUp")))
    assert one.page.locator("[data-slider=brightness] .auto").is_enabled()
    one.settle()
    assert len(set(seen)) == len(seen)
    for expected in reversed(seen[:-1]):
        assert one.after(lambda: one.page.keyboard.press("Control+z")) == expected
    assert one.page.locator("[data-slider=brightness] .auto").is_disabled()


@pytest.mark.data
def test_somewhere_else_goes_through_good_places_and_comes_round(visit: Open, data_dir: Path) -> None:
    one = visit()
    one.to_picture(data_dir / "camera/OpenSfM_lund/images/03.jpg", data_dir / "people/ccp/photos/0001.jpg")
    frame = "document.querySelector('#s-frame').style.left"
    seen = [one.page.evaluate(frame)]
    for _ in range(5):
        one.after(lambda: one.page.click("#s-elsewhere"))
        one.settle()
        seen.append(one.page.evaluate(frame))
    assert len(set(seen)) >= 3, seen
    assert seen[0] in seen[1:], "after the last comes the first again"
    one.after(lambda: one.page.click("#s-undo"))
    one.settle()
    assert one.page.evaluate(frame) == seen[-2]
    assert one.complaints == []


def test_who_fits_in_one_place_only_is_told_so(visit: Open) -> None:
    one = visit()
    one.to_picture("demo-china")
    one.page.click("#s-elsewhere")
    one.page.wait_for_selector("#s-trouble:not([hidden])")
    assert "No other good place" in one.page.inner_text("#s-trouble")


def test_comparison_shows_the_plain_paste_and_the_empty_place(visit: Open, shot: Shot) -> None:
    one = visit()
    one.to_picture("demo-eiffel")
    empty = one.page.get_attribute("#s-base", "src")
    one.page.locator("[name=s-against][value=plain]").check(force=True)
    one.page.wait_for_function("(old) => document.querySelector('#s-base').src !== old", arg=empty)
    one.page.locator("#s-compare input").fill("60")
    shot(one, "4-compare")
    assert "60%" in one.page.evaluate("document.querySelector('#s-exact').style.clipPath")
    one.page.locator("[name=s-against][value=base]").check(force=True)
    assert one.page.get_attribute("#s-base", "src") == empty


def test_two_visitors_never_see_each_other(visit: Open) -> None:
    one, two = visit(), visit()
    one.to_who()
    assert two.page.evaluate("document.querySelector('.studio').dataset.step") == "photo"
    two.to_picture("demo-rocket")
    one.page.click("#s-who-next")
    one.page.click("[data-view=place] .example:has-text('Beijing')")
    one.settle()
    for visitor, place in ((one, "demo-china"), (two, "demo-rocket")):
        visitor.after(lambda v=visitor: v.page.click("#s-flip"))
        shown, scene = pixels(of_address(visitor.picture())), pixels(weights.path_of(place))
        assert shown.shape == scene.shape
        assert (np.abs(shown - scene).max(2) < 24).mean() > 0.4
    one.page.click("[data-panel=picture] [data-go=keep]")
    one.page.click("#s-forget")
    one.page.wait_for_selector(".studio[data-step=photo]")
    two.after(lambda: two.page.click("#s-flip"))


def test_a_wrong_file_is_told_in_words_and_nothing_is_lost(visit: Open, tmp_path: Path, shot: Shot) -> None:
    one = visit()
    for content in (b"", b"%PDF-1.7 not a photo", b"\xff\xd8\xff\xe0 broken"):
        (tmp_path / "holiday-2026.jpg").write_bytes(content)
        one.page.set_input_files("#s-file-person", tmp_path / "holiday-2026.jpg")
        one.page.wait_for_selector("#s-trouble:not([hidden])")
        assert "not a photo" in one.page.inner_text("#s-trouble")
        assert "holiday" not in one.page.inner_text("#s-trouble")
        shot(one, "x-wrong-file")
        one.page.click("#s-trouble-close")
    one.to_who()


def test_of_two_people_one_or_both_go_and_clicks_mend(visit: Open, tmp_path: Path, shot: Shot) -> None:
    import torch

    photo = sc.load_photo(weights.path_of("demo-astronaut")).rgb
    sc.save(torch.cat([photo, photo.flip(2)], 2), tmp_path / "two.png")
    one = visit()
    one.page.set_input_files("#s-file-person", tmp_path / "two.png")
    one.page.wait_for_selector("#s-people button >> nth=1")
    one.page.wait_for_function("() => document.querySelector('.studio').dataset.busy === 'no'")
    shot(one, "2-who-of-two")
    assert one.page.locator("#s-who-next").is_disabled()

    def opaque(action: Callable[[], object]) -> np.ndarray:
        before = one.page.get_attribute("#s-cutout", "src")
        action()
        one.page.wait_for_function("(b) => document.querySelector('#s-cutout').getAttribute('src') !== b", arg=before)
        one.page.wait_for_function("() => document.querySelector('.studio').dataset.busy === 'no'")
        alpha = sc.load_photo(of_address(one.page.get_attribute("#s-cutout", "src"))).alpha[0].numpy()
        return (alpha > 0.5).mean(0)

    size = one.page.locator("#s-who").bounding_box()
    middle_of_left = {"x": 0.25 * size["width"], "y": 0.75 * size["height"]}
    left = opaque(lambda: one.page.click("#s-who", position=middle_of_left))
    assert left[: len(left) // 2].mean() > 5 * left[len(left) // 2 :].mean()
    both = opaque(lambda: one.page.click("#s-people button >> nth=1"))
    assert both[len(left) // 2 :].mean() > 0.3
    shot(one, "2-who-both")
    alone = opaque(lambda: one.page.click("#s-people button >> nth=0"))
    assert alone[len(left) // 2 :].mean() > 5 * alone[: len(left) // 2].mean()
    one.page.locator("[name=s-click][value=drop]").check(force=True)
    opaque(lambda: one.page.click("#s-who", position={"x": 0.98 * size["width"], "y": 0.95 * size["height"]}))
    assert one.page.locator(".dots .drops").count() == 1
    again = opaque(lambda: one.page.click("#s-who-undo"))
    assert np.allclose(again, alone)
    one.page.click("#s-who", position={"x": 0.97 * size["width"], "y": 0.05 * size["height"]})
    one.page.wait_for_selector("#s-trouble:not([hidden])")
    assert "changed nothing" in one.page.inner_text("#s-trouble")
    assert one.page.locator(".dots i").count() == 0


def test_a_click_where_nobody_is_offers_a_way_on(visit: Open) -> None:
    one = visit()
    one.page.set_input_files("#s-file-person", weights.path_of("demo-rocket"))
    one.page.wait_for_selector(".studio[data-step=who]")
    assert "found nobody" in one.page.inner_text("#s-who-text")
    one.page.wait_for_function("() => document.querySelector('.studio').dataset.busy === 'no'")
    one.page.click("#s-who", position={"x": 4, "y": 4})
    one.page.wait_for_selector("#s-trouble:not([hidden])")
    assert one.page.locator("#s-who-next").is_disabled()


def test_who_closes_the_page_is_forgotten_and_leaves_no_file(visit: Open, studio: Studio) -> None:
    one = visit()
    one.to_who()
    token = one.page.evaluate("() => window.studioToken ?? null")
    assert token is None, "the token is the page's secret"
    mine = [s for s in studio.desk.sessions.everybody() if s.holds_photos]
    assert len(mine) >= 1
    one.context.close()
    deadline = time.monotonic() + 30
    while any(s.closed_at is None for s in mine) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert all(s.closed_at is not None for s in mine)
    left = [path for path in Path(os.environ["GRADIO_TEMP_DIR"]).rglob("*") if path.is_file()]
    assert left == []


def test_gradios_own_doors_lead_nowhere(studio: Studio) -> None:
    for door in ("gradio_api/file=/etc/passwd", "gradio_api/file=../pyproject.toml", "monitoring", "gradio_api/runs"):
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(studio.address + door, timeout=10)


def test_a_phone_gets_one_column_and_nothing_sticks_out(visit: Open, shot: Shot) -> None:
    one = visit(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True, device_scale_factor=2)
    for step, go in (
        ("photo", lambda: None),
        ("who", one.to_who),
        ("place", lambda: one.page.click("#s-who-next")),
        ("picture", lambda: (one.page.click("[data-view=place] .example:has-text('Beijing')"), one.settle())),
        ("keep", lambda: one.page.click("[data-panel=picture] [data-go=keep]")),
    ):
        go()
        assert one.page.evaluate("document.documentElement.scrollWidth") <= 360, step
        shot(one, f"phone-{step}")
    assert one.complaints == []


@pytest.mark.parametrize(("scheme", "locale"), [("light", "en-GB"), ("dark", "fr-FR")])
def test_no_step_has_a_serious_fault_for_those_who_see_or_hear_otherwise(
    visit: Open, shot: Shot, scheme: str, locale: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    one = visit(color_scheme=scheme, locale=locale)
    faults: dict[str, list[str]] = {}

    def check(step: str) -> None:
        shot(one, f"{scheme}-{step}")
        found = Axe().run(one.page).response["violations"]
        serious = [v for v in found if v["impact"] in ("serious", "critical")]
        faults[step] = [f"{v['id']}: {json.dumps([n['html'][:160] for n in v['nodes'][:3]])}" for v in serious]

    check("photo")
    one.to_who()
    check("who")
    one.page.click("#s-who-next")
    check("place")
    one.page.click("[data-view=place] .example >> nth=0")
    one.settle()
    check("picture")
    one.page.click("[data-panel=picture] [data-go=keep]")
    check("keep")
    assert faults == {step: [] for step in faults}
    assert one.page.get_attribute("html", "lang") == locale[:2]


def test_the_whole_way_works_from_the_keyboard(visit: Open) -> None:
    one = visit()

    def press_on(selector: str) -> None:
        for _ in range(60):
            one.page.keyboard.press("Tab")
            if one.page.evaluate("(s) => document.activeElement.matches(s)", selector):
                return one.page.keyboard.press("Enter")
        raise AssertionError(f"{selector} cannot be reached with Tab")

    press_on("[data-view=photo] .example")
    one.page.wait_for_selector("#s-who-next:not([disabled])")
    press_on("#s-who-next")
    press_on("[data-view=place] .example")
    one.settle()
    press_on("#s-flip")
    press_on("[data-panel=picture] [data-go=keep]")
    one.page.focus("#s-agreed")
    one.page.keyboard.press("Space")
    one.page.wait_for_selector("[data-file=jpg]:not([disabled])")
