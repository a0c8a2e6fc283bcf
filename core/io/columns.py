"""Columns from scanned cells: which are numeric, what was left out of them and why, and what to tell a person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.data import LEFT_OUT_LISTED, Array, LeftOut, Levels
from core.errors import shown
from core.io.dialects import Layout
from core.io.levels import levels_of
from core.io.numbers import REASONS, Kind, why_not
from core.io.scan import TEXT_KEPT, Scan
from core.table import Column

NOTES_LISTED = 20
BLOCK_ROWS = 1 << 16
Kinds = NDArray[np.int8]
Counts = dict[Kind, int]
Cell = tuple[int, Kind, str]
"""A cell's row number, its Kind and its text."""
Cells = Callable[[tuple[Kind, ...], int], list[Cell]]
"""Asked for the first so many cells of some kinds, in the order of the rows."""


class Texts(Protocol):
    """What knows the text of the cells of a column."""

    def texts(self, column: int, kinds: tuple[Kind, ...], limit: int) -> list[str]:
        """The first `limit` cells of a column that are of one of these kinds, in the order of the rows."""
        ...


_UNUSABLE = (Kind.MISSING, Kind.NOT_A_NUMBER, Kind.TOO_LARGE)


def columns_of(
    scan: Scan,
    texts: Mapping[int, Texts],
    layout: Layout,
    values: Mapping[int, Array],
    kinds: Mapping[int, Kinds],
    counts: Mapping[int, Counts],
    missing: frozenset[str],
) -> tuple[Column, ...]:
    """One Column for each name of the layout, from its values and its cells' Kinds, (n,) each, and their counts."""
    every = levels_of(scan, len(kinds[0]), layout.width, layout.rows, missing)
    return tuple(_column(texts[i], i, layout, values[i], kinds[i], counts[i], levels) for i, levels in enumerate(every))


def notes_on(columns: Iterable[Column], every: Mapping[int, Counts]) -> list[str]:
    """A sentence for each numeric column with cells that are left out: "1 missing in x."."""
    notes = []
    for i, column in enumerate(columns):
        if column.is_numeric and column.n_left_out:
            counts = every[i]
            parts = [f"{counts[kind]:,} {REASONS[kind]}" for kind in _UNUSABLE if counts[kind]]
            notes.append(f"{', '.join(parts)} in {shown(column.name)}.")
    if len(notes) > NOTES_LISTED:
        return [*notes[:NOTES_LISTED], f"Cells are left out in {len(notes) - NOTES_LISTED:,} more columns."]
    return notes


def counted(kinds: Kinds) -> Counts:
    """How many cells are of each Kind."""
    counts, rest = dict.fromkeys(Kind, 0), int(np.count_nonzero(kinds))
    counts[Kind.NUMBER] = len(kinds) - rest
    for kind in _UNUSABLE:
        if rest:
            counts[kind] = int(np.count_nonzero(kinds == kind))
            rest -= counts[kind]
    return counts


def first_places(kinds: Kinds, wanted: Iterable[Kind], limit: int) -> list[int]:
    """Where the first `limit` cells of these kinds are, from 0; no more of a long column is looked at than needed."""
    places: list[int] = []
    for first in range(0, len(kinds), BLOCK_ROWS):
        block = kinds[first : first + BLOCK_ROWS]
        if block.any():
            places += (np.flatnonzero(np.isin(block, list(wanted))) + first).tolist()
        if len(places) >= limit:
            break
    return places[:limit]


def is_numeric(counts: Counts) -> bool:
    """Whether a column with so many cells of each Kind is one of numbers: half of those not missing, or more."""
    numbers = counts[Kind.NUMBER] + counts[Kind.TOO_LARGE]
    return numbers > 0 and counts[Kind.NOT_A_NUMBER] <= numbers


def column_of(
    name: str,
    values: Array,
    counts: Counts,
    cells: Cells,
    levels: Levels | None,
    what: str = "",
) -> Column:
    """A column from its values, (n,), NaN where a cell is no usable number, and from how many cells are of each Kind.

    cells tells the first of those that are left out. what: the word for what a column holds that is not numeric, where
    it is known; else the text of its cells tells.
    """
    n_left_out = len(values) - counts[Kind.NUMBER]
    if not is_numeric(counts):
        examples = [(row, text) for row, _, text in cells((Kind.NOT_A_NUMBER,), 2)]
        return Column(name, None, n_left_out, why_not=why_not(examples, what), levels=levels)
    first = cells(_UNUSABLE, LEFT_OUT_LISTED) if n_left_out else []
    left_out = tuple(LeftOut(row, name, REASONS[kind], text) for row, kind, text in first)
    n_unreadable = counts[Kind.NOT_A_NUMBER] + counts[Kind.TOO_LARGE]
    return Column(name, values, n_left_out, left_out, levels=levels, n_unreadable=n_unreadable)


def _column(
    known: Texts, i: int, layout: Layout, values: Array, kinds: Kinds, counts: Counts, levels: Levels | None
) -> Column:
    if is_numeric(counts) and counts[Kind.TOO_LARGE]:
        values[kinds == Kind.TOO_LARGE] = np.nan
    return column_of(layout.names[i], values, counts, partial(_cells, known, i, layout, kinds), levels)


def _cells(known: Texts, i: int, layout: Layout, kinds: Kinds, wanted: tuple[Kind, ...], limit: int) -> list[Cell]:
    """The first `limit` cells of these kinds."""
    places = first_places(kinds, wanted, limit)
    if not places or places[-1] < len(layout.rows):
        texts = [layout.rows[place][i][:TEXT_KEPT] for place in places]
    else:
        texts = known.texts(i, wanted, limit)
    return [(p + 1, Kind(kinds[p]), text) for p, text in zip(places, texts, strict=True)]
