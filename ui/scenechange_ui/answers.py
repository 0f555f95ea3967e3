"""Values of scenechange as messages for the page: pictures as data addresses, places as shares of width and height."""

from __future__ import annotations

import base64
from dataclasses import asdict
from typing import Any

import scenechange as sc
from scenechange import weights
from scenechange.math.image import box_of
from scenechange.types import Composite, Cutout, Photo, Scene, Subject
from scenechange_ui.session import example_names
from scenechange_ui.wishes import REMEDIES

SCREEN_QUALITY = 90
"""JPEG quality of live pictures: they are looked at for seconds; the download has its own."""
KINDS = {".jpg": "image/jpeg", ".png": "image/png", ".json": "application/json"}
Message = dict[str, Any]


def address(content: bytes, suffix: str) -> str:
    """A data address: the file inside the message, so that nothing has to lie on the server."""
    return f"data:{KINDS[suffix]};base64,{base64.b64encode(content).decode()}"


def photo_address(photo: Photo, screen_px: int) -> str:
    """A photo at screen size."""
    return address(sc.encoded(sc.preview(photo, screen_px), ".jpg", quality=SCREEN_QUALITY), ".jpg")


def person_answer(photo: Photo, outlines: tuple[sc.Outline, ...], screen_px: int) -> Message:
    """The photo of the person, and everybody in it."""
    return {
        "picture": photo_address(photo, screen_px),
        "size": list(reversed(photo.size_hw)),
        "people": [{"person": o.person, "polygons": shares(o, photo.size_hw)} for o in outlines],
    }


def shares(outline: sc.Outline, size_hw: tuple[int, int]) -> list[list[list[float]]]:
    """Polygons of an outline in shares of width and height."""
    h, w = size_hw
    return [[[round((x + 0.5) / w, 4), round((y + 0.5) / h, 4)] for x, y in p] for p in outline.polygons_xy]


def cutout_answer(subject: Subject) -> Message:
    """Who was cut out, over nothing, and what was measured on them."""
    return {
        "cutout": address(sc.encoded(subject.cutout, ".png"), ".png"),
        "polygons": shares(sc.outline_of(subject.cutout), subject.photo.size_hw),
        "height_m": round(subject.body.height_m, 2),
        "feet": len(subject.body.feet_xy) > 0,
    }


def mended_answer(cutout: Cutout, is_passing: bool) -> Message:
    """The cut-out after the last stroke; its outline alone while that stroke is still being drawn."""
    message: Message = {"polygons": shares(sc.outline_of(cutout), cutout.source_hw)}
    return message if is_passing else {**message, "cutout": address(sc.encoded(cutout, ".png"), ".png")}


def place_answer(scene: Scene) -> Message:
    """The empty place at screen size."""
    return {
        "base": address(sc.encoded(scene.photo, ".jpg", quality=SCREEN_QUALITY), ".jpg"),
        "size": list(reversed(scene.photo.size_hw)),
    }


def picture_answer(composite: Composite) -> Message:
    """The picture and where the person is in it."""
    layers, (h, w) = composite.layers, composite.scene.photo.size_hw
    x0, y0, _, _ = layers.window_xyxy
    box = box_of(layers.alpha, 0.05) or (0, 0, 1, 1)
    camera = composite.scene.camera
    return {
        "picture": address(sc.encoded(composite, ".jpg", quality=SCREEN_QUALITY), ".jpg"),
        "box": [(box[0] + x0) / w, (box[1] + y0) / h, (box[2] + x0) / w, (box[3] + y0) / h],
        "anchor": [(layers.anchor_xy[0] + 0.5) / w, (layers.anchor_xy[1] + 0.5) / h],
        "stature": layers.stature_px / h,
        "stands": layers.stands,
        "horizon": [(camera.horizon_y(0.0) + 0.5) / h, (camera.horizon_y(w - 1.0) + 0.5) / h],
        "notes": list(layers.notes),
    }


def layers_answer(composite: Composite) -> Message:
    """Person and shadow as two layers that the page can move, and where they lie."""
    (h, w), (x0, y0, x1, y1) = composite.scene.photo.size_hw, composite.layers.window_xyxy
    person, shadow = sc.live_layers(composite)
    return {
        "person": address(sc.encoded(person, ".png"), ".png"),
        "shadow": address(sc.encoded(shadow, ".png"), ".png"),
        "window": [x0 / w, y0 / h, x1 / w, y1 / h],
    }


def readings_answer(composite: Composite) -> Message:
    """Numbers for the ruler, and where the sliders start."""
    found = asdict(sc.take_readings(composite))
    return {key: round(n, 3) if isinstance(n, float) else n for key, n in found.items()}


def plain_answer(composite: Composite) -> Message:
    """The plain paste, to compare with."""
    return {"plain": address(sc.encoded(sc.plain_paste(composite), ".jpg", quality=SCREEN_QUALITY), ".jpg")}


def findings_answer(composite: Composite, language: str) -> Message:
    """What may give the picture away, the most visible first, and what of the page mends it."""
    found = sc.explain(composite).visible
    return {"findings": [{"text": cue.sentence(language), "mend": REMEDIES.get(cue.remedy, "")} for cue in found]}


def file_answer(content: bytes, name: str) -> Message:
    """A file to download."""
    return {"file": address(content, name[name.rindex(".") :]), "name": name, "bytes": len(content)}


def cutout_file(cutout: Cutout) -> Message:
    """The cut-out at full resolution."""
    return file_answer(sc.encoded(cutout, ".png"), "scenechange-person.png")


def examples_answer() -> list[Message]:
    """Example photos with thumbnails, credits and licences."""
    found = []
    for kind in ("person", "place"):
        for name in example_names(kind):
            entry, photo = weights.entry(name), sc.load_photo(weights.path_of(name, fetch=False))
            credit = {"credit": entry.credit, "licence": entry.licence, "upstream": entry.upstream}
            found.append({"name": name, "kind": kind, "thumbnail": photo_address(photo, 320), **credit})
    return found
