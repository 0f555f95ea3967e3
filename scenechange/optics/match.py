"""Air, lens, sensor and file of the scene on the person, at the place where they stand."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from scenechange.errors import InputError
from scenechange.math.image import box_of
from scenechange.optics.blocks import measure_compression, with_blocks
from scenechange.optics.colour_grain import add_colour_grain, colour_noise
from scenechange.optics.falloff import light_left, measure_falloff
from scenechange.optics.grain import Noise, add_grain, measure_noise, missing_noise
from scenechange.optics.haze import measure_haze
from scenechange.optics.motion import Streak, measure_streak, streaked
from scenechange.optics.remembered import remembered
from scenechange.optics.sharpness import blurred, edge_blur_px, sharpened
from scenechange.optics.tiles import Tile, person_tiles, picture_tiles, scene_tiles, solid
from scenechange.types import size_hw

if TYPE_CHECKING:
    from torch import Tensor

    from scenechange.math.image import Box
    from scenechange.types import Layers

TILES = 12
"""Tiles measured per layer."""
LEAST_BLUR_PX, LEAST_GRAIN = 0.35, 0.0012
"""Smaller differences are not seen and are left alone."""
SOFTER = 1.4
"""Clothes and faces have wider edges than streets in equal focus: measured on street photos against their people."""
MOST = {
    "blur_limit": 0.05,
    "sharpen": 2.0,
    "grain": 4.0,
    "grain_limit": 0.2,
    "haze": 2.0,
    "vignette": 2.0,
    "streak_limit": 0.1,
    "jpeg_quality": 100.0,
}
"""Largest value of each option."""
LEAST_AIR = 1 / 255
"""A smaller share of the air's light before the person is not seen."""
LEAST_DARKENING = 0.02
"""A smaller share of light that a lens takes is not seen."""


