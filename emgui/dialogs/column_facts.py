"""What the column picker says of a column: its shape in small, its range, its figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.binning import Histogram, freedman_diaconis, histogram
from core.data import Array, Data
from core.table import Column, Table

SUBSET = 20_000
"""Rows that a sparkline looks at; more would only take longer to look the same."""
SPARK_BINS = 24
FEW_VALUES = 10
"""A column with so few different values is more likely a label than a measurement."""


@dataclass(frozen=True, eq=False)
class Sketch:
    """A column at a glance. bars: heights from 0 to 1. n_few: the number of different values, if few.

    is_whole: whether all values that were looked at are whole numbers.
    """

    low: float
    high: float
    bars: Array
    n_few: int = 0
    is_whole: bool = False


@dataclass(frozen=True, eq=False)
class Details:
    """The figures of one column, over all of its rows."""

    n_rows: int
    n_left_out: int
    mean: float
    sd: float
    n_different: int
    histogram: Histogram


def sketches(table: Table, report: Callable[[float], None]) -> dict[str, Sketch]:
    """A sketch of each numeric column by its name; `report` may raise to stop."""
    made = {}
    for place, column in enumerate(table.numeric):
        report(place / len(table.numeric))
        made[column.name] = sketch(column)
    return made


def sketch(column: Column) -> Sketch:
    """The range over all rows, and the shape of an even selection of at most SUBSET of them."""
    assert column.values is not None
    low, high = _range(column.values)
    if np.isnan(low):
        return Sketch(low, high, np.zeros(1))
    some = column.values[:: max(1, len(column.values) // SUBSET)]
    some = some[np.isfinite(some)]
    different = np.unique(some)
    is_few = len(different) <= FEW_VALUES and len(some) >= 5 * len(different)
    n_few, is_whole = len(different) if is_few else 0, bool((different == np.floor(different)).all())
    if not low < high:
        return Sketch(low, high, np.ones(1), n_few, is_whole)
    at = (shares(some, low, high) * SPARK_BINS).astype(np.int64).clip(0, SPARK_BINS - 1)
    counts = np.bincount(at, minlength=SPARK_BINS).astype(np.float64)
    return Sketch(low, high, counts / max(counts.max(), 1.0), n_few, is_whole)


def shares(values: Array | float, low: float, high: float) -> Array:
    """How far from low to high each value lies, 0 to 1; low < high, by however little or much."""
    with np.errstate(over="ignore"):
        extent = np.float64(high) - np.float64(low)
    if np.isfinite(extent):
        return np.asarray((values - low) / extent)
    return np.asarray((values / 2 - low / 2) / (high / 2 - low / 2))


def details(table: Table, name: str) -> Details:
    """The figures of a column; takes a second for ten million rows. Raises InputError when it has no usable number."""
    data = table.data(name)
    n_different = len(np.unique(data.column))
    return Details(
        n_rows=len(data),
        n_left_out=data.n_left_out,
        mean=float(data.mean[0]),
        sd=float(data.sd[0]),
        n_different=n_different,
        histogram=histogram(data, _edges(data, n_different)),
    )


def _edges(data: Data, n_different: int) -> Array:
    if n_different == 1:
        value = float(data.minimum[0])
        margin = abs(value) * 0.05 or 0.5
        return np.linspace(value - margin, value + margin, 12)
    return freedman_diaconis(data)


def _range(values: Array) -> tuple[float, float]:
    """Smallest and largest usable value; NaN and NaN where there is none."""
    with np.errstate(over="ignore", invalid="ignore"):
        usable = values if np.isfinite(values.sum()) else values[np.isfinite(values)]
    return (float(usable.min()), float(usable.max())) if len(usable) else (np.nan, np.nan)
