"""Write a file whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from scenechange.errors import OutputError


def write_whole(path: Path, data: bytes, overwrite: bool) -> None:
    """Write `data` under a temporary name in the same folder, then rename; on any failure nothing is left behind.

    A symbolic link is followed. The new file has the permissions the umask gives. Without `overwrite` an existing
    file is never touched, not even if it appears while we write.

    Raises
    ------
    OutputError
        No folder, no disk, no permission, existing file.
    """
    target = check_target(path, overwrite)
    temporary = target.parent / f".{secrets.token_hex(8)}.part"
    try:
        _write(temporary, data)
        if overwrite:
            os.replace(temporary, target)
        else:
            _claim(temporary, target)
    except FileExistsError as error:
        raise OutputError(f"{path.name}: the file exists: choose another name, or allow overwriting") from error
    except OSError as error:
        raise OutputError(f"{path.name}: cannot be written ({error.strerror or 'input/output error'})") from error
    finally:
        temporary.unlink(missing_ok=True)


def check_target(path: Path, overwrite: bool) -> Path:
    """Where `path` really lies; `OutputError` where no file can be written: no folder, a folder, an existing file."""
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise OutputError(f"{path.name}: its folder does not exist: create it first")
    if target.is_dir():
        raise OutputError(f"{path.name}: this is a folder, wanted the name of a file")
    if not overwrite and target.exists():
        raise OutputError(f"{path.name}: the file exists: choose another name, or allow overwriting")
    return target


def _write(path: Path, data: bytes) -> None:
    # Created through os.open, for tempfile would make it private whatever the umask says.
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    with open(number, "wb") as file:
        file.write(data)


def _claim(temporary: Path, target: Path) -> None:
    """Give `temporary` the name `target` if nobody has it."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: reserve the name, then replace our own reservation
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        os.replace(temporary, target)
