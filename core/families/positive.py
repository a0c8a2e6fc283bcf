"""What distributions of positive numbers share: their support, and starts with positive means."""

from __future__ import annotations

from abc import ABC

import numpy as np
from numpy.typing import NDArray

from core.data import Array
from core.families.family import Family
from core.ratios import LEAST

NARROWEST, WIDEST = 1e-6, 1e3
"""Coefficients of variation that a start may have."""


class PositiveFamily(Family, ABC):
    """A distribution of numbers greater than 0, whose density is 0 elsewhere."""

    @property
    def support(self) -> str:
        """Numbers greater than 0."""
        return "numbers greater than 0"

    def supports(self, values: Array) -> NDArray[np.bool_]:
        """Those greater than 0."""
        return np.asarray(values > 0)


def positive_means(means: Array, high: Array) -> Array:
    """Means of a start (K,) that are greater than 0: those that are not become a millionth of the highest value."""
    highest = float(high) if high > 0 else 1.0
    return np.asarray(np.where(means > 0, means, max(1e-6 * highest, LEAST)))


def variation(means: Array, sds: Array) -> Array:
    """Coefficients of variation (K,) of a start."""
    with np.errstate(over="ignore"):
        return np.asarray(np.clip(sds / means, NARROWEST, WIDEST))


def within(values: Array, log_density: Array) -> Array:
    """These log-densities (K, m), and −∞ at values (m,) out of the support."""
    if not (values > 0).all():
        log_density[:, ~(values > 0)] = -np.inf
    return log_density
