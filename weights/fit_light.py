"""Fit the numbers in ``scenechange/light/coefficients.py`` from photos whose light was labelled by looking at them.

    python weights/fit_light.py [--data DIR] [--write]

``weights/light_labels.csv`` names the photos below DIR: whether the sun throws hard shadows there (1, 0, or empty for
"not judged"), and the sun's azimuth in degrees, 0 where the camera looks and 90 to the right, read off the shadows and
the lit sides of houses to about 20 degrees (empty where they do not tell). The azimuth of the Lund streets comes from
their time in UTC, their place, and the direction of the track (bearing 344): the noted compass heading is that of the
phone's own axis. Nothing of the photos is kept but the fitted numbers. A few minutes on one core.

Hard sun is a logistic regression with a ridge. The azimuth is a probability over 72 directions whose logarithm is
linear in the cues (`scenechange.light.azimuth.terms`), fitted by maximum likelihood to the photos and their mirror
images, with a ridge about what physics says of the surest cues. Figures are from cross-validation; photos of one
series stay in one fold.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
from dataclasses import replace
from pathlib import Path

import numpy as np

from scenechange import io, registry
from scenechange.light import azimuth as azimuth_of
from scenechange.light.cues import Cues, look
from scenechange.light.measures import Measures

HERE = Path(__file__).parent
LABELS = HERE / "light_labels.csv"
TARGET = HERE.parent / "scenechange" / "light" / "coefficients.py"
LABEL_SD_DEG, SERIES_WEIGHT = 20.0, 3.0  # a series of photos of one street counts as three
SERIES = ("lund", "ccp")
SUNLIT_RIDGE, AZIMUTH_RIDGE = 2.0, 30.0  # the azimuth's was chosen by the figures below, which are so much too good
# Prior weights: photographers have the sun behind them; against the light the sky is far brighter than the land;
# boundaries of shadows run along the light; a glow in the sky is next to the sun.
AZIMUTH_PRIOR = np.array([-0.8, 0.2, -0.2, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.1, 2.5])


def read(data: Path) -> list[dict]:
    """Labels, and measures of the photos."""
    calibrate = registry.make("calibrate")
    rows = []
    for row in csv.DictReader(LABELS.open()):
        photo = io.load_photo(data / row["photo"])
        _, _, measures = look(photo, calibrate(photo), Cues().working_px)
        rows.append(
            {
                "series": "lund"
                if "lund" in row["photo"].lower()
                else "ccp"
                if "/ccp/" in row["photo"]
                else row["photo"],
                "sunlit": float(row["sunlit"]) if row["sunlit"] else None,
                "azimuth": math.radians(float(row["azimuth_deg"])) if row["azimuth_deg"] else None,
                "measures": measures,
            }
        )
    return rows


def weights_of(series: list[str]) -> np.ndarray:
    lund = series.count("lund")
    return np.array([SERIES_WEIGHT / lund if name == "lund" else 1.0 for name in series])


def fit_sunlit(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean and scale of the measures, and bias and weights, by Newton's method."""
    mean, scale = x.mean(0), x.std(0) + 1e-9
    z = np.c_[np.ones(len(x)), ((x - mean) / scale).clip(-3, 3)]
    ridge = SUNLIT_RIDGE * np.eye(z.shape[1])
    ridge[0, 0] = 0
    b = np.zeros(z.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-z @ b))
        b -= np.linalg.solve((z * (weight * p * (1 - p))[:, None]).T @ z + ridge, z.T @ (weight * (p - y)) + ridge @ b)
    return mean, scale, b


def predict_sunlit(model: tuple[np.ndarray, np.ndarray, np.ndarray], x: np.ndarray) -> np.ndarray:
    mean, scale, b = model
    return 1 / (1 + np.exp(-(b[0] + ((x - mean) / scale).clip(-3, 3) @ b[1:])))


def mirrored(measures: Measures) -> Measures:
    """Measures of the mirrored picture."""
    edges = replace(measures.edges, directions=measures.edges.directions[(-np.arange(len(measures.edges.directions)))])
    glow = replace(measures.glow, azimuth_deg=-measures.glow.azimuth_deg) if measures.glow else None
    return replace(measures, aside=-measures.aside, edges=edges, glow=glow)


