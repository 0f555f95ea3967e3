"""Learn the critic's score of realism and the usual gaps of real photos: ``scenechange/critic/learned.json``.

    python weights/train_realism.py REALISM PHOTOS MASKS OUT.json

REALISM holds the 719 pictures of Lalonde and Efros (ICCV 2007) or a part of them: folders real, realistic and
unrealistic with NAME.jpg and NAME_mask.png. PHOTOS/NAME.jpg with MASKS/NAME.png are untouched photos of people; every
fifth is used, those that the harmonizer's voters never saw. They tell which gaps are usual where nothing is wrong,
and, each also recoloured in two ways as for the voters' training, how recoloured people differ from untouched ones:
the labelled pictures show few people. Needs scikit-learn. Five minutes on one free core.

The score tells unrealistic composites from realistic ones and real photos, by `scenechange.critic.gaps` and by what
the voters would still change. It is judged by ten-fold cross-validation, five times over: pictures that share a photo,
as place or as object, always lie in the same fold (`groups_of`), and everything that is learned is learned from the
other folds alone. The interval is a bootstrap over groups. Nothing of the pictures is kept but the numbers in OUT.json.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold
from train_harmonize_statistics import KINDS, recoloured

from scenechange.critic.detail import detail_cues
from scenechange.critic.gaps import gaps_of
from scenechange.critic.ground import darkening_under_feet
from scenechange.critic.realism import standardized
from scenechange.critic.regions import regions_of
from scenechange.critic.rim import halo_cue
from scenechange.critic.tone import ballots_of, correction_gaps, tone_cues
from scenechange.harmonize.composite import layers_of_composite
from scenechange.math.colour import linear_from_srgb
from scenechange.types import Photo

Numbers = NDArray[np.float64]
CLASSES = ("real", "realistic", "unrealistic")
PENALTY = 0.006  # inverse of the L2 penalty: 200 inputs and some hundred pictures ask for a strong one
PEOPLE = (
    0.5  # weight of a recoloured person against a labelled picture; an untouched one, of whom there are half, twice
)
ALIKE, MAYBE = 0.25, 0.6  # correlations that mean the same photo: fine detail; and coarse shapes, tried first
EVERY = 5  # photos that the voters' training left out
HEIGHT = 320  # at which people are recoloured


def read(photo: Path, mask: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """Linear ``(3, H, W)`` and mask ``(H, W)``."""
    srgb = cv2.imread(str(photo))[..., ::-1].transpose(2, 0, 1).astype(np.float32) / 255
    inside = cv2.imread(str(mask), cv2.IMREAD_GRAYSCALE)
    inside = (inside > 0) if inside.max() < 255 else inside > 127
    return linear_from_srgb(torch.from_numpy(srgb)), torch.from_numpy(inside.astype(np.float32))


def seen_gaps(rgb: torch.Tensor, inside: torch.Tensor) -> dict[str, float]:
    """What the score is made of."""
    return gaps_of(regions_of(rgb, inside)) | correction_gaps(ballots_of(layers_of_composite(Photo(rgb), inside)))


def groups_of(files: list[tuple[Path, Path]]) -> NDArray[np.int64]:
    """Number of the group of each picture; pictures that share a photo have the same one, chains included."""
    fine, coarse, sides = [], [], []
    for photo, mask in files:
        grey = cv2.imread(str(photo), cv2.IMREAD_GRAYSCALE).astype(np.float32)
        inside = cv2.imread(str(mask), cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255
        fine.append(_detail(cv2.resize(grey, (192, 192), interpolation=cv2.INTER_AREA), 2.5))
        coarse.append(_detail(cv2.resize(grey, (48, 48), interpolation=cv2.INTER_AREA), 4.0))
        share = cv2.resize(inside, (192, 192), interpolation=cv2.INTER_AREA)
        sides.append([cv2.erode(s.astype(np.uint8), np.ones((7, 7))) > 0 for s in (share > 0.9, share < 0.1)])
    group = np.arange(len(files))
    for i in range(len(files)):
        for j in range(i):
            if group[i] != group[j] and any(
                _correlation(coarse[i], coarse[j], (a & b)[::4, ::4], 25) > MAYBE / 2
                and _correlation(fine[i], fine[j], a & b, 400) > ALIKE
                for a in sides[i]
                for b in sides[j]
            ):
                group[group == group[i]] = group[j]
    return group


def _detail(grey: np.ndarray, sigma: float) -> np.ndarray:
    high = grey - cv2.GaussianBlur(grey, (0, 0), sigma)
    return high / (np.sqrt(cv2.GaussianBlur(high * high, (0, 0), 2.5 * sigma)) + 2)


def _correlation(a: np.ndarray, b: np.ndarray, where: np.ndarray, fewest: int) -> float:
    if where.sum() < fewest:
        return 0.0
    x, y = a[where] - a[where].mean(), b[where] - b[where].mean()
    return float((x * y).sum() / (np.sqrt((x * x).sum() * (y * y).sum()) + 1e-9))


@dataclass(frozen=True, slots=True)
class Table:
    """Gaps ``(n, m)`` of pictures, whether each is real (enough), its group, and its weight."""

    gaps: Numbers
    is_real: NDArray[np.int64]
    group: NDArray[np.int64]
    weight: Numbers

    def rows(self, chosen: NDArray[np.int64]) -> Table:
        return Table(self.gaps[chosen], self.is_real[chosen], self.group[chosen], self.weight[chosen])

    def with_rows(self, other: Table) -> Table:
        mine, others = ((t.gaps, t.is_real, t.group, t.weight) for t in (self, other))
        return Table(*(np.concatenate(pair) for pair in zip(mine, others, strict=True)))


def people_of(photos: Path, masks: Path, names: list[str], seed: int = 0) -> Table:
    """People as they were and recoloured two ways, one group each."""
    rng, people, rows = np.random.default_rng(seed), [], []
    for stem in held_out(photos):
        srgb = cv2.imread(str(photos / f"{stem}.jpg"))[..., ::-1].astype(np.float32) / 255
        inside = (cv2.imread(str(masks / f"{stem}.png"), cv2.IMREAD_GRAYSCALE) > 0).astype(np.float32)
        size = round(srgb.shape[1] * HEIGHT / srgb.shape[0]), HEIGHT
        if inside.sum() > 500:
            small, share = (cv2.resize(image, size, interpolation=cv2.INTER_AREA) for image in (srgb, inside))
            people.append((small, share > 0.5))
    for k, (srgb, inside) in enumerate(people):
        rows.append((srgb, inside, 1, k, 2 * PEOPLE))
        for kind in rng.choice([name for name in KINDS if name != "same"], 2, replace=False):
            changed = srgb.copy()
            for _ in range(20):
                donor, where = people[int(rng.integers(len(people)))]
                changed[inside] = recoloured(srgb[inside], donor[where], str(kind), rng)
                if 150 <= float((((changed - srgb)[inside] * 255) ** 2).mean()) <= 9000:
                    break
            rows.append((changed, inside, 0, k, PEOPLE))
    found = []
    for srgb, inside, *_ in rows:
        linear = linear_from_srgb(torch.from_numpy(np.ascontiguousarray(srgb.transpose(2, 0, 1))))
        gaps = seen_gaps(linear, torch.from_numpy(inside.astype(np.float32)))
        found.append([gaps[name] for name in names])
    real, group, weight = (np.array([row[k] for row in rows]) for k in (2, 3, 4))
    return Table(np.array(found), real, group, weight)


def held_out(photos: Path) -> list[str]:
    """Names of the photos that the voters' training left out."""
    return [stem for k, stem in enumerate(sorted(f.stem for f in photos.glob("*.jpg"))) if k % EVERY == 0]


