"""What a reader makes of a file: columns, what each holds, and every row accounted for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.data import LEFT_OUT_LISTED, Array, Data, LeftOut
from core.errors import InputError, listed, shown


@dataclass(frozen=True)
class Dialect:
    """How a text file was read; shown to the person, and each field can be overridden. None where it does not apply.

    delimiter: "," ";" "\\t" " " (any run of blanks) … or "" for one bare column. decimal: "." or ",". header: the line
    of the names counted from 1, 0 for none. missing: further texts that mean a missing cell.
    """

    delimiter: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    header: int | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Levels:
    """A column read as labels: the distinct texts, and for each row its position in them (−1 where missing)."""

    names: tuple[str, ...]
    codes: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a table.

    values: (n_rows,) float64, NaN where a cell is not a usable number; None when the column is not numeric. n_left_out
    counts the cells that are not usable, left_out lists the first of them. why_not says in words why a column is not
    numeric ("words: row 1 is “alice”"). levels: the column as labels, when it has few distinct texts.
    """

    name: str
    values: Array | None
    n_left_out: int = 0
    left_out: tuple[LeftOut, ...] = ()
    why_not: str = ""
    levels: Levels | None = None

    @property
    def is_numeric(self) -> bool:
        """Whether a mixture can be fitted to this column."""
        return self.values is not None


@dataclass(frozen=True, eq=False)
class Table:
    """A file as it was read: its columns, how it was read, and its first rows as text for a preview."""

    source: str
    path: str
    sha256: str
    n_rows: int
    columns: tuple[Column, ...]
    dialect: Dialect = Dialect()
    format: str = ""
    preview: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = field(default=())

    @cached_property
    def numeric(self) -> tuple[Column, ...]:
        """The columns a mixture can be fitted to."""
        return tuple(column for column in self.columns if column.is_numeric)

    def column(self, name: str | None = None, besides: Sequence[str] = ()) -> Column:
        """The numeric column of that name, or the only one besides some. Raises InputError that lists what there is."""
        if name is not None:
            return self._named(name)
        numeric = [column for column in self.numeric if column.name not in besides]
        if len(numeric) == 1:
            return numeric[0]
        if not numeric:
            raise InputError(f"{shown(self.source)} has no column of numbers: {self._reasons(besides)}.")
        names = listed(column.name for column in numeric)
        raise InputError(f"{shown(self.source)} has {len(numeric)} columns of numbers, so one must be chosen: {names}.")

    def data(self, *names: str | None, counts: str | None = None, weights: str | None = None) -> Data:
        """The usable numbers of one column, as `column` finds it, or of several, with every other row left out.

        counts: the column of frequencies, weights: that of reliabilities; not both. A row of which any cell is not
        usable is left out. Raises InputError where columns cannot be used.
        """
        besides = [name for name in (counts, weights) if name is not None]
        columns = [self.column(name, besides) for name in names or (None,)]
        for name in besides:
            if name in {column.name for column in columns}:
                raise InputError(f"Column “{shown(name)}” cannot be fitted and count or weigh the rows as well.")
        if len({column.name for column in columns}) < len(columns):
            raise InputError("The same column is named twice.")
        numbers = _frequencies(self._named(counts)) if counts is not None else None
        if weights is not None:
            numbers = _reliabilities(self._named(weights))
        usable = np.logical_and.reduce([np.isfinite(_values(column)) for column in columns])
        present = np.ones(self.n_rows, dtype=np.bool_) if numbers is None else numbers > 0
        used = usable & present
        if not used.any():
            raise InputError(self._nothing(columns, usable, besides))
        whole = bool(used.all())
        rows = None if whole else np.flatnonzero(used)
        if rows is not None:
            rows += 1
        left_out = _left_out(columns, present)
        return Data(
            values=_side_by_side([_values(column) if whole else _values(column)[used] for column in columns]),
            columns=tuple(column.name for column in columns),
            source=self.source,
            sha256=self.sha256,
            rows=rows,
            counts=None if numbers is None else _scaled(numbers[used], weights is not None),
            counted_by=counts or "",
            weighted_by=weights or "",
            n_left_out=int((present & ~usable).sum()),
            left_out=left_out,
        )

    def _nothing(self, columns: Sequence[Column], usable: NDArray[np.bool_], besides: Sequence[str]) -> str:
        if usable.any():
            return f"No row of {shown(self.source)} has a number above 0 in “{shown(besides[0])}”."
        if len(columns) > 1:
            names = listed(column.name for column in columns)
            return f"No row of {shown(self.source)} has a usable number in each of {names}."
        return f"Column “{shown(columns[0].name)}” of {shown(self.source)} has no usable number."

    def _named(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                if column.is_numeric:
                    return column
                raise InputError(
                    f"Column “{shown(name)}” of {shown(self.source)} does not hold numbers: {column.why_not}."
                )
        names = listed(column.name for column in self.columns)
        raise InputError(f"{shown(self.source)} has no column “{shown(name)}”; its columns are: {names}.")

    def _reasons(self, besides: Sequence[str]) -> str:
        others = [column for column in self.columns if column.name not in besides]
        reasons = [f"“{shown(column.name)}” holds {column.why_not}" for column in others[:3]]
        return "; ".join(reasons) if reasons else "it has no other columns" if besides else "it has no columns"


def _values(column: Column) -> Array:
    assert column.values is not None
    return column.values


def _side_by_side(arrays: list[Array]) -> Array:
    """Columns as one array (n, d); a single one is not copied, since it may fill half the memory."""
    return arrays[0] if len(arrays) == 1 else np.column_stack(arrays)


def _frequencies(column: Column) -> Array:
    """The cells of a column as frequencies. Raises InputError at the first that is none."""
    values = _values(column)
    wrong = ~(np.isfinite(values) & (values >= 0) & (values == np.floor(values)))
    if wrong.any():
        raise InputError(f"Counts must be whole numbers from 0 up, but {_cell(column, wrong)}.")
    return values


def _reliabilities(column: Column) -> Array:
    """The cells of a column as weights of the rows. Raises InputError at the first that is none."""
    values = _values(column)
    wrong = ~(np.isfinite(values) & (values >= 0))
    if wrong.any():
        raise InputError(f"Weights must be numbers from 0 up, but {_cell(column, wrong)}.")
    return values


def _cell(column: Column, wrong: NDArray[np.bool_]) -> str:
    """Where the first wrong cell is, and what it holds."""
    place = int(np.argmax(wrong))
    value = float(_values(column)[place])
    what = f"is {value:g}" if np.isfinite(value) else "holds no usable number"
    return f"“{shown(column.name)}” {what} in row {place + 1}"


def _scaled(numbers: Array, to_mean_1: bool) -> Array:
    if not to_mean_1:
        return numbers
    relative = numbers / numbers.max()
    return np.asarray(relative / relative.mean())


def _left_out(columns: Sequence[Column], present: NDArray[np.bool_]) -> tuple[LeftOut, ...]:
    """The first rows left out for a cell of any of the columns; the leftmost bad cell stands for its row."""
    first: dict[int, LeftOut] = {}
    for column in columns:
        for cell in column.left_out:
            if present[cell.row - 1]:
                first.setdefault(cell.row, cell)
    return tuple(first[row] for row in sorted(first)[:LEFT_OUT_LISTED])
