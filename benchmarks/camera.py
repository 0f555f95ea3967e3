"""How far is the camera off? Pitch and roll against phone gravity and against views of panoramas, beside two rivals.

Run ``python benchmarks/camera.py``. Rivals: always answering "level", and lu-vp-detect 1.0.4 (Lu et al., WACV 2017) in
the Python that the environment variable SCENECHANGE_PEERS names (skipped where it is unset). Data: the streets of Lund
and the panoramas under SCENECHANGE_DATA.

Read the figures with care. Phone gravity is no exact truth: the phone was moving, and its accelerometer may have an
offset; so errors are given raw, and once more about their median. The sign of its roll is not documented: it was chosen
because it agrees better with the roll of upright edges, so roll in Lund is no independent test. The streets and the
panoramas (other views of them) were looked at while the constants of `Vanishing` were chosen: none of this is held out.
"""

from __future__ import annotations

import csv
import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from record import ROOT, record

from scenechange.calibrate.atlanta import level_axes
from scenechange.calibrate.exif import Exif
from scenechange.calibrate.vanishing import Vanishing
from scenechange.math.colour import linear_from_srgb, srgb_from_linear
from scenechange.math.geometry import up_vector
from scenechange.types import Camera, Photo

DATA = Path(os.environ.get("SCENECHANGE_DATA", ROOT.parent / "shared" / "data"))
MOVING = "01.jpg"  # the phone was turned while this one was taken
VIEWS = 8  # of each panorama
PEER = """
import json, math, sys
import cv2
import numpy as np
from lu_vp_detect import VPDetection

make = cv2.createLineSegmentDetector

class Detector:  # lu-vp-detect wants (N, 1, 4), as OpenCV 4 gave; OpenCV 5 gives (N, 4)
    def __init__(self, *options):
        self.detector = make(*options)
    def detect(self, image):
        lines, *rest = self.detector.detect(image)
        return (lines.reshape(-1, 1, 4), *rest)

cv2.createLineSegmentDetector = Detector
out = []
for path, f_px in json.load(sys.stdin):
    directions = np.asarray(VPDetection(length_thresh=30, focal_length=f_px, seed=1).find_vps(path))
    up = directions[np.argmax(np.abs(directions[:, 1]))]
    up = -up if up[1] > 0 else up
    out.append([math.degrees(math.asin(up[2])), math.degrees(math.atan2(-up[0], -up[1]))])
print(json.dumps(out))
"""


def lund() -> list[tuple[Path, float, float, float]]:
    """Path, focal length in pixels, pitch and roll in degrees of each street."""
    rows = csv.DictReader((DATA / "camera/opensfm_exif_gravity_sun.csv").open())
    streets = []
    for row in rows:
        ax, ay, az = (float(row[axis]) for axis in ("ax", "ay", "az"))
        pitch, roll = math.degrees(math.asin(az)), -math.degrees(math.atan2(ay, ax))
        if not row["file"].endswith(MOVING):
            f_px = float(row["f35"]) / 36 * max(int(row["w"]), int(row["h"]))
            streets.append((DATA / "camera" / row["file"], f_px, pitch, roll))
    return streets


def read(path: Path, f_px: float | None) -> Photo:
    import cv2

    pixels = cv2.imread(str(path))[..., ::-1].transpose(2, 0, 1) / np.float32(255)
    return Photo(linear_from_srgb(torch.from_numpy(np.ascontiguousarray(pixels))), f_px)


def views(rng: np.random.Generator) -> list[tuple[Photo, float, float]]:
    """Photo, pitch, roll: pinhole views of the HDR panoramas, 40 to 90 degrees high, held as freely as people do."""
    import cv2

    found = []
    for path in sorted((DATA / "hdri").rglob("*.hdr")):
        panorama = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[..., ::-1]
        for _ in range(VIEWS):
            pitch, roll, yaw = rng.uniform(-20, 20), rng.uniform(-8, 8), rng.uniform(0, 2 * math.pi)
            size_hw = (480, 640) if rng.random() < 0.7 else (640, 480)
            f_px = size_hw[0] / 2 / math.tan(math.radians(rng.uniform(40, 90)) / 2)
            light = _view(panorama, pitch, roll, yaw, f_px, size_hw)
            light = (0.6 * light / max(np.percentile(light.mean(2), 80), 1e-6)).clip(0, 1)
            bytes_ = (srgb_from_linear(torch.from_numpy(light.transpose(2, 0, 1).copy())) * 255).round() / 255
            found.append((Photo(linear_from_srgb(bytes_), f_px), pitch, roll))
    return found


