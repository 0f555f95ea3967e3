"""What was measured in a scene, kept as long as the scene is: a person is moved about in it often."""

from __future__ import annotations

import operator
import weakref
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

_T = TypeVar("_T")
_known: dict[tuple[int, str], tuple[weakref.ref[Tensor], tuple[object, ...], Any]] = {}


def remembered(background: Tensor, work: Callable[..., _T], *others: object) -> _T:
    """``work(background, *others)``, from memory where the same function was last asked about the same values.

    Photos are never changed in place, so the tensor itself is the key; what is known of it goes when it goes. `others`
    (its camera) are compared by identity as well.
    """
    key = id(background), f"{work.__module__}.{work.__qualname__}"
    entry = _known.get(key)
    if entry is not None and entry[0]() is background and all(map(operator.is_, entry[1], others)):
        known: _T = entry[2]
        return known
    value = work(background, *others)
    _known[key] = weakref.ref(background, lambda _: _known.pop(key, None)), others, value
    return value
