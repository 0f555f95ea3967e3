"""Does light of what is behind somebody reach over their edge, in real photos and in composites?

    python benchmarks/rim.py [--every K]

On street photos with drawn masks (people/ccp_train): how much the person just inside the outline (3 to 5.5 pixels) is
brighter than deeper inside (9 to 15 pixels), against how much brighter the street beside them is: the slope is the
share of the street's light that is seen on the person ("light wrap"). The same is asked of composites of those people
before other streets, by alpha compositing as `compose=over` does it, and by multi-band blending held to the rim (Burt
& Adelson, A multiresolution spline with application to image mosaics, TOG 2, 1983), which is not in the product. The
distances are for people some 700 pixels tall; masks drawn by hand are a pixel or two off, hence the 3 pixels.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import cv2
import numpy as np
from record import record

from scenechange.math.colour import linear_of

DATA = Path(os.environ.get("SCENECHANGE_DATA", Path(__file__).parents[2] / "shared" / "data"))
RIM, DEEP, STREET = (3, 5.5), (9, 15), (3, 12)  # pixels from the outline
NEAR = 6.0  # Gaussian over which the inside and the street are averaged
SAMPLES, MOST = 200, 0.2  # pixels of each photo; differences beyond are cloth, not light
BANDS, REACH = 3, 3.0  # of multi-band blending; reach in pixels of the rim it is held to
SEED = 0


def photos(every: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Linear green ``(h, w)`` and mask ``(h, w)`` of uint8 0 or 1."""
    out = []
    for path in sorted((DATA / "people/ccp_train/photos").glob("*.jpg"))[::every]:
        mask = cv2.imread(str(path).replace("photos", "masks").replace(".jpg", ".png"), cv2.IMREAD_GRAYSCALE)
        if mask is not None and mask.any():
            green = cv2.imread(str(path))[..., 1] / 255.0
            out.append((linear_of(green).astype(np.float32), (mask > 0).astype(np.uint8)))
    return out


def rim_against_street(light: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> np.ndarray | None:
    """``(SAMPLES, 2)``: street less inside, and rim less inside; None where too little of the outline can be judged."""
    inner, outer = (cv2.distanceTransform(m, cv2.DIST_L2, 5) for m in (mask, 1 - mask))
    street, deep = ((outer > STREET[0]) & (outer < STREET[1])), ((inner > DEEP[0]) & (inner < DEEP[1]))
    beside, inside = _near(light, street), _near(light, deep)
    there = (inner > RIM[0]) & (inner < RIM[1]) & (_blurred(street) > 0.05) & (_blurred(deep) > 0.05)
    y, x = np.nonzero(there)
    if len(y) < SAMPLES:
        return None
    chosen = rng.choice(len(y), SAMPLES, replace=False)
    y, x = y[chosen], x[chosen]
    return np.stack([beside[y, x] - inside[y, x], np.clip(light[y, x] - inside[y, x], -MOST, MOST)], axis=1)


def over(front: np.ndarray, back: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Alpha compositing."""
    return np.asarray(back + (front - back) * alpha)


def multi_band(front: np.ndarray, back: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Multi-band blending where the blurred opacity is neither 0 nor 1, alpha compositing elsewhere."""
    fronts, backs, alphas = [front], [back], [alpha]
    for pyramid in (fronts, backs, alphas):
        for _ in range(BANDS):
            pyramid.append(cv2.pyrDown(pyramid[-1]))
    out = over(fronts[-1], backs[-1], alphas[-1])
    for k in range(BANDS - 1, -1, -1):
        size = fronts[k].shape[::-1]
        details = (p[k] - cv2.pyrUp(p[k + 1], dstsize=size) for p in (fronts, backs))
        out = cv2.pyrUp(out, dstsize=size) + over(*details, alphas[k])
    soft = cv2.GaussianBlur(alpha, (0, 0), REACH)
    plain = over(front, back, alpha)
    return np.asarray(plain + (out - plain) * np.clip(4 * soft * (1 - soft), 0, 1))


def slope(parts: list[np.ndarray], rng: np.random.Generator) -> dict[str, float]:
    """Share of the street's light on the rim, with a 95 % interval by drawing photos anew."""

    def fitted(chosen: np.ndarray) -> float:
        street, rim = np.concatenate([parts[k] for k in chosen]).T
        return float(np.polyfit(street, rim, 1)[0])

    again = [fitted(rng.integers(0, len(parts), len(parts))) for _ in range(400)]
    low, high = np.percentile(again, [2.5, 97.5])
    return {"share": fitted(np.arange(len(parts))), "low": float(low), "high": float(high), "photos": len(parts)}


def _blurred(where: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.GaussianBlur(where.astype(np.float32), (0, 0), NEAR))


def _near(light: np.ndarray, where: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.GaussianBlur(light * where, (0, 0), NEAR) / np.maximum(_blurred(where), 1e-4))


def main() -> None:
    """Measure and write it down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=3)
    arguments = parser.parse_args()
    rng, found = np.random.default_rng(SEED), photos(arguments.every)
    streets = [light for light, _ in found]
    measured: dict[str, list[np.ndarray]] = {"real photos": [], "over": [], "multi-band": []}
    for k, (light, mask) in enumerate(found):
        street = cv2.resize(streets[(k + 1) % len(streets)], light.shape[::-1], interpolation=cv2.INTER_AREA)
        alpha = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.0)
        pictures = (light, over(light, street, alpha), multi_band(light, street, alpha))
        for name, picture in zip(measured, pictures, strict=True):
            part = rim_against_street(picture, mask, rng)
            if part is not None:
                measured[name].append(part)
    results = {name: slope(parts, rng) for name, parts in measured.items()}
    for name, got in results.items():
        print(f"{name:12} {got['share']:+.4f} ({got['low']:+.4f} to {got['high']:+.4f}), {got['photos']} photos")
    record("rim", {"every": arguments.every, "seed": SEED, "light_of_the_street_on_the_rim": results})


if __name__ == "__main__":
    main()
