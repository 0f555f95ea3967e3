"""Items of a study: each with its picture found, opened once, and pinned by its hash."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scenechange.errors import PhotoError
from scenechange.ratings.records import Item, Role
from scenechange.ratings.rows import SUFFIXES, Row
from scenechange.ratings.table import StudyError, did_you_mean

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_HASH = re.compile(r"[0-9a-f]{64}")
_MAX_BYTES, _MAX_PIXELS = 64 << 20, 100_000_000


def items_from(rows: Sequence[Row]) -> tuple[Item, ...]:
    """Items with their pictures found, hashed and, where no hash was recorded, decoded once.

    A picture whose recorded hash still matches is not decoded again: whoever recorded the hash has opened it.

    Raises
    ------
    StudyError
        A bad name, role or truth value; an item twice; a picture that is missing, lies outside its folder, has
        another hash than recorded, or cannot be opened.
    """
    _check_unique(rows)
    with ThreadPoolExecutor(4) as pool:
        return tuple(pool.map(_item, rows))


def _check_unique(rows: Sequence[Row]) -> None:
    first: dict[str, Row] = {}
    for row in rows:
        earlier = first.setdefault(row.values.get("item", ""), row)
        if earlier is row:
            continue
        hashes = {r.values.get("sha256", "").lower() for r in (earlier, row)} - {""}
        fault = "is there twice with two hashes" if len(hashes) > 1 else "is there twice"
        raise StudyError(
            f"{row.where}: item {row.values['item']!r} {fault}, first at {earlier.where}; remove or rename one"
        )


def _item(row: Row) -> Item:
    values = row.values
    for key in ("item", "system", "source", "team"):
        value = values.get(key, "")
        if not NAME.fullmatch(value) and not (key == "team" and not value):
            raise StudyError(
                f"{row.where}: {key}: wanted letters, digits and ._-, at most 200, the first no sign, got {value!r}"
            )
    role = values.get("role", "") or "test"
    if role not in list(Role):
        hint = did_you_mean(role, [str(known) for known in Role])
        raise StudyError(f"{row.where}: role: wanted one of {', '.join(Role)}, got {role!r}. {hint}")
    real = values.get("real", "").lower() or "false"
    if real not in ("true", "false", "1", "0", "yes", "no"):
        raise StudyError(f"{row.where}: real: wanted true or false, got {values['real']!r}")
    path = _path(row)
    return Item(
        item=values["item"],
        system=values["system"],
        source=values["source"],
        path=path,
        sha256=_hash(row, path, values.get("sha256", "").lower()),
        team=values.get("team", ""),
        role=Role(role),
        expected=values.get("expected", ""),
        real=real in ("true", "1", "yes"),
    )


def _path(row: Row) -> Path:
    """The picture's file, which must lie within the folder it was named for, links followed."""
    named = row.values.get("path", "")
    root = row.root.resolve()
    if "\0" in named:
        raise StudyError(f"{row.where}: path: wanted a file's name, got {named!r}")
    for candidate in [named] if named else _guesses(row.values["item"]):
        path = (root / candidate).resolve()
        if not path.is_relative_to(root):
            raise StudyError(f"{row.where}: path: wanted a file within {root.name!r}, got {candidate!r} outside it")
        if path.is_file():
            return path
    wanted = repr(named) if named else f"{row.values['item']!r} with {', '.join(SUFFIXES)}"
    raise StudyError(f"{row.where}: no such picture: wanted {wanted} in {root.name!r}")


def _guesses(item: str) -> Iterator[str]:
    if item.lower().endswith(SUFFIXES):
        yield item
    for suffix in SUFFIXES:
        yield item + suffix
        yield item + suffix.upper()


def _hash(row: Row, path: Path, recorded: str) -> str:
    if recorded and not _HASH.fullmatch(recorded):
        raise StudyError(f"{row.where}: sha256: wanted 64 hexadecimal digits or nothing, got {recorded!r}")
    try:
        size = path.stat().st_size
        data = path.read_bytes() if 0 < size <= _MAX_BYTES else b""
    except OSError as error:
        raise StudyError(f"{row.where}: {path.name} cannot be read: {error.strerror}") from error
    if not data:
        raise StudyError(f"{row.where}: {path.name} has {size:,} bytes, wanted 1 to {_MAX_BYTES:,}")
    found = hashlib.sha256(data).hexdigest()
    if recorded and recorded != found:
        raise StudyError(
            f"{row.where}: {path.name} was changed: wanted sha256 {recorded[:12]}..., got {found[:12]}...; "
            "restore the picture, or record the new hash if the change was meant and no vote was given yet"
        )
    _check_picture(row, path, data, is_known=bool(recorded))
    return found


def _check_picture(row: Row, path: Path, data: bytes, is_known: bool) -> None:
    """Refuse what a browser does not show or what cannot be decoded."""
    from scenechange.io.recognise import recognise

    try:
        kind = recognise(data, path.suffix.lower())
        if kind not in ("jpeg", "png", "webp"):
            raise PhotoError(f"a {kind.upper()} file, which browsers do not show; save it as JPEG, PNG or WebP")
        if not is_known:
            _decode(kind, data)
    except PhotoError as error:
        raise StudyError(f"{row.where}: {path.name} cannot be shown: {error}") from error


def _decode(kind: str, data: bytes) -> None:
    from scenechange.io import jpeg, png, webp

    decode = {"jpeg": jpeg.decode_jpeg, "png": png.decode_png, "webp": webp.decode_webp}[kind]
    try:
        decode(data, _MAX_PIXELS)
    except PhotoError:
        raise
    except Exception as error:  # decoders answer damaged bytes with whatever error they happen upon
        raise PhotoError("damaged or truncated: it cannot be decoded") from error
