"""A file from an address: continued where the last attempt stopped, never longer than it should be."""

from __future__ import annotations

import http.client
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from scenechange.weights.unavailable import Unavailable

# A machine without internet should come to the next source soon; a slow line still sends something every ten seconds.
_TIMEOUT_S = 10.0
_ATTEMPTS = 5
_BLOCK = 1 << 20
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")
_DROPPED = (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError)


def download(address: str, part: Path, size: int, report: Callable[[int], None], silent_hosts: dict[str, str]) -> None:
    """Bring the file at `address` into `part`, going on from what `part` already holds.

    Parameters
    ----------
    address : str
        Where the file is.
    part : Path
        The unfinished file; what it holds is taken for the beginning of the file (the caller checks the hash).
    size : int
        Bytes of the whole file.
    report : callable
        Told the bytes at hand, now and then.
    silent_hosts : dict
        Hosts that did not answer, and why; asked no more, and added to, so that ten files do not wait ten times.

    Raises
    ------
    Unavailable
        No answer, a refusal, another size, or a line that keeps breaking.
    """
    host = urlsplit(address).netloc
    if host in silent_hosts:
        raise Unavailable(silent_hosts[host])
    for _ in range(_ATTEMPTS):
        before = _size_of(part)
        if before > size:
            part.unlink()
        if before == size:
            return
        try:
            _go_on(address, part, size, report)
        except urllib.error.HTTPError as error:
            if error.code != http.client.REQUESTED_RANGE_NOT_SATISFIABLE or before == 0:
                raise Unavailable(f"{host} answers {error.code} {error.reason}") from error
            part.unlink()
        except _DROPPED as error:
            if _size_of(part) == before:
                silent_hosts[host] = f"{host} does not answer ({getattr(error, 'reason', error)})"
                raise Unavailable(silent_hosts[host]) from error
    if _size_of(part) != size:
        raise Unavailable(f"{host} broke off after {_size_of(part)} of {size} bytes")


def _go_on(address: str, part: Path, size: int, report: Callable[[int], None]) -> None:
    start = _size_of(part)
    headers = {"User-Agent": "scenechange", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    request = urllib.request.Request(address, headers=headers)
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
        start, whole = _extent(answer, start)
        if whole is not None and whole != size:
            raise Unavailable(f"{urlsplit(address).netloc} has a file of {whole} bytes, wanted {size}")
        with part.open("r+b" if start else "wb") as file:
            file.seek(start)
            done = start
            while done <= size and (block := answer.read(_BLOCK)):
                file.write(block)
                done += len(block)
                report(min(done, size))
            file.truncate()
    if done > size:
        part.unlink()
        raise Unavailable(f"{urlsplit(address).netloc} sends more than the {size} bytes wanted")


def _extent(answer: http.client.HTTPResponse, asked: int) -> tuple[int, int | None]:
    """Where the answer's bytes begin in the file, and the size of the whole file where the server says so."""
    if answer.status == http.client.PARTIAL_CONTENT:
        match = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
        if match is None or int(match[1]) != asked:
            raise Unavailable("the server answers with another range than it was asked for")
        return asked, int(match[2])
    length = answer.headers.get("Content-Length")
    return 0, None if length is None else int(length)


def _size_of(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0
