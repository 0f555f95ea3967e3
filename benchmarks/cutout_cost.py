"""What does a cut-out cost, and how good is it for that? Beside rembg with the same network, alpha matting on.

    python benchmarks/cutout_cost.py PAIRS [--count N] [--method matte=NAME]

PAIRS is what `make_matting_pairs.py` wrote; every portrait is scaled to 1024 pixels and to 4000 (10 to 12.8
megapixels, by cubic interpolation, its opacity too). From the file to opacity and clean colours in memory: median,
least and most seconds after one cut-out to warm up, peak memory of a process that does only this size, and the errors
as `cutout.py` has them. `SCENECHANGE_PEERS` names a python that has rembg 2.0.86; without it the peer is left out and
the record says so. The two take turns portrait by portrait. Run it on a machine that does nothing else; the load
before and after is recorded.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from cutout import gradient
from record import record

from scenechange import registry, weights
from scenechange.types import Method, Prompt

LONG_SIDES_PX = (1024, 4000)


def ours(matte: str) -> None:
    """Child process: as `peers/rembg_cutout.py`."""
    import scenechange as sc

    segment, matter = registry.make("segment", Method("isnet")), registry.make("matte", Method(matte))
    for line in sys.stdin:
        source, target = line.rstrip("\n").split("\t")
        since = time.perf_counter()
        photo = sc.load_photo(source)
        cutout = matter(photo, segment(photo, Prompt()))
        seconds = time.perf_counter() - since
        alpha = np.zeros(cutout.source_hw, np.uint8)
        (x, y), (h, w) = cutout.offset_xy, cutout.alpha.shape[1:]
        alpha[y : y + h, x : x + w] = (cutout.alpha[0] * 255).round().numpy()
        cv2.imwrite(target, alpha)
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"seconds": seconds, "peak_mb": peak_mb}), flush=True)


def scaled(pairs: Path, folder: Path, long_side: int, count: int) -> list[Path]:
    """Portraits ``NAME.jpg`` with ``NAME_alpha.png`` of this longer edge, in a folder."""
    out = []
    for path in sorted(pairs.glob("*_alpha.png"))[:count]:
        name = path.stem.removesuffix("_alpha")
        alpha, picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), cv2.imread(str(pairs / f"{name}.jpg"))
        factor = long_side / max(alpha.shape)
        how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        alpha, picture = (cv2.resize(x, None, fx=factor, fy=factor, interpolation=how) for x in (alpha, picture))
        cv2.imwrite(str(folder / path.name), alpha)
        cv2.imwrite(str(folder / f"{name}.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 95])
        out.append(folder / f"{name}.jpg")
    return out


def errors(got_path: Path, photo: Path) -> tuple[float, float, float]:
    """Sum of absolute differences in thousands, mean squared error, gradient error."""
    got, true = (
        cv2.imread(str(p), cv2.IMREAD_GRAYSCALE).astype(np.float64) / 255
        for p in (got_path, photo.with_name(f"{photo.stem}_alpha.png"))
    )
    off, steps = got - true, ((gradient(got) - gradient(true)) ** 2).sum()
    return float(np.abs(off).sum() / 1e3), float((off**2).mean()), float(steps)


def measure(photos: list[Path], commands: dict[str, list[str]], folder: Path) -> dict[str, Any]:
    """Every command on every photo, in turns; the first photo once more at the start."""
    environment = {**os.environ, "U2NET_HOME": str(folder / "u2net"), "MODEL_CHECKSUM_DISABLED": "1"}
    pipes = {
        name: subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=Path(__file__).parent,
        )
        for name, command in commands.items()
    }
    said: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
    found: dict[str, list[tuple[float, ...]]] = {name: [] for name in commands}
    for k, photo in enumerate([photos[0], *photos]):
        for name, pipe in pipes.items():
            assert pipe.stdin is not None
            assert pipe.stdout is not None
            target = folder / "got.png"
            pipe.stdin.write(f"{photo}\t{target}\n")
            pipe.stdin.flush()
            line = pipe.stdout.readline()
            if not line:
                raise SystemExit(f"{name} ended early; see its message above")
            said[name].append(json.loads(line))
            if k:
                found[name].append(errors(target, photo))
    for pipe in pipes.values():
        pipe.communicate(timeout=60)
    results: dict[str, Any] = {}
    for name in commands:
        seconds = [one["seconds"] for one in said[name][1:]]
        sad, mse, steps = np.mean(found[name], 0).tolist()
        results[name] = {
            "median_s": statistics.median(seconds),
            "min_s": min(seconds),
            "max_s": max(seconds),
            "first_s": said[name][0]["seconds"],
            "peak_mb": said[name][-1]["peak_mb"],
            "sad_thousands": sad,
            "mse": mse,
            "gradient_error": steps,
        }
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--count", type=int, default=6)
    parser.add_argument("--method", default=f"matte={registry.DEFAULTS['matte']}", metavar="matte=NAME")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    a = parser.parse_args()
    matte = a.method.removeprefix("matte=")
    if a.child:
        ours(matte)
        return
    commands = {
        f"scenechange matte={matte}": [sys.executable, Path(__file__).name, ".", "--method", a.method, "--child"]
    }
    if os.environ.get("SCENECHANGE_PEERS"):
        commands["rembg alpha_matting"] = [os.environ["SCENECHANGE_PEERS"], "peers/rembg_cutout.py"]
    else:
        print("rembg skipped: set SCENECHANGE_PEERS to a python that has rembg 2.0.86", file=sys.stderr)
    results: dict[str, Any] = {"load_before": os.getloadavg()[0], "peer": "rembg alpha_matting" in commands}
    for long_side in LONG_SIDES_PX:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "u2net").mkdir()
            (folder / "u2net" / "isnet-general-use.onnx").symlink_to(Path(weights.path_of("isnet")).resolve())
            results[f"{long_side} px"] = measure(scaled(a.pairs, folder, long_side, a.count), commands, folder)
            print(long_side, results[f"{long_side} px"], file=sys.stderr)
    results["load_after"] = os.getloadavg()[0]
    record("cutout-cost", results)


if __name__ == "__main__":
    main()
