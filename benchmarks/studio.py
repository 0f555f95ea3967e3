"""How quick does the studio feel? Times of the first picture, of drags, of sliders and of strokes of the brush.

    python benchmarks/studio.py [--repeat N] [--chromium PATH]

Measured in the browser (the page marks its own times), with the server on the same machine: 12-megapixel photos made
by enlarging the demo's, and the live picture of 1024 pixels. Run it on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any

from record import record
from speed import enlarge


def summary(milliseconds: list[float]) -> dict[str, float]:
    """Median, least and most of some times."""
    rounded = [round(ms, 1) for ms in milliseconds]
    return {
        "median_ms": statistics.median(rounded),
        "min_ms": min(rounded),
        "max_ms": max(rounded),
        "runs": len(rounded),
    }


def times(page: Any, name: str) -> list[float]:
    """What the page has marked under a name so far."""
    found: list[float] = page.evaluate(f"performance.getEntriesByName('studio-{name}').map((m) => m.duration)")
    return found


def next_picture(page: Any, action: Any) -> None:
    """Do something and wait until its exact picture is shown and everything has come to rest."""
    before = page.get_attribute("#s-exact", "src")
    action()
    page.wait_for_function("(old) => document.querySelector('#s-exact').src !== old", arg=before)
    page.wait_for_timeout(700)


def drag(page: Any, dx: float) -> None:
    """Drag the person to the side and let go."""
    box = page.locator("#s-frame").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + min(box["height"] / 2, 120)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y, steps=4)
    page.mouse.up()


def paint(page: Any, number: int) -> None:
    """Paint a short stroke over the person's lower part, each at another place, and wait for the cut-out."""
    page.locator(f"[name=s-click][value={'add' if number % 2 else 'drop'}]").check(force=True)
    box, before = page.locator("#s-who").bounding_box(), len(times(page, "stroke"))
    x, y = box["x"] + (0.25 + 0.08 * (number // 2)) * box["width"], box["y"] + 0.75 * box["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 0.15 * box["height"], steps=6)
    page.mouse.up()
    page.wait_for_function("(n) => performance.getEntriesByName('studio-stroke').length > n", arg=before)


def visit(page: Any, subject: Path, scene: Path, repeat: int) -> dict[str, dict[str, float]]:
    """One visitor's way: photos, drags, sliders, download."""
    page.set_input_files("#s-file-person", subject)
    page.wait_for_selector("#s-who-next:not([disabled])", timeout=120_000)
    for number in range(min(repeat, 8)):
        paint(page, number)
    firsts: list[float] = []
    for _ in range(3):
        page.evaluate("document.querySelector('#s-stage').removeAttribute('data-ready')")
        page.click("[data-go=place]:not([disabled])")
        page.wait_for_selector("[data-go=place][aria-current=step]", timeout=120_000)  # strokes are followed first
        page.set_input_files("#s-file-place", scene)
        page.wait_for_selector("#s-stage[data-ready=yes]", timeout=120_000)
        firsts = times(page, "first")
    page.wait_for_timeout(1500)
    for number in range(repeat):
        next_picture(page, lambda n=number: drag(page, 30 if n % 2 else -30))
    for slider in ("brightness", "warmth"):
        page.focus(f"#s-{slider}-slider")
        for number in range(repeat // 2):
            next_picture(page, lambda n=number: page.keyboard.press("ArrowRight" if n % 2 else "PageUp"))
    return {
        "second_photo_to_first_picture": summary(firsts),
        "stroke_to_cutout": summary(times(page, "stroke")),
        "letting_go_to_exact_picture": summary(times(page, "drag")),
        "slider_to_exact_picture": summary(times(page, "tune")),
    }


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=12)
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright
    from scenechange_ui.studio import launch

    from scenechange import weights

    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as player:
        subject, scene = Path(folder, "subject.jpg"), Path(folder, "scene.jpg")
        enlarge(weights.path_of("demo-astronaut"), subject, (4000, 3000))
        enlarge(weights.path_of("demo-china"), scene, (3000, 4000))
        studio = launch(block=False)
        browser = player.chromium.launch(executable_path=options.chromium)
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.goto(studio.address)
        page.wait_for_selector(".studio[data-open=yes]")
        found = visit(page, subject, scene, options.repeat)
        browser.close()
        studio.close()
    load = {"before": round(load_before, 2), "after": round(os.getloadavg()[0], 2)}
    for what, numbers in found.items():
        print(f"{what:32} {numbers['median_ms']:8.0f} ms ({numbers['min_ms']:.0f} to {numbers['max_ms']:.0f})")
    print(record("studio", {"times": found, "load_average": load}))


if __name__ == "__main__":
    main()
