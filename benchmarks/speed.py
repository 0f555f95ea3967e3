"""What does a picture cost? Seconds per stage and whole, peak memory, beside rembg with the same network and a paste.

    python benchmarks/speed.py [--repeat N] [--data DIR]

A 12-megapixel person into a 12-megapixel scene. `SCENECHANGE_PEERS` names a python that has rembg 2.0.86; without it
the peer is left out and the record says so. Run it on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from record import record

HERE = Path(__file__).parent
MEGAPIXELS_12 = {"subject": (4000, 3000), "scene": (3000, 4000)}


def enlarge(source: Path, target: Path, size_hw: tuple[int, int]) -> None:
    """A photo scaled and cropped to `size_hw`, so that everybody has a 12-megapixel example."""
    import cv2

    image = cv2.imread(str(source))
    factor = max(size_hw[0] / image.shape[0], size_hw[1] / image.shape[1])
    image = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    top, left = (image.shape[0] - size_hw[0]), (image.shape[1] - size_hw[1]) // 2
    cv2.imwrite(str(target), image[top : top + size_hw[0], left : left + size_hw[1]], [cv2.IMWRITE_JPEG_QUALITY, 95])


def summary(seconds: list[float]) -> dict[str, float]:
    """Median, least and most of some runs."""
    return {"median_s": statistics.median(seconds), "min_s": min(seconds), "max_s": max(seconds), "runs": len(seconds)}


class NetworkClock:
    """Adds up the seconds that pass inside networks, by wrapping what `networks` hands out."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def install(self) -> None:
        """Wrap both kinds of network for the rest of this process."""
        from scenechange import networks

        onnx, tflite = networks.onnx, networks.tflite
        clock = self

        class Session:
            def __init__(self, session: object) -> None:
                self._session = session

            def __getattr__(self, name: str) -> object:
                found = getattr(self._session, name)
                return clock.timed(found) if name == "run" else found

        networks.onnx = lambda name, *a, **k: Session(onnx(name, *a, **k))
        networks.tflite = lambda name, *a, **k: self.timed(tflite(name, *a, **k))

    def timed(self, call: Callable) -> Callable:
        """The call, with its seconds added."""

        def run(*args: object, **kwargs: object) -> object:
            since = time.perf_counter()
            try:
                return call(*args, **kwargs)
            finally:
                self.seconds += time.perf_counter() - since

        return run


def ours(subject: str, scene: str, out: str, repeat: int) -> None:
    """Child process: repeat the whole way and print one line of JSON."""
    clock = NetworkClock()
    clock.install()
    import scenechange as sc
    from scenechange.cli.console import Stopwatch
    from scenechange.types import Placement

    runs, outside, stages = [], [], {}
    for k in range(repeat + 1):
        watch, clock.seconds, since = Stopwatch(), 0.0, time.perf_counter()
        watch("load")
        photos = sc.load_photo(subject), sc.load_photo(scene)
        result = sc.change_scene(*photos, on_progress=watch)
        watch("save")
        sc.save(result, out)
        watch(None)
        if k == 0:  # the first run loads the networks
            first_s = time.perf_counter() - since
            peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # of one picture in a fresh process
            continue
        runs.append(time.perf_counter() - since)
        outside.append(runs[-1] - clock.seconds)
        for stage, seconds in watch.seconds.items():
            stages.setdefault(stage, []).append(seconds)
    again = []
    for _ in range(repeat):
        since = time.perf_counter()
        sc.save(sc.change_scene(result.subject, sc.load_photo(scene)), out)
        again.append(time.perf_counter() - since)
    person, place, moved = sc.preview(result.subject, 1024), sc.preview(result.scene, 1024), []
    x, y = (v * place.photo.size_hw[1] / result.scene.photo.size_hw[1] for v in result.layers.anchor_xy)
    for k in range(4 * repeat):
        since = time.perf_counter()
        sc.change_scene(person, place, place=Placement(at_xy=(x + 5 * k, y), scale=1 + 0.02 * k))
        moved.append(time.perf_counter() - since)
    report = {
        "first_s": first_s,
        "runs_s": runs,
        "outside_networks_s": outside,
        "stages": {stage: summary(seconds) for stage, seconds in stages.items()},
        "second_scene_s": again,
        "preview_1024_s": moved[1:],
        "peak_mb": peak_mb,
    }
    print(json.dumps(report))


