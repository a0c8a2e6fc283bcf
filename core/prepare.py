"""From a table to the data of a fit: which rows are usable, what each column says of them, and what was left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.data import LEFT_OUT_LISTED, Array, Data, LeftOut, Levels
from core.errors import InputError, listed, shown
from core.io.numbers import why_not
from core.roles import Form, Roles
from core.table import Column, Table

Mask = NDArray[np.bool_]
Progress = Callable[[float], None]


def prepared(table: Table, roles: Roles, progress: Progress = lambda done: None) -> Data:
    """The rows of a table as the roles of its columns say; every other row is left out, and counted.

    A row of which any cell is not usable is left out; one that the filter leaves out, or of which there are 0, is no
    row. progress is told the fraction done of a filter, and may raise Cancelled. Raises InputError where columns cannot
    be used so.
    """
    meant = _meant(table, roles.where, progress)
    besides = list(roles.named.values())
    numbers = _frequencies(table.named(roles.counts), meant) if roles.counts else None
    if roles.weights:
        numbers = _reliabilities(table.named(roles.weights), meant)
    present = meant if numbers is None else meant & (numbers > 0)
    seen = _intervals(table, roles, present) if roles.lower else _values_of(table, roles, besides, present)
    groups = _levels(table, roles.group) if roles.group else None
    usable = seen.usable if groups is None else seen.usable & (groups.codes >= 0)
    used = usable & present
    if not used.any():
        raise InputError(_nothing(table, seen, usable, roles.counts or roles.weights))
    if roles.counts and roles.lower:
        _check_apart(seen.ends, used, groups)
    whole = bool(used.all())
    counts = None if numbers is None else _scaled(numbers[used], bool(roles.weights))
    form = replace(seen.form, truncate=roles.truncate)
    columns = [seen.ends[used] if not whole else seen.ends] if seen.ends.shape[1] else []
    labels = _labels(table, roles, used) if roles.labels else None
    if labels is not None and roles.labels_for == "clamp":
        form = replace(form, labels=labels.names)
        columns.append(labels.codes[:, np.newaxis].astype(np.float64))
    if groups is not None:
        groups = _those_with_rows(groups, used)
        if roles.share == "components":
            form = replace(form, groups=groups.names, group_shares=_shares(groups, counts))
            columns.append(groups.codes[:, np.newaxis].astype(np.float64))
    data = Data(
        values=_side_by_side([one if whole else one[used] for one in seen.values]),
        columns=seen.names,
        source=table.source,
        sha256=table.sha256,
        rows=None if whole else np.flatnonzero(used) + 1,
        counts=counts,
        roles=roles,
        n_left_out=int((present & ~usable).sum()),
        left_out=_left_out(seen.columns, present, groups if groups is None else _levels(table, roles.group), roles),
        origin=table.origin,
        seen=np.concatenate(columns, axis=1) if columns else None,
        form=form,
        labels=labels,
        groups=groups,
        n_filtered=int(len(meant) - meant.sum()),
    )
    _check_seen(data)
    if not roles.transform:
        return data
    from core.transforms import transformed

    return transformed(data, roles.transform)


class _Seen(NamedTuple):
    """What the rows of a table say: values, (n,) each, by name; ends (n, c) as `form` has them; which can be used."""

    values: list[Array]
    names: tuple[str, ...]
    columns: list[Column]
    usable: Mask
    ends: Array
    form: Form


def _meant(table: Table, sql: str, progress: Progress) -> Mask:
    """Which rows the filter means."""
    if not sql:
        return np.ones(table.n_rows, dtype=np.bool_)
    from core.io.where import selected

    return selected(table, sql, progress)


def _values_of(table: Table, roles: Roles, besides: Sequence[str], present: Mask) -> _Seen:
    """Rows that are values, some of them perhaps only known to be larger, or known to within an error."""
    columns = [table.column(name, besides) for name in roles.columns or (None,)]
    values = [_values(column) for column in columns]
    usable = np.logical_and.reduce([np.isfinite(one) for one in values])
    names = tuple(column.name for column in columns)
    if len(columns) > 1 and (roles.observed or roles.errors or roles.truncate or roles.labels or roles.group):
        raise InputError("Censoring, truncation, errors, labels and groups are for one column of values.")
    if roles.observed:
        flag = table.named(roles.observed)
        wrong = present & usable & ~np.isin(_values(flag), (0.0, 1.0)) & np.isfinite(_values(flag))
        if wrong.any():
            raise InputError(f"--observed must be 0 (only known to be larger) or 1 (seen), but {_cell(flag, wrong)}.")
        censored = _values(flag) == 0.0
        ends = np.column_stack([values[0], np.where(censored, np.inf, values[0])])
        usable = usable & np.isfinite(_values(flag))
        form = Form(intervals=True, all_hidden=bool(censored[usable].all()))
        return _Seen(values, names, [*columns, flag], usable, ends, form)
    if roles.errors:
        errors = table.named(roles.errors)
        wrong = present & (_values(errors) < 0)
        if wrong.any():
            raise InputError(f"Measurement errors are sds, from 0 up, but {_cell(errors, wrong)}.")
        usable = usable & np.isfinite(_values(errors))
        form = Form(errors=True, all_hidden=bool((_values(errors)[usable] > 0).all()))
        return _Seen(values, names, [*columns, errors], usable, _values(errors)[:, np.newaxis], form)
    return _Seen(values, names, columns, usable, np.empty((table.n_rows, 0)), Form())


def _intervals(table: Table, roles: Roles, present: Mask) -> _Seen:
    """Rows that are intervals; a blank or infinite end is open."""
    lower, upper = _ends_of(table, roles.lower), _ends_of(table, roles.upper)
    for column, wrong_end in ((lower, ("inf", "infinity", "∞")), (upper, ("-inf", "-infinity", "-∞"))):
        for cell in column.left_out:
            text = cell.text.strip().lower().removeprefix("+")
            if not present[cell.row - 1]:
                continue
            if cell.reason != "missing" or text in wrong_end:
                what = "no number" if cell.reason != "missing" else "an end that nothing is beyond"
                raise InputError(f"“{shown(column.name)}” is “{shown(cell.text)}” in row {cell.row}, {what}.")
        if column.n_unreadable and column.n_left_out > len(column.left_out):
            raise InputError(f"“{shown(column.name)}” has {column.n_unreadable:,} cells that are no numbers.")
    low, high = _values(lower).copy(), _values(upper).copy()
    low[~np.isfinite(low)], high[~np.isfinite(high)] = -np.inf, np.inf
    wrong = present & (low > high)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError(
            f"Row {row + 1} reaches from {low[row]:g} to {high[row]:g}: “{shown(lower.name)}” must not be above "
            f"“{shown(upper.name)}”."
        )
    usable = np.isfinite(low) | np.isfinite(high)
    open_rows = tuple(
        LeftOut(row, lower.name, "open at both ends", "")
        for row in (np.flatnonzero(~usable)[:LEFT_OUT_LISTED] + 1).tolist()
    )
    with np.errstate(invalid="ignore"):
        middle = 0.5 * low + 0.5 * high
    values = np.where(np.isfinite(middle), middle, np.where(np.isfinite(low), low, high))
    form = Form(intervals=True, all_hidden=bool((low[usable] < high[usable]).all()))
    name = f"{lower.name}–{upper.name}"
    told = Column(name, None, len(usable) - int(usable.sum()), open_rows)
    return _Seen([values], (name,), [told], usable, np.column_stack([low, high]), form)


def _ends_of(table: Table, name: str) -> Column:
    """A column of ends; one without any number has nothing but open ones."""
    column = next((one for one in table.columns if one.name == name), None)
    if column is not None and not column.is_numeric and column.why_not == why_not(()):
        return replace(column, values=np.full(table.n_rows, np.nan))
    return table.named(name)


def _check_apart(ends: Array, used: Mask, groups: Levels | None) -> None:
    """Raises InputError where the bins of a histogram overlap; each group has one of its own."""
    rows, (low, high) = np.flatnonzero(used), ends.T
    of = np.zeros(len(used), dtype=np.int32) if groups is None else groups.codes
    rows = rows[np.lexsort((high[rows], low[rows], of[rows]))]
    overlapping = (high[rows[:-1]] > low[rows[1:]]) & (of[rows[:-1]] == of[rows[1:]])
    if overlapping.any():
        at = int(np.argmax(overlapping))
        one, other = sorted((int(rows[at]) + 1, int(rows[at + 1]) + 1))
        raise InputError(
            f"Rows {one} and {other} overlap: with counts the rows are the bins of a histogram, each value in one."
        )


def _check_seen(data: Data) -> None:
    """Raises InputError where a row contradicts the ends outside of which nothing could be recorded."""
    if data.form.truncate is None:
        return
    low, high = data.form.truncate
    ends = data.seen[:, :2] if data.form.intervals and data.seen is not None else np.repeat(data.values, 2, axis=1)
    exact = ends[:, 0] == ends[:, 1]
    outside = exact & ((ends[:, 0] < low) | (ends[:, 0] > high))
    outside |= ~exact & (
        (np.isfinite(ends[:, 0]) & (ends[:, 0] < low)) | (np.isfinite(ends[:, 1]) & (ends[:, 1] > high))
    )
    outside |= ~exact & ((ends[:, 0] >= high) | (ends[:, 1] <= low))
    if outside.any():
        row = int(np.argmax(outside))
        beyond = f"below {low:g}" if ends[row, 0] < low or ends[row, 1] <= low else f"above {high:g}"
        raise InputError(
            f"Row {data.row_number(row)} is {beyond}, where by --truncate nothing could be recorded: leave it out with "
            "--where, or change the ends."
        )
    if data.form.intervals and data.seen is not None:
        within = np.clip(data.seen[:, :2], low, high)
        object.__setattr__(data, "seen", np.concatenate([within, data.seen[:, 2:]], axis=1))


def _levels(table: Table, name: str) -> Levels:
    """A column as labels. Raises InputError where it has none, or too many."""
    column = next((one for one in table.columns if one.name == name), None)
    if column is None:
        names = listed(one.name for one in table.columns)
        raise InputError(f"{shown(table.source)} has no column “{shown(name)}”; its columns are: {names}.")
    if column.levels is None:
        raise InputError(f"“{shown(name)}” has more than 24 different texts, too many for labels or groups.")
    return column.levels


def _labels(table: Table, roles: Roles, used: Mask) -> Levels:
    """The labels of the rows that are used."""
    levels = _levels(table, roles.labels)
    return _those_with_rows(levels, used)


def _those_with_rows(levels: Levels, used: Mask) -> Levels:
    """The labels of the rows that are used, without those that no such row has."""
    codes = levels.codes[used]
    there = np.unique(codes[codes >= 0])
    places = np.full(len(levels.names) + 1, -1, dtype=np.int32)
    places[there] = np.arange(len(there))
    return Levels(tuple(levels.names[code] for code in there), places[codes])


def _shares(groups: Levels, counts: Array | None) -> tuple[float, ...]:
    held = np.bincount(groups.codes, counts, len(groups.names))
    return tuple((held / held.sum()).tolist())


def _nothing(table: Table, seen: _Seen, usable: Mask, counted: str) -> str:
    """Why no row is left. counted: the column of counts or weights, if there is one."""
    if usable.any():
        what = f"a number above 0 in “{shown(counted)}”" if counted else "what the filter asks for and usable cells"
        return f"No row of {shown(table.source)} has {what}."
    if len(seen.names) > 1:
        return f"No row of {shown(table.source)} has a usable number in each of {listed(seen.names)}."
    return f"Column “{shown(seen.names[0])}” of {shown(table.source)} has no usable number."


def _values(column: Column) -> Array:
    assert column.values is not None
    return column.values


def _side_by_side(arrays: list[Array]) -> Array:
    """Columns as one array (n, d); a single one is not copied, since it may fill half the memory."""
    return arrays[0] if len(arrays) == 1 else np.column_stack(arrays)


def _frequencies(column: Column, meant: Mask) -> Array:
    """The cells of a column as frequencies. Raises InputError at the first that is none."""
    values = _values(column)
    wrong = meant & ~(np.isfinite(values) & (values >= 0) & (values == np.floor(values)))
    if wrong.any():
        raise InputError(f"Counts must be whole numbers from 0 up, but {_cell(column, wrong)}.")
    return values


def _reliabilities(column: Column, meant: Mask) -> Array:
    """The cells of a column as weights of the rows. Raises InputError at the first that is none."""
    values = _values(column)
    wrong = meant & ~(np.isfinite(values) & (values >= 0))
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


def _left_out(columns: Sequence[Column], present: Mask, groups: Levels | None, roles: Roles) -> tuple[LeftOut, ...]:
    """The first rows left out for a cell of any of the columns; the leftmost bad cell stands for its row."""
    first: dict[int, LeftOut] = {}
    for column in columns:
        for cell in column.left_out:
            if present[cell.row - 1]:
                first.setdefault(cell.row, cell)
    if groups is not None:
        for row in (np.flatnonzero(present & (groups.codes < 0))[:LEFT_OUT_LISTED] + 1).tolist():
            first.setdefault(row, LeftOut(row, roles.group, "no group", ""))
    return tuple(first[row] for row in sorted(first)[:LEFT_OUT_LISTED])
