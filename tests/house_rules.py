"""The house rules as tables and a checker: floors, owners of heavy libraries, lazy imports, sizes, docstrings.

`test_architecture.py` proves the checker on made-up sources and then runs it on the house.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from scenechange import protocols

ROOT = Path(__file__).parent.parent
STAGE_PROTOCOLS = {
    "segment": protocols.Segmenter,
    "matte": protocols.Matter,
    "person": protocols.PersonMeasurer,
    "calibrate": protocols.Calibrator,
    "ground": protocols.GroundFinder,
    "occlude": protocols.OccluderFinder,
    "light": protocols.LightEstimator,
    "place": protocols.Placer,
    "harmonize": protocols.Harmonizer,
    "relight": protocols.Relighter,
    "shadow": protocols.ShadowCaster,
    "optics": protocols.OpticsMatcher,
    "compose": protocols.Compositor,
}
# A room may import from the rooms above its line. Rooms of one line never see each other.
FLOORS = (
    ("errors",),
    ("types",),
    ("math",),
    ("protocols", "io", "weights", "share", "onnx_graph"),
    ("ratings",),
    ("networks",),
    ("detectors", "surfaces"),
    ("poses", "lettering", "salience"),
    tuple(STAGE_PROTOCOLS),
    ("registry",),
    ("recipe",),
    ("pipeline", "screen"),
    ("sheet", "overlay", "readings", "disclosure", "together"),
    ("critic", "mediaeval", "scale"),
    ("__init__",),
    ("scenechange_ui",),
    ("cli", "__main__"),
    ("benchmarks",),
)
FLOOR_OF = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
# Heavy or special library -> the only modules, or rooms, that may name it, even inside a function.
OWNERS = {
    "onnxruntime": ("scenechange.networks",),
    "ai_edge_litert": ("scenechange.networks",),
    "segment_anything": ("scenechange.segment.sam",),
    "torchvision": ("scenechange.segment.sam",),
    "pymatting": ("scenechange.matte.closed_form",),
    "rawpy": ("scenechange.io",),
    "PIL": ("scenechange.io", "scenechange.ratings"),
    "pillow_heif": ("scenechange.io",),
    "tifffile": ("scenechange.io",),
    "fastapi": ("scenechange.ratings.web", "scenechange.cli.serve"),
    "starlette": ("scenechange.ratings.web",),
    "jinja2": ("scenechange.ratings.web",),
    "itsdangerous": ("scenechange.ratings.web",),
    "babel": ("scenechange.ratings.web",),
    "anyio": ("scenechange.ratings.web",),
    "markupsafe": ("scenechange.ratings.web",),
    "uvicorn": ("scenechange.ratings.web", "scenechange.cli.rate_serve", "scenechange.cli.serve"),
    "sqlalchemy": ("scenechange.ratings.store", "scenechange.ratings.service_base"),
    "alembic": ("scenechange.ratings.store",),
    "psycopg": ("scenechange.ratings.store",),
    "pyarrow": ("scenechange.ratings",),
    "scipy": ("scenechange.ratings.analysis",),
    "pandas": ("scenechange.ratings.analysis",),
    "evalica": ("scenechange.ratings.analysis",),
    "crowdkit": ("scenechange.ratings.analysis",),
    "matplotlib": ("scenechange.ratings.analysis",),
    "typer": ("scenechange.cli",),
    "click": ("scenechange.cli",),
    "rich": ("scenechange.cli", "scenechange.weights"),
    "gradio": ("scenechange_ui",),
    "numba": (),
}
BANNED_IN = {"ratings": ("torch", "gradio")}
# Packages that are nothing without these libraries: they may import them at the top, and nobody imports them in turn
# but inside a function.
BUILT_ON = {
    "scenechange.ratings.web": {"fastapi", "starlette", "jinja2", "itsdangerous", "babel", "anyio", "markupsafe"},
    "scenechange.ratings.store": {"sqlalchemy", "alembic"},
}
LAZY = {"torch", "cv2", *OWNERS} - {"typer", "click", "rich", "gradio"}
DISTRIBUTION = {
    "cv2": "opencv-python-headless",
    "PIL": "pillow",
    "crowdkit": "crowd-kit",
    "starlette": "fastapi",  # the last three come with what they are built into
    "anyio": "fastapi",
    "markupsafe": "jinja2",
}
MAX_FILE_LINES, MAX_FUNCTION_LINES = 320, 60
LONGER_BY_DESIGN = {"scenechange.types": 640}  # every noun on one page


class Import(NamedTuple):
    """One imported module: its full name, where, whether at import time, whether only for type checkers."""

    module: str
    line: int
    at_import: bool
    typing_only: bool


def imports_of(source: str, module: str, is_package: bool = False, known: frozenset[str] = frozenset()) -> list[Import]:
    """Every import of a source, also inside functions and ``if TYPE_CHECKING``; `known` tells modules from names."""
    found: list[Import] = []

    def visit(node: ast.AST, at_import: bool, typing_only: bool) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            at_import = False
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            for child in node.body:
                visit(child, at_import, True)
            for child in node.orelse:
                visit(child, at_import, typing_only)
            return
        for name in _named_modules(node, module, is_package, known):
            found.append(Import(name, node.lineno, at_import and not typing_only, typing_only))
        for child in ast.iter_child_nodes(node):
            visit(child, at_import, typing_only)

    visit(ast.parse(source), True, False)
    return found


def _named_modules(node: ast.AST, module: str, is_package: bool, known: frozenset[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            parts = module.split(".")
            keep = len(parts) - node.level + (1 if is_package else 0)
            base = ".".join([*parts[:keep], *filter(None, [node.module])])
        for alias in node.names:
            whole = f"{base}.{alias.name}"
            is_room = base == "scenechange" and alias.name in FLOOR_OF
            yield whole if is_room or whole in known else base
    elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in ("import_module", "__import__") and isinstance(node.args[0].value, str):
            yield node.args[0].value


def room_of(module: str) -> str | None:
    """The room a module of ours lives in; None for other people's modules."""
    first, *rest = module.split(".")
    if first == "scenechange":
        return rest[0] if rest else "__init__"
    return first if first in ("scenechange_ui", "benchmarks") else None


