"""Run submissions: zip files of pictures, one file a run, read with mistrust.

Two layouts of names inside ``<team>_<run>.zip`` are understood:

- ``<run>_<image>.jpg``
- ``<image>_<team>_<run>.png`` (written ``[id]_[group]_[approach].png`` in calls for participation)

where ``.jpg``, ``.jpeg`` and ``.png`` may be used in either. Folders inside the file are passed over.
"""

from __future__ import annotations

import hashlib
import lzma
import re
import zipfile
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath

from scenechange.errors import InputError

MOST_RUNS = 5  # of one team (rules of the pilot)
SUFFIXES = (".jpg", ".jpeg", ".png")
MAGIC = {b"\xff\xd8\xff": ".jpg", b"\x89PNG\r\n\x1a\n": ".png"}
DAMAGES = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError)
MOST_PICTURES, MOST_BYTES, MOST_BYTES_ALL = 20_000, 64 << 20, 8 << 30
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,60}(_[A-Za-z0-9.-]{1,60})*")


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a run: its entry in the zip file, and the image of the task that it answers."""

    image: str
    entry: str
    suffix: str


@dataclass(frozen=True, slots=True)
class Run:
    """A checked submission.

    Attributes
    ----------
    team, run : str
        From the file's name.
    path : Path
        The zip file.
    pictures : tuple of Picture
        Sorted by image.
    """

    team: str
    run: str
    path: Path
    pictures: tuple[Picture, ...]

    @property
    def system(self) -> str:
        """Name of the run among all runs."""
        return f"{self.team}_{self.run}"

    def missing(self, images: Collection[str]) -> tuple[str, ...]:
        """Those of `images` that the run has no picture for, sorted."""
        return tuple(sorted(set(images) - {p.image for p in self.pictures}))

    def read(self) -> Iterator[tuple[Picture, bytes]]:
        """Each picture with its bytes.

        Raises
        ------
        InputError
            An entry is damaged or is not the kind of picture its name says.
        """
        with zipfile.ZipFile(self.path) as archive:
            for picture in self.pictures:
                try:
                    data = archive.read(picture.entry)
                except DAMAGES as error:
                    raise InputError(
                        f"{self.path.name}: {picture.entry} is damaged ({error}); pack it again"
                    ) from error
                kind = next((suffix for magic, suffix in MAGIC.items() if data.startswith(magic)), None)
                if kind is None:
                    raise InputError(f"{self.path.name}: {picture.entry} is neither a JPEG nor a PNG picture")
                yield picture, data


def read_runs(paths: Sequence[Path], images: Collection[str] = ()) -> tuple[Run, ...]:
    """The submissions of all teams, checked together; nothing is unpacked.

    Parameters
    ----------
    paths : sequence of Path
        Zip files.
    images : collection of str
        The images of the task. Empty: whatever the runs name.

    Raises
    ------
    InputError
        A file that is not a zip file, is named otherwise, holds other files than pictures, a picture twice, an image
        that is not of the task; more than 5 runs of a team; one run twice.
    """
    if not paths:
        raise InputError("runs: wanted at least one file <team>_<run>.zip, got none")
    runs = sorted((read_run(path) for path in paths), key=lambda run: run.system.lower())
    for before, after in pairwise(runs):
        if before.system.lower() == after.system.lower():
            raise InputError(f"{after.path.name}: run {after.run} of team {after.team} came twice; leave one out")
    teams = sorted({run.team.lower() for run in runs})
    for team in teams:
        longer = next((other for other in teams if other.startswith(f"{team}_")), None)
        if longer:
            raise InputError(f"teams {team} and {longer}: it cannot be told whose runs are whose; rename one of them")
        count = sum(run.team.lower() == team for run in runs)
        if count > MOST_RUNS:
            raise InputError(
                f"team {team}: wanted at most {MOST_RUNS} runs, got {count}; leave {count - MOST_RUNS} out"
            )
    for run in runs:
        strange = sorted({p.image for p in run.pictures} - set(images)) if images else []
        if strange:
            raise InputError(
                f"{run.path.name}: {strange[0]} is not an image of the task ({len(strange)} such pictures)"
            )
    return tuple(runs)


def read_run(path: Path) -> Run:
    """One submission; see `read_runs`."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [e for e in archive.infolist() if not e.is_dir() and not _is_litter(e.filename)]
    except DAMAGES as error:
        raise InputError(
            f"{path.name}: wanted a zip file, got something that cannot be read as one ({error})"
        ) from error
    _check_entries(path, entries)
    stems = {PurePosixPath(e.filename).stem: e for e in entries}
    if len(stems) < len(entries):
        names = [PurePosixPath(e.filename).stem for e in entries]
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"{path.name}: {twice} is there twice; wanted one picture for each image")
    team, run, images = _parse(path, list(stems))
    pictures = (
        Picture(image, entry.filename, PurePosixPath(entry.filename).suffix.lower())
        for image, entry in zip(images, stems.values(), strict=True)
    )
    return Run(team, run, path, tuple(sorted(pictures, key=lambda p: p.image)))


