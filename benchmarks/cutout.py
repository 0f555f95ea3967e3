"""How good is the cut-out? People in the street against hand-drawn masks, portraits against exact mattes.

    python benchmarks/cutout.py [--count N] [--pairs FOLDER]... [--method segment=isnet] [--method matte=NAME]

Street photos: every fifth of `people/ccp` (see data/README.md), at most `--count`: overlap (IoU) of alpha above 0.5
with the mask, its mean, 5th percentile and worst, and the F-measure of the outline within 3 pixels. The hand-drawn
masks leave some bags and coats out and take a shadow in, so 1 is out of reach for everybody.

Portraits: `--pairs` is what `make_matting_pairs.py` writes (seed 0, backgrounds camera/OpenSfM_lund; then those on
people/ccp/photos, which are full of other people): the sum of absolute differences in thousands, the mean squared error
and the gradient error, over the picture and over the soft band, as `score_matting.py` has them; and how many come out
worse than from the network alone. `cutout_colours.py` scores the colours.

Beside: the network alone (IS-Net, or `--method`'s segmenter stretched over the photo), and rembg with the same network
with alpha matting on, if `SCENECHANGE_PEERS` names a python that has rembg 2.0.86; its network is put where it looks
for it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from record import record

from scenechange import registry, weights
from scenechange.errors import NobodyFoundError
from scenechange.math.colour import linear_of
from scenechange.types import Method, Photo, Prompt

DATA = Path(os.environ.get("SCENECHANGE_DATA", Path(__file__).parents[2] / "shared" / "data"))
Cut = Callable[[Path], np.ndarray]
PEER = """
import sys
from PIL import Image
from rembg import new_session, remove
session = new_session("isnet-general-use")
for line in sys.stdin:
    source, target = line.rstrip("\\n").split("\\t")
    remove(Image.open(source), session=session, alpha_matting=True).getchannel("A").save(target)
    print(target, flush=True)
