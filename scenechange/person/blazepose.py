"""The body as BlazePose sees it: `BlazePose` measures pose, stature, feet, head and what the frame cuts off."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from scenechange.errors import InputError
from scenechange.types import Body

if TYPE_CHECKING:
    from scenechange.person.landmarks import Landmarks
    from scenechange.person.picture import Picture
    from scenechange.person.stature import Stature
    from scenechange.types import Cutout, Photo

NO_POSE_HEIGHT_SD_M = 0.3  # whoever has no pose may be a child, a statue or a dog


@dataclass(frozen=True, slots=True)
class BlazePose:
    """Measures a person by their landmarks, and by their outline where no landmarks are found.

    Attributes
    ----------
    adult_height_m, adult_height_sd_m : float
        What is expected of an adult. The default lies between the means of men and women over many countries
        (NCD Risk Factor Collaboration, A century of trends in adult human height, eLife 5:e13410, 2016: born 1996,
        world 1.71 and 1.59 m, France 1.80 and 1.65 m), with the spread within and between them.
    least_score : float
        Poses that the network gives a lower probability are not used.

    Notes
    -----
    Lengths hold to about 2 % where the person is seen whole, 4 to 6 % where the frame cuts them off at knees, hips or
    chest. `Body` carries the standard deviation of each case.
    """

    networks: ClassVar[tuple[str, ...]] = ("blazepose-heavy",)

    adult_height_m: float = 1.68
    adult_height_sd_m: float = 0.10
    least_score: float = 0.5

    def __post_init__(self) -> None:
        if not (0.3 <= self.adult_height_m <= 3 and self.adult_height_sd_m > 0):
            got = f"{self.adult_height_m} and {self.adult_height_sd_m}"
            raise InputError(f"BlazePose: wanted an adult height of 0.3 to 3 m and a positive spread, got {got}")
        if not 0 <= self.least_score <= 1:
            raise InputError(f"BlazePose.least_score: wanted 0 to 1, got {self.least_score}")

    def __call__(self, photo: Photo, cutout: Cutout) -> Body:
        """The body of the person in `cutout`, in pixels of `photo`.

        Raises
        ------
        InputError
            The cut-out was made from a photo of another size.
        WeightsError
            The network ``blazepose-heavy`` is missing; the message names the command that fetches it.
        """
        from scenechange import networks
        from scenechange.person.following import follow
        from scenechange.person.picture import make_picture

        if cutout.source_hw != photo.size_hw:
            raise InputError(f"person: wanted the photo of the cut-out, {cutout.source_hw}, got {photo.size_hw}")
        picture = make_picture(photo, cutout)
        landmarks = follow(picture, networks.tflite("blazepose-heavy"), self.least_score)
        return self._by_outline(picture) if landmarks is None else self._by_pose(picture, landmarks)

    def _by_pose(self, picture: Picture, landmarks: Landmarks) -> Body:
        from scenechange.person import height, silhouette, stature
        from scenechange.person.head import head_yaw_deg
        from scenechange.person.outline_only import foot_of_outline
        from scenechange.person.posture import front_foot, posture, view_rise

        on_person = silhouette.joints_on_person(picture, landmarks, stature.from_head(landmarks).px)
        size = stature.from_joints(landmarks, stature.level_of(on_person))
        if "bottom" in picture.cropped_at:
            size = stature.at_least(size, silhouette.shown_px(picture, landmarks, size.px))
        crown_xy = silhouette.top_of_head(picture, landmarks, size.px)
        head_share = None
        held = posture(landmarks)
        if held == "lying":
            feet_xy = foot_of_outline(picture)
        else:
            feet_xy = silhouette.feet(picture, landmarks, on_person, size.px)
            if len(feet_xy) and "top" not in picture.cropped_at:
                size = stature.joined(stature.from_crown_to_soles(landmarks, crown_xy, feet_xy), size)
                head_share = math.log(stature.head_span(landmarks) / size.px)
        metres = height.height_of(self.adult_height_m, self.adult_height_sd_m, head_share)
        keypoints = np.column_stack([picture.photo_xy(landmarks.xy), landmarks.visibility * landmarks.presence])
        body = _body(picture, keypoints, metres, size, feet_xy, crown_xy, head_yaw_deg(landmarks))
        rise, rise_sd = view_rise(landmarks, on_person)
        return replace(
            body, view_rise_deg=rise, view_rise_sd_deg=rise_sd, posture=held, front_foot=front_foot(landmarks)
        )

    def _by_outline(self, picture: Picture) -> Body:
        from scenechange.person.outline_only import foot_of_outline, stature_of_box, top_of_outline

        metres = self.adult_height_m, max(self.adult_height_sd_m, NO_POSE_HEIGHT_SD_M)
        size, crown_xy = stature_of_box(picture), top_of_outline(picture)
        return _body(picture, np.zeros((0, 3)), metres, size, foot_of_outline(picture), crown_xy, 0.0)


def _body(
    picture: Picture,
    keypoints: np.ndarray,
    metres: tuple[float, float],
    size: Stature,
    feet_xy: np.ndarray,
    crown_xy: np.ndarray,
    yaw_deg: float,
) -> Body:
    """The measures in photo pixels."""
    head_x, head_y = picture.photo_xy(crown_xy[None])[0]
    return Body(
        keypoints=keypoints.astype(np.float32),
        height_m=metres[0],
        height_sd_m=metres[1],
        stature_px=picture.photo_px(size.px),
        stature_sd_px=picture.photo_px(size.sd_px),
        feet_xy=picture.photo_xy(feet_xy),
        head_xy=(float(head_x), float(head_y)),
        head_yaw_deg=yaw_deg,
        cropped_at=picture.cropped_at,
    )
