"""Prepared values at screen size, so that moving and tuning answer at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from scenechange.math.image import fit_within, resize
from scenechange.types import Camera, Composite, Cutout, Occluder, Photo, Scene, Subject, size_hw

SCREEN_GAMMA = 2.2
Prepared = TypeVar("Prepared", Photo, Subject, Scene)


def preview(prepared: Prepared, long_side: int = 1024) -> Prepared:
    """The same photo, subject or scene with at most `long_side` pixels on the longer side of its photo.

    Pixels are area means in linear light; cameras, key points and sizes are scaled with them. A placement made on a
    preview scene is multiplied by ``scene.photo.size_hw[1] / preview.photo.size_hw[1]`` for the full picture.
    """
    old_hw = prepared.size_hw if isinstance(prepared, Photo) else prepared.photo.size_hw
    new_hw = fit_within(old_hw, long_side)
    if new_hw == old_hw:
        return prepared
    factor = new_hw[1] / old_hw[1]
    if isinstance(prepared, Photo):
        small: Any = _photo(prepared, new_hw, factor)
        return small
    photo, camera = _photo(prepared.photo, new_hw, factor), _camera(prepared.camera, new_hw, factor)
    if isinstance(prepared, Scene):
        occluders = tuple(_occluder(occluder, new_hw, factor) for occluder in prepared.ground.occluders)
        ground = replace(prepared.ground, occluders=occluders)
        scene: Any = Scene(photo, camera, ground, prepared.light)
        return scene
    body = prepared.body
    body = replace(
        body,
        keypoints=body.keypoints * np.array([factor, factor, 1.0]),
        stature_px=body.stature_px * factor,
        stature_sd_px=body.stature_sd_px * factor,
        feet_xy=body.feet_xy * factor,
        head_xy=(body.head_xy[0] * factor, body.head_xy[1] * factor),
    )
    return replace(prepared, photo=photo, camera=camera, body=body, cutout=_cutout(prepared.cutout, new_hw, factor))


def _photo(photo: Photo, new_hw: tuple[int, int], factor: float) -> Photo:
    alpha = None if photo.alpha is None else resize(photo.alpha, new_hw)
    return replace(photo, rgb=resize(photo.rgb, new_hw), alpha=alpha, f_px=photo.f_px and photo.f_px * factor)


def _camera(camera: Camera, new_hw: tuple[int, int], factor: float) -> Camera:
    horizon_sd_px = camera.horizon_sd_px and camera.horizon_sd_px * factor
    return replace(
        camera,
        size_hw=new_hw,
        f_px=camera.f_px * factor,
        f_sd_px=camera.f_sd_px * factor,
        horizon_sd_px=horizon_sd_px,
    )


def _occluder(occluder: Occluder, new_hw: tuple[int, int], factor: float) -> Occluder:
    (x, y), small_hw = _fitted(occluder.offset_xy, size_hw(occluder.mask), new_hw, factor)
    x0, y0, x1, y1 = occluder.base_xyxy
    base = x0 * factor, y0 * factor, x1 * factor, y1 * factor
    return replace(occluder, mask=resize(occluder.mask[None], small_hw)[0], offset_xy=(x, y), base_xyxy=base)


def _fitted(
    offset_xy: tuple[int, int], old_hw: tuple[int, int], new_hw: tuple[int, int], factor: float
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Offset and size of a crop in the smaller photo."""
    x, y = (min(round(o * factor), n - 1) for o, n in zip(offset_xy, (new_hw[1], new_hw[0]), strict=True))
    return (x, y), (
        max(1, min(round(old_hw[0] * factor), new_hw[0] - y)),
        max(1, min(round(old_hw[1] * factor), new_hw[1] - x)),
    )


def _cutout(cutout: Cutout, new_hw: tuple[int, int], factor: float) -> Cutout:
    (x, y), small_hw = _fitted(cutout.offset_xy, size_hw(cutout.alpha), new_hw, factor)
    alpha = resize(cutout.alpha, small_hw)
    premultiplied = resize(cutout.foreground * cutout.alpha, small_hw)
    plain = resize(cutout.foreground, small_hw)
    foreground = (premultiplied / alpha.clamp_min(1e-4)).where(alpha > 1e-3, plain).clamp(0, 1)
    return Cutout(foreground, alpha, (x, y), new_hw)


def live_layers(composite: Composite) -> tuple[Cutout, Cutout]:
    """Person and shadow of a picture as two layers that a screen can move before the exact picture is there.

    Both have the size of ``layers.window_xyxy``. The shadow is black whose opacity gives, in a screen's own encoded
    values, about the darkening that its transmittance gives in linear light.
    """
    layers = composite.layers
    window_hw = size_hw(layers.alpha)
    person = Cutout(layers.foreground, layers.alpha * layers.occlusion, (0, 0), window_hw)
    dark = 1 - layers.shadow.mean(0, keepdim=True).clamp(0, 1) ** (1 / SCREEN_GAMMA)
    return person, Cutout(layers.foreground.new_zeros((3, *window_hw)), dark, (0, 0), window_hw)
