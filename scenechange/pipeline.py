"""The way of the photo: each stage called once, in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from scenechange import registry
from scenechange.errors import InputError
from scenechange.math.geometry import stature_px
from scenechange.matte.mend import marks_of, mend
from scenechange.person.by_camera import with_camera
from scenechange.place.mirror import is_to_be_mirrored
from scenechange.recipe import package_versions
from scenechange.types import Composite, Mask, Method, Occluder, Photo, Placement, Prompt, Recipe, Scene, Subject

if TYPE_CHECKING:
    from torch import Tensor

    from scenechange.place.suggest import Suggestion
    from scenechange.types import Camera, Cutout, Ground, Layers

Progress = Callable[[str], None]
SUBJECT_STAGES = ("segment", "matte", "person", "calibrate")
SCENE_STAGES = ("calibrate", "ground", "occlude", "light")
ADULT_M, LEAST_BEHIND = 1.7, 0.08
"""Height of a person, and the least share of the picture's height at which somebody is set behind something."""
BELOW_EVERYTHING = 100.0
"""Row, in heights of the picture, of the base line of what is in front of everybody."""
LAYER_STAGES = ("place", "harmonize", "relight", "optics", "shadow", "compose")


class Memory:
    """What each stage made last, so that a change of one stage does not cost those before it.

    Give the same memory to `change_scene` again: a stage whose method and inputs are what they were is not run. It
    holds on to the last pictures; it is for one caller at a time.
    """

    def __init__(self) -> None:
        self._last: dict[str, tuple[Any, tuple[Any, ...], Any]] = {}

    def recall(self, stage: str, method: Any, values: tuple[Any, ...], work: Callable[[], Any]) -> Any:
        """The last result of `stage` if method and values are the same, else that of `work`, which is kept."""
        last = self._last.get(stage)
        if last is not None and last[0] == method and all(map(_is_same, last[1], values)):
            return last[2]
        result = work()
        self._last[stage] = (method, values, result)
        return result


def _is_same(a: Any, b: Any) -> bool:
    plain = isinstance(a, Placement | Prompt | int) and type(a) is type(b)
    return a is b or (plain and repr(a) == repr(b))


class _Run:
    """The methods of a recipe, made once, with the caller told what starts."""

    def __init__(self, recipe: Recipe, on_progress: Progress | None, memory: Memory | None = None) -> None:
        self.methods = {stage: registry.make(stage, recipe.methods.get(stage)) for stage in registry.STAGES}
        self.on_progress = on_progress or (lambda stage: None)
        self.memory = memory

    def __call__(self, stage: str, *values: Any, label: str | None = None, of: str = "") -> Any:
        self.on_progress(label or stage)
        method = self.methods[stage]
        return self.recalled((label or stage) + of, method, values, lambda: method(*values))

    def recalled(self, name: str, method: Any, values: tuple[Any, ...], work: Callable[[], Any]) -> Any:
        """What `work` gives, or gave last time for the same values."""
        return work() if self.memory is None else self.memory.recall(name, method, values, work)

    def with_occluders(self, photo: Photo, camera: Camera, ground: Ground, occluders: tuple[Occluder, ...]) -> Ground:
        """The ground with occluders; matting makes the edges of those exact that are near enough to hide somebody."""
        if not occluders:
            return ground
        matte = self.methods["matte"]

        def work() -> Ground:
            edged = (_edged(matte, photo, o) if _can_hide(camera, o) else o for o in occluders)
            return replace(ground, occluders=tuple(edged))

        if self.memory is None:
            return work()
        edged: Ground = self.memory.recall("edges of occluders", matte, (photo, ground, occluders), work)
        return edged


