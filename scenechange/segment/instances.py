"""Who is who: the people of a photo, counted from the left, each with a coarse mask.

The pose detector proposes people. BlazePose looks at each proposal and says how sure it is that a person is there and,
coarsely, which pixels are that person (Bazarevsky et al., BlazePose, 2020). Proposals that share their pixels are one
person. All coordinates are pixels of the photo.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from scenechange.detectors import Face, Person, find_faces, find_people
from scenechange.math.image import fit_within
from scenechange.poses import look

if TYPE_CHECKING:
    from collections.abc import Callable

    from scenechange.segment.views import Window
    from scenechange.types import Photo

COARSE = 512  # longer edge in pixels of the masks that people are compared on
FACE_BUT_NOSE = range(1, 11)  # BlazePose numbers of eyes, ears, mouth
VISIBLE = 1.4  # logit of the visibility 0.8 from which a joint counts as seen


SURE = 0.7  # certainty from which nobody else needs to agree; buildings and statues reach 0.65, people in the open 0.75


@dataclass(frozen=True, slots=True, eq=False)
class Someone:
    """A person of the photo.

    Attributes
    ----------
    person : Person
        Where the pose network sees the body.
    certainty : float
        0 to 1, that this is a person: see `_look_twice`.
    coarse : ndarray
        ``(256, 256)`` probability that a pixel is this person, in the pose network's own square.
    photo_from_roi : ndarray
        ``(2, 3)`` map from pixels of that square to pixels of the photo.
    limbs_xy : ndarray
        ``(N, 2)`` joints, hands, feet and nose that the pose network sees, in pixels of the photo.
    nose_xy : ndarray
        ``(1, 2)`` tip of the nose, or where it would be for one who looks away; ``(0, 2)`` where that is not known.
    """

    person: Person
    certainty: float
    coarse: np.ndarray
    photo_from_roi: np.ndarray
    limbs_xy: np.ndarray
    nose_xy: np.ndarray

    def inside(self, window_xyxy: Window, size_hw: tuple[int, int]) -> np.ndarray:
        """``size_hw`` probability over a window of the photo, 0 beyond the pose network's square."""
        import cv2

        x0, y0, x1, y1 = window_xyxy
        sx, sy = size_hw[1] / (x1 - x0), size_hw[0] / (y1 - y0)
        window_from_photo = np.array([[sx, 0, (0.5 - x0) * sx - 0.5], [0, sy, (0.5 - y0) * sy - 0.5], [0, 0, 1]])
        window_from_roi = window_from_photo @ np.vstack([self.photo_from_roi, (0, 0, 1)])
        return cv2.warpAffine(self.coarse, window_from_roi[:2], (size_hw[1], size_hw[0]), flags=cv2.INTER_LINEAR)

    def reaches(self, xy: tuple[float, float]) -> float:
        """Probability that a pixel of the photo is this person."""
        x, y = round(xy[0]), round(xy[1])
        return float(self.inside((x, y, x + 1, y + 1), (1, 1))[0, 0])

    def box_xyxy(self, size_hw: tuple[int, int]) -> Window:
        """Box in whole pixels round the coarse mask, within a photo of this size."""
        rows, cols = np.nonzero(self.coarse > 0.5)
        corners = np.array(
            [[cols.min(), rows.min()], [cols.max(), rows.min()], [cols.min(), rows.max()], [cols.max(), rows.max()]]
        )
        x, y = self.photo_from_roi[:, :2] @ corners.T + self.photo_from_roi[:, 2:]
        x0, y0 = max(math.floor(x.min()), 0), max(math.floor(y.min()), 0)
        return (
            x0,
            y0,
            max(min(math.ceil(x.max()) + 1, size_hw[1]), x0 + 1),
            max(min(math.ceil(y.max()) + 1, size_hw[0]), y0 + 1),
        )


