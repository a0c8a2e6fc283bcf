"""Adding something up over the data, a block at a time, so that no n x K array ever exists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, Self, TypeVar

from core.data import Array

BLOCK_CELLS = 1 << 16
"""Numbers in a block's (K, m) array: 512 kB, which a processor's cache holds."""


class Adds(Protocol):
    """Anything that can be added to its own kind."""

    def __add__(self, other: Self, /) -> Self: ...


Total = TypeVar("Total", bound=Adds)


class Rows(Protocol):
    """Rows of numbers with their counts, a block at a time: all of the data, or a part of them."""

    @property
    def n_features(self) -> int:
        """Number of columns fitted together."""
        ...

    def blocks(self, size: int) -> Iterator[tuple[Array, Array | None]]:
        """At most `size` rows at a time: values (m, d) and their counts (m,) or None."""
        ...


def block_size(n_components: int) -> int:
    """Rows in a block for K components."""
    return max(512, BLOCK_CELLS // n_components)


def total(function: Callable[[Array, Array | None], Total], data: Rows, size: int) -> Total:
    """Sum of function(values (m,) or (m, d), counts (m,) or None) over blocks of `size` rows."""
    return summed(function(values, counts) for values, counts in blocks(data, size))


def summed(parts: Iterable[Total]) -> Total:
    """Sum of one part or more, added in pairs.

    Adding in pairs, like a tournament, keeps the rounding error of 10 million rows at a few units of the last place.
    """
    pending: list[tuple[int, Total]] = []
    for level_0 in parts:
        level, part = 0, level_0
        while pending and pending[-1][0] == level:
            part = pending.pop()[1] + part
            level += 1
        pending.append((level, part))
    result = pending.pop()[1]
    while pending:
        result = pending.pop()[1] + result
    return result


def blocks(data: Rows, size: int) -> Iterator[tuple[Array, Array | None]]:
    """Blocks of at most `size` rows as densities take them: values (m,) or, of several columns, (m, d); counts."""
    for values, counts in data.blocks(size):
        yield values[:, 0] if data.n_features == 1 else values, counts
