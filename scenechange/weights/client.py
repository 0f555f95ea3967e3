"""A package client as a child process: watched while it works, and understood when it complains."""

from __future__ import annotations

import errno
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from scenechange.weights.unavailable import Silent, Unavailable

# Said to every pip: nobody can answer a question, and what we bring is kept by us, not in the user's cache.
QUIET_PIP = ("--no-input", "--no-cache-dir", "--disable-pip-version-check", "--progress-bar", "off", "--retries", "2")

_POLL_S = 0.1
_STALL_S = 180.0
_NO_ROOM = ("No space left on device", "ENOSPC")
_NO_ANSWER = ("NewConnectionError", "ConnectTimeout", "ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT")


def pip() -> list[str]:
    """The words that start pip: this Python's, else the one on the path; `Unavailable` where there is none."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    found = shutil.which("pip3") or shutil.which("pip")
    if found is None:
        raise Unavailable("pip is not installed, `python -m ensurepip` brings it")
    return [found]


def run(
    command: list[str],
    name: str,
    box: Path,
    report: Callable[[int], None],
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run a client in the folder `box`, with its temporary files in there too.

    Parameters
    ----------
    command : list of str
        What to run.
    name : str
        What to call it in a message, such as ``npm pack left-pad@1.3.0``; its first word names the registry.
    box : Path
        An empty folder, the client's working folder.
    report : callable
        Told the bytes that lie in `box`, each time they have grown.
    environment : mapping, optional
        Variables beyond our own.

    Raises
    ------
    Silent
        The registry does not answer.
    Unavailable
        The client failed, or brought nothing for three minutes.
    OSError
        No room on the disk (`errno.ENOSPC`).
    """
    log = box / "log"
    variables = {**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(box)), **(environment or {})}
    with log.open("wb") as sink:
        child = subprocess.Popen(
            command, cwd=box, env=variables, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT
        )
        try:
            _watch(child, name, box, report)
        finally:
            if child.poll() is None:
                child.kill()
            child.wait()
    said = log.read_text(encoding="utf-8", errors="replace")
    if child.returncode == 0:
        return
    if any(sign in said for sign in _NO_ROOM):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if any(sign in said for sign in _NO_ANSWER):
        raise Silent(f"the {name.split()[0]} registry does not answer")
    raise Unavailable(f"`{name}` failed: {_complaint(said)}")


def _watch(child: subprocess.Popen[bytes], name: str, box: Path, report: Callable[[int], None]) -> None:
    most, since = 0, time.monotonic()
    while child.poll() is None:
        size = _size_below(box)
        if size > most:
            most, since = size, time.monotonic()
            report(most)
        elif time.monotonic() - since > _STALL_S:
            raise Unavailable(f"`{name}` brought nothing for {_STALL_S:.0f} s")
        time.sleep(_POLL_S)


def _complaint(said: str) -> str:
    """The line in which a client says what is wrong: npm's first error line, pip's last."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    faults = [line for line in lines if "error" in line.lower() and "error code" not in line]
    faults = faults or lines or ["it said nothing"]
    return faults[0 if faults[0].startswith("npm") else -1][:200]


def _size_below(folder: Path) -> int:
    total = 0
    for where, _, file_names in os.walk(folder):
        for name in file_names:
            try:
                total += os.stat(os.path.join(where, name)).st_size
            except FileNotFoundError:  # the client has just renamed it
                continue
    return total