@dataclass(frozen=True, slots=True)
class Match:
    """Give the person the scene's haze, sharpness, grain, vignetting, streak and JPEG blocks, each where measured.

    The scene's sharpness is that of the ground and things in the rows about the feet, which are as far away as the
    person. Colours of fully opaque pixels change by these alone, in this order: the air between camera and person; the
    light that the scene's lens takes towards the corners; the streak of a moving camera, or else a blur or mild
    sharpening; grey grain by brightness, then the grain of the differences between channels; the file's compression.
    Of air, lens, streak and file a note tells.

    Parameters
    ----------
    blur_limit : float
        Largest blur (standard deviation) as a share of the stature. 0.0018: a person 1,000 pixels tall gets 1.8 pixels
        at most. The person is the subject, and a defocused scene may have been shot for its blur.
    sharpen : float
        Largest amount of unsharp masking for people whose photo was enlarged; 0 never sharpens.
    grain : float
        Factor on the missing grain; 0 adds none.
    grain_limit : float
        Largest spread of added grain, in roots of linear values. 0.02 is about 5 of 255.
    haze : float
        Factor on the scattering of the scene's air, where it is measured; 0 keeps the person clear.
    vignette : float
        Factor on the fall-off of the scene's light towards the corners, where it is measured; 0 never darkens.
    streak_limit : float
        Longest streak by a moving camera, as a share of the stature; 0 draws none.
    jpeg_quality : float
        The person is compressed like the scene where the scene's quality, from 1 to 100, is at most this; 0 never. 80:
        see `benchmarks/optics.py`.

    References
    ----------
    S. Zhuo, T. Sim, Pattern Recognition 44 (2011) (edge width); J. Immerkaer, CVIU 64 (1996) (noise).
    """

    blur_limit: float = 0.0018
    sharpen: float = 0.5
    grain: float = 1.0
    grain_limit: float = 0.02
    haze: float = 1.0
    vignette: float = 1.0
    streak_limit: float = 0.015
    jpeg_quality: float = 80.0

    def __post_init__(self) -> None:
        for name, most in MOST.items():
            if not 0 <= getattr(self, name) <= most:
                raise InputError(f"optics {name}: wanted 0 to {most:g}, got {getattr(self, name)}")

    def __call__(self, layers: Layers, seed: int) -> Layers:
        """New foreground and, where it was blurred, alpha; nothing outside the person's box is touched."""
        box = box_of(layers.alpha)
        if box is None:
            return layers
        layers = self._darkened(self._hazed(layers, box), box)
        about = scene_tiles(layers, _around(layers), TILES)
        scene_noise, person_noise = measure_noise(about), measure_noise(person_tiles(layers, box, TILES))
        streak = self._streak(layers)
        if streak is None:
            layers, box = self._focused(layers, box, scene_noise, person_noise)
        else:
            layers, box = _drawn(layers, box, streak)
        if self.grain > 0:
            layers = self._coloured(self._grained(layers, box, scene_noise, seed), box, seed)
        return self._compressed(layers, box)

    def _hazed(self, layers: Layers, box: Box) -> Layers:
        """The layers with the scene's air before the person, where the scene is seen to be hazy."""
        camera, standable, distance_m = layers.camera, layers.standable, layers.distance_m
        if self.haze == 0 or camera is None or standable is None or distance_m is None:
            return layers
        haze = remembered(layers.background, measure_haze, camera, standable)
        left = 1.0 if haze is None else haze.left(self.haze * distance_m)
        if haze is None or 1 - left < LEAST_AIR:
            return layers
        x0, y0, x1, y1 = box
        air = layers.foreground.new_tensor((1 - left) * haze.air_rgb)[:, None, None]
        part = left * layers.foreground[:, y0:y1, x0:x1] + air
        note = f"hazy like the scene {distance_m:.0f} m away: {left:.0%} of the person's own light comes through"
        return _noted(_with_foreground(layers, box, part), note)

    def _darkened(self, layers: Layers, box: Box) -> Layers:
        """The layers with the light that the scene's lens leaves at the person's place."""
        falloff = remembered(layers.background, measure_falloff) if self.vignette > 0 else None
        if falloff is None:
            return layers
        inside = _moved(box, layers.window_xyxy[:2])
        left = light_left(self.vignette * falloff, inside, size_hw(layers.background))
        if left.min() > 1 - LEAST_DARKENING:
            return layers
        x0, y0, x1, y1 = box
        part = layers.foreground[:, y0:y1, x0:x1] * layers.foreground.new_tensor(left)
        note = f"darkened as the scene's lens does at that place: {-math.log2(float(left.mean())):.1f} stops"
        return _noted(_with_foreground(layers, box, part), note)

    def _streak(self, layers: Layers) -> Streak | None:
        """The scene's streak, as long as it may be at most; None where there is none, or it is not seen."""
        if self.streak_limit == 0:
            return None
        streak = remembered(layers.background, _whole_streak)
        if streak is None:
            return None
        return replace(streak, length_px=min(streak.length_px, self.streak_limit * layers.stature_px))

    def _compressed(self, layers: Layers, box: Box) -> Layers:
        """The layers compressed like the scene, where that is seen."""
        compression = remembered(layers.background, measure_compression) if self.jpeg_quality > 0 else None
        if compression is None or compression.quality > self.jpeg_quality:
            return layers
        note = f"compressed like the scene: JPEG quality {compression.quality:.0f}"
        return _noted(with_blocks(layers, box, compression), note)

    def _grained(self, layers: Layers, box: Box, scene_noise: Noise | None, seed: int) -> Layers:
        """The layers with the grain of brightness that the person lacks."""
        if scene_noise is None:
            return layers
        person_noise = measure_noise(person_tiles(layers, box, TILES))
        if person_noise is None:  # too little of the person to measure
            return layers
        missing = missing_noise(scene_noise, person_noise, self.grain_limit / self.grain)
        missing = Noise(missing.fine * self.grain, missing.coarse * self.grain)
        if max(missing.fine.max(), missing.coarse.max()) < LEAST_GRAIN:
            return layers
        x0, y0, x1, y1 = box
        return _with_foreground(layers, box, add_grain(layers.foreground[:, y0:y1, x0:x1], missing, seed))

    def _coloured(self, layers: Layers, box: Box, seed: int) -> Layers:
        """The layers with the grain of colour that the person lacks."""
        scene = colour_noise(layers.background, None, _around(layers), TILES)
        person = colour_noise(layers.foreground, solid(layers), box, TILES)
        if scene is None or person is None:
            return layers
        missing = self.grain * np.sqrt(np.maximum(scene**2 - person**2, 0)).clip(0, self.grain_limit / self.grain)
        if missing.max() < LEAST_GRAIN:
            return layers
        x0, y0, x1, y1 = box
        # Another seed than that of the grey grain, or both would be made of the same numbers.
        part = add_colour_grain(layers.foreground[:, y0:y1, x0:x1], missing, seed + 1)
        return _with_foreground(layers, box, part)

    def _focused(
        self, layers: Layers, box: Box, scene_noise: Noise | None, person_noise: Noise | None
    ) -> tuple[Layers, Box]:
        """The layers with the scene's sharpness, and the box of what is then not transparent."""
        there = _scene_blur(layers, scene_noise)
        person = edge_blur_px(person_tiles(layers, box, TILES), person_noise.typical if person_noise else 0.0)
        if there is None or person is None:
            return layers, box
        sigma = min(math.sqrt(max(there**2 - person**2, 0.0)), self.blur_limit * layers.stature_px)
        if sigma >= LEAST_BLUR_PX:
            return _blurred(layers, box, sigma)
        excess = math.sqrt(max(person**2 - (SOFTER * there) ** 2, 0.0))
        if excess < LEAST_BLUR_PX or self.sharpen == 0:
            return layers, box
        x0, y0, x1, y1 = box
        part = layers.foreground[:, y0:y1, x0:x1], layers.alpha[:, y0:y1, x0:x1]
        sharp = sharpened(*part, sigma=min(max(excess, 0.7), 2.0), amount=self.sharpen * min(1.0, excess))
        return _with_foreground(layers, box, sharp), box


