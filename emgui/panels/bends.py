"""Lines with no more points than can be seen: a painter takes as long as there are points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.data import Array

LEVELS = 4
"""How often every second point may go: of sixteen on a straight line one is left."""
UNSEEN = 0.08
"""Px that a line may move when a point goes."""


def bends(x: Array, ys: Array, per_pixel: float) -> NDArray[np.bool_]:
    """Which points of lines (K, m) at places x (m,) cannot be left out, (K, m); per_pixel: how much of y one px is.

    A point can go where a line between two further ones passes it. Ends, and what stands beside NaN, stay.
    """
    needed = np.ones(ys.shape, dtype=bool)
    m = len(x)
    with np.errstate(invalid="ignore", divide="ignore"):
        for level in range(LEVELS):
            step = 1 << level
            at = np.arange(step, m - step, 2 * step)
            left, right = at - step, at + step
            share = (x[at] - x[left]) / (x[right] - x[left])
            passing = ys[:, left] + share * (ys[:, right] - ys[:, left])
            needed[:, at] = ~(np.abs(ys[:, at] - passing) <= UNSEEN * per_pixel)
    return needed
