"""Do the colours of a cut-out tell where it was taken? Foreground colours, halo and rim on portraits of known truth.

    python benchmarks/cutout_colours.py PAIRS BACKGROUNDS [--portraits FOLDER] [--seed 0] [--method matte=NAME]

PAIRS is what `make_matting_pairs.py` wrote with that seed and those BACKGROUNDS; the portraits and mattes it used
(default matting/P3M_demo) give the true foreground colours again. Needs the extra `matting`. Four ways are compared on
the same opacity: the photo's own pixels, multilevel estimation (Germer et al., ICPR 2020, by pymatting), ours, and all
with the true opacity as well.

- colour_error: mean absolute difference from the true foreground in the soft band, 8-bit sRGB levels, weighted by the
  true opacity (what is not seen does not count).
- halo: mean absolute error of the composite in the soft band over black, white, green and the complement of the old
  background, 8-bit sRGB levels.
- scene_rank: the 2 px ring inside the outline, laid out as a colour histogram (Lab, 4 x 8 x 8, smoothed), compared
  with the histogram of each background; 1 where the true scene is nearest, and (number of scenes + 1) / 2 by chance.
  `truth` has it for the person's true colours: what the rim cannot help telling.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from cutout import DATA, load
from record import record

from scenechange import registry
from scenechange.matte.foreground import clean_colours
from scenechange.types import Method, Prompt

Estimate = Callable[[np.ndarray, np.ndarray], np.ndarray]


def linear_of(path: Path) -> np.ndarray:
    """Linear RGB ``(h, w, 3)``."""
    return load(path).rgb.numpy().transpose(1, 2, 0)


def encoded(x: np.ndarray) -> np.ndarray:
    """8-bit sRGB levels, unrounded, of linear light."""
    x = np.clip(x, 0, 1)
    return 255 * np.where(x <= 0.0031308, x * 12.92, 1.055 * x ** (1 / 2.4) - 0.055)


def multilevel(rgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    from pymatting import estimate_foreground_ml

    return estimate_foreground_ml(rgb.astype(np.float64), alpha.astype(np.float64)).astype(np.float32)


def ours(rgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    return clean_colours(np.ascontiguousarray(rgb.transpose(2, 0, 1)), alpha).transpose(1, 2, 0)


def histogram(rgb: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Smoothed Lab histogram, sum 1, of linear colours ``(n, 3)``."""
    lab = cv2.cvtColor((encoded(rgb) / 255).astype(np.float32)[None], cv2.COLOR_RGB2LAB)[0]
    edges = np.linspace(0, 100, 5), np.linspace(-60, 60, 9), np.linspace(-60, 60, 9)
    lab = np.clip(lab, [0.0, -60, -60], [100.0, 60, 60])
    counts, _ = np.histogramdd(lab, edges, weights=weight)
    padded = np.pad(counts, 1, mode="edge")
    smooth = counts + 0.25 * sum(
        np.roll(padded, shift, axis)[1:-1, 1:-1, 1:-1] for axis in range(3) for shift in (-1, 1)
    )
    return (smooth + 1e-4) / (smooth + 1e-4).sum()


def scenes_used(backgrounds: Path, seed: int, sizes_hw: list[tuple[int, int]]) -> tuple[list[Path], list[int]]:
    """The backgrounds, and which of them each pair has: the draws of make_matting_pairs.py made again."""
    rng = np.random.default_rng(seed)
    scenes = sorted(f for f in backgrounds.rglob("*") if f.suffix.lower() in (".jpg", ".jpeg", ".png"))
    used = []
    for h, w in sizes_hw:
        used.append(int(rng.integers(len(scenes))))
        rows, cols = cv2.imread(str(scenes[used[-1]])).shape[:2]
        grow = max(h / rows, w / cols) * rng.uniform(1, 1.4)
        rng.integers(round(rows * grow) - h + 1)
        rng.integers(round(cols * grow) - w + 1)
    return scenes, used


def rank_of(colours: np.ndarray, alpha: np.ndarray, candidates: list[np.ndarray], true: int) -> int:
    """Rank of the true scene by the distance (Jensen-Shannon) of its histogram from that of the 2 px ring."""
    seen = (alpha > 0.02).astype(np.uint8)
    ring = (seen - cv2.erode(seen, np.ones((5, 5), np.uint8))) > 0
    rim = histogram(colours[ring], alpha[ring])

    def apart(other: np.ndarray) -> float:
        middle = (rim + other) / 2
        return float((rim * np.log(rim / middle) + other * np.log(other / middle)).sum())

    distances = np.array([apart(c) for c in candidates])
    return 1 + int((distances < distances[true]).sum())


