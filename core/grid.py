"""One column pressed into few points: bins so narrow, for the components at hand, that hardly a digit is lost.

Each bin becomes two points that keep its count, mean, variance and third moment. A fit to these nodes is not the
answer, but so near to it that one look at all rows certifies it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core import kernels
from core.data import Array, Data
from core.engine import side_by_side

FINE = 0.07
"""Width of a bin in sds of the narrowest component there. What is lost grows with its eighth power: at 0.07 it is below
1e-9 of log-likelihood in 1e7 rows, at 0.14 1e-7, at 0.5 1e-3."""
GROWING = 8.0
"""Distance from a component, in sds, from which on bins may be wider, by the square of the distance: however far the
rows reach, bins are then at most a few hundred to a component."""
DISTINCT = 20_000
"""Rows up to which every distinct value is a node: nothing is lost at all."""
SAMPLED = 100_000
"""Rows by which it is learned where most lie, and how narrow components become."""
BULK = (0.0005, 0.9995)
"""Quantiles between which rows find their bin at once, but for a margin; the few outside look longer."""
MARGIN = 0.1
CELLS = 1 << 14
"""Equal parts of the bulk in which rows look their bin up: so many that most hold no edge of one."""
FIRST_BINS, MOST_PARTS = 64, 4
"""Equal bins that are begun with, and the parts into which one that is too wide is cut at a time: few, so that bins are
hardly narrower than they must be."""
MOST_BINS = 1 << 17
"""More than 50 components ask for, each with a scale of its own; beyond, nodes would be no shorter way."""
DIGITS = 2.0**-48
"""Least width of a bin, of the largest value: sixteen units in the last place and more."""
LEAST = 1e-300
SPANS = 8
"""Parts of the rows that are added up side by side, on however many cores."""
BLOCK_ROWS = 1 << 16
"""Rows added up one after the other: of more, equal ones would not be told from rounding."""
NO_COUNTS = np.empty(0)
ONE_VALUE = 1e-12
"""Variance of a bin, in squares of its width, that is only rounding: all its rows are equal."""


class TooFineError(Exception):
    """The components are so narrow that bins for them would be too many."""


@dataclass(frozen=True, eq=False)
class Requirement:
    """What components ask of a grid: bins no wider than `fineness` sds, less far from them. means and sds (K,)."""

    means: Array
    sds: Array
    fineness: float = FINE

    def widths(self, low: Array, high: Array) -> Array:
        """The widest that a bin from low (m,) to high (m,) may be, (m,)."""
        with np.errstate(over="ignore"):
            away = np.maximum(low - self.means[:, np.newaxis], self.means[:, np.newaxis] - high)
            away /= GROWING * self.sds[:, np.newaxis]
            np.maximum(away, 1.0, out=away)
            away *= away
            return np.asarray((self.fineness * self.sds[:, np.newaxis] * away).min(axis=0))


@dataclass(frozen=True, eq=False)
class Bulk:
    """Where most rows of a column lie, so that each finds its bin soon: from low to high, less the shift."""

    shift: float
    low: float
    high: float

    @classmethod
    def of(cls, sample: Data) -> Self:
        """The bulk of a column as a sample of it shows."""
        low, middle, high = map(float, np.quantile(sample.column, (BULK[0], 0.5, BULK[1]), method="lower"))
        # Within a factor 2 of each other numbers have an exact difference: nodes keep digits that an offset costs.
        near = middle != 0.0 and 0.5 <= low / middle <= 2.0 and 0.5 <= high / middle <= 2.0
        shift = middle if near else 0.0
        margin = MARGIN * (high - low)
        return cls(shift, low - shift - margin, high - shift + margin)


@dataclass(frozen=True, eq=False)
class Nodes:
    """A column, less a shift, pressed into points: data whose rows are counted.

    low and high (bins,): where bins begin and end of whose rows something is lost, rising; of others nothing is.
    """

    data: Data
    low: Array
    high: Array

    def is_fine(self, requirement: Requirement, slack: float = 2.0) -> bool:
        """Whether bins are narrow enough for these components, but for a slack."""
        return bool((self.high - self.low <= slack * requirement.widths(self.low, self.high)).all())

    def widths_at(self, points: Array) -> Array:
        """The widths of the bins in which points (m,) lie, (m,); 0 where nothing is lost."""
        if not len(self.low):
            return np.zeros(len(points))
        place = np.searchsorted(self.low, points, side="right") - 1
        inside = (place >= 0) & (points <= self.high[place])
        return np.where(inside, self.high[place] - self.low[place], 0.0)


def sample(data: Data) -> Data:
    """All rows of few, else one of each stride: not always the same place of it, so that no period goes unseen."""
    n = len(data)
    if n <= SAMPLED:
        return data
    edges = np.linspace(0, n, SAMPLED + 1).astype(np.int64)
    within = np.random.Generator(np.random.Philox(key=n)).random(SAMPLED)
    rows = edges[:-1] + (within * np.diff(edges)).astype(np.int64)
    counts = None if data.counts is None else data.counts[rows]
    return Data(data.column[rows], data.columns, counts=counts, stands_for=n)


def distinct(data: Data, shift: float) -> Nodes:
    """The distinct values of a column, less a shift, with their counts: nothing is lost."""
    values, places = np.unique(data.column - shift, return_inverse=True)
    counts = np.bincount(places, data.counts).astype(np.float64)
    return Nodes(Data(values, ("node",), counts=counts, stands_for=_worth(data)), np.empty(0), np.empty(0))


def pressed(data: Data, bulk: Bulk, requirements: list[Requirement]) -> Nodes:
    """The rows of a column as nodes fit for all these components, in one pass. Raises TooFineError."""
    edges = _edges(float(data.minimum[0]) - bulk.shift, float(data.maximum[0]) - bulk.shift, requirements)
    sums = _filled(data, bulk, edges)
    used = np.flatnonzero(sums[:, 0])
    n, (first, second, third) = sums[used, 0], (sums[used, 1:] / sums[used, :1]).T
    variances = np.maximum(second - first * first, 0.0)
    thirds = third - first * (3.0 * variances + first * first)
    several = variances > ONE_VALUE
    variances[~several] = 0.0
    low, high = edges[used], edges[used + 1]
    widths = high - low
    # Two points that keep the moments 0 to 3, in widths of the bin from its mean; one where all rows are equal.
    skewness = np.divide(thirds, 2.0 * variances, out=np.zeros_like(thirds), where=several)
    farther = np.sqrt(variances + np.square(skewness)) + np.abs(skewness)
    nearer = np.divide(variances, farther, out=np.zeros_like(farther), where=several)
    below, above = np.where(skewness > 0.0, (nearer, farther), (farther, nearer))
    upper = np.divide(below, below + above, out=np.zeros_like(below), where=several)
    means = low + (0.5 + first) * widths
    values = np.concatenate([means - below * widths, (means + above * widths)[several]])
    counts = np.concatenate([n * (1.0 - upper), (n * upper)[several]])
    order = np.argsort(values, kind="stable")
    lossy = several if data.counts is not None else several & (n > 2.0)
    nodes = Data(values[order], ("node",), counts=counts[order], stands_for=_worth(data))
    return Nodes(nodes, low[lossy], high[lossy])


def _worth(data: Data) -> int:
    """Rows by which it is judged whether compiled code is worth loading."""
    return max(len(data), data.stands_for)


def _edges(low: float, high: float, requirements: list[Requirement]) -> Array:
    """Edges of bins from low to high (bins + 1,), rising: as narrow as all requirements ask. Raises TooFineError.

    But no narrower than float64 can tell.
    """
    edges = np.linspace(low, high, FIRST_BINS + 1)
    least = max(DIGITS * max(abs(low), abs(high)), LEAST)
    while True:
        widths = np.diff(edges)
        allowed = np.minimum.reduce([one.widths(edges[:-1], edges[1:]) for one in requirements])
        with np.errstate(divide="ignore", over="ignore"):
            wanted = np.minimum(np.ceil(widths / allowed), np.floor(widths / least))
        parts = np.clip(wanted, 1, MOST_PARTS).astype(np.int64)
        if parts.sum() > MOST_BINS:
            raise TooFineError
        if len(parts) == parts.sum():
            return edges
        bins = np.repeat(np.arange(len(parts)), parts)
        within = np.arange(len(bins)) - (np.cumsum(parts) - parts)[bins]
        edges = np.append(edges[bins] + within * (widths / parts)[bins], high)


def _filled(data: Data, bulk: Bulk, edges: Array) -> Array:
    """Sums (bins, 4) over the rows in each bin of 1, d, d² and d³, d the distance from its centre in its widths."""
    widths = np.diff(edges)
    centres = edges[:-1] + 0.5 * widths
    per_bin = np.divide(1.0, widths, out=np.zeros_like(widths), where=widths > 0.0)
    parts = np.linspace(0, len(data), SPANS + 1).astype(np.int64)
    per_cell, firsts = _looked_up(bulk, edges)
    compiled = kernels.ready(_worth(data))

    def block(values: Array, counts: Array | None) -> Array:
        sums = np.zeros((len(widths), 4))
        if compiled:
            from core.kernels.grid import fill

            given = NO_COUNTS if counts is None else counts
            fill(values, given, bulk.shift, bulk.low, per_cell, firsts, edges, centres, per_bin, sums)
            return sums
        shifted = values - bulk.shift
        places = np.searchsorted(edges[1:-1], shifted, side="right")
        term = np.ones(len(shifted)) if counts is None else counts
        d = (shifted - centres[places]) * per_bin[places]
        for power in range(4):
            sums[:, power] = np.bincount(places, term, len(widths))
            term = term * d
        return sums

    def span(place: int) -> Array:
        sums = np.zeros((len(widths), 4))
        for first in range(parts[place], parts[place + 1], BLOCK_ROWS):
            rows = slice(first, min(first + BLOCK_ROWS, parts[place + 1]))
            sums += block(data.column[rows], None if data.counts is None else data.counts[rows])
        return sums

    return np.asarray(np.add.reduce(side_by_side(span, SPANS)))


def _looked_up(bulk: Bulk, edges: Array) -> tuple[float, NDArray[np.int64]]:
    """Cells for a width of 1, and the first of the bins that each meets (cells + 1,)."""
    per_cell = CELLS / (bulk.high - bulk.low) if bulk.high > bulk.low else 0.0
    # Reckoned as for rows, to the last digit: so a row is never looked for on the wrong side of an edge.
    cells = np.clip((edges[1:-1] - bulk.low) * per_cell, 0.0, CELLS - 1).astype(np.int64)
    return per_cell, np.searchsorted(cells, np.arange(CELLS + 1))
