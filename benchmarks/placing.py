"""Where do people go by themselves? 24 scenes with a paste into the middle, the three best places, and a portrait.

    python benchmarks/placing.py OUT [--data DIR] [--only N ...]

Prints for each scene the places with their reasons, the notes, and the time that looking for places and placing take at
screen size. OUT gets sheets of pictures to look at. The photos are for research: do not publish OUT.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

import scenechange as sc
from scenechange.math.geometry import similarity
from scenechange.math.image import warp_rgba
from scenechange.sheet import contact_sheet

SCENES = (
    *(f"backgrounds/hloc_sacre_coeur/mapping/{n}*.jpg" for n in ("02928", "03903", "10265", "17295", "44120", "51091")),
    *(f"backgrounds/hloc_sacre_coeur/mapping/{n}*.jpg" for n in ("60584", "71295")),
    *(f"camera/OpenSfM_lund/images/{n}.jpg" for n in ("04", "10", "16", "19")),
    "backgrounds/DepthAnythingV2/demo01.jpg",
    *(f"backgrounds/wallpapers/{n}.jpg" for n in ("plasma_EveningGlow", "plasma_BytheWater", "plasma_summer_1am")),
    "backgrounds/wallpapers/mate_Storm.jpg",
    *(f"harmonization/DeepHarmonization_real/image/{n}.jpg" for n in ("IMG_0660", "test15")),
    *(f"scene/sun/{n}*.jpg" for n in ("airport/sun_aesyux", "airport/sun_ahqbax", "campus/sun_dxmqx")),
    *(f"scene/sun/{n}*.jpg" for n in ("desert/sun_bbolb", "kitchen/sun_accre")),
)
WHOLE = ("people/ccp/photos/0037.jpg", "people/ccp/photos/0307.jpg", "people/ccp/photos/0361.jpg")
HALF = ("matting/P3M_demo/original/p_bac3c1ff.jpg", "matting/P3M_demo/original/p_bd6af989.jpg")
SCREEN_PX = 1024
REPEAT = 9


def middle_paste(subject: sc.Subject, scene: sc.Scene) -> torch.Tensor:
    """``(3, H, W)``: the person untouched in the middle, 60 % of the picture's height tall."""
    height, width = scene.photo.size_hw
    cutout = subject.cutout
    h, w = cutout.alpha.shape[1:]
    foot = (width / 2, 0.92 * height if len(subject.body.feet_xy) else height - 0.5)
    at = similarity(0.6 * height / h, 0.0, ((w - 1) / 2, h - 1.0), foot)
    foreground, alpha = warp_rgba(cutout.foreground, cutout.alpha, at, (0, 0, width, height))
    return torch.lerp(scene.photo.rgb, foreground, alpha)


def milliseconds(work: Callable[[], object]) -> float:
    """Median of some runs."""
    spent = []
    for _ in range(REPEAT):
        since = time.perf_counter()
        work()
        spent.append(1e3 * (time.perf_counter() - since))
    return sorted(spent)[REPEAT // 2]


def main() -> None:
    """Make the sheets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", type=int, nargs="*", help="numbers of the scenes to make")
    default = Path(__file__).parent.parent.parent / "shared" / "data"
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("SCENECHANGE_DATA", default)))
    arguments = parser.parse_args()
    if not arguments.data.is_dir():
        sys.exit(f"no photos at {arguments.data}: set SCENECHANGE_DATA or --data")
    arguments.out.mkdir(parents=True, exist_ok=True)
    people = [[_subject(arguments.data / name) for name in names] for names in (WHOLE, HALF)]
    tiles = []
    for k, pattern in enumerate(SCENES):
        if arguments.only and k not in arguments.only:
            continue
        path = next(arguments.data.glob(pattern))
        scene = sc.preview(sc.prepare_scene(sc.load_photo(path)), SCREEN_PX)
        whole, half = (group[k % len(group)] for group in people)
        found = sc.suggest_places(scene, whole, 3)
        looking = milliseconds(lambda: sc.suggest_places(scene, whole, 3))  # noqa: B023
        placer, place = sc.make("place"), found[0].placement
        placing = milliseconds(lambda: placer(whole, scene, place))  # noqa: B023
        pictures = [sc.change_scene(whole, scene, place=s.placement) for s in found]
        portrait = sc.change_scene(half, scene)
        print(f"{k:02} {path.name}: places {looking:.0f} ms, place {placing:.0f} ms")
        for s, picture in zip(found, pictures, strict=True):
            print("   ", "; ".join(s.reasons), "|", "; ".join(picture.layers.notes))
        print("    portrait:", "; ".join(portrait.layers.notes), flush=True)
        row = [("middle", middle_paste(whole, scene)), *((f"place {i}", p.rgb) for i, p in enumerate(pictures, 1))]
        row += [(f"place {i}", scene.photo.rgb) for i in range(len(pictures) + 1, 4)]
        tiles += [(f"{k:02} {name}", picture) for name, picture in (*row, ("portrait", portrait.rgb))]
    for page in range(0, len(tiles), 30):
        sc.save(contact_sheet(tiles[page : page + 30], 5, (360, 360)), arguments.out / f"sheet-{page // 30 + 1}.png")


def _subject(path: Path) -> sc.Subject:
    return sc.preview(sc.prepare_subject(sc.load_photo(path)), SCREEN_PX)


if __name__ == "__main__":
    main()
