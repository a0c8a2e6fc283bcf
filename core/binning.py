"""A histogram of a column: bins a reader can name, counted block by block, or the bins that the rows themselves are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil, floor, log10

import numpy as np
from numpy.typing import NDArray

from core.data import Array, Data

MOST_BINS = 500
SUBSET = 100_000


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts in bins. edges (B + 1,), counts (B,); levels (L, B) when they were counted by a label.

    hidden (2, B): rows that are only known to be smaller, or larger, than a value in the bin; not among the counts.
    open_ends: whether the first bin reaches down, and the last one up, without end: they are as wide as their
    neighbours here. groups (G, B): the counts of each group of the data.
    """

    edges: Array
    counts: Array
    levels: Array | None = None
    hidden: Array | None = None
    open_ends: tuple[bool, bool] = (False, False)
    groups: Array | None = None

    @property
    def widths(self) -> Array:
        """Width of each bin, (B,), in the data's unit."""
        return np.asarray(np.diff(self.edges))

    @cached_property
    def is_even(self) -> bool:
        """Whether all bins are equally wide, but for rounding."""
        widths = self.widths
        return bool(np.ptp(widths) <= 1e-6 * widths.mean())

    @property
    def width(self) -> float:
        """Width of a bin in the data's unit; the usual one where they differ."""
        return float(self.edges[1] - self.edges[0]) if self.is_even else float(np.median(self.widths))

    @property
    def heights(self) -> Array:
        """Rows per `width`, (B,): the counts where bins are equally wide."""
        return self.per_width(self.counts)

    def per_width(self, rows: Array) -> Array:
        """Numbers of rows in the bins, (…, B), as rows per `width`."""
        return rows if self.is_even else rows * (self.width / self.widths)

    @property
    def centres(self) -> Array:
        """Middle of each bin, (B,)."""
        return self.edges[:-1] + 0.5 * np.diff(self.edges)


def counted(data: Data, edges: Array, codes: NDArray[np.int32] | None = None, n_levels: int = 0) -> Histogram:
    """The histogram of a column as its rows are seen: values in the bins given; intervals as what they are.

    Rows that are the bins of a histogram keep these; other intervals are spread evenly over the bins that they reach
    over; of a row that is open at one end nothing but the direction is known. codes (n,) as in `histogram`.
    """
    seen = data.seen
    if not data.form.intervals or seen is None:
        return histogram(data, edges, codes, n_levels)
    low, high = seen[:, 0], seen[:, 1]
    own = _own_bins(low, high) if data.form.all_hidden else None
    if own is not None:
        return _counted_in_own(data, *own, codes, n_levels)
    weights = np.ones(len(low)) if data.counts is None else data.counts
    edges = _widened(edges, low, high)
    exact = low == high
    counts, levels = np.zeros(len(edges) - 1), None if codes is None else np.zeros((n_levels, len(edges) - 1))
    if exact.any():
        part = None if codes is None else codes[exact]
        known = histogram(Data(data.values[exact], data.columns, counts=weights[exact]), edges, part, n_levels)
        counts, levels = known.counts, known.levels
    spread = ~exact & np.isfinite(low) & np.isfinite(high)
    if spread.any():
        counts = counts + _spread(edges, low[spread], high[spread], weights[spread])
    hidden = np.zeros((2, len(counts)))
    for side, end, is_open in ((0, high, np.isneginf(low)), (1, low, np.isposinf(high))):
        at = np.searchsorted(edges, end[is_open], side="right").clip(1, len(counts)) - 1
        hidden[side] = np.bincount(at, weights[is_open], len(counts))
    return Histogram(edges, counts, levels, hidden if hidden.any() else None)


def has_own_bins(data: Data) -> bool:
    """Whether the rows are the bins of a histogram, so that no others can be chosen."""
    is_hidden = data.form.all_hidden and data.form.intervals and data.seen is not None
    return is_hidden and data.seen is not None and _own_bins(data.seen[:, 0], data.seen[:, 1]) is not None


def _own_bins(low: Array, high: Array) -> tuple[Array, tuple[bool, bool]] | None:
    """Edges of the bins that intervals are, the open ones made as wide as their neighbours, and which ends are open.

    None where intervals overlap, or are too many to be drawn one by one.
    """
    pairs = np.unique(np.column_stack([low, high]), axis=0)
    if len(pairs) > MOST_BINS or len(pairs) < 2 or (pairs[:-1, 1] > pairs[1:, 0]).any():
        return None
    is_open = bool(np.isneginf(pairs[0, 0])), bool(np.isposinf(pairs[-1, 1]))
    inner = np.unique(pairs[np.isfinite(pairs)])
    widths = np.diff(inner) if len(inner) > 1 else np.array([abs(inner[0]) * 0.1 or 1.0])
    before = [inner[0] - widths[0]] if is_open[0] else []
    after = [inner[-1] + widths[-1]] if is_open[1] else []
    return np.array([*before, *inner, *after]), is_open


def _counted_in_own(
    data: Data, edges: Array, open_ends: tuple[bool, bool], codes: NDArray[np.int32] | None, n_levels: int
) -> Histogram:
    assert data.seen is not None
    low = data.seen[:, 0]
    at = np.where(np.isneginf(low), 0, np.searchsorted(edges, low, side="right") - 1)
    n_bins = len(edges) - 1
    counts = np.bincount(at, data.counts, n_bins).astype(np.float64)
    levels = None
    if codes is not None:
        levels = np.zeros((n_levels, n_bins))
        for level in range(n_levels):
            chosen = codes == level
            levels[level] = np.bincount(at[chosen], None if data.counts is None else data.counts[chosen], n_bins)
    return Histogram(edges, counts, levels, None, open_ends)


def _widened(edges: Array, low: Array, high: Array) -> Array:
    """The edges, with further ones at the same distance so that they hold every end that is finite."""
    ends = np.concatenate([low[np.isfinite(low)], high[np.isfinite(high)]])
    width = float(edges[1] - edges[0])
    before = ceil(min(max(0.0, float(edges[0] - ends.min()) / width), MOST_BINS))
    after = ceil(min(max(0.0, float(ends.max() - edges[-1]) / width), MOST_BINS))
    if not (before or after):
        return edges
    first = edges[0] - width * np.arange(before, 0, -1)
    return np.concatenate([first, edges, edges[-1] + width * np.arange(1, after + 1)])


def _spread(edges: Array, low: Array, high: Array, weights: Array) -> Array:
    """Rows of each bin when every interval is spread evenly over its length."""
    share = weights / (high - low)
    below = np.array([float((share * np.clip(edge - low, 0.0, high - low)).sum()) for edge in edges])
    return np.asarray(np.diff(below))


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
    """Counts the data in bins of equal width; codes (n,) from 0, or −1 for none, count each label apart as well."""
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
