"""The pictures of `geometry.py` and what is known of them. Everything lies under SCENECHANGE_DATA."""

from __future__ import annotations

import csv
import math
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from record import ROOT

from scenechange.calibrate.atlanta import level_axes
from scenechange.math.colour import linear_from_srgb, srgb_from_linear
from scenechange.math.geometry import up_vector
from scenechange.types import Photo

DATA = Path(os.environ.get("SCENECHANGE_DATA", ROOT.parent / "shared" / "data"))
MOVING = "01.jpg"  # the phone was turned while this one was taken
VIEWS = 8  # of each panorama


@dataclass(frozen=True)
class View:
    """A picture, the file it came from if any, and its true pitch and roll in degrees."""

    photo: Photo
    pitch_deg: float
    roll_deg: float
    path: Path | None = None


def read(path: Path, f_px: float | None = None) -> Photo:
    """A photo file, with a focal length that is given."""
    import cv2

    pixels = cv2.imread(str(path))[..., ::-1].transpose(2, 0, 1) / np.float32(255)
    return Photo(linear_from_srgb(torch.from_numpy(np.ascontiguousarray(pixels))), f_px)


def lund() -> list[View]:
    """Streets with the phone's own reading of gravity; see `geometry.py` on its signs."""
    streets = []
    for row in csv.DictReader((DATA / "camera/opensfm_exif_gravity_sun.csv").open()):
        ax, ay, az = (float(row[axis]) for axis in ("ax", "ay", "az"))
        if not row["file"].endswith(MOVING):
            f_px = float(row["f35"]) / 36 * max(int(row["w"]), int(row["h"]))
            path = DATA / "camera" / row["file"]
            roll = -math.degrees(math.atan2(ay, ax))
            streets.append(View(read(path, f_px), math.degrees(math.asin(az)), roll, path))
    return streets


def panoramas() -> list[np.ndarray]:
    """``(512, 1024, 3)`` linear RGB, as far as OpenCV reads them (the four .exr need a build with OpenEXR)."""
    import cv2

    return [cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[..., ::-1] for path in sorted((DATA / "hdri").rglob("*.hdr"))]


def views(seed: int) -> list[View]:
    """Pinhole views of the panoramas, 40 to 90 degrees high, held as freely as people do."""
    rng, found = np.random.default_rng(seed), []
    for panorama in panoramas():
        for _ in range(VIEWS):
            pitch, roll, yaw = rng.uniform(-20, 20), rng.uniform(-8, 8), rng.uniform(0, 2 * math.pi)
            size_hw = (480, 640) if rng.random() < 0.7 else (640, 480)
            f_px = size_hw[0] / 2 / math.tan(math.radians(rng.uniform(40, 90)) / 2)
            light = view(panorama, pitch, roll, yaw, f_px, size_hw)
            light = (0.6 * light / max(np.percentile(light.mean(2), 80), 1e-6)).clip(0, 1)
            bytes_ = (srgb_from_linear(torch.from_numpy(light.transpose(2, 0, 1).copy())) * 255).round() / 255
            found.append(View(Photo(linear_from_srgb(bytes_), f_px), pitch, roll))
    return found


def view(
    panorama: np.ndarray, pitch: float, roll: float, yaw: float, f_px: float, size_hw: tuple[int, int]
) -> np.ndarray:
    """``(h, w, 3)`` what a pinhole camera sees of an equirectangular picture."""
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


def crowds() -> list[Photo]:
    """Photos of Sacre-Coeur, some with people on the square and the stairs."""
    return [read(path) for path in sorted((DATA / "backgrounds/hloc_sacre_coeur/mapping").glob("*.jpg"))]


def sun() -> list[Photo]:
    """Small photos of indoor and outdoor places."""
    return [read(path) for path in sorted((DATA / "scene/sun").rglob("*.jpg"))]


def streets() -> list[Photo]:
    """Street photos of one person each, often with passers-by, and a street of London."""
    paths = [*sorted((DATA / "people/ccp/photos").glob("*.jpg")), DATA / "backgrounds/DepthAnythingV2/demo01.jpg"]
    return [read(path) for path in paths]


def someone() -> Photo:
    """A person who is to be set into a scene."""
    return read(DATA / "people/ccp/photos/0037.jpg")


@dataclass(frozen=True)
class Kitti:
    """A car's photo, with boxes ``(x0, y0, x1, y1)`` in pixels and true heights in metres of who stands there."""

    photo: Photo
    camera_height_m: float
    boxes: tuple[tuple[str, tuple[float, float, float, float], float], ...]


def kitti() -> list[Kitti]:
    """Street pictures of a car's camera 1.65 m above the road, with people and vehicles of known height."""
    root, found = DATA / "camera/kitti_3dbbox", []
    for path in sorted((root / "image_2").glob("*.png")):
        calibration = (root / "calib" / f"{path.stem}.txt").read_text().splitlines()
        f_px = next(float(line.split()[1]) for line in calibration if line.startswith("P2:"))
        boxes = []
        for line in (root / "label_2" / f"{path.stem}.txt").read_text().splitlines():
            kind, truncated, occluded, _, x0, y0, x1, y1, height, *_ = line.split()
            if kind != "DontCare" and float(truncated) == 0 and int(occluded) == 0:
                boxes.append((kind, (float(x0), float(y0), float(x1), float(y1)), float(height)))
        found.append(Kitti(read(path, f_px), 1.65, tuple(boxes)))
    return found
