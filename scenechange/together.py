"""Several people in one place: one ground plane, one light, and each in front of those who stand farther away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from scenechange import registry
from scenechange.errors import InputError
from scenechange.math.geometry import transform
from scenechange.pipeline import Progress, change_scene, prepare_scene, prepare_subject, suggest_places
from scenechange.types import Composite, Occluder, Photo, Placement, Prompt, Recipe, Scene, Subject, value

if TYPE_CHECKING:
    from torch import Tensor


@value
class Guest:
    """Somebody who is to come along.

    Attributes
    ----------
    subject : Photo or Subject
        The photo with the person, or what `prepare_subject` made of it. Guests may share a photo.
    prompt : Prompt
        Who is meant.
    place : Placement
        Where to; by default beside those before them.
    """

    subject: Photo | Subject
    prompt: Prompt = Prompt()
    place: Placement = Placement()


@value
class Group:
    """The picture of several people.

    Attributes
    ----------
    rgb : Tensor
        ``(3, H, W)`` linear light.
    composites : tuple of Composite
        Each guest alone in the scene, in the order in which they were given: layers and recipe.
    """

    rgb: Tensor
    composites: tuple[Composite, ...]


def bring_together(
    guests: Sequence[Guest],
    scene: Photo | Scene,
    recipe: Recipe | None = None,
    on_progress: Progress | None = None,
) -> Group:
    """Put several people, of one photo or of many, into one scene.

    Parameters
    ----------
    guests : sequence of Guest
        At least one. Who has no place is set beside those before them.
    scene : Photo or Scene
        The place, or what `prepare_scene` made of it.
    recipe : Recipe, optional
        Methods, options and seed for all; its prompt and placement are not used.
    on_progress : callable, optional
        Called with the name of each stage as it starts.

    Raises
    ------
    NobodyFoundError
        Where a photo shows no person (or not the one asked for).
    InputError
        There is no guest, or a prompt, placement or recipe cannot be used.
    """
    if not guests:
        raise InputError("bring_together: wanted at least one guest, got none")
    recipe = recipe or Recipe()
    if isinstance(scene, Photo):
        scene = prepare_scene(scene, recipe, on_progress)
    composites: list[Composite] = []
    for guest in guests:
        subject = guest.subject
        if isinstance(subject, Photo):
            subject = prepare_subject(subject, guest.prompt, recipe, on_progress)
        place = guest.place
        if place.at_xy is None:
            place = _beside(composites, subject, scene, place, recipe)
        own = replace(recipe, prompt=guest.prompt, place=place)
        composites.append(change_scene(subject, scene, recipe=own, on_progress=on_progress))
    compose = registry.make("compose", recipe.methods.get("compose"))
    together = getattr(compose, "together", None)
    if together is None:
        raise InputError(f"compose={recipe.methods['compose'].name} takes one person only; leave it at its default")
    return Group(together([c.layers for c in sorted(composites, key=_foot_y)]), tuple(composites))


def _foot_y(composite: Composite) -> float:
    """Row of the feet in the scene, also where they would be of somebody cut off: the lower, the nearer."""
    layers = composite.layers
    if layers.stands:
        return layers.anchor_xy[1]
    head = np.array([composite.subject.body.head_xy])
    return float(transform(layers.scene_from_subject, head)[0, 1]) + layers.stature_px


def _beside(others: list[Composite], subject: Subject, scene: Scene, place: Placement, recipe: Recipe) -> Placement:
    """The best place that is not taken by the others and near them."""
    taken = tuple(_as_occluder(c) for c in others)
    occupied = replace(scene, ground=replace(scene.ground, occluders=(*scene.ground.occluders, *taken)))
    beside = tuple(c.layers.anchor_xy for c in others if c.layers.stands)
    return suggest_places(occupied, subject, 1, place, recipe, beside)[0].placement


def _as_occluder(composite: Composite) -> Occluder:
    """A placed person as somebody of the scene."""
    layers = composite.layers
    x0, y0, x1, _ = layers.window_xyxy
    foot_y = _foot_y(composite)
    return Occluder(layers.alpha[0], (x0, y0), (float(x0), foot_y, float(x1), foot_y), "person")
