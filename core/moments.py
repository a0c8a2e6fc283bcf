"""Mean and sd of sets of rows, kept so that neither an offset of 1e9 nor a scale of 1e200 costs a digit."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from core.data import Array, Data

BLOCK_ROWS = 1 << 15


class MeanAndSd(NamedTuple):
    """Mean and sd (divided by n) of several sets of rows, in the data's unit. The mean is kept as centre + offset.

    Offsets are small beside a centre of 1e9 and keep the digits it would cost; sds instead of sums of squares are safe
    at any scale (1e300 squared is no number). All of one shape: (K,) for components, (d,) for columns.
    """

    centres: Array
    offsets: Array
    sds: Array

    @property
    def means(self) -> Array:
        """Mean of each set."""
        return self.centres + self.offsets

    def pooled(self, counts: Array, other: MeanAndSd, other_counts: Array) -> MeanAndSd:
        """Those of both sets of rows together (Chan, Golub and LeVeque 1983, the update of pairwise variances)."""
        total = counts + other_counts
        share = np.divide(other_counts, total, out=np.zeros_like(total), where=total > 0)
        apart = (other.centres - self.centres) + (other.offsets - self.offsets)
        within = np.hypot(np.sqrt(1.0 - share) * self.sds, np.sqrt(share) * other.sds)
        between = np.sqrt(share * (1.0 - share)) * apart
        return MeanAndSd(self.centres, self.offsets + share * apart, np.hypot(within, between))

    def scaled(self, factor: float) -> MeanAndSd:
        """The same: means and sds do not depend on how often every row counts."""
        return self


def of_columns(data: Data) -> MeanAndSd:
    """Mean and sd of each column, (d,), pooled over blocks."""
    first = data.values[0]
    zero = np.zeros(data.n_features)
    total, counts = MeanAndSd(first, zero, zero), zero
    for values, weights in data.blocks(BLOCK_ROWS):
        away = values - first
        offsets = np.average(away, axis=0, weights=weights)
        away -= offsets
        scale = np.abs(away).max(axis=0)
        scale[scale == 0.0] = 1.0
        sds = scale * np.sqrt(np.average(np.square(away / scale), axis=0, weights=weights))
        held = np.full(data.n_features, float(len(values)) if weights is None else float(weights.sum()))
        total = total.pooled(counts, MeanAndSd(first, offsets, sds), held)
        counts = counts + held
    return total
