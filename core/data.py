"""The numbers a mixture is fitted to, and what was left out on the way to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.moments import MeanAndSd, of_columns
from core.roles import PLAIN, Roles

if TYPE_CHECKING:
    from core.table import Origin

Array = NDArray[np.float64]

LEFT_OUT_LISTED = 100
"""How many of the rows left out are named one by one; all of them are counted."""


@dataclass(frozen=True)
class LeftOut:
    """A row that was not used: its number (lines of data from 1), its column, why, and the text of the cell."""

    row: int
    column: str
    reason: str
    text: str


@dataclass(frozen=True)
class Levels:
    """A column read as labels: the distinct texts, and for each row its position in them (−1 where missing)."""

    names: tuple[str, ...]
    codes: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Data:
    """One or more columns of numbers, each row with an optional count.

    values: (n, d) float64, finite, made read-only here. counts: (n,) non-negative frequencies, or None for one each; a
    row with count 0 is no row, and is dropped here; reliabilities of mean 1 count the same way. roles: what the columns
    of the file were for. rows: (n,) the number of each row in its file, or None when they are 1 to n. left_out lists
    the first `LEFT_OUT_LISTED` of n_left_out rows. stands_for: how many rows' work is expected with these, where that
    is more than their number (of others pressed into few, or looked at again and again). transform, scale, jacobian:
    what was done to the values, "" for nothing, as `core.transforms` says. Raises ValueError where shapes do not fit, a
    value is not finite, or no row is left.
    """

    values: Array
    columns: tuple[str, ...]
    source: str = ""
    sha256: str = ""
    rows: NDArray[np.int64] | None = None
    counts: Array | None = None
    roles: Roles = PLAIN
    n_left_out: int = 0
    left_out: tuple[LeftOut, ...] = field(default=())
    stands_for: int = 0
    origin: Origin | None = None
    transform: str = ""
    scale: tuple[tuple[float, float], ...] = ()
    jacobian: float = 0.0

    def __post_init__(self) -> None:
        values = np.ascontiguousarray(self.values, dtype=np.float64)
        if values.ndim == 1:
            values = values[:, np.newaxis]
        if values.ndim != 2 or values.shape[1] != len(self.columns):
            raise ValueError(f"values of shape {values.shape} do not fit {len(self.columns)} column(s)")
        rows, counts = self.rows, self.counts
        for name, array in (("rows", rows), ("counts", counts)):
            if array is not None and array.shape != (len(values),):
                raise ValueError(f"{name} must have one entry for each of the {len(values)} rows")
        if counts is not None:
            counts = np.asarray(counts, dtype=np.float64)
            if not (np.isfinite(counts).all() and (counts >= 0).all()):
                raise ValueError("counts must be finite and not negative")
            if not counts.all():
                held = counts > 0
                rows = (np.arange(1, len(values) + 1) if rows is None else rows)[held]
                values, counts = values[held], counts[held]
        if len(values) == 0:
            raise ValueError("there must be at least one row")
        for name, array in (("values", values), ("rows", rows), ("counts", counts)):
            if array is not None:
                object.__setattr__(self, name, _read_only(np.ascontiguousarray(array)))
        if not all(np.isfinite(block).all() for block, _ in self.blocks(1 << 16)):
            raise ValueError("values must be finite")

    def __len__(self) -> int:
        return len(self.values)

    @property
    def counted_by(self) -> str:
        """The column that the counts come from; "" for none."""
        return self.roles.counts

    @property
    def weighted_by(self) -> str:
        """The column that the reliabilities come from; "" for none."""
        return self.roles.weights

    @property
    def n_features(self) -> int:
        """Number of columns fitted together."""
        return int(self.values.shape[1])

    @cached_property
    def n_samples(self) -> float:
        """Number of observations: rows, or the sum of their counts."""
        return float(len(self.values)) if self.counts is None else float(self.counts.sum())

    @property
    def column(self) -> Array:
        """The values of a single column, (n,). Raises ValueError when there are several."""
        if self.n_features != 1:
            raise ValueError("these data have several columns")
        return self.values[:, 0]

    def blocks(self, size: int) -> Iterator[tuple[Array, Array | None]]:
        """Views of at most `size` rows at a time: values (m, d) and their counts (m,) or None."""
        for first in range(0, len(self.values), size):
            rows = slice(first, first + size)
            yield self.values[rows], None if self.counts is None else self.counts[rows]

    def row_number(self, index: int) -> int:
        """The number in the file of the row at `index`."""
        return index + 1 if self.rows is None else int(self.rows[index])

    @cached_property
    def minimum(self) -> Array:
        """Smallest value of each column, (d,)."""
        return np.asarray(self.values.min(axis=0))

    @cached_property
    def maximum(self) -> Array:
        """Largest value of each column, (d,)."""
        return np.asarray(self.values.max(axis=0))

    @cached_property
    def moments(self) -> MeanAndSd:
        """Mean and sd (divided by n) of each column, (d,) each."""
        return of_columns(self)

    @property
    def mean(self) -> Array:
        """Mean of each column, (d,)."""
        return self.moments.means

    @property
    def sd(self) -> Array:
        """Standard deviation (divided by n) of each column, (d,)."""
        return self.moments.sds


def _read_only(array: NDArray[np.generic]) -> NDArray[np.generic]:
    view = array.view()
    view.flags.writeable = False
    return view
