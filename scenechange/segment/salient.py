"""The way of networks that mark what stands out: look, look closer where it pays, keep one person.

Such a network gives one probability a pixel that something stands out, for everybody and everything at once. The
people of the photo (`instances`) say which of it is the person that is meant: parts between two people are split along
the picture's edges by a watershed (Meyer, 1992), parts apart from the person are dropped, and limbs that the network
lost but the pose network is sure of are filled in along the picture's edges (Rother et al., GrabCut, 2004).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenechange.detectors import picture
from scenechange.errors import InputError, NobodyFoundError
from scenechange.math.image import fit_within
from scenechange.segment.instances import COARSE, SURE, Someone, find_everyone
from scenechange.segment.keeping import Keep, keep_of
from scenechange.segment.signs import signs
from scenechange.segment.things import OFFER, view_of_thing
from scenechange.segment.views import View, Window, widened
from scenechange.types import Mask

if TYPE_CHECKING:
    from collections.abc import Callable

    from scenechange.types import Photo, Prompt


@dataclass(frozen=True, slots=True, eq=False)
class Wish:
    """Who is meant: one of the people, or a thing (`someone` is None) that is pointed at."""

    someone: Someone | None
    instance: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The mask of the one who is meant, with the people of the photo; `someone` is None for a thing."""

    mask: Mask
    someone: Someone | None
    people: tuple[Someone, ...]

    def body(self, window_xyxy: Window, size_hw: tuple[int, int]) -> np.ndarray:
        """``size_hw`` probability of the one meant over a window of the photo, by the pose network; 0 for a thing."""
        if self.someone is None:
            return np.zeros(size_hw, np.float32)
        return self.someone.inside(window_xyxy, size_hw)

    def others(self, window_xyxy: Window, size_hw: tuple[int, int]) -> np.ndarray:
        """The same of everybody else."""
        inside = [s.inside(window_xyxy, size_hw) for s in self.people if s is not self.someone]
        return np.maximum.reduce([np.zeros(size_hw, np.float32), *inside])


def find(
    photo: Photo, prompt: Prompt, look: Callable[[Photo, Window], np.ndarray], closer_below: float, margin: float
) -> Found:
    """The one who is meant, from a network's `look` at windows of the photo.

    Parameters
    ----------
    photo, prompt : Photo, Prompt
        Whom to look for, and where.
    look : callable
        Gives ``(n, n)`` probability of a window of a photo.
    closer_below : float
        Share of the photo's area below which a person's box is looked at again, closer.
    margin : float
        Margin round the box for that, as a share of its longer edge.
    """
    _check(photo, prompt, closer_below, margin)
    height, width = photo.size_hw
    whole = (0, 0, width, height)
    people = find_everyone(photo)
    if prompt.person is not None and prompt.person > len(people):
        raise NobodyFoundError(f"person {prompt.person}: found {_count(people)}; {OFFER}")
    if not people and prompt.is_empty:
        raise NobodyFoundError(f"found nobody in the photo of {width}x{height} pixels; {OFFER}")
    view = View(whole, look(photo, whole))
    wish = _who(photo, prompt, people, view)
    if wish.someone is None:
        view = view_of_thing(photo, prompt, view, look, margin)
    else:
        box = wish.someone.box_xyxy(photo.size_hw)
        share = (box[2] - box[0]) * (box[3] - box[1]) / (width * height)
        if share < closer_below or _covered(wish.someone, view) < 0.6:
            window = widened(box, margin, photo.size_hw)
            view = View(window, look(photo, window))
    mask = _paint(photo, view, keep_of(_keep(photo, prompt, people, view, wish)), wish)
    return Found(mask, wish.someone, people)


