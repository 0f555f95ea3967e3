"""What was painted over a cut-out to keep or drop parts of it, followed locally and without any network.

Which part a stroke means is told by `meant`. The opacity along the new outline comes from a guided filter (He, Sun,
Tang, TPAMI 35, 2013). A keep stroke lowers no opacity, a drop stroke raises none, and nothing changes out of a stroke's
reach.

It is decided at one size, whatever the photo's, so that a preview and the full photo get the same parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenechange.errors import InputError, NobodyFoundError
from scenechange.math.colour import srgb_of
from scenechange.math.image import fit_within, resize_planes
from scenechange.matte.cropping import FAINT
from scenechange.matte.foreground import clean_colours
from scenechange.matte.guided import coefficients
from scenechange.matte.meant import CLICK_REACHES, LINE_REACH, part_meant
from scenechange.types import Cutout, Stroke, size_hw

if TYPE_CHECKING:
    from scenechange.types import Photo, Prompt

DECIDED_PX = 1024  # longer edge of the photo at which it is decided what a stroke means
CLICK_SHARE = 0.012  # radius of a click's mark, as a share of the longer edge of the cut-out
RIM_PX = 3  # half the width of the soft outline, at the size where it is decided
SMOOTHNESS = 1e-4  # of the guided filter, variance of sRGB values
Window = tuple[slice, slice]


def mend(photo: Photo, cutout: Cutout, strokes: tuple[Stroke, ...]) -> Cutout:
    """The cut-out with parts kept and dropped as painted, stroke after stroke; takes about 0.2 s a stroke.

    Parameters
    ----------
    photo : Photo
        The photo that the cut-out is of.
    cutout : Cutout
        What was cut out so far.
    strokes : tuple of Stroke
        In pixels of the photo, in the order of painting: of two that contradict each other the later one wins.

    Raises
    ------
    InputError
        A cut-out of another photo, or a stroke outside the photo.
    NobodyFoundError
        Everything was dropped.
    """
    if cutout.source_hw != photo.size_hw:
        raise InputError(f"cut-out: wanted one of a photo of size {photo.size_hw}, got {cutout.source_hw}")
    before = _alpha_of(cutout)
    small_hw = fit_within(photo.size_hw, DECIDED_PX)
    rgb = photo.rgb.detach().cpu().numpy()
    guide = srgb_of(resize_planes(rgb, small_hw))
    first = small = resize_planes(before[None], small_hw)[0]
    for stroke in strokes:
        small = _followed(guide, small, _scaled(stroke, photo.size_hw, small_hw))
    touched = _box(np.abs(small - first) > FAINT / 2, RIM_PX)
    if touched is None:
        return cutout
    if small_hw == photo.size_hw:
        alpha, window = np.where(np.abs(small - first) > FAINT / 2, small, before), touched
    else:
        window = _enlarged(touched, small_hw, photo.size_hw)
        alpha = before.copy()
        alpha[window] = _at_full_size(rgb[:, *window], before[window], guide, first, small, touched)
    return _put_together(photo, cutout, alpha, window)


def marks_of(prompt: Prompt, cutout: Cutout) -> tuple[Stroke, ...]:
    """The strokes of a prompt, and before them a mark for every click that the cut-out does not follow.

    Without a number and a box, the first click on the person only says who is meant.
    """
    alpha, marks = _alpha_of(cutout), []
    names = prompt.person is None and prompt.box_xyxy is None
    for (x, y), label in zip(prompt.points_xy, prompt.labels, strict=True):
        if label and names:
            names = False
            continue
        row, col = (min(max(round(at), 0), most - 1) for at, most in zip((y, x), alpha.shape, strict=True))
        if (alpha[row, col] >= 0.5) != bool(label):
            radius = max(2.0, CLICK_SHARE * max(size_hw(cutout.alpha)))
            marks.append(Stroke(((x, y),), radius, "keep" if label else "drop"))
    return (*marks, *prompt.strokes)


def _alpha_of(cutout: Cutout) -> np.ndarray:
    """Opacity ``(H, W)`` at the size of the photo."""
    alpha = np.zeros(cutout.source_hw, np.float32)
    (h, w), (x, y) = size_hw(cutout.alpha), cutout.offset_xy
    alpha[y : y + h, x : x + w] = cutout.alpha[0].detach().cpu().numpy()
    return alpha


def _scaled(stroke: Stroke, full_hw: tuple[int, int], small_hw: tuple[int, int]) -> Stroke:
    height, width = full_hw
    if not any(-0.5 <= x < width and -0.5 <= y < height for x, y in stroke.points_xy):
        raise InputError(f"stroke at {stroke.points_xy[0]}: wanted one that meets the photo of {width}x{height} pixels")
    sx, sy = small_hw[1] / width, small_hw[0] / height
    points = tuple(((x + 0.5) * sx - 0.5, (y + 0.5) * sy - 0.5) for x, y in stroke.points_xy)
    return Stroke(points, max(stroke.radius_px * sx, 1.0), stroke.label)


def _followed(guide: np.ndarray, alpha: np.ndarray, stroke: Stroke) -> np.ndarray:
    """Opacity ``(h, w)`` after one stroke. A drop is a keep of what is not the person."""
    import cv2

    share = alpha if stroke.label == "keep" else 1 - alpha
    reach = stroke.radius_px * (max(CLICK_REACHES) if len(stroke.points_xy) == 1 else LINE_REACH)
    line = _line(stroke, 0.5, alpha.shape)
    window = _box(line > 0, round(reach) + 5 * RIM_PX)
    if window is None:
        return alpha
    away = cv2.distanceTransform((line[window] == 0).astype(np.uint8), cv2.DIST_L2, 5)
    part, colours = share[window], guide[:, *window]
    taken = part_meant(colours, part, away, stroke)
    mended = np.maximum(part, _softened(colours, part, taken))
    out = alpha.copy()
    out[window] = mended if stroke.label == "keep" else 1 - mended
    return out


def _line(stroke: Stroke, share: float, shape: tuple[int, ...]) -> np.ndarray:
    """``(h, w)`` uint8: the brush at a share of its width, swept along the stroke."""
    import cv2

    canvas, most = np.zeros(shape, np.uint8), 2 * max(shape)
    points = np.array(stroke.points_xy).clip(-most, most)
    points = np.round(points * 16).astype(np.int32)  # with four binary places
    radius = min(max(stroke.radius_px * share, 0.5), most)
    cv2.polylines(canvas, [points[:, None]], False, 1, max(1, round(2 * radius)), cv2.LINE_8, 4)
    for x, y in points[[0, -1]]:
        cv2.circle(canvas, (int(x), int(y)), round(radius * 16), 1, -1, cv2.LINE_8, 4)
    return canvas


def _softened(colours: np.ndarray, share: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """Opacity ``(h, w)`` of what was taken, with what was there: 1 inside, soft along the outline, 0 elsewhere."""
    import cv2

    whole = (taken | (share > 0.5)).astype(np.float32)
    blurred = cv2.GaussianBlur(whole, (0, 0), 0.8)
    slope, offset = coefficients(colours, blurred, RIM_PX, SMOOTHNESS)
    solved = np.clip((slope * colours).sum(0) + offset, 0, 1)
    inside = cv2.distanceTransform(whole.astype(np.uint8), cv2.DIST_L2, 3)
    outside = cv2.distanceTransform((1 - whole).astype(np.uint8), cv2.DIST_L2, 3)
    rim = np.clip(1 - np.maximum(inside, outside) / RIM_PX, 0, 1)  # 1 at the outline, 0 beyond the rim
    soft = rim * solved + (1 - rim) * whole
    new = taken & (share <= 0.95)
    away = cv2.distanceTransform((~new).astype(np.uint8), cv2.DIST_L2, 3) if new.any() else np.full(share.shape, 9e9)
    near = np.clip(1.5 - away / RIM_PX, 0, 1)
    near[(away <= 4 * RIM_PX) & (inside > RIM_PX)] = 1  # wisps of the old outline, between two parts that go together
    return soft * near


def _at_full_size(
    rgb: np.ndarray, before: np.ndarray, guide: np.ndarray, first: np.ndarray, small: np.ndarray, touched: Window
) -> np.ndarray:
    """Opacity in a window of the full photo: the small one carried over along the full photo's edges."""
    import cv2

    height, width = before.shape

    def full(plane: np.ndarray) -> np.ndarray:
        return np.asarray(cv2.resize(np.ascontiguousarray(plane), (width, height), interpolation=cv2.INTER_LINEAR))

    values = small[touched]
    slope, offset = coefficients(guide[:, *touched], values, 2, SMOOTHNESS)
    solved = full(offset)
    for plane, colour in zip(slope, rgb, strict=True):
        solved += full(plane) * srgb_of(colour)
    coarse = full(values)
    least, most = (full(f(values, np.ones((3, 3), np.uint8))) for f in (cv2.erode, cv2.dilate))
    solved = np.where(most - least > 0.02, np.clip(solved, 0, 1), coarse)  # what is settled stays settled
    change = full(small[touched] - first[touched])
    out = np.where(change > 0, np.maximum(before, solved), np.minimum(before, solved))
    return np.where(np.abs(change) > FAINT / 2, out, before)


