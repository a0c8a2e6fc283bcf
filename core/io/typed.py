"""Columns from cells that already have types: arrays of numbers, and the cells of sheets and of JSON."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from types import NoneType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data import LEFT_OUT_LISTED, Array, Levels
from core.errors import shown
from core.io.cells import Cells, codes_for_missing, what_is
from core.io.columns import BLOCK_ROWS, Cell, Counts, Kinds, column_of, counted, first_places, notes_on
from core.io.levels import blocks, levels_of_codes, levels_of_numbers, levels_of_texts
from core.io.numbers import BLANKS, MISSING, MOST_EXACT, Kind, number_text
from core.io.scan import TEXT_KEPT
from core.table import Column, Dialect, Table

PREVIEW_ROWS = 8
MOST_BITS = 4096
"""Python spells no whole number of many more."""

PLAIN = Dialect()
"""Nothing to be told of how a file was read."""

Mask = NDArray[np.bool_]
Codes = NDArray[np.int32]

_KINDS_OF_ARRAYS = {"c": "complex numbers", "M": "dates", "m": "durations", "V": "records"}


@dataclass(frozen=True)
class Typed:
    """A column, how many of its cells are of each Kind, its first cells as text, and how many numbers were rounded."""

    column: Column
    counts: Counts
    first: tuple[str, ...]
    n_rounded: int = 0


def table_of(
    path: Path, format_name: str, every: Sequence[Typed], dialect: Dialect = PLAIN, notes: Iterable[str] = ()
) -> Table:
    """A table of columns of equal length, at least one, but for its fingerprint; what a person should know is noted."""
    columns = tuple(typed.column for typed in every)
    rounded = (_rounded(typed) for typed in every if typed.n_rounded)
    left_out = notes_on(columns, {i: typed.counts for i, typed in enumerate(every)})
    return Table(
        source=path.name,
        path=str(path),
        sha256="",
        n_rows=sum(every[0].counts.values()),
        columns=columns,
        dialect=dialect,
        format=format_name,
        preview=tuple(zip(*(typed.first for typed in every), strict=True)),
        notes=(*notes, *left_out, *rounded),
    )


def of_array(name: str, cells: NDArray[Any], absent: Mask | None = None, missing: frozenset[str] = MISSING) -> Typed:
    """A column from an array of one dimension, (n,), of any dtype; absent: (n,), True where there is no value.

    missing: the texts that mean a missing cell, in lower case; a number among them is one, such as -999.

    An array of doubles is kept as the column's values, and changed where it holds infinities, if it can be written to.
    """
    kind = cells.dtype.kind
    if kind in "iuf":
        return _of_numbers(name, cells, absent, codes_for_missing(missing, "."))
    if kind == "b":
        return of_codes(name, (False, True), _absent_marked(cells.astype(np.int32), absent))
    if kind in "US":
        names, codes = np.unique(cells, return_inverse=True)
        return of_codes(name, [_decoded(text) for text in names.tolist()], _absent_marked(codes, absent))
    if kind == "O":
        return of_objects(
            name, [None if gone else cell for cell, gone in zip(cells, _gone(cells, absent), strict=True)]
        )
    gone = _gone(cells, absent)
    kinds = np.where(gone, Kind.MISSING, Kind.NOT_A_NUMBER).astype(np.int8)
    values = np.full(len(cells), np.nan)
    return of_kinds(name, values, kinds, lambda i: "" if gone[i] else str(cells[i]), None, _KINDS_OF_ARRAYS[kind])


def of_objects(name: str, cells: Sequence[object], missing: frozenset[str] = MISSING, decimal: str = ".") -> Typed:
    """A column from cells as Python knows them; a text that is a plain decimal number is a number, as in CSV.

    missing: the texts that mean a missing cell, in lower case. decimal: the decimal sign of texts.
    """
    if _are_plain(cells):
        absent = np.fromiter((cell is None for cell in cells), dtype=np.bool_, count=len(cells))
        return of_array(name, np.array(cells, dtype=np.float64), absent, missing)
    read = Cells(missing, decimal)
    values, kinds = np.empty(len(cells)), np.empty(len(cells), dtype=np.int8)
    for i, cell in enumerate(cells):
        values[i], kinds[i] = read(cell)
    levels = levels_of_texts(
        text_of(cell).strip(BLANKS) if kind != Kind.MISSING else "" for cell, kind in zip(cells, kinds, strict=True)
    )
    what = next((what_is(cell) for cell, kind in zip(cells, kinds, strict=True) if kind == Kind.NOT_A_NUMBER), "")
    return of_kinds(name, values, kinds, lambda i: text_of(cells[i]), levels, what, read.n_rounded)


def _are_plain(cells: Sequence[object]) -> bool:
    """Whether there is nothing but doubles, whole numbers that could be some, and cells without a value."""
    kinds = set(map(type, cells))
    if kinds <= {float, NoneType}:
        return True
    whole = (cell for cell in cells if type(cell) is int)
    return kinds <= {float, int, NoneType} and all(-MOST_EXACT <= cell <= MOST_EXACT for cell in whole)


def of_codes(
    name: str,
    distinct: Sequence[object],
    codes: NDArray[np.integer],
    missing: frozenset[str] = MISSING,
    decimal: str = ".",
) -> Typed:
    """A column from its distinct cells and the position of each row's among them, (n,), −1 where there is none."""
    read = Cells(missing, decimal)
    found = [read(cell) for cell in (*distinct, None)]
    values = np.array([value for value, _ in found])[codes]
    kinds = np.array([kind for _, kind in found], dtype=np.int8)[codes]
    texts = [text_of(cell) for cell in distinct]
    what = next(
        (what_is(cell) for cell, (_, kind) in zip(distinct, found, strict=False) if kind == Kind.NOT_A_NUMBER), ""
    )
    levels = levels_of_codes([text.strip(BLANKS) for text in texts], codes, kinds)
    n_rounded = read.n_rounded and sum(int((codes == i).sum()) for i in read.rounded)
    return of_kinds(name, values, kinds, lambda i: texts[codes[i]] if codes[i] >= 0 else "", levels, what, n_rounded)


