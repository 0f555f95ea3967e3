"""How well is a person's stature known when the frame cuts them off? And how long does measuring take?

Street photos with their true masks are cut off below at known heights; the stature found in what is left is compared
with the one found in the whole photo. "Within one deviation" should be near 0.68 if the stated deviation is honest.
The whole photo is checked against the outline, crown to lowest row. Time: one of the people enlarged to 12 megapixels.

    python benchmarks/person.py [--people N]        photos at $SCENECHANGE_DATA/people/ccp or ../shared/data/people/ccp
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from record import record

from scenechange.math.colour import linear_from_srgb
from scenechange.person.blazepose import BlazePose
from scenechange.types import Cutout, Photo

DATA = Path(os.environ.get("SCENECHANGE_DATA", Path(__file__).parents[2] / "shared" / "data"))
CUTS = {"ankles": 0.88, "knees": 0.72, "thighs": 0.6, "hips": 0.5, "waist": 0.4, "chest": 0.3, "shoulders": 0.22}
PIXELS_12MP = 12e6


def read(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Linear photo ``(3, H, W)`` and true mask ``(H, W)`` in [0, 1], its staircase softened by a pixel."""
    folder = DATA / "people" / "ccp"
    srgb = cv2.imread(str(folder / "photos" / f"{name}.jpg"))[..., ::-1].transpose(2, 0, 1)
    mask = (cv2.imread(str(folder / "masks" / f"{name}.png"), cv2.IMREAD_GRAYSCALE) > 127).astype(np.float32)
    linear = linear_from_srgb(torch.from_numpy(srgb.astype(np.float32) / 255)).numpy()
    return linear, cv2.GaussianBlur(mask, (0, 0), 0.7)


def photo_and_cutout(linear: np.ndarray, alpha: np.ndarray, rows: int | None = None) -> tuple[Photo, Cutout]:
    """The upper `rows` of a photo and the person in them."""
    linear, alpha = np.ascontiguousarray(linear[:, :rows]), alpha[:rows]
    ys, xs = np.flatnonzero((alpha > 0.02).any(1)), np.flatnonzero((alpha > 0.02).any(0))
    y0, y1, x0, x1 = int(ys[0]), int(ys[-1]) + 1, int(xs[0]), int(xs[-1]) + 1
    photo = Photo(torch.from_numpy(linear))
    opacity = torch.from_numpy(np.ascontiguousarray(alpha[y0:y1, x0:x1]))[None]
    return photo, Cutout(photo.rgb[:, y0:y1, x0:x1].contiguous(), opacity, (x0, y0), alpha.shape)


def summary(errors: list[float], stated: list[float]) -> dict[str, float]:
    """Of log ratios and stated relative deviations."""
    error, sd = np.array(errors), np.array(stated)
    return {
        "people": len(error),
        "median_abs_relative_error": float(np.median(abs(error))),
        "p90_abs_relative_error": float(np.percentile(abs(error), 90)),
        "median_bias": float(np.median(error)),
        "median_stated_sd": float(np.median(sd)),
        "within_one_sd": float((abs(error) < sd).mean()),
        "within_two_sd": float((abs(error) < 2 * sd).mean()),
    }


def measure_cuts(names: list[str]) -> dict[str, dict[str, float]]:
    """Errors of the stature for each cut, and of the whole against the outline."""
    measure = BlazePose()
    found: dict[str, tuple[list[float], list[float]]] = {key: ([], []) for key in ("whole", *CUTS)}
    for name in names:
        linear, alpha = read(name)
        photo, cutout = photo_and_cutout(linear, alpha)
        whole = measure(photo, cutout)
        found["whole"][0].append(float(np.log(whole.stature_px / (cutout.alpha[0] > 0.5).any(1).sum().item())))
        found["whole"][1].append(whole.stature_sd_px / whole.stature_px)
        for cut, share in CUTS.items():
            part = measure(*photo_and_cutout(linear, alpha, int(whole.head_xy[1] + share * whole.stature_px)))
            found[cut][0].append(float(np.log(part.stature_px / whole.stature_px)))
            found[cut][1].append(part.stature_sd_px / part.stature_px)
    return {key: summary(*values) for key, values in found.items()}


def measure_time(name: str, repeats: int = 7) -> dict[str, float]:
    """Milliseconds for one person at 12 megapixels, whole and cut off at the waist."""
    linear, alpha = read(name)
    k = float(np.sqrt(PIXELS_12MP / alpha.size))
    linear = np.stack([cv2.resize(channel, None, fx=k, fy=k) for channel in linear]).clip(0, 1)
    alpha = cv2.resize(alpha, linear.shape[:0:-1]).clip(0, 1)
    out = {}
    for key, rows in (("whole", None), ("waist", int(0.45 * alpha.shape[0]))):
        photo, cutout = photo_and_cutout(linear, alpha, rows)
        times = []
        for _ in range(repeats + 1):
            start = time.perf_counter()
            BlazePose()(photo, cutout)
            times.append(1000 * (time.perf_counter() - start))
        out |= {f"{key}_median_ms": float(np.median(times[1:])), f"{key}_spread_ms": float(np.ptp(times[1:]))}
    return out


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=200)
    wanted = parser.parse_args().people
    everyone = sorted(path.stem for path in (DATA / "people" / "ccp" / "photos").glob("*.jpg"))
    if not everyone:
        raise SystemExit(f"no photos at {DATA / 'people' / 'ccp'}: set SCENECHANGE_DATA")
    names = everyone[:: max(1, len(everyone) // wanted)][:wanted]
    results = {"time_12mp": measure_time(names[0]), "stature": measure_cuts(names)}
    for cut, row in results["stature"].items():
        print(cut, {key: round(number, 3) for key, number in row.items()})
    print(results["time_12mp"])
    record("person", results)


if __name__ == "__main__":
    main()
