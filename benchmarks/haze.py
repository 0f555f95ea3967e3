"""Is haze seen, and does a person far away get as much of it? Street photos in the sun that haze is made over.

Every pixel is given a distance: ground by the photo's calibrated plane, what stands at the ground's far end that end's,
sky 600 m; then ``t J + (1 - t) A`` with ``t = exp(-b d)`` and the sky's own colour, made greyer. The scene with haze is
calibrated anew, as a user's would be. A person of people/ccp stands where the true camera sees 10, 30 and 60 m; the
truth is the person through that much of the true air. Reported: how often haze is found; the share of light that is
left, found less true (absolute, median); the person's error in 8-bit sRGB levels (root mean square, median), left clear
and as `optics=match` gives it, where nothing is found too. On untouched photos of all kinds: how often haze is found.

    python benchmarks/haze.py [--count N] [--clear N]
"""

from __future__ import annotations

import argparse
import math
import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
from record import record

import scenechange as sc
from scenechange.light.sky import sky_mask
from scenechange.math.colour import srgb_of
from scenechange.math.geometry import falls, foot_at, ground_distance_m
from scenechange.math.image import fit_within
from scenechange.optics.haze import measure_haze
from scenechange.optics.match import Match
from scenechange.registry import make
from scenechange.types import Camera, Layers

DATA = Path(os.environ.get("SCENECHANGE_DATA", Path(__file__).parents[2] / "shared" / "data"))
PER_M = (0.01, 0.03)
DISTANCES_M = (10.0, 30.0, 60.0)
SKY_M, NOTHING_M = 600.0, 3.0
PERSON_PX = 100


def distances(camera: Camera, standable: np.ndarray, sky: np.ndarray) -> np.ndarray:
    """``(h, w)`` metres to what every pixel shows."""
    h, w = camera.size_hw
    fall = falls(camera, (h, w))
    ground = cv2.resize(standable, (w, h), interpolation=cv2.INTER_LINEAR) > 0.5
    plane = np.minimum(camera.height_m / np.tan(np.maximum(fall, 1e-3)), SKY_M)
    first = ground.argmax(0)
    foot = np.where(ground.any(0), plane[first, np.arange(w)], NOTHING_M)
    foot = np.where(foot > 35, SKY_M, foot)  # where the map of ground ends by distance, the ground itself goes on
    below = np.arange(h)[:, None] >= first
    return np.where(sky, SKY_M, np.where(below | (fall > 0) & (foot == SKY_M), plane, foot))


def through_air(rgb: np.ndarray, metres: np.ndarray | float, per_m: float, air: np.ndarray) -> np.ndarray:
    """``(h, w, 3)`` linear light that comes through."""
    left = np.exp(-per_m * np.asarray(metres))[..., None]
    return (rgb * left + air * (1 - left)).astype(np.float32)


def tensor(pixels: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1), dtype=np.float32))


def looked_at(photo: sc.Photo) -> tuple[Camera, torch.Tensor]:
    """Camera and chance of ground."""
    camera = make("calibrate")(photo)
    return camera, make("ground")(photo, camera).standable


