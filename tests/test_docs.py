"""The documentation is run: doctests, shell commands, Python examples; and nothing of the product is left out of it.

In a Markdown page, lines of a ``bash`` block that start with ``scenechange`` are run here, in the order of the page,
beside example photos; an ``sh`` block is shown only (installing, fetching). ``python`` blocks make one program.
"""

from __future__ import annotations

import doctest
import importlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PathDistribution
from pathlib import Path

import numpy as np
import pytest
import typer
from house_rules import FLOORS, LIBRARY, ROOT, room_of

import scenechange as sc
from scenechange import registry, weights

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CHEAP = ("--help", "--version", "methods", "weights list")
PHOTOS = {
    "me.jpg": "demo-astronaut",
    "friend.png": "demo-astronaut",
    "paris.jpg": "demo-eiffel",
    "street.jpg": "demo-china",
}
NEEDED = (*weights.default_names(), *sorted({*PHOTOS.values(), "demo-rocket"}))
MODULES = [name for name in LIBRARY if name.startswith("scenechange.") and not name.endswith("__main__")]


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks of a page in one language."""
    return [text for name, text in FENCE.findall(page.read_text(encoding="utf-8")) if name == language]


def commands(page: Path) -> list[str]:
    """The ``scenechange`` lines of a page's bash blocks."""
    lines = "".join(blocks(page, "bash")).replace("\\\n", " ").splitlines()
    return [line for line in lines if line.startswith("scenechange ")]


def is_cheap(command: str) -> bool:
    """Whether a command needs neither photos nor networks."""
    return any(mark in command for mark in CHEAP)


