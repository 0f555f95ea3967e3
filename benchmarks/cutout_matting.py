"""How much of a cut-out's error is the mask's, how much the matte's? Solvers with the true trimap and with ours.

    python benchmarks/cutout_matting.py PAIRS... [--no-knn] [--count N]

PAIRS is what `make_matting_pairs.py` wrote. Needs the extra `matting`. The true band is where the true opacity is
between 0.02 and 0.98, seven pixels wider; the true trimap is unknown there and right elsewhere. Scored as `cutout.py`
does, the mean over the portraits:

- the network alone, the mask that `segment` makes of it, and each matting method as it is shipped;
- the same with the truth put outside the true band (what is left is the matte's), and inside it (what is left is the
  mask's);
- closed form, KNN (a minute a picture; --no-knn leaves it out) and the guided filter in the true trimap; the first two
  in ours, and there the mean of each with the mask.

Seconds of processor time are given for the methods and solvers: of all threads, at the size of the pairs.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from cutout import gradient, load
from record import record

from scenechange import registry
from scenechange.math.colour import srgb_of
from scenechange.matte.guided import coefficients
from scenechange.matte.trimap import settle, unknown_band
from scenechange.salience import salience
from scenechange.types import Cutout, Method, Prompt

METHODS = tuple(registry.BUILT_IN["matte"])
FIELDS = ("sad_thousands", "mse", "gradient_error", "soft_band_sad_thousands", "soft_band_mse")
Row = tuple[tuple[float, ...], float | None]  # as FIELDS, and seconds


def score(got: np.ndarray, true: np.ndarray, band: np.ndarray) -> tuple[float, ...]:
    """As FIELDS, of 8-bit opacity."""
    got, true = np.round(got.astype(np.float64) * 255) / 255, true.astype(np.float64)
    off = got - true
    steps = ((gradient(got) - gradient(true)) ** 2).sum()
    return np.abs(off).sum() / 1e3, (off**2).mean(), steps, np.abs(off[band]).sum() / 1e3, (off[band] ** 2).mean()


def whole(cutout: Cutout) -> np.ndarray:
    """Opacity ``(H, W)`` at the photo's size."""
    out = np.zeros(cutout.source_hw, np.float32)
    (x, y), (h, w) = cutout.offset_xy, cutout.alpha.shape[1:]
    out[y : y + h, x : x + w] = cutout.alpha[0].numpy()
    return out


def solved(name: str, rgb: np.ndarray, trimap: np.ndarray) -> np.ndarray:
    """Opacity ``(H, W)`` by a solver of pymatting, on the part round the unknown pixels."""
    import pymatting

    solver = {"closed form": pymatting.estimate_alpha_cf, "KNN": pymatting.estimate_alpha_knn}[name]
    unknown = trimap == 0.5
    rows, cols = np.flatnonzero(unknown.any(1)), np.flatnonzero(unknown.any(0))
    part = np.s_[max(rows[0] - 20, 0) : rows[-1] + 20, max(cols[0] - 20, 0) : cols[-1] + 20]
    out = trimap.copy()
    out[part] = np.clip(solver(rgb.transpose(1, 2, 0)[part].astype(np.float64), trimap[part]), 0, 1)
    return out


def timed(work: Callable[[], np.ndarray]) -> tuple[np.ndarray, float]:
    """What work gives, and the processor's seconds that it took."""
    since = time.process_time()
    return work(), time.process_time() - since


def ways(path: Path, knn: bool) -> dict[str, Row]:
    """Scores of one portrait by every way."""
    true = cv2.imread(str(path.with_name(f"{path.stem}_alpha.png")), cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255
    photo = load(path)
    height, width = true.shape
    band = cv2.dilate(((true > 0.02) & (true < 0.98)).astype(np.uint8), np.ones((15, 15))) > 0
    mask = registry.make("segment", Method("isnet"))(photo, Prompt())
    inside, rgb = mask.inside.numpy(), srgb_of(photo.rgb.numpy())
    alone = cv2.resize(salience(photo, (0, 0, width, height)), (width, height))
    found, seconds = {"isnet alone": alone, "mask of segment": inside}, {}
    for name in METHODS:
        method = registry.make("matte", Method(name))
        alpha, seconds[f"matte={name}"] = timed(lambda method=method: whole(method(photo, mask)))
        found[f"matte={name}"] = alpha
        found[f"matte={name}, truth outside the true band"] = np.where(band, alpha, true)
        found[f"matte={name}, truth inside the true band"] = np.where(band, true, alpha)
    rows, cols = np.nonzero(inside > 0.5)
    edge = max(np.ptp(rows), np.ptp(cols))
    settled = settle(inside, max(1.0, 0.02 * edge))
    unknown = unknown_band(settled, max(1, round(0.006 * edge)))
    exact = np.where(band, 0.5, (true > 0.5).astype(np.float64))
    own = np.where(unknown, 0.5, (settled > 0.5).astype(np.float64))
    for solver in ("closed form", "KNN") if knn else ("closed form",):
        found[f"true trimap, {solver}"] = solved(solver, rgb, exact)
        label = f"our trimap, {solver}"
        found[label], seconds[label] = timed(lambda solver=solver: solved(solver, rgb, own))
        found[f"{label}, mean with the mask"] = np.where(unknown, (found[label] + settled) / 2, own)
    slope, offset = coefficients(
        rgb, np.where(band, inside, exact).astype(np.float32), max(1, round(0.01 * edge)), 1e-5
    )
    found["true trimap, guided filter"] = np.where(band, np.clip((slope * rgb).sum(0) + offset, 0, 1), exact)
    found["our trimap, truth in it"] = np.where(unknown, true, own)
    return {name: (score(alpha, true, band), seconds.get(name)) for name, alpha in found.items()}


def summary(rows: list[Row]) -> dict[str, Any]:
    """Means over the portraits, and the sum of differences of each."""
    means = dict(zip(FIELDS, np.mean([scores for scores, _ in rows], 0).tolist(), strict=True))
    seconds = [s for _, s in rows if s is not None]
    took = {"median_processor_s": float(np.median(seconds))} if seconds else {}
    return {**means, **took, "sad_each": [round(scores[0], 2) for scores, _ in rows]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path, nargs="+")
    parser.add_argument("--count", type=int, default=40, help="at most so many portraits of each folder")
    parser.add_argument("--knn", action=argparse.BooleanOptionalAction, default=True, help="KNN matting too")
    a = parser.parse_args()
    results: dict[str, Any] = {}
    for folder in a.pairs:
        rows: dict[str, list[Row]] = {}
        for path in sorted(folder.glob("*_alpha.png"))[: a.count]:
            for name, scores in ways(path.with_name(path.name.replace("_alpha.png", ".jpg")), a.knn).items():
                rows.setdefault(name, []).append(scores)
        results[folder.name] = {name: summary(found) for name, found in rows.items()}
        for name, scores in results[folder.name].items():
            print(folder.name, name, scores)
    record("cutout-matting", results)


if __name__ == "__main__":
    main()