def sha256_of(data: bytes) -> str:
    """Hexadecimal digest of a picture's bytes."""
    return hashlib.sha256(data).hexdigest()


def _is_litter(name: str) -> bool:
    """Whether an entry is what an operating system leaves behind."""
    path = PurePosixPath(name)
    return path.parts[:1] == ("__MACOSX",) or path.name in (".DS_Store", "Thumbs.db", "desktop.ini")


def _check_entries(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    if not entries:
        raise InputError(f"{path.name}: wanted pictures, got an empty file")
    if len(entries) > MOST_PICTURES:
        raise InputError(f"{path.name}: wanted at most {MOST_PICTURES:,} pictures, got {len(entries):,}")
    if sum(e.file_size for e in entries) > MOST_BYTES_ALL:
        raise InputError(f"{path.name}: unpacks to more than {MOST_BYTES_ALL >> 30} GiB; send smaller pictures")
    for entry in entries:
        name = PurePosixPath(entry.filename)
        if name.is_absolute() or ".." in name.parts or "\\" in entry.filename:
            raise InputError(f"{path.name}: an entry points out of the folder; pack the pictures again")
        if name.suffix.lower() not in SUFFIXES:
            raise InputError(f"{path.name}: wanted {', '.join(SUFFIXES)} pictures only, got {name.name}")
        if entry.flag_bits & 0x1:
            raise InputError(f"{path.name}: {name.name} is encrypted; pack it without a password")
        if entry.file_size > MOST_BYTES:
            raise InputError(f"{path.name}: {name.name} has more than {MOST_BYTES >> 20} MiB; send a smaller picture")


def _parse(path: Path, stems: list[str]) -> tuple[str, str, list[str]]:
    """Team, run, and the image of each picture, from the one way to read all names."""
    words = path.stem.split("_")
    if path.suffix.lower() != ".zip" or len(words) < 2 or not _NAME.fullmatch(path.stem):
        raise InputError(f"{path.name}: wanted <team>_<run>.zip of letters, digits, dots and hyphens")
    for at in range(len(words) - 1, 0, -1):
        team, run = "_".join(words[:at]), "_".join(words[at:])
        for head, tail in ((f"{run}_", ""), ("", f"_{team}_{run}")):
            if all(s.startswith(head) and s.endswith(tail) and len(s) > len(head) + len(tail) for s in stems):
                images = [s[len(head) : len(s) - len(tail)] for s in stems]
                bad = [image for image in images if not _NAME.fullmatch(image)]
                if bad:
                    raise InputError(
                        f"{path.name}: image {bad[0]!r}: wanted letters, digits, dots, hyphens, underscores"
                    )
                return team, run, images
    run = words[-1]
    strange = next((s for s in stems if not s.startswith(f"{run}_") and not s.endswith(f"_{path.stem}")), stems[0])
    raise InputError(
        f"{path.name}: wanted pictures {run}_<image>.jpg or <image>_{path.stem}.png throughout, got {strange}"
    )
