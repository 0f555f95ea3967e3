"""Downloads from a server on this machine that resumes, refuses, breaks off, lies, and counts."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from scenechange import weights
from scenechange.errors import WeightsError
from scenechange.weights import fetching, https
from scenechange.weights import manifest as manifests

BODY = bytes(range(256)) * 400


class Server:
    """Serves `body`; fields say how badly. `requests` lists the first byte that each request asked for."""

    def __init__(self) -> None:
        self.body = BODY
        self.resumes = True
        self.breaks_after: list[int] = []
        self.status = 0
        self.says_length = True
        self.lies_about_range = False
        self.pause_s = 0.0
        self.requests: list[int] = []
        handler = type("Handler", (_Handler,), {"server_facts": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}/tiny.onnx"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server_facts: Server

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        facts = self.server_facts
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked else 0
        facts.requests.append(start)
        if facts.status:
            self.send_error(facts.status)
            return
        partial = asked is not None and facts.resumes
        if partial and start >= len(facts.body):
            self.send_error(416)
            return
        body = facts.body[start:] if partial else facts.body
        self.send_response(206 if partial else 200)
        if facts.says_length:
            self.send_header("Content-Length", str(len(body)))
        if partial:
            first = 0 if facts.lies_about_range else start
            self.send_header("Content-Range", f"bytes {first}-{len(facts.body) - 1}/{len(facts.body)}")
        self.end_headers()
        time.sleep(facts.pause_s)
        self.wfile.write(body[: facts.breaks_after.pop(0)] if facts.breaks_after else body)


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of `BODY` on this machine."""
    facts = Server()
    yield facts
    facts.close()


def make_entry(*addresses: str, name: str = "tiny") -> weights.Entry:
    return weights.Entry(
        name=name,
        kind="network",
        file=f"{name}.onnx",
        sha256=hashlib.sha256(BODY).hexdigest(),
        bytes=len(BODY),
        default=True,
        use="tests",
        licence="Apache-2.0",
        commercial=True,
        upstream="https://example.invalid",
        sources=tuple(weights.Source("https", address) for address in addresses),
    )


