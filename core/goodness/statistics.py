"""How far an empirical distribution is from a fitted one: Kolmogorov-Smirnov and its kin, chi-square and G²."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.data import Array, Data
from core.engine import side_by_side, summed
from core.goodness.empirical import Empirical, bins
from core.goodness.fitted import Fitted

Named = dict[str, float]
LEAST = 1e-300
STRETCH = 1 << 18
"""Places that are looked at together."""
ENOUGH, MOST_CELLS = 5.0, 200
"""Rows that are to be expected in a cell of chi-square at least, and how many cells there are at most."""
TITLES = {
    "kolmogorov_smirnov": "Kolmogorov-Smirnov D",
    "anderson_darling": "Anderson-Darling A²",
    "cramer_von_mises": "Cramér-von Mises W²",
    "chi_square": "Chi-square X²",
    "g_squared": "Likelihood ratio G²",
}
"""Name of a statistic in files → what it is called."""


class Steps(NamedTuple):
    """An empirical distribution against a fitted one: at each place P(X ≤ x) and P(X > x) (m,), and the share of rows.

    The first is before all places, with no row; the last is how far something is known of the rows, with as many as
    up to the place before.
    """

    below: Array
    above: Array
    shares: Array


class Sums(NamedTuple):
    """What a stretch of steps adds: the largest distance, and the two integrals."""

    supremum: float
    weighted: float
    squared: float

    def __add__(self, other: Sums) -> Sums:  # type: ignore[override]
        return Sums(max(self.supremum, other.supremum), self.weighted + other.weighted, self.squared + other.squared)


def distances(fitted: Fitted, found: Empirical, progress: Callable[[float], None] = lambda done: None) -> Named:
    """D = sup |F̂ − F|, A² = n ∫ (F̂ − F)² / F (1 − F) dF, and W² = n ∫ (F̂ − F)² dF, exactly, ties and weights included.

    Where values are censored the integrals are over what is known of the rows. Goes stretch by stretch, on all cores;
    progress is told the fraction done and may raise Cancelled.
    """
    m, done = len(found.places), 0
    n_parts = max(1, -(-m // STRETCH))

    def part(number: int) -> Sums:
        nonlocal done
        first, last = number * STRETCH, min((number + 1) * STRETCH, m)
        at = slice(max(first - 1, 0), last)
        below, above = fitted.tails(found.places[at])
        of = Steps(below, above, found.shares[at])
        if number == 0:
            of = begun(of)
        if number == n_parts - 1:
            of = ended(of, 1.0 if np.isinf(found.end) else float(fitted.below(np.array([found.end]))[0]))
        done += 1
        progress(done / n_parts)
        return sums(of)

    return named(summed(side_by_side(part, n_parts)), found.n)


def begun(of: Steps) -> Steps:
    """With what is before all places."""
    return Steps(np.append(0.0, of.below), np.append(1.0, of.above), np.append(0.0, of.shares))


def ended(of: Steps, end: float = 1.0) -> Steps:
    """With how far something is known of the rows, as a probability: 1 where all say their value."""
    below = np.append(of.below, max(end, float(of.below[-1])))
    above = np.append(of.above, min(1.0 - end, float(of.above[-1])))
    return Steps(below, above, np.append(of.shares, of.shares[-1]))


def sums(of: Steps) -> Sums:
    """What the steps add: F̂ stands still between two places, so that each integral is a sum of closed forms."""
    level, below, above = of.shares[:-1], of.below, of.above
    supremum = max(float(np.abs(level - below[:-1]).max()), float(np.abs(level - below[1:]).max()))
    cubes = (below[1:] - level) ** 3 - (below[:-1] - level) ** 3
    log_below, log_above = np.log(np.maximum(below, LEAST)), np.log(np.maximum(above, LEAST))
    # A share of 0 beside an infinite logarithm counts nothing.
    weighted = level**2 * np.diff(log_below) - (1.0 - level) ** 2 * np.diff(log_above) - np.diff(below)
    return Sums(supremum, float(weighted.sum()), float(cubes.sum()) / 3.0)


def named(of: Sums, n: float) -> Named:
    """The statistics by name."""
    return {
        "kolmogorov_smirnov": of.supremum,
        "anderson_darling": n * of.weighted,
        "cramer_von_mises": n * of.squared,
    }


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells that rows are counted in for chi-square: each from low (C,), not included, up to high (C,)."""

    low: Array
    high: Array

    def expected(self, fitted: Fitted, n: float) -> Array:
        """How many of n rows the fit expects in each, (C,); of bins that leave gaps, given that rows are in them."""
        masses = fitted.masses(self.low, self.high)
        return np.asarray(n * masses / max(float(masses.sum()), LEAST))


def cells_of_bins(data: Data, fitted: Fitted) -> Cells:
    """The bins that rows are, neighbours put together until enough rows are expected in each."""
    low, high, counts = bins(data)
    return _put_together(Cells(low, high), fitted, float(counts.sum()))


def cells_of_numbers(fitted: Fitted, n: float) -> Cells:
    """Cells of whole numbers, neighbours put together until enough of n rows are expected in each."""
    most = int(np.clip(n // ENOUGH, 1, MOST_CELLS))
    edges = np.unique(fitted.quantiles(np.arange(1, most) / most))
    return _put_together(Cells(np.append(-np.inf, edges), np.append(edges, np.inf)), fitted, n)


def _put_together(cells: Cells, fitted: Fitted, n: float) -> Cells:
    """Neighbouring cells as one, until enough of n rows are expected in each."""
    begins, held = [0], 0.0
    for place, one in enumerate(cells.expected(fitted, n)):
        if held >= ENOUGH:
            begins.append(place)
            held = 0.0
        held += one
    if held < ENOUGH and len(begins) > 1:
        begins.pop()
    ends = [*(place - 1 for place in begins[1:]), len(cells.low) - 1]
    return Cells(cells.low[begins], cells.high[ends])


def counted(data: Data, cells: Cells) -> Array:
    """How many rows are in each cell, (C,)."""
    if data.form.intervals:
        low, _, counts = bins(data)
        at = np.searchsorted(cells.low, low, side="right") - 1
        return np.bincount(np.maximum(at, 0), counts, len(cells.low)).astype(np.float64)
    at = np.searchsorted(cells.high, data.column, side="left")
    return np.bincount(np.minimum(at, len(cells.high) - 1), data.counts, len(cells.high)).astype(np.float64)


def chi_squares(observed: Array, expected: Array) -> Named:
    """Pearson's X² = Σ (O − E)² / E, and G² = 2 Σ O ln(O / E)."""
    expected = np.maximum(expected, LEAST)
    some = observed > 0
    ratio = np.log(observed[some] / expected[some])
    return {
        "chi_square": float((np.square(observed - expected) / expected).sum()),
        "g_squared": 2.0 * float((observed[some] * ratio).sum()),
    }


def chi_square_p(statistic: float, degrees_of_freedom: int) -> float | None:
    """P(X² ≥ statistic) by the chi-square distribution; None where no degree of freedom is left."""
    if degrees_of_freedom < 1:
        return None
    from scipy.special import chdtrc

    return float(chdtrc(degrees_of_freedom, max(statistic, 0.0)))
