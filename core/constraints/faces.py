"""Linear inequalities that a climb runs into: which of them hold it back, and how far it may go before the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data import Array

RANK = 1e-10
"""Singular values, beside the largest, that count as 0."""


@dataclass(frozen=True, eq=False)
class Walls:
    """Rows (R, U) whose product with a step must not fall short of −slack; equalities first, which must stay 0."""

    rows: Array
    n_equal: int

    def pushed(self, touching: NDArray[np.intp], gradient: Array) -> NDArray[np.intp]:
        """Those of the inequalities touched that the gradient pushes against; it may leave the others.

        Multipliers of the equalities and of the touched ones together say so; the worst is let go first.
        """
        kept = list(touching)
        while kept:
            pushing = self.multipliers([*range(self.n_equal), *kept], gradient)[self.n_equal :]
            worst = int(np.argmax(pushing))
            if pushing[worst] <= 1e-9 * (np.abs(gradient).max(initial=0.0) + 1e-300):
                break
            kept.pop(worst)
        return np.array(kept, dtype=np.intp)

    def multipliers(self, chosen: list[int], gradient: Array) -> Array:
        """The multiples of the chosen rows nearest to a gradient; above 0 it leads away from the wall."""
        if not chosen:
            return np.zeros(0)
        return np.asarray(np.linalg.lstsq(self.rows[chosen].T, gradient, rcond=RANK)[0])

    def along(self, chosen: NDArray[np.intp]) -> Array:
        """Orthonormal directions (U, F) along all equalities and the chosen inequalities."""
        return null_space(self.rows[[*range(self.n_equal), *chosen]])


def null_space(rows: Array) -> Array:
    """Orthonormal directions (U, F) that the rows (R, U) do not see."""
    if len(rows) == 0 or rows.shape[1] == 0:
        return np.eye(rows.shape[1])
    _, values, vectors = np.linalg.svd(rows)
    rank = int((values > RANK * max(values.max(initial=0.0), 1e-300)).sum())
    return np.asarray(vectors[rank:].T)
