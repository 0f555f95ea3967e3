"""The nouns: every value that passes between two rooms.

Tensors are torch float32 ``(C, H, W)``, linear light, Rec. 709 primaries, D65 white, [0, 1], no batch axis. Pixel
centres lie at integers, x to the right, y down. Values are frozen: make a new one with `dataclasses.replace`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

from scenechange.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

_T = TypeVar("_T")


@dataclass_transform(eq_default=False, frozen_default=True, field_specifiers=(field,))
def value(kind: type[_T]) -> type[_T]:
    """A frozen dataclass with slots, compared by identity (tensors have no single truth)."""
    return dataclass(frozen=True, slots=True, eq=False)(kind)


EDGES = frozenset({"left", "top", "right", "bottom"})


def _check_tensor(name: str, tensor: Tensor, channels: int | None) -> None:
    """Raise `InputError` unless `tensor` is float32 ``(channels, H, W)`` (``(H, W)`` where channels is None)."""
    import torch

    wanted = "(H, W)" if channels is None else f"({channels}, H, W)"
    if not isinstance(tensor, torch.Tensor):
        raise InputError(f"{name}: wanted a torch float32 tensor {wanted}, got {type(tensor).__name__}")
    right_shape = tensor.ndim == 2 if channels is None else tensor.ndim == 3 and tensor.shape[0] == channels
    if tensor.dtype != torch.float32 or not right_shape:
        raise InputError(f"{name}: wanted float32 {wanted}, got {tensor.dtype} {tuple(tensor.shape)}")
    if min(tensor.shape[-2:]) < 1:
        raise InputError(f"{name}: wanted at least one pixel, got {tuple(tensor.shape)}")


def _check_finite(name: str, *numbers: float | None) -> None:
    if any(n is not None and not math.isfinite(n) for n in numbers):
        raise InputError(f"{name}: wanted finite numbers, got {numbers}")


def size_hw(tensor: Tensor) -> tuple[int, int]:
    """Height and width in pixels of a ``(..., H, W)`` tensor."""
    return int(tensor.shape[-2]), int(tensor.shape[-1])


@value
class Capture:
    """When and where a photo was taken. Used only as a prior for light; never written out."""

    # repr=False: a value that is printed or logged by chance must not tell where somebody was.
    taken_at: datetime | None = field(default=None, repr=False)
    latitude_deg: float | None = field(default=None, repr=False)
    longitude_deg: float | None = field(default=None, repr=False)
    heading_deg: float | None = field(default=None, repr=False)
    ev100: float | None = field(default=None, repr=False)  # exposure value at ISO 100: 15 in full sun, 12 under clouds


@value
class Photo:
    """A photo as light: upright, linear, Rec. 709.

    Attributes
    ----------
    rgb : Tensor
        ``(3, H, W)`` linear light in [0, 1]. Where the file was transparent, laid over white.
    f_px : float or None
        Focal length in pixels of this picture, from the file's metadata.
    taken : Capture or None
        Priors from the metadata.
    alpha : Tensor or None
        ``(1, H, W)`` opacity in [0, 1] where the file had transparency.
    """

    rgb: Tensor
    f_px: float | None = None
    taken: Capture | None = None
    alpha: Tensor | None = None

    def __post_init__(self) -> None:
        _check_tensor("Photo.rgb", self.rgb, 3)
        _check_finite("Photo.f_px", self.f_px)
        if self.f_px is not None and self.f_px <= 0:
            raise InputError(f"Photo.f_px: wanted a positive focal length in pixels, got {self.f_px}")
        if self.alpha is not None:
            _check_tensor("Photo.alpha", self.alpha, 1)
            if self.alpha.shape[1:] != self.rgb.shape[1:]:
                raise InputError(f"Photo.alpha: wanted size {size_hw(self.rgb)}, got {size_hw(self.alpha)}")

    @property
    def size_hw(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return size_hw(self.rgb)


@dataclass(frozen=True, slots=True)
class Stroke:
    """One stroke of a brush over the photo: what it covers belongs to the person, or does not.

    A stroke of a single point is a click: it takes the part of the picture that it points at.

    Attributes
    ----------
    points_xy : tuple of (x, y)
        The line that was drawn, in pixels of the upright photo.
    radius_px : float
        Half the width of the brush, in pixels of the photo.
    label : str
        "keep" or "drop".
    """

    points_xy: tuple[tuple[float, float], ...]
    radius_px: float
    label: str = "keep"

    def __post_init__(self) -> None:
        if not self.points_xy or any(len(point) != 2 for point in self.points_xy):
            raise InputError(f"Stroke.points_xy: wanted one point (x, y) or more, got {self.points_xy}")
        _check_finite("Stroke", *(c for point in self.points_xy for c in point), self.radius_px)
        if self.radius_px <= 0:
            raise InputError(f"Stroke.radius_px: wanted a positive number of pixels, got {self.radius_px}")
        if self.label not in ("keep", "drop"):
            raise InputError(f"Stroke.label: wanted 'keep' or 'drop', got {self.label!r}")


@value
class Prompt:
    """Who is meant: clicks, a box, or the number of a person counted from the left. Empty: the main person.

    Attributes
    ----------
    points_xy : tuple of (x, y)
        Clicked points in pixels of the upright photo.
    labels : tuple of int
        1 for "this belongs to the person", 0 for "this does not", one per point.
    box_xyxy : (x0, y0, x1, y1) or None
        Box round the person in pixels.
    person : int or None
        Number of the person, 1 is the leftmost.
    companions : tuple of int
        Numbers of further people who come along; they keep their place beside the person.
    strokes : tuple of Stroke
        What was painted over the cut-out to keep or drop parts of it, in the order in which it was painted.
    """

    points_xy: tuple[tuple[float, float], ...] = ()
    labels: tuple[int, ...] = ()
    box_xyxy: tuple[float, float, float, float] | None = None
    person: int | None = None
    companions: tuple[int, ...] = ()
    strokes: tuple[Stroke, ...] = ()

    def __post_init__(self) -> None:
        if len(self.labels) != len(self.points_xy):
            raise InputError(f"Prompt: wanted one label per point, got {len(self.points_xy)} and {len(self.labels)}")
        if any(label not in (0, 1) for label in self.labels):
            raise InputError(f"Prompt.labels: wanted 1 (foreground) or 0 (background), got {self.labels}")
        _check_finite("Prompt.points_xy", *(c for point in self.points_xy for c in point))
        if self.box_xyxy is not None:
            _check_finite("Prompt.box_xyxy", *self.box_xyxy)
            x0, y0, x1, y1 = self.box_xyxy
            if not (x0 < x1 and y0 < y1):
                raise InputError(f"Prompt.box_xyxy: wanted x0 < x1 and y0 < y1, got {self.box_xyxy}")
        if self.person is not None and self.person < 1:
            raise InputError(f"Prompt.person: wanted 1 for the leftmost person or more, got {self.person}")
        if any(isinstance(n, bool) or not isinstance(n, int) or n < 1 for n in self.companions):
            raise InputError(f"Prompt.companions: wanted numbers from 1 on, got {self.companions}")
        if any(not isinstance(stroke, Stroke) for stroke in self.strokes):
            raise InputError(f"Prompt.strokes: wanted values of Stroke, got {self.strokes}")

    @property
    def is_empty(self) -> bool:
        """Whether nobody in particular is asked for. Strokes ask for nobody: they mend whoever was found."""
        return not self.points_xy and self.box_xyxy is None and self.person is None


@value
class Mask:
    """Which pixels are the person: ``inside (H, W)`` probability in [0, 1]; `instance` counts people from the left."""

    inside: Tensor
    instance: int = 1

    def __post_init__(self) -> None:
        _check_tensor("Mask.inside", self.inside, None)


@value
class Cutout:
    """A person without surroundings, cropped to the person.

    Attributes
    ----------
    foreground : Tensor
        ``(3, h, w)`` straight (not premultiplied) linear colour.
    alpha : Tensor
        ``(1, h, w)`` opacity in [0, 1].
    offset_xy : (int, int)
        Where the crop's top left pixel lies in the photo it came from.
    source_hw : (int, int)
        Size of that photo.
    """

    foreground: Tensor
    alpha: Tensor
    offset_xy: tuple[int, int]
    source_hw: tuple[int, int]

    def __post_init__(self) -> None:
        _check_tensor("Cutout.foreground", self.foreground, 3)
        _check_tensor("Cutout.alpha", self.alpha, 1)
        if size_hw(self.foreground) != size_hw(self.alpha):
            raise InputError(f"Cutout: sizes differ, {size_hw(self.foreground)} and {size_hw(self.alpha)}")
        (h, w), (x, y) = size_hw(self.alpha), self.offset_xy
        if x < 0 or y < 0 or x + w > self.source_hw[1] or y + h > self.source_hw[0]:
            raise InputError(f"Cutout: crop {w}x{h} at {self.offset_xy} leaves the photo of size {self.source_hw}")


@value
class Body:
    """What was measured on the person, in pixels of the subject's photo.

    Attributes
    ----------
    keypoints : ndarray
        ``(K, 3)`` x px, y px, confidence in [0, 1]; BlazePose order (K = 33), or ``(0, 3)`` where no pose was found.
    height_m, height_sd_m : float
        Standing height of the person in metres, and its standard deviation.
    stature_px, stature_sd_px : float
        How many pixels tall the whole person would stand upright in this photo, also where the frame cuts the legs off.
    feet_xy : ndarray
        ``(N, 2)`` lowest contact points; N = 0 where the feet are out of the picture.
    head_xy : (float, float)
        Top of the head.
    head_yaw_deg : float
        Where the face points: 0 into the camera, positive to the right of the picture.
    cropped_at : frozenset of str
        Edges of the photo that cut the person: subset of {"left", "top", "right", "bottom"}.
    view_rise_deg, view_rise_sd_deg : float
        Angle at which the body says that the camera saw it: positive looking up at the person; sd 90 is "not known".
    posture : str
        "standing", "seated" or "lying".
    front_foot : str or None
        "left" or "right", the person's own, where one foot is nearer to the camera.
    """

    keypoints: np.ndarray
    height_m: float
    height_sd_m: float
    stature_px: float
    stature_sd_px: float
    feet_xy: np.ndarray
    head_xy: tuple[float, float]
    head_yaw_deg: float = 0.0
    cropped_at: frozenset[str] = frozenset()
    view_rise_deg: float = 0.0
    view_rise_sd_deg: float = 90.0
    posture: str = "standing"
    front_foot: str | None = None

    def __post_init__(self) -> None:
        if self.keypoints.ndim != 2 or self.keypoints.shape[1] != 3:
            raise InputError(f"Body.keypoints: wanted (K, 3), got {self.keypoints.shape}")
        if self.feet_xy.ndim != 2 or self.feet_xy.shape[1] != 2:
            raise InputError(f"Body.feet_xy: wanted (N, 2), got {self.feet_xy.shape}")
        if not self.cropped_at <= EDGES:
            raise InputError(f"Body.cropped_at: wanted a subset of {sorted(EDGES)}, got {sorted(self.cropped_at)}")
        if self.height_m <= 0 or self.stature_px <= 0:
            raise InputError(f"Body: wanted positive heights, got {self.height_m} m and {self.stature_px} px")


@value
class Camera:
    """How a photo was taken: a pinhole at a height above level ground; each number with a standard deviation.

    Attributes
    ----------
    size_hw : (int, int)
        Size of the picture in pixels.
    f_px : float
        Focal length in pixels; the principal point is the picture's centre.
    pitch_deg : float
        Positive: the camera looks up, and the horizon lies below the centre.
    roll_deg : float
        Positive: the camera is turned clockwise as its holder sees it, and the horizon rises to the right.
    height_m : float
        Height of the camera above the ground.
    f_sd_px, pitch_sd_deg, roll_sd_deg, height_sd_m : float
        Standard deviations.
    evidence : tuple of str
        Where the numbers come from, in words ("exif focal length", "vanishing points from 83 lines", "prior").
    horizon_sd_px : float or None
        Standard deviation of the horizon's row at the middle column, if known better than from pitch and f_px.
    rulers : int
        How many people in the picture told the height.
    raised : float
        Probability that somebody in the picture stands higher than the ground of this camera, as on stairs.
    """

    size_hw: tuple[int, int]
    f_px: float
    pitch_deg: float
    roll_deg: float
    height_m: float
    f_sd_px: float
    pitch_sd_deg: float
    roll_sd_deg: float
    height_sd_m: float
    evidence: tuple[str, ...] = ()
    horizon_sd_px: float | None = None
    rulers: int = 0
    raised: float = 0.0

    def __post_init__(self) -> None:
        numbers = (self.f_px, self.pitch_deg, self.roll_deg, self.height_m)
        _check_finite("Camera", *numbers, self.f_sd_px, self.pitch_sd_deg, self.roll_sd_deg, self.height_sd_m)
        _check_finite("Camera", self.horizon_sd_px, self.raised)
        if self.f_px <= 0 or self.height_m <= 0 or abs(self.pitch_deg) >= 90:
            raise InputError(f"Camera: wanted f > 0, height > 0, |pitch| < 90, got {numbers}")

    @property
    def centre_xy(self) -> tuple[float, float]:
        """Principal point in pixels."""
        return (self.size_hw[1] - 1) / 2, (self.size_hw[0] - 1) / 2

    @property
    def vfov_deg(self) -> float:
        """Vertical field of view in degrees."""
        return 2 * math.degrees(math.atan(self.size_hw[0] / 2 / self.f_px))

    @property
    def horizon_spread_px(self) -> float:
        """Standard deviation in pixels of the horizon's row: `horizon_sd_px`, or what pitch alone leaves open."""
        if self.horizon_sd_px is not None:
            return self.horizon_sd_px
        return self.f_px * math.tan(math.radians(min(self.pitch_sd_deg, 60.0)))

    def horizon_y(self, x: float) -> float:
        """Row in pixels at which the horizon crosses column `x`; may lie outside the picture."""
        roll, pitch = math.radians(self.roll_deg), math.radians(self.pitch_deg)
        cx, cy = self.centre_xy
        return cy + (self.f_px * math.tan(pitch) - (x - cx) * math.sin(roll)) / math.cos(roll)


