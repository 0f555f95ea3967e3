"""The house rules, held by a machine: first the checker on made-up sources, then the checker on the house."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import subprocess
import sys
import tomllib

import pytest
from house_rules import (
    BUILT_ON,
    DISTRIBUTION,
    FLOOR_OF,
    KNOWN,
    LAZY,
    LIBRARY,
    MAX_FILE_LINES,
    MAX_FUNCTION_LINES,
    ROOT,
    SOURCES,
    STAGE_PROTOCOLS,
    import_faults,
    imports_of,
    read,
    room_of,
    shape_faults,
)

from scenechange import registry


def faults_in(source: str, module: str) -> list[str]:
    """Import faults of a made-up source that pretends to be `module`."""
    return import_faults(module, imports_of(source, module, known=KNOWN | {"scenechange.segment.isnet"}))


# --- the checker, proven on made-up sources -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("scenechange.matte.bad", "from scenechange.segment import isnet"),
        ("scenechange.matte.bad", "from scenechange import segment"),
        ("scenechange.matte.bad", "from ..segment.isnet import IsNet"),
        ("scenechange.matte.bad", "def f():\n    from scenechange.segment.isnet import IsNet"),
        ("scenechange.types", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import scenechange.pipeline"),
        ("scenechange.errors", "import scenechange.types"),
        ("scenechange.light.bad", "from scenechange import change_scene"),
        ("scenechange.light.bad", "from importlib import import_module\nimport_module('scenechange.registry')"),
        ("scenechange.pipeline", "import scenechange_ui"),
        ("scenechange.cellar", "import math"),
        ("scenechange.light.bad", "def f():\n    import onnxruntime"),
        ("scenechange.matte.guided", "def f():\n    import pymatting"),
        ("scenechange.place.bad", "def f():\n    from PIL import Image"),
        ("scenechange.pipeline", "def f():\n    import rich.progress"),
        ("scenechange.matte.closed_form", "def f():\n    import numba"),
        ("scenechange.ratings.store", "def f():\n    import torch"),
        ("scenechange.ratings.service", "from scenechange.ratings.store import schema"),
        ("scenechange.ratings.web.app", "def f():\n    import sqlalchemy"),
        ("scenechange.light.bad", "import torch"),
        ("scenechange.light.bad", "class A:\n    import cv2"),
        ("scenechange.networks", "try:\n    import onnxruntime\nexcept ImportError:\n    raise"),
    ],
)
def test_the_checker_finds_forbidden_imports(module: str, source: str) -> None:
    assert len(faults_in(source, module)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("scenechange.matte.good", "def f():\n    import torch\n    import cv2"),
        ("scenechange.matte.good", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from torch import Tensor"),
        (
            "scenechange.matte.good",
            "import numpy as np\nfrom scenechange.types import Mask\nfrom .trimap import trimap",
        ),
        ("scenechange.matte.closed_form", "def f():\n    import pymatting"),
        ("scenechange.networks", "def f():\n    import onnxruntime"),
        ("scenechange.cli.compose", "import typer\nimport scenechange as sc\nfrom scenechange.cli import options"),
        ("scenechange.registry", "from scenechange.types import Method"),
        ("scenechange_ui.studio", "import gradio\nimport scenechange"),
        ("benchmarks.speed", "import torch\nfrom PIL import Image\nimport scenechange"),
    ],
)
def test_the_checker_lets_allowed_imports_pass(module: str, source: str) -> None:
    assert faults_in(source, module) == []


def test_the_checker_finds_bad_shapes() -> None:
    long_function = '"""Doc."""\ndef _f():\n' + "    x = 1\n" * (MAX_FUNCTION_LINES + 1)
    for source in (
        '"""Doc."""\n' * (MAX_FILE_LINES + 1),
        long_function,
        '"""Doc."""\nprint(1)\n',
        "x = 1\n",
        '"""Doc."""\ndef f(): ...\n',
        '"""Doc."""\nclass _A:\n    pass\nclass B:\n    """Doc."""\n    def c(self): ...\n',
    ):
        assert len(shape_faults(source, "scenechange.light.bad")) == 1, source[:60]
    assert shape_faults('"""Doc."""\nprint(1)\n', "scenechange.cli.bad") == []
    with_docstring = long_function.replace("x = 1\n", '"""\n' + "    words\n" * 20 + '    """\n', 1)
    assert shape_faults(with_docstring.replace("    x = 1\n", "", 5), "scenechange.light.good") == []


# --- the house -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", sorted(SOURCES))
def test_module_keeps_to_its_floor_and_libraries(module: str) -> None:
    path, is_package = SOURCES[module]
    assert import_faults(module, imports_of(path.read_text(encoding="utf-8"), module, is_package, KNOWN)) == []


@pytest.mark.parametrize("module", sorted(LIBRARY))
def test_module_is_short_silent_and_documented(module: str) -> None:
    assert shape_faults(read(module), module) == []


def test_every_room_is_where_the_architecture_page_says() -> None:
    assert {room_of(module) for module in SOURCES} <= set(FLOOR_OF)


def test_third_party_imports_are_declared_dependencies() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    runtime = project["dependencies"] + [d for name, deps in extras.items() if name != "test" for d in deps]
    declared = {re.split(r"[<>=!~;\[ ]", dependency)[0].lower() for dependency in runtime}
    ours = {"scenechange", "scenechange_ui"}
    used: dict[str, str] = {}
    for module in LIBRARY:
        for it in imports_of(read(module), module, SOURCES[module][1]):
            name = it.module.split(".")[0]
            if name not in sys.stdlib_module_names and name not in ours:
                used.setdefault(DISTRIBUTION.get(name, name.replace("_", "-")).lower(), f"{module}:{it.line}")
    undeclared = {name: where for name, where in used.items() if name not in declared}
    assert undeclared == {}
    core = {re.split(r"[<>=!~;\[ ]", dependency)[0].lower() for dependency in project["dependencies"]}
    needed_by_segment_anything = {"torchvision"}  # which does not say so
    assert core - set(used) - needed_by_segment_anything == set(), "declared and never imported"


def _modules_after(statement: str) -> set[str]:
    code = (
        f"import json, sys\n{statement}\nsys.stdout.write(json.dumps(sorted({{m.split('.')[0] for m in sys.modules}})))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT.parent)
    return set(json.loads(run.stdout))


def test_importing_the_package_loads_no_heavy_library() -> None:
    assert _modules_after("import scenechange") & LAZY == set()


def test_importing_every_module_loads_no_heavy_library() -> None:
    built_on = tuple(BUILT_ON)
    names = [n for n in LIBRARY if n.startswith("scenechange.") and not n.endswith("__main__")]
    names = [n for n in names if not n.startswith(built_on)]
    assert _modules_after("import " + ", ".join(names)) & LAZY == set()


@pytest.mark.parametrize(("stage", "name"), [(s, n) for s, names in registry.BUILT_IN.items() for n in names])
def test_registered_method_fits_its_protocol(stage: str, name: str) -> None:
    kind = registry.method_type(stage, name)
    wanted = list(inspect.signature(STAGE_PROTOCOLS[stage].__call__).parameters)
    parameters = inspect.signature(kind.__call__).parameters.values()
    required = [p.name for p in parameters if p.default is inspect.Parameter.empty]
    assert required == wanted
    assert dataclasses.is_dataclass(kind)
    assert kind.__dataclass_params__.frozen
    assert hasattr(kind, "__slots__")
    undocumented = [f.name for f in dataclasses.fields(kind) if not re.search(rf"\b{f.name}\b", kind.__doc__ or "")]
    assert undocumented == []
    assert callable(registry.make(stage, registry.Method(name)))


def test_no_source_names_a_path_of_a_developers_machine() -> None:
    places = re.compile(r"(?<![\w.])/(?:" + "|".join(("work", "root", "home")) + r")/\w")
    files = [path for path, _ in SOURCES.values()] + sorted((ROOT / "benchmarks").rglob("*.json"))
    files += [*sorted((ROOT / "docs").rglob("*.md")), *ROOT.glob("*.md"), ROOT / "pyproject.toml", ROOT / ".ci" / "run"]
    assert [f"{f.name}: {m.group()}" for f in files if (m := places.search(f.read_text(encoding="utf-8")))] == []
