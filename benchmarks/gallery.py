"""Do the pictures fool at first glance? A contact sheet of real composites, each beside its untouched paste.

    python benchmarks/gallery.py OUT [--count N] [--data DIR] [--every K]

People of street photos and portraits go into Sacre-Coeur, the Lund streets and wallpapers (day, dusk, haze). OUT gets
every composite and paste at full size, and sheets of pairs. The photos are for research: do not publish OUT.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import scenechange as sc
from scenechange.sheet import contact_sheet, plain_paste

SCENES = (
    "backgrounds/hloc_sacre_coeur/mapping/*.jpg",
    "camera/OpenSfM_lund/images/0[3579].jpg",
    "camera/OpenSfM_lund/images/1[246].jpg",
    "backgrounds/DepthAnythingV2/demo01.jpg",
    "backgrounds/wallpapers/plasma_EveningGlow.jpg",
    "backgrounds/wallpapers/plasma_BytheWater.jpg",
    "backgrounds/wallpapers/plasma_summer_1am.jpg",
    "backgrounds/wallpapers/mate_Storm.jpg",
)


def pairs(data: Path, count: int) -> list[tuple[Path, Path]]:
    """Subject and scene of each picture: the people in turn through the scenes, the portraits every fourth time."""
    streets = sorted((data / "people/ccp/photos").glob("*.jpg"))[::7]
    portraits = sorted((data / "matting/P3M_demo/original").glob("*.*"))
    scenes = [scene for pattern in SCENES for scene in sorted(data.glob(pattern))]
    chosen = []
    for k in range(count):
        pool = portraits if k % 4 == 3 else streets
        chosen.append((pool[(k // 4 if k % 4 == 3 else k) % len(pool)], scenes[k % len(scenes)]))
    return chosen


def main() -> None:
    """Make the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=28)
    parser.add_argument("--only", type=int, nargs="*", help="numbers of the pictures to make")
    default = Path(__file__).parent.parent.parent / "shared" / "data"
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("SCENECHANGE_DATA", default)))
    arguments = parser.parse_args()
    if not arguments.data.is_dir():
        sys.exit(f"no photos at {arguments.data}: set SCENECHANGE_DATA or --data")
    arguments.out.mkdir(parents=True, exist_ok=True)
    tiles = []
    for k, (who, where) in enumerate(pairs(arguments.data, arguments.count)):
        if arguments.only and k not in arguments.only:
            continue
        since = time.perf_counter()
        try:
            result = sc.change_scene(sc.load_photo(who), sc.load_photo(where))
        except sc.ScenechangeError as error:
            print(f"{k:02} {who.name} -> {where.name}: {error}")
            continue
        paste = plain_paste(result)
        sc.save(result, arguments.out / f"{k:02}.png")
        sc.save(paste, arguments.out / f"{k:02}-paste.png")
        tiles += [(f"{k:02} paste", paste), (f"{k:02} scenechange", result.rgb)]
        seconds = time.perf_counter() - since
        print(f"{k:02} {who.name} -> {where.name}: {seconds:.1f} s; {'; '.join(result.layers.notes)}", flush=True)
    for page in range(0, len(tiles), 16):
        sheet = contact_sheet(tiles[page : page + 16], 4, (420, 420))
        sc.save(sheet, arguments.out / f"sheet-{page // 16 + 1}.png")


if __name__ == "__main__":
    main()
