"""Does the cast shadow lie where it belongs? A person of capsules on level ground is ray-cast with its true shadow.

For cameras and suns drawn at random, the person and the sharp-edged sun (a disc of 0.53 degrees, 24 rays) are rendered
exactly; the shadow stage gets the silhouette, the feet, the camera and the light, and must find the shadow. Compared
are a fixed direction (the shadow always as from a sun at 45 degrees from behind left, as a draughtsman would draw) and
no shadow at all.

GRMSE: root mean square error of the picture, 0-255 sRGB; LRMSE: the same within the box about the true shadow; BER:
balanced error rate of the shadow's mask at half its depth, outside the person (Hu et al., shadow detection; Liu et al.,
ARShadowGAN, CVPR 2020, for the measures).

The same with a wall 0.5 to 1.5 m from the feet: the shadow bent up where the ground ends, as found in a map of
what can be stood on, against the same shadow laid flat.

    python benchmarks/shadow.py [--count N] [--full]      --full also times a picture of 12 megapixels
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import replace

import numpy as np
import torch
from record import record

from scenechange.math.colour import srgb_of
from scenechange.math.geometry import ground_point, project, stature_px, up_vector
from scenechange.shadow.contact_and_cast import ContactAndCast
from scenechange.shadow.none import NoShadow
from scenechange.types import Body, Camera, Layers, Light

HEIGHT_M = 1.75
SUN_RAD = math.radians(0.53 / 2)
SKY = 0.3  # share of the light on the ground that is left in the shadow
BALLS = 16  # a capsule is a row of balls


def point(x: float, y: float, z: float) -> np.ndarray:
    return np.array([x, y, z])


def capsules(rng: np.random.Generator) -> np.ndarray:
    """``(N, 4)`` balls (x right, y away, z up, radius; metres) of a person standing at the origin, feet at z = 0."""
    gait, swing, turn = rng.uniform(0.05, 0.25), rng.uniform(0, 0.3), rng.uniform(-0.5, 0.5)
    hip, neck = point(0, 0, 0.92), point(0, 0, 1.45)
    parts = [(hip + point(0, 0, 0.08), neck - point(0, 0, 0.1), 0.15)]
    parts.append((neck + point(0, 0, 0.17), neck + point(0, 0, 0.19), 0.11))
    for side in (-1, 1):
        foot = point(side * (0.08 + gait / 2), side * 0.5 * swing, 0.06)
        parts += [(hip + point(side * 0.09, 0, 0), foot, 0.07), (foot, foot + point(0, -0.13, 0), 0.05)]
        shoulder = neck + point(side * 0.2, 0, -0.06)
        hand = shoulder + point(side * (0.05 + swing), rng.uniform(-0.3, 0.3), -0.55)
        parts.append((shoulder, hand, 0.05))
    along = np.linspace(0, 1, BALLS)[:, None]
    balls = np.concatenate([np.c_[a + along * (b - a), np.full(BALLS, r)] for a, b, r in parts])
    c, s = math.cos(turn), math.sin(turn)
    balls[:, :2] = balls[:, :2] @ np.array([[c, s], [-s, c]])
    return balls


def hit(origins: np.ndarray, directions: np.ndarray, balls: np.ndarray) -> np.ndarray:
    """``(N,)`` whether rays from `origins` along unit `directions` ``(N, 3)`` meet a ball."""
    found = np.zeros(len(origins), bool)
    for x, y, z, radius in balls:
        to = np.array([x, y, z]) - origins
        along = np.einsum("ij,ij->i", to, directions)
        found |= (along > 0) & (np.einsum("ij,ij->i", to, to) - along**2 < radius**2)
    return found


def render(rng: np.random.Generator, size_hw: tuple[int, int] = (360, 480), walled: bool = False) -> dict:
    """One picture: true shadow, silhouette, camera, light; the layers as the placing stage would make them.

    `walled`: with a wall across the shadow, whose foot is the end of what can be stood on.
    """
    h, w = size_hw
    camera = Camera(size_hw, w * rng.uniform(0.8, 1.3), rng.uniform(-12, 2), 0.0, rng.uniform(1.2, 2.2), 9, 1, 1, 0.1)
    up = up_vector(camera.pitch_deg, camera.roll_deg)
    foot_xy = (w * rng.uniform(0.35, 0.65), h * rng.uniform(0.72, 0.9))
    foot = ground_point(camera, foot_xy)
    if foot is None:
        return render(rng, size_hw, walled)
    ahead = np.array([0, 0, 1.0]) - up[2] * up
    ahead /= np.linalg.norm(ahead)
    world = np.stack([np.cross(ahead, up), ahead, up])  # rows: right, away, up
    balls = capsules(rng)
    azimuth, rise = rng.uniform(-np.pi, np.pi), math.radians(rng.uniform(25, 60))
    sun = np.array([math.cos(rise) * math.sin(azimuth), math.cos(rise) * math.cos(azimuth), math.sin(rise)])
    x, y = np.meshgrid(np.arange(w), np.arange(h))
    cx, cy = camera.centre_xy
    rays = np.stack([(x - cx) / camera.f_px, (y - cy) / camera.f_px, np.ones_like(x)], -1).reshape(-1, 3) @ world.T
    eye = -world @ foot
    alpha = hit(np.broadcast_to(eye, rays.shape), rays / np.linalg.norm(rays, axis=1, keepdims=True), balls)
    below = rays[:, 2] < -1e-3
    points = eye + rays * (-eye[2] / np.where(below, rays[:, 2], -1.0))[:, None]
    wall = np.zeros(len(rays), bool)
    if walled:
        turn = azimuth + np.pi + rng.uniform(-0.6, 0.6)  # shadows point away from the sun
        into, away = np.array([math.sin(turn), math.cos(turn), 0]), rng.uniform(0.5, 1.5)
        if eye @ into > away - 0.5:  # the camera would stand behind the wall
            return render(rng, size_hw, walled)
        reach = (away - eye @ into) / np.where(np.abs(rays @ into) > 1e-6, rays @ into, 1e-6)
        wall = (reach > 0) & (~below | (points @ into > away))
        points = np.where(wall[:, None], eye + rays * reach[:, None], points)
    seen = below | wall
    near = seen & (np.hypot(points[:, 0], points[:, 1]) < 6)
    side = np.cross(sun, [0, 0, 1.0])
    side /= np.linalg.norm(side)
    blocked = np.zeros(len(rays))
    spots = 24
    for k in range(spots):  # Vogel's spiral fills a disc evenly
        radius, angle = SUN_RAD * math.sqrt((k + 0.5) / spots), k * 2.39996
        lean = sun + math.tan(radius) * (math.cos(angle) * side + math.sin(angle) * np.cross(side, sun))
        blocked[near] += hit(points[near], np.broadcast_to(lean / np.linalg.norm(lean), points[near].shape), balls)
    shadow = 1 - (1 - SKY) * (blocked / spots).reshape(h, w)
    alpha = alpha.reshape(h, w).astype(np.float32)
    soles = balls[[4 * BALLS - 1, 7 * BALLS - 1], :3] * [1, 1, 0]
    feet_xy = np.array([project(camera, world.T @ sole + foot) for sole in soles])
    toward = world.T @ sun
    return {
        "camera": camera,
        "light": _light(toward),
        "fixed": _light(world.T @ np.array([-0.5, -0.5, math.sqrt(0.5)])),
        "layers": _layers(alpha, foot_xy, camera, (below & ~wall).reshape(h, w) if walled else None),
        "body": Body(np.zeros((0, 3)), HEIGHT_M, 0.05, 300.0, 10.0, feet_xy, (0.0, 0.0)),
        "shadow": np.where(seen.reshape(h, w), shadow, 1.0),
        "alpha": alpha,
    }


def _light(toward: np.ndarray) -> Light:
    vector = (float(toward[0]), float(toward[1]), float(toward[2]))
    return Light(vector, 1.0, 5500.0, 300.0, 1.0, 0.1, SKY, 0.05, np.zeros((9, 3)), (), 1.0, (SKY, SKY, SKY))


def _layers(
    alpha: np.ndarray, foot_xy: tuple[float, float], camera: Camera, ground: np.ndarray | None = None
) -> Layers:
    h, w = alpha.shape
    standable = None
    if ground is not None:
        standable = torch.nn.functional.adaptive_avg_pool2d(torch.from_numpy(ground.astype(np.float32))[None], 192)[0]
    opacity = torch.from_numpy(alpha)[None]
    grey = torch.full((3, h, w), 0.4)
    grey[:, :4] = 0.001  # something black, as in most photos
    tall = stature_px(camera, foot_xy, HEIGHT_M) or 100.0
    ones = torch.ones_like(opacity)
    person = torch.full((3, h, w), 0.3)
    layers = Layers(grey, person, opacity, ones, ones, (0, 0, w, h), np.eye(3), foot_xy, tall)
    return replace(layers, standable=standable)


def errors(case: dict, shadow: np.ndarray) -> dict[str, float]:
    """GRMSE, LRMSE and BER of a shadow layer ``(h, w)``."""
    free = case["alpha"] < 0.5
    truth, found = (255 * srgb_of((0.4 * s).astype(np.float32)) for s in (case["shadow"], shadow))
    wrong = np.where(free, truth - found, 0.0)
    dark = (case["shadow"] < (1 + SKY) / 2) & free
    rows, columns = np.nonzero(dark)
    local = wrong[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    guess = (shadow < (1 + SKY) / 2) & free
    missed, false_alarms = (dark & ~guess).sum() / dark.sum(), (guess & ~dark & free).sum() / (free & ~dark).sum()
    return {
        "grmse": float(np.sqrt((wrong**2).mean())),
        "lrmse": float(np.sqrt((local**2).mean())),
        "ber_percent": float(50 * (missed + false_alarms)),
    }


def measured(count: int, full: bool) -> dict:
    """Mean and median errors of `count` pictures; `full` also times a picture of 12 megapixels."""
    rng = np.random.default_rng(0)
    names = ("ours", "fixed direction", "no shadow", "wall, bent", "wall, flat", "wall, no shadow")
    rows: dict[str, list[dict]] = {name: [] for name in names}
    cast = ContactAndCast(contact=0.0)
    while len(rows["ours"]) < count:
        case = render(rng)
        if ((case["shadow"] < (1 + SKY) / 2) & (case["alpha"] < 0.5)).sum() < 60:
            continue  # hidden behind the person
        for name, method, light in (
            ("ours", cast, case["light"]),
            ("fixed direction", cast, case["fixed"]),
            ("no shadow", NoShadow(), case["light"]),
        ):
            out = method(case["layers"], case["body"], case["camera"], light)
            rows[name].append(errors(case, out.shadow[min(1, len(out.shadow) - 1)].numpy()))
    walls = np.random.default_rng(1)
    while len(rows["wall, bent"]) < count:
        case = render(walls, walled=True)
        if ((case["shadow"] < (1 + SKY) / 2) & (case["alpha"] < 0.5)).sum() < 60:
            continue
        flat = replace(case["layers"], standable=None)
        for name, method, layers in (
            ("wall, bent", cast, case["layers"]),
            ("wall, flat", cast, flat),
            ("wall, no shadow", NoShadow(), flat),
        ):
            out = method(layers, case["body"], case["camera"], case["light"])
            rows[name].append(errors(case, out.shadow[min(1, len(out.shadow) - 1)].numpy()))
    results: dict = {
        name: {
            key: [float(np.mean([r[key] for r in part])), float(np.median([r[key] for r in part]))] for key in part[0]
        }
        for name, part in rows.items()
    }
    for name, part in results.items():
        print(f"{name:16s}", {key: f"mean {mean:.2f}, median {median:.2f}" for key, (mean, median) in part.items()})
    results["count"] = count
    if full:
        results["seconds_12_megapixels"] = full_size(rng)
        print("12 megapixels:", results["seconds_12_megapixels"])
    return results


def full_size(rng: np.random.Generator) -> list[float]:
    """Seconds of five runs at 4000 x 3000 after one to warm up."""
    case = render(rng, (300, 400))
    big = Camera(
        (3000, 4000), case["camera"].f_px * 10, case["camera"].pitch_deg, 0.0, case["camera"].height_m, 9, 1, 1, 0.1
    )
    alpha = torch.nn.functional.interpolate(torch.from_numpy(case["alpha"])[None, None], scale_factor=10)[0, 0].numpy()
    foot_xy = tuple(10 * c for c in case["layers"].anchor_xy)
    layers = _layers(alpha, foot_xy, big)
    body = Body(np.zeros((0, 3)), HEIGHT_M, 0.05, 3000.0, 10.0, case["body"].feet_xy * 10, (0.0, 0.0))
    taken = []
    for _ in range(6):
        since = time.perf_counter()
        ContactAndCast()(layers, body, big, case["light"])
        taken.append(time.perf_counter() - since)
    return taken[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--full", action="store_true")
    arguments = parser.parse_args()
    record("shadow", measured(arguments.count, arguments.full))


if __name__ == "__main__":
    main()
