"""From the data's numbers to plain coordinates about 0 and 1 and back."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np

from core.data import Array


@dataclass(frozen=True)
class Scale:
    """A straight map: `origin` is drawn at 0 and origin + 2 `half` at 1.

    Painters calculate with sizes and differences that a column of 1e300, 1e-200 or 1e9 + 1e-6 would ruin; and half the
    extent is a number even where the whole is not.
    """

    origin: float = 0.0
    half: float = 0.5

    @classmethod
    def spanning(cls, low: float, high: float) -> Scale:
        """The scale that draws low at 0 and high at 1."""
        half = high / 2 - low / 2
        return cls(low, half if half > 0.0 and isfinite(half) else abs(low) * 0.05 or 0.5)

    def to_view(self, values: Array | float) -> Array:
        """Data values as they are drawn."""
        with np.errstate(over="ignore"):
            return np.asarray((np.asarray(values) / 2 - self.origin / 2) / self.half)

    def from_view(self, places: Array | float) -> Array:
        """Drawn places as data values."""
        with np.errstate(over="ignore"):
            return np.asarray((self.origin / 2 + np.asarray(places) * self.half) * 2)
