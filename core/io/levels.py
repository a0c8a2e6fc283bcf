"""Columns read as labels: the few distinct texts of a column, and which of them each row has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data import Array, Levels
from core.io.numbers import BLANKS, Kind, is_number, number_text
from core.io.scan import UNKNOWN, Scan

_WHOLE = re.compile(r"[0-9]{1,18}")
MOST_LEVELS = 24
"""How many distinct texts a column may have and still be offered as labels."""

BLOCK_ROWS = 1 << 16
"""How many rows are looked at at a time."""

Codes = NDArray[np.int32]
Kinds = NDArray[np.int8]
Rows = Sequence[tuple[str, ...]]


def levels_of(scan: Scan, n_rows: int, width: int, first_rows: Rows, missing: frozenset[str]) -> list[Levels | None]:
    """For each column its levels, or None where it has no text or more than `MOST_LEVELS` of them.

    The first rows decide which columns are worth a further pass over the file; of a short file they are all there is.
    """
    names = {i: _distinct(first_rows, i, missing) for i in range(width)}
    few = {i: ordered(found) for i, found in names.items() if len(found) <= MOST_LEVELS}
    if n_rows == len(first_rows):
        every = {i: (names, _codes(first_rows, i, names, missing)) for i, names in few.items() if names}
    else:
        every = _scanned(scan, few)
    return [Levels(*every[i]) if i in every else None for i in range(width)]


def ordered(names: set[str]) -> tuple[str, ...]:
    """Texts in their own order: as numbers if all of them are, else by the alphabet, with site 2 before site 10."""
    if all(is_number(name, ".") for name in names):
        return tuple(sorted(names, key=lambda name: (float(name), name)))
    return tuple(sorted(names, key=_by_alphabet))


def _by_alphabet(name: str) -> tuple[list[tuple[str, int]], str]:
    """What a text is sorted by: its words, and the whole numbers in it by their size."""
    parts = _WHOLE.split(name)
    numbers = [int(digits) for digits in _WHOLE.findall(name)]
    return list(zip(parts, [*numbers, -1], strict=True)), name


def levels_of_numbers(cells: NDArray[Any], values: Array) -> Levels | None:
    """Numbers as labels where they are few: as their file has them, and as doubles, NaN where there is none; (n,)."""
    known: set[Any] = set()
    for block, held in zip(blocks(cells), blocks(values), strict=True):
        known |= set(np.unique(block[~np.isnan(held)]).tolist())
        if len(known) > MOST_LEVELS:
            return None
    if not known:
        return None
    names = np.array(sorted(known), dtype=cells.dtype)
    codes = np.empty(len(cells), dtype=np.int32)
    for block, held, place in zip(blocks(cells), blocks(values), blocks(codes), strict=True):
        place[:] = np.where(np.isnan(held), -1, np.searchsorted(names, block))
    return Levels(tuple(map(number_text, names.tolist())), codes)


def levels_of_texts(texts: Iterable[str]) -> Levels | None:
    """Texts as labels where they are few; "" where there is none."""
    places: dict[str, int] = {"": -1}
    codes: list[int] = []
    for text in texts:
        codes.append(places.setdefault(text, len(places) - 1))
        if len(places) > MOST_LEVELS + 1:
            return None
    names = [name for name in places if name]
    return sorted_levels(names, np.array(codes, dtype=np.int32)) if names else None


def levels_of_codes(names: Sequence[str], codes: NDArray[np.integer], kinds: Kinds) -> Levels | None:
    """Distinct texts as labels where those that occur are few; equal ones are one label."""
    held = np.where(kinds == Kind.MISSING, -1, codes)
    used = np.unique(held)
    used = used[used >= 0]
    if not 0 < len(used) <= MOST_LEVELS:
        return None
    place = {name: i for i, name in enumerate(dict.fromkeys(names[i] for i in used))}
    of = np.full(len(names) + 1, -1, dtype=np.int32)
    for i in used:
        of[i] = place[names[i]]
    return sorted_levels(list(place), of[held])


def sorted_levels(names: Sequence[str], codes: Codes) -> Levels:
    """Labels, in any order, and each row's among them, as levels in theirs."""
    in_order = ordered(set(names))
    place = {name: i for i, name in enumerate(in_order)}
    new = np.array([*(place[name] for name in names), -1], dtype=np.int32)
    return Levels(in_order, new[codes])


def blocks(cells: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """An array, a stretch of rows at a time."""
    for first in range(0, len(cells), BLOCK_ROWS):
        yield cells[first : first + BLOCK_ROWS]


def _distinct(rows: Rows, column: int, missing: frozenset[str]) -> set[str]:
    texts = {row[column].strip(BLANKS) for row in rows if column < len(row)}
    return {text for text in texts if text.lower() not in missing}


def _codes(rows: Rows, column: int, names: tuple[str, ...], missing: frozenset[str]) -> NDArray[np.int32]:
    place = {name: code for code, name in enumerate(names)}
    return np.array([place.get(row[column].strip(BLANKS), -1) for row in rows], dtype=np.int32)


def _scanned(scan: Scan, few: dict[int, tuple[str, ...]]) -> dict[int, tuple[tuple[str, ...], NDArray[np.int32]]]:
    """Codes for the whole file; a column that has other texts further down is asked for all of them."""
    codes = scan.codes(few)
    more = {i: set(scan.distinct(i, MOST_LEVELS + 1)) for i, found in codes.items() if (found == UNKNOWN).any()}
    again = {i: ordered(names) for i, names in more.items() if len(names) <= MOST_LEVELS}
    codes = {i: found for i, found in codes.items() if i not in more} | scan.codes(again)
    names = few | again
    return {i: (names[i], found) for i, found in codes.items() if names[i]}