def fitted(table: Table) -> dict[str, Numbers]:
    """Scales, weights and bias of the model."""
    gaps = table.gaps
    scale = np.median(np.abs(gaps), axis=0) + 1e-3
    plain = standardized(gaps, scale, np.zeros(2 * gaps.shape[1]), np.ones(2 * gaps.shape[1]))
    mean, deviation = plain.mean(axis=0), plain.std(axis=0) + 1e-6
    model = LogisticRegression(C=PENALTY, max_iter=2000)
    model.fit((plain - mean) / deviation, table.is_real, sample_weight=table.weight)
    return {
        "scale": scale,
        "mean": mean,
        "deviation": deviation,
        "weight": model.coef_[0],
        "bias": model.intercept_,
    }


def scored(model: dict[str, Numbers], gaps: Numbers) -> Numbers:
    seen = standardized(gaps, model["scale"], model["mean"], model["deviation"])
    return np.asarray(seen @ model["weight"] + model["bias"])


def judged(table: Table, helpers: Table, folds: int = 10) -> list[Numbers]:
    """Scores of every picture by models that saw no picture of its group, and all helpers; one array for each split."""
    rounds = []
    for seed in range(5):
        scores = np.zeros(len(table.gaps))
        splits = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
        for seen, kept in splits.split(table.gaps, table.is_real, table.group):
            scores[kept] = scored(fitted(table.rows(seen).with_rows(helpers)), table.gaps[kept])
        rounds.append(scores)
    return rounds


