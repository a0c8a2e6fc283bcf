"""What a single cell is, of those that have types already: a number, missing, or something else."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal
from numbers import Integral, Number, Real

import numpy as np

from core.io.numbers import BLANKS, MOST_EXACT, Kind, is_number

_WORDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    ((bool, np.bool_), "booleans"),
    (date, "dates"),
    (time, "clock times"),
    (timedelta, "durations"),
    (Number, "complex numbers"),
    ((bytes, bytearray), "bytes"),
    ((dict, list, tuple), "nested values"),
)


class Cells:
    """Tells cells' values and Kinds, one after the other, and counts the whole numbers that were rounded."""

    def __init__(self, missing: frozenset[str], decimal: str) -> None:
        self.missing, self.decimal = missing, decimal
        # A number may be a name for missing, such as -999, which a cell holds as a number and not as this text.
        self.codes = codes_for_missing(missing, decimal)
        self.rounded: list[int] = []
        self.n_read = 0

    @property
    def n_rounded(self) -> int:
        return len(self.rounded)

    def __call__(self, cell: object) -> tuple[float, Kind]:
        self.n_read += 1
        if cell is None:
            return np.nan, Kind.MISSING
        if isinstance(cell, str):
            return self._of_text(cell)
        if isinstance(cell, (bool, np.bool_)) or not isinstance(cell, (Real, Decimal)):
            return np.nan, Kind.NOT_A_NUMBER
        try:
            value = float(cell)
        except OverflowError:
            return np.nan, Kind.TOO_LARGE
        if not np.isfinite(value) or value in self.codes:
            return np.nan, Kind.MISSING
        if isinstance(cell, Integral) and abs(value) >= MOST_EXACT and int(value) != int(cell):
            self.rounded.append(self.n_read - 1)
        return value, Kind.NUMBER

    def _of_text(self, cell: str) -> tuple[float, Kind]:
        text = cell.strip(BLANKS)
        if text.lower() in self.missing:
            return np.nan, Kind.MISSING
        if not is_number(text, self.decimal):
            return np.nan, Kind.NOT_A_NUMBER
        value = float(text.replace(self.decimal, "."))
        return (value, Kind.NUMBER) if np.isfinite(value) else (np.nan, Kind.TOO_LARGE)


def codes_for_missing(missing: frozenset[str], decimal: str) -> set[float]:
    """The numbers among the texts that mean a missing cell."""
    return {float(text.replace(decimal, ".")) for text in missing if is_number(text, decimal)}


def what_is(cell: object) -> str:
    """The word for what a cell that is no number is; "" for a text, which tells by itself."""
    if isinstance(cell, str):
        return ""
    return next((words for kind, words in _WORDS if isinstance(cell, kind)), "other things than numbers")
