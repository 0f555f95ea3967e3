"""Sharpness and grain of the person made like the scene's at the place where they stand."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from scenechange.errors import InputError
from scenechange.math.image import box_of
from scenechange.optics.colour_grain import add_colour_grain, colour_noise
from scenechange.optics.grain import Noise, add_grain, measure_noise, missing_noise
from scenechange.optics.sharpness import blurred, edge_blur_px, sharpened
from scenechange.optics.tiles import Tile, person_tiles, scene_tiles, solid
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


@dataclass(frozen=True, slots=True)
class Match:
    """Blur a person who is too sharp, sharpen one who is too soft a little, and add the grain they lack.

    The scene's sharpness is that of the ground and things in the rows about the feet, which are as far away as the
    person. Colours of fully opaque pixels change by this blur or sharpening and by the grain alone: grey grain by
    brightness, then the grain of the differences between channels.

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

    References
    ----------
    S. Zhuo, T. Sim, Pattern Recognition 44 (2011) (edge width); J. Immerkaer, CVIU 64 (1996) (noise).
    """

    blur_limit: float = 0.0018
    sharpen: float = 0.5
    grain: float = 1.0
    grain_limit: float = 0.02

    def __post_init__(self) -> None:
        for name, most in (("blur_limit", 0.05), ("sharpen", 2.0), ("grain", 4.0), ("grain_limit", 0.2)):
            if not 0 <= getattr(self, name) <= most:
                raise InputError(f"optics {name}: wanted 0 to {most:g}, got {getattr(self, name)}")

    def __call__(self, layers: Layers, seed: int) -> Layers:
        """New foreground and, where it was blurred, alpha; nothing outside the person's box is touched."""
        box = box_of(layers.alpha)
        if box is None:
            return layers
        about = scene_tiles(layers, _around(layers), TILES)
        scene_noise, person_noise = measure_noise(about), measure_noise(person_tiles(layers, box, TILES))
        layers, box = self._focused(layers, box, scene_noise, person_noise)
        if self.grain == 0:
            return layers
        return self._coloured(self._grained(layers, box, scene_noise, seed), box, seed)

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
    (h, w), reach = size_hw(layers.alpha), math.ceil(3 * sigma)
    x0, y0, x1, y1 = max(0, box[0] - reach), max(0, box[1] - reach), min(w, box[2] + reach), min(h, box[3] + reach)
    window, (scene_h, scene_w) = layers.window_xyxy, size_hw(layers.background)
    open_sides = (
        x0 == 0 and window[0] == 0,
        y0 == 0 and window[1] == 0,
        x1 == w and window[2] == scene_w,
        y1 == h and window[3] == scene_h,
    )
    part = layers.foreground[:, y0:y1, x0:x1], layers.alpha[:, y0:y1, x0:x1]
    foreground, alpha = blurred(*part, sigma, open_sides)
    new_alpha = layers.alpha.clone()
    new_alpha[:, y0:y1, x0:x1] = alpha
    layers = _with_foreground(replace(layers, alpha=new_alpha), (x0, y0, x1, y1), foreground)
    return layers, (x0, y0, x1, y1)


def _with_foreground(layers: Layers, box: Box, part: Tensor) -> Layers:
    foreground = layers.foreground.clone()
    foreground[:, box[1] : box[3], box[0] : box[2]] = part
    return replace(layers, foreground=foreground)
