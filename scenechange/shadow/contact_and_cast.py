"""Contact shadow at the feet and the shadow the main light throws, together as one transmittance."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from scenechange.errors import InputError
from scenechange.shadow.cast import GroundMap, Sun, cast
from scenechange.shadow.contact import Patch, body_shade, sole_shade
from scenechange.shadow.received import shade_at, shaded
from scenechange.shadow.side import from_own_side
from scenechange.shadow.standing import Standing, standing
from scenechange.shadow.strength import (
    DISC_RAD,
    depth_rgb,
    ground_luminance,
    least_transmittance,
    light_towards,
    sun_of,
    sun_share,
    undirected_share,
)
from scenechange.shadow.wall import wall_behind
from scenechange.shadow.window import grow_window
from scenechange.types import size_hw

if TYPE_CHECKING:
    from torch import Tensor

    from scenechange.math.image import Box
    from scenechange.types import Body, Camera, Layers, Light

LEAST = 0.002
"""A shadow that takes less than this is snapped to none, so that untouched pixels stay untouched."""
FAINTEST_SHARE = 0.03
"""A main light with less than this share of the light on the ground throws no shadow one would see."""


@dataclass(frozen=True, slots=True)
class ContactAndCast:
    """Darken the ground under the soles, about the body, and along the main light.

    The light on the ground is split into a directed share, which the silhouette blocks along `Light.toward`, and the
    rest, which comes from everywhere and is blocked about the feet only.

    The rule of when to cast: a shadow is cast where the direction is known (`Light.toward_sd_deg` well below 60), and
    in a scene that is clearly sunlit (`Light.sunlit` above about 0.7) also along the best guess, because among hard
    shadows a missing one is seen first. The guess follows the scene's visible shadows as far as they were read; where
    the scene leaves left and right open, the light comes from the side on which the person is brighter. In all other
    scenes the directed share throws a soft pool about the feet, as from a wide lamp overhead.
    People who do not stand on ground inside the picture get no shadow.

    Where the chance of ground that the layers carry ends in a straight line before the shadow does, the shadow goes on
    up a wall there (`wall_behind`).

    Who stands in the scene's own shade throws no shadow, and gets what the shade leaves of the light, channel by
    channel (`shade_at`): the one thing here that changes the person.

    Parameters
    ----------
    contact : float
        Factor on the shading by soles and body; 1 as derived from their size, 0 none.
    strength : float
        Factor on the directed share; 1 as measured by the light's estimate, 0 no cast shadow and no pool.
    direction_deg : float or None
        Where the cast shadow points on the ground: 0 away from the camera, 90 to the right, 180 towards the camera.
        None: as found by `thrown`. A given direction counts as known, so it replaces the soft pool.
    softness_deg : float or None
        Standard deviation of the light's width as the ground sees it: 0.13 is the sun's disc. None: as found by
        `thrown`.
    shade : float
        Power to which the scene's shade falls on a person who stands in it; 0 never.

    References
    ----------
    J. Blinn, Me and my (fake) shadow, IEEE CG&A 8 (1988) (projected shadows); S. Zhukov, A. Iones, G. Kronin, An
    ambient light illumination model, EGWR 1998 (ambient occlusion).
    """

    contact: float = 1.0
    strength: float = 1.0
    direction_deg: float | None = None
    softness_deg: float | None = None
    shade: float = 1.0

    def __post_init__(self) -> None:
        for name in ("contact", "strength", "shade"):
            if not 0 <= getattr(self, name) <= 2:
                raise InputError(f"shadow {name}: wanted 0 to 2, got {getattr(self, name)}")
        for name, least, most in (("direction_deg", -360, 360), ("softness_deg", 0, 30)):
            given = getattr(self, name)
            if given is not None and not least <= given <= most:
                raise InputError(f"shadow {name}: wanted {least} to {most} degrees, got {given}")

    def __call__(self, layers: Layers, body: Body, camera: Camera, light: Light) -> Layers:
        """New shadow, and a larger window where it falls beyond the old one."""
        person = standing(layers, body, camera)
        if person is None:
            return layers
        light = self._light(light, layers, person)
        shade = shade_at(layers.background, person, light) if self.shade > 0 else None
        if shade is not None:
            layers = shaded(layers, shade, self.shade)
        scene_hw = size_hw(layers.background)
        soles = sole_shade(person, scene_hw, self.contact)
        overhead = min(self.strength * undirected_share(light), 1.0)
        shades = [p for p in (*soles, body_shade(person, scene_hw, self.contact, overhead)) if p is not None]
        sun = sun_of(light, person.frame)
        if self.softness_deg is not None:
            sun = replace(sun, spread=max(DISC_RAD, math.radians(self.softness_deg)))
        in_shade = shade is not None and shade.is_whole
        thrown = None if in_shade else _thrown(layers, person, light, sun, self.strength)
        boxes = [p.box_xyxy for p in shades] + ([thrown.box_xyxy] if thrown is not None else [])
        if not boxes:
            return layers
        box = _hull(boxes)
        layers = grow_window(layers, box)
        transmittance = _product(shades, box)
        if thrown is None:
            transmittance = transmittance[None]
        else:  # right at the soles nothing of either light comes in
            transmittance = thrown.applied(transmittance, _product([p for p in soles[:1] if p is not None], box), box)
        return replace(layers, shadow=_settled(transmittance, box, layers))

    def thrown(self, layers: Layers, body: Body, camera: Camera, light: Light) -> tuple[float, float] | None:
        """Direction and softness in degrees of the cast shadow that `light` throws; None for who does not stand."""
        person = standing(layers, body, camera)
        if person is None:
            return None
        sun = sun_of(from_own_side(light, layers, person.frame), person.frame)
        return math.degrees(math.atan2(*sun.along_xy)), math.degrees(sun.spread)

    def _light(self, light: Light, layers: Layers, person: Standing) -> Light:
        """The light as wished, or the scene's, from the person's own bright side where the scene leaves that open."""
        if self.direction_deg is not None:
            return light_towards(light, person.frame, self.direction_deg)
        return from_own_side(light, layers, person.frame)


@dataclass(frozen=True, slots=True, eq=False)
class _Thrown:
    """A cast shadow ready to be laid into a window.

    `blocked` ``(h, w)`` is what share of the main light is blocked in `box_xyxy` of the scene, `depth` ``(3,)`` what a
    full shadow takes of each channel; `lit` holds where the main light reaches the ground. `on_wall` ``(h, w)`` bool is
    where a wall is seen instead of ground: it faces the light that throws the shadow.
    """

    blocked: np.ndarray
    on_wall: np.ndarray | None
    lit: GroundMap
    depth: np.ndarray
    box_xyxy: Box

    def applied(self, ambient: Tensor, line: Tensor, window: Box) -> Tensor:
        """``(3, h, w)`` transmittance of both lights in a window of the scene.

        With directed share D, ``S = (1 - D) ambient + D line (1 - blocked)``.
        """
        import torch

        x0, y0, x1, y1 = self.box_xyxy
        inner = (slice(y0 - window[1], y1 - window[1]), slice(x0 - window[0], x1 - window[0]))
        gap = line - ambient
        gap[inner] -= line[inner] * torch.from_numpy(self.blocked)
        lit = torch.from_numpy(self.lit.seen_in(window, outside=1.0))
        if self.on_wall is not None:
            lit[inner][torch.from_numpy(self.on_wall)] = 1.0
        gap *= lit
        out = torch.empty(3, *ambient.shape)
        for channel, depth in zip(out, self.depth, strict=True):
            torch.add(ambient, gap, alpha=float(depth), out=channel)
        return out


def _thrown(layers: Layers, person: Standing, light: Light, sun: Sun, strength: float) -> _Thrown | None:
    """The cast shadow; None where the light has no direction to speak of, or the shadow leaves the picture."""
    share = min(strength * sun_share(light, person.frame), 0.97)
    if share < FAINTEST_SHARE:
        return None
    ground = ground_luminance(layers.background, person.frame, person.height_m)
    share = min(share, 1 - least_transmittance(layers.background, ground.at_feet))
    window = layers.window_xyxy
    cells = int(np.clip(max(window[2] - window[0], window[3] - window[1]), 96, 512))
    shadow = cast(person, sun, cells)
    scene_hw = size_hw(layers.background)
    wall = None if layers.standable is None else wall_behind(layers.standable, person, sun, scene_hw)
    bent = None if wall is None else wall.bent(shadow, person.frame, sun)
    parts = [part.box() for part in (shadow, bent) if part is not None]
    boxes = [_inside(box, scene_hw) for box in parts if box is not None]
    boxes = [box for box in boxes if box[0] < box[2] and box[1] < box[3]]
    if not boxes or share < FAINTEST_SHARE:
        return None
    box = _hull(boxes)
    blocked, on_wall = shadow.seen_in(box, outside=0.0), None
    if wall is not None and bent is not None:
        on_wall = wall.is_beyond(person.frame, sun, box)
        blocked = np.where(on_wall, bent.seen_in(box, outside=0.0), blocked)
    lit = GroundMap(ground.lit(1 - share), ground.image_from_map)
    return _Thrown(blocked, on_wall, lit, depth_rgb(light, share), box)


def _inside(box: tuple[float, float, float, float], scene_hw: tuple[int, int]) -> Box:
    """The whole pixels of a box that lie in the scene; empty where it lies beside."""
    h, w = scene_hw
    return max(0, int(box[0]) - 1), max(0, int(box[1]) - 1), min(w, int(box[2]) + 2), min(h, int(box[3]) + 2)


def _product(patches: list[Patch], window: Box) -> Tensor:
    """``(h, w)`` product of patches that lie inside a window, 1 elsewhere."""
    import torch

    out = torch.ones(window[3] - window[1], window[2] - window[0])
    for patch in patches:
        x0, y0, x1, y1 = patch.box_xyxy
        out[y0 - window[1] : y1 - window[1], x0 - window[0] : x1 - window[0]] *= torch.from_numpy(patch.visible)
    return out


def _settled(transmittance: Tensor, box: Box, layers: Layers) -> Tensor:
    """Shadow of the whole window from a transmittance ``(C, h, w)`` in a box of the scene, in [0, 1].

    None on what stands in front, and none where one would not see it.
    """
    import torch

    x0, y0 = layers.window_xyxy[:2]
    part = (slice(None), slice(box[1] - y0, box[3] - y0), slice(box[0] - x0, box[2] - x0))
    occlusion = layers.occlusion[part]
    if float(occlusion.min()) < 1:
        transmittance = 1 - (1 - transmittance) * occlusion
    shadow = torch.ones(transmittance.shape[0], *layers.alpha.shape[1:])
    inside = shadow[part]
    inside.copy_(transmittance).clamp_min_(0.0)
    inside.masked_fill_(inside > 1 - LEAST, 1.0)
    return shadow


def _hull(boxes: list[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)
