"""Sharpness and grain of the person against the place at the same distance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenechange.critic.findings import Cue
from scenechange.critic.learned import usual

if TYPE_CHECKING:
    from scenechange.math.image import Box
    from scenechange.optics.grain import Noise
    from scenechange.types import Layers

TILES = 12


def detail_cues(layers: Layers, is_whole: bool) -> list[Cue]:
    """Both cues of a finished composite given as layers.

    Parameters
    ----------
    layers : Layers
        Background: the finished picture; alpha: the mask.
    is_whole : bool
        Whether the person stands in the picture; the place is then looked at in the rows about the feet, else
        everywhere beside the person.
    """
    from scenechange.math.image import box_of
    from scenechange.optics.grain import measure_noise
    from scenechange.optics.sharpness import edge_blur_px
    from scenechange.optics.tiles import beside_tiles, person_tiles

    box = box_of(layers.alpha, 0.5)
    if box is None:
        return [Cue(name, None, "too small") for name in ("sharpness", "grain")]
    person, near = person_tiles(layers, box, TILES), beside_tiles(layers, _rows(layers, box, is_whole), TILES)
    about = beside_tiles(layers, _rows(layers, box, False), TILES)
    noise_here, noise_there = measure_noise(person), measure_noise(about)
    blur_here = edge_blur_px(person, noise_here.typical if noise_here else 0.0)
    blur_there = edge_blur_px(near, noise_there.typical if noise_there else 0.0)
    return [_sharpness(blur_here, blur_there), _grain(noise_here, noise_there)]


def _rows(layers: Layers, box: Box, is_whole: bool) -> Box:
    """Part of the scene that is as far away as the person, or all that is near them in the picture."""
    (h, w), (left, top) = layers.background.shape[-2:], layers.window_xyxy[:2]
    x0, y0, x1, y1 = box[0] + left, box[1] + top, box[2] + left, box[3] + top
    tall, wide = y1 - y0, 1.5 * (y1 - y0)
    low = y1 - 0.18 * tall if is_whole else y0 - 0.25 * tall
    high = y1 + 0.1 * tall if is_whole else y1 + 0.25 * tall
    return max(0, int(x0 - wide)), max(0, int(low)), min(w, int(x1 + wide)), min(h, int(high) + 1)


def _sharpness(here: float | None, there: float | None) -> Cue:
    """How much wider the person's edges are than the place's, in per cent."""
    if here is None or there is None:
        return Cue("sharpness", None, "no edges")
    gap = 100 * (here / there - 1)
    return Cue("sharpness", gap, "blurred" if gap > 0 else "sharp", {"gap": abs(gap)}, usual("sharpness"))


def _grain(here: Noise | None, there: Noise | None) -> Cue:
    """Noise of the person less that of the place, in steps of an 8-bit file."""
    if here is None or there is None:
        return Cue("grain", None, "no flat parts")
    gap = 255 * (here.typical - there.typical)  # roots of linear values run nearly as sRGB does
    return Cue("grain", gap, "grainy" if gap > 0 else "clean", {"gap": abs(gap)}, usual("grain"))
