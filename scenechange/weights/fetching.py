"""From a manifest entry to a verified file in the weights folder: ask each source in turn, believe none."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from scenechange.errors import WeightsError
from scenechange.weights import store
from scenechange.weights.https import download
from scenechange.weights.lock import file_lock
from scenechange.weights.manifest import Entry, Source, default_names, entries
from scenechange.weights.packages import Archives
from scenechange.weights.unavailable import Unavailable
from scenechange.weights.unpack import unpack

OnProgress = Callable[[str, int, int], None]
_NO_ROOM = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


def fetch(
    of: Iterable[str] | None = None, on_progress: OnProgress | None = None, offline: bool | None = None
) -> tuple[Path, ...]:
    """Verified local paths of some weights; what is missing or damaged is brought from the first source that answers.

    Safe to run in several processes at once: each file is brought once, the others wait for it. A broken download goes
    on where it stopped. Nothing bears its final name before its hash was checked.

    Parameters
    ----------
    of : iterable of str, optional
        Names of the manifest; the default set where omitted.
    on_progress : callable, optional
        Called as ``on_progress(name, done_bytes, total_bytes)`` while something arrives; the total is the size of what
        travels, which for a package is the whole archive. Where npm has to be fetched first, it is told of in the same
        way under the name ``npm, which is not installed here``. Silent where omitted.
    offline : bool, optional
        Never touch the network; the environment variable `SCENECHANGE_OFFLINE` decides where omitted.

    Raises
    ------
    InputError
        An unknown name.
    WeightsError
        No source answered, none had the right bytes, there is no room, or a file is missing while offline. All other
        files were brought nevertheless.
    """
    wanted = entries(default_names() if of is None else of)
    tell = on_progress or (lambda name, done, total: None)
    found: list[Path] = []
    failures: dict[str, str] = {}
    with Archives(store.writable_folder()) as archives:
        bringer = _Bringer(archives, tell)
        for entry in wanted:
            path = store.intact_path(entry)
            if path is None and (is_offline() if offline is None else offline):
                failures[entry.name] = "fetching is switched off"
            elif path is None:
                try:
                    path = bringer.bring(entry)
                except Unavailable as reason:
                    failures[entry.name] = str(reason)
            if path is not None:
                found.append(path)
    if failures:
        raise WeightsError(_message(failures))
    return tuple(found)


def is_offline() -> bool:
    """Whether `SCENECHANGE_OFFLINE` forbids the network: set, and not to 0, false or no."""
    return os.environ.get("SCENECHANGE_OFFLINE", "").strip().lower() not in ("", "0", "false", "no")


class _Bringer:
    """What one fetch remembers from file to file: opened archives, and hosts that did not answer."""

    def __init__(self, archives: Archives, tell: OnProgress) -> None:
        self._archives = archives
        self._tell = tell
        self._silent_hosts: dict[str, str] = {}

    def bring(self, entry: Entry) -> Path:
        target = store.writable_folder() / entry.file
        part = target.with_name(target.name + ".part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            lock = target.parent / ".locks" / (target.name + ".lock")
            with file_lock(lock, lambda: self._tell(entry.name, _size_of(part), entry.bytes)):
                # Another process may have brought it while we waited.
                return store.intact_path(entry) or self._bring_locked(entry, target, part)
        except OSError as error:
            raise WeightsError(_disk_message(entry, target.parent, error)) from error

    def _bring_locked(self, entry: Entry, target: Path, part: Path) -> Path:
        reasons = []
        for source in entry.sources:
            try:
                self._bring_from(source, entry, part)
            except Unavailable as reason:
                reasons.append(str(reason))
                continue
            os.replace(part, target)
            store.remember(entry, target)
            return target
        raise Unavailable("; ".join(reasons))

    def _bring_from(self, source: Source, entry: Entry, part: Path) -> None:
        _check_room(part.parent, entry.bytes - min(_size_of(part), entry.bytes) + self._packing(source))
        if source.kind != "https":
            unpack(self._archives.bring(source, entry.name, self._tell), source, part, entry.bytes)
        else:
            resumed = _size_of(part) > 0
            self._download(source, entry, part)
            if resumed and store.sha256_of(part) != entry.sha256:
                # The old beginning may have been of another file: once more, from nothing.
                part.unlink()
                self._download(source, entry, part)
        self._tell(entry.name, entry.bytes, entry.bytes)
        got = store.sha256_of(part)
        if got != entry.sha256:
            part.unlink()
            raise Unavailable(f"{source.where} has a wrong hash: wanted sha256 {entry.sha256[:12]}…, got {got[:12]}…")

    def _packing(self, source: Source) -> int:
        return 0 if source.kind == "https" else self._archives.room_for(source)

    def _download(self, source: Source, entry: Entry, part: Path) -> None:
        def report(done: int) -> None:
            self._tell(entry.name, done, entry.bytes)

        download(source.where, part, entry.bytes, report, self._silent_hosts)


def _check_room(folder: Path, need: int) -> None:
    if shutil.disk_usage(folder).free < need:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _message(failures: dict[str, str]) -> str:
    which = " ".join(failures)
    reason = next(iter(failures.values()))
    if len(failures) > 1 and set(failures.values()) != {reason}:
        reason = f"{next(iter(failures))}: {reason}; and so on"
    named = "" if len(failures) > 1 and tuple(failures) == default_names() else f" {which}"
    return (
        f"missing or damaged weights {which} ({reason}): run `scenechange weights fetch{named}` with a connection, "
        "or set SCENECHANGE_WEIGHTS to a folder that holds them"
    )


def _disk_message(entry: Entry, folder: Path, error: OSError) -> str:
    if error.errno in _NO_ROOM:
        fault = f"no room for {entry.file} ({entry.bytes / 1e6:.0f} MB and its packing) in {folder}: make room"
    else:
        fault = f"cannot write {entry.file} into {folder} ({error.strerror or error})"
    return f"{fault}, or set SCENECHANGE_WEIGHTS to another folder, then run `scenechange weights fetch {entry.name}`"


def _size_of(part: Path) -> int:
    try:
        return part.stat().st_size
    except FileNotFoundError:
        return 0
