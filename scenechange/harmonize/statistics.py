"""Learned statistics transfer with shrinkage: the default way to give a person the scene's light."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from scenechange.errors import InputError
from scenechange.harmonize.cast import missing_cast
from scenechange.harmonize.correction import LN_2, Correction
from scenechange.harmonize.dim import missing_dimness
from scenechange.harmonize.samples import Samples, gather, light_given
from scenechange.harmonize.toning import NOTE_GREY, Toning, one_ink, toning_of
from scenechange.math.colour import linear_of
from scenechange.types import Layers, Light

if TYPE_CHECKING:
    from torch import Tensor

MOST_STOPS = 4.0
DOUBT = 16.0  # weight of the voters' disagreement; they share their photos, so it is an underestimate
STEEP = 4  # power of the change in the shrinkage: with 2, small changes, which do harm as often as good, shrank less
LEAST_LEVELS = 2.0  # a smaller change, root mean square in 8-bit levels, is not seen: the person stays as they came
BAND = 64
LIGHT_PART = 0.35  # sRGB: of somebody who is darker all over nobody can say whether they have colours


@dataclass(frozen=True, slots=True)
class Statistics:
    """Recolours the person by the correction that statistics of person and scene call for; a `Harmonizer`.

    One `Correction` (gain per channel, contrast, saturation) is applied to all pixels of the person alike. It is
    learned from street photos whose people were recoloured. It shrinks where it is small against what such
    statistics can tell, and where the networks that vote on it disagree. Dusk and lamps, of which street photos teach
    little, come in by `missing_cast` and `missing_dimness`. `Light` is not used: the colours round the person say more
    about the person's light than estimates made for the whole picture. In a scene of one ink, black-and-white or
    toned, the person is printed in that ink: the one operation here that cannot be undone. A black-and-white person
    in a scene with colours stays as they are, and that is said: nobody's colours are made up.

    Attributes
    ----------
    strength : float
        Part of the correction that is applied, 0 to 1. 1: the shrunk correction is the expected one.
    leave_levels : float
        Change of the person, root mean square in 8-bit levels, that is shrunk to half. 15: what is still done to
        people whom nobody recoloured stays below a mean squared error of 40 levels^2 on street photos.
    cast : float
        Part of a coloured light that is given to a person who lacks it, 0 to 1. 0.7: clothes and skin have colours
        of their own, so not all that is missing is light.
    dim : float
        Part of the brightness that a person has too much in a picture as dark as dusk or night, which is taken, 0 to 1.
    brightness_ev : float or None
        Brightness given to the person, in stops (mean over the channels). None: as found by `estimated`.
    warmth : float or None
        How much more red than blue is given to the person, in stops. None: as found by `estimated`.
    """

    strength: float = 1.0
    leave_levels: float = 15.0
    cast: float = 0.7
    dim: float = 1.0
    brightness_ev: float | None = None
    warmth: float | None = None

    def __post_init__(self) -> None:
        for name, part in (("strength", self.strength), ("cast", self.cast), ("dim", self.dim)):
            if not 0 <= part <= 1:
                raise InputError(f"harmonize {name}: wanted 0 to 1, got {part}")
        if not 0 <= self.leave_levels <= 255:
            raise InputError(f"harmonize leave_levels: wanted 0 to 255, got {self.leave_levels}")
        for name, stops in (("brightness_ev", self.brightness_ev), ("warmth", self.warmth)):
            if stops is not None and not -MOST_STOPS <= stops <= MOST_STOPS:
                raise InputError(f"harmonize {name}: wanted {-MOST_STOPS:g} to {MOST_STOPS:g} stops, got {stops}")

    def __call__(self, layers: Layers, light: Light) -> Layers:
        """`layers` with a new foreground; the same object where person or scene are too small to judge."""
        found = self._found(layers)
        if found is None:
            correction, ink, told = Correction(), None, layers
        else:
            correction, ink = found.correction, found.ink
            told = replace(layers, notes=(*layers.notes, NOTE_GREY)) if found.is_grey else layers
        correction = correction.with_wishes(self.brightness_ev, None if ink else self.warmth)
        if correction.is_identity and ink is None:
            return told
        foreground = recoloured(layers.foreground, layers.alpha, correction, ink)
        matched_rgb = layers.matched_rgb if found is None else found.matched_rgb
        return replace(told, foreground=foreground, matched_rgb=matched_rgb)

    def estimated(self, layers: Layers) -> Correction:
        """The correction that the statistics alone call for: where `brightness_ev` and `warmth` start from."""
        found = self._found(layers)
        return Correction() if found is None else found.correction

    def _found(self, layers: Layers) -> _Found | None:
        """What the statistics call for; None where they are not asked, or person or scene are too small."""
        samples = gather(layers) if self.strength > 0 else None
        if samples is None:
            return None
        ink = toning_of(layers)
        if ink is None:
            found = self.correction(samples)
            return _Found(found, None, _given(found, samples.person), is_grey(samples.person))
        grey = self.correction(replace(samples, person=printed(ink, samples.person)))
        gain = grey.brightness_ev * LN_2  # a print has one tone curve; its colour is the ink's
        once = Correction((gain, gain, gain), grey.log_contrast, 0.0)
        ink = replace(ink, amount=self.strength * ink.amount)
        return _Found(once, ink, _given(once, samples.person), False)

    def correction(self, samples: Samples) -> Correction:
        """The shrunk correction for these samples, with the tint of coloured light where the scene has one."""
        from scenechange.harmonize.predictor import votes

        ballots = votes(samples)
        theta = ballots.mean(axis=0)
        change = change_levels(samples.person, theta)
        dissent = float(np.mean([change_levels(samples.person, vote, theta) ** 2 for vote in ballots]))
        least = (self.leave_levels**2 + DOUBT * dissent) ** (STEEP / 2)
        theta = theta * change**STEEP / (change**STEEP + least + 1e-9)
        so_far = replace(samples, person=encoded(Correction.from_vector(theta), samples.person).T)
        theta[:3] += missing_cast(so_far, self.cast) - LN_2 * missing_dimness(so_far, self.dim)
        if change_levels(samples.person, theta) < LEAST_LEVELS:
            return Correction()
        return Correction.from_vector(self.strength * theta)


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What the statistics call for.

    `ink` is that of a black-and-white or toned scene, as strong as wished; `matched_rgb` as in `Layers`, without what
    the user wishes on top, which nothing later may take back; `is_grey`: the person is a print, the scene is not.
    """

    correction: Correction
    ink: Toning | None
    matched_rgb: tuple[float, float, float]
    is_grey: bool