def _whole_streak(background: Tensor) -> Streak | None:
    h, w = size_hw(background)
    return measure_streak(picture_tiles(background, (0, 0, w, h), 2 * TILES))


def _around(layers: Layers) -> Box:
    """The window and half a stature about it."""
    (h, w), (x0, y0, x1, y1) = size_hw(layers.background), layers.window_xyxy
    more = int(layers.stature_px / 2)
    return max(0, x0 - more), max(0, y0 - more), min(w, x1 + more), min(h, y1 + more)


def _scene_blur(layers: Layers, noise: Noise | None) -> float | None:
    """Width of the scene's edges as far away as the person, in pixels; None where there are too few edges.

    People cut off by the frame stand before everything that can be seen: for them the sharpest part of the scene.
    """
    spread = noise.typical if noise is not None else 0.0
    if layers.stands:
        return edge_blur_px(_feet_tiles(layers), spread)
    h, w = size_hw(layers.background)
    widths = [edge_blur_px([tile], spread) for tile in scene_tiles(layers, (0, 0, w, h), 2 * TILES)]
    return min((width for width in widths if width is not None), default=None)


def _feet_tiles(layers: Layers) -> list[Tile]:
    """Tiles of a band of the scene about the feet's row."""
    (h, w), (x, y), stature = size_hw(layers.background), layers.anchor_xy, layers.stature_px
    x0, x1 = max(0, int(x - 1.5 * stature)), min(w, int(x + 1.5 * stature) + 1)
    y0, y1 = max(0, int(y - 0.18 * stature)), min(h, int(y + 0.1 * stature) + 1)
    return scene_tiles(layers, (x0, y0, x1, y1), TILES) if x0 < x1 and y0 < y1 else []


def _blurred(layers: Layers, box: Box, sigma: float) -> tuple[Layers, Box]:
    """The person blurred, in a box that has grown by the blur's reach."""
    grown, open_sides = _grown(layers, box, math.ceil(3 * sigma))
    return _replaced(layers, grown, *blurred(*_part(layers, grown), sigma, open_sides)), grown


def _drawn(layers: Layers, box: Box, streak: Streak) -> tuple[Layers, Box]:
    """The person drawn along a streak, in a box that has grown by half of it."""
    grown, open_sides = _grown(layers, box, math.ceil(streak.length_px / 2) + 1)
    layers = _replaced(layers, grown, *streaked(*_part(layers, grown), streak, open_sides))
    return _noted(layers, f"blurred like the scene by a moving camera: {streak.length_px:.0f} pixels"), grown


def _part(layers: Layers, box: Box) -> tuple[Tensor, Tensor]:
    x0, y0, x1, y1 = box
    return layers.foreground[:, y0:y1, x0:x1], layers.alpha[:, y0:y1, x0:x1]


def _grown(layers: Layers, box: Box, reach: int) -> tuple[Box, tuple[bool, ...]]:
    """A box of the window with `reach` pixels more, and which of its sides are edges of the scene."""
    h, w = size_hw(layers.alpha)
    x0, y0, x1, y1 = max(0, box[0] - reach), max(0, box[1] - reach), min(w, box[2] + reach), min(h, box[3] + reach)
    window, (scene_h, scene_w) = layers.window_xyxy, size_hw(layers.background)
    open_sides = (
        x0 == 0 and window[0] == 0,
        y0 == 0 and window[1] == 0,
        x1 == w and window[2] == scene_w,
        y1 == h and window[3] == scene_h,
    )
    return (x0, y0, x1, y1), open_sides


def _replaced(layers: Layers, box: Box, foreground: Tensor, alpha: Tensor) -> Layers:
    new_alpha = layers.alpha.clone()
    new_alpha[:, box[1] : box[3], box[0] : box[2]] = alpha
    return _with_foreground(replace(layers, alpha=new_alpha), box, foreground)


def _moved(box: Box, by_xy: tuple[int, int]) -> Box:
    return box[0] + by_xy[0], box[1] + by_xy[1], box[2] + by_xy[0], box[3] + by_xy[1]


def _noted(layers: Layers, note: str) -> Layers:
    return replace(layers, notes=(*layers.notes, note))


def _with_foreground(layers: Layers, box: Box, part: Tensor) -> Layers:
    foreground = layers.foreground.clone()
    foreground[:, box[1] : box[3], box[0] : box[2]] = part
    return replace(layers, foreground=foreground)