def find_everyone(photo: Photo, least_certainty: float = 0.45) -> tuple[Someone, ...]:
    """The people of a photo from left to right.

    Small passers-by are left out: who is less than a quarter as tall as the tallest does not count. Weak proposals, and
    a closer look for small people, are tried only where the strong ones hold nobody; then faces, for heads that fill
    the picture.

    Parameters
    ----------
    photo : Photo
        Any size.
    least_certainty : float
        Proposals that are less certain are dropped. Those below `SURE` need somebody else's word.
    """
    proposals = find_people(photo, least_score=0.35, tiles=2)
    tries: tuple[Callable[[], tuple[Person, ...]], ...] = (
        lambda: tuple(p for p in proposals if p.score >= 0.5)[:8],
        lambda: tuple(p for p in proposals if p.score < 0.5)[:4],
        lambda: find_people(photo, least_score=0.6, tiles=4)[:6],
        lambda: tuple(_person_below(face) for face in find_faces(photo, least_score=0.75)[:2]),
    )
    for proposed in tries:
        people = _distinct(photo, proposed(), least_certainty)
        if people:
            tallest = max(s.person.radius_px for s in people if s.certainty == max(t.certainty for t in people))
            people = [s for s in people if s.person.radius_px >= tallest / 4]
            return tuple(sorted(people, key=lambda s: s.person.hips_xy[0]))
    return ()


def _distinct(photo: Photo, proposals: tuple[Person, ...], least_certainty: float) -> list[Someone]:
    """People among the proposals, surest first, without those whose head or body belongs to one that is surer."""
    height, width = photo.size_hw
    size = fit_within(photo.size_hw, COARSE)
    kept: list[tuple[Someone, np.ndarray]] = []
    for person in proposals:
        x0, y0, x1, y1 = person.about_head_xyxy
        if any(someone.reaches(((x0 + x1) / 2, (y0 + y1) / 2)) > 0.5 for someone, _ in kept):
            continue
        someone = _look_twice(photo, person)
        if someone.certainty < least_certainty or _lies_doubtfully(someone):
            continue
        mask = someone.inside((0, 0, width, height), size) > 0.5
        area = int(mask.sum())
        if area and all((mask & other).sum() <= 0.5 * min(area, other.sum()) for _, other in kept):
            kept.append((someone, mask))
    return [someone for someone, _ in kept]


def _lies_doubtfully(someone: Someone) -> bool:
    """Whether a body is turned by more than 45 degrees and not seen clearly: dunes and roofs look like that."""
    return abs(someone.person.turned_deg) > 45 and (someone.certainty < SURE or someone.person.score < 0.7)


def _person_below(face: Face) -> Person:
    """A body where it would hang below a face seen from in front: the hips 3.4 faces below the face's middle."""
    x0, y0, x1, y1 = face.box_xyxy
    x, y, tall = (x0 + x1) / 2, (y0 + y1) / 2, y1 - y0
    hips, shoulders = (x, y + 3.4 * tall), (x, y + 1.3 * tall)
    return Person(face.box_xyxy, hips, (x, hips[1] - 4.6 * tall), shoulders, (x, shoulders[1] - 2.2 * tall), face.score)


def _look_twice(photo: Photo, person: Person) -> Someone:
    """A proposal as the pose network sees it, where its own first answer says the body is.

    A person is found again at the same place, with a mask that is decided nearly everywhere; a rock or a facade gives
    another answer at the second look, or a mask of grey. Certainty is the product of the lesser presence, the overlap
    of the two masks and the share of decided pixels (above 0.9) among those of the mask in the photo (above 0.1).
    """
    first, presence, again = _look(photo, person)
    if presence < 0.2:
        return first
    second, presence_again, _ = _look(photo, again)
    height, width = photo.size_hw
    size = fit_within(photo.size_hw, COARSE)
    a, b = (s.inside((0, 0, width, height), size) > 0.5 for s in (first, second))
    agreement = (a & b).sum() / max((a | b).sum(), 1)
    rows, cols = np.indices(second.coarse.shape)
    x, y = (second.photo_from_roi @ np.stack([cols.ravel(), rows.ravel(), np.ones(cols.size)])).reshape(2, *cols.shape)
    touched = (second.coarse > 0.1) & (x > 0) & (y > 0) & (x < width - 1) & (y < height - 1)
    decided = (second.coarse[touched] > 0.9).mean() if touched.any() else 0.0
    return replace(second, certainty=float(min(presence, presence_again) * agreement * decided))


def _look(photo: Photo, person: Person) -> tuple[Someone, float, Person]:
    """The person of a proposal with certainty 0, the presence, and the same person where the network sees them."""
    seen = look(photo, person)
    visible = seen.visibility[:33] > VISIBLE
    points = seen.points_xy
    limbs, nose = points[:33][visible & ~np.isin(np.arange(33), FACE_BUT_NOSE)], points[:1][visible[:1]]
    return Someone(person, 0.0, seen.inside, seen.photo_from_roi, limbs, nose), seen.presence, seen.again
