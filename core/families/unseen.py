"""Rows that do not say their value: what they say instead, each different thing once, and sums over where it may be."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data import Array
from core.families.family import Family, Parameters
from core.families.intervals import Law, NormalLaw
from core.moments import MeanAndSd

ROWS, FEW = 2048, 64
"""Rows worked on at a time, and rows of which it is not worth looking whether they say the same."""


class Ends(NamedTuple):
    """What some rows (m,) say instead of their value, each different pair once: ends, or a measurement and its error.

    rows: their positions; first, second (u,): the pair; which (m,): the pair of each row.
    """

    rows: NDArray[np.intp]
    first: Array
    second: Array
    which: NDArray[np.intp]

    @classmethod
    def of(cls, rows: NDArray[np.intp], said: Array) -> Ends:
        """Those of rows at these positions (m,) that say these pairs (m, 2)."""
        if len(rows) > FEW:
            pairs, which = np.unique(said, axis=0, return_inverse=True)
            if 2 * len(pairs) <= len(rows):
                return cls(rows, pairs[:, 0], pairs[:, 1], which.ravel())
        return cls(rows, said[:, 0], said[:, 1], np.arange(len(rows)))

    def spread(self, of_pairs: Array) -> Array:
        """What is true of each pair (…, u), of each row (…, m)."""
        return of_pairs if len(self.first) == len(self.rows) else of_pairs[..., self.which]

    def summed(self, of_rows: Array) -> Array:
        """Sums over the rows of each pair, (K, u) of (K, m)."""
        if len(self.first) == len(self.rows):
            return of_rows
        return np.stack([np.bincount(self.which, one, len(self.first)) for one in of_rows])


def products(shares: Array, of_rows: Array) -> Array:
    """Shares times what is true of rows; 0 where nothing has a share, whatever is true there."""
    return np.where(shares > 0, shares * np.where(shares > 0, of_rows, 0.0), 0.0)


def pooled_normal(own: Parameters, base: Family, normal: NormalLaw, shares: Array, counts: Array) -> MeanAndSd:
    """Mean and sd of the values within intervals, over all of them by their shares (K, m) with these sums (K,)."""
    found = base.as_normal(own)
    assert found is not None
    centres, sds, _ = found
    held = np.where(counts > 0, counts, 1.0)
    away = products(shares, normal.means - centres[:, np.newaxis])
    offsets = away.sum(axis=1) / held
    apart = (normal.means - centres[:, np.newaxis] - offsets[:, np.newaxis]) / sds[:, np.newaxis]
    squares = np.square(normal.sds / sds[:, np.newaxis]) + np.square(apart)
    return MeanAndSd(centres, offsets, sds * np.sqrt(products(shares, squares).sum(axis=1) / held))


def side_by_side(laws: list[Law], shares: Array) -> tuple[Array, Array]:
    """The places of all components (M,), and for each component (K, M) the shares of its own, (K, m) in all."""
    k = len(laws)
    widths = [one.places.size for one in laws]
    ends = np.cumsum([0, *widths])
    made = np.zeros((k, ends[-1]))
    for place, one in enumerate(laws):
        made[place, ends[place] : ends[place + 1]] = (shares[place][:, np.newaxis] * one.shares).ravel()
    return np.concatenate([one.places.ravel() for one in laws]), made
