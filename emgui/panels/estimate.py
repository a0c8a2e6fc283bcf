"""The log-likelihood of a mixture that a hand is moving: quick enough to be shown while it moves."""

from __future__ import annotations

from time import perf_counter

import numpy as np

from core.data import Data
from core.mixture import Mixture
from core.seeing import as_seen

MOST_ROWS, FIRST_SHARE, FEWEST_ROWS = 100_000, 20_000, 500
"""Rows that a log-likelihood under the drag is of: at most, at first (over the number of components), at least."""
QUICK, SLOW = 0.008, 0.025
"""Seconds below which more rows are taken the next time, and above which fewer."""


class Estimate:
    """The log-likelihood under a drag: of all rows where they are few, else of some of them, at display rate."""

    def __init__(self, data: Data, before: Mixture, known: float) -> None:
        """known: the log-likelihood before, of all rows."""
        self.data, self.known = data, known
        self._before = before
        self._base: float | None = None
        self._may_grow = True
        self._rng = np.random.default_rng(0)
        self._take(max(FEWEST_ROWS, FIRST_SHARE // before.n_components))

    @property
    def is_whole(self) -> bool:
        """Whether all rows are looked at."""
        return self._n == len(self.data)

    def of(self, mixture: Mixture) -> float:
        """The log-likelihood of a mixture of the population: how it differs on the rows looked at, for all of them."""
        began = perf_counter()
        found = self._sum(mixture)
        if not self.is_whole:
            if self._base is None:
                self._base = self._sum(self._before)
            found = self.known + (found - self._base) * self._factor
        taken = perf_counter() - began
        if taken > SLOW and self._n > FEWEST_ROWS:
            self._may_grow = False
            self._take(max(FEWEST_ROWS, self._n // 2))
        elif taken < QUICK and self._may_grow and self._n < min(MOST_ROWS, len(self.data)):
            self._take(2 * self._n)
        return found

    def _take(self, n: int) -> None:
        data = self.data
        self._n = min(n, MOST_ROWS, len(data))
        rows = slice(None) if self.is_whole else np.sort(self._rng.integers(0, len(data), self._n))
        self._values = data.observations(rows)
        self._counts = None if data.counts is None else data.counts[rows]
        n_seen = float(self._n) if self._counts is None else float(self._counts.sum())
        self._factor = data.n_samples / n_seen
        self._base = None

    def _sum(self, mixture: Mixture) -> float:
        with np.errstate(all="ignore"):
            log_density = as_seen(self.data, mixture).log_density(self._values)
            return float(log_density.sum() if self._counts is None else log_density @ self._counts)
