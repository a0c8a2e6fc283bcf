"""What the bars of a histogram are above or below what the fit expects in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.binning import Histogram
from core.data import Array
from core.goodness.fitted import Fitted


@dataclass(frozen=True, eq=False)
class Residuals:
    """Rows observed and expected in each bin, (B,) each, with the bins' edges (B + 1,)."""

    edges: Array
    observed: Array
    expected: Array

    @property
    def pearson(self) -> Array:
        """(O − E) / √E, (B,)."""
        return np.asarray((self.observed - self.expected) / np.sqrt(np.maximum(self.expected, 1e-300)))

    @property
    def anscombe(self) -> Array:
        """3/2 (O^⅔ − E^⅔) / E^⅙ (Anscombe 1953), (B,): nearly normal even where few rows are expected."""
        expected = np.maximum(self.expected, 1e-12)
        return np.asarray(1.5 * (np.cbrt(self.observed) ** 2 - np.cbrt(expected) ** 2) / expected ** (1.0 / 6.0))

    @property
    def hanging(self) -> tuple[Array, Array]:
        """Bottom and top of the bars of a hanging rootogram (Tukey 1972), (B,) each: √E − √O and √E."""
        top = np.sqrt(self.expected)
        return top - np.sqrt(self.observed), top


def residuals(fitted: Fitted, histogram: Histogram, is_binned: bool) -> Residuals:
    """The residuals of a histogram's counts. is_binned: bins are what rows are, each up to and with its upper end."""
    edges = histogram.edges.copy()
    if is_binned:
        at = edges.copy()
        if histogram.open_ends[0]:
            at[0] = -np.inf
        if histogram.open_ends[1]:
            at[-1] = np.inf
        below = fitted.below(at)
    elif fitted.family.discrete:
        below = fitted.below(np.ceil(edges) - 1.0)
    else:
        below = fitted.below(edges)
    observed = np.asarray(histogram.counts, dtype=np.float64)
    return Residuals(edges, observed, float(observed.sum()) * np.maximum(np.diff(below), 0.0))