def one(file: Path, person: np.ndarray) -> list[dict[str, float]]:
    """Measures of one scene with each haze, and of the person at each distance."""
    photo = sc.load_photo(file)
    pixels = photo.rgb.numpy().transpose(1, 2, 0)
    camera, standable = looked_at(photo)
    small_hw = fit_within(photo.size_hw, 256)
    small = cv2.resize(pixels, small_hw[::-1], interpolation=cv2.INTER_AREA)
    scaled = replace(camera, size_hw=small_hw, f_px=camera.f_px * small_hw[1] / photo.size_hw[1])
    sky = cv2.resize(sky_mask(small, scaled).astype(np.float32), photo.size_hw[::-1]) > 0.5
    colour = np.median(pixels[sky], axis=0) if sky.mean() > 0.02 else np.full(3, 0.6)
    air = np.clip((colour + colour.mean()) / 2, 0.4, 0.9)
    metres = distances(camera, standable.numpy(), sky)
    rows = []
    for per_m in PER_M:
        hazy = replace(photo, rgb=tensor(through_air(pixels, metres, per_m, air)))
        own_camera, own_ground = looked_at(hazy)
        haze = measure_haze(hazy.rgb, own_camera, own_ground)
        for distance_m in DISTANCES_M:
            foot_xy = foot_at(camera, distance_m)
            seen_m = None if foot_xy is None else ground_distance_m(own_camera, foot_xy)
            if foot_xy is None or seen_m is None:
                continue
            truth = through_air(person, distance_m, per_m, air)
            ones = torch.ones(1, *person.shape[:2])
            window = (0, 0, person.shape[1], person.shape[0])
            layers = Layers(hazy.rgb, tensor(person), ones, ones, ones, window, np.eye(3), foot_xy, float(PERSON_PX))
            layers = replace(layers, camera=own_camera, standable=own_ground, distance_m=seen_m)
            only_air = Match(grain=0, sharpen=0, blur_limit=0, vignette=0, streak_limit=0, jpeg_quality=0)
            after = only_air(layers, 0).foreground.numpy().transpose(1, 2, 0)
            left = 1.0 if haze is None else haze.left(seen_m)
            rows.append(
                {
                    "per_m": per_m,
                    "distance_m": distance_m,
                    "found": float(haze is not None),
                    "left_error": abs(left - math.exp(-per_m * distance_m)) if haze is not None else math.nan,
                    "clear_rmse_levels": levels(person, truth),
                    "match_rmse_levels": levels(after, truth),
                }
            )
    return rows


def levels(pixels: np.ndarray, truth: np.ndarray) -> float:
    return float(255 * np.sqrt(((srgb_of(pixels) - srgb_of(truth)) ** 2).mean()))


def people(count: int) -> list[np.ndarray]:
    """``(h, w, 3)`` linear middles of people, `PERSON_PX` high."""
    found = []
    for file in sorted((DATA / "people" / "ccp" / "photos").glob("*.jpg"))[:count]:
        pixels = sc.load_photo(file).rgb.numpy().transpose(1, 2, 0)
        mask = cv2.imread(str(file.parents[1] / "masks" / f"{file.stem}.png"), cv2.IMREAD_GRAYSCALE) > 0
        rows, columns = np.nonzero(mask)
        middle = int(np.median(columns))
        part = np.ascontiguousarray(pixels[rows.min() : rows.max(), max(0, middle - 40) : middle + 40])
        found.append(cv2.resize(part, (PERSON_PX // 3, PERSON_PX), interpolation=cv2.INTER_AREA))
    return found


def false_alarms(count: int) -> dict[str, float]:
    """Share of about `count` untouched photos, spread over all kinds, in which haze is found."""
    files = [f for kind in ("camera/OpenSfM_lund/images", "people/ccp/photos", "backgrounds/*", "backgrounds/*/*",
                            "scene/sun/*") for f in sorted(DATA.glob(f"{kind}/*.jpg"))]  # fmt: skip
    files = files[:: max(1, len(files) // count)]
    found = 0
    for file in files:
        photo = sc.load_photo(file)
        found += measure_haze(photo.rgb, *looked_at(photo)) is not None
    return {"photos": len(files), "share": found / len(files)}


def measured(count: int, clear: int) -> dict:
    files = sorted((DATA / "camera" / "OpenSfM_lund" / "images").glob("*.jpg"))[1:]  # the phone moved in 01
    files = files[:: max(1, len(files) // count)][:count]
    rows = [row for file, person in zip(files, people(len(files)), strict=True) for row in one(file, person)]
    results: dict = {"scenes": len(files)}
    for per_m in PER_M:
        for distance_m in DISTANCES_M:
            own = [r for r in rows if (r["per_m"], r["distance_m"]) == (per_m, distance_m)]
            found = float(np.mean([r["found"] for r in own]))
            keys = ("left_error", "clear_rmse_levels", "match_rmse_levels")
            medians = {key: float(np.nanmedian([r[key] for r in own])) for key in keys}
            results[f"{per_m} per m, {distance_m:.0f} m"] = {"found": found} | medians
            print(per_m, distance_m, {"found": found} | medians, flush=True)
    results["false alarms"] = false_alarms(clear)
    print(results["false alarms"])
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=18)
    parser.add_argument("--clear", type=int, default=500)
    arguments = parser.parse_args()
    record("haze", measured(arguments.count, arguments.clear))


if __name__ == "__main__":
    main()