def score(
    rgb: np.ndarray, alpha: np.ndarray, true_alpha: np.ndarray, true_colours: np.ndarray, estimate: Estimate
) -> tuple[float, float, np.ndarray]:
    """Colour error, halo, and the colours."""
    colours = estimate(rgb, alpha)
    soft = cv2.dilate(((true_alpha > 0.02) & (true_alpha < 0.98)).astype(np.uint8), np.ones((5, 5))) > 0
    off = np.abs(encoded(colours) - encoded(true_colours)).mean(-1)
    colour_error = float((off * true_alpha)[soft].sum() / true_alpha[soft].sum())
    old = cv2.GaussianBlur(rgb, (0, 0), 12)
    grounds: list[Any] = [np.zeros(3), np.ones(3), np.array([0.0, 0.5, 0.1]), 1 - old]
    a, t = alpha[..., None], true_alpha[..., None]
    halo = [
        np.abs(encoded(a * colours + (1 - a) * g) - encoded(t * true_colours + (1 - t) * g)).mean(-1)[soft].mean()
        for g in grounds
    ]
    return colour_error, float(np.mean(halo)), colours


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("backgrounds", type=Path)
    parser.add_argument("--portraits", type=Path, default=DATA / "matting" / "P3M_demo")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--method", action="append", default=[], metavar="STAGE=NAME", help="segment=... or matte=...")
    a = parser.parse_args()
    names = {stage: registry.DEFAULTS[stage] for stage in ("segment", "matte")}
    names.update(pair.split("=", 1) for pair in a.method)
    segment, matte = (registry.make(stage, Method(name)) for stage, name in names.items())
    mattes = sorted(a.pairs.glob("*_alpha.png"))
    sizes = [cv2.imread(str(f), cv2.IMREAD_GRAYSCALE).shape for f in mattes]
    scenes, used = scenes_used(a.backgrounds, a.seed, sizes)
    candidates = []
    for scene in scenes:
        colours = cv2.resize(linear_of(scene), (160, 160), interpolation=cv2.INTER_AREA).reshape(-1, 3)
        candidates.append(histogram(colours, np.ones(len(colours))))
    ways: dict[str, Estimate] = {"pixels as they are": lambda c, _: c, "multilevel": multilevel, "ours": ours}
    rows: dict[str, list[tuple[float, float, int]]] = {}
    truths = []
    for k, path in enumerate(mattes):
        name = path.stem.removesuffix("_alpha")
        true = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255
        photo = load(a.pairs / f"{name}.jpg")
        rgb = np.ascontiguousarray(photo.rgb.numpy().transpose(1, 2, 0))
        original = next((a.portraits / "original").glob(f"{name}.*"))
        true_colours = multilevel(linear_of(original), true)
        cutout = matte(photo, segment(photo, Prompt()))
        (x, y), (h, w) = cutout.offset_xy, cutout.alpha.shape[1:]
        found = np.zeros_like(true)
        found[y : y + h, x : x + w] = cutout.alpha[0].numpy()
        for label, alpha in ((f"{names['segment']} + {names['matte']}", found), ("true opacity", true)):
            for way, estimate in ways.items():
                error, halo, colours = score(rgb, alpha, true, true_colours, estimate)
                rank = rank_of(colours, alpha, candidates, used[k])
                rows.setdefault(f"{label}, {way}", []).append((error, halo, rank))
        truths.append(rank_of(true_colours, true, candidates, used[k]))
    fields = ("colour_error", "halo", "scene_rank")
    results: dict[str, Any] = {way: dict(zip(fields, np.mean(v, 0).tolist(), strict=True)) for way, v in rows.items()}
    results["truth"] = {"scene_rank": float(np.mean(truths))}
    results |= {"portraits": len(mattes), "scenes": len(scenes), "scene_rank_by_chance": (len(scenes) + 1) / 2}
    for way, found_scores in results.items():
        print(way, found_scores)
    place = a.backgrounds.parent.name if a.backgrounds.name == "photos" else a.backgrounds.name
    record(f"cutout-colours-{place.lower().replace('_', '-')}", results)


if __name__ == "__main__":
    main()
