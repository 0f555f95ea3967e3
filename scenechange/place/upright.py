"""An upright person on the scene's ground plane: size from the horizon and the camera's height at the feet."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from scenechange.errors import InputError
from scenechange.math.geometry import SURELY_RAISED, ground_distance_m, similarity, stature_px, transform, up_vector
from scenechange.math.image import Box, warp_rgba
from scenechange.place.edge import edge_spot
from scenechange.place.front import in_front, visible, with_things
from scenechange.place.keystone import with_keystone
from scenechange.place.perspective import perspective_gap, warning
from scenechange.place.spot import Spot, Wish
from scenechange.place.suggest import Suggestion, suggest
from scenechange.place.surroundings import look_around
from scenechange.types import Camera, Layers, Placement, Scene, Subject, size_hw

MOST_HIDDEN = 0.5
"""Share of the person behind things of the scene from which it is told."""
AT_THE_EDGE = 0.01
"""Share of the picture's height below its lower edge that still means the edge itself: who is cut there stays cut."""
LEVELS_NOTE = "levels: somebody in the scene stands higher (stairs, a slope); away from the lower ground, set the size"
"""Told to who is stood where not all ground is one plane."""
MARGIN_PX = 6
"""Room about the person in the window, so that a later softening finds its tails inside."""


@dataclass(frozen=True, slots=True)
class Upright:
    """Stand the person on the ground plane, plumb, at the size the scene's camera would give them there.

    People whose legs the frame cuts off keep the cut at the frame's lower edge; so does everybody where the scene
    shows no ground to stand on, or where the horizon is too uncertain to tell a size on it.

    Parameters
    ----------
    share : float
        Wanted height of a standing person as a share of the picture's height where nothing else decides. 0.52:
        large enough to be the subject, small enough to show the place.
    tilt_limit_deg : float
        Largest rotation that is applied to make the person plumb. Errors of a calibration beyond this are likelier
        than such a lean.
    enlarge_limit : float
        A spot that would enlarge the subject's pixels by more than this is avoided.
    keystone : bool
        Whether upright lines of a standing person are made to converge like those of the scene, where both pitches are
        known to 4 degrees. A face is stretched by 3 % at most, and head and feet change against each other by 8 %.

    References
    ----------
    A. Criminisi, I. Reid, A. Zisserman, Single View Metrology, IJCV 40 (2000).
    """

    share: float = 0.52
    tilt_limit_deg: float = 8.0
    enlarge_limit: float = 1.6
    keystone: bool = True

    def __post_init__(self) -> None:
        if not 0.05 <= self.share <= 2:
            raise InputError(f"place share: wanted 0.05 to 2 of the picture's height, got {self.share}")
        if not 0 <= self.tilt_limit_deg <= 45:
            raise InputError(f"place tilt_limit_deg: wanted 0 to 45, got {self.tilt_limit_deg}")

    def __call__(self, subject: Subject, scene: Scene, placement: Placement) -> Layers:
        """The person warped into a window of the scene; colour untouched, no shadow yet."""
        spot = self._spot(subject, scene, placement)
        rotate = placement.rotate_deg + self._plumb_deg(subject, scene.camera, spot, bool(placement.flip))
        scale = spot.stature_px * placement.scale / subject.body.stature_px
        if spot.cut:  # a turned cut edge must not rise above what hides it
            lower = abs(math.sin(math.radians(rotate))) * scale * size_hw(subject.cutout.alpha)[1]
            spot = replace(spot, subject_xy=(spot.subject_xy[0], spot.subject_xy[1] - lower / scale))
        scene_from_subject = similarity(scale, rotate, spot.subject_xy, spot.scene_xy, bool(placement.flip))
        if self.keystone and spot.stands:
            scene_from_subject = with_keystone(subject, scene, scene_from_subject)
        notes = list(spot.notes)
        if scale > self.enlarge_limit:
            notes.append(f"the person's photo is enlarged {scale:.1f} times and may look soft")
        if spot.stands and scene.camera.raised >= SURELY_RAISED:
            notes.append(LEVELS_NOTE)
        said = warning(perspective_gap(subject, scene, scene_from_subject))
        if said is not None:
            notes.append(said)
        if spot.stands and subject.body.posture != "standing":
            held = {"seated": "sits", "lying": "lies"}[subject.body.posture]
            notes.append(f"posture: the person {held}; set them on something to do that on, or take another photo")
        layers = _layers(subject, scene, scene_from_subject, spot, placement.scale, tuple(notes))
        height_m = placement.height_m or subject.body.height_m
        return replace(layers, camera=scene.camera, distance_m=_distance_m(layers, scene.camera, height_m))

    def suggest(
        self,
        subject: Subject,
        scene: Scene,
        placement: Placement,
        count: int = 3,
        beside: tuple[tuple[float, float], ...] = (),
    ) -> tuple[Suggestion, ...]:
        """The best places, unlike each other, best first, each with its reasons; `placement` gives all but the place.

        The first is the one that is taken where no place is given. `beside` are feet of others to stand with.
        """
        if count < 1:
            raise InputError(f"suggest count: wanted 1 or more, got {count}")
        return suggest(scene, look_around(scene), subject, self._wish(subject, placement), placement, count, beside)

    def _wish(self, subject: Subject, placement: Placement) -> Wish:
        return Wish(placement.height_m or subject.body.height_m, self.share, self.enlarge_limit, placement.scale)

    def _spot(self, subject: Subject, scene: Scene, placement: Placement) -> Spot:
        wish = self._wish(subject, placement)
        if len(subject.body.feet_xy) == 0:
            return edge_spot(subject, scene, wish, placement)
        feet_xy = (float(subject.body.feet_xy[:, 0].mean()), float(subject.body.feet_xy[:, 1].mean()))
        at_xy = placement.at_xy
        if at_xy is None or 0 <= at_xy[1] - (scene.photo.size_hw[0] - 1) <= AT_THE_EDGE * scene.photo.size_hw[0]:
            around = look_around(scene)
            best = suggest(scene, around, subject, wish, placement, 1)[0]
            if not best.stands or best.placement.at_xy is None:
                return edge_spot(subject, scene, wish, placement, around)
            at_xy = at_xy or best.placement.at_xy
        size = stature_px(scene.camera, at_xy, wish.height_m)
        scene_h = scene.photo.size_hw[0]
        if size is not None and size <= 4 * scene_h:
            return Spot(feet_xy, at_xy, size, True)
        note = "the place lies above the horizon, where no ground is: the size is a guess, use --scale to set it"
        return Spot(feet_xy, at_xy, self.share * scene_h, False, (note,))

    def _plumb_deg(self, subject: Subject, camera: Camera, spot: Spot, flip: bool) -> float:
        """Clockwise turn that takes the subject's plumb line at the feet to the scene's."""
        own = _plumb_angle_deg(subject.camera, spot.subject_xy) * (-1 if flip else 1)
        there = _plumb_angle_deg(camera, spot.scene_xy)
        return float(np.clip(there - own, -self.tilt_limit_deg, self.tilt_limit_deg))


