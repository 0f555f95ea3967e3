"""A smallest and a full study file, and a folder of drawn pictures for them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from scenechange.ratings.records import Study
from scenechange.ratings.study import load_study

MINIMAL = '[study]\nname = "a"\ncontact = "me@example.org"\n[items]\nfolder = "pictures"\n[design]\nkind = "acr"\n'

FULL = """
[study]
name = "full-1"
languages = ["fr", "en"]
contact = "me@example.org"
votes_per_item = 12
trials_per_session = 4
repeated = 1
gold_per_session = 1
retention_days = 30
lease_s = 60
stop_when = "top 2 separated"
[items]
folder = "pictures"
original = "photo"
teams = { one = "delft", two = "delft" }
[[items.extra]]
path = "extra/bad.png"
role = "gold"
expected = "1-2"
source = "x"
[design]
kind = "dcr"
points = 7
shown_ms = 900
untimed_share = 0.5
[texts]
title = { en = "Hello", fr = "Bonjour" }
labels.en = ["1", "2", "3", "4", "5", "6", "7"]
[platform]
name = "prolific"
completion_code = "C1"
refusal_code = "C2"
[checks]
min_width_px = 600
colour_plate = true
[[fields]]
name = "response_ms"
purpose = { en = "To see what is hard.", fr = "Pour voir ce qui est difficile." }
[[fields]]
name = "age"
purpose = { en = "To compare.", fr = "Pour comparer." }
options = ["18-29", { value = "30", label = { en = "30 or more", fr = "30 ou plus" } }]
optional = false
"""


def draw(path: Path, seed: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.random.default_rng(seed).integers(0, 255, (12, 16, 3), np.uint8))


def draw_folder(tmp_path: Path) -> Path:
    """Four systems of two sources, and one extra picture."""
    for number, system in enumerate(("one", "two", "three", "photo")):
        for source in ("x", "y"):
            draw(tmp_path / "pictures" / system / f"{source}.png", number)
    draw(tmp_path / "extra" / "bad.png", 9)
    return tmp_path


def load(folder: Path, text: str) -> Study:
    """The study that a text beside a folder describes."""
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return load_study(folder / "study.toml")
