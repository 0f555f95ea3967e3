"""Fixtures shared by all tests: where development data lies, and which networks are at hand."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import settings

from scenechange.types import Camera, Photo

ROOT = Path(__file__).parent.parent
# The same examples in each run, so that a failure is of the change. HYPOTHESIS_PROFILE=search looks for new ones.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The development photos; the test is skipped where they are missing."""
    path = Path(os.environ.get("SCENECHANGE_DATA", ROOT.parent / "shared" / "data"))
    if not path.is_dir():
        pytest.skip(f"development photos not found at {path}; set SCENECHANGE_DATA")
    return path


@pytest.fixture(scope="session")
def camera_film(tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """What the tests' browser sees in its camera: the example person; None where that photo is missing."""
    from PIL import Image

    from scenechange import weights

    if not weights.is_present("demo-astronaut"):
        return None
    film = tmp_path_factory.mktemp("camera") / "film.mjpeg"
    photo = Image.open(weights.path_of("demo-astronaut", fetch=False)).convert("RGB").crop((0, 0, 512, 384))
    photo.resize((640, 480)).save(film, "JPEG", quality=92)
    return film


@pytest.fixture(scope="session")
def chromium(camera_film: Path | None) -> Iterator[Any]:
    """Debian's Chromium with a made-up camera, driven by playwright; one for all tests: a process holds only one."""
    api = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    program = next((found for name in names if name and (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("no Chromium found (Debian: apt-get install chromium), or set CHROMIUM")
    with api.sync_playwright() as player:
        camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        film = [f"--use-file-for-fake-video-capture={camera_film}"] if camera_film else []
        browser = player.chromium.launch(executable_path=program, args=[*camera, *film])
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def _skip_without_weights(request: pytest.FixtureRequest) -> None:
    marker = request.node.get_closest_marker("weights")
    if marker is None:
        return
    from scenechange import weights

    missing = [name for name in (marker.args or weights.default_names()) if not weights.is_present(name)]
    if missing:
        pytest.skip(f"weights missing: run `scenechange weights fetch {' '.join(missing)}`")


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator with a fixed seed."""
    return np.random.default_rng(0)


@pytest.fixture
def scene_photo(rng: np.random.Generator) -> Photo:
    """A drawn street of 240 x 320 pixels: sky above, ground below, some texture."""
    rgb = np.empty((3, 240, 320), np.float32)
    rgb[:, :110] = np.array([0.25, 0.4, 0.7], np.float32)[:, None, None]
    rgb[:, 110:] = np.array([0.3, 0.28, 0.25], np.float32)[:, None, None]
    rgb *= rng.uniform(0.9, 1.1, (1, 240, 320)).astype(np.float32)
    return Photo(torch.from_numpy(rgb.clip(0, 1)), f_px=300.0)


@pytest.fixture
def level_camera() -> Camera:
    """A camera 1.6 m above the ground that looks straight ahead at the drawn street."""
    return Camera((240, 320), 300.0, 0.0, 0.0, 1.6, 10.0, 1.0, 1.0, 0.2)
