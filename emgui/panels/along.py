"""The time line's x axis: where an iteration stands, counted in iterations or in passes over the data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.data import Array
from emgui.run import Run


@dataclass(frozen=True, eq=False)
class Along:
    """Places of a run's iterations along x. passes (n,): passes made up to each, or None to count iterations."""

    passes: Array | None = None

    @classmethod
    def of(cls, run: Run, by_passes: bool) -> Along:
        """How the iterations of a run are placed."""
        return cls(run.history.scalar("n_passes") if by_passes else None)

    def places(self, numbers: Array | float) -> Array:
        """Where iterations stand."""
        if self.passes is None:
            return np.asarray(numbers, dtype=float)
        return np.asarray(np.interp(numbers, np.arange(len(self.passes)), self.passes))

    def numbers(self, places: Array | float) -> Array:
        """The iterations, in parts where it is between two, that stand at places."""
        if self.passes is None:
            return np.asarray(places, dtype=float)
        n = len(self.passes)
        if n < 2 or self.passes[-1] <= 0.0:
            return np.asarray(places, dtype=float)
        found = np.interp(places, self.passes, np.arange(n))
        # Beyond the tape it goes on as it has gone so far.
        beyond = np.asarray(places) / self.passes[-1] * (n - 1)
        return np.where(np.asarray(places) > self.passes[-1], beyond, np.where(np.asarray(places) < 0, places, found))
