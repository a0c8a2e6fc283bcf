"""One column pressed into few points: bins so narrow, for the components at hand, that hardly a digit is lost.

Each bin becomes two points that keep its count, mean, variance and third moment. A fit to these nodes is not the
answer, but so near to it that one look at all rows certifies it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core import kernels
from core.data import Array, Data
from core.engine import side_by_side

FINE = 0.07
"""Width of a bin in sds of the narrowest component there. The loss grows with its eighth power: at 0.07 it is below
1e-9 of log-likelihood in 1e7 rows, at 0.14 1e-7, at 0.5 1e-3."""
GROWING = 8.0
"""Distance from a component, in sds, from which on bins may be wider, by the square of the distance."""
CELLS = 1024
"""Coarse cells of equal width, each of which is cut as finely as it must be."""
MOST_SLOTS = 1 << 18
CORE = (0.0005, 0.9995)
"""Quantiles between which the cells lie, but for a margin; rows outside are sorted instead."""
MARGIN = 0.1
SORTED = 100_000
"""Rows up to which all are sorted instead; and of more the subset that the cells are laid by."""
DISTINCT = 20_000
"""Rows up to which every distinct value is a node: nothing is lost at all."""
SPANS = 8
"""Parts of the rows that are added up side by side, on however many cores."""
LEAST_SD = 1e-7
"""Of the interquartile range: components are not taken for narrower when bins are laid."""


class TooFineError(Exception):
    """The components are so narrow that bins for them would be too many."""


@dataclass(frozen=True, eq=False)
class Requirement:
    """What components ask of a grid: bins no wider than `fineness` sds, less far from them. means and sds (K,)."""

    means: Array
    sds: Array
    fineness: float = FINE

    def widths(self, low: Array, high: Array) -> Array:
        """The widest that a bin may be anywhere between low (m,) and high (m,), (m,)."""
        widths = np.full(len(low), np.inf)
        for mean, sd in zip(self.means, self.sds, strict=True):
            away = np.maximum(np.maximum(low - mean, mean - high), 0.0) / sd
            np.minimum(widths, self.fineness * sd * np.square(np.maximum(1.0, away / GROWING)), out=widths)
        return widths


@dataclass(frozen=True, eq=False)
class Nodes:
    """A column pressed into points, as data whose rows are counted; what they stand for.

    shift: what was subtracted from all rows. low, high and wide (bins,): where each bin of several values lies, and how
    wide it is; of others nothing is lost. n_passes: passes over all rows that it took.
    """

    data: Data
    shift: float
    low: Array
    high: Array
    n_passes: float

    def is_fine(self, requirement: Requirement, slack: float = 2.0) -> bool:
        """Whether bins are narrow enough for these components, but for a slack."""
        if not len(self.low):
            return True
        return bool((self.high - self.low <= slack * requirement.widths(self.low, self.high)).all())

    def width_at(self, point: float) -> float:
        """The width of the bin in which a point lies; 0 where nothing is lost."""
        place = int(np.searchsorted(self.low, point, side="right")) - 1
        return float(self.high[place] - self.low[place]) if place >= 0 and point <= self.high[place] else 0.0


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows by which a grid is laid: sorted values less the shift, their counts, or None for one each."""

    values: Array
    counts: Array | None
    shift: float

    @property
    def least_sd(self) -> float:
        """The narrowest that a component is taken for."""
        low, high = np.quantile(self.values, (0.25, 0.75))
        return LEAST_SD * float(high - low)


def sample(data: Data) -> Sample:
    """All rows of few, else one of each stride: not always the same place of it, so that no period goes unseen."""
    column, n = data.column, len(data)
    rows: NDArray[np.int64] = np.arange(min(n, SORTED))
    if n > SORTED:
        edges = np.linspace(0, n, SORTED + 1).astype(np.int64)
        within = np.random.Generator(np.random.Philox(key=n)).random(SORTED)
        rows = edges[:-1] + (within * np.diff(edges)).astype(np.int64)
    if data.counts is None:
        values, counts = np.sort(column[rows]), None
    else:
        rows = rows[np.argsort(column[rows])]
        values, counts = column[rows], data.counts[rows]
    low, middle, high = (float(values[int(part * (len(values) - 1))]) for part in (CORE[0], 0.5, CORE[1]))
    # Where all lie within a factor 2 of each other a difference is exact, and nodes keep digits that an offset costs.
    shift = float(middle) if middle != 0 and 0.5 <= low / middle <= 2.0 and 0.5 <= high / middle <= 2.0 else 0.0
    return Sample(values - shift, counts, shift)


