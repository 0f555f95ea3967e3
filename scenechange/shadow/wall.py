"""Where the ground ends in a wall, and how a cast shadow goes up it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenechange.shadow.cast import GroundMap, Sun

if TYPE_CHECKING:
    from torch import Tensor

    from scenechange.shadow.frame import FootFrame
    from scenechange.shadow.standing import Standing

STEP_M, HALF_WIDTH_M, COLUMNS = 0.05, 0.45, 13
"""Steps along the shadow, half the width over which the base line is looked for, and points across it."""
NEAREST_M, SIDE_M = 0.25, 0.3
"""A base line nearer to the feet is not told from them; distance from the line at which its sides are compared."""
GROUND, WALL = 0.5, 0.25
"""Chance of ground before the line at least, and beyond it at most."""
LEAST_FOUND, MOST_OFF_M, MOST_SLOPE = 0.7, 0.12, 2.0
"""Share of the points across at which the ground ends, their scatter about the line, and the line's slant."""


@dataclass(frozen=True, slots=True, eq=False)
class Wall:
    """An upright plane on the ground of a `FootFrame`: a point of its base line ``(2,)`` and its direction ``(2,)``."""

    base_xy: np.ndarray
    along_xy: np.ndarray

    def is_beyond(self, frame: FootFrame, sun: Sun, box_xyxy: tuple[int, int, int, int]) -> np.ndarray:
        """``(h, w)`` bool in a box of the scene: seen beyond the base line, as shadows point, if ground were there."""
        x0, y0, x1, y1 = box_xyxy
        x, y = frame.ground_of_pixels(np.arange(x0, x1)[None], np.arange(y0, y1)[:, None])
        across = np.linalg.inv(np.stack([self.along_xy, np.array(sun.along_xy)], axis=1))[1]
        beyond = across[0] * (x - self.base_xy[0]) + across[1] * (y - self.base_xy[1]) > 0
        return np.asarray(beyond | (y > 1e5))

    def bent(self, shadow: GroundMap, frame: FootFrame, sun: Sun) -> GroundMap:
        """The shadow as it lies on the wall.

        Notes
        -----
        The ray that reaches the wall at height h would reach the ground ``h length`` further, in the direction of the
        shadow: what is shaded there is shaded here. With a ground point ``G = B + u e + q s`` (B, e: base line; s:
        the shadow's direction) the wall's point is ``B + u e`` at height ``q / length``, which is linear in G.
        """
        ground_from_map = np.linalg.inv(frame.image_from_ground) @ shadow.image_from_map
        split = np.linalg.inv(np.stack([self.along_xy, np.array(sun.along_xy)], axis=1))
        split[1] /= max(sun.length, 0.02)
        wall_from_ground = np.eye(3)
        wall_from_ground[:2, :2], wall_from_ground[:2, 2] = split, -split @ self.base_xy
        image_from_wall = frame.image_from_wall(self.base_xy, self.along_xy)
        return GroundMap(shadow.values, image_from_wall @ wall_from_ground @ ground_from_map)


def wall_behind(standable: Tensor, person: Standing, sun: Sun, size_hw: tuple[int, int]) -> Wall | None:
    """The wall that the person's shadow meets; None where the ground goes on, or does not end in a straight line.

    `standable` ``(h, w)`` is the chance of ground over the whole scene of `size_hw` pixels.
    """
    along = np.array(sun.along_xy)
    across = np.array([-along[1], along[0]])
    feet = np.stack(person.frame.ground_of_pixels(person.feet_xy[:, 0], person.feet_xy[:, 1]), axis=1).mean(0)
    c = np.linspace(-HALF_WIDTH_M, HALF_WIDTH_M, COLUMNS)
    v = np.arange(0, sun.length * person.height_m + 2 * SIDE_M, STEP_M)
    points = feet + v[:, None, None] * along + c[None, :, None] * across
    chance = _looked_up(standable, person.frame, points.reshape(-1, 2), size_hw).reshape(len(v), len(c))
    first, side = round(NEAREST_M / STEP_M), round(SIDE_M / STEP_M)
    ends: list[tuple[float, float]] = []
    for k in range(COLUMNS):
        below = np.flatnonzero(chance[first:, k] < (GROUND + WALL) / 2)
        if len(below) == 0:
            continue
        i = first + int(below[0])
        before, after = chance[max(0, i - side), k], chance[i + side // 2 : i + 2 * side, k]
        known = after[~np.isnan(after)]
        if before >= GROUND and len(after) >= side and len(known) and known.max() <= WALL:
            ends.append((float(c[k]), float(v[i])))
    if len(ends) < LEAST_FOUND * COLUMNS:
        return None
    across_m, away_m = np.array(ends).T
    slope, middle = np.polyfit(across_m, away_m, 1)
    off = away_m - (slope * across_m + middle)
    if abs(slope) > MOST_SLOPE or float(np.sqrt((off**2).mean())) > MOST_OFF_M or middle >= v[-1] - 2 * SIDE_M:
        return None
    line = across + slope * along
    return Wall(feet + middle * along, line / np.linalg.norm(line))


def _looked_up(standable: Tensor, frame: FootFrame, points: np.ndarray, size_hw: tuple[int, int]) -> np.ndarray:
    """``(N,)`` chance at ground points ``(N, 2)``; NaN out of the picture."""
    import cv2

    pixels = frame.image_from_ground @ np.c_[points, np.ones(len(points))].T
    h, w = standable.shape
    before = pixels[2] > 0.05
    x, y = pixels[:2] / np.where(before, pixels[2], 1.0)
    inside = before & (x >= 0) & (y >= 0) & (x < size_hw[1]) & (y < size_hw[0])
    small_x, small_y = ((x + 0.5) * w / size_hw[1] - 0.5, (y + 0.5) * h / size_hw[0] - 0.5)
    found = cv2.remap(
        standable.numpy(),
        small_x.astype(np.float32)[None],
        small_y.astype(np.float32)[None],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )[0]
    return np.where(inside, found, np.nan)