def _view(
    panorama: np.ndarray, pitch: float, roll: float, yaw: float, f_px: float, size_hw: tuple[int, int]
) -> np.ndarray:
    import cv2

    ys, xs = np.mgrid[: size_hw[0], : size_hw[1]]
    rays = np.stack([(xs - (size_hw[1] - 1) / 2) / f_px, (ys - (size_hw[0] - 1) / 2) / f_px, np.ones(size_hw)], -1)
    up = up_vector(pitch, roll)
    forward, right = level_axes(up)
    azimuth = np.arctan2(rays @ right, rays @ forward) + yaw
    climb = np.arctan2(rays @ up, np.hypot(rays @ right, rays @ forward))
    padded = np.concatenate([panorama[:, -8:], panorama, panorama[:, :8]], 1)
    map_x = (azimuth / (2 * math.pi) + 0.5) % 1 * panorama.shape[1] - 0.5 + 8
    map_y = (0.5 - climb / math.pi) * panorama.shape[0] - 0.5
    return cv2.remap(padded, map_x.astype(np.float32), map_y.astype(np.float32), cv2.INTER_CUBIC)


def summary(errors: np.ndarray, sd: np.ndarray | None = None) -> dict[str, float]:
    """Absolute errors in degrees, and the share of them within one standard deviation."""
    size = np.abs(errors)
    out = {
        "median_deg": float(np.median(size)),
        "mean_deg": float(size.mean()),
        "p90_deg": float(np.percentile(size, 90)),
        "median_about_offset_deg": float(np.median(np.abs(errors - np.median(errors)))),
        "offset_deg": float(np.median(errors)),
    }
    if sd is not None:
        out["within_one_sd"] = float((size < sd).mean())
        out["median_sd_deg"] = float(np.median(sd))
    return out


def against(cameras: list[Camera], truth: np.ndarray) -> dict[str, Any]:
    found = np.array([[camera.pitch_deg, camera.roll_deg] for camera in cameras])
    sd = np.array([[camera.pitch_sd_deg, camera.roll_sd_deg] for camera in cameras])
    return {name: summary(found[:, i] - truth[:, i], sd[:, i]) for i, name in enumerate(("pitch", "roll"))}


def peer(streets: list[tuple[Path, float, float, float]], truth: np.ndarray, with_f: bool) -> dict[str, Any] | None:
    """lu-vp-detect with the file's focal length, or with its own default of 1,500 pixels."""
    python = os.environ.get("SCENECHANGE_PEERS")
    if not python:
        print("lu-vp-detect skipped: set SCENECHANGE_PEERS to a Python that has lu-vp-detect 1.0.4", file=sys.stderr)
        return None
    jobs = json.dumps([[str(path), f_px if with_f else 1500.0] for path, f_px, *_ in streets])
    done = subprocess.run([python, "-c", PEER], input=jobs, capture_output=True, text=True, check=True)
    found = np.array(json.loads(done.stdout.splitlines()[-1]))
    return {name: summary(found[:, i] - truth[:, i]) for i, name in enumerate(("pitch", "roll"))}


def main() -> None:
    results: dict[str, Any] = {}
    streets = lund()
    truth = np.array([[pitch, roll] for *_, pitch, roll in streets])
    for with_f in (True, False):
        photos = [read(path, f_px if with_f else None) for path, f_px, *_ in streets]
        label = f"lund_{'with' if with_f else 'without'}_f"
        Vanishing()(photos[0])
        start = time.perf_counter()
        cameras = [Vanishing()(photo) for photo in photos]
        results[label] = {
            "vanishing": {**against(cameras, truth), "seconds_each": (time.perf_counter() - start) / len(photos)},
            "always_level": against([Exif()(photo) for photo in photos], truth),
            "lu_vp_detect": peer(streets, truth, with_f),
        }
    crops = views(np.random.default_rng(2))
    truth = np.array([[pitch, roll] for _, pitch, roll in crops])
    for with_f in (True, False):
        photos = [photo if with_f else Photo(photo.rgb) for photo, *_ in crops]
        results[f"panoramas_{'with' if with_f else 'without'}_f"] = {
            "vanishing": against([Vanishing()(photo) for photo in photos], truth),
            "always_level": against([Exif()(photo) for photo in photos], truth),
        }
    for label, rivals in results.items():
        for name, found in rivals.items():
            if found:
                pitch, roll = found["pitch"], found["roll"]
                inside = f"{pitch.get('within_one_sd', math.nan):.0%} within one sd" if "within_one_sd" in pitch else ""
                print(
                    f"{label:24s} {name:13s} pitch median {pitch['median_deg']:.2f} (about offset "
                    f"{pitch['median_about_offset_deg']:.2f}) roll median {roll['median_deg']:.2f} {inside}"
                )
    record("camera", results)


if __name__ == "__main__":
    main()