def pressed(data: Data, laid_by: Sample, requirements: list[Requirement]) -> Nodes:
    """The rows of a column as nodes fit for all these components, in one pass. Raises TooFineError."""
    if len(data) <= SORTED:
        return _of_sorted(laid_by.values, laid_by.counts, laid_by.shift, requirements, 0.0, len(data) <= DISTINCT)
    return _of_cells(data, laid_by, requirements)


def of_sample(laid_by: Sample, requirements: list[Requirement]) -> Nodes:
    """The rows by which a grid is laid as nodes themselves: a small problem like the whole."""
    return _of_sorted(laid_by.values, laid_by.counts, laid_by.shift, requirements, 0.0, False)


def _of_sorted(
    values: Array, counts: Array | None, shift: float, requirements: list[Requirement], n_passes: float, distinct: bool
) -> Nodes:
    """Sorted values as nodes: bins begin at a value and end before one that lies farther than it may."""
    starts = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))
    if not distinct and len(starts) > 1:
        starts = _cut(values[starts], starts, requirements)
    held = np.ones(len(values)) if counts is None else counts
    n = np.add.reduceat(held, starts)
    ends = np.append(starts[1:], len(values)) - 1
    place = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(values))))
    low, high = values[starts], values[ends]
    means = low + np.add.reduceat(held * (values - low[place]), starts) / n
    away = values - means[place]
    variances = np.add.reduceat(held * away * away, starts) / n
    thirds = np.add.reduceat(held * away * away * away, starts) / n
    return _as_nodes(means, n, variances, thirds, low, high, high > low, shift, n_passes)


