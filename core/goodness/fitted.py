"""What a mixture says of values as rows show them: probabilities on either side, and quantiles."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.data import Array
from core.families.family import Family
from core.families.intervals import law
from core.mixture import Mixture
from core.roles import VALUES, Form

FAR = 0.999
"""From here on 1 − P(X ≤ x) has lost digits, and the other side is worked out for itself."""
LEAST = 1e-13
"""Quantiles are of shares from this to 1 less this."""
EXPANSIONS = 1100
"""Doublings that lead from any number of float64 out of its range."""


class Fitted:
    """The distribution of a value that could be recorded: the mixture's, given that it is within a truncation."""

    def __init__(self, mixture: Mixture, form: Form = VALUES) -> None:
        self.mixture = mixture.plain
        self.family: Family = self.mixture.family
        low, high = form.truncate or (-np.inf, np.inf)
        if self.family.discrete and np.isfinite(high):
            high = float(np.nextafter(high, -np.inf))  # an end is itself outside
        self.low, self.high = low, high

    @cached_property
    def _cut(self) -> tuple[Array, Array]:
        """P(X ≤ end) and P(X > end) of the population at both ends, (2,) each."""
        ends = np.array([self.low, self.high])
        finite = np.where(np.isfinite(ends), ends, 0.0)
        below, above = self._in_population(finite)
        below[np.isneginf(ends)], above[np.isneginf(ends)] = 0.0, 1.0
        below[np.isposinf(ends)], above[np.isposinf(ends)] = 1.0, 0.0
        return below, above

    @property
    def _recorded(self) -> float:
        below, above = self._cut
        return float(below[1] - below[0] if below[0] < 0.5 else above[0] - above[1])

    def tails(self, values: Array) -> tuple[Array, Array]:
        """P(X ≤ value) and P(X > value), (m,) each, both to their last digits where they are small."""
        below, above = self._in_population(values)
        if np.isneginf(self.low) and np.isposinf(self.high):
            return below, above
        (first, _), (over, beyond) = self._cut
        recorded = self._recorded
        lower = below - first if first < 0.5 else over - above
        upper = above - beyond
        return np.clip(lower / recorded, 0.0, 1.0), np.clip(upper / recorded, 0.0, 1.0)

    def below(self, values: Array) -> Array:
        """P(X ≤ value), (m,); 0 and 1 at the infinite ends."""
        finite = np.isfinite(values)
        found = np.where(values > 0, 1.0, 0.0)
        found[finite] = self.tails(values[finite])[0]
        return found

    def masses(self, low: Array, high: Array) -> Array:
        """P(low < X ≤ high), (m,)."""
        return np.maximum(self.below(high) - self.below(low), 0.0)

    def middles(self, values: Array) -> tuple[Array, Array]:
        """As `tails`; of whole numbers half of the probability of the value itself is counted on either side."""
        below, above = self.tails(values)
        if not self.family.discrete:
            return below, above
        half = 0.5 * (below - self.below(values - 1.0))
        return below - half, above + half

    def quantiles(self, shares: Array) -> Array:
        """The smallest numbers at which P(X ≤ x) reaches these shares, (m,).

        By halving what lies between two numbers of float64 as a machine counts them: 64 times lead to neighbours,
        however long a tail is.
        """
        shares = np.clip(shares, LEAST, 1.0 - LEAST)
        if not len(shares):
            return shares
        low, high = self._around(float(shares.min()), float(shares.max()))
        first, last = np.full(len(shares), _place(low)), np.full(len(shares), _place(high))
        for _ in range(64):
            middle = (first >> 1) + (last >> 1) + (first & last & 1)
            short = self.below(_number(middle)) < shares
            first, last = np.where(short, middle, first), np.where(short, last, middle)
        return _number(last)

    def _around(self, least: float, most: float) -> tuple[float, float]:
        """Numbers below and above the quantiles of these shares."""
        location, spread = self.family.location(self.mixture.parameters), self.family.spread(self.mixture.parameters)
        low, high = float((location - spread).min()), float((location + spread).max())
        reach = float(spread.max())
        most_number = float(np.finfo(np.float64).max)
        for _ in range(EXPANSIONS):
            low, high = max(low, self.low, -most_number), min(high, self.high, most_number)
            reached = self.below(np.array([low, high]))
            too_high, too_low = reached[0] >= least and low > self.low, reached[1] < most and high < self.high
            if not (too_high or too_low) or (low == -most_number and high == most_number):
                break
            low, high = low - reach * bool(too_high), high + reach * bool(too_low)
            reach *= 2.0
        return low, high

    def _in_population(self, values: Array) -> tuple[Array, Array]:
        weights, parameters = self.mixture.weights, self.mixture.parameters
        normal = self.family.as_normal(parameters)
        with np.errstate(all="ignore"):
            if normal is not None:
                return _of_normals(weights, *normal, values)
            below = np.clip(np.nan_to_num(weights @ self.family.cdf(parameters, values), nan=1.0), 0.0, 1.0)
            above = 1.0 - below
            far = below > FAR
            if far.any() and not self.family.discrete:
                above[far] = self._beyond(values[far], above[far])
        return below, above

    def _beyond(self, values: Array, otherwise: Array) -> Array:
        """P(X > value) far out, (m,), by integrating; as it was where a component has no density to integrate."""
        total = np.zeros(len(values))
        members: tuple[Family, ...] | None = getattr(self.family, "families", None)
        for k, weight in enumerate(self.mixture.weights):
            family = self.family if members is None else members[k]
            own = {name: self.mixture.parameters[name][k : k + 1] for name in family.parameter_names}
            try:
                total += weight * np.exp(law(family, own, values, np.full(len(values), np.inf)).log_mass)
            except NotImplementedError:
                total += weight * (1.0 - np.clip(family.cdf(own, values)[0], 0.0, 1.0))
        return np.where(np.isfinite(total), np.clip(total, 0.0, 1.0), otherwise)


def _of_normals(weights: Array, means: Array, sds: Array, of_logarithm: bool, values: Array) -> tuple[Array, Array]:
    from scipy.special import ndtr

    if of_logarithm:
        values = np.log(np.maximum(values, 0.0))
    below, above = np.zeros(len(values)), np.zeros(len(values))
    for weight, mean, sd in zip(weights, means, sds, strict=True):
        z = values / sd - mean / sd if abs(mean) > 1e150 else (values - mean) / sd
        below += weight * ndtr(z)
        above += weight * ndtr(-z)
    return np.minimum(below, 1.0), np.minimum(above, 1.0)


def _place(number: float) -> int:
    """A number of float64 as a machine counts them, from the lowest up."""
    bits = int(np.float64(number).view(np.int64))
    return bits if bits >= 0 else -(1 << 63) - bits


def _number(places: NDArray[np.int64]) -> Array:
    bits = np.where(places < 0, np.int64(-(1 << 63)) - places, places)
    return bits.view(np.float64)
