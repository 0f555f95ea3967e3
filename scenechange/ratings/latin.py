"""Orders in which everything comes equally often at every place: Latin squares balanced for what came just before."""

from __future__ import annotations


def williams_rows(size: int) -> int:
    """How many rows a Williams design of `size` symbols has: `size` where that is even, else twice as many."""
    return size if size % 2 == 0 or size == 1 else 2 * size


def williams_row(size: int, row: int) -> tuple[int, ...]:
    """One order of the symbols 0 to size-1.

    Over all `williams_rows` rows every symbol stands at every place equally often, and follows every other symbol
    equally often: what the picture before does to the picture now (first-order carry-over) averages out.

    Parameters
    ----------
    size : int
        Symbols, at least 1.
    row : int
        Any whole number; rows repeat after `williams_rows`.

    Returns
    -------
    tuple of int
        A permutation of ``range(size)``.

    References
    ----------
    E. J. Williams, "Experimental designs balanced for the estimation of residual effects of treatments", Australian
    Journal of Scientific Research A 2 (1949): even sizes by one cyclic square, odd sizes by that square and its mirror.

    Examples
    --------
    >>> [williams_row(4, row) for row in range(4)]
    [(0, 1, 3, 2), (1, 2, 0, 3), (2, 3, 1, 0), (3, 0, 2, 1)]
    """
    row %= williams_rows(size)
    zigzag = (-(-place // 2) if place % 2 else -(place // 2) for place in range(size))
    order = tuple((step + row) % size for step in zigzag)
    return order if row < size else order[::-1]
