"""Ratios of positive numbers, and their logarithms to the last digits also where they are nearly 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from core.data import Array

LEAST, MOST = 1e-300, 1e300
"""Ratios are kept within these, where neither they nor their logarithms overflow."""
SMALLEST = 5e-324
NEAR = 0.15
"""Where a ratio is so near to 1, its divergence is summed up as a series."""
ARTANH = [1 / 17, 1 / 15, 1 / 13, 1 / 11, 1 / 9, 1 / 7, 1 / 5, 1 / 3]


def ratios(values: Array, centres: Array) -> tuple[Array, Array]:
    """value / centre, (K, m), and what it exceeds 1 by.

    The latter from the difference, so that a component much narrower than it is far from 0 keeps its digits. Values
    out of the support are taken for the smallest number in it.
    """
    inside = np.maximum(values, SMALLEST)
    beside = centres[:, np.newaxis]
    with np.errstate(over="ignore", under="ignore"):
        return np.clip(inside / beside, LEAST, MOST), np.minimum((inside - beside) / beside, MOST)


def log_ratio(ratio: Array, excess: Array) -> Array:
    """Natural log of a ratio that exceeds 1 by `excess`."""
    return np.asarray(np.where(np.abs(excess) < 0.5, np.log1p(np.maximum(excess, -0.5)), np.log(ratio)))


def divergence(ratio: Array, excess: Array) -> Array:
    """u − 1 − log u ≥ 0 of a ratio u that exceeds 1 by `excess`, to the last digits also where u is nearly 1.

    There log u = 2 artanh r with r = excess / (2 + excess), whose series leaves r (excess − 2 r² (⅓ + r²/5 + …)).
    """
    found = np.asarray(excess - np.log(ratio))
    near = np.abs(excess) < NEAR
    small = excess[near]
    half = small / (2.0 + small)
    square = half * half
    found[near] = half * (small - 2.0 * square * np.polyval(ARTANH, square))
    return found


def log_values(values: Array) -> Array:
    """Natural logs (m,) of the values, those out of the support taken for the smallest number in it."""
    return np.asarray(np.log(np.maximum(values, SMALLEST)))