def import_faults(module: str, imports: list[Import]) -> list[str]:
    """What is wrong with the imports of one module: floors, owners, eager heavy libraries."""
    faults, here = [], room_of(module)
    for it in imports:
        where, library, there = f"{module}:{it.line}", it.module.split(".")[0], room_of(it.module)
        if here not in FLOOR_OF:
            return [f"{module}: room {here!r} stands on no floor"]
        if there is not None and there != here and FLOOR_OF.get(there, 99) >= FLOOR_OF[here]:
            faults.append(f"{where}: {here} may not import {there}, which is not on a lower floor")
        if here == "benchmarks":
            continue
        owners = OWNERS.get(library)
        if owners is not None and not any(_is_in(module, o) for o in owners):
            faults.append(f"{where}: only {' and '.join(owners) or 'nobody'} may import {library}")
        if library in BANNED_IN.get(here, ()):
            faults.append(f"{where}: {library} has no place in {here}")
        built_on = {lib for package, libs in BUILT_ON.items() if _is_in(module, package) for lib in libs}
        if it.at_import and library in LAZY - built_on and here != "scenechange_ui":
            faults.append(f"{where}: import {library} inside the function that uses it")
        if it.at_import and any(_is_in(it.module, p) and not _is_in(module, p) for p in BUILT_ON):
            faults.append(f"{where}: import {it.module} inside the function that uses it")
    return faults


def _is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def shape_faults(source: str, module: str) -> list[str]:
    """What is wrong with the shape of one source: length, long functions, print, missing docstrings."""
    tree, lines = ast.parse(source), source.count("\n")
    limit = LONGER_BY_DESIGN.get(module, MAX_FILE_LINES)
    faults = [f"{module}: {lines} lines, wanted at most {limit}"] if lines > limit else []
    if not ast.get_docstring(tree) and source.strip():
        faults.append(f"{module}: no docstring")
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (length := _code_lines(node)) > 0:
            if length > MAX_FUNCTION_LINES:
                faults.append(f"{module}:{node.lineno}: {node.name} has {length} lines, at most {MAX_FUNCTION_LINES}")
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print" and room_of(module) != "cli":
            faults.append(f"{module}:{node.lineno}: print outside the command line")
    return faults + [f"{module}:{line}: {name} has no docstring" for name, line in _undocumented(tree.body)]


def _code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function's body without its docstring; a long signature of documented options is no fault."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def _undocumented(body: list[ast.stmt], owner: str = "") -> Iterator[tuple[str, int]]:
    """Public classes, functions and methods (not what is nested in functions) without a docstring."""
    for node in body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
            continue
        if not ast.get_docstring(node):
            yield owner + node.name, node.lineno
        if isinstance(node, ast.ClassDef):
            yield from _undocumented(node.body, f"{node.name}.")


def our_sources() -> dict[str, tuple[Path, bool]]:
    """Module name -> (file, whether it is a package) of everything that is ours, tests apart."""
    sources: dict[str, tuple[Path, bool]] = {}
    for base, package in ((ROOT, "scenechange"), (ROOT / "ui", "scenechange_ui"), (ROOT, "benchmarks")):
        for path in sorted((base / package).rglob("*.py")):
            parts = path.relative_to(base).with_suffix("").parts
            is_package = parts[-1] == "__init__"
            sources[".".join(parts[:-1] if is_package else parts)] = (path, is_package)
    return sources


SOURCES = our_sources()
KNOWN = frozenset(SOURCES)
LIBRARY = [name for name in SOURCES if not name.startswith("benchmarks")]


def read(module: str) -> str:
    """The source text of a module of ours."""
    return SOURCES[module][0].read_text(encoding="utf-8")