def fit_azimuth(x: np.ndarray, angles: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weights of the cues by Newton's method; `x` is ``(N, STEPS, K)``."""
    wanted = _target(angles)
    b = AZIMUTH_PRIOR.copy()
    for _ in range(60):
        p = _probability(x @ b)
        mean = (p[..., None] * x).sum(1)
        slope = (weight[:, None] * ((wanted[..., None] * x).sum(1) - mean)).sum(0) - AZIMUTH_RIDGE * (b - AZIMUTH_PRIOR)
        curve = AZIMUTH_RIDGE * np.eye(len(b))
        for one, probability, m, w in zip(x, p, mean, weight, strict=True):
            curve += w * ((one * probability[:, None]).T @ one - np.outer(m, m))
        b += np.linalg.solve(curve, slope)
    return b


def _probability(logs: np.ndarray) -> np.ndarray:
    p = np.exp(logs - logs.max(1, keepdims=True))
    return p / p.sum(1, keepdims=True)


def _target(angles: np.ndarray) -> np.ndarray:
    kappa = 1 / math.radians(LABEL_SD_DEG) ** 2
    p = np.exp(kappa * (np.cos(azimuth_of.ANGLES[None] - angles[:, None]) - 1))
    return p / p.sum(1, keepdims=True)


def judge_sunlit(rows: list[dict]) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray], dict]:
    """Fit, and what ten-fold cross-validation says."""
    rows = [row for row in rows if row["sunlit"] is not None]
    x, y = np.array([r["measures"].sunlit for r in rows]), np.array([r["sunlit"] for r in rows])
    series = [r["series"] for r in rows]
    weight = weights_of(series)
    names = {name: k for k, name in enumerate(dict.fromkeys(series))}
    fold = np.random.default_rng(0).integers(0, 10, len(names))[[names[s] for s in series]]
    p = np.zeros(len(y))
    for k in range(10):
        p[fold == k] = predict_sunlit(fit_sunlit(x[fold != k], y[fold != k], weight[fold != k]), x[fold == k])
    figures: dict = {"photos": len(y), "area_under_curve": float((p[y == 1][:, None] > p[y == 0][None]).mean())}
    for limit in (0.5, 0.7):
        said = p > limit
        figures[f"said_above_{limit}"] = {"right": float(y[said].mean()), "found": float(y[said].sum() / y.sum())}
    return fit_sunlit(x, y, weight), figures


def judge_azimuth(rows: list[dict]) -> tuple[np.ndarray, dict]:
    """Fit, and what leaving out one series at a time says."""
    rows = [row for row in rows if row["azimuth"] is not None]
    x = np.array([azimuth_of.terms(r["measures"]) for r in rows])
    other = [azimuth_of.terms(mirrored(r["measures"])) for r in rows]
    angles, series = np.array([r["azimuth"] for r in rows]), [r["series"] for r in rows]
    both, targets, weight = np.r_[x, np.array(other)], np.r_[angles, -angles], np.tile(weights_of(series), 2)
    labels = np.array(series)
    error, spread = np.zeros(len(rows)), np.zeros(len(rows))
    for name in set(series):
        out = labels == name
        b = fit_azimuth(both[~np.tile(out, 2)], targets[~np.tile(out, 2)], weight[~np.tile(out, 2)])
        mean = (_probability(x[out] @ b) * np.exp(1j * azimuth_of.ANGLES)).sum(1)
        error[out] = np.degrees(np.abs(np.angle(np.exp(1j * (np.angle(mean) - angles[out])))))
        spread[out] = azimuth_of.spread_deg(np.abs(mean))
    figures: dict = {}
    behind = np.degrees(np.abs(np.angle(np.exp(1j * (math.pi - angles)))))
    figures["always_behind"] = {f"within_{limit}_deg": float(np.mean(behind < limit)) for limit in (22.5, 45, 90)}
    single = ~np.isin(labels, SERIES)
    for name, chosen in (("all", labels != ""), ("single photos", single), *((s, labels == s) for s in SERIES)):
        e, sd = error[chosen], spread[chosen]
        figures[name] = {
            "photos": len(e),
            **{f"within_{limit}_deg": float(np.mean(e < limit)) for limit in (22.5, 45, 90)},
            "median_error_deg": float(np.median(e)),
            "median_stated_sd_deg": float(np.median(sd)),
            "error_over_stated_sd": float(np.sqrt(np.mean((e / sd) ** 2))),
            "within_one_sd": float(np.mean(e < sd)),
        }
    return fit_azimuth(both, targets, weight), figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = Path(os.environ.get("SCENECHANGE_DATA", HERE.parent.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=default)
    parser.add_argument("--write", action="store_true", help=f"write {TARGET.name}")
    arguments = parser.parse_args()
    rows = read(arguments.data)
    ((mean, scale, b), sunlit), (azimuth, sides) = judge_sunlit(rows), judge_azimuth(rows)
    print(json.dumps({"hard_sun": sunlit, "azimuth": sides}))
    if arguments.write:
        numbers = {"SUNLIT_MEAN": mean, "SUNLIT_SCALE": scale, "SUNLIT_WEIGHTS": b[1:], "AZIMUTH_WEIGHTS": azimuth}
        lines = ['"""Numbers fitted by `weights/fit_light.py`; do not edit by hand."""', "", "import numpy as np", ""]
        for name, values in numbers.items():
            lines += [f"{name} = np.array(", "    [", *(f"        {v:.5f}," for v in values), "    ]", ")"]
        TARGET.write_text("\n".join([*lines, f"SUNLIT_BIAS = {b[0]:.5f}", ""]))


if __name__ == "__main__":
    main()
