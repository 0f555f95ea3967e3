"""The scene's own shade on the person: whether they stand in it, and what it leaves of the light."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from scenechange.math.colour import LUMA
from scenechange.shadow.strength import depth_rgb, ground_from_above, sun_of

if TYPE_CHECKING:
    from torch import Tensor

    from scenechange.shadow.standing import Standing
    from scenechange.types import Layers, Light

REACH, CELLS = 4.0, 128
"""Half the side of the ground that is looked at, in statures, and its cells."""
LEAST_SUNLIT = 0.7
"""Without a sun there is no shade to stand in: the same bound as for a cast shadow along a guess."""
SIDE_CELLS, EDGE_CELLS = 4, 2
"""Distance from the boundary at which its sides are compared, and over which the fall must happen."""
LEAST_STEP, MOST_STEP = 0.45, 4.0
"""Natural logarithm of lit over shaded luminance."""
BLUE_SHIFT, GREEN_SHIFT = (0.02, 0.9), 0.2
"""Step of red less that of blue, and the largest step from green to magenta: shade is lit by the sky."""
LEAST_BOUNDARY, LEAST_SHARE = 12, 0.4
"""Boundary cells that look like a shadow's: at least so many, and at least so great a share of all."""
LEAST_KEPT = 0.2
"""Least luminance that a shade leaves a person: walls and ground in the sun light a body more than the ground at its
feet, and the dark end of a photo's tone curve makes shaded ground darker still. Set by looking at pictures."""
OPEN_SD_DEG, ABOUT = 45.0, 0.6
"""A sun whose direction is known no better shades the body up to nobody knows where: then there must be shade on all
sides, this far (statures) from the feet."""
NOTE_WHOLE = "stands in the scene's shade: {stops:.1f} stops less light, no shadow of their own"
NOTE_PART = "stands at the edge of the scene's shade: their light was left as it is"


@dataclass(frozen=True, slots=True, eq=False)
class Shade:
    """Shade at the feet: the share of light ``(3,)`` that it leaves, and whether it covers the whole person."""

    kept_rgb: np.ndarray
    is_whole: bool


def shade_at(background: Tensor, person: Standing, light: Light) -> Shade | None:
    """The scene's shade in which a person stands; None where they stand in the light, or it cannot be told.

    Ground about the feet counts as shaded where it is bounded by brighter ground with a boundary like that of a
    shadow: steep, of the same step all along, and with the change of colour from sun to sky.

    Notes
    -----
    The shade covers a point of the body at height h where the ray of sun through it, if nothing were in the way, would
    reach shaded ground: at ``h cot(elevation)`` from the feet in the direction of shadows.
    """
    if light.sunlit < LEAST_SUNLIT:
        return None
    rgb, seen, image_from_map = ground_from_above(background, person.frame, REACH * person.height_m, CELLS)
    logs = _smoothed_logs(rgb, seen)
    luminance = np.tensordot(LUMA, np.exp(logs), 1)
    feet = _cells_of(person.feet_xy, image_from_map)
    dark = _same_shade(np.log(luminance), seen, feet, float(-np.log(1 - depth_rgb(light, _usual_depth(light)) @ LUMA)))
    if dark is None:
        return None
    kept = _kept_rgb(logs, dark, seen)
    if kept is None:
        return None
    return Shade(kept, _covers(dark, seen, feet, person, light))


def shaded(layers: Layers, shade: Shade, power: float) -> Layers:
    """The person in that shade: each channel multiplied by what it keeps, to a power, and a note of it.

    Harmonizing looks at what is round the person and may have found them too bright for it already: only what is then
    still missing is taken.
    """
    if not shade.is_whole:
        return replace(layers, notes=(*layers.notes, NOTE_PART))
    kept = shade.kept_rgb**power
    note = NOTE_WHOLE.format(stops=-math.log2(float(np.array(LUMA) @ kept)))
    rest = np.minimum(kept / np.minimum(np.array(layers.matched_rgb), 1.0), 1.0)
    foreground = layers.foreground * layers.foreground.new_tensor(rest)[:, None, None]
    return replace(layers, foreground=foreground, notes=(*layers.notes, note))


def _usual_depth(light: Light) -> float:
    kept = np.array(light.shade_rgb) if light.shade_rgb is not None else np.array([light.ambient_ratio] * 3)
    return float(1 - np.array(LUMA) @ kept)


