"""Does a person get the scene's lens, sensor and file? Photos of people whose surroundings get a known effect.

The whole photo with that effect is the truth; the person comes from the untouched photo. The optics stage sees
the two as layers and must give the person what the scene has. Compared is leaving the person as they are.

Reported for each effect, as medians over photos: the error of the person against the truth (root mean square, 8-bit
sRGB levels), and the person's edge width or noise over the truth's (1 is right); as shares, how often the stage says
that it did something of the kind, and how often the person ended up further from the truth. For "none" nothing was done
to the surroundings, and every change is harm. The photos are made smaller by a quarter, which takes out the blocks of
their own files. False alarms: on untouched photos of all kinds, how often each of the rarer effects is seen.

    python benchmarks/optics.py [--count N]
"""

from __future__ import annotations

import argparse
import io
import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image
from record import record

import scenechange as sc
from scenechange.harmonize.composite import layers_of_composite
from scenechange.math.colour import LUMA, linear_of, srgb_of
from scenechange.math.image import box_of
from scenechange.optics.blocks import measure_compression
from scenechange.optics.falloff import measure_falloff
from scenechange.optics.grain import measure_noise
from scenechange.optics.match import TILES, Match
from scenechange.optics.motion import measure_streak
from scenechange.optics.sharpness import edge_blur_px
from scenechange.optics.tiles import person_tiles, scene_tiles
from scenechange.registry import make
from scenechange.types import Layers, Light

DATA = Path(os.environ.get("SCENECHANGE_DATA", Path(__file__).parents[2] / "shared" / "data"))
LIGHT = Light((0.0, -1.0, 0.0), 90.0, 6504.0, 800.0, 1.0, 0.5, 0.8, 0.2, np.zeros((9, 3)))
EFFECTS: dict[str, tuple[str, float]] = {
    "none": ("", 0.0),
    "blur 0.8 px": ("blur", 0.8),
    "blur 1.5 px": ("blur", 1.5),
    "grain 0.01": ("grain", 0.01),
    "colour grain 0.01": ("colour grain", 0.01),
    "black and white": ("grey", 1.0),
    "vignette 0.4": ("vignette", 0.4),
    "vignette 0.8": ("vignette", 0.8),
    "streak 6 px": ("streak", 6.0),
    "streak 12 px": ("streak", 12.0),
    "jpeg 80": ("jpeg", 80),
    "jpeg 60": ("jpeg", 60),
    "jpeg 35": ("jpeg", 35),
}
"""What was done, and how much: standard deviation of a blur in pixels, of grain in roots of linear values; natural
logarithm of the light lost in the corners; length of a streak; quality of a file."""
STREAK_DEG = 20.0
SAID = {"vignette": "darkened", "streak": "moving camera", "jpeg": "compressed"}
"""What the stage's note says when it saw an effect."""


def affected(rgb: torch.Tensor, effect: str, amount: float) -> torch.Tensor:
    """Linear ``(3, H, W)`` as another lens, sensor or file would have given it."""
    pixels = np.ascontiguousarray(rgb.numpy().transpose(1, 2, 0))
    if effect == "blur":
        pixels = cv2.GaussianBlur(pixels, (0, 0), amount)
    elif effect.endswith("grain"):
        shape = (*pixels.shape[:2], 3 if effect == "colour grain" else 1)
        noise = np.random.default_rng(0).normal(0, amount, shape)
        pixels = np.clip(np.sqrt(pixels) + noise, 0, 1) ** 2
    elif effect == "grey":
        pixels = np.repeat(pixels @ np.array(LUMA, np.float32)[:, None], 3, axis=2)
    elif effect == "vignette":
        h, w = pixels.shape[:2]
        y, x = np.mgrid[:h, :w]
        squared = ((x - (w - 1) / 2) ** 2 + (y - (h - 1) / 2) ** 2) / ((h * h + w * w) / 4)
        pixels = pixels * np.exp(-amount * squared)[..., None]
    elif effect == "streak":
        pixels = cv2.filter2D(pixels, -1, streak_kernel(amount, STREAK_DEG))
    elif effect == "jpeg":
        file = io.BytesIO()
        Image.fromarray(np.rint(255 * srgb_of(pixels)).astype(np.uint8)).save(file, "JPEG", quality=int(amount))
        return sc.load_photo(file.getvalue()).rgb
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1), dtype=np.float32))


def streak_kernel(length_px: float, angle_deg: float) -> np.ndarray:
    """A line of that length, drawn 8 times as large and made smaller by area means."""
    side = int(length_px) + 5 - int(length_px) % 2
    large = np.zeros((8 * side, 8 * side), np.float32)
    step = 4 * length_px * np.array([np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))])
    ends = [tuple(int(v) for v in np.rint(4 * side - 0.5 + sign * step)) for sign in (-1, 1)]
    cv2.line(large, ends[0], ends[1], 1.0, 8, cv2.LINE_AA)
    kernel = cv2.resize(large, (side, side), interpolation=cv2.INTER_AREA)
    return kernel / kernel.sum()