def change_scene(
    subject: Photo | Subject,
    scene: Photo | Scene,
    prompt: Prompt | None = None,
    place: Placement | None = None,
    recipe: Recipe | None = None,
    on_progress: Progress | None = None,
    memory: Memory | None = None,
) -> Composite:
    """Put a person of one photo into another photo.

    Parameters
    ----------
    subject : Photo or Subject
        The photo with the person, or what `prepare_subject` made of it (then nothing of it is computed again).
    scene : Photo or Scene
        The photo of the place, or what `prepare_scene` made of it.
    prompt : Prompt, optional
        Who is meant; by default the recipe's, else the main person.
    place : Placement, optional
        Where to; by default the recipe's, else a sensible place is chosen.
    recipe : Recipe, optional
        Methods, options and seed; by default each stage's first method.
    on_progress : callable, optional
        Called with the name of each stage as it starts.
    memory : Memory, optional
        What the stages made last time; those whose inputs did not change are not run again.

    Returns
    -------
    Composite
        The picture, its layers, and the recipe that makes it again.

    Raises
    ------
    NobodyFoundError
        Where the subject shows no person (or not the one asked for).
    InputError
        Where a prompt, placement or recipe cannot be used.
    WeightsError
        Where a network is missing and cannot be fetched.
    """
    recipe = recipe or Recipe()
    recipe = replace(recipe, prompt=prompt or recipe.prompt, place=place or recipe.place)
    run = _Run(recipe, on_progress, memory)
    if isinstance(subject, Photo):
        subject = _prepare_subject(run, subject, recipe.prompt)
    if isinstance(scene, Photo):
        scene = _prepare_scene(run, scene)
    layers = _placed(run, subject, scene, recipe.place)
    layers = run("harmonize", layers, scene.light)
    layers = run("relight", layers, scene.light)
    layers = run("optics", layers, recipe.seed)
    layers = run("shadow", layers, subject.body, scene.camera, scene.light)
    rgb = run("compose", layers)
    return Composite(rgb, layers, _complete(recipe), subject, scene)


def prepare_subject(
    photo: Photo,
    prompt: Prompt | None = None,
    recipe: Recipe | None = None,
    on_progress: Progress | None = None,
    memory: Memory | None = None,
) -> Subject:
    """Cut the person out and measure them: a value that `change_scene` sets into any number of scenes."""
    recipe = recipe or Recipe()
    return _prepare_subject(_Run(recipe, on_progress, memory), photo, prompt or recipe.prompt)


def prepare_scene(photo: Photo, recipe: Recipe | None = None, on_progress: Progress | None = None) -> Scene:
    """Measure camera, ground and light of a place: a value that `change_scene` puts any number of people into."""
    return _prepare_scene(_Run(recipe or Recipe(), on_progress), photo)


def _prepare_subject(run: _Run, photo: Photo, prompt: Prompt) -> Subject:
    cutout = _cut_out(run, photo, prompt)
    marks = marks_of(prompt, cutout)
    if marks:
        run.on_progress("mend")
        cutout = run.recalled("mend", marks, (photo, cutout), partial(mend, photo, cutout, marks))
    body = run("person", photo, cutout)
    camera: Camera = run("calibrate", photo, label="calibrate subject")
    return Subject(photo, cutout, with_camera(body, camera), camera)


def _cut_out(run: _Run, photo: Photo, prompt: Prompt) -> Cutout:
    """Who is meant, before anything is mended: the strokes of a prompt cost no network anew."""
    mask = run("segment", photo, replace(prompt, strokes=()))
    for number in prompt.companions:
        both = mask, run("segment", photo, Prompt(person=number), of=f" of {number}")
        mask = run.recalled(f"people up to {number}", None, both, partial(_together, *both))
    cutout: Cutout = run("matte", photo, mask)
    return cutout


def _placed(run: _Run, subject: Subject, scene: Scene, place: Placement) -> Layers:
    """The person at their place, mirrored if nobody said whether to and the light asks for it."""
    remark: str | None = None
    if place.flip is None:
        pair = subject, scene
        flip, remark = run.recalled("mirror", None, pair, partial(is_to_be_mirrored, *pair))
        place = replace(place, flip=flip)
    layers: Layers = run("place", subject, scene, place)
    if remark is None:
        return layers
    told: Layers = run.recalled("remark", remark, (layers,), lambda: replace(layers, notes=(*layers.notes, remark)))
    return told


def _together(one: Mask, other: Mask) -> Mask:
    import torch

    return Mask(torch.maximum(one.inside, other.inside), one.instance)