def recoloured(foreground: Tensor, alpha: Tensor, correction: Correction, ink: Toning | None = None) -> Tensor:
    """New ``(3, h, w)`` foreground: corrected where alpha is above 0 (and a little beside), copied elsewhere.

    Each band of `BAND` rows is worked on only as wide as the person is there, which saves a third of a standing
    person's box.
    """
    out, opacity = foreground.clone(), alpha[0].numpy()
    for top in range(0, foreground.shape[1], BAND):
        band = opacity[top : top + BAND]
        there, across = np.flatnonzero(band.max(1) > 0), np.flatnonzero(band.max(0) > 0)
        if len(there) == 0:
            continue
        rows, columns = slice(top + there[0], top + there[-1] + 1), slice(across[0], across[-1] + 1)
        correction.write(foreground[:, rows, columns], out[:, rows, columns])
        if ink is not None:
            out[:, rows, columns] = ink(out[:, rows, columns])
    return out


def is_grey(colours: np.ndarray) -> bool:
    """Whether a person's sRGB ``(n, 3)`` are all of one ink, and not only dark."""
    import torch

    from scenechange.math.colour import linear_from_srgb

    linear = linear_from_srgb(torch.from_numpy(np.ascontiguousarray(colours.T, dtype=np.float32)))
    return float(np.quantile(colours.mean(axis=1), 0.9)) > LIGHT_PART and one_ink(linear) is not None


def printed(ink: Toning, colours: np.ndarray) -> np.ndarray:
    """sRGB ``(n, 3)`` printed in an ink."""
    import torch

    from scenechange.math.colour import linear_from_srgb, srgb_from_linear

    linear = linear_from_srgb(torch.from_numpy(np.ascontiguousarray(colours.T, dtype=np.float32)))
    out: np.ndarray = srgb_from_linear(ink(linear)).numpy().T
    return out


def change_levels(colours: np.ndarray, theta: np.ndarray, other: np.ndarray | None = None) -> float:
    """Root mean square difference in 8-bit levels that correction `theta` makes to sRGB ``(n, 3)``, against `other`."""
    few = colours[:: max(1, len(colours) // 1024)]
    reference = few.T if other is None else encoded(Correction.from_vector(other), few)
    return float(255 * np.sqrt(np.mean((encoded(Correction.from_vector(theta), few) - reference) ** 2)))


def _given(correction: Correction, colours: np.ndarray) -> tuple[float, float, float]:
    """By what `correction` multiplies the light of sRGB ``(n, 3)``, per channel."""
    return light_given(linear_of(colours), linear_of(encoded(correction, colours).T))


def encoded(correction: Correction, colours: np.ndarray) -> np.ndarray:
    """sRGB ``(3, n)`` of sRGB ``(n, 3)`` under `correction`."""
    import torch

    from scenechange.math.colour import linear_from_srgb, srgb_from_linear

    linear = linear_from_srgb(torch.from_numpy(np.ascontiguousarray(colours.T, dtype=np.float32)))
    corrected: np.ndarray = srgb_from_linear(correction(linear)).numpy()
    return corrected
