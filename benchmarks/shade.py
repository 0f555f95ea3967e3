"""Does a person who stands in the scene's shade get its light? Sunlit streets across which a shade is laid.

A boundary runs over the ground of a street (Lund, all photos in full sun) at 0.8 to 2 m from where a person of
people/ccp is stood; the ground on one side of it, and what is seen over that ground, keep a known share of their light.
Of the person in the shade the truth is the same share. Controls: the person on the sunlit side, and no shade laid.
Camera and light are estimated from the shaded photo, as in the pipeline; nothing is told to the shadow stage.

Reported for each kind of place: how often the person was shaded, how often it was said that they stand at the shade's
edge, and the median error of the person against the truth (root mean square, 8-bit sRGB levels) pasted, harmonized,
and harmonized and then shaded; for the shaded also the error of the light that both together leave, in stops, and of
red over blue (logarithm).

    python benchmarks/shade.py [--count N]
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
from scenechange.harmonize.composite import layers_of_composite
from scenechange.math.colour import LUMA, srgb_of
from scenechange.math.geometry import stature_px
from scenechange.registry import make
from scenechange.shadow.contact_and_cast import ContactAndCast
from scenechange.shadow.frame import foot_frame
from scenechange.shadow.received import NOTE_PART
from scenechange.types import Body, Camera, Layers

DATA = Path(os.environ.get("SCENECHANGE_DATA", Path(__file__).parents[2] / "shared" / "data"))
HEIGHT_M = 1.7
KINDS = ("in the shade", "in the sun", "no shade")


def lay_shade(
    camera: Camera, foot_xy: tuple[float, float], tall: float, rng: np.random.Generator
) -> tuple[list[np.ndarray], np.ndarray]:
    """Amount of shade ``(H, W)`` where the foot is shaded, and where it is in the sun; the light kept ``(3,)``."""
    h, w = camera.size_hw
    frame = foot_frame(camera, foot_xy, tall, HEIGHT_M)
    x, y = frame.ground_of_pixels(*np.meshgrid(np.arange(w), np.arange(h)))
    turn, distance = rng.uniform(-np.pi, np.pi), rng.uniform(0.8, 2.0)
    away = x * math.sin(turn) + y * math.cos(turn)
    sky = np.abs(y) > 1e4
    amounts = [1 / (1 + np.exp(np.clip((away - at) / 0.02, -30, 30))) for at in (distance, -distance)]
    kept = rng.uniform(0.15, 0.4) * np.exp(np.array([-1, 0, 1]) * rng.uniform(0.06, 0.25))
    return [np.where(sky, 0, a) for a in amounts], kept / float(np.array(LUMA) @ kept) * kept.mean()


def stood(scene: sc.Photo, person: Layers, foot_xy: tuple[float, float], tall: float) -> tuple[Layers, Body]:
    """The person of a street photo, `tall` pixels high, on a pixel of a scene."""
    scale = tall / person.alpha.shape[1]
    w, h = round(person.alpha.shape[2] * scale), round(tall)
    planes = [
        cv2.resize(p.numpy(), (w, h), interpolation=cv2.INTER_AREA) for p in (*person.foreground, person.alpha[0])
    ]
    foreground, alpha = torch.from_numpy(np.stack(planes[:3])), torch.from_numpy(planes[3])[None]
    x0, y0 = round(foot_xy[0] - w / 2), round(foot_xy[1]) + 1 - h
    ones = torch.ones_like(alpha)
    window = (x0, y0, x0 + w, y0 + h)
    layers = Layers(scene.rgb, foreground, alpha, ones, ones, window, np.eye(3), foot_xy, tall)
    feet = np.array([[foot_xy[0] - 0.06 * tall, foot_xy[1]], [foot_xy[0] + 0.06 * tall, foot_xy[1]]])
    return layers, Body(np.zeros((0, 3)), HEIGHT_M, 0.07, tall, 5.0, feet, (foot_xy[0], foot_xy[1] - tall))


def one(street: Path, person: Layers, rng: np.random.Generator) -> dict[str, dict[str, float]]:
    """Measures of one street for each kind of place."""
    photo = sc.load_photo(street)
    camera = make("calibrate")(photo)
    h, w = photo.size_hw
    foot_xy = (w * rng.uniform(0.3, 0.7), h * rng.uniform(0.72, 0.9))
    tall = stature_px(camera, foot_xy, HEIGHT_M) or 0.4 * h
    amounts, kept = lay_shade(camera, foot_xy, tall, rng)
    found = {}
    for kind, amount in zip(KINDS, (*amounts, np.zeros((h, w))), strict=True):
        left = torch.from_numpy((1 - amount[None] * (1 - kept[:, None, None])).astype(np.float32))
        scene = replace(photo, rgb=photo.rgb * left)
        light = make("light")(scene, camera)
        layers, body = stood(scene, person, foot_xy, tall)
        matched = make("harmonize")(layers, light)
        out = ContactAndCast()(matched, body, camera, light)
        x, y = (layers.window_xyxy[i] - out.window_xyxy[i] for i in (0, 1))
        shaded = out.foreground[:, y : y + layers.alpha.shape[1], x : x + layers.alpha.shape[2]]
        share = kept if kind == "in the shade" else np.ones(3)
        truth = layers.foreground * torch.from_numpy(share.astype(np.float32))[:, None, None]
        given = np.array([float(s.sum() / p.sum()) for s, p in zip(shaded, layers.foreground, strict=True)])
        acted = not torch.equal(shaded, matched.foreground)
        luma = np.array(LUMA)
        wrong = [_error(part, truth, layers) for part in (layers.foreground, matched.foreground, shaded)]
        found[kind] = {
            "shaded": float(acted),
            "at the edge": float(NOTE_PART in out.notes),
            "pasted rmse_levels": wrong[0],
            "harmonized rmse_levels": wrong[1],
            "shaded rmse_levels": wrong[2],
            "worse than harmonized": float(wrong[2] > wrong[1] + 0.5),
            "stops_error": abs(math.log2(float(luma @ given) / float(luma @ share))) if acted else math.nan,
            "red_blue_error": abs(math.log(given[0] * share[2] / given[2] / share[0])) if acted else math.nan,
        }
    return found


def _error(foreground: torch.Tensor, truth: torch.Tensor, layers: Layers) -> float:
    solid = layers.alpha[0].numpy() > 0.5
    wrong = 255 * (srgb_of(foreground.numpy()) - srgb_of(truth.numpy()))[:, solid]
    return float(np.sqrt((wrong**2).mean()))


def measured(count: int) -> dict[str, dict[str, float | None]]:
    """Shares and medians over `count` streets with a person each."""
    streets = sorted((DATA / "camera" / "OpenSfM_lund" / "images").glob("*.jpg"))
    photos = sorted((DATA / "people" / "ccp" / "photos").glob("*.jpg"))[60:]
    rng, rows = np.random.default_rng(0), []
    for k in range(count):
        mask = cv2.imread(str(photos[k].parents[1] / "masks" / f"{photos[k].stem}.png"), cv2.IMREAD_GRAYSCALE) > 0
        person = layers_of_composite(sc.load_photo(photos[k]), torch.from_numpy(mask.astype(np.float32)))
        rows.append(one(streets[k % len(streets)], person, rng))
    results = {}
    for kind in KINDS:
        results[kind] = {key: _summary(key, [row[kind][key] for row in rows]) for key in rows[0][kind]}
        print(kind, {key: value and round(value, 2) for key, value in results[kind].items()}, flush=True)
    return results


def _summary(key: str, values: list[float]) -> float | None:
    """Mean of what is true or false, else the median of what was measured; None where nothing was."""
    if key in ("shaded", "at the edge", "worse than harmonized"):
        return float(np.mean(values))
    known = [value for value in values if not math.isnan(value)]
    return float(np.median(known)) if known else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=38)
    record("shade", measured(parser.parse_args().count))


if __name__ == "__main__":
    main()