def of_kinds(
    name: str,
    values: Array,
    kinds: Kinds,
    text: Callable[[int], str],
    levels: Levels | None,
    what: str = "",
    n_rounded: int = 0,
) -> Typed:
    """A column from its values and its cells' Kinds, (n,) each; text tells the text of the cell at a place from 0.

    A column that is neither of numbers nor of labels goes on asking it, where its texts are wanted.
    """

    def cells(wanted: tuple[Kind, ...], limit: int) -> list[Cell]:
        return [(p + 1, Kind(kinds[p]), text(p)[:TEXT_KEPT]) for p in first_places(kinds, wanted, limit)]

    counts = counted(kinds)
    column = column_of(name, values, counts, cells, levels, what)
    if not column.is_numeric and levels is None:
        column = replace(column, texts=partial(_texts, text, kinds))
    first = tuple(text(i)[:TEXT_KEPT] for i in range(min(PREVIEW_ROWS, len(kinds))))
    return Typed(column, counts, first, n_rounded if column.is_numeric else 0)


def _texts(text: Callable[[int], str], kinds: Kinds) -> list[str | None]:
    """Each row's text, None where missing."""
    return [None if kind == Kind.MISSING else text(i).strip(BLANKS) for i, kind in enumerate(kinds)]


def text_of(cell: object) -> str:
    """A cell as text: a number as it would stand in a text file, nothing for none; what is nested is cut short."""
    if cell is None:
        return ""
    if isinstance(cell, (float, np.floating)):
        return number_text(cell)
    if isinstance(cell, int) and cell.bit_length() > MOST_BITS:
        return "a number of very many digits"
    return reprlib.repr(cell) if isinstance(cell, (dict, list, tuple)) else str(cell)


