"""A histogram of a column: bins a reader can name, counted block by block."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10

import numpy as np
from numpy.typing import NDArray

from core.data import Array, Data

MOST_BINS = 500
SUBSET = 100_000


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts in bins of equal width. edges (B + 1,), counts (B,); levels (L, B) when they were counted by a label."""

    edges: Array
    counts: Array
    levels: Array | None = None

    @property
    def width(self) -> float:
        """Width of a bin, in the data's unit."""
        return float(self.edges[1] - self.edges[0])

    @property
    def centres(self) -> Array:
        """Middle of each bin, (B,)."""
        return self.edges[:-1] + 0.5 * np.diff(self.edges)


def freedman_diaconis(data: Data) -> Array:
    """Edges by the rule of Freedman and Diaconis (1981), the width rounded down to 1, 2 or 5 times a power of ten.

    A round width gives edges a person can read, and whole numbers fall evenly into bins. At most MOST_BINS bins.
    """
    low, high = float(data.minimum[0]), float(data.maximum[0])
    step = max(1, len(data) // SUBSET)
    quartiles = np.quantile(data.column[::step], [0.25, 0.75])
    between = float(quartiles[1] - quartiles[0]) or float(data.sd[0])
    width = 2.0 * between / data.n_samples ** (1.0 / 3.0)
    extent = high / 2 - low / 2
    width = _round_down(max(width, 2.0 * (extent / (MOST_BINS / 2)), 1e-300))
    first, last = floor(low / width), ceil(high / width)
    if last == high / width:
        last += 1  # the last bin is closed on the left like the others, so the largest value needs one of its own
    if abs(first) > 2**50 or last - first > 2 * MOST_BINS:
        return equal_bins(data, 50)
    return np.arange(first, max(last, first + 1) + 1, dtype=np.float64) * width


def equal_bins(data: Data, n_bins: int) -> Array:
    """Edges of n_bins bins of equal width from the smallest to the largest value."""
    low, high = float(data.minimum[0]), float(data.maximum[0])
    if low == high:
        margin = abs(low) * 0.05 or 0.5
        low, high = low - margin, high + margin
    return np.linspace(low, high, n_bins + 1)


def histogram(data: Data, edges: Array, codes: NDArray[np.int32] | None = None, n_levels: int = 0) -> Histogram:
    """Counts the data in the bins; codes (n,) from 0, or −1 for none, count each label apart as well."""
    n_bins = len(edges) - 1
    low, width = float(edges[0]), float(edges[-1] / n_bins - edges[0] / n_bins)
    counts = np.zeros(n_bins)
    levels = np.zeros((n_levels, n_bins)) if codes is not None else None
    first = 0
    for values, weights in data.blocks(1 << 18):
        at = ((values[:, 0] - low) / width).astype(np.int64).clip(0, n_bins - 1)
        # Division may round across an edge: put those values right.
        at -= (values[:, 0] < edges[at]) & (at > 0)
        at += (values[:, 0] >= edges[at + 1]) & (at < n_bins - 1)
        counts += np.bincount(at, weights, n_bins)
        if levels is not None and codes is not None:
            part = codes[first : first + len(at)]
            for level in range(n_levels):
                chosen = part == level
                levels[level] += np.bincount(at[chosen], None if weights is None else weights[chosen], n_bins)
        first += len(at)
    return Histogram(edges, counts, levels)


def _round_down(width: float) -> float:
    power = 10.0 ** floor(log10(width))
    return float(max(step for step in (1.0, 2.0, 5.0) if step * power <= width * (1 + 1e-9)) * power)
