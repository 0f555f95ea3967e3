"""Spokes and limbs in motion: what is left of them in a cut-out? Made pictures, so the truth is exact.

    python benchmarks/cutout_thin.py BACKGROUNDS [--portraits P3M] [--seed N] [--count N]

The portraits of `matting/P3M_demo` with clean colours (needs the extra `matting`) are changed and laid over another
background each; every change is made once a portrait and size, lengths as shares of the portrait's longer edge:

- motion: an arm or shoulder is drawn out along a line of 1, 2 or 4 %, opacity and colours alike, within a disc on the
  outline that lies away from the hair. Scored: mean absolute error of opacity where the truth is grey in that disc;
- spokes: a wheel of 15 % radius with 14 spokes of 0.2 or 0.5 % stands before the person's side, as on a wheelchair.
  Scored: the share of spokes and tyre above a half, and of the gaps between them below a half, beside the person.

Beside each other: the network alone, the mask of `segment`, and each matting method.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from cutout import DATA
from cutout_colours import linear_of, multilevel
from cutout_matting import METHODS, whole
from record import record

from scenechange import registry
from scenechange.errors import NobodyFoundError
from scenechange.salience import salience
from scenechange.types import Method, Photo, Prompt

MOTIONS, SPOKES = (0.01, 0.02, 0.04), (0.002, 0.005)
Layer = tuple[np.ndarray, np.ndarray]  # premultiplied linear colours (h, w, 3), opacity (h, w)


def outline_point(alpha: np.ndarray, rng: np.random.Generator) -> tuple[int, int]:
    """A point ``x, y`` of the outline in the lower half of the person, where it is sharp."""
    solid = (alpha > 0.5).astype(np.uint8)
    edge = cv2.morphologyEx(solid, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    grey = cv2.blur(((alpha > 0.05) & (alpha < 0.95)).astype(np.float32), (31, 31))
    h, w = alpha.shape
    rows, columns = np.nonzero(edge & (grey < np.quantile(grey[edge], 0.5)))
    low = (rows > h * 0.5) & (rows < h * 0.85) & (columns > w * 0.06) & (columns < w * 0.94)
    at = rng.choice(np.flatnonzero(low if low.any() else np.ones(len(rows), bool)))
    return int(columns[at]), int(rows[at])


def moved(layer: Layer, share: float, rng: np.random.Generator) -> tuple[Layer, np.ndarray]:
    """A part of the outline drawn out by motion, and where: ``(h, w)`` bool."""
    colours, alpha = layer
    length = max(3, round(share * max(alpha.shape)))
    angle = rng.uniform(0, np.pi)
    middle = length // 2 + 1
    kernel = np.zeros((2 * middle + 1, 2 * middle + 1), np.float32)
    reach = np.round(np.array([np.cos(angle), np.sin(angle)]) * length / 2).astype(int)
    cv2.line(kernel, tuple(map(int, middle - reach)), tuple(map(int, middle + reach)), 1.0)
    x, y = outline_point(alpha, rng)
    radius = round(0.07 * max(alpha.shape))
    disc = cv2.circle(np.zeros(alpha.shape, np.float32), (x, y), radius, 1.0, -1)
    share_of_moved = cv2.GaussianBlur(disc, (0, 0), radius / 4)
    drawn_out = [cv2.filter2D(a, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE) for a in (colours, alpha)]
    colours = colours + share_of_moved[..., None] * (drawn_out[0] - colours)
    alpha = alpha + share_of_moved * (drawn_out[1] - alpha)
    return (colours, alpha), (disc > 0) & (alpha > 0.02) & (alpha < 0.98)


def wheeled(layer: Layer, share: float, rng: np.random.Generator) -> tuple[Layer, np.ndarray, np.ndarray]:
    """A wheel before the person's side; where it is, and the gaps of it that the person is not seen in."""
    colours, alpha = layer
    side = max(alpha.shape)
    x, y = outline_point(alpha, rng)
    radius, fine = round(0.15 * side), 8
    middle = np.array([x, y]) * fine
    wheel = np.zeros((alpha.shape[0], alpha.shape[1]), np.uint8)
    cv2.circle(wheel, (x * fine, y * fine), radius * fine, 255, max(1, round(0.012 * side)), cv2.LINE_AA, 3)
    turn = rng.uniform(0, 1)
    for k in range(14):
        angle = 2 * np.pi * (k + turn) / 14
        end = middle + radius * fine * np.array([np.cos(angle), np.sin(angle)])
        tip = tuple(int(v) for v in np.round(end))
        cv2.line(wheel, (x * fine, y * fine), tip, 255, max(1, round(share * side)), cv2.LINE_AA, 3)
    ink = wheel.astype(np.float32) / 255
    metal = np.float32(rng.uniform(0.02, 0.08))
    disc = cv2.circle(np.zeros(alpha.shape, np.uint8), (x, y), radius, 1, -1) > 0
    after = alpha + ink - alpha * ink
    gaps = disc & (after < 0.02)
    return (colours * (1 - ink[..., None]) + metal * ink[..., None], after), (ink > 0.9) & (alpha < 0.02), gaps


