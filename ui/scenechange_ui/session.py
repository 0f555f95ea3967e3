"""One visitor's photos and what was made of them. Held in memory, never on disk."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import scenechange as sc
from scenechange import weights
from scenechange.errors import InputError
from scenechange.types import Composite, Cutout, Photo, Placement, Recipe, Scene, Subject
from scenechange_ui.drafts import Drafts
from scenechange_ui.limits import Limits
from scenechange_ui.wishes import placement_of, prompt_of, recipe_of

Progress = Callable[[str], None]
PLACES = 5
"""So many places the page goes through when one asks for another."""


class Session:
    """A visitor: two photos, what was measured on them, and the last picture.

    Everything of it is reached through `token`, which only the visitor's page knows.
    """

    def __init__(self, limits: Limits, label: str = "") -> None:
        self.token, self.label, self.limits = secrets.token_urlsafe(24), label, limits
        self.lock = threading.RLock()
        self.seen_at, self.closed_at = time.monotonic(), None if label else time.monotonic()
        self.forget()

    def forget(self) -> None:
        """Let go of everything of the visitor."""
        self.inbox: dict[str, bytes] = {}
        self.photo: Photo | None = None
        self.subject: Subject | None = None
        self.scene: Scene | None = None
        self.small_subject: Subject | None = None
        self.small_scene: Scene | None = None
        self.memory, self.subject_memory = sc.Memory(), sc.Memory()
        self.drafts: Drafts | None = None

    @property
    def holds_photos(self) -> bool:
        """Whether anything of the visitor is in memory."""
        return bool(self.inbox) or self.photo is not None or self.scene is not None

    def opened(self, role: str, example: str | None) -> Photo:
        """The photo that arrived for a role, or an example, no larger than the limit; its bytes are dropped."""
        source: Any
        if example is not None:
            if example not in example_names():
                raise InputError(f"example: wanted one of {', '.join(example_names())}")
            source = weights.path_of(example, fetch=False)
        else:
            source = self.inbox.pop(role, b"")
        photo = sc.load_photo(source, max_pixels=self.limits.megapixels * 1_000_000)
        return sc.preview(photo, self.limits.long_side_px)

    def take_person(self, example: str | None) -> tuple[sc.Outline, ...]:
        """Open the photo with the person; gives rough outlines of everybody in it."""
        self.photo, self.subject, self.small_subject = self.opened("person", example), None, None
        self.drafts, self.subject_memory = None, sc.Memory()
        return sc.find_outlines(self.photo)

    def cut_out(self, wish: Any, on_progress: Progress) -> Subject:
        """Cut out who is meant, follow all strokes at full resolution, and measure the person."""
        if self.photo is None:
            raise InputError("who: wanted a photo first")
        prompt, memory = prompt_of(wish, self.photo.size_hw), self.subject_memory
        bare = replace(prompt, strokes=())
        if self.drafts is None or self.drafts.of != repr(bare):
            whole = sc.prepare_subject(self.photo, bare, on_progress=on_progress, memory=memory)
            small = sc.preview(whole, self.limits.screen_px)
            self.drafts = Drafts(repr(bare), small.photo, small.cutout)
        self.subject = sc.prepare_subject(self.photo, prompt, on_progress=on_progress, memory=memory)
        self.small_subject = sc.preview(self.subject, self.limits.screen_px)
        self.memory = sc.Memory()
        return self.small_subject

    def mend(self, wish: Any, is_passing: bool) -> Cutout:
        """The cut-out at screen size with all strokes followed, before the full photo's turn comes."""
        if self.drafts is None:
            raise InputError("mend: wanted a cut-out first")
        strokes = prompt_of(wish, self.drafts.photo.size_hw).strokes
        return self.drafts.mended(strokes, is_passing)

    def take_place(self, example: str | None, on_progress: Progress) -> Scene:
        """Open the photo of the place and measure it."""
        on_progress("load")
        photo = self.opened("place", example)
        self.scene = sc.prepare_scene(photo, on_progress=on_progress)
        self.small_scene = sc.preview(self.scene, self.limits.screen_px)
        self.memory = sc.Memory()
        return self.small_scene

    def compose(self, wish: Any) -> Composite:
        """The picture at screen size."""
        if self.small_subject is None or self.small_scene is None:
            raise InputError("picture: wanted a person and a place first")
        place, recipe = placement_of(wish, self.small_scene.photo.size_hw), recipe_of(wish)
        return sc.change_scene(self.small_subject, self.small_scene, place=place, recipe=recipe, memory=self.memory)

    def places(self, wish: Any) -> tuple[tuple[float, float], ...]:
        """Good places unlike each other, best first, as shares of the width and height."""
        if self.small_subject is None or self.small_scene is None:
            raise InputError("places: wanted a person and a place first")
        h, w = self.small_scene.photo.size_hw
        place = replace(placement_of(wish, (h, w)), at_xy=None)
        found = sc.suggest_places(self.small_scene, self.small_subject, PLACES, place, recipe_of(wish))
        spots = [spot.placement.at_xy for spot in found]
        return tuple(((xy[0] + 0.5) / w, (xy[1] + 0.5) / h) for xy in spots if xy is not None)

    def finish(self, wish: Any, on_progress: Progress) -> Composite:
        """The same picture at full resolution: nothing but placing and what follows is computed anew.

        A place that was chosen at once for the screen is kept, so that both show the same.
        """
        shown = self.compose(wish)
        if self.subject is None or self.scene is None:
            raise InputError("picture: wanted a person and a place first")
        place, recipe = full_placement(shown, self.scene), recipe_of(wish)
        return sc.change_scene(self.subject, self.scene, place=place, recipe=recipe, on_progress=on_progress)

    def recipe_of(self, wish: Any) -> Recipe:
        """Everything that makes the full picture again from the two photos."""
        shown = self.compose(wish)
        if self.scene is None or self.photo is None:
            raise InputError("recipe: wanted a person and a place first")
        prompt = prompt_of(wish, self.photo.size_hw)
        return replace(shown.recipe, place=full_placement(shown, self.scene), prompt=prompt)


def full_placement(shown: Composite, scene: Scene) -> Placement:
    """The placement of a screen picture in pixels of the full scene."""
    factor = scene.photo.size_hw[1] / shown.scene.photo.size_hw[1]
    x, y = ((n + 0.5) * factor - 0.5 for n in shown.layers.anchor_xy)
    return replace(shown.recipe.place, at_xy=(x, y))


def example_names(kind: str = "") -> tuple[str, ...]:
    """Example photos that are at hand; "person" or "place" for one kind of them."""
    here = [name for name in weights.names() if weights.entry(name).kind == "photo" and weights.is_present(name)]
    people = [name for name in here if weights.entry(name).use.startswith("the demo's person")]
    return tuple({"person": people, "place": [n for n in here if n not in people]}.get(kind, here))
