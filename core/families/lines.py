"""Coordinates in which a density bends down everywhere, so that it can be integrated over any interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.data import Array


@dataclass(frozen=True, eq=False)
class Line:
    """A coordinate y of the values x of one component: the density of y has one peak and falls at least exponentially.

    centre: where the peak is, width: how far from it the density bends, about, both in y. forward and backward lead
    from x to y and back; log_slope is ln dx/dy at y.
    """

    forward: Callable[[Array], Array]
    backward: Callable[[Array], Array]
    log_slope: Callable[[Array], Array]
    centre: float
    width: float


def straight(centre: float, width: float) -> Line:
    """The values themselves."""
    return Line(lambda x: x, lambda y: y, np.zeros_like, centre, width)


def logarithmic(centre: float, width: float) -> Line:
    """The logarithms of positive values; centre and width are of the logarithm."""

    def forward(x: Array) -> Array:
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(np.maximum(x, 0.0)))

    def backward(y: Array) -> Array:
        with np.errstate(over="ignore"):
            return np.asarray(np.exp(y))

    return Line(forward, backward, lambda y: y, centre, width)


def stretched(location: float, scale: float, width: float) -> Line:
    """asinh((x − location) / scale): like a logarithm to both sides, for tails that fall like powers."""

    def log_slope(y: Array) -> Array:
        size = np.abs(y)
        return np.asarray(np.log(scale) + size + np.log1p(np.exp(-2.0 * size)) - np.log(2.0))

    def backward(y: Array) -> Array:
        with np.errstate(over="ignore"):
            return np.asarray(location + scale * np.sinh(y))

    return Line(lambda x: np.arcsinh((x - location) / scale), backward, log_slope, 0.0, width)