def _smoothed_logs(rgb: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """``(3, n, n)`` natural logarithm of the ground's colour, smoothed over a cell; what is not seen weighs nothing."""
    import cv2

    weight = seen.astype(np.float32)
    amount = np.maximum(cv2.GaussianBlur(weight, (0, 0), 1.0), 1e-3)
    means = [cv2.GaussianBlur((channel * weight).astype(np.float32), (0, 0), 1.0) / amount for channel in rgb]
    return np.log(np.stack(means) + 0.002)


def _cells_of(points_xy: np.ndarray, image_from_map: np.ndarray) -> np.ndarray:
    """``(N, 2)`` columns and rows of the map at pixels of the scene."""
    cells = np.linalg.inv(image_from_map) @ np.c_[points_xy, np.ones(len(points_xy))].T
    return np.asarray(np.clip(np.rint(cells[:2] / cells[2]), 0, CELLS - 1).T.astype(int))


def _same_shade(log_luminance: np.ndarray, seen: np.ndarray, feet: np.ndarray, depth: float) -> np.ndarray | None:
    """``(n, n)`` bool: ground that goes on from the feet no brighter than shade may be; None where it has no end.

    `depth` is the usual natural logarithm of lit over shaded.
    """
    import cv2

    about = [log_luminance[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3] for x, y in feet]
    level = float(np.median(np.concatenate([part.ravel() for part in about])))
    dark = seen & (log_luminance < level + 0.5 * max(depth, LEAST_STEP))
    _, parts = cv2.connectedComponents(dark.astype(np.uint8), connectivity=4)
    own = parts[feet[0][1], feet[0][0]]
    part = parts == own
    if own == 0 or not (seen & ~part).any():
        return None
    return np.asarray(cv2.morphologyEx(part.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)) > 0) & seen


def _kept_rgb(logs: np.ndarray, dark: np.ndarray, seen: np.ndarray) -> np.ndarray | None:
    """``(3,)`` share of light that is left behind the boundary of `dark`; None where that is no shadow's."""
    import cv2

    signed = cv2.GaussianBlur(dark.astype(np.float32), (0, 0), 2.0)
    dx, dy = cv2.Sobel(signed, cv2.CV_32F, 1, 0, ksize=3), cv2.Sobel(signed, cv2.CV_32F, 0, 1, ksize=3)
    rim = dark & (cv2.erode(dark.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0)
    y, x = np.nonzero(rim)
    steep = np.maximum(np.hypot(dx[y, x], dy[y, x]), 1e-6)
    nx, ny = -dx[y, x] / steep, -dy[y, x] / steep  # towards the light

    def at(image: np.ndarray, cells: float) -> np.ndarray:
        rows, columns = np.rint(y + cells * ny).astype(int), np.rint(x + cells * nx).astype(int)
        return np.asarray(image[..., np.clip(rows, 0, CELLS - 1), np.clip(columns, 0, CELLS - 1)])

    there = at(seen, SIDE_CELLS + 1) & at(seen, -SIDE_CELLS) & ~at(dark, SIDE_CELLS) & at(dark, -SIDE_CELLS)
    there &= (x > SIDE_CELLS) & (y > SIDE_CELLS) & (x < CELLS - SIDE_CELLS - 1) & (y < CELLS - SIDE_CELLS - 1)
    steps = at(logs, SIDE_CELLS) - at(logs, -SIDE_CELLS)
    inner = at(logs[1], EDGE_CELLS) - at(logs[1], -EDGE_CELLS)
    fall, blue = steps[1], steps[0] - steps[2]
    fits = there & (fall > LEAST_STEP) & (fall < MOST_STEP) & (steps.min(0) > 0.25) & (inner > 0.5 * fall)
    fits &= (blue > BLUE_SHIFT[0]) & (blue < BLUE_SHIFT[1]) & (np.abs(fall - (steps[0] + steps[2]) / 2) < GREEN_SHIFT)
    if fits.sum() < LEAST_BOUNDARY or fits.sum() < LEAST_SHARE * there.sum():
        return None
    kept = np.exp(-np.median(steps[:, fits], axis=1))
    return np.minimum(np.asarray(kept * max(1.0, LEAST_KEPT / float(np.array(LUMA) @ kept))), 1.0)


def _covers(dark: np.ndarray, seen: np.ndarray, feet: np.ndarray, person: Standing, light: Light) -> bool:
    """Whether the shade reaches from the soles to the head."""
    cell = 2 * REACH * person.height_m / CELLS
    near = [dark[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3].mean() for x, y in feet]
    if min(near) < 0.7:
        return False
    sun = sun_of(light, person.frame)
    middle = feet.mean(0)
    if light.toward_sd_deg <= OPEN_SD_DEG:
        far = np.linspace(0, 1, 12)[:, None] * sun.length * person.height_m / cell
        points = middle + far * np.array(sun.along_xy)
    else:
        angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        points = middle + ABOUT * person.height_m / cell * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    x, y = np.clip(np.rint(points), 0, CELLS - 1).astype(int).T
    known = seen[y, x]
    return bool(known.any() and dark[y, x][known].mean() > 0.8)
