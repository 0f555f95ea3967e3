"""What gives a picture away: every cue measured, on our own composites and on anybody's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenechange.critic.detail import detail_cues
from scenechange.critic.findings import Critique, Cue, critique
from scenechange.critic.ground import contact_cue
from scenechange.critic.lighting import light_direction_cue, shadow_cue
from scenechange.critic.realism import realism
from scenechange.critic.regions import regions_of
from scenechange.critic.rim import halo_cue
from scenechange.critic.stance import perspective_cue, size_cue, size_of_outline
from scenechange.critic.tone import ballots_of, print_cues, tone_cues
from scenechange.errors import InputError
from scenechange.types import Composite, Mask, Photo

if TYPE_CHECKING:
    from torch import Tensor

    from scenechange.types import Camera


def explain(picture: Composite | Photo, mask: Mask | None = None, camera: Camera | None = None) -> Critique:
    """Why a composite looks fake, and how real it looks.

    Parameters
    ----------
    picture : Composite or Photo
        What `change_scene` returned: then cameras, light and layers are known and every cue can be measured. Or any
        finished picture, with a mask.
    mask : Mask, optional
        The person in a finished picture. Not wanted for a `Composite`.
    camera : Camera, optional
        Camera of a finished picture, for the size of the person. Without it size is not measured.

    Returns
    -------
    Critique
        Realism and all cues, the most visible first; cues that need what is not known have no gap and say so.

    Raises
    ------
    InputError
        Where the mask is missing, has another size, or covers too little or too much.
    NobodyFoundError
        Where the mask is empty.
    """
    from scenechange.harmonize.composite import layers_of_composite

    whole = picture if isinstance(picture, Composite) else None
    photo, inside = (Photo(whole.rgb), _mask_of(whole)) if whole else _checked(picture, mask)
    layers = layers_of_composite(photo, inside)
    ballots = ballots_of(layers)
    score = realism(regions_of(photo.rgb, inside), ballots)
    x0, y0, x1, y1 = layers.window_xyxy
    is_cut = y1 >= photo.size_hw[0]
    stands = whole.layers.stands if whole else not is_cut
    in_print = print_cues(layers)
    tones = [cue for cue in tone_cues(ballots) if cue.name not in {other.name for other in in_print}]
    cues = [*in_print, *tones, *detail_cues(layers, stands), halo_cue(photo.rgb, inside)]
    cues.append(contact_cue(photo.rgb, inside) if stands else Cue("ground contact", None, "cut off"))
    cues.append(light_direction_cue(photo.rgb, inside, whole.scene.light if whole else None))
    cues.append(shadow_cue(whole))
    if whole:
        cues += [size_cue(whole), perspective_cue(whole)]
    else:
        cues.append(size_of_outline(camera, (x0, y0, x1, y1)) if camera else Cue("size", None, "no camera"))
        cues.append(Cue("perspective", None, "no layers"))
    return critique(score, cues)


def _checked(picture: object, mask: Mask | None) -> tuple[Photo, Tensor]:
    if not isinstance(picture, Photo):
        raise InputError(f"explain: wanted a Composite, or a Photo and a Mask, got {type(picture).__name__}")
    if not isinstance(mask, Mask):
        raise InputError(f"explain: wanted a Mask for a finished picture, got {type(mask).__name__}")
    if tuple(mask.inside.shape) != picture.size_hw:
        raise InputError(f"mask: wanted size {picture.size_hw}, that of the picture, got {tuple(mask.inside.shape)}")
    return picture, mask.inside.clamp(0, 1)


def _mask_of(whole: Composite) -> Tensor:
    layers = whole.layers
    x0, y0, x1, y1 = layers.window_xyxy
    inside = layers.background.new_zeros(layers.background.shape[1:])
    inside[y0:y1, x0:x1] = (layers.alpha * layers.occlusion)[0]
    return inside