def widths(layers: Layers) -> tuple[float, float]:
    """Edge width in pixels and noise of the person; NaN where there is too little to measure."""
    tiles = person_tiles(layers, box_of(layers.alpha), TILES)
    noise = measure_noise(tiles)
    spread = noise.typical if noise else np.nan
    edge = edge_blur_px(tiles, 0.0 if np.isnan(spread) else spread)
    return (np.nan if edge is None else edge), spread


def one(photo: Path, mask: Path, effect: str, amount: float) -> dict[str, float]:
    """Measures of one photo."""
    whole = smaller(sc.load_photo(photo))
    inside = cv2.imread(str(mask), cv2.IMREAD_GRAYSCALE) > 0
    inside = torch.from_numpy(cv2.resize(inside.astype(np.uint8), whole.size_hw[::-1]).astype(np.float32))
    truth = layers_of_composite(replace(whole, rgb=affected(whole.rgb, effect, amount)), inside)
    before = replace(truth, foreground=layers_of_composite(whole, inside).foreground, stands=True)
    # Ink is printed by the harmonizer, before the lens is matched.
    after = Match()(make("harmonize")(before, LIGHT) if effect == "grey" else before, 0)
    solid = inside[truth.window_xyxy[1] : truth.window_xyxy[3], truth.window_xyxy[0] : truth.window_xyxy[2]] > 0
    true_edge, true_noise = widths(truth)
    found: dict[str, float] = {}
    for name, layers in (("paste", before), ("match", after)):
        x0, y0, x1, y1 = layers.window_xyxy
        seen = make("compose")(layers)[:, y0:y1, x0:x1]
        wrong = 255 * (srgb_of(seen.numpy()) - srgb_of(truth.foreground.numpy()))[:, solid.numpy()]
        edge, noise = widths(layers)
        found[f"{name} rmse_levels"] = float(np.sqrt((wrong**2).mean()))
        found[f"{name} edge_ratio"], found[f"{name} noise_ratio"] = edge / true_edge, noise / true_noise
    found["share worse"] = float(found["match rmse_levels"] > found["paste rmse_levels"] + 0.5)
    if effect in SAID:
        found["share seen"] = float(any(SAID[effect] in note for note in after.notes))
    return found


def smaller(photo: sc.Photo) -> sc.Photo:
    """The photo at three quarters of its size, with the values of 8 bits that its file would have had."""
    h, w = (n * 3 // 4 for n in photo.size_hw)
    pixels = cv2.resize(
        np.ascontiguousarray(photo.rgb.numpy().transpose(1, 2, 0)), (w, h), interpolation=cv2.INTER_AREA
    )
    levels = np.rint(255 * srgb_of(pixels)) / 255
    return replace(photo, rgb=torch.from_numpy(np.ascontiguousarray(linear_of(levels).transpose(2, 0, 1))))


def measured(count: int) -> dict[str, dict[str, float]]:
    """Medians, and means of shares, for each effect over `count` photos of people/ccp, and false alarms."""
    photos = sorted((DATA / "people" / "ccp" / "photos").glob("*.jpg"))[60 : 60 + count]
    results = {}
    for name, (effect, amount) in EFFECTS.items():
        rows = [one(f, f.parents[1] / "masks" / f"{f.stem}.png", effect, amount) for f in photos]
        results[name] = {
            key: float((np.mean if key.startswith("share") else np.nanmedian)([row[key] for row in rows]))
            for key in rows[0]
        }
        print(f"{name:12s}", {key: round(value, 2) for key, value in results[name].items()}, flush=True)
    results["false alarms"] = false_alarms()
    print("false alarms", results["false alarms"])
    return results


def false_alarms() -> dict[str, float]:
    """Share of untouched photos, of streets, people and nine kinds of scene, in which each effect is seen."""
    files = [*DATA.glob("camera/OpenSfM_lund/images/*.jpg"), *DATA.glob("people/ccp/photos/*.jpg")]
    files += DATA.glob("backgrounds/*/*/*.jpg")
    files += sorted(DATA.glob("scene/sun/*/*.jpg"))[::2]
    seen = []
    for file in files:
        rgb = sc.load_photo(file).rgb
        h, w = rgb.shape[1:]
        ones = torch.ones(1, 2, 2)
        layers = Layers(rgb, torch.zeros(3, 2, 2), ones, ones, ones, (0, 0, 2, 2), np.eye(3), (0.0, 1.0), 2.0)
        streak = measure_streak(scene_tiles(layers, (0, 0, w, h), 2 * TILES))
        halved = torch.nn.functional.avg_pool2d(rgb[None], 2)[0]
        halved = torch.from_numpy(linear_of(np.rint(255 * srgb_of(halved.numpy())) / 255))
        seen.append((measure_falloff(rgb) is not None, streak is not None, measure_compression(halved) is not None))
    shares = np.mean(seen, axis=0)
    return {"photos": len(seen), "vignette": shares[0], "streak": shares[1], "jpeg, after halving": shares[2]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20)
    record("optics", measured(parser.parse_args().count))


if __name__ == "__main__":
    main()
