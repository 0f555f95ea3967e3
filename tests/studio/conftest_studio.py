"""A running studio and a real browser; the tests are skipped where Chromium is missing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("gradio", reason="the studio needs the extra `ui`")
PHOTOS = ("demo-astronaut", "demo-china", "demo-rocket", "demo-eiffel")


@pytest.fixture(scope="session")
def studio() -> Iterator[Any]:
    """A studio on this machine, with real networks and no way to fetch anything."""
    from scenechange_ui.studio import launch

    before = os.environ.get("SCENECHANGE_OFFLINE")
    os.environ["SCENECHANGE_OFFLINE"] = "1"
    running = launch(block=False)
    yield running
    running.close()
    if before is None:
        del os.environ["SCENECHANGE_OFFLINE"]


class Visit:
    """A visitor: a page with a memory of its own, every request it made, and everything it complained about."""

    def __init__(self, browser: Any, address: str, **options: Any) -> None:
        options = {"viewport": {"width": 1366, "height": 768}, "locale": "en-GB", "color_scheme": "light", **options}
        self.address, self.complaints, self.requests = address, list[str](), list[str]()
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(90_000)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        self.context.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(address)
        self.page.wait_for_selector(".studio[data-open=yes]")

    def strangers(self) -> list[str]:
        """Requests that left this machine."""
        return [url for url in self.requests if not url.startswith((self.address, "data:", "blob:"))]

    def to_who(self, photo: Path | None = None) -> None:
        """Give a photo (or take the example) and wait for the cut-out."""
        if photo is None:
            self.page.click("[data-view=photo] .example")
        else:
            self.page.set_input_files("#s-file-person", photo)
        self.page.wait_for_selector("#s-who-next:not([disabled])")

    def to_picture(self, place: Path | str = "demo-china", photo: Path | None = None) -> None:
        """Go on to the picture with a place of one's own, or an example."""
        self.to_who(photo)
        self.page.click("#s-who-next")
        if isinstance(place, Path):
            self.page.set_input_files("#s-file-place", place)
        else:
            names = {"demo-china": "Beijing", "demo-rocket": "Launch", "demo-eiffel": "Eiffel"}
            self.page.click(f"[data-view=place] .example:has-text('{names[place]}')")
        self.settle()

    def settle(self) -> None:
        """Wait until the picture is exact and can be moved."""
        self.page.wait_for_selector("#s-stage[data-ready=yes]")
        self.page.wait_for_function("() => document.querySelector('.studio').dataset.busy === 'no'")

    def picture(self) -> str:
        """The exact picture that is shown, as a data address."""
        found: str = self.page.get_attribute("#s-exact", "src")
        return found

    def after(self, action: Callable[[], object]) -> str:
        """The picture after something that changes it."""
        before = self.picture()
        action()
        self.page.wait_for_function("(old) => document.querySelector('#s-exact').src !== old", arg=before)
        return self.picture()


@pytest.fixture
def visit(chromium: Any, studio: Any) -> Iterator[Callable[..., Visit]]:
    """Opens visits; their pages are closed after the test."""
    visits: list[Visit] = []

    def open_one(**options: Any) -> Visit:
        visits.append(Visit(chromium, studio.address, **options))
        return visits[-1]

    yield open_one
    for one in visits:
        one.context.close()


@pytest.fixture
def shot(tmp_path: Path) -> Callable[[Visit, str], None]:
    """Keeps a picture of the page as JPEG, in the folder SCENECHANGE_SHOTS where it is set, else for this test only."""
    folder = Path(os.environ.get("SCENECHANGE_SHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)

    def keep(visit: Visit, name: str) -> None:
        visit.page.wait_for_timeout(350)  # transitions
        visit.page.screenshot(path=folder / f"{name}.jpg", type="jpeg", quality=82)

    return keep
