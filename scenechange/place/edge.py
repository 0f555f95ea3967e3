"""People who do not show their feet: the cut stays at the frame's lower edge, or behind something of the scene."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scenechange.place.behind import spot_behind_top, spots_behind_tops
from scenechange.place.cut import Cut, cut_of, size_at
from scenechange.place.front import covers
from scenechange.place.spot import Spot, Wish
from scenechange.place.surroundings import Boxes, Surroundings, look_around
from scenechange.types import Placement, Scene, Subject, size_hw

LEAST_SHOWN, MOST_SHOWN, USUAL_SHOWN = 0.42, 0.64, 0.5
"""Limits on the visible part as a share of the picture's height, so that person and place are both seen; and that share
where the camera tells no size."""
LEAST_BEHIND = 0.06
"""The like for who stands behind something of the scene, where the distance is the user's choice."""
DEEPER = 0.02
"""How far behind the upper edge of a thing the cut goes, in statures."""
Found = tuple[Spot, float, tuple[str, ...]]


def edge_spot(
    subject: Subject, scene: Scene, wish: Wish, placement: Placement, around: Surroundings | None = None
) -> Spot:
    """Spot of a person who is cut off below: where the user wants it behind something, else at the lower edge.

    `around` is what `look_around` says of `scene`; without it that is called where it is needed.
    """
    cut = cut_of(subject)
    if placement.at_xy is not None:
        behind = spot_behind_top(subject, scene, wish, cut, placement.at_xy)
        behind = behind or _behind(subject, scene, wish, cut, placement.at_xy)
        if behind is not None:
            return behind
        spot = _at_lower_edge(subject, scene, wish, cut, placement.at_xy[0])
        if placement.at_xy[1] >= scene.photo.size_hw[0] - 1:
            return spot
        note = "the cut edge is kept at the lower edge of the frame; only x of the wanted place was used"
        return replace(spot, notes=(*spot.notes, note))
    return edge_places(subject, scene, around or look_around(scene), wish, placement)[0][0]


def edge_places(subject: Subject, scene: Scene, around: Surroundings, wish: Wish, placement: Placement) -> list[Found]:
    """Spots behind a table or ledge, else along the lower edge, with scores and reasons, best first.

    Along the lower edge: flush with the side at which the subject's frame cuts the person; else the thirds and the
    middle, that first which hides least of the view.
    """
    cut = cut_of(subject)
    behind: list[Found] = [
        (spot, 0.0, ("behind a table or ledge that reaches below the frame",))
        for spot in spots_behind_tops(subject, scene, wish, cut)
    ]
    if behind:  # at the lower edge the person would stand in the table
        return behind
    scene_h, scene_w = scene.photo.size_hw
    size = _at_lower_edge(subject, scene, wish, cut, scene_w / 2).stature_px
    factor = size * placement.scale / subject.body.stature_px
    left = (cut.x - subject.cutout.offset_xy[0]) * factor
    right = (subject.cutout.offset_xy[0] + size_hw(subject.cutout.alpha)[1] - 1 - cut.x) * factor
    if placement.flip:
        left, right = right, left
    columns = _columns(subject.body.cropped_at, bool(placement.flip), left, right, scene_w)
    xs = np.array([x for x, _ in columns])
    top = scene_h - (cut.y - cut.top_y) * factor
    boxes = Boxes(xs - left, np.full(len(xs), top), xs + right, np.full(len(xs), float(scene_h)))
    view, covered = around.view.mean(boxes), around.covered(boxes, np.column_stack([xs, np.full(len(xs), scene_h)]))
    score = -0.5 * view - 2.0 * covered - np.array([0.25 if where == "middle" else 0.0 for _, where in columns])
    found = []
    for i in np.argsort(-score, kind="stable"):
        spot = _at_lower_edge(subject, scene, wish, cut, float(xs[i]))
        reasons = [f"cut by the frame's lower edge, {columns[i][1]}"]
        reasons.append("hides little of the view" if view[i] < 1 else "hides a busy part of the view")
        found.append((spot, float(score[i]), tuple(reasons)))
    return found


