"""Many comparisons at once: p values that stay honest, and letters that show who cannot be told apart."""

from __future__ import annotations

import numpy as np

from scenechange.ratings.analysis.votes import Floats, Ints


def letters(differ: np.ndarray) -> tuple[str, ...]:
    """Compact letters: things share a letter if and only if they do not differ.

    Parameters
    ----------
    differ : (S, S) array of bool
        Symmetric.

    Returns
    -------
    tuple of str
        ``"a"``, ``"ab"``, ...; after ``"z"`` come ``"(27)"``, ``"(28)"``, ... .

    References
    ----------
    Piepho 2004: insert and absorb.

    Examples
    --------
    >>> import numpy as np
    >>> letters(np.array([[0, 0, 1], [0, 0, 0], [1, 0, 0]], bool))
    ('a', 'ab', 'b')
    """
    size = len(differ)
    columns = [(1 << size) - 1] if size else []
    for i, j in zip(*np.nonzero(np.triu(differ, 1)), strict=True):
        one, other = 1 << int(i), 1 << int(j)
        split = [column & ~bit for column in columns if column & one and column & other for bit in (one, other)]
        columns = _absorbed([c for c in columns if not (c & one and c & other)], split)
    columns.sort(key=lambda column: [not column >> place & 1 for place in range(size)])
    signs = [chr(97 + k) if k < 26 else f"({k + 1})" for k in range(len(columns))]
    return tuple("".join(s for s, c in zip(signs, columns, strict=True) if c >> k & 1) for k in range(size))


def ranks(worse: np.ndarray) -> tuple[Ints, tuple[str, ...]]:
    """Rank and letters of things of which some are surely worse than others.

    Parameters
    ----------
    worse : (S, S) array of bool
        Whether row is significantly worse than column.

    Returns
    -------
    rank : (S,) array of int
        1 + number of things that are significantly better.
    group : tuple of str
        See `letters`.

    Examples
    --------
    >>> import numpy as np
    >>> ranks(np.array([[0, 0, 0], [0, 0, 0], [1, 0, 0]], bool))
    (array([1, 1, 2]), ('a', 'ab', 'b'))
    """
    return 1 + worse.sum(1), letters(worse | worse.T)


def holm(p: Floats) -> Floats:
    """Holm's corrected p values.

    References
    ----------
    Holm, Scand. J. Statistics 6, 1979.

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, 0.03])).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p, kind="stable")
    corrected = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    result = np.empty_like(corrected)
    result[order] = np.minimum(corrected, 1)
    return result


def _absorbed(kept: list[int], added: list[int]) -> list[int]:
    """Sets without those inside others."""
    for column in sorted(set(added), key=lambda c: -c.bit_count()):
        if not any(column & other == column for other in kept):
            kept = [*kept, column]
    return kept
