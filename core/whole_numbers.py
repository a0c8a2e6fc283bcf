"""Values that are whole numbers: bins centred on them, one by one or in groups, and the probability of each bin."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from core.binning import Histogram
from core.data import Array, Data
from core.mixture import Mixture

MOST = 80
"""Bins of one whole number each; of more numbers, several share a bin."""
WIDTHS = (1, 2, 5)
MOST_DRAWN = 2000
LARGEST = 2.0**52


@dataclass(frozen=True)
class Cells:
    """Groups of `width` whole numbers, one of them beginning half a step above `first`."""

    first: float
    width: float

    @classmethod
    def of(cls, histogram: Histogram) -> Cells:
        """The groups that a histogram counts."""
        return cls(float(histogram.edges[0]), max(1.0, float(round(histogram.width))))

    def edges(self, low: float, high: float) -> Array:
        """Edges of all groups from low to high, (B + 1,)."""
        begin = floor((low - self.first) / self.width)
        end = min(ceil((high - self.first) / self.width), begin + MOST_DRAWN)
        return np.asarray(self.first + self.width * np.arange(begin, max(end, begin + 1) + 1, dtype=np.float64))

    def joint(self, mixture: Mixture, edges: Array) -> Array:
        """Natural log of weight times probability of each group, (K, B)."""
        with np.errstate(all="ignore"):
            if self.width == 1.0:
                return mixture.joint(np.round(edges[:-1] + 0.5))
            below = mixture.family.cdf(mixture.parameters, np.round(edges - 0.5))
            return np.asarray(np.log(mixture.weights)[:, np.newaxis] + np.log(np.maximum(np.diff(below, axis=1), 0.0)))


def whole_bins(data: Data, n_bins: int = 0) -> Array | None:
    """Edges of bins that hold whole numbers in equal groups, at most n_bins of them (0: as many as can be told apart).

    None where the numbers are too large to be told apart.
    """
    low, high = floor(float(data.minimum[0])), ceil(float(data.maximum[0]))
    if max(abs(low), abs(high)) > LARGEST:
        return None
    count = high - low + 1
    width = _round_up(count / MOST) if n_bins == 0 else ceil(count / n_bins)
    first = floor(low / width) * width
    n = (high - first) // width + 1
    return np.asarray(first - 0.5 + width * np.arange(n + 1, dtype=np.float64))


def _round_up(width: float) -> int:
    """1, 2 or 5 times a power of ten, at least the width."""
    power = 1
    while True:
        for step in WIDTHS:
            if step * power >= width:
                return step * power
        power *= 10