def laid_over(layer: Layer, scene: Path, rng: np.random.Generator) -> Photo:
    """The picture over a part of a scene, in linear light and not quantized."""
    colours, alpha = layer
    behind = linear_of(scene)
    grow = max(alpha.shape[0] / behind.shape[0], alpha.shape[1] / behind.shape[1]) * rng.uniform(1, 1.4)
    behind = cv2.resize(behind, None, fx=grow, fy=grow, interpolation=cv2.INTER_AREA if grow < 1 else cv2.INTER_LINEAR)
    y, x = (int(rng.integers(behind.shape[k] - alpha.shape[k] + 1)) for k in (0, 1))
    seen = colours + (1 - alpha[..., None]) * behind[y : y + alpha.shape[0], x : x + alpha.shape[1]]
    return Photo(torch.from_numpy(np.ascontiguousarray(np.clip(seen, 0, 1).transpose(2, 0, 1), dtype=np.float32)))


def answers(photo: Photo) -> dict[str, np.ndarray]:
    """Opacity ``(H, W)`` by every way; nothing at all where nobody is found."""
    height, width = photo.size_hw
    found = {"isnet alone": cv2.resize(salience(photo, (0, 0, width, height)), (width, height))}
    try:
        mask = registry.make("segment", Method("isnet"))(photo, Prompt())
        found["mask of segment"] = mask.inside.numpy()
        for name in METHODS:
            found[f"matte={name}"] = whole(registry.make("matte", Method(name))(photo, mask))
    except NobodyFoundError:
        for name in ("mask of segment", *(f"matte={name}" for name in METHODS)):
            found.setdefault(name, np.zeros((height, width), np.float32))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("backgrounds", type=Path)
    parser.add_argument("--portraits", type=Path, default=DATA / "matting" / "P3M_demo")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=6)
    parser.add_argument("--pictures", type=Path, help="folder for the made pictures and what became of them")
    a = parser.parse_args()
    scenes = sorted(f for f in a.backgrounds.rglob("*") if f.suffix.lower() in (".jpg", ".jpeg", ".png"))
    rng = np.random.default_rng(a.seed)
    rows: dict[str, dict[str, list[float]]] = {}

    def note(question: str, way: str, value: float) -> None:
        rows.setdefault(question, {}).setdefault(way, []).append(value)

    for matte in sorted((a.portraits / "alpha").iterdir())[: a.count]:
        alpha = cv2.imread(str(matte), cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255
        rgb = linear_of(next((a.portraits / "original").glob(f"{matte.stem}.*")))
        alpha = cv2.resize(alpha, rgb.shape[1::-1], interpolation=cv2.INTER_AREA)
        layer = multilevel(rgb, alpha) * alpha[..., None], alpha
        for kind, sizes in (("motion", MOTIONS), ("spokes", SPOKES)):
            for size in sizes:
                if kind == "motion":
                    changed, where = moved(layer, size, rng)
                else:
                    changed, ink, gaps = wheeled(layer, size, rng)
                photo = laid_over(changed, scenes[int(rng.integers(len(scenes)))], rng)
                got_by = answers(photo)
                for way, got in got_by.items():
                    if kind == "motion":
                        note(f"motion {size:.0%}: error", way, float(np.abs(got - changed[1])[where].mean()))
                    else:
                        note(f"spokes {size:.1%}: wheel kept", way, float((got[ink] > 0.5).mean()))
                        note(f"spokes {size:.1%}: gaps open", way, float((got[gaps] < 0.5).mean()))
                if a.pictures:
                    a.pictures.mkdir(parents=True, exist_ok=True)
                    seen = photo.rgb.numpy().transpose(1, 2, 0)[..., ::-1] ** (1 / 2.2)
                    planes = [seen, *(np.repeat(x[..., None], 3, 2) for x in (changed[1], *got_by.values()))]
                    small = [cv2.resize(p, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA) for p in planes]
                    cv2.imwrite(
                        str(a.pictures / f"{matte.stem}-{kind}-{size}.png"), (np.hstack(small) * 255).astype(np.uint8)
                    )
    results: dict[str, Any] = {}
    for question, by_way in rows.items():
        results[question] = {way: float(np.mean(values)) for way, values in by_way.items()}
        results[question]["each"] = {way: np.round(values, 3).tolist() for way, values in by_way.items()}
        print(question, {way: round(value, 3) for way, value in results[question].items() if way != "each"})
    results["portraits"] = a.count
    record("cutout-thin", results)


if __name__ == "__main__":
    main()
