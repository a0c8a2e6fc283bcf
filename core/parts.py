"""Some of the rows of the data: what an E step works on that does not look at all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import NDArray

from core.data import Array, Data

GOLDEN = 0.5 * (5.0**0.5 - 1.0)


@dataclass(frozen=True, eq=False)
class Part:
    """The rows of the data that `rows` picks out: a slice, or positions (m,)."""

    data: Data
    rows: slice | NDArray[np.int64]

    @property
    def n_features(self) -> int:
        """Number of columns fitted together."""
        return self.data.n_features

    def blocks(self, size: int) -> Iterator[tuple[Array, Array | None]]:
        """At most `size` rows at a time: values (m, d) and their counts (m,) or None."""
        values = self.data.values[self.rows]
        counts = None if self.data.counts is None else self.data.counts[self.rows]
        for first in range(0, len(values), size):
            block = slice(first, first + size)
            yield values[block], None if counts is None else counts[block]

    def observed_blocks(self, size: int) -> Iterator[tuple[Array, Array | None]]:
        """The same as densities take them."""
        rows = np.arange(len(self.data))[self.rows] if isinstance(self.rows, slice) else self.rows
        for first in range(0, len(rows), size):
            block = rows[first : first + size]
            yield self.data.observations(block), None if self.data.counts is None else self.data.counts[block]


def strided(data: Data, place: int, of: int) -> Part:
    """Every `of`-th row from `place` on: a part that is like the whole even where the file is sorted."""
    return Part(data, slice(place, None, of))


def scattered(data: Data, of: int, rng: np.random.Generator) -> Iterator[tuple[Part, float]]:
    """The data in `of` parts of nearly equal size, and each one's share of the rows; another division every time.

    Rows are taken at steps of the golden section of the file, from a random one on: neighbours in a part are far apart
    in the file, so that neither sorted rows nor rows that alternate make parts that differ.
    """
    n = len(data)
    stride = max(1, round(GOLDEN * n))
    while gcd(stride, n) > 1:
        stride += 1
    first = int(rng.integers(n))
    for place in range(of):
        begin, end = place * n // of, (place + 1) * n // of
        rows = (first + stride * np.arange(begin, end, dtype=np.int64)) % n
        yield Part(data, rows), (end - begin) / n
