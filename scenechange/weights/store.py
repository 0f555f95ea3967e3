"""Where weights lie on this machine, and whether they are what they should be."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

from scenechange.errors import WeightsError
from scenechange.weights.manifest import Entry

_proved: set[tuple[str, str, int, int]] = set()


def cache_dir() -> Path:
    """The user's own weights folder by the custom of the platform; `XDG_CACHE_HOME` is honoured where it is set."""
    xdg = os.environ.get("XDG_CACHE_HOME")
    if xdg:
        base = Path(xdg)
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path.home() / ".cache"
    return base / "scenechange" / "weights"


def folders() -> tuple[Path, ...]:
    """Folders that are searched, in order: `SCENECHANGE_WEIGHTS` where it is set, then the user's cache."""
    named = os.environ.get("SCENECHANGE_WEIGHTS")
    if not named:
        return (cache_dir(),)
    folder = Path(named).expanduser()
    if not folder.is_dir():
        raise WeightsError(f"SCENECHANGE_WEIGHTS names no folder ({folder}): make it, or unset the variable")
    return (folder, cache_dir())


def writable_folder() -> Path:
    """Where fetched files go: the first of `folders` that can be written, so a read-only mirror stays untouched."""
    *mirrors, cache = folders()
    return next((mirror for mirror in mirrors if os.access(mirror, os.W_OK)), cache)


def present(entry: Entry) -> list[Path]:
    """Files that bear this entry's name, in the order of `folders`."""
    return [path for folder in folders() if (path := folder / entry.file).is_file()]


def has_right_size(entry: Entry, path: Path) -> bool:
    """Whether a file could be this entry; cheap, and no proof."""
    return path.stat().st_size == entry.bytes


def is_intact(entry: Entry, path: Path) -> bool:
    """Whether a file has exactly the bytes of the manifest; reads all of it."""
    return has_right_size(entry, path) and sha256_of(path) == entry.sha256


def intact_path(entry: Entry) -> Path | None:
    """The first file of this entry that proves intact. A file is read once per process, unless it changes."""
    for path in present(entry):
        if _stamp(entry, path) in _proved:
            return path
        if is_intact(entry, path):
            remember(entry, path)
            return path
    return None


def remember(entry: Entry, path: Path) -> None:
    """Take note that this process has just proved `path` intact."""
    _proved.add(_stamp(entry, path))


def sha256_of(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stamp(entry: Entry, path: Path) -> tuple[str, str, int, int]:
    about = path.stat()
    return (entry.sha256, str(path), about.st_size, about.st_mtime_ns)
