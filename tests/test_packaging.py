"""A wheel built from the checkout is complete and works outside of it."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from house_rules import ROOT

pytestmark = pytest.mark.slow


def run(*words: object, cwd: Path, **environment: str) -> str:
    """Standard output of a command that must succeed."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("SCENECHANGE", "PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run([str(w) for w in words], cwd=cwd, env=env | environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{words}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, made by the installed build tool, or by one that pip fetches."""
    folder = tmp_path_factory.mktemp("wheel")
    build_here = ["--no-build-isolation"] if importlib.util.find_spec("hatchling") else []
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", *build_here, "-w", folder, ROOT, cwd=folder)
    return next(folder.glob("scenechange-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts of a fresh environment that holds this wheel and, behind it, the packages that are installed here."""
    home = tmp_path_factory.mktemp("elsewhere")
    run(sys.executable, "-m", "venv", "--without-pip", home / "env", cwd=home)
    scripts = home / "env" / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / "python"
    options = ("--no-deps", "--no-index", "--quiet", "--disable-pip-version-check")
    run(sys.executable, "-m", "pip", "--python", python, "install", *options, wheel, cwd=home)
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=home).strip())
    # Not through a .pth of the outer environment: an editable install of this checkout would come along.
    (site / "behind.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return scripts


def test_wheel_holds_manifest_types_and_licence(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "scenechange/_weights/manifest.toml" in names
    assert "scenechange/py.typed" in names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_wheel_holds_every_file_of_the_package_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    ours = {"scenechange/_weights/manifest.toml"}
    for base, package in ((ROOT, "scenechange"), (ROOT / "ui", "scenechange_ui")):
        files = [path for path in (base / package).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        ours |= {path.relative_to(base).as_posix() for path in files}
    assert {name for name in names if ".dist-info/" not in name} == ours
    assert sum(info.file_size for info in zipfile.ZipFile(wheel).infolist()) < 6_000_000


def test_manifest_in_the_wheel_is_that_of_the_checkout(wheel: Path) -> None:
    inside = zipfile.ZipFile(wheel).read("scenechange/_weights/manifest.toml")
    assert inside == (ROOT / "weights" / "manifest.toml").read_bytes()


def test_metadata_names_licence_extras_and_command(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    info = next(n.split("/")[0] for n in archive.namelist() if ".dist-info/" in n)
    metadata = archive.read(f"{info}/METADATA").decode()
    assert "License-Expression: Apache-2.0" in metadata
    for extra in ("ui", "rate", "scale", "raw", "test"):
        assert f"Provides-Extra: {extra}\n" in metadata
    assert "scenechange = scenechange.cli:main" in archive.read(f"{info}/entry_points.txt").decode()


def test_installed_command_works_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    where = run(installed / "python", "-c", "import scenechange; print(scenechange.__file__)", cwd=tmp_path)
    assert str(installed.parent) in where
    listed = run(installed / "scenechange", "weights", "list", "--json", cwd=tmp_path).splitlines()
    assert {json.loads(line)["name"] for line in listed} >= {"isnet", "u2net", "sam-vit-b"}
    methods = run(installed / "scenechange", "methods", "--json", cwd=tmp_path).splitlines()
    assert {json.loads(line)["stage"] for line in methods} >= {"segment", "compose"}
    assert run(installed / "scenechange", "--version", cwd=tmp_path).strip()


def test_installed_studio_brings_its_page(installed: Path, tmp_path: Path) -> None:
    told = (
        "from scenechange_ui import page; print(page.__file__, len(page.body()), len(page.script()), len(page.style()))"
    )
    where, *lengths = run(installed / "python", "-c", told, cwd=tmp_path).split()
    assert str(installed.parent) in where
    assert all(int(length) > 5_000 for length in lengths)
