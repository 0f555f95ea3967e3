"""How near does recolouring bring a person to the real photo? Triples of composite, mask and real photo.

    python benchmarks/harmonization.py [PAIRS ...]

PAIRS are folders with pairs.csv and NAME_{real,composite,mask}.png; in the checkout beside this one,
``../shared/tools/make_harmonization_pairs.py`` makes them. Without arguments they are made here from people/ccp
(seed 1, 60 triples), photos that no method was trained on. Each method gets the composite and the mask, as with
``scenechange harmonize``; fMSE is the mean squared error inside the mask in 8-bit sRGB. For harm_fmse the method gets
the real photo instead of the composite: nothing is wrong, and every change is harm. Beside our methods stand those of
`peers/colour_transfer.py`: optimal transport of colours, and von Kries scaling between estimated lights.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from peers.colour_transfer import optimal_transport, von_kries
from record import record

from scenechange.harmonize.composite import layers_of_composite
from scenechange.light.cues import Cues
from scenechange.math.colour import linear_from_srgb, srgb_from_linear
from scenechange.registry import make, method_names
from scenechange.types import Camera, Method, Photo

SHARED = Path(__file__).parents[2] / "shared"
DATA = Path(os.environ.get("SCENECHANGE_DATA", SHARED / "data"))
PEERS = {"peer: optimal transport": optimal_transport, "peer: von Kries": von_kries}


def read(path: Path, flag: int = cv2.IMREAD_COLOR) -> np.ndarray:
    image = cv2.imread(str(path), flag)
    return image[..., ::-1] if image.ndim == 3 else image


def harmonized(method: object, srgb: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, float]:
    """8-bit result and seconds of the method alone."""
    photo = Photo(linear_from_srgb(torch.from_numpy(srgb.transpose(2, 0, 1).astype(np.float32) / 255)))
    height, width = photo.size_hw
    camera = Camera((height, width), 1.2 * max(height, width), 0.0, 0.0, 1.6, 10.0, 5.0, 2.0, 0.2)
    light = Cues()(photo, camera)
    layers = layers_of_composite(photo, torch.from_numpy(mask.astype(np.float32) / 255))
    started = time.perf_counter()
    layers = method(layers, light)  # type: ignore[operator]
    seconds = time.perf_counter() - started
    composed = make("compose")(layers)
    return (srgb_from_linear(composed) * 255).round().byte().numpy().transpose(1, 2, 0), seconds


def score(folder: Path, method: object) -> dict[str, float]:
    """Measures of one method over one folder of triples."""
    rows = []
    for row in csv.DictReader((folder / "pairs.csv").open()):
        real, composite = (read(folder / f"{row['name']}_{kind}.png") for kind in ("real", "composite"))
        mask = read(folder / f"{row['name']}_mask.png", cv2.IMREAD_GRAYSCALE)
        inside = mask > 0
        out, seconds = harmonized(method, composite, mask)
        unharmed, _ = harmonized(method, real, mask)
        errors = [((image.astype(float) - real)[inside] ** 2).mean() for image in (out, composite, unharmed)]
        outside = int((out != composite)[~inside].sum())
        rows.append((*errors, seconds, outside))
    t = np.array(rows)
    return {
        "triples": len(t),
        "fmse": float(t[:, 0].mean()),
        "fmse_median": float(np.median(t[:, 0])),
        "fmse_copy_paste": float(t[:, 1].mean()),
        "ratio": float(t[:, 0].mean() / t[:, 1].mean()),
        "share_worse": float((t[:, 0] > t[:, 1]).mean()),
        "harm_fmse": float(t[:, 2].mean()),
        "harm_fmse_median": float(np.median(t[:, 2])),
        "seconds_median": float(np.median(t[:, 3])),
        "bytes_changed_outside": float(t[:, 4].sum()),
    }


def measured(folders: list[Path]) -> dict[str, dict[str, float]]:
    """Measures of every method over folders of triples; without folders, over triples made from people/ccp."""
    with tempfile.TemporaryDirectory() as made:
        if not folders:
            photos, masks = DATA / "people" / "ccp" / "photos", DATA / "people" / "ccp" / "masks"
            tool = SHARED / "tools" / "make_harmonization_pairs.py"
            command = [sys.executable, str(tool), str(photos), str(masks), made, "--count", "60", "--seed", "1"]
            subprocess.run(command, check=True)
            folders = [Path(made)]
        results = {}
        for folder in folders:
            ways = {name: make("harmonize", Method(name)) for name in method_names("harmonize")}
            for name, way in {**ways, **PEERS}.items():
                key = f"{folder.name if len(folders) > 1 else 'ccp'} {name}"
                results[key] = score(folder, way)
                print(f"{key:24s}", {k: round(v, 3) for k, v in results[key].items()}, flush=True)
    return results


def main() -> None:
    record("harmonization", measured([Path(argument) for argument in sys.argv[1:]]))


if __name__ == "__main__":
    main()
