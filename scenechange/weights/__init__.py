"""Trained networks and demo photos as files: a name of the manifest becomes the path of a verified file.

Files are looked for in the folder `SCENECHANGE_WEIGHTS` (where it is set) and in the user's cache. What is missing
comes from the sources of `weights/manifest.toml`, in their order: on first use with a progress bar, or by `fetch`.
Nothing is handed out before its sha256 was checked in this process. `SCENECHANGE_OFFLINE=1` forbids the network.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from scenechange.errors import WeightsError
from scenechange.weights import store
from scenechange.weights.fetching import OnProgress, fetch, is_offline
from scenechange.weights.manifest import Entry, Source, default_names, entries, entry, names

__all__ = [
    "Entry",
    "OnProgress",
    "Source",
    "Verdict",
    "default_names",
    "entry",
    "fetch",
    "is_offline",
    "is_present",
    "names",
    "path_of",
    "verify",
]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` found of one file: ``intact``, ``damaged`` or ``missing``, and where."""

    name: str
    state: str
    path: Path | None = None


def is_present(name: str) -> bool:
    """Whether a file of the right name and size is at hand. Cheap: no hash, so `path_of` may still refuse it."""
    wanted = entry(name)
    return any(store.has_right_size(wanted, path) for path in store.present(wanted))


def path_of(name: str, fetch: bool = True) -> Path:
    """Path of a file whose sha256 was checked; what is missing is fetched, with a progress bar on stderr.

    Parameters
    ----------
    name : str
        Name of the manifest.
    fetch : bool
        Bring a missing file. Where a network of the default set is missing, all that is missing of the set is brought,
        so that the first run waits once and later runs need no network.

    Raises
    ------
    InputError
        Unknown name.
    WeightsError
        The file is damaged, or missing and not to be had; the message names the command that mends it.
    """
    wanted = entry(name)
    path = store.intact_path(wanted)
    if path is not None:
        return path
    damaged = store.present(wanted)
    if damaged:
        raise WeightsError(f"{damaged[0]} is damaged: run `scenechange weights fetch {name}`")
    if not fetch or is_offline():
        raise WeightsError(
            f"missing weights {name} ({wanted.bytes / 1e6:.1f} MB): run `scenechange weights fetch {name}`, "
            f"or set SCENECHANGE_WEIGHTS to a folder that holds {wanted.file}"
        )
    return _fetched_on_first_use(wanted)


def verify(of: Iterable[str] | None = None) -> tuple[Verdict, ...]:
    """Read files again and compare them with the manifest.

    Parameters
    ----------
    of : iterable of str, optional
        Names; where omitted, the default set and every other file that is at hand.
    """
    if of is None:
        of = [name for name in names() if entry(name).default or store.present(entry(name))]
    return tuple(_verdict(wanted) for wanted in entries(of))


def _verdict(wanted: Entry) -> Verdict:
    paths = store.present(wanted)
    for path in paths:
        if store.is_intact(wanted, path):
            return Verdict(wanted.name, "intact", path)
    return Verdict(wanted.name, "damaged", paths[0]) if paths else Verdict(wanted.name, "missing")


def _fetched_on_first_use(wanted: Entry) -> Path:
    from scenechange.weights.progress import bars

    together = [name for name in default_names() if not is_present(name)] if wanted.default else [wanted.name]
    with bars() as on_progress:
        try:
            fetch(together, on_progress)
        except WeightsError:
            # Another file of the set may have failed; only the one that was asked for matters here.
            if not is_present(wanted.name):
                raise
    path = store.intact_path(wanted)
    if path is None:
        raise WeightsError(f"missing weights {wanted.name}: run `scenechange weights fetch {wanted.name}`")
    return path
