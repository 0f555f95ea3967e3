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
from scenechange.segment.instances import COARSE, SURE, Someone, Window, find_everyone
from scenechange.segment.keeping import Keep, keep_of
from scenechange.types import Mask

if TYPE_CHECKING:
    from collections.abc import Callable

    from scenechange.types import Photo, Prompt

OFFER = "point at somebody or something with --click X,Y or --box X0,Y0,X1,Y1"


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What a network sees in a window of the photo: ``(n, n)`` probability, stretched over the window."""

    window_xyxy: Window
    probability: np.ndarray

    def at(self, size_hw: tuple[int, int]) -> np.ndarray:
        """The probability at another size of the same window."""
        import cv2

        how = cv2.INTER_AREA if size_hw[0] * size_hw[1] < self.probability.size else cv2.INTER_LINEAR
        return cv2.resize(self.probability, (size_hw[1], size_hw[0]), interpolation=how)

    def over(self, inner_xyxy: Window) -> np.ndarray:
        """The probability at every pixel of a window inside this one, bilinear."""
        import cv2

        (x0, y0, x1, y1), (u0, v0, u1, v1) = self.window_xyxy, inner_xyxy
        sx, sy = self.probability.shape[1] / (x1 - x0), self.probability.shape[0] / (y1 - y0)
        seen_from_inner = np.array([[sx, 0, (u0 - x0 + 0.5) * sx - 0.5], [0, sy, (v0 - y0 + 0.5) * sy - 0.5]])
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(
            self.probability, seen_from_inner, (u1 - u0, v1 - v0), flags=how, borderMode=cv2.BORDER_REPLICATE
        )


@dataclass(frozen=True, slots=True, eq=False)
class Wish:
    """Who is meant: one of the people, or a thing (`someone` is None) that is pointed at."""

    someone: Someone | None
    instance: int = 1


def cut_out(
    photo: Photo, prompt: Prompt, look: Callable[[Photo, Window], np.ndarray], closer_below: float, margin: float
) -> Mask:
    """The mask of the one who is meant, from a network's `look` at windows of the photo.

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
        view = _view_of_thing(photo, prompt, view, look, margin)
    else:
        box = wish.someone.box_xyxy(photo.size_hw)
        share = (box[2] - box[0]) * (box[3] - box[1]) / (width * height)
        if share < closer_below or _covered(wish.someone, view) < 0.6:
            window = widened(box, margin, photo.size_hw)
            view = View(window, look(photo, window))
    return _paint(photo, view, keep_of(_keep(photo, prompt, people, view, wish)), wish)


def widened(box_xyxy: Window, margin: float, size_hw: tuple[int, int]) -> Window:
    """A box with a margin (share of its longer edge, at least 8 pixels) all round, inside the photo."""
    x0, y0, x1, y1 = box_xyxy
    edge = max(8, round(margin * max(x1 - x0, y1 - y0)))
    return max(x0 - edge, 0), max(y0 - edge, 0), min(x1 + edge, size_hw[1]), min(y1 + edge, size_hw[0])


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
    """Who is meant by the prompt; by an empty one, the person who stands out most."""
    if prompt.person is not None:
        return Wish(people[prompt.person - 1], prompt.person)
    if prompt.box_xyxy is not None:
        fits = [_box_overlap(prompt.box_xyxy, s.box_xyxy(photo.size_hw)) for s in people]
        return _best(people, fits, 0.35)
    if prompt.points_xy:
        clicks = [xy for xy, label in zip(prompt.points_xy, prompt.labels, strict=True) if label]
        return _best(people, [min(_nearness(s, xy) for xy in clicks) for s in people], 0.3)
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

    0 for a doubtful person (certainty below `SURE`) unless the network marks the same pixels.
    """
    size = _sizes(view)
    body, marked = someone.inside(view.window_xyxy, size) > 0.5, view.at(size) > 0.5
    if not body.any():
        return 0.0
    if someone.certainty < SURE:
        import cv2

        near = cv2.dilate(body.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
        if (body & marked).sum() < 0.7 * body.sum() or (near & marked).sum() < 0.6 * marked.sum():
            return 0.0
    rows, cols = np.nonzero(body)
    off = np.hypot(cols.mean() / size[1] - 0.5, rows.mean() / size[0] - 0.5)
    return float(body.mean() * (1.2 - off) * (0.2 + (body & marked).sum() / body.sum()))


def _box_overlap(a: tuple[float, float, float, float], b: Window) -> float:
    shared = max(min(a[2], b[2]) - max(a[0], b[0]), 0) * max(min(a[3], b[3]) - max(a[1], b[1]), 0)
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def _view_of_thing(
    photo: Photo, prompt: Prompt, view: View, look: Callable[[Photo, Window], np.ndarray], margin: float
) -> View:
    """A view in which the network marks the thing that is pointed at: the whole photo, or a window round it."""
    height, width = photo.size_hw
    if prompt.box_xyxy is not None:
        x0, y0, x1, y1 = (round(n) for n in prompt.box_xyxy)
        box = max(x0, 0), max(y0, 0), max(min(x1, width), max(x0, 0) + 1), max(min(y1, height), max(y0, 0) + 1)
        window = widened(box, margin, photo.size_hw)
        view = View(window, look(photo, window))
        if view.over(box).max() > 0.5:
            return view
        raise NobodyFoundError(f"nothing stands out in the box {box}; draw it closer round the person")
    x, y = next(xy for xy, label in zip(prompt.points_xy, prompt.labels, strict=True) if label)
    pixel = min(max(int(x + 0.5), 0), width - 1), min(max(int(y + 0.5), 0), height - 1)
    at = (*pixel, pixel[0] + 1, pixel[1] + 1)
    for part in (2, 4):
        if view.over(at)[0, 0] > 0.5:
            return view
        view = _view_round(photo, pixel, part, look)
    if view.over(at)[0, 0] > 0.5:
        return view
    raise NobodyFoundError(f"nothing stands out at the click {x:g},{y:g}; draw a box round it with --box")


def _view_round(photo: Photo, xy: tuple[int, int], part: int, look: Callable[[Photo, Window], np.ndarray]) -> View:
    """A look at the square of 1 / `part` of the longer edge round a pixel."""
    half = max(16, max(photo.size_hw) // (2 * part))
    window = widened((xy[0], xy[1], xy[0] + 1, xy[1] + 1), half, photo.size_hw)
    return View(window, look(photo, window))


def _keep(photo: Photo, prompt: Prompt, people: tuple[Someone, ...], view: View, wish: Wish) -> Keep:
    """Everything that says which part of a view is meant, at the coarse size of the view."""
    size = _sizes(view)
    bodies = {id(s): s.inside(view.window_xyxy, size) for s in people}
    nobody = np.zeros(size, np.float32)
    mine = bodies.pop(id(wish.someone)) if wish.someone is not None else None
    points = _in_view(np.array(prompt.points_xy, np.float64).reshape(-1, 2), view)
    inside = ((points > -1) & (points < (size[1], size[0]))).all(1)
    labels = np.array(prompt.labels, int).reshape(-1)
    return Keep(
        rgb=picture(photo, view.window_xyxy, size),
        probability=view.at(size),
        body=mine,
        others=np.maximum.reduce([nobody, *bodies.values()]),
        limbs=_in_view(np.zeros((0, 2)) if wish.someone is None else wish.someone.limbs_xy, view),
        nose=_in_view(np.zeros((0, 2)) if wish.someone is None else wish.someone.nose_xy, view),
        clicks=points[inside & (labels == 1)],
        anti_clicks=points[inside & (labels == 0)],
    )


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
