"""Columns read as labels: the few distinct texts of a column, and which of them each row has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.data import Levels
from core.io.numbers import BLANKS, is_number
from core.io.scan import UNKNOWN, Scan

MOST_LEVELS = 24
"""How many distinct texts a column may have and still be offered as labels."""

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
    """Texts in their own order: as numbers if all of them are, else by the alphabet."""
    if all(is_number(name, ".") for name in names):
        return tuple(sorted(names, key=lambda name: (float(name), name)))
    return tuple(sorted(names))


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