def _check(photo: Photo, prompt: Prompt, closer_below: float, margin: float) -> None:
    if not 0 <= closer_below <= 1:
        raise InputError(f"closer_below: wanted a share of the photo, 0 to 1, got {closer_below}")
    if not 0 <= margin <= 2:
        raise InputError(f"margin: wanted a share of the box, 0 to 2, got {margin}")
    height, width = photo.size_hw
    for x, y in prompt.points_xy:
        if not (-0.5 <= x < width and -0.5 <= y < height):
            raise InputError(f"click {x:g},{y:g}: wanted a point of the photo of {width}x{height} pixels")
    if prompt.points_xy and prompt.box_xyxy is None and prompt.person is None and 1 not in prompt.labels:
        raise InputError("clicks: wanted at least one on the person (label 1), got only clicks on the background")
    if prompt.box_xyxy is not None:
        x0, y0, x1, y1 = prompt.box_xyxy
        if x1 <= 0 or y1 <= 0 or x0 >= width or y0 >= height:
            raise InputError(f"box {prompt.box_xyxy}: wanted a box that meets the photo of {width}x{height} pixels")


def _count(people: tuple[Someone, ...]) -> str:
    return {0: "nobody", 1: "1 person"}.get(len(people), f"{len(people)} people")


def _sizes(view: View) -> tuple[int, int]:
    x0, y0, x1, y1 = view.window_xyxy
    return fit_within((y1 - y0, x1 - x0), COARSE)


def _covered(someone: Someone, view: View) -> float:
    """Share of the person's coarse mask that the network marks, within the view."""
    body = someone.inside(view.window_xyxy, _sizes(view)) > 0.5
    return float((view.at(_sizes(view))[body] > 0.5).mean()) if body.any() else 0.0


def _who(photo: Photo, prompt: Prompt, people: tuple[Someone, ...], view: View) -> Wish:
    """Who is meant: by number, box or the first click on the person; by an empty prompt, who stands out most."""
    if prompt.person is not None:
        return Wish(people[prompt.person - 1], prompt.person)
    if prompt.box_xyxy is not None:
        fits = [_box_overlap(prompt.box_xyxy, s.box_xyxy(photo.size_hw)) for s in people]
        return _best(people, fits, 0.35)
    if prompt.points_xy:
        first = next(xy for xy, label in zip(prompt.points_xy, prompt.labels, strict=True) if label)
        return _best(people, [_nearness(s, first) for s in people], 0.3)
    standing = [_prominence(s, view) for s in people]
    wish = _best(people, standing, 0.0)
    if wish.someone is None:
        raise NobodyFoundError(f"found nobody for certain in the photo; {OFFER}")
    return wish


def _best(people: tuple[Someone, ...], fits: list[float], least: float) -> Wish:
    """The person with the greatest value above `least`; a thing where there is none."""
    k = int(np.argmax(fits)) if fits else -1
    return Wish(people[k], k + 1) if fits and fits[k] > least else Wish(None)


def _nearness(someone: Someone, xy: tuple[float, float]) -> float:
    """1 on the person, falling to 0 at a tenth of the body circle's radius from the coarse mask."""
    import cv2

    reach = max(round(someone.person.radius_px / 10), 1)
    x, y = round(xy[0]), round(xy[1])
    around = someone.inside((x - reach, y - reach, x + reach + 1, y + reach + 1), (33, 33)) > 0.5
    if around[16, 16]:
        return 1.0
    near = cv2.distanceTransform((~around).astype(np.uint8), cv2.DIST_L2, 5)[16, 16]
    return max(0.0, 1.0 - float(near) / 16) if around.any() else 0.0


