"""What a picture tells in numbers: how tall, how far away, where the horizon is, and where sliders start."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from scenechange import registry
from scenechange.math.geometry import ground_point
from scenechange.types import value

if TYPE_CHECKING:
    from scenechange.types import Composite, Layers

KNOWN_SD_DEG = 60.0
"""A light whose direction spreads more than this is not known; the shadow is then a pool."""


@value
class Readings:
    """Numbers of one picture, for a ruler and for sliders.

    Attributes
    ----------
    height_m : float
        How tall the person appears at their place, in metres.
    distance_m : float
        How far from the camera they appear to stand.
    horizon_y : (float, float)
        Rows in pixels at which the horizon meets the picture's left and right edge.
    brightness_ev, warmth : float or None
        Stops of brightness, and of red over blue, that the harmonizing method finds for the person. None: the method
        does not tell.
    shadow_direction_deg, shadow_softness_deg : float or None
        Where the cast shadow points on the ground (0 away from the camera, 90 to the right), and its softness. None:
        no shadow, or the method does not tell.
    light_is_known : bool
        Whether the direction of the light is known well enough for a cast shadow.
    """

    height_m: float
    distance_m: float
    horizon_y: tuple[float, float]
    brightness_ev: float | None
    warmth: float | None
    shadow_direction_deg: float | None
    shadow_softness_deg: float | None
    light_is_known: bool


def take_readings(composite: Composite) -> Readings:
    """The numbers of `composite`. Places the person again and looks at colours and light: no network, about 0.1 s."""
    recipe, scene, subject = composite.recipe, composite.scene, composite.subject
    layers: Layers = registry.make("place", recipe.methods.get("place"))(subject, scene, recipe.place)
    estimated = getattr(registry.make("harmonize", recipe.methods.get("harmonize")), "estimated", None)
    correction = estimated(layers) if estimated is not None else None
    thrown_of = getattr(registry.make("shadow", recipe.methods.get("shadow")), "thrown", None)
    thrown = thrown_of(layers, subject.body, scene.camera, scene.light) if thrown_of is not None else None
    height_m, distance_m = _size(composite)
    return Readings(
        height_m=height_m,
        distance_m=distance_m,
        horizon_y=(scene.camera.horizon_y(0.0), scene.camera.horizon_y(scene.camera.size_hw[1] - 1.0)),
        brightness_ev=correction.brightness_ev if correction is not None else None,
        warmth=correction.warmth if correction is not None else None,
        shadow_direction_deg=thrown[0] if thrown is not None else None,
        shadow_softness_deg=thrown[1] if thrown is not None else None,
        light_is_known=scene.light.toward_sd_deg < KNOWN_SD_DEG,
    )


def _size(composite: Composite) -> tuple[float, float]:
    """Height and distance in metres that the picture suggests.

    For who stands on the ground the distance is that of the ground at the feet and the height follows a wish for
    another size. For who is cut off by the frame nothing ties them to the ground: the height stays, the distance moves.
    """
    camera, layers, place = composite.scene.camera, composite.layers, composite.recipe.place
    height_m = place.height_m or composite.subject.body.height_m
    foot = ground_point(camera, layers.anchor_xy) if layers.stands else None
    if foot is not None:
        return height_m * place.scale, math.hypot(*foot)
    return height_m, camera.f_px * height_m / max(layers.stature_px, 1.0)
