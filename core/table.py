"""What a reader makes of a file: columns, what each holds, and every row accounted for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from core.data import Array, Data, LeftOut, Levels
from core.errors import InputError, listed, shown
from core.roles import Roles


@dataclass(frozen=True)
class Dialect:
    """How a text file was read; shown to the person, and each field can be overridden. None where it does not apply.

    delimiter: "," ";" "\\t" " " (any run of blanks) … or "" for one bare column. decimal: "." or ",". header: the line
    of the names counted from 1, 0 for none. missing: further texts that mean a missing cell. sheet: of a workbook, by
    its name or its number from 1; or the name of one of several tables or arrays in a file.
    """

    delimiter: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    header: int | None = None
    missing: tuple[str, ...] = ()
    sheet: str | None = None


@dataclass(frozen=True)
class Origin:
    """Where a table was read from, and how: enough to read it again.

    format: the reader's name. dialect: all that was found out; asked: the part of it that a person said.
    """

    path: str
    format: str
    dialect: Dialect
    asked: Dialect = Dialect()


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a table.

    values: (n_rows,) float64, NaN where a cell is not a usable number; None when the column is not numeric. n_left_out
    counts the cells that are not usable, left_out lists the first of them; n_unreadable: how many of them are neither
    numbers nor missing. why_not says in words why a column is not
    numeric ("words: row 1 is “alice”"). levels: the column as labels, when it has few distinct texts. texts: gives each
    row's text, None where missing; None where these are to be read from the file again.
    """

    name: str
    values: Array | None
    n_left_out: int = 0
    left_out: tuple[LeftOut, ...] = ()
    why_not: str = ""
    levels: Levels | None = None
    n_unreadable: int = 0
    texts: Callable[[], Sequence[str | None]] | None = None

    @property
    def is_numeric(self) -> bool:
        """Whether a mixture can be fitted to this column."""
        return self.values is not None


@dataclass(frozen=True, eq=False)
class Table:
    """A file as it was read: its columns, how it was read, and its first rows as text for a preview.

    dialect: all that was found out of how it is written; asked: the part of it that a person said.
    """

    source: str
    path: str
    sha256: str
    n_rows: int
    columns: tuple[Column, ...]
    dialect: Dialect = Dialect()
    format: str = ""
    preview: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = field(default=())
    asked: Dialect = Dialect()

    @property
    def origin(self) -> Origin | None:
        """The file and how it was read; None of rows that came from no file."""
        return Origin(self.path, self.format, self.dialect, self.asked) if self.path else None

    @cached_property
    def numeric(self) -> tuple[Column, ...]:
        """The columns a mixture can be fitted to."""
        return tuple(column for column in self.columns if column.is_numeric)

    def column(self, name: str | None = None, besides: Sequence[str] = ()) -> Column:
        """The numeric column of that name, or the only one besides some. Raises InputError that lists what there is."""
        if name is not None:
            return self.named(name)
        numeric = [column for column in self.numeric if column.name not in besides]
        if len(numeric) == 1:
            return numeric[0]
        if not numeric:
            raise InputError(f"{shown(self.source)} has no column of numbers: {self._reasons(besides)}.")
        names = listed(column.name for column in numeric)
        raise InputError(f"{shown(self.source)} has {len(numeric)} columns of numbers, so one must be chosen: {names}.")

    def data(self, *names: str, counts: str = "", weights: str = "") -> Data:
        """The usable numbers of one column, or of several fitted together; see `core.prepare.prepared`."""
        from core.prepare import prepared

        return prepared(self, Roles(names, counts=counts, weights=weights))

    def named(self, name: str) -> Column:
        """The numeric column of that name. Raises InputError that says what it holds, or lists what there is."""
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