def n_rounded(cells: NDArray[Any]) -> int:
    """How many numbers of an array of whole ones are none that a double could be."""
    if cells.dtype.itemsize < 8 or cells.dtype.kind not in "iu":
        return 0
    n = 0
    for block in blocks(cells):
        large = (
            block[(block > MOST_EXACT) | (block < -MOST_EXACT)]
            if cells.dtype.kind == "i"
            else block[block > MOST_EXACT]
        )
        size = large.astype(np.uint64)
        size[large < 0] = ~size[large < 0] + np.uint64(1)
        lowest_bit = size & (~size + np.uint64(1))
        n += int(np.count_nonzero(size // lowest_bit >= MOST_EXACT))
    return n


def _of_numbers(name: str, cells: NDArray[Any], absent: Mask | None, codes: set[float]) -> Typed:
    with np.errstate(over="ignore"):
        values: Array = np.ascontiguousarray(cells, dtype=np.float64)
    if absent is not None and absent.any():
        values = _writeable(values)
        values[absent] = np.nan
    places = _unusable(values, codes)
    texts = {int(p): _number(cells, absent, int(p)) for p in places[:LEFT_OUT_LISTED]}  # before they are written over
    large = np.isinf(values[places]) & np.isfinite(cells[places])  # of a wider type than a double
    if not np.isnan(values[places]).all():
        values = _writeable(values)
        values[places] = np.nan

    def first(wanted: tuple[Kind, ...], limit: int) -> list[Cell]:
        found = ((int(p), Kind.TOO_LARGE if big else Kind.MISSING) for p, big in zip(places, large, strict=True))
        return [(p + 1, kind, texts[p]) for p, kind in islice(found, limit) if kind in wanted]

    counts = dict.fromkeys(Kind, 0)
    counts[Kind.TOO_LARGE] = int(large.sum())
    counts[Kind.MISSING] = len(places) - counts[Kind.TOO_LARGE]
    counts[Kind.NUMBER] = len(values) - len(places)
    column = column_of(name, values, counts, first, levels_of_numbers(cells, values))
    shown_first = tuple(texts.get(i) or _number(cells, absent, i) for i in range(min(PREVIEW_ROWS, len(values))))
    return Typed(column, counts, shown_first, n_rounded(cells))


def _unusable(values: Array, codes: set[float]) -> NDArray[np.intp]:
    """Where there is no number, or one that means that there is none."""
    found = []
    for i, block in enumerate(blocks(values)):
        wrong = ~np.isfinite(block)
        for code in codes:
            wrong |= block == code
        found.append(np.flatnonzero(wrong) + i * BLOCK_ROWS)
    return np.concatenate(found) if found else np.empty(0, dtype=np.intp)


def _number(cells: NDArray[Any], absent: Mask | None, place: int) -> str:
    return "" if absent is not None and absent[place] else text_of(cells[place])


def _writeable(values: Array) -> Array:
    """The same numbers, in an array that may be written to without changing what is only looked at."""
    return values if values.flags.writeable else values.copy()


def _gone(cells: NDArray[Any], absent: Mask | None) -> Mask:
    gone: Mask = np.isnat(cells) if cells.dtype.kind in "mM" else np.zeros(len(cells), dtype=np.bool_)
    return gone if absent is None else gone | absent


def _absent_marked(codes: NDArray[Any], absent: Mask | None) -> Codes:
    return np.where(absent, -1, codes).astype(np.int32) if absent is not None else codes.astype(np.int32)


def _decoded(text: str | bytes) -> str:
    return text.decode("utf-8", "backslashreplace") if isinstance(text, bytes) else text


def _rounded(typed: Typed) -> str:
    name = shown(typed.column.name)
    if typed.n_rounded == 1:
        return f"1 whole number in {name} has more digits than can be kept, and was rounded."
    return f"{typed.n_rounded:,} whole numbers in {name} have more digits than can be kept, and were rounded."