def interval(scores: Numbers, is_real: NDArray[np.int64], group: NDArray[np.int64]) -> tuple[float, float]:
    """95 % bootstrap interval of the area under the curve; groups are drawn whole."""
    rng, names = np.random.default_rng(0), np.unique(group)
    members = {name: np.nonzero(group == name)[0] for name in names}
    found = []
    for _ in range(1000):
        drawn = np.concatenate([members[name] for name in rng.choice(names, len(names))])
        if 0 < is_real[drawn].mean() < 1:
            found.append(roc_auc_score(is_real[drawn], scores[drawn]))
    return float(np.quantile(found, 0.025)), float(np.quantile(found, 0.975))


def usual_gaps(photos: Path, masks: Path) -> dict[str, float]:
    """Gap that 19 of 20 people in untouched photos stay below; of the darkening under the feet middle and lowest."""
    found: dict[str, list[float]] = {}
    for name in held_out(photos):
        rgb, inside = read(photos / f"{name}.jpg", masks / f"{name}.png")
        if inside.sum() < 500:
            continue
        layers = layers_of_composite(Photo(rgb), inside)
        is_cut = bool(inside[-1].any())
        for cue in (*tone_cues(ballots_of(layers)), *detail_cues(layers, not is_cut), halo_cue(rgb, inside)):
            if cue.gap is not None:
                found.setdefault(cue.name, []).append(cue.gap)
        dark = None if is_cut else darkening_under_feet(rgb, inside)
        if dark is not None:
            found.setdefault("ground contact", []).append(dark)
    under = found.pop("ground contact")
    usual = {name: float(np.quantile(np.abs(values), 0.95)) for name, values in found.items()}
    return usual | {
        "ground contact": float(np.median(under)),
        "ground contact low": float(np.quantile(under, 0.05)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("realism", "photos", "masks", "out"):
        parser.add_argument(name, type=Path)
    a = parser.parse_args()
    # The cues read their usual gaps from the shipped file, which this one is about to replace: only gaps are used here.
    photos = [photo for kind in CLASSES for photo in sorted((a.realism / kind).glob("*.jpg"))]
    files = [(photo, photo.with_name(f"{photo.stem}_mask.png")) for photo in photos]
    rows = [seen_gaps(*read(*pair)) for pair in files]
    names = list(rows[0])
    is_real = np.array([photo.parent.name != "unrealistic" for photo, _ in files]).astype(int)
    gaps = np.array([[row[name] for name in names] for row in rows])
    labelled = Table(gaps, is_real, groups_of(files), np.ones(len(files)))
    people = people_of(a.photos, a.masks, names)
    rounds, people_rounds = judged(labelled, people), judged(people, labelled)
    mean, composed = np.mean(rounds, axis=0), np.array([photo.parent.name != "real" for photo, _ in files])
    distance = -gaps[:, names.index("all.distance")]
    report = {
        "pictures": len(files),
        "groups": len(set(labelled.group)),
        "auc": float(np.mean([roc_auc_score(is_real, scores) for scores in rounds])),
        "auc_interval": interval(mean, is_real, labelled.group),
        "auc_composites_only": float(roc_auc_score(is_real[composed], mean[composed])),
        "auc_composites_only_interval": interval(mean[composed], is_real[composed], labelled.group[composed]),
        "auc_recoloured_people": float(np.mean([roc_auc_score(people.is_real, s) for s in people_rounds])),
        "auc_mean_lab_distance": float(roc_auc_score(is_real, distance)),
    }
    model = fitted(labelled.with_rows(people))
    # The strong penalty makes the model timid; slope and offset come from scores of pictures it had not seen.
    platt = LogisticRegression(C=1e6).fit(mean[:, None], is_real)
    slope = float(platt.coef_[0, 0])
    model["weight"], model["bias"] = slope * model["weight"], slope * model["bias"] + platt.intercept_
    page = {
        "realism": {"names": names} | {key: _short(value) for key, value in model.items() if key != "bias"},
        "usual": {name: round(value, 4) for name, value in usual_gaps(a.photos, a.masks).items()},
        "report": report,
    }
    page["realism"]["bias"] = float(np.round(model["bias"][0], 5))
    a.out.write_text(json.dumps(page, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(report | page["usual"], indent=1))


def _short(values: Numbers) -> list[float]:
    return [float(f"{value:.5g}") for value in values]


if __name__ == "__main__":
    main()
