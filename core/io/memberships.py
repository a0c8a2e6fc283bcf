"""Each row of the data with its memberships as a long table: CSV or Parquet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.data import Array, Levels
from core.engine import block_size
from core.errors import InputError, shown
from core.io.reader import Progress
from core.io.rows import TEXT, WHOLE, Block, Cells, Heading, write_rows
from core.thresholds.placing import classes
from core.transforms import Transform, original_columns, transforms_of

if TYPE_CHECKING:
    from core.data import Data
    from core.fit import Fit
    from core.mixture import Mixture
    from core.table import Table
    from core.thresholds.crossings import Threshold

NONE = float("nan")
Column = tuple[Heading, Array | Levels]
"""A column of the file: its name, and what each row has there."""


def write_memberships(
    path: Path | str,
    data: Data,
    mixture: Mixture,
    progress: Progress | None = None,
    beside: Sequence[Column] = (),
) -> None:
    """Saves a line per row: its number in the file, its value, P(component | row) of each, and the likeliest.

    The value is in the unit of the file, and of transformed ones both are told; of rows that are intervals their ends,
    of others all that their columns say: measurement errors, labels, groups. beside: further columns of the same rows
    (see `columns_beside`). Rows are done a block at a time, so that any number of them fits in memory. progress is told
    the fraction done and may raise Cancelled. A row so far away that no component has a density there gets empty cells.
    Raises OutputError.
    """
    shares = [Heading(f"component[{i}]") for i in sorted(mixture.ids)]
    taken = {"row", "component", *(heading.name for heading in shares)}
    said = _renamed(_headings(data), taken)
    more = _renamed([heading for heading, _ in beside], taken)
    headings = [Heading("row", WHOLE), *said, *shares, Heading("component", WHOLE), *more]
    write_rows(path, headings, _blocks(data, mixture, [cells for _, cells in beside]), progress)


def columns_beside(data: Data, table: Table, progress: Progress | None = None) -> list[Column]:
    """The other columns of the table that the data are from, for the rows that were used.

    Raises InputError where texts cannot be had again, or the table is not the one that was fitted.
    """
    if table.sha256 != data.sha256:
        raise InputError(f"{shown(table.source)} has changed since it was fitted, so its columns are of other rows.")
    used = slice(None) if data.rows is None else data.rows - 1
    told = {*original_columns(data), *(heading.name for heading in _headings(data))}
    wanted = [place for place, column in enumerate(table.columns) if column.name not in told]
    texts = _texts(table, wanted, progress or (lambda done: None))
    columns: list[Column] = []
    for place in wanted:
        column = table.columns[place]
        if column.values is not None:
            columns.append((Heading(column.name), column.values[used]))
        else:
            levels = column.levels or texts[place]
            columns.append((Heading(column.name, TEXT), Levels(levels.names, levels.codes[used])))
    return columns


def _texts(table: Table, places: Iterable[int], progress: Progress) -> dict[int, Levels]:
    """The columns of many texts; those that nobody has kept are read again."""
    from core.io import delimited

    wanted = [place for place in places if table.columns[place].values is None and not table.columns[place].levels]
    unread = [place for place in wanted if table.columns[place].texts is None]
    if unread and table.format != delimited.READER.name:
        name = shown(table.columns[unread[0]].name)
        raise InputError(f"The texts of “{name}” are not at hand in a file of this kind: leave out --keep-columns.")
    read = delimited.texts(table, unread, progress) if unread else {}
    found: dict[int, Levels] = {}
    for place in wanted:
        kept = table.columns[place].texts
        cells = read[place].to_pylist() if kept is None else kept()
        names = tuple(dict.fromkeys(text for text in cells if text is not None))
        codes = {text: code for code, text in enumerate(names)}
        found[place] = Levels(names, np.array([-1 if text is None else codes[text] for text in cells], np.int32))
    return found


def classes_beside(fit: Fit) -> list[Column]:
    """The component that each row is given to by the fit's thresholds, blank where they leave it open; [] for none."""
    if fit.thresholds is None:
        return []
    return [class_column(fit.data, fit.mixture, fit.thresholds.cuts)]


