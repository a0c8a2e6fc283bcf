"""Files that hold named arrays: which of them make the table, and how an array becomes columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError, listed, shown
from core.io.dialects import unique_names
from core.io.numbers import BLANKS, is_number
from core.io.typed import Typed, of_array

MOST_COLUMNS = 10_000
ALWAYS_UNPACKED = 1 << 26
MOST_UNPACKED = 100
"""Beyond so many bytes, what is read may be so many times as large as the file: more is no measurement, but a trap."""
NUMBERS = "iuf"
"""Kinds of arrays that a mixture can be fitted to."""
_LAST_SIGN = 0x10FFFF
"""Of Unicode."""
_USABLE = NUMBERS + "bUScmMV"


class SeveralTablesError(InputError):
    """A file holds several tables and none was named; names: of each, what `Dialect.sheet` may be."""

    def __init__(self, path: Path, names: Sequence[str], described: Sequence[str]) -> None:
        self.names = tuple(names)
        what = listed(described)
        super().__init__(f"{shown(path.name)} holds {len(names)} tables, so one must be named (--sheet NAME): {what}.")


@dataclass(frozen=True)
class Held:
    """An array in a file that is not read yet: its name, shape and dtype, and how it is read.

    names: of its columns, where the file has some. why_not: what it is, where it can be no table.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    read: Callable[[], NDArray[Any]]
    names: tuple[str, ...] = ()
    why_not: str = ""

    @property
    def is_vector(self) -> bool:
        """Whether it is a single column: of one dimension, or of two with a side of 1."""
        return len(self.shape) == 1 or (len(self.shape) == 2 and 1 in self.shape and not self.dtype.fields)

    @property
    def n_rows(self) -> int:
        """Rows of the table it makes."""
        return prod(self.shape) if self.is_vector else self.shape[0]

    @property
    def is_usable(self) -> bool:
        """Whether it can be a table or a column of one."""
        is_table = len(self.shape) in (1, 2) and min(self.shape) > 0
        return is_table and self.dtype.itemsize > 0 and self.dtype.subdtype is None and _is_data(self.dtype)

    @property
    def has_numbers(self) -> bool:
        """Whether a mixture may be fitted to it."""
        fields = self.dtype.fields
        return any(f[0].base.kind in NUMBERS for f in fields.values()) if fields else self.dtype.kind in NUMBERS

    def __str__(self) -> str:
        return f"{shown(self.name)} ({' × '.join(f'{side:,}' for side in self.shape) or 'a single value'})"


def chosen(path: Path, arrays: Iterable[Held], sheet: str | None) -> list[Held]:
    """The arrays that make the table: one with rows and columns, or all vectors of one length, side by side.

    sheet: the name of one of them where there are several such tables. Raises InputError that lists what there is.
    """
    every = list(arrays)
    if sheet is not None:
        named = [held for held in every if held.name == sheet]
        if not named:
            names = listed(held.name for held in every) or "nothing"
            raise InputError(f"{shown(path.name)} holds no “{shown(sheet)}”; it holds: {names}.")
        if not named[0].is_usable:
            raise InputError(f"{named[0]} in {shown(path.name)} cannot be read as a table: {_why_not(named[0])}.")
        return next(table for table in _tables(every) if named[0] in table)
    tables = _tables(every)
    tables = [table for table in tables if any(held.has_numbers for held in table)] or tables
    tables = [table for table in tables if table[0].n_rows > 1] or tables
    if len(tables) == 1:
        return tables[0]
    if not tables:
        found = "; ".join(f"{held}: {_why_not(held)}" for held in every[:3]) or "it is empty"
        raise InputError(f"{shown(path.name)} holds no array that could be a table: {found}.")
    described = [" and ".join(map(str, table[:3])) + (" and others" if table[3:] else "") for table in tables]
    raise SeveralTablesError(path, [table[0].name for table in tables], described)


def columns_of(path: Path, table: Sequence[Held], missing: Sequence[str] = ()) -> list[Typed]:
    """The columns of the arrays that make a table, in their order. Raises InputError where there are too many.

    missing: further texts that mean a missing cell; of numbers, those that are numbers.
    """
    parts = [part for held in table for part in _columns(path, held)]
    names = unique_names([name for name, _ in parts])
    every = [(name, _spelled(cells)) for name, (_, cells) in zip(names, parts, strict=True)]
    return [of_array(name, cells, marked(cells, missing)) for name, cells in every]


