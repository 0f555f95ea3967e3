"""Writes what a benchmark found, with all that is needed to judge it: commit, machine, versions, time.

Use from a benchmark file: ``from record import record`` and, at the end, ``record("speed", {"compose_ms": 12.3})``.
"""

from __future__ import annotations

import json
import math
import os
import platform
import re
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results"
PACKAGES = (
    "scenechange",
    "ai-edge-litert",
    "choix",
    "crowd-kit",
    "evalica",
    "fastapi",
    "numpy",
    "onnxruntime",
    "opencv-python-headless",
    "pillow",
    "psycopg",
    "pymatting",
    "rembg",
    "scipy",
    "segment-anything",
    "sqlalchemy",
    "torch",
    "torchvision",
    "uvicorn",
)


def record(question: str, results: dict[str, Any], folder: Path = RESULTS) -> Path:
    """Write `results` to ``<folder>/<date>--<machine>--<question>.json`` and print and return that path.

    Parameters
    ----------
    question : str
        Name of the benchmark in lower case with hyphens, e.g. ``"speed"``.
    results : dict
        What was measured; units in the keys. numpy numbers and arrays are welcome; NaN and infinity become null.
    folder : Path
        Where to write.

    Notes
    -----
    The file appears whole or not at all. The same question on the same machine on the same day is overwritten.
    The name of the computer and of its user are not written.
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", question):
        raise ValueError(f"question: wanted lower case words with hyphens, got {question!r}")
    now = datetime.now(UTC)
    machine = machine_facts()
    page = {
        "question": question,
        "time_utc": now.isoformat(timespec="seconds"),
        **commit_facts(),
        "machine": machine,
        "python": platform.python_version(),
        "packages": package_versions(),
        "results": _plain(results),
    }
    text = json.dumps(page, indent=2, allow_nan=False) + "\n"
    path = folder / f"{now:%Y-%m-%d}--{machine_slug(machine)}--{question}.json"
    _write_whole(path, text)
    print(path)
    return path


def machine_facts() -> dict[str, Any]:
    """Processor, usable cores, memory in GiB, operating system and, if torch is loaded and sees one, accelerator."""
    facts: dict[str, Any] = {
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": _memory_gib(),
        "os": f"{platform.system()} {platform.release()}",
        "architecture": platform.machine(),
    }
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        facts["accelerator"] = torch.cuda.get_device_name(0)
    return facts


def machine_slug(machine: dict[str, Any]) -> str:
    """Short name for a file from `machine_facts`: processor or accelerator, and cores."""
    name = machine.get("accelerator") or machine["cpu"]
    name = re.sub(r"\(R\)|\(TM\)|\bCPU\b|\bProcessor\b|@.*", " ", name)
    words = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return f"{words[:40].strip('-')}-{machine['cores']}-cores"


def commit_facts() -> dict[str, Any]:
    """Commit of the checkout, and whether tracked files differ from it (results apart); None outside a checkout."""
    try:
        commit = _git("rev-parse", "HEAD").strip()
        changed = _git("status", "--porcelain", "--", ".", ":!benchmarks/results").strip()
    except (OSError, subprocess.CalledProcessError):
        return {"commit": None, "dirty": None}
    return {"commit": commit, "dirty": bool(changed)}


def package_versions() -> dict[str, str]:
    """Versions of the installed packages of `PACKAGES`; those that are absent are left out."""
    found = {(d.metadata["Name"] or "").lower().replace("_", "-"): d.version for d in distributions()}
    return {name: found[name] for name in PACKAGES if name in found}


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def _cpu_model() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine() or "unknown"


def _memory_gib() -> float | None:
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return None
    return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1)


def _plain(value: Any) -> Any:
    """`value` in JSON's own types."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):  # numpy numbers and arrays, torch tensors
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _write_whole(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".json")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
