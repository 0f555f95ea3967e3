"""Train the voters of ``scenechange/harmonize/statistics.npz`` from photos with person masks.

    python weights/train_harmonize_statistics.py PHOTOS MASKS OUT.npz

PHOTOS/NAME.jpg goes with MASKS/NAME.png (above 0 is person). The shipped file was trained with the defaults on four
fifths of people/ccp_train (seeds 0, 1, 2); the last fifth was kept to tune on. About 15 minutes on four free cores.
Nothing of the photos is kept but these numbers.

A training pair is a photo whose person was recoloured; the answer is the correction that takes the colours back. Half
of the changes take on another person's statistics (mean and deviation in Lab, covariance in RGB, histograms in YCbCr,
whole or in part), the rest are changes of a camera's settings and of grading, and some people are left as they were, so
that leaving alone is learned too. A third of the photos are first made darker, warmer, cooler, flatter or paler as a
whole, person and scene alike, which is how dusk, shade and lamps come in. The loss is the mean squared error of the
corrected person in 8-bit sRGB, so the networks answer with the expected correction, small where much is possible.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn

HEIGHT, PERSON, SCENE, KEPT = 320, 1024, 2048, 320
KINDS = {"mean": 3, "covariance": 3, "histogram": 3, "camera": 3, "grade": 5, "part": 3, "same": 4}
LIMITS = torch.tensor([2.5, 2.5, 2.5, 0.7, 0.8])
LUMA = (0.2126, 0.7152, 0.0722)


@dataclass(frozen=True, slots=True)
class Sampled:
    """Random pixels of one photo: sRGB colours and places of person and scene, as the method sees them."""

    person: np.ndarray
    person_xy: np.ndarray
    scene: np.ndarray
    scene_xy: np.ndarray


def linear(x: np.ndarray) -> np.ndarray:
    return np.where(x <= 0.04045, x / 12.92, ((np.maximum(x, 0) + 0.055) / 1.055) ** 2.4)


def encoded(x: np.ndarray) -> np.ndarray:
    x = np.clip(x, 0, 1)
    return np.where(x <= 0.0031308, x * 12.92, 1.055 * x ** (1 / 2.4) - 0.055)


def sample(photo: Path, mask: Path, rng: np.random.Generator) -> Sampled | None:
    """Pixels of a photo at 320 px height; None where the mask is empty."""
    inside = cv2.imread(str(mask), cv2.IMREAD_GRAYSCALE)
    if inside is None or (inside > 0).sum() < 500:
        return None
    rgb = cv2.imread(str(photo))[..., ::-1].astype(np.float32) / 255
    size = round(rgb.shape[1] * HEIGHT / rgb.shape[0]), HEIGHT
    rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    share = cv2.resize((inside > 0).astype(np.float32), size, interpolation=cv2.INTER_AREA)
    (ys, xs), (by, bx) = np.nonzero(share > 0.98), np.nonzero(share < 0.02)
    x0, x1, y0, y1 = xs.min(), xs.max() + 1, ys.min(), ys.max() + 1
    k = rng.choice(len(ys), PERSON, replace=len(ys) < PERSON)
    j = rng.choice(len(by), SCENE, replace=len(by) < SCENE)
    person_xy = np.stack([(xs[k] - x0) / (x1 - x0), (ys[k] - y0) / (y1 - y0)], 1)
    scene_xy = np.stack([(bx[j] - (x0 + x1) / 2) / (y1 - y0), (by[j] - y0) / (y1 - y0)], 1)
    return Sampled(rgb[ys[k], xs[k]], person_xy, rgb[by[j], bx[j]], scene_xy)


def tone(x: np.ndarray, gain: np.ndarray, contrast: float, saturation: float, pivot: float) -> np.ndarray:
    """sRGB colours under another exposure, white balance, contrast and saturation, in linear light."""
    y = linear(x) * gain
    y = pivot * (np.maximum(y, 1e-6) / pivot) ** contrast
    luma = (y @ np.array(LUMA))[:, None]
    return np.maximum(luma + saturation * (y - luma), 0)


def other_time(rng: np.random.Generator):
    """A change for person and scene alike: usually slight, sometimes towards dusk or lamps."""
    strong = rng.uniform() < 0.4
    stops = rng.uniform(-3, 0.5) if strong else rng.normal(0, 0.4)
    warm, tint = (rng.normal(0, 0.35), rng.normal(0, 0.12)) if strong else (rng.normal(0, 0.12), rng.normal(0, 0.04))
    contrast = rng.uniform(0.75, 1.25) if strong else rng.uniform(0.85, 1.15)
    saturation = rng.uniform(0.6, 1.3) if strong else rng.uniform(0.8, 1.2)
    gain = 2.0**stops * np.exp([warm, -tint, -warm])

    def change(x: np.ndarray) -> np.ndarray:
        y = tone(x, gain, contrast, saturation, 0.18)
        return encoded(np.where(y < 0.8, y, 0.8 + 0.2 * np.tanh((y - 0.8) / 0.2))).astype(np.float32)

    return change


def take_mean(x: np.ndarray, donor: np.ndarray) -> np.ndarray:
    a, b = (cv2.cvtColor(v[None].astype(np.float32), cv2.COLOR_RGB2LAB)[0] for v in (x, donor))
    out = (a - a.mean(0)) * np.clip(b.std(0) / np.maximum(a.std(0), 1e-3), 0.6, 1.6) + b.mean(0)
    return cv2.cvtColor(out[None].astype(np.float32), cv2.COLOR_LAB2RGB)[0]


def take_covariance(x: np.ndarray, donor: np.ndarray) -> np.ndarray:
    w_a, v_a = np.linalg.eigh(np.cov(x.T) + 1e-6 * np.eye(3))
    w_b, _ = np.linalg.eigh(np.cov(donor.T) + 1e-6 * np.eye(3))
    return (x - x.mean(0)) @ v_a * np.clip(np.sqrt(w_b / w_a), 0.6, 1.6) @ v_a.T + donor.mean(0)


def take_histogram(x: np.ndarray, donor: np.ndarray) -> np.ndarray:
    a, b = (cv2.cvtColor(v[None].astype(np.float32), cv2.COLOR_RGB2YCrCb)[0] for v in (x, donor))
    q = np.linspace(0, 1, 256)
    out = np.stack([np.interp(a[:, c], np.quantile(a[:, c], q), np.quantile(b[:, c], q)) for c in range(3)], 1)
    return cv2.cvtColor(out[None].astype(np.float32), cv2.COLOR_YCrCb2RGB)[0]


def camera(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Exposure, colour temperature, and contrast of the encoded values."""
    warm = rng.uniform(-0.35, 0.35)
    y = encoded(linear(x) * 2.0 ** rng.uniform(-1.3, 1.0) * np.exp([warm, 0, -warm]))
    return (y - y.mean(0)) * rng.uniform(0.7, 1.3) + y.mean(0)


