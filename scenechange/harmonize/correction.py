"""A change of colour and tone that keeps who somebody is: five numbers for all pixels alike, and it can be undone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenechange.math.colour import LUMA

if TYPE_CHECKING:
    from torch import Tensor

PIVOT = 0.18  # middle grey keeps its place when the contrast changes
FLOOR = 1e-4  # below a third of an 8-bit step the curve is a straight line to zero
BLOCK = 1 << 15  # pixels at a time: what is worked on stays in the processor's cache
LN_2 = 0.6931471805599453
LIMITS = np.array([2.5, 2.5, 2.5, 0.7, 0.8])


@dataclass(frozen=True, slots=True)
class Correction:
    """Gain per channel, contrast in log light about middle grey, saturation. In linear light; the same everywhere.

    ``z_c = 0.18 exp(contrast log(x_c / 0.18) + log_gain_c)``, then ``L + saturation (z - L)`` with luminance L.

    Attributes
    ----------
    log_gain : (float, float, float)
        Natural logarithm of the gain of red, green and blue.
    log_contrast, log_saturation : float
        Natural logarithms; 0 leaves things alone.
    """

    log_gain: tuple[float, float, float] = (0.0, 0.0, 0.0)
    log_contrast: float = 0.0
    log_saturation: float = 0.0

    @classmethod
    def from_vector(cls, theta: np.ndarray) -> Correction:
        """From five numbers in the order of the attributes."""
        r, g, b, contrast, saturation = (float(value) for value in theta)
        return cls((r, g, b), contrast, saturation)

    @property
    def brightness_ev(self) -> float:
        """Mean gain of the channels, in stops."""
        return float(sum(self.log_gain) / 3 / LN_2)

    @property
    def warmth(self) -> float:
        """How much more red than blue is given, in stops."""
        return float((self.log_gain[0] - self.log_gain[2]) / LN_2)

    def with_wishes(self, brightness_ev: float | None, warmth: float | None) -> Correction:
        """The same with another brightness or warmth, in stops; None keeps what is there.

        Examples
        --------
        >>> Correction((0.1, 0.0, -0.1), 0.2).with_wishes(1.0, None).brightness_ev
        1.0
        """
        brighter = 0.0 if brightness_ev is None else (brightness_ev - self.brightness_ev) * LN_2
        warmer = 0.0 if warmth is None else (warmth - self.warmth) * LN_2 / 2
        red, green, blue = self.log_gain
        gains = (red + brighter + warmer, green + brighter, blue + brighter - warmer)
        return Correction(gains, self.log_contrast, self.log_saturation)

    @property
    def is_identity(self) -> bool:
        """Whether nothing changes."""
        return not (any(self.log_gain) or self.log_contrast or self.log_saturation)

    def __call__(self, rgb: Tensor) -> Tensor:
        """Corrected copy of linear ``(3, ...)``, held to [0, 1]."""
        import torch

        out = torch.empty_like(rgb)
        self.write(rgb, out)
        return out

    def write(self, rgb: Tensor, out: Tensor) -> None:
        """Write the corrected linear ``(3, ...)`` into `out` of the same shape.

        Block by block, in NumPy and OpenCV: threads that meet after every one of these short steps cost more than they
        save, the more so on a busy machine.
        """
        source, target = (t.numpy().reshape(3, len(rgb[0]), -1) for t in (rgb, out))
        rows = max(1, BLOCK // max(1, source.shape[2]))
        for top in range(0, source.shape[1], rows):
            part = slice(top, top + rows)
            np.clip(self._toned(source[:, part]), 0, 1, out=target[:, part])

    def undo(self, rgb: Tensor) -> Tensor:
        """What `rgb` was before the correction, except where it met the limits of [0, 1]."""
        from scenechange.math.colour import luminance

        luma = luminance(rgb)
        plain = (rgb - luma) * float(np.exp(-self.log_saturation)) + luma
        power = float(np.exp(-self.log_contrast))
        floors = [PIVOT * float(np.exp(np.log(FLOOR / PIVOT) / power + gain)) for gain in self.log_gain]
        out = plain.clone()
        for channel, (gain, floor) in enumerate(zip(self.log_gain, floors, strict=True)):
            value = plain[channel]
            curved = PIVOT * ((value.clamp_min(floor) / PIVOT).log() - gain).mul(power).exp()
            out[channel] = curved * (value / floor).clamp(0, 1)
        return out.clamp_(0, 1)

    def _toned(self, rgb: np.ndarray) -> np.ndarray:
        """Linear ``(3, h, w)`` after gain, contrast and saturation, not yet held to [0, 1]."""
        import cv2

        contrast, saturation = np.float32(np.exp(self.log_contrast)), np.float32(np.exp(self.log_saturation))
        toned = np.maximum(rgb, np.float32(FLOOR), order="C")
        for plane, gain in zip(toned, self.log_gain, strict=True):
            cv2.log(plane, plane)
            plane *= contrast
            plane += np.float32(gain + np.log(PIVOT) * (1 - float(contrast)))
            cv2.exp(plane, plane)
        if rgb.size and rgb.min() < FLOOR:
            # Light below the floor scales in proportion, so that black stays black and the curve can be undone.
            toned *= np.clip(rgb * np.float32(1 / FLOOR), 0, 1)
        if self.log_saturation:
            luma = np.float32(LUMA[0]) * toned[0] + np.float32(LUMA[1]) * toned[1] + np.float32(LUMA[2]) * toned[2]
            luma *= 1 - saturation
            toned *= saturation
            toned += luma
        return toned