def _cut(points: Array, places: NDArray[np.int64], requirements: list[Requirement]) -> NDArray[np.int64]:
    """The places at which bins begin, among distinct points in order."""
    widths = np.full(len(points), np.inf)
    for requirement in requirements:
        np.minimum(widths, requirement.widths(points, points), out=widths)
    starts, at = [], 0
    while at < len(points):
        starts.append(places[at])
        if at + 1 == len(points):
            break
        following = int(np.searchsorted(points, points[at] + widths[at], side="right"))
        # A bin that reaches to where narrower ones are asked for ends before.
        inner = points[at] + widths[at:following].min()
        at = max(at + 1, int(np.searchsorted(points, inner, side="right")))
    return np.array(starts, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Cells:
    """Coarse cells of equal width from `low` on, each cut into equal slots."""

    low: float
    per_width: float
    parts: NDArray[np.int64]

    @classmethod
    def laid(cls, laid_by: Sample, requirements: list[Requirement]) -> Cells:
        """Cells over the core of a sample, cut as finely as the components ask. Raises TooFineError."""
        values = laid_by.values
        low, high = (float(values[int(part * (len(values) - 1))]) for part in CORE)
        margin = MARGIN * (high - low)
        edges = np.linspace(low - margin, high + margin, CELLS + 1)
        width = (edges[-1] - edges[0]) / CELLS
        widths = np.full(CELLS, np.inf)
        for requirement in requirements:
            np.minimum(widths, requirement.widths(edges[:-1], edges[1:]), out=widths)
        with np.errstate(divide="ignore", over="ignore"):
            parts = np.ceil(width / widths)
        if not parts.sum() <= MOST_SLOTS:
            raise TooFineError
        return cls(float(edges[0]), 1.0 / width, np.maximum(parts, 1.0).astype(np.int64))

    @property
    def first_slots(self) -> NDArray[np.int64]:
        """The first slot of each cell."""
        return np.cumsum(self.parts) - self.parts

    def bounds(self) -> tuple[Array, Array]:
        """Where each slot begins, and how wide it is."""
        cell = np.repeat(np.arange(len(self.parts)), self.parts)
        within = np.arange(len(cell)) - self.first_slots[cell]
        widths = 1.0 / self.per_width / self.parts[cell]
        return self.low + cell / self.per_width + within * widths, widths


def _of_cells(data: Data, laid_by: Sample, requirements: list[Requirement]) -> Nodes:
    cells = Cells.laid(laid_by, requirements)
    starts, widths = cells.bounds()
    edges = np.linspace(0, len(data), SPANS + 1).astype(np.int64)
    filled = side_by_side(lambda i: _filled(data, edges[i], edges[i + 1], laid_by.shift, cells, len(starts)), SPANS)
    sums = np.add.reduce([part for part, _ in filled])
    outside = np.concatenate([rows for _, rows in filled])
    n, d = sums[:, 0], sums[:, 1:]
    used = np.flatnonzero(n)
    n, d = n[used], d[used] / n[used, np.newaxis]
    means = d[:, 0]
    variances = np.maximum(d[:, 1] - means * means, 0.0)
    thirds = d[:, 2] - means * (3.0 * variances + means * means)
    starts, widths = starts[used], widths[used]
    # A slot on one value has no variance but for the rounding of its sums.
    several = variances > 1e-12
    inner = _as_nodes(
        starts + (0.5 + means) * widths,
        n,
        variances * widths**2,
        thirds * widths**3,
        starts,
        starts + widths,
        several,
        laid_by.shift,
        1.0,
    )
    if not len(outside):
        return inner
    values = data.column[outside] - laid_by.shift
    order = np.argsort(values)
    counts = None if data.counts is None else data.counts[outside][order]
    outer = _of_sorted(values[order], counts, laid_by.shift, requirements, 0.0, False)
    assert inner.data.counts is not None
    assert outer.data.counts is not None
    low, high = np.concatenate([inner.low, outer.low]), np.concatenate([inner.high, outer.high])
    by_place = np.argsort(low)
    return Nodes(
        Data(
            np.concatenate([inner.data.column, outer.data.column]),
            ("node",),
            counts=np.concatenate([inner.data.counts, outer.data.counts]),
        ),
        laid_by.shift,
        low[by_place],
        high[by_place],
        1.0,
    )


def _filled(
    data: Data, first: int, last: int, shift: float, cells: Cells, n_slots: int
) -> tuple[Array, NDArray[np.int64]]:
    """Sums (slots, 4) of 1, d, d² and d³ of some of the rows, and the places of those outside. Raises TooFineError."""
    values, counts = data.column[first:last], None if data.counts is None else data.counts[first:last]
    most = max(SORTED // SPANS, len(values) // 50)
    if kernels.ready(len(data)):
        from core.kernels.grid import fill

        sums, outside = np.zeros((n_slots, 4)), np.empty(most, dtype=np.int64)
        n_outside = fill(
            values,
            np.empty(0) if counts is None else counts,
            shift,
            cells.low,
            cells.per_width,
            cells.first_slots,
            cells.parts.astype(np.float64),
            sums,
            outside,
        )
        outside = outside[:n_outside]
    else:
        sums, outside = _filled_by_numpy(values, counts, shift, cells, n_slots)
        n_outside = len(outside)
    if n_outside > most:
        raise TooFineError
    return sums, outside + first


def _filled_by_numpy(
    values: Array, counts: Array | None, shift: float, cells: Cells, n_slots: int
) -> tuple[Array, NDArray[np.int64]]:
    sums, outside = np.zeros((n_slots, 4)), []
    firsts = cells.first_slots
    for first in range(0, len(values), 1 << 16):
        part = slice(first, first + (1 << 16))
        u = ((values[part] - shift) - cells.low) * cells.per_width
        inside = (u >= 0.0) & (u < len(cells.parts))
        outside.append(np.flatnonzero(~inside) + first)
        u = u[inside]
        cell = u.astype(np.int64)
        f = (u - cell) * cells.parts[cell]
        within = f.astype(np.int64)
        d = f - within - 0.5
        slots = firsts[cell] + np.minimum(within, cells.parts[cell] - 1)
        term = np.ones(len(d)) if counts is None else counts[part][inside]
        for power in range(4):
            sums[:, power] += np.bincount(slots, term, n_slots)
            term = term * d
    return sums, np.concatenate(outside)


def _as_nodes(
    means: Array,
    n: Array,
    variances: Array,
    thirds: Array,
    low: Array,
    high: Array,
    several: NDArray[np.bool_],
    shift: float,
    n_passes: float,
) -> Nodes:
    """Two points for each bin of several values, one for the others: they keep the moments 0 to 3 of the bin."""
    skewness = np.divide(thirds, 2.0 * variances, out=np.zeros_like(thirds), where=several)
    root = np.sqrt(variances + np.square(skewness))
    upper = np.divide(root - skewness, 2.0 * root, out=np.zeros_like(root), where=several)
    lower = np.where(several, means + skewness - root, means)
    values = np.concatenate([lower, (means + skewness + root)[several]])
    counts = np.concatenate([n * (1.0 - upper), (n * upper)[several]])
    order = np.argsort(values, kind="stable")
    nodes = Data(values[order], ("node",), counts=counts[order])
    return Nodes(nodes, shift, low[several], high[several], n_passes)