def section(page: Path, heading: str) -> str:
    """The text below a second-level heading; empty where there is none."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", page.read_text(encoding="utf-8"), re.M | re.S)
    return found.group(1) if found else ""


def walk(command: typer.core.TyperGroup | object, name: str) -> Iterator[tuple[str, list[str]]]:
    """Every command below one, by its full name, with its options."""
    children = getattr(command, "commands", {})
    for word, child in children.items():
        yield from walk(child, f"{name} {word}")
    if not children:
        yield name, [o for p in command.params for o in (*p.opts, *p.secondary_opts) if o.startswith("-")]


def all_commands() -> dict[str, list[str]]:
    """Full name -> options of every command."""
    from scenechange.cli.app import app

    return dict(walk(typer.main.get_command(app), "scenechange"))


def demo_files() -> set[str]:
    """The files that the demo writes, as documented."""
    return set(re.findall(r"`([\w-]+\.(?:jpg|png))`", section(ROOT / "docs" / "command-line.md", "scenechange demo")))


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, the current one, with the photos, mask and table that the pages speak of; the network is forbidden."""
    pictures = {name: sc.load_photo(weights.path_of(entry)) for name, entry in PHOTOS.items()}
    for name, photo in pictures.items():
        sc.save(photo.rgb, tmp_path / name)
    shutil.copy(tmp_path / "paris.jpg", tmp_path / "composite.png")
    h, w = pictures["paris.jpg"].size_hw
    mask = np.zeros((3, h, w), np.float32)
    mask[:, h // 2 : -9, w // 3 : w // 2] = 1
    sc.save(pictures["paris.jpg"].rgb.new_tensor(mask), tmp_path / "mask.png")
    (scribbles,) = blocks(ROOT / "docs" / "command-line.md", "json")
    (tmp_path / "scribbles.json").write_text(scribbles, encoding="utf-8")
    (tmp_path / "pairs.csv").write_text("name,composite,mask\none,composite.png,mask.png\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCENECHANGE_OFFLINE", "1")
    return tmp_path


# --- doctests and examples --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODULES)
def test_doctests_of_module_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("command", sorted({c for page in PAGES for c in commands(page) if is_cheap(c)}))
def test_documented_command_without_photos_works(command: str) -> None:
    words = shlex.split(command)[1:]
    run = subprocess.run([sys.executable, "-m", "scenechange.cli", *words], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip()


@pytest.mark.slow
@pytest.mark.weights(*NEEDED)
@pytest.mark.parametrize("page", [p for p in PAGES if not all(map(is_cheap, commands(p)))], ids=lambda p: p.stem)
def test_documented_commands_with_photos_work(
    page: Path, photos: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one process, so that the networks are loaded once."""
    from scenechange.cli import main

    for command in commands(page):
        monkeypatch.setattr(sys, "argv", shlex.split(command))
        with pytest.raises(SystemExit) as stopped:
            main()
        said = capsys.readouterr()
        assert stopped.value.code == 0, f"{command}: {said.err}"
        target = re.search(r"-o (\S+)", command)
        assert target is None or (photos / target.group(1)).exists(), command
        if command.startswith("scenechange demo"):
            assert {path.name for path in (photos / target.group(1)).iterdir()} == demo_files()


@pytest.mark.slow
@pytest.mark.weights(*NEEDED)
@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "docs" / "python.md"], ids=lambda p: p.stem)
def test_python_of_the_page_runs(page: Path, photos: Path) -> None:
    exec(compile("\n".join(blocks(page, "python")), page.name, "exec"), {})
    assert (photos / "out.jpg").stat().st_size > 10_000


def test_example_method_is_found_through_its_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    from scenechange.types import Layers

    page = ROOT / "docs" / "methods.md"
    (tmp_path / "dusk.py").write_text(blocks(page, "python")[0], encoding="utf-8")
    entry = re.search(r'"harmonize\.dusk" = "(.+)"', blocks(page, "toml")[0])
    info = tmp_path / "scenechange_dusk-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: scenechange-dusk\nVersion: 1.0\n", encoding="utf-8")
    points = f"[scenechange.methods]\nharmonize.dusk = {entry.group(1)}\n"
    (info / "entry_points.txt").write_text(points, encoding="utf-8")
    assert PathDistribution(info).entry_points
    monkeypatch.syspath_prepend(str(tmp_path))
    registry._methods.cache_clear()
    try:
        assert "dusk" in registry.method_names("harmonize")
        dusk = registry.make("harmonize", sc.Method("dusk", {"stops": 2.0}))
    finally:
        registry._methods.cache_clear()
    ones, window = torch.ones(3, 4, 4), torch.ones(1, 4, 4)
    layers = Layers(torch.ones(3, 8, 8), ones, window, window, window, (2, 2, 6, 6), np.eye(3), (4.0, 6.0), 4.0)
    assert torch.equal(dusk(layers, None).foreground, ones / 4)
    assert torch.equal(ones, torch.ones(3, 4, 4))


# --- nothing is left out ----------------------------------------------------------------------------------------------


def test_every_command_and_option_is_documented_and_none_is_invented() -> None:
    page, missing, invented = ROOT / "docs" / "command-line.md", [], []
    shared = section(page, "Options that many commands share")
    for name, options in all_commands().items():
        text = section(page, name)
        documented = set(re.findall(r"`(-[-\w]+)", text.partition("| option |")[2]))
        missing += [f"{name} {option}" for option in options if option not in documented] if text else [name]
        invented += [f"{name} {option}" for option in documented - set(options)]
    assert missing == []
    assert invented == []
    known = {option for options in all_commands().values() for option in options}
    assert set(re.findall(r"^\| `(--[-\w]+)", shared, re.M)) <= known


def test_every_documented_command_exists() -> None:
    page = ROOT / "docs" / "command-line.md"
    headings = set(re.findall(r"^## (scenechange .+)$", page.read_text(encoding="utf-8"), re.M))
    assert headings == set(all_commands())


def test_options_in_documented_commands_exist() -> None:
    known = all_commands()
    for page in PAGES:
        for command in filter(lambda c: "--version" not in c and "--help" not in c, commands(page)):
            words = shlex.split(command)
            name = " ".join(words[: 3 if words[1] in ("weights", "rate") else 2])
            assert [w for w in words if re.match(r"--?[a-z]", w) and w not in known[name]] == [], command


def test_every_method_is_in_the_table_in_the_order_of_the_registry() -> None:
    for page in (ROOT / "README.md", ROOT / "docs" / "methods.md"):
        text = page.read_text(encoding="utf-8")
        for stage, names in registry.BUILT_IN.items():
            cell = ", ".join(f"`{name}`" for name in names)
            assert re.search(rf"^\| {stage} \|.*{re.escape(cell)} \|$", text, re.M), f"{page.name}: {stage}: {cell}"


def test_every_file_of_the_manifest_is_on_the_weights_page() -> None:
    text = (ROOT / "docs" / "weights.md").read_text(encoding="utf-8")
    for name in weights.names():
        entry = weights.entry(name)
        row = re.search(rf"^\| `{name}` \|.*$", text, re.M)
        assert row, name
        if entry.kind == "network":
            assert f"| {entry.bytes / 1e6:.1f} |" in row.group()
            assert entry.licence in row.group()
            assert row.group().endswith("| yes |" if entry.default else "| no |")


def test_every_environment_variable_is_documented() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "scenechange").rglob("*.py"))
    page = (ROOT / "docs" / "weights.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\"(SCENECHANGE_[A-Z]+)\"", sources)) == set(re.findall(r"`(SCENECHANGE_[A-Z]+)`", page))


def test_every_public_name_is_used_in_the_documentation() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [name for name in sc.__all__ if not re.search(rf"\b{name}\b", text)] == []
    named = set(re.findall(r"\bsc\.(\w+)", text)) - {"jpg"}
    assert named <= set(sc.__all__)


def test_every_room_is_on_the_architecture_page() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `(\w+)(?:\.py|/)` \|", page, re.M))
    assert listed == {room_of(name) for name in LIBRARY if name.startswith("scenechange.")} - {"__init__"}
    lines = re.search(r"^errors < .*?```", page, re.M | re.S).group()
    floors = [{room.split("/")[-1] for room in re.split(r",\s*", floor.strip(" `\n"))} for floor in lines.split(" < ")]
    wanted = [set(rooms) & (listed | {"__init__", "scenechange_ui", "benchmarks"}) for rooms in FLOORS]
    assert floors == [{"the stages"} if "segment" in rooms else rooms for rooms in wanted if rooms]


def test_links_between_pages_lead_somewhere() -> None:
    broken = []
    for page in PAGES:
        for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
            path = target.partition("#")[0]
            if "://" not in target and path and not (page.parent / path).exists():
                broken.append(f"{page.name}: {target}")
    assert broken == []


def test_every_page_is_in_the_table_of_contents() -> None:
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    listed = set(re.findall(r": (\S+\.md)$", nav, re.M))
    assert listed == {page.relative_to(ROOT / "docs").as_posix() for page in (ROOT / "docs").rglob("*.md")}


def test_pages_have_no_lines_that_a_diff_cannot_show() -> None:
    assert [p.name for p in PAGES for line in p.read_text(encoding="utf-8").splitlines() if len(line) > 400] == []


def test_ci_runs_what_the_readme_says() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for part in ("pip install --quiet .", "scenechange demo -o", "-e '.[test]'", "bin/pytest"):
        assert part in script
    assert set(re.search(r"for name in (.+); do\n  test -s", script).group(1).split()) == demo_files()
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