def _columns(
    cropped_at: frozenset[str], flip: bool, left: float, right: float, scene_w: int
) -> list[tuple[float, str]]:
    """Columns for the middle of the cut, and where that is; `left` and `right` are how far the person reaches."""
    sides = cropped_at & {"left", "right"}
    if flip:
        sides = frozenset({"left": "right", "right": "left"}[side] for side in sides)
    if sides == {"left"}:
        return [(left - 0.5, "flush with the left side")]
    if sides == {"right"}:
        return [(scene_w - 1 - right + 0.5, "flush with the right side")]
    margin = 0.02 * scene_w
    lowest, highest = left + margin, scene_w - 1 - right - margin
    if lowest > highest:
        return [(scene_w / 2 + (left - right) / 2, "middle")]
    wanted = ((0.29, "left third"), (0.71, "right third"), (0.5, "middle"))
    columns = {round(float(np.clip(share * scene_w, lowest, highest)), 3): where for share, where in reversed(wanted)}
    return list(reversed(columns.items()))


def _at_lower_edge(subject: Subject, scene: Scene, wish: Wish, cut: Cut, x: float) -> Spot:
    """Spot at which the lower edge of the frame cuts the person where the subject's frame did (or at the thigh).

    The distance follows from the camera: the one at which a point of the person at the height of the cut is seen at
    the frame's lower edge. It is held within limits so that the person stays recognisable and inside the picture, and
    below the enlargement limit where that leaves them large enough.
    """
    scene_h = scene.photo.size_hw[0]
    shown = cut.shown(subject)
    notes = list(cut.notes)
    middle = ((scene.photo.size_hw[1] - 1) / 2, scene_h - 0.5)
    size = size_at(scene.camera, middle, cut.height_m(subject, wish.height_m), wish.height_m)
    low, high = LEAST_SHOWN * scene_h / shown, MOST_SHOWN * scene_h / shown
    if size is None or not low <= size <= high:
        size = float(np.clip(size if size is not None else USUAL_SHOWN * scene_h / shown, low, high))
        notes.append("the person is framed like a portrait; the ground they stand on is below the picture")
    size = min(size, max(low, wish.enlarge_limit * subject.body.stature_px))
    # Half a pixel beyond the last row, so that no soft edge of the cut shows.
    return Spot((cut.x, cut.y), (x, scene_h + 0.5), size, False, tuple(notes), cut=True, below=cut.below(subject))


def _behind(subject: Subject, scene: Scene, wish: Wish, cut: Cut, at_xy: tuple[float, float]) -> Spot | None:
    """The first place from `at_xy` downward at which something of the scene hides all of the cut, if there is any.

    The distance is that at which the camera sees the height of the cut there.
    """
    scene_h = scene.photo.size_hw[0]
    if not scene.ground.occluders or not 0 <= at_xy[1] < scene_h - 1:
        return None
    shown = cut.shown(subject)
    for y in np.linspace(at_xy[1], scene_h - 1, 64):
        xy = (at_xy[0], float(y))
        size = size_at(scene.camera, xy, cut.height_m(subject, wish.height_m), wish.height_m)
        if size is None or not LEAST_BEHIND * scene_h <= shown * size <= scene_h:
            continue
        scaled = size * wish.scale
        half = cut.width_px * scaled / subject.body.stature_px / 2
        below = cut.below(subject)
        columns = max(xy[0] - half, 0.0), min(xy[0] + half, scene.photo.size_hw[1] - 1.0)
        if covers(scene.ground.occluders, columns, xy[1], (xy[0], xy[1] + below * scaled)):
            note = "the cut edge is hidden behind something of the scene"
            own = (cut.x, cut.y - DEEPER * subject.body.stature_px)
            return Spot(own, xy, size, False, (*cut.notes, note), cut=True, below=below + DEEPER)
    return None
