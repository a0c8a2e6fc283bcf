"""What an E step under t distributions leaves of the data: sums that know the expected log-density for any ν nearby."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import log, pi
from typing import NamedTuple

import numpy as np

from core.data import Array

LEAST_INVERSE, MOST_INVERSE = 1e-10, 10.0
"""1/ν is kept within these. At the least a t cannot be told from the normal distribution; with more than the most, any
value that a tenth of the rows share would have a likelihood without upper bound."""
ORDER = 20
"""Highest power of the expansions."""
REMAINDER = 1e-12
"""What the expansions leave out may be as large as this for each row."""
FARTHEST = 1e150
"""Largest standardised distance: its square is still a number."""
MOST_CENTRES = 64
CHUNK = 4096
STEPS, PRECISION = 60, 1e-10
"""Most steps in looking for the zero of the slope, and how short the last is: the next would be at rounding."""
NEAR_NORMAL = 1.0 / 40.0
"""Largest 1/ν at which the series of the normalising constant has all digits."""
SERIES = (-1 / 4, 1 / 24, -1 / 20, 17 / 112, -31 / 36)
"""Of 1/ν, 1/ν³, …, 1/ν⁹."""
POWERS = np.arange(ORDER + 1)[:, np.newaxis]


class Level(NamedTuple):
    """The bound at one value of 1/ν and the best location and scale there, (K,) each; slope: by 1/ν."""

    height: Array
    slope: Array
    offsets: Array
    scales: Array


@dataclass(frozen=True, eq=False)
class Expansions:
    """Power series in 1/ν about the parameters of the E steps that made them, the centres: C of them, mostly one.

    With z the standardised value, h = 1/ν, u = 1/(1 + h z²) and w = z² u at a centre, another h + d has
    1/(1 + (h + d) z²) = u/(1 + w d): a power series in d whose coefficients add over rows. locations, scales, inverses
    (1/ν) and counts are (C, K); logs (C, K): Σ r log(1 + h z²)/h; sums (C, 3, J + 1, K): Σ r u z^p w^j.
    """

    locations: Array
    scales: Array
    inverses: Array
    counts: Array
    logs: Array
    sums: Array

    @classmethod
    def of(cls, centre: tuple[Array, Array, Array], counts: Array, z: Array, responsibilities: Array) -> Expansions:
        """The sums of one block: location, scale and 1/ν (K,), counts (K,), standardised values and shares (K, m)."""
        inverses = centre[2][:, np.newaxis]
        k, m = z.shape
        logs, sums = np.zeros(k), np.zeros((k, ORDER + 1, 3))
        chunk = max(64, CHUNK // k)  # so that all powers of a chunk stay in the cache
        for first in range(0, m, chunk):
            here = z[:, first : first + chunk]
            shares = responsibilities[:, first : first + chunk]
            bases = np.stack([np.ones_like(here), here, np.square(here)], axis=2)
            raised = inverses * bases[:, :, 2]
            logs += np.einsum("km,km->k", shares, np.log1p(raised))
            raised += 1.0
            w = bases[:, :, 2] / raised
            powers = np.empty((k, ORDER + 1, here.shape[1]))
            np.divide(shares, raised, out=powers[:, 0])
            for j in range(ORDER):
                np.multiply(powers[:, j], w, out=powers[:, j + 1])
            sums += powers @ bases
        logs /= centre[2]
        return cls(*(np.array(one)[np.newaxis] for one in (*centre, counts, logs, sums.transpose(2, 1, 0))))

    def pooled(self, counts: Array, other: Expansions, other_counts: Array) -> Expansions:
        """Those of both sets of rows: added where centres are the same, else side by side.

        Beyond 64 centres the lightest are left out and the others stand for their rows, as a variant that forgets may.
        """
        centres = (self.locations, self.scales, self.inverses)
        totals = tuple(one.copy() for one in (self.counts, self.logs, self.sums))
        theirs = (other.locations, other.scales, other.inverses, other.counts, other.logs, other.sums)
        new = []
        for c in range(len(other.counts)):
            equal = [(mine == at[c]).all(axis=1) for mine, at in zip(centres, theirs[:3], strict=True)]
            same = np.flatnonzero(equal[0] & equal[1] & equal[2])
            if len(same) == 0:
                new.append(c)
                continue
            for total, one in zip(totals, theirs[3:], strict=True):
                total[same[0]] += one[c]
        if not new:
            return Expansions(*centres, *totals)
        joined = [np.concatenate([mine, one[new]]) for mine, one in zip((*centres, *totals), theirs, strict=True)]
        kept = np.sort(np.argsort(joined[3].sum(axis=1), kind="stable")[-MOST_CENTRES:])
        before = joined[3].sum(axis=0)
        joined = [one[kept] for one in joined]
        after = joined[3].sum(axis=0)
        factor = np.divide(before, after, out=np.ones_like(after), where=after > 0.0)
        return Expansions(*joined[:3], *(one * factor for one in joined[3:]))

    def scaled(self, factor: float) -> Expansions:
        """Those of rows that each count `factor` times."""
        counts, logs, sums = self.counts * factor, self.logs * factor, self.sums * factor
        return Expansions(self.locations, self.scales, self.inverses, counts, logs, sums)

    @cached_property
    def range(self) -> tuple[Array, Array]:
        """From where to where in 1/ν (K,) all expansions hold; never without the last centre's own.

        What is left out of w/(1 + w d) is no larger than w (w d)^(J+1), here below the last term; but for a factor at
        d < 0 that is at most 4 when 1/ν does not fall below a quarter. It may fall to 0 where the series reach beyond.
        """
        last_terms = self.sums[:, 2, -1]
        allowed = REMAINDER * np.maximum(self.counts, self.sums[:, 2, 0]).sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            radius = np.where(last_terms > 0.0, (allowed / last_terms) ** (1.0 / ORDER), np.inf)
        falls = np.where(radius >= 2.0 * self.inverses, self.inverses, np.minimum(radius, 0.75 * self.inverses))
        last = self.inverses[-1]
        low = np.minimum((self.inverses - falls).max(axis=0), last)
        high = np.maximum((self.inverses + radius).min(axis=0), last)
        return np.clip(low, LEAST_INVERSE, MOST_INVERSE), np.clip(high, LEAST_INVERSE, MOST_INVERSE)

    def bound(self, locations: Array, scales: Array, inverse: Array) -> Array:
        """The lower bound of Σ r log f (K,) at these parameters; −∞ where 1/ν is out of range."""
        low, high = self.range
        inside = (inverse >= low * (1.0 - 1e-9)) & (inverse <= high * (1.0 + 1e-9))
        at = np.where(inside, inverse, self.inverses[-1])
        powers = (self.inverses - at)[:, np.newaxis] ** POWERS
        values = np.einsum("cpjk,cjk->pck", self._series, powers)
        total = self.counts.sum(axis=0)
        away = (self.locations - locations) / self.scales
        squares = np.square(self.scales / scales) * _squares(values, away)
        height = total * (log_constant(at)[0] - np.log(scales))
        height -= 0.5 * (1.0 + at) * (values[3] + squares - values[2]).sum(axis=0)
        return np.where(inside | (total == 0.0), height, -np.inf)

    @cached_property
    def best(self) -> tuple[Array, Array, Array]:
        """Locations, scales and 1/ν (K,) at which the bound is highest, with 1/ν uphill of the last centre's.

        The zero of the slope is approached by secants from the last centre, and once it is between two points by false
        position (the Illinois variant; Dowell and Jarratt 1971). A point below the last centre is never taken.
        """
        low, high = self.range
        begin = other = np.clip(self.inverses[-1], low, high)
        start = self._level(begin)
        slope_other = start.slope
        # The first step is nearly Newton's: the information about 1/ν is about 3/2 a row, with scale · (1 + 1/ν) kept.
        total = np.maximum(self.counts.sum(axis=0), 1e-300)
        at = np.clip(begin + start.slope * np.square(1.0 + begin) / (1.5 * total), low, high)
        latest = self._level(at)
        for _ in range(STEPS):
            slope = latest.slope
            bracketed = slope * slope_other < 0.0
            flatter = bracketed | (np.abs(slope) < np.abs(slope_other))
            change = np.where(flatter, slope_other - slope, 1.0)
            moved = np.where(flatter, at + slope * (at - other) / change, np.where(slope > 0.0, high, low))
            moved = np.where(slope == 0.0, at, np.clip(moved, low, high))
            if (np.abs(moved - at) <= PRECISION * (at + PRECISION)).all():
                break
            latest = self._level(moved)
            # Of two ends between which the zero is, the one that stays has its slope halved, or it would stay for ever.
            stays = bracketed & (latest.slope * slope > 0.0)
            other, slope_other = np.where(stays, other, at), np.where(stays, 0.5 * slope_other, slope)
            at = moved
        fallen = latest.height < start.height - 1e-14 * total
        inverse = np.where(fallen, begin, at)
        offsets = np.where(fallen, start.offsets, latest.offsets)
        scales = np.where(fallen, start.scales, latest.scales)
        return self.locations[-1] + self.scales[-1] * offsets, self.scales[-1] * scales, inverse

    def _level(self, inverse: Array) -> Level:
        """The bound at 1/ν with the weighted least squares of location and scale, in units of the last centre."""
        powers = (self.inverses - inverse)[:, np.newaxis] ** POWERS
        values = np.einsum("cpjk,cjk->pck", self._series, powers)
        slopes = np.einsum("cpjk,cjk->pck", self._derived, powers[:, :-1])
        unit = self.scales / self.scales[-1]
        apart = (self.locations - self.locations[-1]) / self.scales[-1]
        held = values[0].sum(axis=0)
        empty = held <= 0.0
        offsets = (apart * values[0] + unit * values[1]).sum(axis=0) / np.where(empty, 1.0, held)
        away = (apart - offsets) / unit
        total = np.where(empty, 1.0, self.counts.sum(axis=0))
        squares = np.square(unit)
        variances = (1.0 + inverse) * (squares * _squares(values, away)).sum(axis=0) / total
        variances = np.maximum(variances, 1e-300)
        constant, of_constant, _ = log_constant(inverse)
        excess = (values[3] - values[2]).sum(axis=0)
        height = total * (constant - 0.5 * np.log(variances) - 0.5) - 0.5 * (1.0 + inverse) * excess
        falling = (squares * (slopes[2] + 2.0 * away * slopes[1] + np.square(away) * slopes[0])).sum(axis=0)
        bending = (slopes[3] - slopes[2]).sum(axis=0) + falling / variances
        slope = total * of_constant - 0.5 * (excess + total / (1.0 + inverse)) - 0.5 * (1.0 + inverse) * bending
        offsets = np.where(empty, 0.0, offsets)
        return Level(height, np.where(empty, 0.0, slope), offsets, np.where(empty, 1.0, np.sqrt(variances)))

    @cached_property
    def _series(self) -> Array:
        """Coefficients (C, 4, J + 1, K) in h − 1/ν: Σ r u z^p, p = 0, 1, 2, and Σ r log(1 + z²/ν)·ν.

        The last by a recursion that only adds: a series of the logarithm itself would lose all digits in the division
        by 1/ν near the normal limit.
        """
        parts = self.sums[:, 2] / (POWERS + 1)
        rest = self.logs - (parts * self.inverses[:, np.newaxis] ** POWERS).sum(axis=1)
        rest = np.where(rest > 1e-14 * self.logs, rest, 0.0) / self.inverses ** (ORDER + 1)
        series = np.empty_like(parts)
        for j in range(ORDER, -1, -1):
            rest = parts[:, j] + self.inverses * rest
            series[:, j] = rest
        return np.concatenate([self.sums, series[:, np.newaxis]], axis=1)

    @cached_property
    def _derived(self) -> Array:
        """Coefficients (C, 4, J, K) of the derivatives by 1/ν."""
        return np.asarray(-POWERS[1:] * self._series[:, :, 1:])


def log_constant(inverse: Array) -> tuple[Array, Array, Array]:
    """log Γ((ν + 1)/2) − log Γ(ν/2) − ½ log νπ, and its first and second derivative by 1/ν.

    Near the normal limit by Stirling's series of the ratio (Tricomi and Erdélyi 1951): the gammas would cancel.
    """
    near = inverse <= NEAR_NORMAL
    if near.all():
        return _near_normal(inverse)
    found = _by_gammas(1.0 / np.where(near, NEAR_NORMAL, inverse))
    if near.any():
        series = _near_normal(np.where(near, inverse, 0.0))
        value, first, second = (np.where(near, one, other) for one, other in zip(series, found, strict=True))
        return value, first, second
    return found


def _near_normal(inverse: Array) -> tuple[Array, Array, Array]:
    square = inverse * inverse
    value, first, second = np.zeros_like(inverse), np.zeros_like(inverse), np.zeros_like(inverse)
    for power, coefficient in zip(range(9, 0, -2), reversed(SERIES), strict=True):
        value = value * square + coefficient
        first = first * square + power * coefficient
        if power > 1:
            second = second * square + power * (power - 1) * coefficient
    return value * inverse - 0.5 * log(2.0 * pi), first, second * inverse


def _by_gammas(degrees: Array) -> tuple[Array, Array, Array]:
    from scipy.special import digamma, gammaln, polygamma

    upper, lower = 0.5 * (degrees + 1.0), 0.5 * degrees
    slope = 0.5 * (digamma(upper) - digamma(lower) - 1.0 / degrees)
    bend = 0.25 * (polygamma(1, upper) - polygamma(1, lower)) + 0.5 / degrees**2
    value = gammaln(upper) - gammaln(lower) - 0.5 * np.log(degrees * pi)
    return value, -(degrees**2) * slope, degrees**3 * (degrees * bend + 2.0 * slope)


def _squares(values: Array, away: Array) -> Array:
    """Σ r u (z + away)² (C, K), as what is about the weighted mean and the mean's own: neither is a difference."""
    held = np.where(values[0] > 0.0, values[0], 1.0)
    means = values[1] / held
    within = np.maximum(values[2] - means * values[1], 0.0)
    return np.asarray(within + values[0] * np.square(away + means))