def grade(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Exposure, temperature, tint, contrast in log light, saturation; and haze, rolled-off or lifted or mixed tones."""
    warm, tint = rng.normal(0, 0.2), rng.normal(0, 0.07)
    gain = 2.0 ** rng.normal(0, 0.8) * np.exp([warm, -tint, -warm])
    pivot = float(np.exp(np.log(np.maximum(linear(x) * gain, 1e-4)).mean()))
    y = tone(x, gain, float(np.exp(rng.normal(0, 0.2))), float(np.exp(rng.normal(0, 0.3))), pivot)
    extra = rng.integers(5)
    if extra == 0:
        haze = rng.uniform(0, 0.3)
        y = y * (1 - haze) + haze * rng.uniform(0.3, 0.8, 3)
    if extra == 1:
        y = np.where(y < 0.7, y, 0.7 + 0.3 * np.tanh((y - 0.7) / 0.3))
    z = encoded(y)
    if extra == 2:
        z = z * 0.85 + 0.15 * rng.uniform(0, 1)
    if extra == 3:
        z = z @ (np.eye(3) + rng.normal(0, 0.06, (3, 3)))
    return z


def recoloured(x: np.ndarray, donor: np.ndarray, kind: str, rng: np.random.Generator) -> np.ndarray:
    takes = (take_mean, take_covariance, take_histogram)
    if kind == "camera":
        y = camera(x, rng)
    elif kind == "grade":
        y = grade(x, rng)
    elif kind == "part":
        part = rng.uniform(0.2, 0.9)
        y = part * takes[rng.integers(3)](x, donor) + (1 - part) * x
    else:
        y = dict(zip(("mean", "covariance", "histogram"), takes, strict=True))[kind](x, donor)
    return np.round(np.clip(y, 0, 1) * 255) / 255


def draw(photos: list[Sampled], i: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """One training pair: changed and real person, scene, and places."""
    chosen = photos[i]
    real, scene = chosen.person, chosen.scene
    if rng.uniform() < 0.35:
        change = other_time(rng)
        real, scene = change(real), change(scene)
    odds = np.array(list(KINDS.values())) / sum(KINDS.values())
    person = real
    for _ in range(20):
        kind = str(rng.choice(list(KINDS), p=odds))
        if kind == "same":
            break
        person = recoloured(real, photos[rng.integers(len(photos))].person, kind, rng)
        squared = float((((person - real) * 255) ** 2).mean())
        if (5 if kind in ("grade", "part") else 60) <= squared <= 9000:
            break
    else:
        person = real
    keep, keep_scene, person_xy, scene_xy = frame(chosen, rng)
    p, s = (rng.choice(k, KEPT, replace=len(k) < KEPT) for k in (keep, keep_scene))
    if rng.uniform() < 0.5:
        person_xy = np.stack([1 - person_xy[:, 0], person_xy[:, 1]], 1)
    scene_xy = np.stack([np.abs(scene_xy[:, 0]), scene_xy[:, 1]], 1)
    bytes_of = lambda v: (np.clip(v, 0, 1) * 255).round().astype(np.uint8)  # noqa: E731
    return {
        "person": bytes_of(person[p]),
        "real": bytes_of(real[p]),
        "scene": bytes_of(scene[s]),
        "person_xy": person_xy[p].astype(np.float16),
        "scene_xy": scene_xy[s].astype(np.float16),
    }


def frame(chosen: Sampled, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Which pixels stay when the photo is framed anew: sometimes a half-length portrait, sometimes narrower."""
    person_xy, scene_xy = chosen.person_xy.copy(), chosen.scene_xy.copy()
    keep, keep_scene = np.arange(len(person_xy)), np.arange(len(scene_xy))
    if rng.uniform() < 0.25:
        cut = rng.uniform(0.3, 0.95)
        above, above_scene = np.nonzero(person_xy[:, 1] < cut)[0], np.nonzero(scene_xy[:, 1] < cut)[0]
        if len(above) >= 60 and len(above_scene) >= 60:
            keep, keep_scene = above, above_scene
            person_xy[:, 1] /= cut
            scene_xy /= cut
    if rng.uniform() < 0.5:
        left, right, below = rng.uniform(0.12, 0.45), rng.uniform(0.12, 0.45), rng.uniform(0.9, 1.1)
        x, y = scene_xy[keep_scene].T
        narrow = keep_scene[(x > -left) & (x < right) & (y < below)]
        keep_scene = narrow if len(narrow) >= 60 else keep_scene
    return keep, keep_scene, person_xy, scene_xy


def to_linear(x: Tensor) -> Tensor:
    return torch.where(x <= 0.04045, x / 12.92, ((x.clamp_min(1e-4) + 0.055) / 1.055) ** 2.4)


def corrected(theta: Tensor, colours: Tensor) -> Tensor:
    """sRGB ``(n, p, 3)`` under corrections ``(n, 5)``; the operation of scenechange.harmonize.correction."""
    tones = torch.log(to_linear(colours).clamp_min(1e-4) / 0.18)
    z = 0.18 * torch.exp(tones * torch.exp(theta[:, None, 3:4]) + theta[:, None, :3])
    luma = (z @ torch.tensor(LUMA))[..., None]
    out = (luma + torch.exp(theta[:, None, 4:5]) * (z - luma)).clamp(0, 1)
    return torch.where(out <= 0.0031308, out * 12.92, 1.055 * out.clamp_min(0.0031308) ** (1 / 2.4) - 0.055)


class Voter(nn.Module):
    """Pooled pixel functions of person and scene, then five numbers; see scenechange.harmonize.predictor."""

    def __init__(self, wide: int = 48, head: int = 64, drop: float = 0.15) -> None:
        super().__init__()
        self.person0, self.person1 = nn.Linear(9, wide), nn.Linear(wide, wide)
        self.scene0, self.scene1 = nn.Linear(9, wide), nn.Linear(wide, wide)
        self.head0, self.head1, self.head2 = nn.Linear(4 * wide, head), nn.Linear(head, head), nn.Linear(head, 5)
        self.drop = nn.Dropout(drop)
        nn.init.zeros_(self.head2.weight)
        nn.init.zeros_(self.head2.bias)

    def forward(self, person: Tensor, person_xy: Tensor, scene: Tensor, scene_xy: Tensor) -> Tensor:
        act, pooled = nn.functional.silu, []
        for colours, xy, first, second in (
            (person, person_xy, self.person0, self.person1),
            (scene, scene_xy, self.scene0, self.scene1),
        ):
            spread = colours.amax(2, keepdim=True) - colours.amin(2, keepdim=True)
            seen = torch.cat([colours * 2 - 1, torch.log(to_linear(colours) + 0.01) / 2, spread * 2, xy * 2 - 1], -1)
            hidden = act(second(act(first(seen))))
            pooled += [hidden.mean(1), hidden.amax(1) / 4]
        x = self.drop(act(self.head0(torch.cat(pooled, 1))))
        theta = self.head2(self.drop(act(self.head1(x))))
        return LIMITS * torch.tanh(theta / LIMITS)


def train(pairs: dict[str, Tensor], seed: int, epochs: int, batch: int = 64, seen: int = 144) -> dict[str, np.ndarray]:
    """Weights of one voter. Each step sees 144 of the kept pixels of each pair, another 144 each time."""
    torch.manual_seed(seed)
    net, count = Voter(), len(pairs["person"])
    optimizer = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=1e-2)
    steps = count // batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, total_steps=epochs * steps)
    for epoch in range(epochs):
        total, order = 0.0, torch.randperm(count)
        for step in range(steps):
            chosen, start = order[step * batch : (step + 1) * batch], int(torch.randint(KEPT - seen + 1, ()))
            part = {key: value[chosen, start : start + seen].float() for key, value in pairs.items()}
            person, real, scene = (part[key] / 255 for key in ("person", "real", "scene"))
            theta = net(person, part["person_xy"], scene, part["scene_xy"])
            left = 65025 * (corrected(theta, person) - real).square().mean((1, 2))
            before = 65025 * (person - real).square().mean((1, 2))
            # The second term asks not to harm people who are nearly right already.
            loss = (left.mean() + 150 * (left / (before + 60)).mean()) / 1000
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += float(left.detach().mean())
        print(f"seed {seed} epoch {epoch} fMSE {total / steps:.0f}", flush=True)
    return {name: value.numpy() for name, value in net.state_dict().items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("masks", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--voters", type=int, default=3, help="networks, trained side by side, one thread each")
    parser.add_argument("--pairs", type=int, default=20000)
    parser.add_argument("--epochs", type=int, default=9)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--hold-out", type=int, default=5, help="leave every Nth photo out, to tune on; 0 leaves none")
    a = parser.parse_args()
    rng = np.random.default_rng(a.seed)
    names = sorted(f.stem for f in a.photos.glob("*.jpg"))
    names = [n for k, n in enumerate(names) if not a.hold_out or k % a.hold_out]
    found = [sample(a.photos / f"{n}.jpg", a.masks / f"{n}.png", rng) for n in names]
    photos = [one for one in found if one is not None]
    print(f"{len(photos)} photos", flush=True)
    drawn = [draw(photos, k % len(photos), rng) for k in range(a.pairs)]
    pairs = {key: torch.from_numpy(np.stack([pair[key] for pair in drawn])) for key in drawn[0]}
    torch.set_num_threads(1)  # also makes the sums, and so the numbers, the same each time
    with ProcessPoolExecutor(a.voters, mp_context=get_context("fork")) as pool:
        voters = list(pool.map(partial(train, pairs, epochs=a.epochs), range(a.seed, a.seed + a.voters)))
    page: dict[str, np.ndarray] = {"voters": np.array(a.voters)}
    for k, voter in enumerate(voters):
        page |= {f"{k}.{name}": value.astype(np.float16) for name, value in voter.items()}
    np.savez_compressed(a.out, **page)


if __name__ == "__main__":
    main()
