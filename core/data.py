"""The numbers a mixture is fitted to, and what was left out on the way to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.moments import MeanAndSd, of_columns
from core.roles import PLAIN, VALUES, Form, Roles

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
    what was done to the values, "" for nothing, as `core.transforms` says. seen: (n, c) what each row says beside its
    value, as `form` has it; where the value is not known, values hold what stands for it in a picture or a start.
    labels, groups: of each row, whatever they are used for. n_filtered: rows that were not meant. Raises ValueError
    where shapes do not fit, a value is not finite, or no row is left.
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
    seen: Array | None = None
    form: Form = VALUES
    labels: Levels | None = None
    groups: Levels | None = None
    n_filtered: int = 0

    def __post_init__(self) -> None:
        values = np.ascontiguousarray(self.values, dtype=np.float64)
        if values.ndim == 1:
            values = values[:, np.newaxis]
        if values.ndim != 2 or values.shape[1] != len(self.columns):
            raise ValueError(f"values of shape {values.shape} do not fit {len(self.columns)} column(s)")
        rows, counts, seen = self.rows, self.counts, self.seen
        for name, array in (("rows", rows), ("counts", counts)):
            if array is not None and array.shape != (len(values),):
                raise ValueError(f"{name} must have one entry for each of the {len(values)} rows")
        if (0 if seen is None else seen.shape[1]) != len(self.form.columns):
            raise ValueError("what is seen of the rows does not have the columns of its form")
        if counts is not None:
            counts = np.asarray(counts, dtype=np.float64)
            if not (np.isfinite(counts).all() and (counts >= 0).all()):
                raise ValueError("counts must be finite and not negative")
            if not counts.all():
                held = counts > 0
                rows = (np.arange(1, len(values) + 1) if rows is None else rows)[held]
                values, counts = values[held], counts[held]
                seen = None if seen is None else seen[held]
                for name in ("labels", "groups"):
                    levels = getattr(self, name)
                    if levels is not None:
                        object.__setattr__(self, name, Levels(levels.names, levels.codes[held]))
        if len(values) == 0:
            raise ValueError("there must be at least one row")
        for name, array in (("values", values), ("rows", rows), ("counts", counts), ("seen", seen)):
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

    @cached_property
    def is_weighted(self) -> bool:
        """Whether counts are reliabilities, how much each row is worth, and not how many observations it is."""
        return self.counts is not None and bool(self.weighted_by or (self.counts != np.floor(self.counts)).any())

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

    def observations(self, rows: slice | NDArray[np.int64]) -> Array:
        """Some rows as densities take them: values (m,) or (m, d), or with what else is seen of them, (m, d + c)."""
        values = self.values[rows]
        if self.seen is not None or not self.form.is_plain:
            return values if self.seen is None else np.concatenate([values, self.seen[rows]], axis=1)
        return values[:, 0] if self.n_features == 1 else values

    def observed_blocks(self, size: int) -> Iterator[tuple[Array, Array | None]]:
        """At most `size` rows at a time as densities take them, and their counts (m,) or None."""
        for first in range(0, len(self.values), size):
            rows = slice(first, first + size)
            yield self.observations(rows), None if self.counts is None else self.counts[rows]

    def taken(self, rows: slice | NDArray[np.int64], counts: Array | None = None) -> Data:
        """Some of the rows, with counts of their own, standing for all of them."""
        return Data(
            self.values[rows],
            self.columns,
            counts=counts,
            stands_for=max(len(self), self.stands_for),
            seen=None if self.seen is None else self.seen[rows],
            form=self.form,
        )

    @cached_property
    def exact(self) -> NDArray[np.bool_]:
        """Which rows (n,) say their value."""
        if self.seen is None or not (self.form.intervals or self.form.errors):
            return np.ones(len(self.values), dtype=np.bool_)
        if self.form.errors:
            return np.asarray(self.seen[:, self.form.columns.index("errors")] == 0.0)
        return np.asarray(self.seen[:, 0] == self.seen[:, 1])

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