def _prominence(someone: Someone, view: View) -> float:
    """How much a person stands out: size, nearness to the middle, and whether the network marks them.

    0 for a doubtful person (certainty below `SURE`) unless the network marks nearly the same pixels.
    """
    size = _sizes(view)
    body, marked = someone.inside(view.window_xyxy, size) > 0.5, view.at(size) > 0.5
    if not body.any():
        return 0.0
    if someone.certainty < SURE:
        import cv2

        near = cv2.dilate(body.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
        of_body, of_marked = (body & marked).sum() / body.sum(), (near & marked).sum() / max(marked.sum(), 1)
        if 2 * of_body * of_marked <= 0.65 * (of_body + of_marked):  # as Dice's coefficient, with some room round it
            return 0.0
    rows, cols = np.nonzero(body)
    off = np.hypot(cols.mean() / size[1] - 0.5, rows.mean() / size[0] - 0.5)
    return float(body.mean() * (1.2 - off) * (0.2 + (body & marked).sum() / body.sum()))


def _box_overlap(a: tuple[float, float, float, float], b: Window) -> float:
    shared = max(min(a[2], b[2]) - max(a[0], b[0]), 0) * max(min(a[3], b[3]) - max(a[1], b[1]), 0)
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def _keep(photo: Photo, prompt: Prompt, people: tuple[Someone, ...], view: View, wish: Wish) -> Keep:
    """Everything that says which part of a view is meant, at the coarse size of the view."""
    size = _sizes(view)
    bodies = {id(s): s.inside(view.window_xyxy, size) for s in people}
    nobody = np.zeros(size, np.float32)
    mine = bodies.pop(id(wish.someone)) if wish.someone is not None else None
    points = _in_view(np.array(prompt.points_xy, np.float64).reshape(-1, 2), view)
    inside = ((points > -1) & (points < (size[1], size[0]))).all(1)
    labels = np.array(prompt.labels, int).reshape(-1)
    someone, unknown = wish.someone, np.zeros((0, 2))
    others = np.maximum.reduce([nobody, *bodies.values()])
    limbs = _in_view(someone.limbs_xy if someone and someone.certainty >= SURE else unknown, view)
    return Keep(
        rgb=picture(photo, view.window_xyxy, size),
        probability=view.at(size),
        body=mine,
        others=others,
        limbs=limbs,
        nose=_in_view(someone.nose_xy if someone else unknown, view),
        clicks=points[inside & (labels == 1)],
        anti_clicks=points[inside & (labels == 0)],
        signs=_signs(photo, view, mine, others, np.concatenate([limbs, points[inside & (labels == 1)]])),
    )


def _signs(photo: Photo, view: View, body: np.ndarray | None, others: np.ndarray, held_at: np.ndarray) -> np.ndarray:
    size = _sizes(view)
    if body is None:
        return np.zeros(size, bool)
    standing_out = (view.at(size) > 0.5) & (others < 0.5)
    return signs(photo, view.window_xyxy, standing_out, body > 0.5, held_at)


def _in_view(points_xy: np.ndarray, view: View) -> np.ndarray:
    """``(N, 2)`` pixels of the photo as pixels of the view at its coarse size."""
    x0, y0, x1, y1 = view.window_xyxy
    size = _sizes(view)
    return (points_xy + 0.5 - (x0, y0)) * (size[1] / (x1 - x0), size[0] / (y1 - y0)) - 0.5


def _paint(photo: Photo, view: View, kept: tuple[np.ndarray, np.ndarray], wish: Wish) -> Mask:
    """The full-size mask: the view's own probability times the weight, and what was filled in."""
    import cv2
    import torch

    weight, filled = kept
    n = view.probability.shape
    weight, filled = (cv2.resize(m, (n[1], n[0]), interpolation=cv2.INTER_LINEAR) for m in (weight, filled))
    chosen = view.probability * weight
    chosen = chosen + (1 - chosen) * filled
    rows, cols = np.flatnonzero((chosen > 0.004).any(1)), np.flatnonzero((chosen > 0.004).any(0))
    if len(rows) == 0 or chosen.max() <= 0.5:
        raise NobodyFoundError(f"the person could not be told from the surroundings; {OFFER}")
    x0, y0, x1, y1 = view.window_xyxy
    sx, sy = (x1 - x0) / n[1], (y1 - y0) / n[0]
    inner = (
        x0 + max(int((cols[0] - 1) * sx), 0),
        y0 + max(int((rows[0] - 1) * sy), 0),
        min(x0 + int((cols[-1] + 2) * sx) + 1, x1),
        min(y0 + int((rows[-1] + 2) * sy) + 1, y1),
    )
    inside = torch.zeros(photo.size_hw)
    part = View(view.window_xyxy, chosen).over(inner)
    inside[inner[1] : inner[3], inner[0] : inner[2]] = torch.from_numpy(part.clip(0, 1))
    return Mask(inside, wish.instance)
