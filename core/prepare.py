"""From a table to the data of a fit: which rows are usable, what each column says of them, and what was left out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.data import LEFT_OUT_LISTED, Array, Data, LeftOut
from core.errors import InputError, listed, shown
from core.roles import Roles
from core.table import Column, Table

Mask = NDArray[np.bool_]


def prepared(table: Table, roles: Roles) -> Data:
    """The rows of a table as the roles of its columns say; every other row is left out, and counted.

    A row of which any cell is not usable is left out; one that the filter leaves out, or of which there are 0, is no
    row. Raises InputError where columns cannot be used so.
    """
    besides = list(roles.named.values())
    columns = [table.column(name, besides) for name in roles.columns or (None,)]
    numbers = _frequencies(table.named(roles.counts)) if roles.counts else None
    if roles.weights:
        numbers = _reliabilities(table.named(roles.weights))
    usable = np.logical_and.reduce([np.isfinite(_values(column)) for column in columns])
    present = np.ones(table.n_rows, dtype=np.bool_) if numbers is None else numbers > 0
    used = usable & present
    if not used.any():
        raise InputError(_nothing(table, columns, usable, besides))
    whole = bool(used.all())
    rows = None if whole else np.flatnonzero(used)
    if rows is not None:
        rows += 1
    return Data(
        values=_side_by_side([_values(column) if whole else _values(column)[used] for column in columns]),
        columns=tuple(column.name for column in columns),
        source=table.source,
        sha256=table.sha256,
        rows=rows,
        counts=None if numbers is None else _scaled(numbers[used], bool(roles.weights)),
        roles=roles,
        n_left_out=int((present & ~usable).sum()),
        left_out=_left_out(columns, present),
        origin=table.origin,
    )


def _nothing(table: Table, columns: Sequence[Column], usable: Mask, besides: Sequence[str]) -> str:
    if usable.any():
        return f"No row of {shown(table.source)} has a number above 0 in “{shown(besides[0])}”."
    if len(columns) > 1:
        names = listed(column.name for column in columns)
        return f"No row of {shown(table.source)} has a usable number in each of {names}."
    return f"Column “{shown(columns[0].name)}” of {shown(table.source)} has no usable number."


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


def _cell(column: Column, wrong: Mask) -> str:
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


def _left_out(columns: Sequence[Column], present: Mask) -> tuple[LeftOut, ...]:
    """The first rows left out for a cell of any of the columns; the leftmost bad cell stands for its row."""
    first: dict[int, LeftOut] = {}
    for column in columns:
        for cell in column.left_out:
            if present[cell.row - 1]:
                first.setdefault(cell.row, cell)
    return tuple(first[row] for row in sorted(first)[:LEFT_OUT_LISTED])