"""


def load(path: Path) -> Photo:
    """A photo that is sRGB and upright already, as all of these are."""
    srgb = cv2.imread(str(path))[:, :, ::-1].astype(np.float32) / 255
    return Photo(torch.from_numpy(np.ascontiguousarray(linear_of(srgb).transpose(2, 0, 1))))


def by_scenechange(segment: Method, matte: Method) -> Cut:
    """Alpha ``(H, W)`` of the whole way: segment, then matte."""
    segmenter, matter = registry.make("segment", segment), registry.make("matte", matte)

    def cut(path: Path) -> np.ndarray:
        photo = load(path)
        try:
            cutout = matter(photo, segmenter(photo, Prompt()))
        except NobodyFoundError as error:
            print(f"{path.name}: {error}", file=sys.stderr)
            return np.zeros(photo.size_hw, np.float32)
        whole = np.zeros(photo.size_hw, np.float32)
        (x, y), (h, w) = cutout.offset_xy, cutout.alpha.shape[1:]
        whole[y : y + h, x : x + w] = cutout.alpha[0].numpy()
        return whole

    return cut


def by_network_alone() -> Cut:
    """Alpha ``(H, W)`` as IS-Net gives it for the whole photo."""
    from scenechange.salience import salience

    def cut(path: Path) -> np.ndarray:
        photo = load(path)
        height, width = photo.size_hw
        return cv2.resize(salience(photo, (0, 0, width, height)), (width, height))

    return cut


def by_rembg(python: str, folder: Path) -> tuple[Cut, subprocess.Popen[str]]:
    """Alpha of rembg with the same network, alpha matting on, in its own environment; and the process to end."""
    home = folder / "u2net"
    home.mkdir()
    (home / "isnet-general-use.onnx").symlink_to(Path(weights.path_of("isnet")).resolve())
    environment = {**os.environ, "U2NET_HOME": str(home), "MODEL_CHECKSUM_DISABLED": "1"}
    peer = subprocess.Popen(
        [python, "-c", PEER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )

    def cut(path: Path) -> np.ndarray:
        assert peer.stdin is not None
        assert peer.stdout is not None
        target = folder / f"{path.stem}.png"
        peer.stdin.write(f"{path.resolve()}\t{target}\n")
        peer.stdin.flush()
        if not peer.stdout.readline():
            raise SystemExit("rembg ended early; see its message above")
        return cv2.imread(str(target), cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255

    return cut, peer


def outline_f(got: np.ndarray, true: np.ndarray, tolerance_px: int = 3) -> float:
    """F-measure of the outlines of two bool masks: what lies within the tolerance counts as right."""
    inner = [m.astype(np.uint8) - cv2.erode(m.astype(np.uint8), np.ones((3, 3), np.uint8)) for m in (got, true)]
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * tolerance_px + 1, 2 * tolerance_px + 1))
    wide = [cv2.dilate(m, disc) for m in inner]
    precision = (inner[0] & wide[1]).sum() / max(inner[0].sum(), 1)
    recall = (inner[1] & wide[0]).sum() / max(inner[1].sum(), 1)
    return float(2 * precision * recall / max(precision + recall, 1e-9))


def street(cut: Cut, count: int) -> dict[str, Any]:
    """Scores on the street photos."""
    folder = DATA / "people" / "ccp"
    overlaps, outlines, seconds = [], [], []
    for path in sorted((folder / "photos").iterdir())[::5][:count]:
        true = cv2.imread(str(folder / "masks" / f"{path.stem}.png"), cv2.IMREAD_GRAYSCALE) > 0
        since = time.perf_counter()
        got = cut(path) > 0.5
        seconds.append(time.perf_counter() - since)
        overlaps.append(float((got & true).sum() / (got | true).sum()))
        outlines.append(outline_f(got, true))
    return {
        "photos": len(overlaps),
        "iou_mean": float(np.mean(overlaps)),
        "iou_5th_percentile": float(np.percentile(overlaps, 5)),
        "iou_worst": min(overlaps),
        "outline_f_3px": float(np.mean(outlines)),
        "median_s": float(np.median(seconds)),
    }


def gradient(alpha: np.ndarray) -> np.ndarray:
    smooth = cv2.GaussianBlur(alpha, (0, 0), 1.4)
    return np.hypot(cv2.Sobel(smooth, -1, 1, 0, scale=1 / 8), cv2.Sobel(smooth, -1, 0, 1, scale=1 / 8))


def portraits(cut: Cut, pairs: Path, count: int) -> dict[str, Any]:
    """Scores on the portraits with an exact matte."""
    rows = []
    for path in sorted(pairs.glob("*_alpha.png"))[:count]:
        true = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE).astype(np.float64) / 255
        got = np.round(cut(pairs / f"{path.stem.removesuffix('_alpha')}.jpg").astype(np.float64) * 255) / 255
        off = got - true
        soft = cv2.dilate(((true > 0.02) & (true < 0.98)).astype(np.uint8), np.ones((15, 15))) > 0
        steps = ((gradient(got) - gradient(true)) ** 2).sum()
        rows.append(
            (np.abs(off).sum() / 1e3, (off**2).mean(), steps, np.abs(off[soft]).sum() / 1e3, (off[soft] ** 2).mean())
        )
    names = ("sad_thousands", "mse", "gradient_error", "soft_band_sad_thousands", "soft_band_mse")
    return {
        "portraits": len(rows),
        **dict(zip(names, np.mean(rows, 0).tolist(), strict=True)),
        "sad_thousands_each": [round(float(row[0]), 2) for row in rows],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=40, help="at most so many photos of each kind")
    parser.add_argument(
        "--pairs", type=Path, action="append", default=[], help="folder written by make_matting_pairs.py; repeatable"
    )
    parser.add_argument("--method", action="append", default=[], metavar="STAGE=NAME", help="segment=... or matte=...")
    chosen = parser.parse_args()
    if not (DATA / "people" / "ccp").is_dir():
        raise SystemExit(f"development photos not found at {DATA}; set SCENECHANGE_DATA")
    names = {"segment": registry.DEFAULTS["segment"], "matte": registry.DEFAULTS["matte"]}
    names.update(pair.split("=", 1) for pair in chosen.method)
    ways: dict[str, Cut] = {
        f"scenechange segment={names['segment']} matte={names['matte']}": by_scenechange(
            Method(names["segment"]), Method(names["matte"])
        ),
        "isnet alone": by_network_alone(),
    }
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        peer = None
        if os.environ.get("SCENECHANGE_PEERS"):
            ways["rembg alpha_matting"], peer = by_rembg(os.environ["SCENECHANGE_PEERS"], Path(folder))
        else:
            print("rembg skipped: set SCENECHANGE_PEERS to a python that has rembg 2.0.86", file=sys.stderr)
        try:
            for name, cut in ways.items():
                results[name] = {"street": street(cut, chosen.count)}
                for pairs in chosen.pairs:
                    results[name][f"portraits on {pairs.name}"] = portraits(cut, pairs, chosen.count)
                print(name, results[name], file=sys.stderr)
        finally:
            if peer is not None:
                peer.stdin.close()
                peer.wait(timeout=60)
    for pairs in chosen.pairs:
        ours, alone = (list(results.values())[k][f"portraits on {pairs.name}"]["sad_thousands_each"] for k in (0, 1))
        worse = sum(a > b for a, b in zip(ours, alone, strict=True))
        results[f"portraits on {pairs.name} worse than by the network alone"] = worse
    if not chosen.pairs:
        print("portraits skipped: make them with make_matting_pairs.py and name the folder by --pairs", file=sys.stderr)
    record("cutout", results)


if __name__ == "__main__":
    main()
