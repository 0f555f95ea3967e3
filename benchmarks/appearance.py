"""Light, colour, shadow, lens and critic in one run, each beside what it must beat.

    python benchmarks/appearance.py [--fit FILE] [--realism FILE] [--full]

Runs the benchmarks of the rooms (`harmonization`, `light`, `shadow`, `optics`) and the cross-validation of the critic's
score (``weights/train_realism.py``), writes the result of each under its own name, and prints one table. FILE of
``--fit`` and ``--realism`` is what ``weights/fit_light.py`` and ``weights/train_realism.py`` printed, if they were run
before: they take minutes. Nothing is measured anew here; what each figure means stands in those files.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import harmonization
import light
import optics
import shadow
from record import record

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("SCENECHANGE_DATA", ROOT.parent / "shared" / "data"))
UNCALLED = ("vignette", "streak", "jpeg, after halving")


def judge_critic() -> str:
    """What ``weights/train_realism.py`` prints."""
    with tempfile.TemporaryDirectory() as folder:
        people = DATA / "people" / "ccp_train"
        files = (DATA / "realism" / "lalonde_efros_719", people / "photos", people / "masks", Path(folder, "out.json"))
        command = [sys.executable, str(ROOT / "weights" / "train_realism.py"), *map(str, files)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def table(found: dict[str, dict]) -> list[tuple[str, str, float, float]]:
    """Rows of what is measured, against what, our figure, the other's."""
    ours, reinhard = found["harmonization"]["ccp statistics"], found["harmonization"]["ccp reinhard"]
    labelled, crops = found["light"]["labelled_photos"], found["light"]["panoramas"].values()
    cast, fixed = found["shadow"]["ours"], found["shadow"]["fixed direction"]
    warmth = _mean(crops, "mired_error"), _mean(crops, "mired_error_d65")
    angle = _mean(crops, "angle_error_deg"), _mean(crops, "overhead_error_deg")
    rows = [
        ("harmonize, fMSE", "copy-paste", ours["fmse"], ours["fmse_copy_paste"]),
        ("harmonize, fMSE", "Reinhard", ours["fmse"], reinhard["fmse"]),
        *(
            ("harmonize, fMSE", name, ours["fmse"], found["harmonization"][f"ccp peer: {name}"]["fmse"])
            for name in ("optimal transport", "von Kries")
        ),
        ("harmonize, share worse than paste", "target", ours["share_worse"], 0.08),
        ("harmonize, fMSE where nothing is wrong", "Reinhard", ours["harm_fmse"], reinhard["harm_fmse"]),
        ("light, mired", "D65", *warmth),
        ("light, degrees on panoramas", "overhead", *angle),
    ]
    for name, published in (("within_22.5_deg", 0.40), ("within_45_deg", 0.55), ("within_90_deg", 0.75)):
        found_share, behind = (labelled["azimuth"][who][name] for who in ("all", "always_behind"))
        rows += [(f"light, azimuth {name}", "Lalonde 2012, their photos", found_share, published)]
        rows += [(f"light, azimuth {name}", "always behind the camera", found_share, behind)]
    rows += [(f"shadow, {key}", "fixed direction", cast[key][0], fixed[key][0]) for key in cast]
    for effect, values in found["optics"].items():
        if effect == "false alarms":
            rows += [(f"optics, {key} seen in untouched photos", "target", values[key], 0.02) for key in UNCALLED]
            continue
        # Grain matched as it should be is still not the same grain: of grain the amount counts, not the difference.
        key = "noise_ratio" if "grain" in effect else "rmse_levels"
        rows.append((f"optics, {effect}, {key}", "copy-paste", values[f"match {key}"], values[f"paste {key}"]))
    critic = found["critic"]
    rows.append(("critic, area under the curve", "mean Lab distance", critic["auc"], critic["auc_mean_lab_distance"]))
    return rows


def _mean(entries: object, key: str) -> float:
    values = [entry[key] for entry in entries]  # type: ignore[attr-defined]
    return sum(values) / len(values)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", type=Path)
    parser.add_argument("--realism", type=Path)
    parser.add_argument("--full", action="store_true", help="also time the shadow at 12 megapixels")
    arguments = parser.parse_args()
    found = {
        "harmonization": harmonization.measured([]),
        "light": light.measured(arguments.fit),
        "shadow": shadow.measured(24, arguments.full),
        "optics": optics.measured(20),
        "critic": json.loads(arguments.realism.read_text() if arguments.realism else judge_critic()),
    }
    for question, results in found.items():
        record(question, results)
    rows = table(found)
    for what, against, ours, other in rows:
        print(f"{what:44s} {ours:10.3f}   {against} {other:.3f}")
    record("appearance", {f"{what}; {against}": {"ours": ours, "other": other} for what, against, ours, other in rows})


if __name__ == "__main__":
    main()