def class_column(data: Data, mixture: Mixture, cuts: Sequence[Threshold]) -> Column:
    """The component that each row is given to by thresholds."""
    return Heading("threshold_class", WHOLE), classes(cuts, data, mixture.plain.family.discrete)


def responsibilities(data: Data, mixture: Mixture, rows: slice) -> Array:
    """P(component | row) of some rows, (K, m), components in the order of their numbers."""
    return np.asarray(mixture.responsibilities(data.observations(rows))[np.argsort(mixture.ids)])


# ---- what a row says


def _headings(data: Data) -> list[Heading]:
    """Of the columns that say what a row is."""
    roles = data.roles
    if roles.lower:
        headings = [Heading(roles.lower), Heading(roles.upper)]
    else:
        headings = [Heading(name) for name in original_columns(data)]
        headings += [Heading(name) for name in data.columns] if data.transform else []
        headings += [Heading(roles.observed, WHOLE)] if roles.observed else []
        headings += [Heading(roles.errors)] if roles.errors else []
    headings += [Heading(roles.labels, TEXT)] if data.labels is not None else []
    return headings + ([Heading(roles.group, TEXT)] if data.groups is not None else [])


def _said(data: Data, rows: slice) -> list[Cells]:
    """What these rows say, in the order of the headings."""
    roles, values, transforms = data.roles, data.values[rows], transforms_of(data)
    told = {} if data.seen is None else dict(zip(data.form.columns, data.seen[rows].T, strict=True))
    cells: list[Cells]
    if roles.lower:
        ends = told["lower"], told["upper"]
        cells = [*_ends(transforms[0], *ends)] if transforms else [*ends]
    else:
        cells = [_before(transform, of) for transform, of in zip(transforms, values.T, strict=bool(transforms))]
        cells += [*values.T]
        cells += [(told["lower"] == told["upper"]).astype(np.int64)] if roles.observed else []
        cells += [told["errors"]] if roles.errors else []
    return cells + [_spelled(levels, rows) for levels in (data.labels, data.groups) if levels is not None]


def _before(transform: Transform, values: Array) -> Array:
    """The values before a transform: of all that have this one, the number of 15 digits or fewer if there is one."""
    found = transform.backward(values)
    short = np.array([float(f"{one:.15g}") for one in found.tolist()])
    return np.where(transform.forward(short) == values, short, found)


def _ends(transform: Transform, low: Array, high: Array) -> tuple[Array, Array]:
    """The ends of intervals before a transform."""
    first, last = _before(transform, low), _before(transform, high)
    return (last, first) if transform.reverses else (first, last)


def _spelled(levels: Levels, rows: slice) -> list[str]:
    """The texts of labels, blank where missing."""
    names = [*levels.names, ""]
    return [names[code] for code in levels.codes[rows].tolist()]


def _renamed(headings: Sequence[Heading], taken: set[str]) -> list[Heading]:
    """Headings without a name that is taken: such a one is numbered; they take theirs."""
    named = []
    for heading in headings:
        names = chain([heading.name], (f"{heading.name} ({copy})" for copy in count(2)))
        named.append(Heading(next(name for name in names if name not in taken), heading.kind))
        taken.add(named[-1].name)
    return named


def _blocks(data: Data, mixture: Mixture, beside: Sequence[Array | Levels]) -> Iterator[Block]:
    ids, size = np.sort(mixture.ids), block_size(mixture.n_components)
    for first in range(0, len(data), size):
        rows = slice(first, min(first + size, len(data)))
        numbers: NDArray[np.int64] = np.arange(rows.start + 1, rows.stop + 1)
        if data.rows is not None:
            numbers = data.rows[rows]
        shares = responsibilities(data, mixture, rows)
        likeliest = np.where(np.isfinite(shares).all(axis=0), ids[shares.argmax(axis=0)], NONE)
        more = [_spelled(cells, rows) if isinstance(cells, Levels) else cells[rows] for cells in beside]
        yield Block([numbers, *_said(data, rows), *shares, likeliest, *more], rows.stop / len(data))