def _box(mask: np.ndarray, margin: int) -> Window | None:
    """Rows and columns round what is true, with a margin inside the picture; None where nothing is."""
    rows, cols = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if len(rows) == 0:
        return None
    return (
        slice(max(int(rows[0]) - margin, 0), min(int(rows[-1]) + margin + 1, mask.shape[0])),
        slice(max(int(cols[0]) - margin, 0), min(int(cols[-1]) + margin + 1, mask.shape[1])),
    )


def _enlarged(window: Window, small_hw: tuple[int, int], full_hw: tuple[int, int]) -> Window:
    """A window of the small picture in pixels of the full one."""
    rows, cols = (
        slice(round(part.start * full / small), round(part.stop * full / small))
        for part, small, full in zip(window, small_hw, full_hw, strict=True)
    )
    return rows, cols


def _put_together(photo: Photo, cutout: Cutout, alpha: np.ndarray, window: Window) -> Cutout:
    """A cut-out with this opacity ``(H, W)``; colours are new where the opacity is, and as they were elsewhere."""
    import torch

    before = _alpha_of(cutout)[window]
    changed = alpha[window] != before
    alpha[window][changed & (alpha[window] < FAINT)] = 0
    alpha[window][changed & (alpha[window] > 1 - FAINT)] = 1
    changed = alpha[window] != before
    box = _box(alpha > 0, 2)
    if box is None:
        raise NobodyFoundError("nothing of the person is left: every part was dropped")
    rgb = photo.rgb.detach().cpu().numpy()
    (h, w), (x, y) = size_hw(cutout.alpha), cutout.offset_xy
    old = slice(y, y + h), slice(x, x + w)
    top, left = (min(parts[k].start for parts in (box, old, window)) for k in (0, 1))
    canvas = rgb[:, top : max(s[0].stop for s in (box, old, window)), left : max(s[1].stop for s in (box, old, window))]
    canvas = canvas.copy()

    def inside(part: Window) -> Window:
        return slice(part[0].start - top, part[0].stop - top), slice(part[1].start - left, part[1].stop - left)

    canvas[:, *inside(old)] = cutout.foreground.detach().cpu().numpy()
    fresh = clean_colours(rgb[:, *window], alpha[window])
    np.copyto(canvas[:, *inside(window)], fresh, where=changed)
    return Cutout(
        foreground=torch.from_numpy(np.ascontiguousarray(canvas[:, *inside(box)])),
        alpha=torch.from_numpy(np.ascontiguousarray(alpha[box])[None]),
        offset_xy=(box[1].start, box[0].start),
        source_hw=photo.size_hw,
    )