@pytest.fixture
def cache(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a manifest whose ``tiny`` comes from the server."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name in ("SCENECHANGE_WEIGHTS", "SCENECHANGE_OFFLINE", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(manifests, "manifest", lambda: {"tiny": make_entry(server.address)})
    return tmp_path / "scenechange" / "weights"


def files_in(folder: Path) -> list[str]:
    return sorted(name for name in os.listdir(folder) if name != ".locks")


def one_line(caught: pytest.ExceptionInfo[WeightsError]) -> str:
    message = str(caught.value)
    assert "\n" not in message
    assert "`scenechange weights fetch tiny`" in message
    return message


def test_file_arrives_whole_and_nothing_else_is_left(server: Server, cache: Path) -> None:
    told: list[tuple[str, int, int]] = []
    (path,) = weights.fetch(["tiny"], lambda *step: told.append(step))
    assert path == cache / "tiny.onnx"
    assert path.read_bytes() == BODY
    assert files_in(cache) == ["tiny.onnx"]
    assert told[-1] == ("tiny", len(BODY), len(BODY))
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    weights.fetch(["tiny"])
    assert server.requests == [0]


def test_broken_download_goes_on_where_it_stopped(server: Server, cache: Path) -> None:
    server.breaks_after = [30_000, 20_000]
    (path,) = weights.fetch(["tiny"])
    assert path.read_bytes() == BODY
    assert server.requests == [0, 30_000, 50_000]


def test_partial_file_of_an_earlier_process_is_resumed(server: Server, cache: Path) -> None:
    cache.mkdir(parents=True)
    (cache / "tiny.onnx.part").write_bytes(BODY[:70_000])
    (path,) = weights.fetch(["tiny"])
    assert path.read_bytes() == BODY
    assert server.requests == [70_000]


def test_server_that_cannot_resume_is_asked_from_the_start(server: Server, cache: Path) -> None:
    server.resumes = False
    server.breaks_after = [30_000]
    (path,) = weights.fetch(["tiny"])
    assert path.read_bytes() == BODY
    assert server.requests == [0, 30_000]


@pytest.mark.parametrize("stale", [b"x" * 500, BODY[1:], b"x" * len(BODY), b"x" * (len(BODY) + 5)])
def test_stale_partial_file_does_not_spoil_the_result(server: Server, cache: Path, stale: bytes) -> None:
    cache.mkdir(parents=True)
    (cache / "tiny.onnx.part").write_bytes(stale)
    (path,) = weights.fetch(["tiny"])
    assert path.read_bytes() == BODY
    assert files_in(cache) == ["tiny.onnx"]


def test_damaged_file_is_mended_by_fetch(cache: Path) -> None:
    cache.mkdir(parents=True)
    (cache / "tiny.onnx").write_bytes(BODY[::-1])
    with pytest.raises(WeightsError, match="damaged"):
        weights.path_of("tiny")
    weights.fetch(["tiny"])
    assert weights.path_of("tiny").read_bytes() == BODY


def test_wrong_hash_is_refused_and_leaves_nothing(server: Server, cache: Path) -> None:
    server.body = BODY[::-1]
    with pytest.raises(WeightsError) as caught:
        weights.fetch(["tiny"])
    assert "wrong hash" in one_line(caught)
    assert files_in(cache) == []


@pytest.mark.parametrize(("body", "says_length"), [(BODY[:-1], True), (BODY + b"x", True), (BODY + b"x", False)])
def test_wrong_size_is_refused(server: Server, cache: Path, body: bytes, says_length: bool) -> None:
    server.body, server.says_length = body, says_length
    with pytest.raises(WeightsError) as caught:
        weights.fetch(["tiny"])
    assert "wanted" in one_line(caught)
    assert "tiny.onnx" not in files_in(cache)


def test_server_that_answers_another_range_is_refused(server: Server, cache: Path) -> None:
    cache.mkdir(parents=True)
    (cache / "tiny.onnx.part").write_bytes(BODY[:700])
    server.lies_about_range = True
    with pytest.raises(WeightsError, match="another range"):
        weights.fetch(["tiny"])


def test_line_that_keeps_breaking_is_given_up_and_kept_for_later(server: Server, cache: Path) -> None:
    server.breaks_after = [1000] * 20
    with pytest.raises(WeightsError) as caught:
        weights.fetch(["tiny"])
    assert "broke off after" in one_line(caught)
    kept = (cache / "tiny.onnx.part").stat().st_size
    server.breaks_after = []
    weights.fetch(["tiny"])
    assert server.requests[-1] == kept > 0


@pytest.mark.parametrize("status", [403, 404, 500])
def test_refusal_names_the_answer_at_once(server: Server, cache: Path, status: int) -> None:
    server.status = status
    with pytest.raises(WeightsError) as caught:
        weights.fetch(["tiny"])
    assert f"answers {status}" in one_line(caught)
    assert server.requests == [0]


@pytest.mark.parametrize("fault", ["refuses", "lies"])
def test_next_source_is_asked_when_the_first_fails(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    bad = Server()
    bad.status, bad.body = (404, BODY) if fault == "refuses" else (0, BODY[::-1])
    monkeypatch.setattr(manifests, "manifest", lambda: {"tiny": make_entry(bad.address, server.address)})
    (path,) = weights.fetch(["tiny"])
    bad.close()
    assert path.read_bytes() == BODY
    assert (len(bad.requests), len(server.requests)) == (1, 1)


def test_silent_host_is_asked_once_for_many_files(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def no_answer(request: object, timeout: float) -> None:
        asked.append(timeout)
        raise TimeoutError("timed out")

    monkeypatch.setattr(https.urllib.request, "urlopen", no_answer)
    names = ("tiny", "small", "little")
    entries = {name: make_entry("https://silent.invalid/x", name=name) for name in names}
    monkeypatch.setattr(manifests, "manifest", lambda: entries)
    with pytest.raises(WeightsError, match=r"tiny small little.*silent\.invalid does not answer \(timed out\)"):
        weights.fetch(names)
    assert len(asked) == 1
    assert asked[0] <= 10


def test_one_failure_does_not_keep_the_others_away(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = {"gone": make_entry("http://127.0.0.1:9/x", name="gone"), "tiny": make_entry(server.address)}
    monkeypatch.setattr(manifests, "manifest", lambda: entries)
    with pytest.raises(WeightsError, match="`scenechange weights fetch gone`"):
        weights.fetch(entries)
    assert weights.path_of("tiny").read_bytes() == BODY


# --- the disk --------------------------------------------------------------------------------------------------------


def test_no_room_is_told_before_the_download(server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type(shutil.disk_usage("."))(1000, 990, 10)
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(WeightsError) as caught:
        weights.fetch(["tiny"])
    assert re.search(r"no room for tiny\.onnx.*make room, or set SCENECHANGE_WEIGHTS", one_line(caught))
    assert server.requests == []


@pytest.mark.parametrize(("number", "words"), [(errno.ENOSPC, "no room"), (errno.EACCES, "cannot write")])
def test_disk_that_fails_during_the_download_is_one_clear_line(
    cache: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def fail(*args: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fetching, "download", fail)
    with pytest.raises(WeightsError) as caught:
        weights.fetch(["tiny"])
    assert words in one_line(caught)


def test_folder_that_is_a_file_is_one_clear_line(cache: Path) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_text("not a folder")
    with pytest.raises(WeightsError) as caught:
        weights.fetch(["tiny"])
    assert "cannot write" in one_line(caught)


# --- several at once -------------------------------------------------------------------------------------------------

_CHILD = """
import sys
from scenechange import weights
from scenechange.weights import manifest as manifests
sys.path.insert(0, sys.argv[1])
from test_weights_https import make_entry
manifests.manifest = lambda: {"tiny": make_entry(sys.argv[2])}
(path,) = weights.fetch(["tiny"])
sys.stdout.write(str(path))
"""


def test_processes_that_fetch_at_once_bring_one_good_file(server: Server, cache: Path) -> None:
    server.pause_s = 1.0
    command = [sys.executable, "-c", _CHILD, str(Path(__file__).parent), server.address]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = [child.communicate(timeout=60)[0] for child in children]
    assert [child.returncode for child in children] == [0, 0, 0]
    assert said == [str(cache / "tiny.onnx")] * 3
    assert (cache / "tiny.onnx").read_bytes() == BODY
    assert server.requests == [0]


def test_killed_process_leaves_no_lock_behind(server: Server, cache: Path) -> None:
    server.pause_s = 60.0
    command = [sys.executable, "-c", _CHILD, str(Path(__file__).parent), server.address]
    child = subprocess.Popen(command)
    _wait_for(lambda: bool(server.requests))
    child.kill()
    child.wait()
    server.pause_s = 0.0
    (path,) = weights.fetch(["tiny"])
    assert path.read_bytes() == BODY


def test_threads_that_fetch_at_once_bring_the_file_once(server: Server, cache: Path) -> None:
    server.pause_s = 0.3
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.extend(weights.fetch(["tiny"]))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [cache / "tiny.onnx"] * 4
    assert server.requests == [0]


def _wait_for(happened: Callable[[], bool]) -> None:
    for _ in range(300):
        if happened():
            return
        time.sleep(0.1)
    raise AssertionError("waited 30 s in vain")