def passed_over(every: Iterable[Held], table: Sequence[Held]) -> list[str]:
    """A note of what else the file holds, if there is anything."""
    names = [held.name for held in every if held not in table]
    return [f"Passed over in the file: {listed(names)}."] if names else []


def most_unpacked(path: Path) -> int:
    """Bytes that what is read of a file may have."""
    return max(ALWAYS_UNPACKED, MOST_UNPACKED * path.stat().st_size)


def refuse_inflated(path: Path, n_bytes: int) -> None:
    """Raises InputError where a file would become so many times larger in memory that it is a trap, or nothing."""
    if n_bytes > most_unpacked(path):
        raise InputError(
            f"{shown(path.name)} would unpack to {n_bytes / path.stat().st_size:,.0f} times its size or more, which "
            "measurements do not; save the array as .npy or as text."
        )


def marked(cells: NDArray[Any], missing: Iterable[str]) -> NDArray[np.bool_] | None:
    """Which cells of an array, (n,), mean by their text or number that there is none; None where all are present."""
    texts = [text.strip(BLANKS) for text in missing]
    if cells.dtype.kind in "US":
        wanted: list[str] | list[bytes] = [text.encode() for text in texts] if cells.dtype.kind == "S" else texts
        return np.isin(cells, wanted) if texts else None
    numbers = [float(text) for text in texts if is_number(text, ".")]
    return np.isin(cells, numbers) if numbers and cells.dtype.kind in NUMBERS else None


def _is_data(dtype: np.dtype[Any]) -> bool:
    return dtype.kind in _USABLE and not dtype.hasobject


def _tables(every: Sequence[Held]) -> list[list[Held]]:
    """The arrays as tables: vectors of one length are one table, in the place of the first."""
    tables: list[list[Held]] = []
    of_length: dict[int, list[Held]] = {}
    for held in every:
        if not held.is_usable:
            continue
        if held.is_vector and held.n_rows in of_length:
            of_length[held.n_rows].append(held)
            continue
        tables.append([held])
        if held.is_vector:
            of_length[held.n_rows] = tables[-1]
    return tables


def _columns(path: Path, held: Held) -> list[tuple[str, NDArray[Any]]]:
    """Name and cells of each column, (n_rows,)."""
    array = held.read()
    if array.dtype.fields:
        rows = array.reshape(-1)
        parts = [(name, rows[name]) for name in array.dtype.names or ()]
        return [column for name, part in parts for column in _split(path, name, part, ())]
    name = "" if not held.is_vector else held.name
    return _split(path, name, array.reshape(-1) if held.is_vector else array, held.names)


def _split(path: Path, name: str, cells: NDArray[Any], names: tuple[str, ...]) -> list[tuple[str, NDArray[Any]]]:
    if cells.ndim == 1:
        return [(name, cells)]
    rows = cells.reshape(len(cells), -1)
    width = rows.shape[1]
    if width > MOST_COLUMNS:
        raise InputError(f"{shown(path.name)} has {width:,} columns; turn it so that each sample is a row.")
    if len(names) != width:
        names = tuple(f"{name} {i}".strip() if name else "" for i in range(1, width + 1))
    return [(names[i], rows[:, i]) for i in range(width)]


def _spelled(cells: NDArray[Any]) -> NDArray[Any]:
    """The same cells; in texts, numbers of signs that do not exist have been replaced by a question mark's."""
    if cells.dtype.kind != "U" or not cells.dtype.itemsize:
        return cells
    texts = cells.astype(cells.dtype.newbyteorder("="), order="C")
    signs = texts.view(np.uint32)
    signs[(signs > _LAST_SIGN) | ((signs >= 0xD800) & (signs < 0xE000))] = 0xFFFD
    return texts


def _why_not(held: Held) -> str:
    if held.why_not:
        return held.why_not
    if not _is_data(held.dtype):
        return "objects of a program, which are never opened"
    return f"it has {len(held.shape)} dimensions" if prod(held.shape) else "it has no values"
