"""Logarithms of prior densities."""

from __future__ import annotations

import numpy as np

from core.constraints.holding import Held
from core.data import Array


def of_parameters(held: Held, values: Array) -> Array:
    """Log prior of each component's parameters (d, K), (K,), but for a constant."""
    rows = held.prior_rows
    if not rows.any():
        return np.zeros(values.shape[1])
    with np.errstate(all="ignore"):
        each = -rows * (np.log(values) + 0.5 * np.square(held.prior_values / values))
    return np.asarray(np.where(rows > 0, each, 0.0).sum(axis=0))


def of_weights(held: Held, weights: Array) -> float:
    """Log prior of the weights, but for a constant."""
    rows = held.weights.concentration - 1.0
    with np.errstate(divide="ignore"):
        return 0.0 if rows == 0.0 else float(rows * np.log(weights).sum())
