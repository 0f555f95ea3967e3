"""What the critic found: one `Cue` for each thing a viewer may notice, and all of them together."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from scenechange.critic.limits import LIMITS
from scenechange.critic.wording import words
from scenechange.errors import InputError
from scenechange.types import value

CUES = tuple(LIMITS)


@value
class Cue:
    """One thing that can give a composite away.

    Attributes
    ----------
    name : str
        One of `CUES`.
    gap : float or None
        Person less place, in the cue's unit; None where it could not be measured.
    message : str
        Which sentence says it: a key of the wordings.
    numbers : dict
        What the sentence fills in.
    usual : float
        Gap that 19 of 20 people in untouched photos stay below; 0 where such a gap does not exist in a real photo.
    spread : float
        Standard deviation of the measurement where one is known, else 0.
    """

    name: str
    gap: float | None
    message: str
    numbers: dict[str, float] = field(default_factory=dict)
    usual: float = 0.0
    spread: float = 0.0

    def __post_init__(self) -> None:
        if self.name not in LIMITS:
            raise InputError(f"Cue.name: wanted one of {', '.join(LIMITS)}, got {self.name!r}")

    @property
    def unit(self) -> str:
        """Unit of the gap."""
        return LIMITS[self.name].unit

    @property
    def jnd(self) -> float:
        """Just-noticeable difference in the unit of the gap."""
        return LIMITS[self.name].jnd

    @property
    def limit(self) -> float:
        """Gap from which the cue counts: just noticeable, unusual in real photos, and surely measured."""
        return max(self.jnd, self.usual, 2 * self.spread)

    @property
    def visible(self) -> bool:
        """Whether the gap passes the limit."""
        return self.gap is not None and abs(self.gap) > self.limit

    @property
    def remedy(self) -> str:
        """What to turn, as stage.option, or an empty string where nothing is to be done or no option does it."""
        return LIMITS[self.name].remedy if self.visible else ""

    def sentence(self, language: str = "en") -> str:
        """What is wrong and what to do about it, in one or two plain sentences."""
        said = self.message if self.visible or self.gap is None else "fine"
        return words(language, self.name, said).format_map(self.numbers)

    def as_dict(self, language: str = "en") -> dict[str, Any]:
        """For JSON."""
        limit = LIMITS[self.name]
        return {
            "cue": self.name,
            "gap": None if self.gap is None else round(self.gap, 3),
            "unit": limit.unit,
            "jnd": limit.jnd,
            "usual": round(self.usual, 3),
            "limit": round(self.limit, 3),
            "visible": self.visible,
            "message": self.message,
            "sentence": self.sentence(language),
            "remedy": self.remedy,
            "source": limit.source,
        }


@value
class Critique:
    """All cues of a picture and its realism.

    Attributes
    ----------
    realism : float
        0 to 1: how much the person looks as if they had been there, from colours, tones and texture. Learned from
        people's judgements; see `scenechange.critic.realism`.
    cues : tuple of Cue
        One for each of `CUES`, the most visible first, what could not be measured last.
    """

    realism: float
    cues: tuple[Cue, ...]

    @property
    def visible(self) -> tuple[Cue, ...]:
        """Cues that give the picture away, the worst first."""
        return tuple(cue for cue in self.cues if cue.visible)

    def as_dict(self, language: str = "en") -> dict[str, Any]:
        """For JSON."""
        return {"realism": round(self.realism, 4), "cues": [cue.as_dict(language) for cue in self.cues]}


def critique(realism: float, cues: list[Cue]) -> Critique:
    """The critique with its cues in order."""

    def weight(cue: Cue) -> tuple[bool, bool, float]:
        return cue.gap is None, not cue.visible, -abs(cue.gap or 0.0) / cue.limit

    return Critique(realism, tuple(sorted(cues, key=weight)))
