"""Values that occur many times, each once and with its count: the same problem in a part of the time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.data import Array, Data
from core.engine import total

OFTEN = 4.0
"""Rows of the same value, on the average, from which on it pays to count them."""
LOOKED_AT = 20_000
"""Rows by which it is judged whether values occur as often."""
BLOCK_ROWS = 1 << 18


@dataclass(frozen=True, eq=False)
class Tally:
    """Distinct values (m,), rising, and how many rows have each (m,)."""

    values: Array
    counts: Array

    @classmethod
    def of(cls, values: Array, counts: Array | None) -> Tally:
        """That of values (n,) with their counts, None for one each."""
        if counts is None:
            different, rows = np.unique(values, return_counts=True)
            return cls(different, rows.astype(np.float64))
        different, places = np.unique(values, return_inverse=True)
        return cls(different, np.bincount(places, counts, len(different)).astype(np.float64))

    def __add__(self, other: Tally) -> Tally:
        """The rows of both."""
        values, counts = np.concatenate([self.values, other.values]), np.concatenate([self.counts, other.counts])
        return Tally.of(values, counts)


def distinct(data: Data) -> Data | None:
    """The distinct values of a column with their counts, in one pass; None where they do not occur often enough.

    Whole numbers and rounded ones do. Every sum over the rows is the same but for rounding, and so is every fit.
    """
    if data.n_features > 1 or not data.form.is_plain:
        return None
    some = data.column[:: max(1, len(data) // LOOKED_AT)]
    if OFTEN * len(np.unique(some)) > len(some):
        return None
    tally = total(Tally.of, data, BLOCK_ROWS)
    if OFTEN * len(tally.values) > len(data):
        return None
    return Data(tally.values, data.columns, counts=tally.counts, stands_for=max(len(data), data.stands_for))
