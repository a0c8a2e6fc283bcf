"""What a reader makes of a file: columns, what each holds, and every row accounted for."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.data import Array, Data, LeftOut
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

    def column(self, name: str | None = None) -> Column:
        """The numeric column of that name, or the only one. Raises InputError that lists the columns there are."""
        if name is not None:
            return self._named(name)
        if len(self.numeric) == 1:
            return self.numeric[0]
        if not self.numeric:
            raise InputError(f"{shown(self.source)} has no column of numbers: {self._reasons()}.")
        names = listed(column.name for column in self.numeric)
        raise InputError(
            f"{shown(self.source)} has {len(self.numeric)} columns of numbers, so one must be chosen: {names}."
        )

    def data(self, name: str | None = None) -> Data:
        """The usable numbers of a column, as `column` finds it, with every other row counted as left out."""
        column = self.column(name)
        assert column.values is not None
        rows = None
        values = column.values
        if column.n_left_out:
            usable = np.isfinite(values)
            rows = np.flatnonzero(usable).astype(np.int64) + 1
            values = values[usable]
        if len(values) == 0:
            raise InputError(f"Column “{shown(column.name)}” of {shown(self.source)} has no usable number.")
        return Data(
            values=values,
            columns=(column.name,),
            source=self.source,
            sha256=self.sha256,
            rows=rows,
            n_left_out=column.n_left_out,
            left_out=column.left_out,
        )

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

    def _reasons(self) -> str:
        reasons = [f"“{shown(column.name)}” holds {column.why_not}" for column in self.columns[:3]]
        return "; ".join(reasons) if reasons else "it has no columns"