@value
class Light:
    """Illumination of a photo.

    Attributes
    ----------
    toward : (float, float, float)
        Unit vector towards the main light in the camera's frame: x right, y down, z forward.
    toward_sd_deg : float
        Standard deviation of that direction; 60 and more means "not known".
    cct_k, cct_sd_k : float
        Correlated colour temperature in kelvin.
    level, level_sd : float
        Linear value of a white matt surface lit by everything.
    ambient_ratio, ambient_sd : float
        Share of diffuse light on the ground, 0 (sun in space) to 1 (overcast).
    sh : ndarray
        ``(9, 3)`` spherical-harmonics irradiance in the camera's frame, linear RGB.
    evidence : tuple of str
        Where the numbers come from, in words.
    sunlit : float
        Probability that one small source, mostly the sun, throws hard shadows here. 0: not known to.
    shade_rgb : (float, float, float) or None
        Share of the light, per channel, that the scene's own shadows leave on the ground. None: no shadow was measured.
    """

    toward: tuple[float, float, float]
    toward_sd_deg: float
    cct_k: float
    cct_sd_k: float
    level: float
    level_sd: float
    ambient_ratio: float
    ambient_sd: float
    sh: np.ndarray
    evidence: tuple[str, ...] = ()
    sunlit: float = 0.0
    shade_rgb: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        _check_finite("Light", *self.toward, self.cct_k, self.level, self.ambient_ratio, *(self.shade_rgb or ()))
        if abs(math.hypot(*self.toward) - 1) > 1e-3:
            raise InputError(f"Light.toward: wanted a unit vector, got {self.toward}")
        if not 0 <= self.ambient_ratio <= 1:
            raise InputError(f"Light.ambient_ratio: wanted 0 to 1, got {self.ambient_ratio}")
        if not 0 <= self.sunlit <= 1:
            raise InputError(f"Light.sunlit: wanted a probability, 0 to 1, got {self.sunlit}")
        if self.shade_rgb is not None and not all(0 < share <= 1 for share in self.shade_rgb):
            raise InputError(f"Light.shade_rgb: wanted shares above 0, at most 1, got {self.shade_rgb}")
        if self.sh.shape != (9, 3):
            raise InputError(f"Light.sh: wanted (9, 3), got {self.sh.shape}")