def child(command: list[str], environment: dict[str, str] | None = None) -> dict:
    """The JSON on the last line of what a command prints."""
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **(environment or {})}, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(command[:2])} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def import_seconds(repeat: int = 7) -> list[float]:
    """Seconds of ``import scenechange`` beyond those of starting Python, whole processes in turn."""
    found = []
    for _ in range(repeat):
        spans = []
        for code in ("pass", "import scenechange"):
            since = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            spans.append(time.perf_counter() - since)
        found.append(spans[1] - spans[0])
    return found


def measure(folder: Path, data: Path, repeat: int) -> dict:
    """Both programs in turn on the same photos."""
    from scenechange import weights

    subject, scene, out = (str(folder / name) for name in ("subject.jpg", "scene.jpg", "out.jpg"))
    enlarge(sorted((data / "people/ccp/photos").glob("*.jpg"))[0], Path(subject), MEGAPIXELS_12["subject"])
    enlarge(data / "camera/OpenSfM_lund/images/07.jpg", Path(scene), MEGAPIXELS_12["scene"])
    peers = os.environ.get("SCENECHANGE_PEERS")
    mine, theirs, matting = [], [], []
    if peers:
        models = folder / "models"
        models.mkdir()
        shutil.copy(weights.path_of("isnet"), models / "isnet-general-use.onnx")
        environment = {"U2NET_HOME": str(models), "MODEL_CHECKSUM_DISABLED": "1", "OMP_NUM_THREADS": "2"}
        peer = [peers, str(HERE / "peers" / "rembg_paste.py"), subject, scene, out]
    for _ in range(2):
        mine.append(child([sys.executable, __file__, "--child", subject, scene, out, str(repeat)]))
        if peers:
            theirs.append(child([*peer, str(repeat)], environment))
            matting.append(child([*peer, "1", "matting"], environment))

    def pooled(reports: list[dict], key: str) -> list[float]:
        return [s for report in reports for s in report[key]]

    results = {
        "megapixels": 12,
        "whole": summary(pooled(mine, "runs_s")),
        "whole_first_with_loading_s": [report["first_s"] for report in mine],
        "outside_networks": summary(pooled(mine, "outside_networks_s")),
        "second_scene": summary(pooled(mine, "second_scene_s")),
        "preview_1024": summary(pooled(mine, "preview_1024_s")),
        "peak_mb": max(report["peak_mb"] for report in mine),
        "import_scenechange": summary(import_seconds()),
        "stages": mine[-1]["stages"],
    }
    if peers:
        results["rembg_and_paste"] = summary(pooled(theirs, "runs_s"))
        results["rembg_alpha_matting_and_paste"] = summary(pooled(matting, "runs_s"))
        results["rembg_peak_mb"] = max(report["peak_mb"] for report in theirs)
        results["rembg_alpha_matting_peak_mb"] = max(report["peak_mb"] for report in matting)
        results["whole_over_rembg"] = results["whole"]["median_s"] / results["rembg_and_paste"]["median_s"]
    else:
        results["rembg_and_paste"] = "not run: SCENECHANGE_PEERS is not set"
    results["second_over_first"] = results["second_scene"]["median_s"] / results["whole"]["median_s"]
    return results


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=4)
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    default = HERE.parent.parent / "shared" / "data"
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("SCENECHANGE_DATA", default)))
    arguments = parser.parse_args()
    if arguments.child:
        ours(*arguments.child[:3], int(arguments.child[3]))
        return
    with tempfile.TemporaryDirectory() as folder:
        results = measure(Path(folder), arguments.data, arguments.repeat)
    print(json.dumps(results, indent=2))
    record("speed", results)


if __name__ == "__main__":
    main()
