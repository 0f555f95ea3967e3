"""Does a person get the scene's sharpness and grain? Photos of people whose surroundings get a known blur or grain.

The whole photo with that blur or grain is the truth; the person comes from the untouched photo. The optics stage sees
the two as layers and must give the person what the scene has. Compared is leaving the person as they are.

Reported for each effect, as medians over photos: the error of the person against the truth (root mean square, 8-bit
sRGB levels), and the person's edge width or noise over the truth's (1 is right). For "none" nothing was done to the
surroundings, and every change is harm.

    python benchmarks/optics.py [--count N]
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
from record import record

import scenechange as sc
from scenechange.harmonize.composite import layers_of_composite
from scenechange.math.colour import srgb_of
from scenechange.math.image import box_of
from scenechange.optics.grain import measure_noise
from scenechange.optics.match import TILES, Match
from scenechange.optics.sharpness import edge_blur_px
from scenechange.optics.tiles import person_tiles
from scenechange.registry import make
from scenechange.types import Layers

DATA = Path(os.environ.get("SCENECHANGE_DATA", Path(__file__).parents[2] / "shared" / "data"))
EFFECTS = {"none": (0.0, 0.0), "blur 0.8 px": (0.8, 0.0), "blur 1.5 px": (1.5, 0.0), "grain 0.01": (0.0, 0.01)}
"""Standard deviations: of the blur in pixels, of the grain in roots of linear values."""


def affected(rgb: torch.Tensor, blur_px: float, grain: float) -> torch.Tensor:
    """Linear ``(3, H, W)`` as another lens or sensor would have given it."""
    pixels = rgb.numpy().transpose(1, 2, 0)
    if blur_px:
        pixels = cv2.GaussianBlur(pixels, (0, 0), blur_px)
    if grain:
        noise = np.random.default_rng(0).normal(0, grain, pixels.shape[:2])[..., None]
        pixels = np.clip(np.sqrt(pixels) + noise, 0, 1) ** 2
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1), dtype=np.float32))


def widths(layers: Layers) -> tuple[float, float]:
    """Edge width in pixels and noise of the person; NaN where there is too little to measure."""
    tiles = person_tiles(layers, box_of(layers.alpha), TILES)
    noise = measure_noise(tiles)
    spread = noise.typical if noise else np.nan
    edge = edge_blur_px(tiles, 0.0 if np.isnan(spread) else spread)
    return (np.nan if edge is None else edge), spread


def one(photo: Path, mask: Path, blur_px: float, grain: float) -> dict[str, float]:
    """Measures of one photo."""
    whole = sc.load_photo(photo)
    inside = torch.from_numpy((cv2.imread(str(mask), cv2.IMREAD_GRAYSCALE) > 0).astype(np.float32))
    truth = layers_of_composite(replace(whole, rgb=affected(whole.rgb, blur_px, grain)), inside)
    before = replace(truth, foreground=layers_of_composite(whole, inside).foreground, stands=True)
    after = Match()(before, 0)
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
    return found


def measured(count: int) -> dict[str, dict[str, float]]:
    """Medians for each effect over `count` photos of people/ccp."""
    photos = sorted((DATA / "people" / "ccp" / "photos").glob("*.jpg"))[60 : 60 + count]
    results = {}
    for effect, (blur_px, grain) in EFFECTS.items():
        rows = [one(f, f.parents[1] / "masks" / f"{f.stem}.png", blur_px, grain) for f in photos]
        results[effect] = {key: float(np.nanmedian([row[key] for row in rows])) for key in rows[0]}
        print(f"{effect:12s}", {key: round(value, 2) for key, value in results[effect].items()}, flush=True)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20)
    record("optics", measured(parser.parse_args().count))


if __name__ == "__main__":
    main()