@value
class Occluder:
    """Somebody or something of the scene that can stand in front of a person.

    Attributes
    ----------
    mask : Tensor
        ``(h, w)`` opacity in [0, 1], cropped.
    offset_xy : (int, int)
        Where the crop's top left pixel lies in the scene.
    base_xyxy : (x0, y0, x1, y1)
        Line in scene pixels on which it meets the ground, from left to right; below the picture where its foot is not
        to be seen. It hides who stands beyond.
    what : str
        "person", "thing", "top" of a table or ledge that reaches below the frame, or "given" by the user.
    """

    mask: Tensor
    offset_xy: tuple[int, int]
    base_xyxy: tuple[float, float, float, float]
    what: str = "thing"

    def __post_init__(self) -> None:
        _check_tensor("Occluder.mask", self.mask, None)
        _check_finite("Occluder.base_xyxy", *self.base_xyxy)
        if self.base_xyxy[0] > self.base_xyxy[2]:
            raise InputError(f"Occluder.base_xyxy: wanted the left end first, got {self.base_xyxy}")


@value
class Ground:
    """Where one can stand.

    Attributes
    ----------
    normal : (float, float, float)
        Unit normal of the ground plane, pointing up, in the camera's frame.
    distance_m : float
        Distance of the camera from the plane in metres.
    standable : Tensor
        ``(h, w)`` probability that one can stand there; spans the whole picture, usually at lower resolution.
    occluders : tuple of Occluder
        People and things that can hide a person who stands behind their base line.
    notes : tuple of str
        What makes one level plane doubtful ("somebody stands higher: ...", "open water: ...").
    """

    normal: tuple[float, float, float]
    distance_m: float
    standable: Tensor
    occluders: tuple[Occluder, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_tensor("Ground.standable", self.standable, None)


@value
class Placement:
    """Where the user wants the person. Every None is chosen by the placing method.

    Attributes
    ----------
    at_xy : (x, y) or None
        Where the feet go, in pixels of the scene; for people cut off below, the middle of the cut edge.
    height_m : float or None
        Real height of the person in metres.
    scale : float
        Factor on the size that was worked out, 1 = as worked out.
    flip : bool or None
        Mirror the person left to right. None: only where that brings the light to the side it comes from in the
        scene, and no letters are on the person.
    rotate_deg : float
        Extra rotation about the feet, clockwise.
    """

    at_xy: tuple[float, float] | None = None
    height_m: float | None = None
    scale: float = 1.0
    flip: bool | None = None
    rotate_deg: float = 0.0

    def __post_init__(self) -> None:
        _check_finite("Placement", *(self.at_xy or ()), self.height_m, self.scale, self.rotate_deg)
        if not 0.01 <= self.scale <= 100:
            raise InputError(f"Placement.scale: wanted 0.01 to 100, got {self.scale}")
        if self.height_m is not None and not 0.3 <= self.height_m <= 3.0:
            raise InputError(f"Placement.height_m: wanted 0.3 to 3 m, got {self.height_m}")


@value
class Layers:
    """A picture before it is flattened: ``C = a F + (1 - a) S B`` in linear light, inside `window_xyxy` of the scene.

    Attributes
    ----------
    background : Tensor
        ``(3, H, W)`` the whole scene.
    foreground, alpha : Tensor
        ``(3, h, w)`` straight colour and ``(1, h, w)`` opacity of the person, at the scene's scale.
    shadow : Tensor
        ``(1, h, w)`` or ``(3, h, w)`` transmittance on the background, 1 = no shadow.
    occlusion : Tensor
        ``(1, h, w)`` 1 where the person is visible, 0 where something of the scene stands in front.
    window_xyxy : (int, int, int, int)
        Where h and w lie in the scene: x0, y0 inclusive, x1, y1 exclusive; always inside the scene.
    scene_from_subject : ndarray
        ``(3, 3)`` homography from pixels of the subject's photo to pixels of the scene.
    anchor_xy : (float, float)
        Where the feet (or the cut edge) stand in the scene, in pixels.
    stature_px : float
        Height in pixels of the whole person in the scene.
    stands : bool
        Whether the feet touch the ground inside the picture (False: cut off below; no contact shadow).
    notes : tuple of str
        What a user should know ("cut edge moved to the lower edge of the frame").
    standable : Tensor or None
        ``(h', w')`` chance of ground over the whole scene, usually at lower resolution (`Ground.standable`). None: not
        known.
    camera : Camera or None
        The scene's camera. None: not known.
    distance_m : float or None
        How far from the camera the person stands, along the ground. None: not known.
    matched_rgb : (float, float, float)
        By what harmonizing has multiplied the light of the person, per channel, to match what is round them.
    """

    background: Tensor
    foreground: Tensor
    alpha: Tensor
    shadow: Tensor
    occlusion: Tensor
    window_xyxy: tuple[int, int, int, int]
    scene_from_subject: np.ndarray
    anchor_xy: tuple[float, float]
    stature_px: float
    stands: bool = True
    notes: tuple[str, ...] = ()
    standable: Tensor | None = None
    camera: Camera | None = None
    distance_m: float | None = None
    matched_rgb: tuple[float, float, float] = (1.0, 1.0, 1.0)

    def __post_init__(self) -> None:
        _check_finite("Layers", self.distance_m, *self.matched_rgb)
        if self.distance_m is not None and self.distance_m <= 0:
            raise InputError(f"Layers.distance_m: wanted a positive distance in metres, got {self.distance_m}")
        if self.standable is not None:
            _check_tensor("Layers.standable", self.standable, None)
        _check_tensor("Layers.background", self.background, 3)
        _check_tensor("Layers.foreground", self.foreground, 3)
        _check_tensor("Layers.alpha", self.alpha, 1)
        _check_tensor("Layers.occlusion", self.occlusion, 1)
        _check_tensor("Layers.shadow", self.shadow, int(self.shadow.shape[0]) if self.shadow.shape[0] in (1, 3) else 1)
        x0, y0, x1, y1 = self.window_xyxy
        scene_h, scene_w = scene = size_hw(self.background)
        if self.camera is not None and self.camera.size_hw != scene:
            raise InputError(f"Layers.camera: wanted one of a scene of size {scene}, got {self.camera.size_hw}")
        if not (0 <= x0 < x1 <= scene_w and 0 <= y0 < y1 <= scene_h):
            raise InputError(f"Layers.window_xyxy: {self.window_xyxy} leaves the scene of size {(scene_h, scene_w)}")
        for name in ("foreground", "alpha", "shadow", "occlusion"):
            if size_hw(getattr(self, name)) != (y1 - y0, x1 - x0):
                raise InputError(f"Layers.{name}: wanted {(y1 - y0, x1 - x0)}, got {size_hw(getattr(self, name))}")

    @property
    def background_window(self) -> Tensor:
        """``(3, h, w)`` view of the scene inside the window. Do not write into it."""
        x0, y0, x1, y1 = self.window_xyxy
        return self.background[:, y0:y1, x0:x1]


@value
class Method:
    """A method of a stage by name, with options that differ from its defaults."""

    name: str
    options: dict[str, Any] = field(default_factory=dict)


@value
class Recipe:
    """All that made a picture besides the two photos. `scenechange.recipe` turns it into JSON and back.

    Attributes
    ----------
    methods : dict
        Stage name to `Method`; stages that are not named take their default.
    prompt, place : Prompt, Placement
        Who, and where.
    seed : int
        Seed of everything random (grain).
    versions : dict
        Package name to version that made the picture; informative.
    """

    methods: dict[str, Method] = field(default_factory=dict)
    prompt: Prompt = field(default_factory=Prompt)
    place: Placement = field(default_factory=Placement)
    seed: int = 0
    versions: dict[str, str] = field(default_factory=dict)


@value
class Subject:
    """Everything that is known of the person's photo: a value that can be set into many scenes."""

    photo: Photo
    cutout: Cutout
    body: Body
    camera: Camera


@value
class Scene:
    """Everything that is known of the place: a value that can receive many people."""

    photo: Photo
    camera: Camera
    ground: Ground
    light: Light


@value
class Composite:
    """The picture: ``rgb (3, H, W)`` linear light, the layers it is made of, and the recipe that makes it again."""

    rgb: Tensor
    layers: Layers
    recipe: Recipe
    subject: Subject
    scene: Scene

    def __post_init__(self) -> None:
        _check_tensor("Composite.rgb", self.rgb, 3)
