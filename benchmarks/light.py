"""How well is the light found? Crops of HDR panoramas, whose whole light is known, go through the light stage.

Each panorama gives eight pictures, 45 degrees apart, 65 degrees wide, looking level, exposed so that the middle tone
lands at 0.16 and highlights clip, as a camera would. Truth comes from the panorama: the strongest source (peak after a
blur of 2 degrees), the share of light on the ground that does not come from within 12 degrees of it, the colour of the
light on the ground, and the value of a white matt surface that leans halfway towards the camera.

Only one panorama ("city") has the sun itself; of the others outdoors the sun is low, behind trees or below the horizon.
So the labelled photos of ``weights/light_labels.csv`` are judged too, by cross-validation (``weights/fit_light.py``):
hard sun or not, and azimuth within 22.5, 45 and 90 degrees, where Lalonde, Efros & Narasimhan (IJCV 2012) report 40, 55
and 75 % on their photos and chance is 12.5, 25 and 50 %.

    python benchmarks/light.py [FIT]

FIT is a file with what ``weights/fit_light.py`` printed, if it was run before. The panoramas lie at
$SCENECHANGE_DATA/hdri or ../shared/data/hdri.

OpenEXR files are read if the package OpenEXR is installed; without it only the .hdr panoramas count.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from record import record

from scenechange.light.cues import Cues
from scenechange.light.frame import azimuth_elevation, direction
from scenechange.math.colour import cct_from_rgb
from scenechange.types import Camera, Photo

DATA = Path(os.environ.get("SCENECHANGE_DATA", Path(__file__).parents[2] / "shared" / "data"))
LUMA = np.array([0.2126, 0.7152, 0.0722])
SIZE_HW, F_PX = (320, 480), 377.0  # 65 degrees wide
KINDS = {
    "city": "sun",
    "forest_slope_1k": "low sun",
    "kiara_1_dawn_1k": "low sun",
    "venice_sunset_1k": "low sun",
    "sunset": "low sun",
    "potsdamer_platz_1k": "overcast",
}  # the rest are indoors


def read(path: Path) -> np.ndarray | None:
    """Panorama (h, w, 3) linear, or None where it cannot be read here."""
    if path.suffix == ".hdr":
        return np.nan_to_num(cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[..., ::-1].astype(np.float64))
    try:
        import OpenEXR
    except ImportError:
        return None
    with OpenEXR.File(str(path)) as file:
        return np.nan_to_num(file.channels()["RGB"].pixels.astype(np.float64))


def world_rays(panorama: np.ndarray) -> np.ndarray:
    """Unit vectors (h, w, 3) of a panorama in the frame of a camera that looks level at its middle column."""
    h, w = panorama.shape[:2]
    azimuth = ((np.arange(w) + 0.5) / w - 0.5) * 2 * np.pi
    rise = (0.5 - (np.arange(h) + 0.5) / h) * np.pi
    return np.stack(
        np.broadcast_arrays(
            np.cos(rise)[:, None] * np.sin(azimuth), -np.sin(rise)[:, None], np.cos(rise)[:, None] * np.cos(azimuth)
        ),
        axis=-1,
    )


def truth(panorama: np.ndarray) -> dict:
    """Strongest source, diffuse share and colour of the light on the ground."""
    rays = world_rays(panorama)
    solid = np.sqrt(np.clip(1 - rays[..., 1] ** 2, 0, 1))  # cosine of elevation: area of a panorama's pixel
    luma = panorama @ LUMA
    blurred = cv2.GaussianBlur(luma, (0, 0), panorama.shape[1] / 360 * 2)
    blurred[solid < 0.02] = 0
    peak = rays.reshape(-1, 3)[int(blurred.argmax())]
    up = np.clip(-rays[..., 1], 0, None) * solid
    near = rays @ peak > math.cos(math.radians(12))
    ground = (panorama * up[..., None]).sum((0, 1))
    return {
        "toward": peak,
        "ambient": float((luma * up)[~near].sum() / (luma * up).sum()),
        "cct_k": cct_from_rgb(tuple(ground)),
        "pixel": 2 * math.pi**2 / luma.size,
        "rays": rays,
        "solid": solid,
    }


def crop(panorama: np.ndarray, azimuth_deg: float) -> np.ndarray:
    """Picture (h, w, 3) of a level camera that looks towards `azimuth_deg`."""
    h, w = SIZE_HW
    x = (np.arange(w) - (w - 1) / 2) / F_PX
    y = (np.arange(h) - (h - 1) / 2) / F_PX
    longitude = np.arctan2(x, 1)[None, :] + math.radians(azimuth_deg)
    latitude = np.arctan2(-y[:, None], np.hypot(x, 1)[None, :])
    ph, pw = panorama.shape[:2]
    column = (longitude / (2 * np.pi) + 0.5) * pw - 0.5
    row = (0.5 - latitude / np.pi) * ph - 0.5
    column, row = np.broadcast_arrays(column % pw, row)
    return cv2.remap(panorama.astype(np.float32), column.astype(np.float32), row.astype(np.float32), 1, borderMode=3)


def angle_deg(a: np.ndarray, b: np.ndarray) -> float:
    return math.degrees(math.acos(float(np.clip(a @ b, -1, 1))))


def one(panorama: np.ndarray, known: dict, azimuth_deg: float) -> dict:
    """Errors of one crop."""
    picture = crop(panorama, azimuth_deg)
    gain = 0.16 / max(float(np.median(picture @ LUMA)), 1e-6)
    photo = Photo(torch.from_numpy((picture * gain).clip(0, 1).transpose(2, 0, 1).copy()))
    camera = Camera(SIZE_HW, F_PX, 0.0, 0.0, 1.6, 10.0, 1.0, 1.0, 0.2)
    started = time.perf_counter()
    light = Cues()(photo, camera)
    seconds = time.perf_counter() - started
    ahead = Camera((9, 9), 9.0, 0.0, 0.0, 1.6, 1.0, 1.0, 1.0, 0.1)
    source_azimuth, source_rise = azimuth_elevation(ahead, known["toward"])
    wanted = direction(camera, source_azimuth - azimuth_deg, source_rise)
    found_azimuth, found_rise = azimuth_elevation(camera, np.array(light.toward))
    wanted_azimuth = azimuth_elevation(camera, wanted)[0]
    leaning = direction(ahead, azimuth_deg + 180, 45.0)
    facing = np.clip(known["rays"] @ leaning, 0, None) * known["solid"]
    level = float(((panorama @ LUMA) * facing).sum() * known["pixel"] / math.pi) * gain
    return {
        "azimuth_error_deg": abs((found_azimuth - wanted_azimuth + 180) % 360 - 180),
        "angle_error_deg": angle_deg(np.array(light.toward), wanted),
        "overhead_error_deg": angle_deg(direction(camera, 180, 60), wanted),
        "sd_deg": light.toward_sd_deg,
        "elevation_error_deg": abs(found_rise - source_rise),
        "ambient": light.ambient_ratio,
        "ambient_error": light.ambient_ratio - known["ambient"],
        "log2_level_bias": math.log2(light.level / max(level, 1e-6)),
        "log2_level_error": math.log2(light.level / max(level, 1e-6)),
        "mired_error": 1e6 / light.cct_k - 1e6 / known["cct_k"],
        "mired_error_d65": 1e6 / 6504 - 1e6 / known["cct_k"],
        "sunlit": light.sunlit,
        "seconds": seconds,
    }


def measured(fit: Path | None) -> dict:
    """Errors over panoramas and kinds of light, and the cross-validation over labelled photos (`fit`: its text)."""
    results: dict = {"unread": [], "panoramas": {}}
    for path in sorted([*DATA.glob("hdri/*/*.hdr"), *DATA.glob("hdri/*/*.exr")]):
        panorama = read(path)
        if panorama is None:
            results["unread"].append(path.name)
            continue
        known = truth(panorama)
        rows = [one(panorama, known, azimuth) for azimuth in range(-180, 180, 45)]
        entry = {key: float(np.mean(np.abs([row[key] for row in rows]))) for key in rows[0]}
        entry["log2_level_bias"] = float(np.mean([row["log2_level_bias"] for row in rows]))
        errors = np.array([row["azimuth_error_deg"] for row in rows])
        entry |= {f"azimuth_within_{limit}_deg": float((errors < limit).mean()) for limit in (22.5, 45, 90)}
        entry["kind"] = KINDS.get(path.stem, "indoor")
        entry["true_ambient"], entry["true_cct_k"] = known["ambient"], known["cct_k"]
        results["panoramas"][path.stem] = entry
        print(
            f"{path.stem:24s} {entry['kind']:8s} azimuth {entry['azimuth_error_deg']:4.0f} angle "
            f"{entry['angle_error_deg']:4.0f} (guess {entry['overhead_error_deg']:4.0f}) sd {entry['sd_deg']:3.0f}, "
            f"ambient {entry['ambient']:.2f} true {known['ambient']:.2f}, level {entry['log2_level_bias']:+.2f} "
            f"({entry['log2_level_error']:.2f}) stops, "
            f"{entry['mired_error']:3.0f} mired (D65 {entry['mired_error_d65']:3.0f})"
        )
    for kind in ("sun", "low sun", "overcast", "indoor"):
        chosen = [e for e in results["panoramas"].values() if e["kind"] == kind]
        if chosen:
            results[kind] = {
                key: float(np.mean([e[key] for e in chosen])) for key in chosen[0] if isinstance(chosen[0][key], float)
            }
            print(kind, {k: round(v, 2) for k, v in results[kind].items()})
    labelled = fit.read_text() if fit else judge_labelled()
    results["labelled_photos"] = json.loads(labelled.splitlines()[-1])
    print(results["labelled_photos"])
    return results


def judge_labelled() -> str:
    """What ``weights/fit_light.py`` prints."""
    fit = [sys.executable, str(Path(__file__).parent.parent / "weights" / "fit_light.py"), "--data", str(DATA)]
    return subprocess.run(fit, check=True, capture_output=True, text=True).stdout


def main() -> None:
    record("light", measured(Path(sys.argv[1]) if len(sys.argv) > 1 else None))


if __name__ == "__main__":
    main()