def _plumb_angle_deg(camera: Camera, xy: tuple[float, float]) -> float:
    """Clockwise angle in degrees from "up" in the picture to where up points at pixel `xy`."""
    cx, cy = camera.centre_xy
    up = up_vector(camera.pitch_deg, camera.roll_deg)
    # Image motion of the point at xy when it moves along `up`: derivative of the projection.
    dx = up[0] - up[2] * (xy[0] - cx) / camera.f_px
    dy = up[1] - up[2] * (xy[1] - cy) / camera.f_px
    return math.degrees(math.atan2(dx, -dy))


def _layers(
    subject: Subject, scene: Scene, scene_from_subject: np.ndarray, spot: Spot, scale: float, notes: tuple[str, ...]
) -> Layers:
    import torch

    cutout = subject.cutout
    window = _window(cutout.offset_xy, size_hw(cutout.alpha), scene_from_subject, scene.photo.size_hw)
    if window is None:
        raise InputError(
            f"the person would lie outside the picture with the feet at {tuple(round(v) for v in spot.scene_xy)}: "
            f"wanted a place inside {scene.photo.size_hw[1]}x{scene.photo.size_hw[0]} pixels"
        )
    things = in_front(scene.ground.occluders, spot.foot_xy(scale))
    if things:
        window = with_things(window, things, spot.stature_px * scale, scene.photo.size_hw)
    subject_from_cutout = similarity(1.0, 0.0, (0.0, 0.0), cutout.offset_xy)
    scene_from_cutout = scene_from_subject @ subject_from_cutout
    foreground, alpha = warp_rgba(cutout.foreground, cutout.alpha, scene_from_cutout, window)
    seen = visible(things, window)
    hidden = 1 - float((alpha * seen).sum() / alpha.sum().clamp_min(1e-6))
    if hidden > MOST_HIDDEN:
        notes = (*notes, f"{hidden:.0%} of the person is hidden behind what stands in front; --occlude none shows all")
    return Layers(
        background=scene.photo.rgb,
        foreground=foreground,
        alpha=alpha,
        shadow=torch.ones_like(alpha),
        occlusion=seen,
        window_xyxy=window,
        scene_from_subject=scene_from_subject,
        anchor_xy=spot.scene_xy,
        stature_px=spot.stature_px * scale,
        stands=spot.stands,
        notes=notes,
        standable=scene.ground.standable,
    )


def _distance_m(layers: Layers, camera: Camera, height_m: float) -> float:
    """How far away the feet are; of who is cut off, how far somebody of that height is who is as large."""
    on_ground = ground_distance_m(camera, layers.anchor_xy) if layers.stands else None
    return on_ground if on_ground else camera.f_px * height_m / layers.stature_px


def _window(
    offset_xy: tuple[int, int], cut_hw: tuple[int, int], scene_from_subject: np.ndarray, scene_hw: tuple[int, int]
) -> Box | None:
    """Box of the warped crop inside the scene, with a margin; None where nothing is left."""
    (h, w), (x, y) = cut_hw, offset_xy
    corners = np.array([[x, y], [x + w - 1, y], [x, y + h - 1], [x + w - 1, y + h - 1]], float)
    mapped = transform(scene_from_subject, corners)
    low, high = np.floor(mapped.min(0)) - MARGIN_PX, np.ceil(mapped.max(0)) + MARGIN_PX + 1
    x0, y0 = max(int(low[0]), 0), max(int(low[1]), 0)
    x1, y1 = min(int(high[0]), scene_hw[1]), min(int(high[1]), scene_hw[0])
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None
