"""What a scene holds at each place, as small maps that answer for many boxes at once: ground, view, light, people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenechange.math.colour import luminance, srgb_from_linear
from scenechange.math.image import fit_within, resize
from scenechange.types import Occluder, Scene, size_hw

MAP_PX = 128
"""Longer edge of the maps of view and light."""
LEAST_GROUND = 0.5
"""Standability from which a cell counts as ground when the light on the ground is measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Boxes:
    """N boxes in scene pixels; each edge is an array ``(N,)``."""

    x0: np.ndarray
    y0: np.ndarray
    x1: np.ndarray
    y1: np.ndarray

    @property
    def area(self) -> np.ndarray:
        """``(N,)`` in square pixels, at least one."""
        return np.asarray(np.maximum((self.x1 - self.x0) * (self.y1 - self.y0), 1.0))


@dataclass(frozen=True, slots=True, eq=False)
class SumMap:
    """A map over (a part of) the scene as a summed-area table: means and sums in boxes at four reads each.

    Reference: F. Crow, Summed-Area Tables for Texture Mapping, SIGGRAPH 1984.

    Attributes
    ----------
    sums : ndarray
        ``(rows + 1, columns + 1)``.
    origin_xy : (float, float)
        Scene pixel of the map's corner.
    cell_wh : (float, float)
        Size of a cell in scene pixels.
    """

    sums: np.ndarray
    origin_xy: tuple[float, float]
    cell_wh: tuple[float, float]

    def total(self, boxes: Boxes) -> np.ndarray:
        """``(N,)`` integral over the boxes in scene pixels; nothing is outside the map."""
        return self._read(boxes, 0)[0] * (self.cell_wh[0] * self.cell_wh[1])

    def mean(self, boxes: Boxes) -> np.ndarray:
        """``(N,)`` mean over those cells, one at least, that a box touches."""
        sums, cells = self._read(boxes, 1)
        return np.asarray(sums / cells)

    def _read(self, boxes: Boxes, least: int) -> tuple[np.ndarray, np.ndarray]:
        rows, columns = self.sums.shape[0] - 1, self.sums.shape[1] - 1

        def cells(low: np.ndarray, high: np.ndarray, axis: int, count: int) -> tuple[np.ndarray, np.ndarray]:
            first = np.floor((low - self.origin_xy[axis]) / self.cell_wh[axis])
            last = np.ceil((high - self.origin_xy[axis]) / self.cell_wh[axis])
            first = np.clip(first, 0, count - least).astype(int)
            return first, np.maximum(np.clip(last, 0, count).astype(int), first + least)

        x0, x1 = cells(boxes.x0, boxes.x1, 0, columns)
        y0, y1 = cells(boxes.y0, boxes.y1, 1, rows)
        sums = self.sums[y1, x1] - self.sums[y0, x1] - self.sums[y1, x0] + self.sums[y0, x0]
        return sums, np.maximum((x1 - x0) * (y1 - y0), 1)


def sum_map(values: np.ndarray, origin_xy: tuple[float, float], extent_wh: tuple[float, float]) -> SumMap:
    """`SumMap` of values ``(rows, columns)`` that span `extent_wh` scene pixels from `origin_xy`."""
    sums = np.zeros((values.shape[0] + 1, values.shape[1] + 1))
    sums[1:, 1:] = values.astype(np.float64).cumsum(0).cumsum(1)
    return SumMap(sums, origin_xy, (extent_wh[0] / values.shape[1], extent_wh[1] / values.shape[0]))


@dataclass(frozen=True, slots=True, eq=False)
class _Thing:
    """Somebody or something of the scene: its mask, and its base line."""

    mask: SumMap
    occluder: Occluder


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """The maps of one scene.

    Attributes
    ----------
    ground : SumMap
        Probability that one can stand there.
    view : SumMap
        Gradient magnitude of the encoded luminance, over its mean in the whole picture.
    stops : SumMap
        Binary logarithm of the luminance over the median of that of the ground.
    things : tuple
        People and objects that were found.
    """

    ground: SumMap
    view: SumMap
    stops: SumMap
    things: tuple[_Thing, ...]

    def taken(self, feet: Boxes) -> np.ndarray:
        """``(N,)`` largest share of a footprint that lies on somebody or something."""
        out = np.zeros(len(feet.x0))
        for thing in self.things:
            np.maximum(out, thing.mask.total(feet) / feet.area, out=out)
        return out.clip(0, 1)

    def in_front(self, bodies: Boxes, feet_xy: np.ndarray) -> np.ndarray:
        """``(N,)`` share of the bodies' boxes behind things that are nearer than the feet."""
        out = np.zeros(len(feet_xy))
        for thing in self.things:
            nearer = is_nearer(thing.occluder, feet_xy)
            out[nearer] += (thing.mask.total(bodies) / bodies.area)[nearer]
        return out.clip(0, 1)

    def covered(self, bodies: Boxes, feet_xy: np.ndarray) -> np.ndarray:
        """``(N,)`` share of the bodies' boxes that lies before people and things farther away."""
        out = np.zeros(len(feet_xy))
        for thing in self.things:
            farther = ~is_nearer(thing.occluder, feet_xy)
            out[farther] += (thing.mask.total(bodies) / bodies.area)[farther]
        return out.clip(0, 1)


def is_nearer(occluder: Occluder, feet_xy: np.ndarray) -> np.ndarray:
    """``(N,)`` whether something meets the ground nearer to the camera than feet ``(N, 2)`` in their column.

    On level ground what is lower in the picture is nearer. Beside the base line its nearest end counts.
    """
    x0, y0, x1, y1 = occluder.base_xyxy
    along = np.clip((feet_xy[:, 0] - x0) / max(x1 - x0, 1e-6), 0, 1)
    return np.asarray(y0 + along * (y1 - y0) > feet_xy[:, 1])


def look_around(scene: Scene) -> Surroundings:
    """The maps of a scene; a few milliseconds, whatever its size."""
    scene_h, scene_w = scene.photo.size_hw
    whole = (-0.5, -0.5), (float(scene_w), float(scene_h))
    step = -(-max(scene_h, scene_w) // (4 * MAP_PX))
    sampled = scene.photo.rgb[:, ::step, ::step]
    small = resize(sampled, fit_within(size_hw(sampled), MAP_PX))
    light = luminance(small)
    grey = srgb_from_linear(light)[0].numpy()
    detail = np.hypot(*np.gradient(grey)) if min(grey.shape) > 1 else np.zeros(grey.shape)
    standable = scene.ground.standable.numpy()
    stops = np.log2(np.maximum(light[0].numpy(), 1e-4))
    ground_there = _sampled(standable, stops.shape) > LEAST_GROUND
    level = float(np.median(stops[ground_there])) if ground_there.any() else float(np.median(stops))
    things = tuple(_Thing(_map_of(occluder), occluder) for occluder in scene.ground.occluders)
    return Surroundings(
        sum_map(standable, *whole),
        sum_map(detail / max(float(detail.mean()), 1e-6), *whole),
        sum_map(stops - level, *whole),
        things,
    )


def _sampled(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Nearest values of a map at another size."""
    rows, columns = ((np.arange(n) + 0.5) * m / n for n, m in zip(shape, values.shape, strict=True))
    return values[rows.astype(int)][:, columns.astype(int)]


def _map_of(occluder: Occluder) -> SumMap:
    step = max(1, max(occluder.mask.shape) // MAP_PX)
    height, width = size_hw(occluder.mask)
    values = occluder.mask[::step, ::step].numpy()
    x, y = occluder.offset_xy
    return sum_map(values, (x - 0.5, y - 0.5), (float(width), float(height)))
