"""What `train_ground_surfaces.py` learns from: areas that were drawn, a teacher's answers, and views of both."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from scenechange.surfaces.find import canvas

IGNORED = 255
CODES = {"R": 0, "G": 1, "T": 2, "W": 3}
TEACHER = "models/deeplab_mobilenet_edgetpu_slim_cityscapes_quant.tflite"
ROAD, SIDEWALK, TERRAIN, BUILDING, VEHICLES = 0, 1, 9, 2, (13, 14, 15)


def labelled(path: Path, part: str) -> Iterator[tuple[str, list[tuple[str, np.ndarray]]]]:
    """Photos of a part, each with its areas: letter and corners ``(n, 2)`` in percent."""
    with path.open(encoding="utf-8") as page:
        for row in csv.DictReader(page):
            if row["part"] == part:
                areas = [area.split() for area in row["areas"].split("/") if area.strip()]
                yield row["photo"], [(a[0], np.array(a[1:], float).reshape(-1, 2)) for a in areas]


def drawn(areas: list[tuple[str, np.ndarray]], height: int, width: int) -> np.ndarray:
    """Classes ``(h, w)``; `IGNORED` about the edges, and where an ignored area covers the rest."""
    out = np.zeros((height, width), np.uint8)
    unknown = np.zeros((height, width), np.uint8)
    for letter, corners in areas:
        corners_px = np.round(corners * [width / 100, height / 100]).astype(np.int32)
        cv2.fillPoly(unknown if letter == "I" else out, [corners_px], CODES.get(letter, 1))
    if out.any():
        edge = cv2.morphologyEx(out, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
        size = max(3, round(0.02 * max(height, width))) | 1
        brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
        unknown[(out > 0)] = 0
        unknown |= cv2.dilate(edge.astype(np.uint8), brush)
    return np.where(unknown > 0, IGNORED, out).astype(np.uint8)


def make_teacher(data: Path) -> Callable[[np.ndarray], np.ndarray]:
    """A function from a picture (BGR) to its Cityscapes classes ``(513, 513)``."""
    from ai_edge_litert.interpreter import Interpreter

    net = Interpreter(model_path=str(data / TEACHER), num_threads=1)
    net.allocate_tensors()
    wanted, given = net.get_input_details()[0], net.get_output_details()[0]["index"]

    def classes_of(bgr: np.ndarray) -> np.ndarray:
        seen = cv2.resize(bgr, (513, 513), interpolation=cv2.INTER_AREA)[..., ::-1]
        net.set_tensor(wanted["index"], np.ascontiguousarray(seen[None]).astype(wanted["dtype"]))
        net.invoke()
        return np.asarray(net.get_tensor(given).reshape(513, 513))

    return classes_of


def views(
    rgb: np.ndarray, classes: np.ndarray, count: int, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The whole photo, then crops of other exposure and colour, every second one mirrored."""
    height, width = classes.shape
    for k in range(count):
        left, top, right, bottom = 0, 0, width, height
        if k:
            share, squeeze = rng.uniform(0.55, 1), rng.uniform(0.85, 1, 2)
            w, h = width * share * squeeze[0], height * share * squeeze[1]
            left, top = int(rng.uniform(0, width - w)), int(rng.uniform(0.3, 1) * (height - h))
            right, bottom = int(left + w), int(top + h)
        seen, answer = canvas(rgb[top:bottom, left:right]), classes[top:bottom, left:right]
        answer = cv2.resize(answer, (seen.shape[1] // 8, seen.shape[0] // 8), interpolation=cv2.INTER_NEAREST)
        if k:
            gains = rng.uniform(0.8, 1.15) * (1 + rng.normal(0, 0.06, 3))
            seen = np.clip(255 * (seen / 255.0) ** rng.uniform(0.7, 1.4) * gains, 0, 255).astype(np.uint8)
        if k % 2:
            seen, answer = seen[:, ::-1], answer[:, ::-1]
        yield np.ascontiguousarray(seen), np.ascontiguousarray(answer)


def taught(data: Path, known: set[str]) -> Iterator[tuple[str, np.ndarray, int]]:
    """Street photos with the teacher's answers, and how many views of each to take."""
    classes_of = make_teacher(data)

    def answer(photo: str) -> tuple[np.ndarray, np.ndarray]:
        told = classes_of(cv2.imread(str(data / photo)))
        ground = np.isin(told, (ROAD, SIDEWALK, TERRAIN))
        return told, np.where(ground, 1, np.where(told > 18, IGNORED, 0)).astype(np.uint8)

    def named(pattern: str) -> list[str]:
        return [str(f.relative_to(data)) for f in sorted(data.glob(pattern)) if str(f.relative_to(data)) not in known]

    for photo in named("camera/OpenSfM_lund/images/*.jpg")[1:]:  # 01 was taken while the phone moved
        yield photo, answer(photo)[1], 4
    for kind in ("real", "realistic", "unrealistic"):
        for photo in named(f"realism/lalonde_efros_719/{kind}/*.jpg"):
            told, classes = answer(photo)
            if np.isin(told, (ROAD, SIDEWALK)).mean() > 0.1 and np.isin(told, (BUILDING, *VEHICLES)).mean() > 0.12:
                yield photo, classes, 1
    for photo in named("people/ccp_train/photos/*.jpg")[1::3][:130]:
        classes = answer(photo)[1]
        mask = cv2.imread(str(data / photo.replace("photos", "masks").replace(".jpg", ".png")), cv2.IMREAD_GRAYSCALE)
        person = cv2.resize(mask, (513, 513), interpolation=cv2.INTER_NEAREST) > 127
        if (classes == 1).mean() > 0.04:
            rim = cv2.dilate(person.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
            yield photo, np.where(person, 0, np.where(rim, IGNORED, classes)).astype(np.uint8), 1
