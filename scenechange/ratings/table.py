"""Reading TOML tables strictly: each value of its kind and range, unknown keys refused with the nearest known one."""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, TypeVar

from scenechange.errors import InputError

Choice = TypeVar("Choice", bound=StrEnum)
_REQUIRED: Any = object()


class StudyError(InputError):
    """A study file, or the pictures it names, cannot be used; the message names the key."""


class Table:
    """One table of a study file. Every key is asked for once; `close` refuses those that nobody asked for.

    Parameters
    ----------
    values : object
        What the file has there.
    name : str
        Of the table, for messages, such as ``design``; empty for the whole file.
    """

    def __init__(self, values: object, name: str) -> None:
        if not isinstance(values, dict):
            raise StudyError(f"{name}: wanted a table, got {shown(values)}")
        self._values, self.name = values, name
        self._asked: list[str] = []

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def key(self, key: str) -> str:
        """A key's full name, for messages."""
        return f"{self.name}.{key}" if self.name else key

    def fault(self, key: str, wanted: str, hint: str = "") -> StudyError:
        """An error on one key: what was wanted, what came, what to do."""
        came = shown(self._values[key]) if key in self._values else "nothing"
        return StudyError(f"{self.key(key)}: wanted {wanted}, got {came}" + (f". {hint}" if hint else ""))

    def raw(self, key: str, default: Any = _REQUIRED, wanted: str = "a value") -> Any:
        """The value as it is; a missing one without default is an error."""
        self._asked.append(key)
        if key not in self._values and default is _REQUIRED:
            raise self.fault(key, wanted, "Add it")
        return self._values.get(key, default)

    def text(self, key: str, default: str = _REQUIRED, wanted: str = "a text") -> str:
        """A text, spaces around it taken off; an empty one only where the default is empty."""
        value = self.raw(key, default, wanted)
        if not isinstance(value, str) or "\0" in value or (not value.strip() and default != ""):
            raise self.fault(key, wanted)
        return value.strip()

    def whole(self, key: str, default: int = _REQUIRED, low: int = 0, high: int = 10**9) -> int:
        """A whole number within a range."""
        wanted = f"a whole number from {low} to {high}"
        value = self.raw(key, default, wanted)
        if isinstance(value, bool) or not isinstance(value, int) or (not low <= value <= high and value != default):
            raise self.fault(key, wanted)
        return value

    def share(self, key: str, default: float = _REQUIRED) -> float:
        """A number from 0 to 1."""
        value = self.raw(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.fault(key, "a number from 0 to 1")
        if not math.isfinite(value) or not 0 <= value <= 1:
            raise self.fault(key, "a number from 0 to 1")
        return float(value)

    def flag(self, key: str, default: bool = _REQUIRED) -> bool:
        """``true`` or ``false``."""
        value = self.raw(key, default)
        if not isinstance(value, bool):
            raise self.fault(key, "true or false")
        return value

    def choice(self, key: str, kind: type[Choice], default: Choice = _REQUIRED) -> Choice:
        """One of a few words."""
        words = ", ".join(repr(str(word)) for word in kind)
        value = self.raw(key, default, f"one of {words}")
        if not isinstance(value, str) or value not in list(kind):
            raise self.fault(key, f"one of {words}", did_you_mean(value, [str(word) for word in kind]))
        return kind(value)

    def texts(self, key: str, languages: Sequence[str], default: dict[str, str] = _REQUIRED) -> dict[str, str]:
        """A text in every language of the study; one text alone where there is one language."""
        value = self.raw(key, default, f"a text in every language ({', '.join(languages)})")
        if isinstance(value, str) and len(languages) == 1:
            value = {languages[0]: value}
        if not isinstance(value, dict):
            raise self.fault(key, f'a text in every language, as {self.key(key)}.{languages[0]} = "..."')
        strange = [code for code in value if code not in languages]
        if strange:
            raise StudyError(f"{self.key(key)}.{strange[0]}: wanted one of study.languages ({', '.join(languages)})")
        for code in languages:
            text = value.get(code)
            if not isinstance(text, str) or not text.strip():
                raise StudyError(f"{self.key(key)}.{code}: wanted a text in every language, got {shown(text)}. Add it")
        return {code: value[code].strip() for code in languages}

    def words(self, key: str, default: Sequence[str] = _REQUIRED) -> tuple[str, ...]:
        """A list of texts."""
        value = self.raw(key, default, "a list of texts")
        if not isinstance(value, list | tuple) or not all(isinstance(word, str) and word.strip() for word in value):
            raise self.fault(key, "a list of texts")
        return tuple(word.strip() for word in value)

    def table(self, key: str, default: dict[str, Any] = _REQUIRED) -> Table:
        """A table within."""
        return Table(self.raw(key, default, "a table"), self.key(key))

    def tables(self, key: str) -> list[Table]:
        """A list of tables, written ``[[key]]``; none where the key is missing."""
        values = self.raw(key, [])
        if not isinstance(values, list):
            raise self.fault(key, f"a list of tables, each written as [[{self.key(key)}]]")
        return [Table(value, f"{self.key(key)}[{number}]") for number, value in enumerate(values, 1)]

    def close(self) -> None:
        """Refuse keys that were never asked for."""
        for key in self._values:
            if key not in self._asked:
                near = did_you_mean(key, self._asked)
                raise StudyError(f"{self.key(key)}: unknown key. {near or 'Known: ' + ', '.join(sorted(self._asked))}")


def escaped(text: str) -> str:
    """A text as it stands between the quotes of a TOML string.

    Raises
    ------
    StudyError
        It has control characters.
    """
    if not text.isprintable():
        raise StudyError(f"wanted a text without control characters, got {text!r}")
    return text.replace("\\", "\\\\").replace('"', '\\"')


def did_you_mean(word: object, known: Sequence[str]) -> str:
    """The nearest known word as a hint, or nothing."""
    near = difflib.get_close_matches(str(word), known, 1)
    return f"Did you mean {near[0]!r}?" if near else ""


def shown(value: object) -> str:
    """A value for a message, short."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return f"a table with {', '.join(map(str, value)) or 'nothing in it'}"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
