"""People and things of the scene that can stand in front: people by the pose networks, things by a cut-out network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from scenechange.errors import InputError
from scenechange.occlude.need import could_hide

if TYPE_CHECKING:
    from scenechange.occlude.things import Thing
    from scenechange.types import Camera, Ground, Occluder, Photo

SAME = 0.3
"""Share of a thing's pixels on people from which it is these people."""


@dataclass(frozen=True, slots=True)
class Objects:
    """People and things of the scene: each with a rough mask and the line on which they meet the ground.

    Parameters
    ----------
    people : int
        At most so many people, the tallest first; 0 for none. 6: each costs about 0.3 s.
    things : int
        At most so many things, the largest first; 0 saves one run of IS-Net (1.7 to 4.5 s on two cores). It is saved
        too where ground reaches down to the picture's lower edge wherever there is any: nothing stands before it.
        With things comes the top of a table or ledge that the lower edge cuts (`occlude.tops`).
    least_share : float
        People shorter than this share of the picture's height are left out: nobody is set among them.
    """

    networks: ClassVar[tuple[str, ...]] = ("pose-detection", "blazepose-heavy", "isnet")

    people: int = 6
    things: int = 4
    least_share: float = 0.1

    def __post_init__(self) -> None:
        if min(self.people, self.things) < 0 or not 0 < self.least_share <= 1:
            got = f"{self.people}, {self.things} and {self.least_share}"
            raise InputError(
                f"occlude=objects: wanted people and things of 0 or more and a least_share in (0, 1], got {got}"
            )

    def __call__(self, photo: Photo, camera: Camera, ground: Ground) -> tuple[Occluder, ...]:
        """What was found; empty where there is nothing.

        Raises
        ------
        WeightsError
            A network is missing; the message names the command that fetches it.
        """
        people = self._people(photo) if self.people else ()
        if not self.things or not could_hide(ground):
            return people
        from scenechange.occlude.things import find_things
        from scenechange.occlude.tops import find_top

        things = (_as_occluder(thing, photo) for thing in find_things(photo, camera, self.things))
        found = people + tuple(thing for thing in things if all(_shared(thing, one) < SAME for one in people))
        top = find_top(photo)
        return found if top is None else (*found, _as_occluder(top, photo, "top"))

    def _people(self, photo: Photo) -> tuple[Occluder, ...]:
        import torch

        from scenechange.occlude.people import find_bystanders
        from scenechange.types import Occluder

        found = []
        for one in find_bystanders(photo, self.least_share, self.people):
            x0, x1 = float(one.offset_xy[0]), float(one.offset_xy[0] + one.inside.shape[1])
            base = (x0, one.foot_y, x1, one.foot_y)
            found.append(Occluder(torch.from_numpy(one.inside), one.offset_xy, base, "person"))
        return tuple(found)


def _as_occluder(thing: Thing, photo: Photo, what: str = "thing") -> Occluder:
    """The thing at the scene's scale."""
    import torch

    from scenechange.math.image import resize_planes
    from scenechange.types import Occluder

    (height, width), (sx, sy) = photo.size_hw, thing.scale
    x0, y0 = (round(o * s) for o, s in zip(thing.offset_xy, thing.scale, strict=True))
    rows, columns = thing.inside.shape
    x1, y1 = (
        min(round((thing.offset_xy[0] + columns) * sx), width),
        min(round((thing.offset_xy[1] + rows) * sy), height),
    )
    inside = resize_planes(thing.inside[None], (y1 - y0, x1 - x0))[0]
    return Occluder(torch.from_numpy(inside), (x0, y0), thing.base_xyxy, what)


def _shared(thing: Occluder, other: Occluder) -> float:
    """Share of a thing's pixels that belong to the other."""
    (ax, ay), (bx, by) = thing.offset_xy, other.offset_xy
    (ah, aw), (bh, bw) = thing.mask.shape, other.mask.shape
    x0, y0, x1, y1 = max(ax, bx), max(ay, by), min(ax + aw, bx + bw), min(ay + ah, by + bh)
    if x0 >= x1 or y0 >= y1:
        return 0.0
    part = thing.mask[y0 - ay : y1 - ay, x0 - ax : x1 - ax] * other.mask[y0 - by : y1 - by, x0 - bx : x1 - bx]
    return float(part.sum() / thing.mask.sum().clamp_min(1.0))
