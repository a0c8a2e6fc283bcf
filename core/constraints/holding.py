"""What the parameters of K components are held to, worked out as arrays: bounds, ties and orders."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.constraints.weights import HeldWeights
from core.data import Array
from core.families.family import Family, Limits

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Held:
    """What the d parameters of K components are held to, arrays (d, K) in the parameters' own units.

    present: which component has which parameter. low and high: bounds, equal where a value is fixed, and as tight as
    ties and orders make them. groups: those of a row with equal numbers are equal. ordered (d,): increasing along
    `order` (K,), the positions by number. proportional: positions of which the second of `ratio` (two rows) divided by
    the first is the same. floors, prior_values and prior_rows: 0 where there is none. all_free: whether the parameters
    are held to nothing, the weights aside.
    """

    family: Family
    names: tuple[str, ...]
    present: Mask
    low: Array
    high: Array
    groups: NDArray[np.intp]
    ordered: Mask
    order: NDArray[np.intp]
    ratio: tuple[int, int]
    proportional: NDArray[np.intp]
    floors: Array
    prior_values: Array
    prior_rows: Array
    weights: HeldWeights
    all_free: bool

    @property
    def fixed(self) -> Mask:
        """Which parameters are held at a value, (d, K)."""
        return np.asarray(self.present & (self.low == self.high))

    @property
    def shared(self) -> Mask:
        """Which parameters (d, K) are equal to, or proportional to, another component's."""
        sizes = (self.groups[:, :, np.newaxis] == self.groups[:, np.newaxis, :]) & self.present[:, np.newaxis, :]
        shared = (sizes.sum(axis=2) > 1) & self.present
        if len(self.proportional):
            shared[self.ratio[1], self.proportional] = True
        return np.asarray(shared)

    @cached_property
    def limits(self) -> Limits:
        """What a family has to know to find the maximum itself: bounds, equal values and earlier rows."""
        rows = (self.low, self.high, self.groups, self.prior_rows, self.prior_values)
        return Limits(*(dict(zip(self.names, row, strict=True)) for row in rows))

    @cached_property
    def basis(self) -> Array:
        """How free coordinates move all d·K parameters in steps, (d·K, U): equal ones move together."""
        d, k = self.present.shape
        labels = np.arange(d)[:, np.newaxis] * k + self.groups
        labels = np.where(self.present, labels, -1)
        if len(self.proportional):
            labels[self.ratio[1], self.proportional] = -1
        columns = np.unique(labels[labels >= 0])
        basis: Array = (labels.ravel()[:, np.newaxis] == columns).astype(np.float64)
        if len(self.proportional):
            location, scale = (row * k + self.proportional for row in self.ratio)
            basis[scale] = basis[location]
            common = np.zeros((d * k, 1))
            common[scale] = 1.0
            basis = np.concatenate([basis, common], axis=1)
        return basis
