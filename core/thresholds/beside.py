"""How many rows are below a value and how many are not, for any value at once: rows sorted once, looked up often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.data import Array, Data


@dataclass(frozen=True, eq=False)
class Ends:
    """Values (n,), rising, and how many rows, by counts or weights, are before each, (n + 1,); None for one each."""

    values: Array
    before: Array | None

    @classmethod
    def of(cls, values: Array, counts: Array | None) -> Ends:
        """Of values (n,) in any order."""
        if counts is None:
            return cls(np.sort(values), None)
        order = np.argsort(values)
        return cls(values[order], np.concatenate([[0.0], np.cumsum(counts[order])]))

    def number_below(self, value: float) -> float:
        """How many rows have one that is lower."""
        place = int(np.searchsorted(self.values, value, side="left"))
        return float(place if self.before is None else self.before[place])


@dataclass(frozen=True, eq=False)
class Beside:
    """The rows of one column, ready to be counted on the sides of a value.

    A row of which only ends are known is on a side where both are. Values with a measurement error count as measured.
    """

    n_samples: float
    highs: Ends
    lows: Ends

    @classmethod
    def of(cls, data: Data, discrete: bool = False, progress: Callable[[float], None] = lambda done: None) -> Beside:
        """That of data; takes a second for ten million rows. discrete: values are whole numbers.

        progress is told the part done and may raise Cancelled.
        """
        progress(0.0)
        low, high = extremes(data, discrete)
        highs = Ends.of(high, data.counts)
        progress(0.5)
        lows = highs if low is high else Ends.of(low, data.counts)
        progress(1.0)
        return cls(data.n_samples, highs, lows)

    def rows(self, value: float) -> tuple[float, float]:
        """How many rows are below a value, and how many are at it or above; the rest of them is not known."""
        return self.highs.number_below(value), self.n_samples - self.lows.number_below(value)


def rows_beside(data: Data, value: float, discrete: bool = False) -> tuple[float, float]:
    """How many rows are below a value, and how many at it or above, counted one by one: for a single value."""
    low, high = extremes(data, discrete)
    sides = high < value, low >= value
    if data.counts is None:
        below, above = (float(np.count_nonzero(side)) for side in sides)
    else:
        below, above = (float(data.counts[side].sum()) for side in sides)
    return below, above


def extremes(data: Data, discrete: bool = False) -> tuple[Array, Array]:
    """The lowest and the highest value (n,) that each row can have; the same array where rows say their values."""
    if data.seen is None or not data.form.intervals:
        return data.column, data.column
    low, high = data.seen[:, 0], data.seen[:, 1]
    hidden = low < high
    if discrete:  # above the lower end, up to the upper one
        return np.where(hidden, np.floor(low) + 1.0, low), high
    # A value hits the upper end with no chance at all, so that a threshold may stand there.
    return low, np.where(hidden, np.nextafter(high, -np.inf), high)
