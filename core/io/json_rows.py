"""Rows that come one after the other, as objects or as lists, gathered into columns that take little memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from core.data import Array
from core.errors import InputError, shown
from core.io.arrays import MOST_COLUMNS, marked
from core.io.dialects import is_header, unique_names
from core.io.numbers import missing_texts
from core.io.typed import Typed, of_array, of_objects, text_of
from core.table import Dialect

BLOCK_ROWS = 1 << 15
BATCH_ROWS = 1 << 10
TRIED = 100
"""Rows that tell whether the first holds names."""
ALWAYS_EMPTY, MOST_EMPTY = 10_000_000, 20
"""A table may have so many cells in any case, and beyond them so many for each that the file holds."""
EXACT = 10**15
"""Whole numbers up to this one are kept as doubles, and shown as what they were."""


class Cells:
    """The cells of a column as they come; blocks of nothing but numbers are kept as arrays."""

    def __init__(self) -> None:
        self.blocks: list[Array | list[object]] = []
        self.last: list[object] = []
        self.n = 0

    def put(self, row: int, cells: Sequence[object]) -> None:
        """The cells from a row on, from 0, which is at or after the end; rows between hold nothing."""
        while self.n < row:
            self._append([None] * min(row - self.n, BLOCK_ROWS))
        for first in range(0, len(cells), BLOCK_ROWS):
            self._append(cells[first : first + BLOCK_ROWS])

    def typed(self, name: str, dialect: Dialect) -> Typed:
        """The column, the cells of which are let go."""
        self._close()
        blocks, self.blocks = self.blocks, []
        arrays = [block for block in blocks if isinstance(block, np.ndarray)]
        if arrays and len(arrays) == len(blocks):
            values = np.concatenate(arrays)
            return of_array(name, values, marked(values, dialect.missing))
        cells: list[object] = []
        for block in blocks:
            cells += block.tolist() if isinstance(block, np.ndarray) else block
        return of_objects(name, cells, missing_texts(dialect.missing), dialect.decimal or ".")

    def _append(self, cells: Sequence[object]) -> None:
        self.last += cells
        self.n += len(cells)
        if len(self.last) >= BLOCK_ROWS:
            self._close()

    def _close(self) -> None:
        if self.last:
            numbers = _numbers(self.last)
            self.blocks.append([_readable(cell) for cell in self.last] if numbers is None else numbers)
            self.last = []


class Rows:
    """A table of rows that came as objects, whose keys are the columns, as lists, or as single values."""

    def __init__(self, path: Path, values: Iterable[Any], dialect: Dialect) -> None:
        self.path, self.dialect = path, dialect
        self.columns: dict[str, Cells] = {}
        self.n_rows = self.n_given = 0
        every = iter(values)
        first = list(islice(every, TRIED))
        if not first:
            return
        if isinstance(first[0], dict):
            self._take_records(chain(first, every))
        elif isinstance(first[0], list):
            self._take_lists(first, every)
        else:
            self._take_values(chain(first, every))
        for cells in self.columns.values():
            self._refuse_mostly_empty()
            cells.put(self.n_rows, ())

    def typed(self) -> list[Typed]:
        """The columns by their names."""
        names = unique_names([spelled(name) for name in self.columns])
        every = [cells.typed(name, self.dialect) for name, cells in zip(names, self.columns.values(), strict=True)]
        self.columns = {}
        return every

    def _take_records(self, values: Iterator[Any]) -> None:
        for records in _batches(values):
            for row, record in enumerate(records, self.n_rows + 1):
                if not isinstance(record, dict):
                    raise InputError(
                        f"Row {row:,} of {shown(self.path.name)} is no object with names as the others are."
                    )
            self.n_given += sum(map(len, records))
            for key in dict.fromkeys(chain.from_iterable(records)):
                cells = self.columns.get(key) or self._new(key)
                self._refuse_mostly_empty()
                cells.put(self.n_rows, [record.get(key) for record in records])
            self.n_rows += len(records)

    def _take_lists(self, first: list[Any], rest: Iterator[Any]) -> None:
        has_names = self._has_header(first)
        width = len(first[0])
        self._refuse_wide(width)
        names = [spelled(text_of(cell)) if has_names else "" for cell in first[0]]
        places = [self._new(name) for name in unique_names(names)]
        for rows in _batches(chain(first[has_names:], rest)):
            for row, cells in enumerate(rows, self.n_rows + 1):
                if not isinstance(cells, list) or len(cells) != width:
                    held = f"{len(cells):,} value{'s' * (len(cells) != 1)}" if isinstance(cells, list) else "no list"
                    name = shown(self.path.name)
                    raise InputError(f"Row {row:,} of {name} holds {held} where {width:,} are expected.")
            for place, column in zip(places, zip(*rows, strict=True), strict=True):
                place.put(self.n_rows, column)
            self.n_rows += len(rows)
        self.n_given = self.n_rows * width

    def _take_values(self, values: Iterator[Any]) -> None:
        column = self._new("")
        for cells in _batches(values):
            column.put(column.n, cells)
        self.n_rows = self.n_given = column.n

    def _has_header(self, first: list[Any]) -> bool:
        if self.dialect.header is not None:
            return self.dialect.header > 0
        rows = [[text_of(cell) for cell in row] for row in first if isinstance(row, list)]
        width = len(rows[0])
        is_text = width > 0 and all(isinstance(cell, str) for cell in first[0])
        return is_text and is_header([row[:width] for row in rows], ".", missing_texts(self.dialect.missing))

    def _new(self, key: str) -> Cells:
        self._refuse_wide(len(self.columns) + 1)
        cells = self.columns[key] = Cells()
        return cells

    def _refuse_wide(self, width: int) -> None:
        if width > MOST_COLUMNS:
            name = shown(self.path.name)
            raise InputError(f"{name} has more than {MOST_COLUMNS:,} columns; turn it so that each sample is a row.")

    def _refuse_mostly_empty(self) -> None:
        if self.n_rows * len(self.columns) > max(ALWAYS_EMPTY, MOST_EMPTY * self.n_given):
            raise InputError(
                f"Hardly any row of {shown(self.path.name)} has a value under most of its {len(self.columns):,} names; "
                "leave out those that are rare."
            )


def of_vectors(path: Path, vectors: Sequence[tuple[str, list[Any]]], dialect: Dialect) -> list[Typed]:
    """Columns that stand in the file one after the other. Raises InputError unless they are of one length."""
    one, first = vectors[0]
    for other, second in vectors:
        if len(second) != len(first):
            value = "value" if len(second) == 1 else "values"
            raise InputError(
                f"“{shown(other)}” of {shown(path.name)} has {len(second):,} {value} but “{shown(one)}” has "
                f"{len(first):,}, so they are no columns of one table."
            )
    columns = []
    for name, (_, values) in zip(unique_names([name for name, _ in vectors]), vectors, strict=True):
        cells = Cells()
        cells.put(0, values)
        columns.append(cells.typed(name, dialect))
    return columns


def _readable(cell: object) -> object:
    """The cell; half signs, which JSON can spell but no file can hold, are spelled out."""
    return spelled(cell) if isinstance(cell, str) else cell


def spelled(text: str) -> str:
    """A text without half signs."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _batches(values: Iterator[Any]) -> Iterator[list[Any]]:
    while batch := list(islice(values, BATCH_ROWS)):
        yield batch


def _numbers(cells: list[object]) -> Array | None:
    """The cells as doubles, where all of them are numbers and none of these needs more digits."""
    kinds = set(map(type, cells))
    if not kinds <= {int, float}:
        return None
    try:
        numbers = np.array(cells, dtype=np.float64)
    except OverflowError:
        return None
    return numbers if kinds == {float} or (np.abs(numbers) <= EXACT).all() else None