def _prepare_scene(run: _Run, photo: Photo) -> Scene:
    camera = run("calibrate", photo, label="calibrate scene")
    ground = run("ground", photo, camera)
    ground = run.with_occluders(photo, camera, ground, run("occlude", photo, camera, ground))
    light = run("light", photo, camera)
    return Scene(photo, camera, ground, light)


def suggest_places(
    scene: Scene,
    subject: Subject,
    count: int = 3,
    place: Placement | None = None,
    recipe: Recipe | None = None,
    beside: tuple[tuple[float, float], ...] = (),
) -> tuple[Suggestion, ...]:
    """The best places for a person in a scene, unlike each other, best first, each with its reasons.

    The first is where `change_scene` puts the person when no place is given. Takes a few milliseconds.

    Parameters
    ----------
    scene, subject : Scene, Subject
        What `prepare_scene` and `prepare_subject` made.
    count : int
        At most so many.
    place : Placement, optional
        All but the place itself: height, factor on the size, mirrored or not.
    recipe : Recipe, optional
        Names the placing method and its options.
    beside : tuple of (x, y)
        Feet of others, in pixels of the scene, with whom the person is to stand.

    Raises
    ------
    InputError
        The placing method makes no suggestions, or `count` is below 1.
    """
    recipe = recipe or Recipe()
    method = recipe.methods.get("place")
    ask = getattr(registry.make("place", method), "suggest", None)
    if ask is None:
        name = method.name if method else registry.DEFAULTS["place"]
        raise InputError(f"suggest_places: the method place={name} makes no suggestions; take another one")
    found: tuple[Suggestion, ...] = ask(subject, scene, place or recipe.place, count, beside)
    return found


def put_in_front(scene: Scene, mask: Tensor, recipe: Recipe | None = None) -> Scene:
    """The scene with something more in front of everybody: what `mask` ``(H, W)`` in [0, 1] marks, as of a brush.

    A rough mask will do: its edge is made exact by the recipe's matting method. Give ``scene.ground`` no occluders
    (`--occlude none`) where the mask is to be the only one.

    Raises
    ------
    InputError
        The mask is not of the scene's size, or marks nothing.
    """
    recipe = recipe or Recipe()
    if tuple(mask.shape) != scene.photo.size_hw:
        raise InputError(f"mask of what is in front: wanted {scene.photo.size_hw}, got {tuple(mask.shape)}")
    if not bool((mask > 0.5).any()):
        raise InputError("mask of what is in front: wanted some pixels above 0.5, got none; paint it white")
    height, width = scene.photo.size_hw
    base = (0.0, BELOW_EVERYTHING * height, float(width), BELOW_EVERYTHING * height)
    occluder = _edged(
        registry.make("matte", recipe.methods.get("matte")), scene.photo, Occluder(mask, (0, 0), base, "given")
    )
    return replace(scene, ground=replace(scene.ground, occluders=(*scene.ground.occluders, occluder)))


def _can_hide(camera: Camera, occluder: Occluder) -> bool:
    """Whether somebody behind it would be large enough to be set there: a church is far away, a car is not."""
    x0, y0, x1, y1 = occluder.base_xyxy
    if max(y0, y1) >= camera.size_hw[0]:
        return True
    tall = stature_px(camera, ((x0 + x1) / 2, (y0 + y1) / 2), ADULT_M)
    return tall is not None and tall >= LEAST_BEHIND * camera.size_hw[0]


def _edged(matte: Any, photo: Photo, occluder: Occluder) -> Occluder:
    """The occluder with the opacity that matting finds at its edge."""
    import torch

    inside = torch.zeros(photo.size_hw)
    (x, y), (h, w) = occluder.offset_xy, occluder.mask.shape
    inside[y : y + h, x : x + w] = occluder.mask
    cutout: Cutout = matte(photo, Mask(inside))
    return replace(occluder, mask=cutout.alpha[0], offset_xy=cutout.offset_xy)


def _complete(recipe: Recipe) -> Recipe:
    """The recipe with every stage named and the versions that made the picture."""
    methods = {stage: recipe.methods.get(stage) or Method(registry.DEFAULTS[stage]) for stage in registry.STAGES}
    return replace(recipe, methods=methods, versions=package_versions())
